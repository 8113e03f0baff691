"""What projections promise: each event once and in order, and built anew they are the same."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.casestore import CaseStore, Recorded
from shared.projections import Reader
from shared.tasks import ended
from tests.bus.conftest import until
from tests.casestore.test_store import a_case, ask_credit, deciding

SCHEMA = "create table seen (position bigint primary key, type text not null);"


async def see(db: Any, told: Sequence[Recorded]) -> None:
    """A view that would fail if an event came twice."""
    await db.executemany("insert into seen values ($1, $2)", [(one.position, one.type) for one in told])


async def read_all(reader: Reader) -> None:
    while await reader.move_on():
        pass


async def seen(store: CaseStore) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await store.pool.fetch("select position, type from seen order by position")]


async def a_reader(store: CaseStore, schema: str = SCHEMA) -> Reader:
    reader = Reader("intake", store, schema, [see])
    await reader.prepare()
    return reader


async def test_each_event_is_projected_once_also_after_a_new_start(intake: CaseStore) -> None:
    case, _ = await a_case(intake)
    await read_all(await a_reader(intake))
    await deciding(intake)(ask_credit, case)
    again = await a_reader(intake)
    assert again.position == 2
    await read_all(again)
    assert [position for position, _ in await seen(intake)] == [1, 2, 3]


async def test_a_view_built_anew_is_the_one_that_lived(intake: CaseStore) -> None:
    reader = await a_reader(intake)
    for _ in range(5):
        await deciding(intake)(ask_credit, (await a_case(intake))[0])
        await read_all(reader)
    lived = await seen(intake)
    await intake.pool.execute("update built set shape = 'older'")
    await intake.pool.execute("delete from seen where position > 3")
    assert (await a_reader(intake)).position == 15
    assert await seen(intake) == lived
    assert len(lived) == 15


async def test_a_changed_schema_is_read_again_from_the_start(intake: CaseStore) -> None:
    await a_case(intake)
    await read_all(await a_reader(intake))
    changed = await a_reader(intake, "create table seen (position bigint primary key, type text, more text);")
    assert changed.position == 2
    assert [position for position, _ in await seen(intake)] == [1, 2]


async def test_a_view_that_fails_moves_nothing_on(intake: CaseStore) -> None:
    async def fail(_db: Any, _told: Sequence[Recorded]) -> None:
        raise RuntimeError("a mistake of ours")

    reader = Reader("intake", intake, SCHEMA, [see, fail])
    await reader.prepare()
    await a_case(intake)
    with pytest.raises(RuntimeError):
        await reader.move_on()
    assert reader.position == 0
    assert await seen(intake) == []


async def test_another_history_is_not_built_upon(intake: CaseStore) -> None:
    """What was read does not have the hash it had: the views are built anew, also what was in them."""
    await a_case(intake)
    await read_all(await a_reader(intake))
    lived = await seen(intake)
    await intake.pool.execute("update casestore.readers set hash = 'other' where reader = 'intake'")
    await intake.pool.execute("update seen set type = 'Other'")
    assert (await a_reader(intake)).position == 2
    assert await seen(intake) == lived


async def test_what_a_server_that_died_had_not_kept_is_read_again(intake: CaseStore) -> None:
    """Views are written without waiting for the disk. A server that is killed may come back without the last of it,
    and no event need come for a long time: whoever showed it looks where it is."""
    await a_case(intake)
    reader = Reader("intake", intake, SCHEMA, [see])
    running = asyncio.create_task(reader.run())
    try:
        await until(lambda: reader.reached(2))
        await until(lambda: intake.pool.fetchval(LISTENING))
        async with intake.pool.acquire() as db, db.transaction():
            await db.execute(LOST)
            await db.execute("delete from seen where position = 2")
            await db.execute("select pg_terminate_backend(pid) from pg_stat_activity"
                             " where usename = current_user and pid <> pg_backend_pid()")  # fmt: skip
        await until(lambda: intake.pool.fetchval("select exists (select from seen where position = 2)"))
        assert reader.position == 2
    finally:
        await ended([running])


LISTENING = """select exists (select from pg_stat_activity
                              where usename = current_user and query ilike 'listen %' and state = 'idle')"""
LOST = """update casestore.readers r set position = e.position, hash = e.hash from casestore.events e
          where r.reader = 'intake' and e.position = 1"""
