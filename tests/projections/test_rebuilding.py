"""What a rebuild promises: live rows are shown until the new ones replace them; nothing fires twice or is lost."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI

from shared import rebuilding
from shared.casestore import CaseStore, Recorded
from shared.http import answers_when, health
from shared.projections import Reader
from shared.rebuilding import ask, beside, is_asked
from shared.service import checks
from shared.standing import stands_still
from shared.tasks import ended
from tests.bus.conftest import until
from tests.bus.test_deadlines import Waits, complete, to_tomorrow, types
from tests.bus.test_projections import SCHEMA, read_all, see, seen
from tests.casestore.test_store import a_case
from tests.sources import PROJECT


@asynccontextmanager
async def at_work(reader: Reader) -> AsyncIterator[None]:
    """The reader runs as in its process."""
    task = asyncio.create_task(reader.run())
    try:
        yield
    finally:
        await ended([task])
        assert task.cancelled(), "the reader ended by itself"


async def schema_of(db: Any) -> str:
    [row] = await db.fetch("select current_schema() as name")
    return str(row["name"])


class Gate:
    """A projection that lets a rebuild through only once it is opened; the live tables it never holds up."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def __call__(self, db: Any, _told: Sequence[Recorded]) -> None:
        if await schema_of(db) == beside("intake"):
            self.reached.set()
            while not self.opened.is_set():  # A transaction that says nothing for a second is ended by the server.
                await db.execute("select 1")
                await asyncio.sleep(0.05)


async def asked(database: str) -> None:
    owner = await asyncpg.connect(database)
    await ask(owner, "intake")
    await owner.close()


async def done(store: CaseStore) -> Any:
    """Wait until no rebuild is asked for any more; what the tables say of themselves."""
    await until(
        lambda: store.pool.fetchval("select not exists (select from casestore.readers where reader like '%next')")
    )
    return await store.pool.fetchrow("select * from built")


async def test_until_it_is_built_the_live_rows_are_shown_and_go_on(intake: CaseStore, database: str) -> None:
    gate = Gate()
    reader = Reader("intake", intake, SCHEMA, [gate, see])
    async with at_work(reader):
        await reader.prepared.wait()
        await a_case(intake)
        await reader.reached(2, 20)
        await asked(database)
        await gate.reached.wait()
        await a_case(intake)
        assert await reader.reached(4, 20)
        assert [position for position, _ in await seen(intake)] == [1, 2, 3, 4]
        gate.opened.set()
        built = await done(intake)
        assert (built["position"], built["differed"]) == (4, [])
        await a_case(intake)
        assert await reader.reached(6, 20)
    assert [position for position, _ in await seen(intake)] == [1, 2, 3, 4, 5, 6]


async def test_a_row_that_is_wrong_is_named_and_put_right(intake: CaseStore, database: str) -> None:
    reader = Reader("intake", intake, SCHEMA, [see])
    async with at_work(reader):
        await reader.prepared.wait()
        await a_case(intake)
        await reader.reached(2, 20)
        lived = await seen(intake)
        await intake.pool.execute("update seen set type = 'Wrong' where position = 2")
        await asked(database)
        assert (await done(intake))["differed"] == ["seen"]
        assert await seen(intake) == lived


async def test_deadlines_fire_once_whenever_a_rebuild_ends(
    intake: CaseStore, gateway: CaseStore, database: str
) -> None:
    """Built beside, a deadline does not fire; after the swap it does, unless it has."""
    waits, gate = Waits(intake, complete), Gate()
    waits.reader = Reader("intake", intake, SCHEMA, [waits.waiting.project, gate])
    async with at_work(waits.reader):
        await waits.reader.prepared.wait()
        early, _ = await a_case(intake)
        await waits.reader.reached(2, 20)
        await asked(database)
        await gate.reached.wait()
        await to_tomorrow(gateway)
        assert await waits.waiting.fire_due()  # The live one, while the rebuild has it too.
        late, _ = await a_case(intake)  # Due at once, by the rebuild and by the live tables.
        assert await waits.reader.reached(5, 20)
        gate.opened.set()
        await done(intake)
        while await waits.waiting.fire_due():
            await waits.reader.reached(await intake.head(), 20)
    for case in (early, late):
        assert (await types(intake, case)).count("InfoReceived") == 1
    assert await waits.rows() == []


async def test_a_deadline_lost_comes_back_and_one_that_is_there_is_not_put_off(
    intake: CaseStore, database: str
) -> None:
    waits = Waits(intake, complete)
    for _ in range(3):
        await a_case(intake)
    async with at_work(waits.reader):
        await waits.reader.reached(6, 20)
        first, second, _ = sorted(row["event_id"] for row in await intake.pool.fetch("select event_id from deadlines"))
        await intake.pool.execute("delete from deadlines where event_id = $1", first)
        await intake.pool.execute("update deadlines set stuck = true where event_id = $1", second)
        sql = "select event_id, set_at, stuck from deadlines order by event_id"
        before = [tuple(row) for row in await intake.pool.fetch(sql)]
        await asked(database)
        assert (await done(intake))["differed"] == ["deadlines"]
    after = [tuple(row) for row in await intake.pool.fetch(sql)]
    assert [row[0] for row in after if row not in before] == [first]
    assert set(before) <= set(after)


async def test_a_rebuild_killed_on_the_way_begins_again_and_ends(intake: CaseStore, database: str) -> None:
    for _ in range(4):
        await a_case(intake)
    reader = Reader("intake", intake, SCHEMA, [see])
    await reader.prepare()
    await asked(database)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.projections.builds_slowly", intake.dsn, cwd=PROJECT, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        while await child.stdout.readline() != b"on the way\n":
            assert child.returncode is None
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()
    assert [position for position, _ in await seen(intake)] == list(range(1, 9))
    assert await is_asked(reader)
    async with at_work(reader):
        assert (await done(intake))["differed"] == []
    assert [position for position, _ in await seen(intake)] == list(range(1, 9))


async def test_what_fails_in_a_rebuild_is_an_alarm_and_the_live_rows_go_on(intake: CaseStore, database: str) -> None:
    async def fail_beside(db: Any, told: Sequence[Recorded]) -> None:
        if broken and await schema_of(db) == beside("intake"):
            raise RuntimeError("a mistake of ours")

    broken = [True]
    reader = Reader("intake", intake, SCHEMA, [see, fail_beside])
    async with at_work(reader):
        await reader.prepared.wait()
        await a_case(intake)
        await asked(database)
        await until(lambda: _true(stands_still(beside("intake"))))
        await a_case(intake)
        assert await reader.reached(4, 20)
        assert await checks(intake, reader, None)["projections"]() is None
        broken.clear()
        assert (await done(intake))["differed"] == []
        await until(lambda: _true(not stands_still(beside("intake"))))


async def _true(value: bool) -> bool:
    return value


async def test_a_query_in_the_way_is_not_cut_off_but_waited_for(
    intake: CaseStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "LOOK_SECONDS", 0.05)
    reader = Reader("intake", intake, SCHEMA, [see])
    owner = await asyncpg.connect(database)
    async with at_work(reader):
        await reader.prepared.wait()
        await a_case(intake)
        await reader.reached(2, 20)
        async with owner.transaction():
            assert await owner.fetchval("select count(*) from intake.seen") == 2
            await asked(database)
            await asyncio.sleep(1.5)  # Several tries, each shorter than a deadlock takes to be looked for.
            assert await is_asked(reader)
            assert await owner.fetchval("select count(*) from intake.seen") == 2
            await a_case(intake)  # The reader is let through between the tries.
            assert await reader.reached(4, 20)
        assert (await done(intake))["position"] == 4
    await owner.close()


async def test_nobody_is_answered_from_what_is_not_built_yet() -> None:
    prepared, app = asyncio.Event(), FastAPI()
    app.include_router(health({"projections": _building}))

    @app.get("/cases")
    async def cases() -> str:
        return "all of them"

    transport = httpx2.ASGITransport(app=answers_when(prepared, app))
    async with httpx2.AsyncClient(transport=transport, base_url="http://service.test") as web:
        waits = await web.get("/cases")
        assert (waits.status_code, waits.headers["retry-after"]) == (503, "2")
        assert waits.json()["code"] == "try_again"
        assert (await web.get("/livez")).status_code == 200
        assert (await web.get("/readyz")).json()["because"] == {"projections": "building: 7 events read"}
        prepared.set()
        assert (await web.get("/cases")).json() == "all of them"


async def _building() -> str:
    return "building: 7 events read"


async def test_a_projection_that_fails_says_so_in_readiness(intake: CaseStore) -> None:
    async def fail(_db: Any, _told: Sequence[Recorded]) -> None:
        raise RuntimeError("a mistake of ours")

    reader = Reader("intake", intake, SCHEMA, [see, fail])
    async with at_work(reader):
        await reader.prepared.wait()
        await a_case(intake)
        await until(lambda: checks(intake, reader, None)["projections"]())
        assert await checks(intake, reader, None)["projections"]() == "a projection stands still"
        assert (await reader.measure())[0] == 2
    assert await seen(intake) == []


async def test_how_far_behind_a_reader_is_is_measured_in_events_and_seconds(
    intake: CaseStore, gateway: CaseStore
) -> None:
    reader = Reader("intake", intake, SCHEMA, [see])
    await reader.prepare()
    assert await reader.measure() == (0, 0)
    await a_case(intake)
    await to_tomorrow(gateway)
    assert await reader.measure() == (2, 86_400)
    await read_all(reader)
    assert await reader.measure() == (0, 0)
