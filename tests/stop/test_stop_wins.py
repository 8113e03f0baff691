"""Stop wins, whatever the interleaving; and the test that says so finds the bugs it is there for."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.contact import handlers
from services.contact.channels.provider import Asked, Outgoing
from services.contact.dispatch import dispatch
from shared import deciding
from shared.deadlines import Deadline, cause_of, fire
from tests.stop.lost import AnswersAreLost
from tests.stop.machine import Interleavings, shortly
from tests.stop.rules import Happened
from tests.stop.world import Interleaved

EXAMPLES = settings(
    max_examples=50, stateful_step_count=40, suppress_health_check=list(HealthCheck),
)  # fmt: skip
UNTIL_FOUND = settings(EXAMPLES, max_examples=1_000, phases=[Phase.generate], database=None, derandomize=True)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "WAIT_SECONDS_MAX", 0)
    monkeypatch.setattr(handlers, "written", shortly)


@pytest.mark.parametrize("machine", [Interleavings, AnswersAreLost])
def test_whatever_comes_first_nothing_leaves_after_a_stop_and_what_had_left_is_told(
    machine: type[Interleavings],
) -> None:
    run_state_machine_as_test(machine, settings=EXAMPLES)


class ReliesOnNothing(Interleavings):
    """The store checks only the streams that are written to."""

    def made(self, now: datetime) -> Interleaved:
        world = super().made(now)
        world.relies = False
        return world


class SendsFirst(Interleavings):
    """The dispatcher asks the provider, and then records that it did."""

    async def fired(self, one: Happened, deadline: Deadline, now: datetime) -> None:
        if deadline.act is dispatch:
            contact_id, attempt = deadline.about
            message = Outgoing(f"{contact_id}|{attempt}", now.isoformat(), b"Hei!", "Reilu")
            await self.world.house.send(message, 5.0)
        await fire(self.world, deadline, one.stream_id, one.event_id, now, "service")


class ActsOnDuplicates(Interleavings):
    """Whoever is told that it was recorded acts, not only whose append it was."""

    async def fired(self, one: Happened, deadline: Deadline, now: datetime) -> None:
        await self.world.turn()
        await fire(self.world, deadline, one.stream_id, one.event_id, now, "service")
        if deadline.act is not None:
            await deadline.act(one.stream_id, *deadline.about, cause=cause_of(one.event_id, deadline))


class IsNeverTooLate(Interleavings):
    """The dispatcher does not look at the clock."""

    def made(self, now: datetime) -> Interleaved:
        world = super().made(now)
        send = world.house.send
        world.house.send = lambda message, seconds: send(message, 720 * seconds)  # type: ignore[method-assign]
        return world


class ForgetsAnswers(Interleavings):
    """The dispatcher ends with the provider's answer in its hand, and nobody gives up waiting."""

    async def fired(self, one: Happened, deadline: Deadline, now: datetime) -> None:
        await self.world.turn()
        if not deadline.outgoing:
            await fire(self.world, deadline, one.stream_id, one.event_id, now, "service")


class TakesSilenceForNo(AnswersAreLost):
    """A provider that is asked what it took and does not say is held to have taken nothing."""

    def made(self, now: datetime) -> Interleaved:
        world = super().made(now)

        async def asked(key: str, seconds: float) -> Asked:
            del key, seconds
            await world.turn()
            return Asked("not_taken")

        world.house.asked = asked  # type: ignore[method-assign]
        return world


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (ReliesOnNothing, "after"),
        (SendsFirst, "before its hand-over was recorded"),
        (ActsOnDuplicates, "arrived twice"),
        (IsNeverTooLate, "too late"),
        (ForgetsAnswers, "nobody knows"),
        (TakesSilenceForNo, "and so was an earlier attempt"),
    ],
)
def test_a_planted_bug_is_found(planted: type[Interleavings], found: str) -> None:
    with pytest.raises(AssertionError, match=found):
        run_state_machine_as_test(planted, settings=UNTIL_FOUND)
