"""Nobody heard what came of a hand-over: its provider is asked, a few times, and then a person finds out."""

from datetime import timedelta
from uuid import uuid5

import pytest

from services.contact import delivery, handlers
from services.contact.channels.provider import UNKNOWN, Asked, NotKnown
from services.contact.deadlines import ended_by, set_by
from services.contact.delivery import PAUSES
from services.contact.dispatch import dispatch, inquire
from services.contact.known import Known
from shared.deadlines import Deadline, cause_of, fire
from shared.events import Event, contact, gateway
from tests.contact.asking import CASE, REMINDER_DAY, known
from tests.contact.memory_world import MemoryWorld, memory_world
from tests.contact.people import CLIENT
from tests.contact.test_hand_overs import HANDED, ID, NONE, NOW, STARTED, TAKEN
from tests.given import Given

MINUTE = timedelta(minutes=1)
LETTERS, LOST = frozenset({"letter"}), "ReadTimeout"
ASK_AT = STARTED.leave_by + MINUTE
UNHEARD = contact.HandOverUnknown(ID, 1, LOST, ASK_AT)
KEY = f"{ID}|1"


# At the rule.


def test_a_provider_that_can_be_asked_is_asked_a_minute_after_the_message_could_still_leave() -> None:
    given = Given(Known(), [*TAKEN, STARTED])
    given.when(delivery.not_known, ID, 1, LOST, can_be_asked=LETTERS).then(UNHEARD)
    [question] = set_by(UNHEARD)
    assert (question.at, question.about, question.act) == (ASK_AT, (f"{ID}", 1, 1), inquire)


def test_one_that_cannot_be_asked_is_a_persons_task_at_once() -> None:
    unheard = contact.HandOverUnknown(ID, 1, LOST)
    Given(Known(), [*TAKEN, STARTED]).when(delivery.not_known, ID, 1, LOST, can_be_asked=NONE).then(unheard)
    assert set_by(unheard) == []


def test_it_is_asked_four_times_within_three_hours_and_then_a_person_finds_out() -> None:
    events: list[Event] = [*TAKEN, STARTED, UNHEARD]
    waits = []
    while deadlines := set_by(events[-1]):
        [question] = deadlines
        _, _, number = question.about
        assert isinstance(number, int)
        waits.append(question.at - STARTED.leave_by)
        events += delivery.ask(known(*events), ID, 1, number, question.at)
    assert waits == [sum(PAUSES[:number], timedelta()) for number in (1, 2, 3, 4)]
    assert isinstance(events[-1], contact.OutcomeAsked)
    assert (events[-1].number, events[-1].again_at) == (4, None)


@pytest.mark.parametrize(
    "event",
    [
        HANDED, contact.HandOverFailed(ID, 1, "never left", NOW), contact.Posted(ID, REMINDER_DAY),
        contact.Delivered(ID), contact.Returned(ID),
    ],
    ids=lambda event: type(event).__name__,
)  # fmt: skip
def test_once_it_is_known_nobody_is_asked_any_more(event: Event) -> None:
    [question] = set_by(UNHEARD)
    assert ended_by(event, question)
    Given(Known(), [*TAKEN, STARTED, UNHEARD, event]).when(delivery.ask, ID, 1, 1, ASK_AT).then()


def test_a_question_about_the_first_attempt_is_not_asked_of_the_second() -> None:
    again = [contact.HandOverFailed(ID, 1, "never came", NOW), contact.HandOverStarted(ID, 2, NOW + MINUTE)]
    unheard = contact.HandOverUnknown(ID, 2, LOST, ASK_AT)
    Given(Known(), [*TAKEN, STARTED, UNHEARD, *again, unheard]).when(delivery.ask, ID, 1, 2, ASK_AT).then()


# At the service: a provider that took it or did not, and what becomes of the message.


class Lost:
    """A world in which nothing was heard of the reminder's hand-over, and the deadlines that follow."""

    def __init__(self, world: MemoryWorld, *, says: Asked) -> None:
        self.world, self.outside = world, world.outside
        self.outside.fails, self.outside.says = NotKnown(LOST), says

    async def leaves(self, attempt: int = 1) -> Event:
        """Its slot has come; returns what is recorded last."""
        return await self.fires(Deadline(self.world.today, handlers.start_hand_over, (f"{ID}", attempt), dispatch))

    async def is_asked(self) -> Event:
        """The time for the next question has come."""
        last = [each for each in self.world.case if isinstance(each, contact.HandOverUnknown | contact.OutcomeAsked)]
        [question] = set_by(last[-1])
        return await self.fires(question)

    async def fires(self, deadline: Deadline) -> Event:
        self.world.today, event_id = max(self.world.today, deadline.at), uuid5(CASE, f"event {len(self.world.case)}")
        answer = await fire(self.world, deadline, CASE, event_id, self.world.today, "service:contact")
        assert answer.outcome == "appended"
        if deadline.act is not None:
            await deadline.act(CASE, *deadline.about, cause=cause_of(event_id, deadline))
        return self.world.case[-1]


async def test_one_that_was_taken_is_recorded_as_handed_over_and_not_sent_again() -> None:
    with memory_world(NOW, *TAKEN) as world:
        lost = Lost(world, says=Asked("taken", "job-7"))
        assert await lost.leaves() == UNHEARD
        assert await lost.is_asked() == contact.HandedOver(ID, 1, "remembering", "job-7")
        assert (world.outside.questions, world.outside.sent) == ([KEY], [])
        assert world.outside.recalled == [], "nothing speaks against it"


async def test_one_that_never_came_is_tried_again_under_a_key_of_its_own() -> None:
    with memory_world(NOW, *TAKEN) as world:
        lost = Lost(world, says=Asked("not_taken"))
        await lost.leaves()
        failed = await lost.is_asked()
        assert failed == contact.HandOverFailed(ID, 1, "never came", ASK_AT + MINUTE)
        [deadline] = set_by(failed)
        world.outside.fails = None
        assert await lost.fires(deadline) == contact.HandedOver(ID, 2, "remembering", "job-1")
        assert [each.key for each in world.outside.sent] == [f"{ID}|2"]


async def test_one_whose_provider_never_says_is_left_to_a_person_and_not_sent_again() -> None:
    with memory_world(NOW, *TAKEN) as world:
        lost = Lost(world, says=UNKNOWN)
        await lost.leaves()
        asked = [await lost.is_asked() for _ in PAUSES]
        assert world.outside.questions == [KEY] * len(PAUSES)
        assert {type(each) for each in asked} == {contact.OutcomeAsked}
        assert set_by(asked[-1]) == []
        assert world.known.contacts[ID].state == "unknown"
        told = await world.deciding()(handlers.record_not_taken, CASE, ID, now=world.today)
        assert told.outcome == "appended"


async def test_one_that_never_came_does_not_leave_after_a_stop() -> None:
    with memory_world(NOW, *TAKEN) as world:
        lost = Lost(world, says=Asked("not_taken"))
        await lost.leaves()
        world.streams[CLIENT].append(gateway.CollectionStopped())
        [deadline] = set_by(await lost.is_asked())
        assert await lost.fires(deadline) == contact.ContactRecalled(ID, ("stopped",))
        assert world.outside.sent == []


async def test_one_that_was_taken_and_stopped_meanwhile_is_recorded_and_taken_back() -> None:
    with memory_world(NOW, *TAKEN) as world:
        lost = Lost(world, says=Asked("taken", "job-7"))
        await lost.leaves()
        world.streams[CLIENT].append(gateway.CollectionStopped())
        assert await lost.is_asked() == contact.ContactRecalled(ID, ("stopped",))
        assert contact.HandedOver(ID, 1, "remembering", "job-7") in world.case
        assert world.outside.recalled == ["job-7"]


async def test_a_provider_that_fails_when_it_is_asked_is_asked_again() -> None:
    with memory_world(NOW, *TAKEN) as world:
        lost = Lost(world, says=Asked("taken", "job-7"))
        await lost.leaves()
        world.outside.breaks = True
        assert isinstance(await lost.is_asked(), contact.OutcomeAsked)
        world.outside.breaks = False
        assert await lost.is_asked() == contact.HandedOver(ID, 1, "remembering", "job-7")
