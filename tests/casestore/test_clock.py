"""The demo's clock: it waits until the platform is at rest, and goes on to the next moment something is due."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from deploy.embedded.postgres import Postgres
from shared.casestore import CaseStore, install
from shared.clock import Quiet, advance, quiet
from shared.errors import Refused
from shared.tasks import ended
from tests.casestore.conftest import BORN, MASTER, password
from tests.casestore.test_store import a_case
from tests.conftest import Databases

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT_REST = ("contact", "plans")  # The readers of these tests' platform, and the groups that hear.
LOOKS_SECONDS = 0.15  # Long enough for many looks of the clock's.


class Rows:
    """What the platform's processes write of how far they are, written here as the owner."""

    def __init__(self, owner: asyncpg.Pool) -> None:
        self.owner = owner

    async def rest(self) -> None:
        """Everything that was told has been read, sent and heard."""
        for name in AT_REST:
            await self.owner.execute(
                """insert into casestore.readers (reader, epoch, position, hash)
                   select $1, epoch, 0, '' from casestore.store on conflict do nothing""", name
            )  # fmt: skip
            await self.heard(name, await self.head())
        await self.owner.execute("update casestore.readers set position = $1", await self.head())
        await self.relayed(await self.head())
        await self.sent(await self.head())

    async def head(self) -> int:
        position: int = await self.owner.fetchval("select coalesce(max(position), 0) from casestore.events")
        return position

    async def read(self, reader: str, position: int) -> None:
        await self.owner.execute("update casestore.readers set position = $2 where reader = $1", reader, position)

    async def relayed(self, position: int) -> None:
        await self.owner.execute("update bus.relay set position = $1", position)

    async def sent(self, position: int) -> None:
        sql = "insert into bus.sent values (0, $1) on conflict (partition) do update set position = $1"
        await self.owner.execute(sql, position)

    async def heard(self, group: str, position: int) -> None:
        sql = (
            "insert into bus.handled values ($1, 0, $2) on conflict (group_name, partition) do update set position = $2"
        )
        await self.owner.execute(sql, group, position)

    async def waits(self, at: datetime, *, outgoing: bool = False, stuck: bool = False) -> None:
        """A deadline."""
        sql = """insert into waiting.deadlines (service, event_id, name, stream_id, at, handler, about, outgoing, stuck)
                 values ('plans', $1, 'look', $1, $2, 'look', '[]', $3, $4)"""
        await self.owner.execute(sql, uuid4(), at, outgoing, stuck)

    async def done(self) -> None:
        """All deadlines have ended."""
        await self.owner.execute("delete from waiting.deadlines")

    async def clock(self) -> datetime:
        now: datetime = await self.owner.fetchval("select now from casestore.store")
        return now


@pytest_asyncio.fixture
async def rows(database: str, intake: CaseStore) -> AsyncIterator[Rows]:
    """A platform at rest, of which something has been told."""
    await a_case(intake)
    pool = await asyncpg.create_pool(database, min_size=1, max_size=2)
    made = Rows(pool)
    await made.rest()
    yield made
    await pool.close()


def resting(store: CaseStore, seconds_max: float = 20.0) -> Coroutine[Any, Any, datetime | None]:
    return quiet(store, len(AT_REST), seconds_max)


@asynccontextmanager
async def held(store: CaseStore) -> AsyncIterator[None]:
    """Inside nobody finds the platform at rest; what is done there must bring it to rest."""
    waiting = asyncio.create_task(resting(store))
    done, _ = await asyncio.wait({waiting}, timeout=LOOKS_SECONDS)
    assert not done, "it was found at rest"
    yield
    await waiting


@asynccontextmanager
async def service(rows: Rows, then: datetime | None = None) -> AsyncIterator[list[tuple[datetime, datetime]]]:
    """Somebody who ends each deadline once it is due: which it was, and where the clock stood.

    The first that ends sets another one at the moment `then`, in the same transaction as a projection does.
    """
    seen: list[tuple[datetime, datetime]] = []
    sql = """with due as (delete from waiting.deadlines where at <= casestore.clock() returning at),
             next as (insert into waiting.deadlines
                      (service, event_id, name, stream_id, at, handler, about, outgoing)
                      select 'plans', gen_random_uuid(), 'look', gen_random_uuid(), $1::timestamptz, 'look', '[]', false
                      where exists (select from due where at < $1::timestamptz))
             select at, casestore.clock() as now from due"""

    async def work() -> None:
        while True:
            seen.extend((row["at"], row["now"]) for row in await rows.owner.fetch(sql, then))
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    yield seen
    await ended([working])


# Quiet.


async def test_a_platform_at_rest_says_when_the_next_thing_is_due(gateway: CaseStore, rows: Rows) -> None:
    assert await resting(gateway) is None
    await rows.waits(BORN + 2 * DAY)
    await rows.waits(BORN + DAY)
    assert await resting(gateway) == BORN + DAY


async def test_it_is_not_at_rest_while_a_reader_is_behind(gateway: CaseStore, rows: Rows) -> None:
    await rows.read("plans", await rows.head() - 1)
    async with held(gateway):
        await rows.read("plans", await rows.head())


async def test_it_is_not_at_rest_while_a_reader_is_behind_and_another_builds_its_views_anew(
    gateway: CaseStore, rows: Rows
) -> None:
    sql = """insert into casestore.readers (reader, epoch, position, hash)
             select 'contact_next', epoch, $1, '' from casestore.store"""
    await rows.owner.execute(sql, await rows.head())
    await rows.read("plans", await rows.head() - 1)
    async with held(gateway):
        await rows.read("plans", await rows.head())


async def test_it_is_not_at_rest_while_a_reader_has_never_read(gateway: CaseStore, rows: Rows) -> None:
    await rows.owner.execute("delete from casestore.readers where reader = 'plans'")
    async with held(gateway):
        await rows.rest()


async def test_it_is_not_at_rest_while_something_told_is_not_sent(gateway: CaseStore, rows: Rows) -> None:
    await rows.relayed(await rows.head() - 1)
    async with held(gateway):
        await rows.relayed(await rows.head())


async def test_it_is_not_at_rest_while_one_group_has_not_heard_what_was_sent(gateway: CaseStore, rows: Rows) -> None:
    await rows.heard("plans", await rows.head() - 1)
    async with held(gateway):
        await rows.heard("plans", await rows.head())


async def test_it_is_not_at_rest_while_a_group_has_heard_nothing_of_a_partition(gateway: CaseStore, rows: Rows) -> None:
    await rows.owner.execute("insert into bus.sent values (1, 1)")
    await rows.owner.execute("insert into bus.handled values ('contact', 1, 1)")
    async with held(gateway):
        await rows.owner.execute("insert into bus.handled values ('plans', 1, 1)")


async def test_it_is_not_at_rest_while_something_new_is_told(gateway: CaseStore, intake: CaseStore, rows: Rows) -> None:
    await a_case(intake)
    async with held(gateway):
        await rows.rest()


async def test_it_is_not_at_rest_while_something_due_is_open(gateway: CaseStore, rows: Rows) -> None:
    await rows.waits(BORN)
    async with held(gateway):
        await rows.done()


async def test_it_is_not_at_rest_while_something_on_its_way_out_is_unanswered(gateway: CaseStore, rows: Rows) -> None:
    await rows.waits(BORN + HOUR, outgoing=True)
    async with held(gateway):
        await rows.done()


async def test_a_stuck_deadline_holds_nobody_up_and_is_not_what_comes_next(gateway: CaseStore, rows: Rows) -> None:
    await rows.waits(BORN, stuck=True)
    await rows.waits(BORN, outgoing=True, stuck=True)
    await rows.waits(BORN + HOUR, stuck=True)
    assert await resting(gateway) is None
    await rows.waits(BORN + DAY)
    assert await resting(gateway) == BORN + DAY


async def test_what_does_not_come_to_rest_in_time_is_told_with_what_was_going_on(
    gateway: CaseStore, rows: Rows
) -> None:
    head = await rows.head()
    await rows.read("plans", head - 1)
    await rows.waits(BORN)
    with pytest.raises(Quiet) as busy:
        await resting(gateway, seconds_max=LOOKS_SECONDS)
    assert busy.value.code == "still_busy"
    for what in (f"'position': {head}", "'readers': 1", f"'relayed': {head}", "'heard': True", "'nothing_due': False"):
        assert what in str(busy.value)


# Going on.


async def test_the_clock_stops_at_each_moment_something_is_due(gateway: CaseStore, rows: Rows) -> None:
    moments = [BORN + HOUR, BORN + 5 * HOUR, BORN + DAY]
    for moment in (*moments, moments[0]):  # Two at the same moment.
        await rows.waits(moment)
    async with service(rows) as ended:
        assert await advance(gateway, BORN + 2 * DAY, len(AT_REST)) == [*moments, BORN + 2 * DAY]
    assert sorted(ended) == [(moment, moment) for moment in (moments[0], *moments)]
    assert await rows.clock() == BORN + 2 * DAY


async def test_what_becomes_due_by_what_was_done_is_stopped_at_too(gateway: CaseStore, rows: Rows) -> None:
    await rows.waits(BORN + HOUR)
    async with service(rows, then=BORN + 3 * HOUR) as ended:
        assert await advance(gateway, BORN + DAY, len(AT_REST)) == [BORN + HOUR, BORN + 3 * HOUR, BORN + DAY]
    assert ended == [(BORN + HOUR, BORN + HOUR), (BORN + 3 * HOUR, BORN + 3 * HOUR)]


async def test_the_clock_never_goes_beyond_what_was_asked_for(gateway: CaseStore, rows: Rows) -> None:
    await rows.waits(BORN + 2 * DAY)
    assert await advance(gateway, BORN + DAY, len(AT_REST)) == [BORN + DAY]
    assert await rows.clock() == BORN + DAY
    assert await resting(gateway) == BORN + 2 * DAY


async def test_a_moment_that_has_passed_moves_nothing(gateway: CaseStore, rows: Rows) -> None:
    assert await advance(gateway, BORN - DAY, len(AT_REST)) == []
    assert await advance(gateway, BORN, len(AT_REST)) == []
    assert await rows.clock() == BORN


async def test_a_killed_server_does_not_put_the_clock_back(own_server: Postgres) -> None:
    """The gateway's other writes may be lost with the server; what lived until then has been answered."""
    installed = await install(own_server.url("sovinto"), password, born=BORN)
    gateway = await CaseStore(installed.urls["gateway"], MASTER, "gateway").open()
    await advance(gateway, BORN + DAY, readers=0)
    await own_server.kill()
    await own_server.start()
    assert await gateway.now() == BORN + DAY
    await gateway.close()


async def test_the_clock_of_a_live_store_is_never_moved(databases: Databases) -> None:
    url = await databases.fresh()
    live = await install(url, password)
    store = await CaseStore(live.urls["gateway"], MASTER, "gateway").open()
    with pytest.raises(Refused) as refused:
        await advance(store, BORN + DAY, readers=0)
    await store.close()
    await databases.drop(url)
    assert refused.value.code == "live_store"
