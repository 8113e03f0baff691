"""What people answered, or did not, changes what is said next; calls nobody made, and a message taken back."""

from collections.abc import Sequence
from datetime import date
from uuid import uuid4

from services.contact import step as steps
from services.contact import timing
from shared.events import Event, contact
from shared.events.reasons import Reason
from shared.money import Money
from tests.contact.asking import (
    CLAIM,
    DAY,
    PARTY,
    REMINDER_DAY,
    around,
    at,
    decided,
    known,
    lived,
    planned,
)
from tests.contact.people import DUE, a_case


def test_consequences_are_for_those_who_left_a_demand_unanswered() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 120 * DAY)
    groups = {each.step: dict(each.reason.facts)["payer_group"] for each in decided(told)}
    assert groups == {
        "friendly": "forgot", "reminder": "forgot", "demand": "forgot", "second_demand": "will_not",
    }  # fmt: skip


def test_one_who_cannot_pay_is_not_taken_for_one_who_will_not() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 47 * DAY)
    task = next(event for event in told if isinstance(event, contact.CallTaskCreated))
    made = contact.CallMade(task.task_id, "cannot_pay", None, "staff")  # type: ignore[arg-type]  # No text.
    assert timing.group_of(known(*told, made), DUE + 100 * DAY) == "cannot"


def test_no_cost_follows_a_reasonable_objection_in_norway() -> None:
    told = lived(a_case(PARTY, country="NO"), DUE + DAY, DUE + 20 * DAY, country="NO")
    dispute = uuid4()
    told += [
        contact.DisputeOpened(dispute, CLAIM, None, DUE),  # type: ignore[arg-type]  # No text.
        contact.DisputeResolved(dispute, "adjusted", CLAIM, Money(100_00, "NOK"), None),
    ]
    now = at(date(2025, 3, 3), 9)
    after = steps.take(known(*told), around(now.date(), country="NO"), "demand", now)
    [demand] = decided(after)
    assert demand.charge is None


def test_a_call_nobody_made_is_withdrawn_when_the_next_message_is_due() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 120 * DAY)
    [withdrawn] = [event for event in told if isinstance(event, contact.CallTaskWithdrawn)]
    assert withdrawn.because == ("overdue",)


def test_a_call_nobody_made_does_not_come_back_after_the_message_it_was_to_come_before() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 60 * DAY)
    assert [each.kind for each in decided(told)][-1] == "second_demand"
    day = DUE + 61 * DAY
    more = steps.plan_again(known(*told, *replanning(told)), around(day), at(day, 6))
    assert [name for name, _ in planned(more)] == ["ask_client"]


def replanning(told: Sequence[Event]) -> list[Event]:
    """Everything that waits is told to wait, so that it is planned anew."""
    last = known(*told).planned
    assert last is not None
    return [contact.StepWaited(last.step, Reason(last.step), None)]


def test_a_call_is_due_four_working_days_before_the_demand_s_day_and_ends_with_it() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 60 * DAY)
    demand = next(each for each in decided(told) if each.kind == "demand")
    call = next(event for event in told if isinstance(event, contact.CallTaskCreated))
    assert demand.pay_by is not None
    assert call.call_by.date() == demand.pay_by
    assert (demand.pay_by - call.call_from.date()).days in (4, 5, 6)


def test_a_message_that_was_recalled_is_planned_again_and_not_stepped_over() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 15 * DAY)
    reminder = next(each for each in decided(told) if each.kind == "reminder")
    told.append(contact.ContactRecalled(reminder.contact_id, ("paused",)))
    more = steps.plan_again(known(*told), around(REMINDER_DAY + DAY), at(REMINDER_DAY + DAY, 6))
    assert [name for name, _ in planned(more)] == ["reminder"]
