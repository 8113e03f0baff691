"""What the ways to look show of a store: who has come how far, and what is waited for."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio

from shared.casestore import CaseStore, look
from shared.deciding import Answer, Cases, Deciding
from shared.events import intake as told
from tests.casestore.conftest import BORN
from tests.conftest import Databases

CASE = UUID(int=1)


async def reserve(cases: Cases, claim: UUID) -> Answer:
    return await cases.append(claim, [told.ClaimReserved(CASE, CASE, "a digest")])


@pytest_asyncio.fixture
async def owner(database: str, intake: CaseStore) -> AsyncIterator[look.Connection]:
    """The owner's way into a store of ten events."""
    for _ in range(10):
        await Deciding(intake, uuid4(), "test", BORN)(reserve, uuid4())
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def test_a_database_is_a_store_once_one_was_installed(databases: Databases, owner: look.Connection) -> None:
    assert await look.is_store(owner)
    empty = await databases.fresh()
    connection = await asyncpg.connect(empty)
    assert not await look.is_store(connection)
    await connection.close()
    await databases.drop(empty)


async def behind(owner: look.Connection) -> dict[str, int]:
    return {each.name: each.behind for each in await look.positions(owner)}


async def test_a_group_is_behind_by_what_was_sent_and_not_yet_handled(owner: look.Connection) -> None:
    await owner.execute("insert into bus.sent (partition, position) values (0, 9), (1, 10)")
    await owner.execute(
        "insert into bus.handled values ('plans', 0, 9), ('plans', 1, 10), ('contact', 0, 9), ('contact', 1, 7)"
    )
    found = await behind(owner)
    assert (found["plans"], found["contact"]) == (0, 3)


async def test_a_group_that_has_handled_nothing_of_a_partition_is_behind(owner: look.Connection) -> None:
    await owner.execute("insert into bus.sent (partition, position) values (0, 9), (1, 10)")
    await owner.execute("insert into bus.handled values ('plans', 0, 9)")
    assert (await behind(owner))["plans"] > 0


async def test_the_relay_is_behind_by_what_it_has_not_read(owner: look.Connection) -> None:
    await owner.execute("update bus.relay set position = 4")
    assert (await behind(owner))["relay"] == 6


async def test_what_is_on_its_way_out_is_shown_before_what_is_due_earlier(owner: look.Connection) -> None:
    sql = "insert into waiting.deadlines values ('contact', $1, $2, $3, $4, $2, '[\"sms\"]', $5)"
    for name, hours, outgoing in (("later", 2, False), ("leaving", 9, True), ("sooner", 1, False)):
        await owner.execute(sql, uuid4(), name, CASE, BORN + timedelta(hours=hours), outgoing)
    assert [each.handler for each in await look.waiting(owner)] == ["leaving", "sooner", "later"]
    assert [each.about for each in await look.waiting(owner, limit=1)] == [["sms"]]
    assert await look.waiting_count(owner) == 3


async def test_a_stream_is_shown_in_clear_parts_only_and_one_that_is_not_there_is_empty(
    owner: look.Connection, intake: CaseStore
) -> None:
    claim = uuid4()
    await Deciding(intake, uuid4(), "test", BORN)(reserve, claim)
    [one] = await look.stream(owner, claim)
    assert (one.position, one.version, one.type, one.actor) == (11, 1, "ClaimReserved", "test")
    assert one.told["content"] == "a digest"
    assert await look.stream(owner, uuid4()) == []
    assert (await look.head(owner), await look.now(owner)) == (11, BORN)
