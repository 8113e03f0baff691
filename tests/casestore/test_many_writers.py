"""Many writers at once against a plain model: whatever they are answered, some order of them explains it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
import pytest_asyncio
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shared.casestore import CaseStore, Installed
from shared.casestore.appending import Append, Placed
from tests.casestore.conftest import MASTER
from tests.casestore.model import Answered, Model
from tests.casestore.writing import writes

T = TypeVar("T")
ROLES = ("intake", "gateway", "plans", "intake")  # Two processes of intake, one of the others.
HANDLERS = ("plans.start_plan", "contact.plan_step")
STREAMS, CAUSES = 5, 4
ANSWER_SECONDS_MAX = 60.0


class Touched(msgspec.Struct, frozen=True):
    """One stream of a planned append: how many events, none to rely on it, and how far its handler was mistaken."""

    stream: int
    events: int
    mistaken: int


class Planned(msgspec.Struct, frozen=True):
    """A call to be made. `after_those_before`: its handler saw what the calls before it in the list will have done."""

    writer: int
    handler: str
    cause: int
    streams: tuple[Touched, ...]
    after_those_before: bool


touched = st.builds(
    Touched,
    stream=st.integers(0, STREAMS - 1),
    events=st.integers(0, 3),
    mistaken=st.sampled_from((0, 0, 0, 0, 0, 0, -1, 1)),
)
planned = st.builds(
    Planned,
    writer=st.integers(0, len(ROLES) - 1),
    handler=st.sampled_from(HANDLERS),
    cause=st.integers(0, CAUSES - 1),
    streams=st.lists(touched, min_size=1, max_size=4, unique_by=lambda each: each.stream)
    .filter(lambda streams: any(each.events for each in streams))
    .map(tuple),
    after_those_before=st.booleans(),
)


class Writers(RuleBasedStateMachine):
    """Calls made at once, by several processes, onto few streams and with few causes, so that they meet."""

    stores: Sequence[CaseStore]
    loop: asyncio.AbstractEventLoop
    unexplained: list[AssertionError]

    def __init__(self) -> None:
        super().__init__()
        self.streams = [uuid4() for _ in range(STREAMS)]
        self.causes = [uuid4() for _ in range(CAUSES)]
        self.model = Model()
        self.model.head = self.awaited(self.stores[0].head())
        self.sent: list[tuple[int, Append]] = []

    @rule(calls=st.lists(planned, min_size=1, max_size=12), gives_up=st.integers(-12, 11))
    def calls_are_made_at_once(self, calls: list[Planned], gives_up: int) -> None:
        seen = {stream: self.model.version(stream) for stream in self.streams}
        then = dict(seen)
        appends = []
        for call in calls:
            appends.append((call.writer, self.append_of(call, then if call.after_those_before else seen)))
            for each in call.streams:
                then[self.streams[each.stream]] += each.events
        self.sent += appends
        self.awaited(self.made_at_once(appends, gives_up))

    @rule(which=st.lists(st.integers(0, 1_000), min_size=1, max_size=6))
    def earlier_calls_are_made_again(self, which: list[int]) -> None:
        again = [self.sent[number % len(self.sent)] for number in which if self.sent]
        self.awaited(self.made_at_once(again, gives_up=-1))

    @invariant()
    def every_stream_is_as_the_model_says(self) -> None:
        for stream in self.streams:
            told = self.awaited(self.stores[0].stream(stream))
            stored = [(one.version, one.position, (one.handler, one.cause)) for one in told]
            assert stored == [
                (version, held.position + ordinal, held.call)
                for held in self.model.streams.get(stream, [])
                for ordinal, version in enumerate(held.versions)
            ]

    def append_of(self, call: Planned, versions: dict[UUID, int]) -> Append:
        onto = {
            self.streams[each.stream]: (max(versions[self.streams[each.stream]] + each.mistaken, 0), each.events)
            for each in call.streams
        }
        return writes(ROLES[call.writer], call.handler, self.causes[call.cause], onto)

    async def made_at_once(self, appends: Sequence[tuple[int, Append]], gives_up: int) -> None:
        """Make them, one of the callers going away meanwhile and asking again; then see that the model explains it."""
        made = (self.answered(*each, given_up=number == gives_up) for number, each in enumerate(appends))
        answers = await asyncio.gather(*made)
        try:
            self.model.explain(answers)
        except AssertionError as wrong:
            self.unexplained.append(wrong)
            raise

    async def answered(self, writer: int, what: Append, given_up: bool) -> Answered:
        if given_up:
            first = asyncio.create_task(self.stores[writer].append(what))
            await asyncio.wait([first], timeout=0.001)
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first
        placed: Placed = await self.stores[writer].append(what)
        return Answered(what, placed, given_up)

    def awaited(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(ANSWER_SECONDS_MAX)


@pytest_asyncio.fixture
async def stores(installed: Installed) -> AsyncIterator[list[CaseStore]]:
    opened = [await CaseStore(installed.urls[role], MASTER, role).open() for role in ROLES]
    yield opened
    for store in opened:
        await store.close()


async def test_whatever_many_writers_are_answered_some_order_of_them_explains_it(stores: list[CaseStore]) -> None:
    class TheseWriters(Writers):
        pass

    TheseWriters.stores, TheseWriters.loop = stores, asyncio.get_running_loop()
    TheseWriters.unexplained = []
    bounds = settings(
        max_examples=100,
        stateful_step_count=12,
        phases=[Phase.generate],  # Who comes first is chance, so the same calls again need not go wrong again.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    try:
        await asyncio.to_thread(run_state_machine_as_test, TheseWriters, settings=bounds)
    except Exception:
        if TheseWriters.unexplained:
            raise TheseWriters.unexplained[0] from None
        raise
