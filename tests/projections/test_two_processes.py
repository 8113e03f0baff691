"""Two processes of one service, as in an upgrade or after a kill: each event once, no older code on newer tables."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from shared.casestore import CaseStore, Recorded
from shared.projections import Reader
from shared.rebuilding import rebuild
from shared.service import checks
from tests.bus.conftest import until
from tests.bus.test_projections import SCHEMA, read_all, see, seen
from tests.casestore.test_store import a_case, ask_credit, deciding
from tests.projections.test_rebuilding import Gate, schema_of

OTHER_SHAPE = "create table seen (position bigint primary key, type text not null, more text);"


async def test_of_two_processes_one_builds_and_the_other_takes_what_is_there(intake: CaseStore) -> None:
    gate = Gate()
    await a_case(intake)
    builds, waits = Reader("intake", intake, SCHEMA, [gate, see]), Reader("intake", intake, SCHEMA, [gate, see])
    first = asyncio.create_task(builds.prepare())
    await gate.reached.wait()
    gate.reached.clear()
    second = asyncio.create_task(waits.prepare())
    await asyncio.sleep(0.3)
    assert not gate.reached.is_set()
    gate.opened.set()
    await asyncio.gather(first, second)
    assert not gate.reached.is_set()
    assert builds.position == waits.position == 2


async def test_of_two_processes_each_event_is_projected_by_one(intake: CaseStore) -> None:
    one, other = Reader("intake", intake, SCHEMA, [see]), Reader("intake", intake, SCHEMA, [see])
    await one.prepare()
    await other.prepare()
    for reader in (one, other, one):
        await a_case(intake)
        await read_all(reader)  # The other's position is found, and read on from.
        await read_all(reader)
    assert [position for position, _ in await seen(intake)] == [1, 2, 3, 4, 5, 6]


async def test_what_was_read_of_tables_that_were_replaced_meanwhile_is_not_written(intake: CaseStore) -> None:
    """Between a view's reading and its writing another process puts right rows in the place of wrong ones, which are
    as far: what counts on the wrong ones is undone."""
    swapping: list[asyncio.Task[None]] = []

    async def count(db: Any, told: Sequence[Recorded]) -> None:
        [row] = await db.fetch("select coalesce(max(events), 0) as number from counted")
        if swapping and not swapping[0].done() and await schema_of(db) == "intake":
            other.moving.release()
            await swapping[0]
        await db.execute("delete from counted")
        await db.execute("insert into counted values ($1)", row["number"] + len(told))

    reader, other = (Reader("intake", intake, "create table counted (events int);", [count]) for _ in range(2))
    await reader.prepare()
    case, _ = await a_case(intake)
    await read_all(reader)
    await intake.pool.execute("update counted set events = 70")
    await other.moving.acquire()  # It builds, and waits with all it read for its turn to swap.
    swapping.append(asyncio.create_task(rebuild(other, partial(_asked, "asked to"))))
    there = "select true from casestore.readers where reader like '%next' and position = 2"
    await until(lambda: intake.pool.fetchval(there))
    await asyncio.sleep(0.3)
    await deciding(intake)(ask_credit, case)
    await read_all(reader)
    assert await intake.pool.fetchval("select position from built") == 2
    assert await intake.pool.fetchval("select events from counted") == 3


async def _asked(why: str) -> str:
    return why


async def test_a_new_shape_is_built_beside_while_the_older_process_goes_on(intake: CaseStore) -> None:
    """As in an upgrade: the newer process takes over when it has come as far, and the older one stops with an alarm."""
    older = Reader("intake", intake, SCHEMA, [see])
    await older.prepare()
    case, _ = await a_case(intake)
    await read_all(older)
    gate = Gate()
    newer = Reader("intake", intake, OTHER_SHAPE, [gate, see_more])
    building = asyncio.create_task(newer.prepare())
    await gate.reached.wait()
    assert await checks(intake, newer, None)["projections"]() == "building: 0 events read"
    await deciding(intake)(ask_credit, case)
    await read_all(older)
    assert [position for position, _ in await seen(intake)] == [1, 2, 3]
    gate.opened.set()
    await building
    assert await checks(intake, newer, None)["projections"]() is None
    await a_case(intake)
    await read_all(newer)
    with pytest.raises(RuntimeError, match="newer process"):
        await older.move_on()
    assert await intake.pool.fetchval("select count(*) from seen where more = 'more'") == 5


async def see_more(db: Any, told: Sequence[Recorded]) -> None:
    await db.executemany("insert into seen values ($1, $2, 'more')", [(one.position, one.type) for one in told])
