"""Whatever contact hears twice happens once; and each thing it hears has its effect."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import pytest

from services.contact.consumers import hears
from shared.deciding import Deciding
from shared.events import Event, Sealed, contact, gateway, intake, plans, settlement
from shared.events.plans import Instalment
from shared.events.reasons import Reason
from shared.events.settlement import Part
from shared.money import Money
from tests.contact.asking import CASE, CLAIM, PARTY, REMINDER_DAY, at, decided, lived
from tests.contact.memory_world import MemoryWorld, memory_world
from tests.contact.people import ACCOUNT, CLIENT, DUE, FINN, ROOT, a_case, bank_read, paid_list

DAY = timedelta(days=1)
NOW = at(REMINDER_DAY + DAY, 8)
PLAN_ID, DISPUTE, QUESTION = (uuid5(ROOT, name) for name in ("plan", "dispute", "question"))
ACCEPTED = a_case(PARTY)
REMINDED = lived(ACCEPTED, DUE + DAY, REMINDER_DAY)
PROMISED = (
    Instalment(REMINDER_DAY + 10 * DAY, Money(220_00), REMINDER_DAY + 11 * DAY),
    Instalment(REMINDER_DAY + 40 * DAY, Money(220_00), REMINDER_DAY + 41 * DAY),
)
PROPOSED = plans.PlanProposed(PLAN_ID, PROMISED, Money(440_00), None, ())
STARTED = plans.PlanStarted(PLAN_ID, PROMISED, None)
ASKED = plans.PlanApprovalAsked(PLAN_ID, REMINDER_DAY + 7 * DAY, (), "starts")
OPENED = contact.DisputeOpened(DISPUTE, CLAIM, Sealed((PARTY,), "Laskussa on väärä määrä"), REMINDER_DAY + 14 * DAY)
CALLED = lived(ACCEPTED, DUE + DAY, DUE + 46 * DAY)
TASK = next(event.task_id for event in CALLED if isinstance(event, contact.CallTaskCreated))
ALL = Money(430_00)
PAID = settlement.PaymentAllocated(uuid4(), CLAIM, ALL, (Part("principal", ALL),), DUE, "reference", "")
CLOSED = settlement.CaseClosed("paid", Money(0))
WAITS = contact.StepWaited("reminder", Reason("reminder"), None)
WAITS_FOR_BANK = contact.StepWaited("reminder", Reason("reminder", blocked_by=("money_not_fresh",)), None)
WAITS_FOR_CLIENT = contact.StepWaited("reminder", Reason("reminder", blocked_by=("paid_list_too_old",)), None)
WAITS_FOR_ADDRESS = contact.StepWaited("reminder", Reason("reminder", blocked_by=("no_address",)), None)
PAUSED = gateway.CollectionPaused()
SUSPENDED = gateway.ContactSuspended("guardian", None)
AT_REMINDER = lived(ACCEPTED, DUE + DAY, REMINDER_DAY - DAY)
CORRECTED = intake.PartyCorrected(Sealed((PARTY,), FINN), "fi")
BROKEN = plans.PlanBroken(1)

# What had happened, then what is heard and on which stream, and an event it leads to.
HEARD: list[tuple[Sequence[Event], UUID, Event, type[Event]]] = [
    (ACCEPTED[:-1], CASE, ACCEPTED[-1], contact.StrategyAssigned),
    ([*AT_REMINDER, STARTED, WAITS], CASE, BROKEN, contact.StepPlanned),
    ([*AT_REMINDER, PROPOSED, ASKED, WAITS], CASE,
     plans.PlanRefused(PLAN_ID), contact.StepPlanned),
    ([*AT_REMINDER, OPENED, WAITS], CASE,
     contact.DisputeResolved(DISPUTE, "rejected", CLAIM, None, None), contact.StepPlanned),
    ([*AT_REMINDER, CLOSED], CASE, settlement.CaseReopened("payment_reversed"), contact.StepPlanned),
    ([*AT_REMINDER, PAID, WAITS], CASE,
     settlement.AllocationReversed(PAID.payment_id, CLAIM, ALL, PAID.parts, DUE), contact.StepPlanned),
    ([*AT_REMINDER, PAUSED, WAITS], CASE,
     gateway.CollectionResumed(), contact.StepPlanned),
    ([*AT_REMINDER, SUSPENDED, WAITS], CASE,
     gateway.ContactAllowedAgain(), contact.StepPlanned),
    ([*AT_REMINDER, WAITS_FOR_BANK], ACCOUNT, bank_read(REMINDER_DAY), contact.StepPlanned),
    ([*AT_REMINDER, WAITS_FOR_CLIENT], CLIENT, paid_list(REMINDER_DAY), contact.StepPlanned),
    ([*AT_REMINDER, WAITS_FOR_ADDRESS], PARTY, CORRECTED, contact.StepPlanned),
    (REMINDED, CASE, gateway.CollectionStopped(), contact.ContactRecalled),
    (REMINDED, CLIENT, gateway.CollectionStopped(), contact.ContactRecalled),
    (REMINDED, PARTY, PAUSED, contact.ContactRecalled),
    (REMINDED, PARTY, SUSPENDED, contact.ContactRecalled),
    (REMINDED, CASE, OPENED, contact.ContactRecalled),
    (REMINDED, CASE, PAID, contact.ContactRecalled),
    (REMINDED, CASE, settlement.DirectPaymentReported(CLAIM, ALL, PAID.parts, DUE), contact.ContactRecalled),
    (REMINDED, CASE, settlement.CreditNoteReported(CLAIM, ALL, "H-1", DUE), contact.ContactRecalled),
    (REMINDED, CASE, settlement.WrittenOff(CLAIM, ALL, PAID.parts), contact.ContactRecalled),
    (REMINDED, CASE, contact.DueDateMoved(REMINDER_DAY + 10 * DAY), contact.ContactRecalled),
    (CALLED, CASE, contact.CallMade(TASK, "will_pay", Sealed((PARTY,), "Maksaa perjantaina"), "staff"),
     contact.ContactDecided),
    ([*REMINDED, PROPOSED, STARTED], CASE, plans.RescueDecided(1, REMINDER_DAY + 15 * DAY), contact.ContactDecided),
    ([*AT_REMINDER, PROPOSED], CASE, STARTED, contact.ContactDecided),
    ([*REMINDED, PAID], CASE, CLOSED, contact.ContactDecided),
    (ACCEPTED[:-1], CASE, intake.DefectsFound((intake.Defect("missing_due", "due", "no due day"),), DUE + 9 * DAY),
     contact.ContactDecided),
    ([*REMINDED, PROPOSED], CASE, ASKED, contact.ContactDecided),
    ([*REMINDED, PROPOSED, ASKED], CASE, plans.PlanApprovalReminded(PLAN_ID, REMINDER_DAY), contact.ContactDecided),
    (REMINDED, CASE, intake.LimitationNear(CLAIM, REMINDER_DAY + 180 * DAY), contact.ContactDecided),
    (REMINDED, CASE, contact.LegalDecisionAsked(QUESTION, REMINDER_DAY + 14 * DAY), contact.ContactDecided),
]  # fmt: skip


async def hear(world: MemoryWorld, stream_id: UUID, event: Event, cause: UUID) -> None:
    for function in hears.by_type[type(event).__name__]:
        await function(stream_id, Deciding(world, cause, "service:contact", world.today))


def counted(world: MemoryWorld) -> dict[UUID, int]:
    return {stream_id: len(events) for stream_id, events in world.streams.items() if events}


NAMES = [f"{type(event).__name__}-{place}" for place, (_, _, event, _) in enumerate(HEARD)]


@pytest.mark.parametrize(("before", "stream_id", "event", "leads_to"), HEARD, ids=NAMES)
async def test_what_is_heard_twice_happens_once_whatever_changed_between(
    before: Sequence[Event], stream_id: UUID, event: Event, leads_to: type[Event]
) -> None:
    with memory_world(NOW, *before) as world:
        world.streams[stream_id].append(event)
        cause = uuid4()
        old = len(world.case)
        await hear(world, stream_id, event, cause)
        assert any(isinstance(told, leads_to) for told in world.case[old:])
        world.case.append(intake.InfoReceived("something unrelated"))
        world.streams[PARTY].append(contact.ContactTaken(uuid4(), "letter", NOW - 3 * DAY))
        after = counted(world)
        await hear(world, stream_id, event, cause)
        assert counted(world) == after


def test_every_type_contact_hears_is_told_twice_here() -> None:
    assert {type(event).__name__ for _, _, event, _ in HEARD} == set(hears.by_type)


async def test_a_letter_at_the_print_house_is_taken_back_when_the_client_stops() -> None:
    [*_, reminder] = decided(REMINDED)
    left = [
        contact.HandOverStarted(reminder.contact_id, 1, NOW),
        contact.HandedOver(reminder.contact_id, 1, "p", "job-9"),
    ]
    with memory_world(NOW, *REMINDED, *left) as world:
        stop = gateway.CollectionStopped()
        world.case.append(stop)
        await hear(world, CASE, stop, uuid4())
        assert world.outside.recalled == ["job-9"]
        assert contact.ContactRecalled(reminder.contact_id, ("stopped",)) in world.case
        assert world.known.case.charges == ()


async def test_a_letter_already_posted_is_not_asked_back() -> None:
    [*_, reminder] = decided(REMINDED)
    left = [
        contact.HandOverStarted(reminder.contact_id, 1, NOW), contact.HandedOver(reminder.contact_id, 1, "p", "job-9"),
        contact.Posted(reminder.contact_id, REMINDER_DAY),
    ]  # fmt: skip
    with memory_world(NOW, *REMINDED, *left) as world:
        stop = gateway.CollectionStopped()
        world.case.append(stop)
        await hear(world, CASE, stop, uuid4())
        assert world.outside.recalled == []


async def test_messages_to_the_client_leave_though_contact_with_the_debtor_is_stopped() -> None:
    with memory_world(NOW, *REMINDED, OPENED) as world:
        await hear(world, CASE, OPENED, uuid4())
        [*_, asked] = decided(world.case)
        assert (asked.to, asked.kind, asked.channel) == ("client", "dispute", "email")
        assert b"laskutus@polkupyorat.example" in world.outside.documents[asked.document]


async def test_the_facts_after_a_call_go_out_on_the_same_day_and_take_no_contact() -> None:
    made = contact.CallMade(TASK, "forgot", Sealed((PARTY,), "Oli unohtunut"), "staff")
    with memory_world(at(DUE + 46 * DAY, 12), *CALLED, made) as world:
        world.streams[PARTY].append(contact.ContactTaken(TASK, "call", at(DUE + 46 * DAY, 11)))
        await hear(world, CASE, made, uuid4())
        [*_, facts] = decided(world.case)
        assert (facts.kind, facts.channel) == ("facts", "email")
        assert facts.leaves_at == at(DUE + 46 * DAY, 12)
        assert dict(facts.reason.facts)["budget"]
        assert len(world.streams[PARTY]) == 2
