"""A message leaves once, in its five seconds, or not at all; stop wins; what came of it is kept."""

from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import pytest

from services.contact import delivery, handlers
from services.contact.channels.provider import NotKnown, NotTaken
from services.contact.deadlines import set_by
from services.contact.dispatch import _recorded, dispatch
from services.contact.known import Known, Party
from services.contact.step import take
from shared.deadlines import cause_of, fire
from shared.events import Event, contact, gateway, settlement
from shared.events.settlement import Part
from shared.money import Money
from tests.cancelled import Driver
from tests.contact.asking import CASE, CLAIM, PARTY, REMINDER_DAY, around, at, decided, known, lived
from tests.contact.memory_world import MemoryWorld, memory_world
from tests.contact.people import CLIENT, DUE, a_case
from tests.given import Given

DAY = timedelta(days=1)
NOW = at(REMINDER_DAY, 8)
TAKEN = lived(a_case(PARTY), DUE + DAY, REMINDER_DAY)  # The reminder is decided, its slot has come.
FRIENDLY, REMINDER = decided(TAKEN)
TAKEN += [
    contact.HandOverStarted(FRIENDLY.contact_id, 1, NOW),
    contact.HandedOver(FRIENDLY.contact_id, 1, "sms", "job-0"),
]
ID = REMINDER.contact_id
BESIDE = around(REMINDER_DAY)
STARTED = contact.HandOverStarted(ID, 1, NOW + timedelta(seconds=5))
HANDED = contact.HandedOver(ID, 1, "print", "job-1")
NONE = frozenset[str]()


# At the rule.


def test_at_its_slot_a_message_may_leave_within_five_seconds() -> None:
    Given(Known(), TAKEN).when(delivery.start, BESIDE, ID, 1, NOW).then(STARTED)


@pytest.mark.parametrize(
    "event",
    [
        gateway.CollectionStopped(),
        gateway.CollectionPaused(),
        gateway.ContactSuspended("deceased", None),
        contact.DisputeOpened(uuid4(), None, None, DUE),  # type: ignore[arg-type]  # No text.
        settlement.CaseClosed("paid", Money(0)),
    ],
    ids=["stop", "pause", "suspension", "dispute", "closed"],
)
def test_after_a_stop_nothing_is_handed_over_and_the_message_is_taken_back_with_its_cost(event: Event) -> None:
    told = delivery.start(known(*TAKEN, event), BESIDE, ID, 1, NOW)
    assert [type(each) for each in told] == [contact.ContactRecalled]
    assert known(*TAKEN, event, *told).case.charges == ()
    assert delivery.on_party(known(*TAKEN, event), told) == {PARTY: [contact.ContactGivenBack(ID)]}


def test_money_that_came_meanwhile_takes_the_message_back_and_plans_it_with_the_new_amount() -> None:
    some = settlement.PaymentAllocated(
        uuid4(), CLAIM, Money(100_00), (Part("principal", Money(100_00)),), REMINDER_DAY, "reference", ""
    )  # fmt: skip
    told = delivery.start(known(*TAKEN, some), BESIDE, ID, 1, NOW)
    assert told[0] == contact.ContactRecalled(ID, ("balance_changed",))
    assert isinstance(told[1], contact.StepPlanned)
    assert told[1].step == "reminder"


def test_a_message_that_missed_its_day_is_written_anew() -> None:
    later = at(REMINDER_DAY + DAY, 8)
    told = delivery.start(known(*TAKEN), around(REMINDER_DAY + DAY), ID, 1, later)
    assert told[0] == contact.ContactRecalled(ID, ("slot_missed",))
    assert isinstance(told[1], contact.StepPlanned)


def test_a_message_whose_slot_closed_waits_for_the_next() -> None:
    told = delivery.start(known(*TAKEN), BESIDE, ID, 1, at(REMINDER_DAY, 20))
    assert [type(each) for each in told] == [contact.HandOverFailed]


def test_a_failed_hand_over_is_tried_five_times_and_then_the_step_goes_another_way() -> None:
    events, now = list(TAKEN), NOW
    for attempt in range(1, 6):
        started = contact.HandOverStarted(ID, attempt, now)
        told = delivery.failed(known(*events, started), BESIDE, ID, attempt, "busy", again=True, now=now)
        events += [started, *told]
    [*_, final, recalled, replanned] = events
    assert isinstance(final, contact.HandOverFailed)
    assert final.again_at is None
    assert recalled == contact.ContactRecalled(ID, ("not_handed_over",))
    assert isinstance(replanned, contact.StepPlanned)
    assert sum(isinstance(event, contact.HandOverFailed) for event in events) == 5


def test_a_hand_over_nothing_is_heard_of_is_unknown_and_is_not_sent_again_by_itself() -> None:
    Given(Known(), [*TAKEN, STARTED]).when(delivery.not_known, ID, 1, "no answer in time", can_be_asked=NONE).then(
        contact.HandOverUnknown(ID, 1, "no answer in time")
    )
    unknown = contact.HandOverUnknown(ID, 1, "no answer in time")
    assert set_by(unknown) == []
    assert delivery.start(known(*TAKEN, STARTED, unknown), BESIDE, ID, 2, NOW) == []


def test_what_a_person_found_not_to_have_left_is_tried_again_unless_something_speaks_against_it() -> None:
    lost = [*TAKEN, STARTED, contact.HandOverUnknown(ID, 1, "no answer in time")]
    told = delivery.not_taken(known(*lost), BESIDE, ID, NOW)
    assert told == [contact.HandOverFailed(ID, 1, "never left", NOW + timedelta(minutes=1))]
    stopped = known(*lost, *told, gateway.CollectionStopped())
    assert delivery.start(stopped, BESIDE, ID, 2, NOW) == [contact.ContactRecalled(ID, ("stopped",))]


def test_what_came_of_a_message_is_not_for_a_person_to_say_where_it_is_known() -> None:
    for state in (TAKEN, [*TAKEN, STARTED], [*TAKEN, STARTED, HANDED]):
        Given(Known(), state).when(delivery.not_taken, BESIDE, ID, NOW).refused("outcome_known")


def test_the_answer_to_the_second_attempt_is_not_taken_for_the_first_s() -> None:
    second = contact.HandOverStarted(ID, 2, NOW)
    events = [*TAKEN, STARTED, contact.HandOverFailed(ID, 1, "busy", NOW), second]
    assert delivery.handed_over(known(*events), ID, 1, "print", "job-1") == []
    assert delivery.not_known(known(*events), ID, 1, "late", can_be_asked=NONE) == []
    assert delivery.handed_over(known(*events), ID, 2, "print", "job-2") != []


def test_facts_about_what_had_left_are_kept_after_a_stop() -> None:
    events = [*TAKEN, STARTED, gateway.CollectionStopped()]
    assert delivery.handed_over(known(*events), ID, 1, "print", "job-1") == [HANDED]
    told = delivery.told_by_provider(known(*events, HANDED), ID, "posted", "", REMINDER_DAY)
    assert told == [contact.Posted(ID, REMINDER_DAY)]


def test_a_stop_takes_back_what_was_decided_and_says_which_step_will_not_come() -> None:
    stopped = [*TAKEN, gateway.CollectionStopped()]
    told = delivery.withdraw(known(*stopped), BESIDE, NOW)
    assert [type(each) for each in told] == [contact.ContactRecalled, contact.StepWaited]
    assert delivery.withdraw(known(*stopped, *told), BESIDE, NOW) == []


def test_a_stop_withdraws_the_call() -> None:
    called = lived(a_case(PARTY), DUE + DAY, DUE + 46 * DAY)
    assert isinstance(called[-2], contact.CallTaskCreated)
    told = delivery.withdraw(known(*called, gateway.CollectionStopped()), around(DUE + 47 * DAY), at(DUE + 47 * DAY))
    assert contact.CallTaskWithdrawn(called[-2].task_id, ("stopped",)) in told


# At the service.


async def leave(world: MemoryWorld, set_by_event: UUID, attempt: int = 1) -> str:
    """The slot's deadline fires in one process; only where it appended may the message leave."""
    [deadline] = set_by(REMINDER)
    deadline = type(deadline)(deadline.at, deadline.then, (f"{ID}", attempt), deadline.act)
    answer = await fire(world, deadline, CASE, set_by_event, world.today, "service:contact")
    if answer.outcome == "appended":
        await dispatch(CASE, f"{ID}", attempt, cause=cause_of(set_by_event, deadline))
    return answer.outcome


async def test_of_two_dispatchers_of_one_letter_only_one_acts() -> None:
    with memory_world(NOW, *TAKEN) as world:
        event_id = uuid4()
        outcomes = [await leave(world, event_id), await leave(world, event_id)]
        assert outcomes == ["appended", "duplicate"]
        assert len(world.outside.sent) == 1
        assert isinstance(world.case[-1], contact.HandedOver)


async def test_a_letter_carries_its_key_and_the_envelope_s_lines() -> None:
    with memory_world(NOW, *TAKEN) as world:
        await leave(world, uuid4())
        [sent] = world.outside.sent
        assert sent.key == f"{ID}|1"
        assert sent.address == ("Aino Esimerkki", "Koivukuja 3 A 12", "70100 Kuopio")
        assert sent.at == NOW.isoformat()


async def test_stop_wins_between_loading_and_appending_a_hand_over() -> None:
    with memory_world(NOW, *TAKEN) as world:
        world.meanwhile = lambda: world.streams[CLIENT].append(gateway.CollectionStopped())
        await leave(world, uuid4())
        assert world.outside.sent == []
        assert world.case[-1] == contact.ContactRecalled(ID, ("stopped",))
        assert world.streams[PARTY][-1] == contact.ContactGivenBack(ID)


async def test_stop_wins_between_loading_and_appending_a_decision() -> None:
    before = lived(a_case(PARTY), DUE + DAY, REMINDER_DAY - DAY)
    with memory_world(NOW, *before) as world:
        world.meanwhile = lambda: world.streams[PARTY].append(gateway.CollectionStopped())
        await world.deciding()(handlers.take_step, CASE, "reminder", now=NOW)
        assert isinstance(world.case[-1], contact.StepWaited)
        assert [each.kind for each in decided(world.case)] == ["friendly"]


async def test_a_decision_and_the_debtor_s_budget_are_one_append() -> None:
    before = lived(a_case(PARTY), DUE + DAY, REMINDER_DAY - DAY)
    with memory_world(NOW, *before) as world:
        await world.deciding()(handlers.take_step, CASE, "reminder", now=NOW)
        [*_, message] = decided(world.case)
        assert world.streams[PARTY][-1] == contact.ContactTaken(message.contact_id, "letter", NOW)
        assert world.outside.documents[message.document].startswith(b"%PDF-")


async def test_a_message_that_could_not_leave_in_time_never_leaves_under_that_attempt() -> None:
    late = contact.HandOverStarted(ID, 1, NOW - timedelta(seconds=1))
    with memory_world(NOW, *TAKEN, late) as world:
        await dispatch(CASE, f"{ID}", 1, cause=uuid4())
        assert world.outside.sent == []
        assert isinstance(world.case[-1], contact.HandOverFailed)


@pytest.mark.parametrize(
    ("fails", "event"),
    [
        (NotTaken("busy", again=True), contact.HandOverFailed),
        (NotKnown("ReadTimeout"), contact.HandOverUnknown),
    ],
    ids=["not taken", "nobody knows"],
)
async def test_what_a_provider_answers_is_what_is_recorded(fails: Exception, event: type[Event]) -> None:
    with memory_world(NOW, *TAKEN) as world:
        world.outside.fails = fails
        await leave(world, uuid4())
        assert isinstance(world.case[-1], event)


async def test_a_second_attempt_is_caused_by_the_first_s_outcome_and_appends_anew() -> None:
    with memory_world(NOW, *TAKEN) as world:
        event_id = uuid4()
        world.outside.fails = NotTaken("busy", again=True)
        await leave(world, event_id)
        failed = world.case[-1]
        assert isinstance(failed, contact.HandOverFailed)
        world.outside.fails = None
        assert [deadline.about for deadline in set_by(failed)] == [(f"{ID}", 2)]
        assert await leave(world, uuid5(event_id, "failed"), attempt=2) == "appended"
        assert world.case[-1] == contact.HandedOver(ID, 2, "remembering", "job-1")


def test_a_contact_given_back_leaves_the_day_free() -> None:
    party = Party().after(contact.ContactTaken(ID, "letter", NOW))
    assert party.history
    assert not party.after(contact.ContactGivenBack(ID)).history


def test_a_number_the_provider_refuses_for_good_sends_the_message_another_way() -> None:
    events = lived(a_case(PARTY), DUE + DAY, DUE + DAY)
    [friendly] = decided(events)
    events.append(contact.HandOverStarted(friendly.contact_id, 1, NOW))
    beside, now = around(DUE + DAY), at(DUE + DAY, 9)
    told = delivery.failed(known(*events), beside, friendly.contact_id, 1, "refused, 400", again=False, now=now)
    assert isinstance(told[-1], contact.StepPlanned)
    [email] = decided(take(known(*events, *told), beside, "friendly", told[-1].at))
    assert (email.kind, email.channel) == ("friendly", "email")


async def test_recording_an_outcome_ends_when_it_was_cancelled() -> None:
    driver = Driver()
    await driver.sees_the_end_of(_recorded(driver))
