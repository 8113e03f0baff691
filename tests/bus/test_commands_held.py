"""Whose a command is while it is being done, and how long it is remembered."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from msgspec.structs import replace

from shared.bus import commands
from shared.casestore import CaseStore
from shared.tasks import ended
from tests.bus.conftest import until
from tests.bus.test_commands import Line, a_line
from tests.casestore.conftest import MASTER

pytestmark = pytest.mark.kafka


@pytest_asyncio.fixture
async def spoken(database: str, broker: str) -> AsyncIterator[Line]:
    async with a_line(database, broker) as made:
        await made.listen()
        yield made


async def test_a_command_whose_service_died_over_it_is_done_by_the_next(
    database: str, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "HELD_SECONDS", 1)
    async with a_line(database, broker) as line:
        case = await line.bus.a_case()
        await line.listen()
        line.steps.go_on.clear()
        waiting = asyncio.create_task(line.ask(case))
        await asyncio.wait_for(line.steps.begun.wait(), 60)
        await line.stop_listening()
        line.steps.go_on.set()
        await line.listen()
        assert (await waiting).outcome == "appended"
        assert (line.steps.calls, await line.asked(case)) == (2, 1)


async def test_who_takes_its_time_over_a_command_keeps_it(spoken: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "HELD_SECONDS", 2)
    second = await CaseStore(spoken.bus.installed.urls["intake"], MASTER, "intake").open()
    await spoken.listen(second)
    case = await spoken.bus.a_case()
    spoken.steps.go_on.clear()
    waiting = asyncio.create_task(spoken.ask(case))
    await asyncio.wait_for(spoken.steps.begun.wait(), 60)
    await asyncio.sleep(5)  # It was asked again meanwhile, after one and three seconds and half as long again at most.
    spoken.steps.go_on.set()
    assert (await waiting).outcome == "appended"
    assert spoken.steps.calls == 1
    await spoken.stop_listening()
    await second.close()


async def test_a_command_is_remembered_for_a_week_and_what_it_appended_for_ever(spoken: Line, database: str) -> None:
    case, done, refused, young = await spoken.bus.a_case(), uuid4(), uuid4(), uuid4()
    spoken.steps.rule = "too_early"
    await spoken.ask(case, command_id=refused)
    spoken.steps.rule = ""
    first = await spoken.ask(case, command_id=done)
    owner = await asyncpg.connect(database)  # For no service may change when a command came.
    await owner.execute("update bus.commands set at = at - interval '7 days'")
    last = await spoken.ask(case, command_id=young)
    sql = (
        "update bus.commands set at = at - interval '7 days' + interval '2 minutes' where at > now() - interval '1 day'"
    )
    await owner.execute(sql)
    await owner.close()
    forgetting = asyncio.create_task(commands.forget_answered(spoken.store))
    await until(lambda: _only(spoken.store, ROWS))
    await ended([forgetting])
    assert await spoken.ask(case, command_id=young) == last
    assert await spoken.ask(case, command_id=done) == replace(first, outcome="duplicate")
    assert (await spoken.ask(case, command_id=refused)).outcome == "appended"
    assert await spoken.asked(case) == 3


ROWS = 2  # Of one command: its own, and that of the route it is done by.


async def _only(store: CaseStore, number: int) -> bool:
    return bool(await store.pool.fetchval("select count(*) = $1 from bus.commands", number))
