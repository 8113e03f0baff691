"""What happens by itself: once, at its time, and never silently not."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared import deadlines
from shared.casefile import Casefile
from shared.casestore import CaseStore, install
from shared.deadlines import Act, Deadline
from shared.deciding import Answer, Cases
from shared.errors import Refused
from shared.events import Event
from shared.events import intake as told
from shared.projections import Reader
from shared.tasks import ended
from tests.bus.conftest import until
from tests.casestore.conftest import BORN, MASTER, password
from tests.casestore.test_store import a_case, deciding
from tests.conftest import Databases
from tests.waiting import ByHand

DAY = timedelta(days=1)


async def complete(cases: Cases, case_id: UUID, *, now: object) -> Answer:
    await cases.load(Casefile, case_id)
    return await cases.append(case_id, [told.InfoReceived(f"at {now}")])


async def forget(cases: Cases, case_id: UUID, *, now: object) -> Answer:
    """The defect: a deadline that appends nothing."""
    await cases.load(Casefile, case_id)
    return await cases.append(case_id, [])


async def warn(cases: Cases, case_id: UUID) -> Answer:
    await cases.load(Casefile, case_id)
    return await cases.append(case_id, [told.CreditCheckAsked(1)])


def due(then: object, act: Act | None = None) -> Deadline:
    return Deadline(BORN + DAY, then, act=act)  # type: ignore[arg-type]  # Handlers of many forms.


class Waits:
    """One service's deadlines over a store: one is set by a received case, and ended by a credit check."""

    def __init__(self, store: CaseStore, then: object, act: Act | None = None) -> None:
        self.store, self.deadline = store, due(then, act)
        self.waiting = ByHand("intake", store, self.set_by, self.ended_by, [self.deadline])
        self.reader = Reader("intake", store, "create table nothing (one int);", [self.waiting.project])
        self.waiting.reader = self.reader

    def set_by(self, event: Event) -> Sequence[Deadline]:
        return [self.deadline] if isinstance(event, told.CaseReceived) else []

    def ended_by(self, event: Event, _deadline: Deadline) -> bool:
        return isinstance(event, told.CreditCheckAsked)

    async def read(self) -> None:
        if self.reader.position == 0:
            await self.reader.prepare()
        while await self.reader.move_on():
            pass

    async def rows(self) -> list[bool]:
        return [row["stuck"] for row in await self.store.pool.fetch("select stuck from waiting.deadlines")]


async def types(store: CaseStore, case: UUID) -> list[str]:
    return [one.type for one in await store.stream(case)]


async def to_tomorrow(gateway: CaseStore) -> None:
    await gateway.pool.execute("select casestore.set_clock($1)", BORN + DAY)


async def test_a_deadline_fires_at_its_time_and_once(intake: CaseStore, gateway: CaseStore) -> None:
    waits = Waits(intake, complete)
    case, _ = await a_case(intake)
    await waits.read()
    assert not await waits.waiting.fire_due()
    await to_tomorrow(gateway)
    assert await waits.waiting.fire_due()
    await waits.read()
    assert await waits.rows() == []
    assert not await waits.waiting.fire_due()
    assert (await types(intake, case)).count("InfoReceived") == 1


async def test_a_deadline_due_at_once_is_looked_for_as_soon_as_its_reader_has_it(
    intake: CaseStore, gateway: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word of an append is heard before the projection has it; nobody looks again by chance in this test."""
    monkeypatch.setattr(deadlines, "LOOK_SECONDS", 3600.0)
    waits = Waits(intake, complete)
    await waits.read()
    await to_tomorrow(gateway)
    running = asyncio.create_task(waits.waiting.run())
    try:
        await asyncio.sleep(0.2)  # It has looked, and waits.
        case, _ = await a_case(intake)
        await asyncio.sleep(0.2)  # The word has come and gone.
        await waits.read()
        await until(lambda: fired(intake, case))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_provider_that_hardly_answers_holds_up_no_other_deadline(
    intake: CaseStore, gateway: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[UUID] = []

    async def ask(case_id: UUID, *, cause: UUID) -> None:
        asked.append(case_id)
        if len(asked) == 1:
            await asyncio.Event().wait()

    waits = Waits(intake, complete, ask)
    first, _ = await a_case(intake)
    await waits.read()
    await to_tomorrow(gateway)
    running = asyncio.create_task(waits.waiting.run())
    try:
        await until(lambda: fired(intake, first))
        second, _ = await a_case(intake)
        await waits.read()
        await until(lambda: fired(intake, second))
        await waits.read()
        assert await waits.rows() == []
        assert asked == [first, second]
    finally:
        await ended([running])


async def fired(store: CaseStore, case: UUID) -> bool:
    return "InfoReceived" in await types(store, case)


async def test_of_many_deadlines_due_at_once_each_has_the_moment_at_which_it_is_fired(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message may leave for five seconds from its own hand-over on, however many were before it."""
    monkeypatch.setattr(deadlines, "AT_ONCE", 1)
    moments: list[datetime] = []

    async def take_long(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
        moments.append(now)
        await asyncio.sleep(0.2)
        return await complete(cases, case_id, now=now)

    database = await databases.fresh()
    installed = await install(database, password, born=None)
    async with closing(await CaseStore(installed.urls["intake"], MASTER, "intake").open()) as live:
        waits = Waits(live, take_long)
        for _ in range(2):
            await a_case(live)
        await waits.read()
        assert await waits.waiting.fire_due()
    await databases.drop(database)
    assert moments[1] - moments[0] >= timedelta(seconds=0.2)


@asynccontextmanager
async def closing(store: CaseStore) -> AsyncIterator[CaseStore]:
    yield store
    await store.close()


async def test_a_deadline_fired_again_by_another_process_appends_nothing(intake: CaseStore, gateway: CaseStore) -> None:
    """Two processes of one service see the same row before either has read what came of it."""
    first, second = Waits(intake, complete), Waits(intake, complete)
    case, _ = await a_case(intake)
    await first.read()
    await to_tomorrow(gateway)
    await first.waiting.fire_due()
    await second.waiting.fire_due()
    assert (await types(intake, case)).count("InfoReceived") == 1


async def test_a_deadline_that_has_ended_is_not_remembered(intake: CaseStore, gateway: CaseStore) -> None:
    """Else a process would grow with every deadline there ever was."""
    waits = Waits(intake, complete)
    for _ in range(3):
        await a_case(intake)
    await waits.read()
    await to_tomorrow(gateway)
    await waits.waiting.fire_due()
    assert not await waits.waiting.fire_due()
    assert len(waits.waiting._fired) == 3  # Nobody has read yet what came of them.
    await waits.read()
    assert not await waits.waiting.fire_due()
    assert len(waits.waiting._fired) == 0


@pytest.mark.parametrize("fault", ["nothing", "refused", "mistake"])
async def test_a_deadline_that_appends_nothing_is_stuck_and_shown(
    intake: CaseStore, gateway: CaseStore, fault: str
) -> None:
    async def wrong(cases: Cases, case_id: UUID, *, now: object) -> Answer:
        if fault == "refused":
            raise Refused("no")
        if fault == "mistake":
            raise RuntimeError("a mistake of ours")
        return await forget(cases, case_id, now=now)

    waits = Waits(intake, wrong)
    await a_case(intake)
    await waits.read()
    await to_tomorrow(gateway)
    await waits.waiting.fire_due()
    await waits.waiting.fire_due()
    assert await waits.rows() == [True]
    assert not await waits.waiting.fire_due()


async def test_a_deadline_whose_end_a_server_had_not_kept_is_not_stuck(intake: CaseStore, gateway: CaseStore) -> None:
    """A killed server may come back without the last that was written to views: then it is read again, and that a row
    is there still means nothing."""
    waits = Waits(intake, complete)
    await a_case(intake)
    await waits.read()
    await to_tomorrow(gateway)
    [before] = await intake.pool.fetch("select position, hash from casestore.readers where reader = 'intake'")
    [row] = await intake.pool.fetch("select * from waiting.deadlines")
    await waits.waiting.fire_due()
    await waits.read()
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await intake.pool.execute(f"insert into waiting.deadlines values ({places})", *row)  # noqa: S608  (numbers)
    await intake.pool.execute("update casestore.readers set position = $1, hash = $2 where reader = 'intake'", *before)
    assert not await waits.waiting.fire_due()
    assert await waits.rows() == [False]
    await waits.reader.prepare()
    await waits.read()
    assert await waits.rows() == []


async def test_what_ends_a_deadline_takes_it_away(intake: CaseStore, gateway: CaseStore) -> None:
    waits = Waits(intake, complete)
    case, _ = await a_case(intake)
    await waits.read()
    await deciding(intake, uuid4())(warn, case)
    await waits.read()
    await to_tomorrow(gateway)
    assert await waits.rows() == []
    assert not await waits.waiting.fire_due()
    assert "InfoReceived" not in await types(intake, case)
