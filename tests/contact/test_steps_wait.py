"""What makes a step wait, until when, and how people are reached when it does not: read off the decisions."""

from datetime import date
from uuid import uuid4

import pytest
from msgspec.structs import replace

from services.contact import handlers
from services.contact import step as steps
from services.contact.handlers import STALE
from services.contact.known import Known
from shared.casefile import Condition
from shared.events import Event, contact, gateway, plans, settlement
from shared.events.plans import Instalment
from shared.events.reasons import Reason
from shared.events.settlement import Part
from shared.money import Money
from tests.contact.asking import (
    AT_REMINDER,
    CASE,
    CLAIM,
    DAY,
    NOW,
    PARTY,
    REMINDER_DAY,
    around,
    at,
    decided,
    known,
    planned,
    take,
    waited_for,
)
from tests.contact.memory_world import memory_world
from tests.contact.people import ACCOUNT, DUE, FINN, a_case, bank_read
from tests.given import Given

BLOCKS: list[tuple[Condition, Event]] = [
    ("paused", gateway.CollectionPaused()),
    ("stopped", gateway.CollectionStopped()),
    ("suspended_by_rule", gateway.ContactSuspended("deceased", None)),
]


@pytest.mark.parametrize("whose", ["case", "party", "client"])
@pytest.mark.parametrize(("condition", "event"), BLOCKS)
def test_no_message_is_decided_while_anything_blocks_it_whoever_said_so(
    condition: Condition, event: Event, whose: str
) -> None:
    events = [*AT_REMINDER, event] if whose == "case" else AT_REMINDER
    party, client = ((event,) if whose == each else () for each in ("party", "client"))
    told = take(events, party=party, client=client)
    assert waited_for(told) == (condition,)
    assert told[-1].again_at is None  # type: ignore[attr-defined]  # A StepWaited: it is woken when it is told.


PLAN = plans.PlanStarted(uuid4(), (Instalment(REMINDER_DAY + 10 * DAY, Money(430_00), REMINDER_DAY + 11 * DAY),), None)
PAID = settlement.PaymentAllocated(
    uuid4(), CLAIM, Money(430_00), (Part("principal", Money(430_00)),), DUE, "reference", ""
)  # fmt: skip


@pytest.mark.parametrize(
    ("events", "because"),
    [
        ((PLAN,), ("on_plan",)),
        ((plans.PlanApprovalAsked(uuid4(), REMINDER_DAY, (), "starts"),), ("plan_proposed",)),
        ((PAID,), ("nothing_owed",)),
        ((contact.DisputeOpened(uuid4(), None, None, REMINDER_DAY),), ("disputed",)),  # type: ignore[arg-type]  # No text.
    ],
    ids=["plan", "approval", "paid", "dispute"],
)  # fmt: skip
def test_a_step_waits_with_its_reason(events: tuple[Event, ...], because: tuple[str, ...]) -> None:
    told = take([*AT_REMINDER, *events])
    assert set(because) <= set(waited_for(told))


def test_a_case_that_ended_is_asked_for_nothing_more() -> None:
    assert take([*AT_REMINDER, settlement.CaseClosed("paid", Money(0))]) == []


def test_a_decision_to_wait_is_told_once_and_not_on_every_look() -> None:
    paused = [*AT_REMINDER, gateway.CollectionPaused()]
    Given(Known(), paused).when(steps.take, around(REMINDER_DAY), "reminder", NOW).then(
        contact.StepWaited(
            "reminder",
            Reason("reminder", (), money_facts(), ("paused",)),
            None,
        )
    )  # fmt: skip


def money_facts() -> tuple[tuple[str, str], ...]:
    yesterday = (REMINDER_DAY - DAY).isoformat()
    return (("money_known_to", yesterday), ("paid_list_known_to", yesterday))


# Money that is not known.


def test_a_reminder_waits_until_the_last_bank_day_s_file_is_read() -> None:
    assert waited_for(take(AT_REMINDER, bank_up_to=REMINDER_DAY - 2 * DAY)) == ("money_not_fresh",)


def test_a_weekend_has_no_bank_file_so_friday_s_is_enough_on_monday() -> None:
    monday = date(2025, 2, 10)
    told = take(AT_REMINDER, now=at(monday, 8), bank_up_to=monday - 3 * DAY, paid_list_up_to=monday - 3 * DAY)
    assert [each.kind for each in decided(told)] == ["reminder"]


def test_a_friendly_message_waits_for_the_client_s_own_word_on_what_it_was_paid() -> None:
    fresh_case = [*a_case(PARTY), *steps.assign(known(*a_case(PARTY)), around(), at(DUE + DAY, 6))]
    now = at(DUE + DAY, 7)
    assert waited_for(take(fresh_case, "friendly", now, paid_list_up_to=DUE - 3 * DAY)) == ("paid_list_too_old",)
    assert decided(take(fresh_case, "friendly", now, paid_list_up_to=DUE - 2 * DAY))


def test_a_step_that_waits_for_money_is_looked_at_after_two_days_and_then_once_a_week() -> None:
    first = take(AT_REMINDER, bank_up_to=DUE)
    [one] = first
    assert isinstance(one, contact.StepWaited)
    assert one.again_at is not None
    assert (one.again_at.date() - REMINDER_DAY).days in (2, 3, 4)
    again = take([*AT_REMINDER, *first], now=one.again_at, bank_up_to=DUE)
    [two] = again
    assert isinstance(two, contact.StepWaited)
    assert two.again_at is not None
    assert (two.again_at - one.again_at).days >= 6


def test_money_that_becomes_known_plans_the_step_for_the_same_day() -> None:
    waiting = [*AT_REMINDER, *take(AT_REMINDER, bank_up_to=DUE)]
    told = steps.plan_again(known(*waiting), around(REMINDER_DAY), at(REMINDER_DAY, 9))
    assert planned(told) == [("reminder", at(REMINDER_DAY, 9))]
    assert steps.plan_again(known(*waiting), around(REMINDER_DAY, bank_up_to=DUE), at(REMINDER_DAY, 9)) == []


async def test_two_days_of_waiting_for_money_raise_an_alarm() -> None:
    waiting = [*AT_REMINDER, *take(AT_REMINDER, bank_up_to=DUE)]
    [*_, waited] = waiting
    assert isinstance(waited, contact.StepWaited)
    assert waited.again_at is not None
    before = STALE.labels("money_not_fresh")._value.get()
    with memory_world(waited.again_at, *waiting) as world:
        world.streams[ACCOUNT] = [bank_read(DUE)]
        await world.deciding()(handlers.take_step, CASE, "reminder", now=waited.again_at)
    assert STALE.labels("money_not_fresh")._value.get() == before + 1


# Days that move later, and never earlier.


def test_a_due_day_moved_moves_the_step_behind_it() -> None:
    moved = contact.DueDateMoved(date(2025, 2, 14))
    told = steps.plan_again(known(*AT_REMINDER, moved), around(DUE + 2 * DAY), at(DUE + 2 * DAY, 9))
    assert planned(told) == [("reminder", at(date(2025, 2, 17), 8))]


def test_a_second_contact_on_one_day_waits_for_the_next_whichever_case_took_the_first() -> None:
    other_case = contact.ContactTaken(uuid4(), "letter", NOW)
    told = take(AT_REMINDER, party=(other_case,))
    assert waited_for(told) == ("contacted_that_day",)
    assert told[0].again_at == NOW + DAY  # type: ignore[attr-defined]  # A StepWaited.


def test_a_holiday_moves_a_letter_to_the_next_working_day() -> None:
    may_day = date(2025, 5, 1)
    events = a_case(PARTY, due=date(2025, 4, 16))
    told = steps.assign(known(*events), around(may_day), at(may_day, 6))
    assert planned(told) == [("reminder", at(date(2025, 5, 2), 7))]  # 10:00 in Helsinki in summer.


# How people are reached.


@pytest.mark.parametrize(
    ("person", "channel"),
    [
        (FINN, "sms"),
        (replace(FINN, phone="014 555 0100"), "email"),
        (replace(FINN, phone=None), "email"),
        (replace(FINN, phone="12", email=None), "letter"),
    ],
    ids=["mobile", "landline", "no phone", "address only"],
)
def test_a_friendly_message_goes_by_sms_to_a_mobile_else_by_email_else_by_letter(person: object, channel: str) -> None:
    fresh_case = [*a_case(PARTY), *steps.assign(known(*a_case(PARTY)), around(), at(DUE + DAY, 6))]
    [message] = decided(take(fresh_case, "friendly", at(DUE + DAY, 8), person=person))
    assert message.channel == channel


def test_a_demand_goes_by_letter_and_waits_where_there_is_no_whole_address() -> None:
    assert waited_for(take(AT_REMINDER, person=replace(FINN, postcode=None))) == ("no_address",)
