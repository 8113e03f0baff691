"""What people say: a call and its outcome, objections and how they end, more time, the client's last word."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.contact import step as steps
from services.contact import talks
from services.contact.known import Known
from shared.errors import NotFound
from shared.events import Event, Sealed, contact, settlement
from shared.money import Money
from tests.contact.asking import AT_REMINDER, CLAIM, PARTY, REMINDER_DAY, around, at, known, planned
from tests.contact.people import DUE, a_case
from tests.contact.test_consumers import CALLED, DISPUTE, OPENED, QUESTION, TASK, WAITS
from tests.given import Given

DAY = timedelta(days=1)
TODAY = REMINDER_DAY
BESIDE = around(TODAY)
SUMMARY = "Puhuttiin kesästä ja laskusta"
DISPUTED = [*AT_REMINDER, OPENED, WAITS]


def given(*events: Event) -> Given[Known]:
    return Given(Known(), events)


def test_a_call_is_kept_with_its_outcome_and_a_sealed_summary() -> None:
    told = talks.record_call(known(*CALLED), BESIDE, TASK, "will_pay", SUMMARY, "staff:1", DISPUTE, TODAY)
    assert told == [contact.CallMade(TASK, "will_pay", Sealed((PARTY,), SUMMARY), "staff:1")]


def test_a_call_in_which_the_debtor_objects_opens_the_objection_with_it() -> None:
    told = talks.record_call(known(*CALLED), BESIDE, TASK, "disputes", SUMMARY, "staff:1", DISPUTE, TODAY)
    assert [type(event) for event in told] == [contact.CallMade, contact.DisputeOpened]
    assert "disputed" in known(*CALLED, *told).case.conditions


def test_a_call_is_recorded_once() -> None:
    made = contact.CallMade(TASK, "will_pay", Sealed((PARTY,), SUMMARY), "staff:1")
    given(*CALLED, made).when(
        talks.record_call, BESIDE, TASK, "forgot", SUMMARY, "staff:1", DISPUTE, TODAY
    ).refused("call_made")  # fmt: skip
    with pytest.raises(NotFound):
        talks.record_call(known(*CALLED), BESIDE, uuid4(), "forgot", SUMMARY, "staff:1", DISPUTE, TODAY)


def test_an_objection_stops_contact_and_gives_the_client_a_day_to_answer_by() -> None:
    given(*AT_REMINDER).when(talks.open_dispute, BESIDE, DISPUTE, CLAIM, "Laskussa on väärä määrä", TODAY).then(
        contact.DisputeOpened(DISPUTE, CLAIM, Sealed((PARTY,), "Laskussa on väärä määrä"), TODAY + 14 * DAY)
    )


def test_a_case_that_ended_takes_no_objection() -> None:
    closed = [*AT_REMINDER, settlement.CaseClosed("paid", Money(0))]
    given(*closed).when(talks.open_dispute, BESIDE, DISPUTE, None, "Hei", TODAY).refused("case_not_open")


def test_an_objection_that_was_right_leaves_nothing_of_the_claim() -> None:
    given(*DISPUTED).when(talks.resolve_dispute, DISPUTE, "upheld", None, None, None, TODAY).then(
        contact.DisputeResolved(DISPUTE, "upheld", CLAIM, Money(430_00), None)
    )


def test_after_an_objection_that_was_right_about_all_that_was_left_no_step_is_planned() -> None:
    told = talks.resolve_dispute(known(*DISPUTED), DISPUTE, "upheld", None, None, None, TODAY)
    assert steps.plan_again(known(*DISPUTED, *told), BESIDE, at(TODAY, 9)) == []


def test_an_adjusted_claim_is_lowered_and_gets_a_new_due_day_and_the_strategy_goes_on_from_there() -> None:
    told = talks.resolve_dispute(known(*DISPUTED), DISPUTE, "adjusted", None, Money(100_00), TODAY + 10 * DAY, TODAY)
    assert told == [contact.DisputeResolved(DISPUTE, "adjusted", CLAIM, Money(100_00), TODAY + 10 * DAY)]
    after = known(*DISPUTED, *told)
    assert after.case.claims[CLAIM].open_principal == Money(330_00)
    [(step, moment)] = planned(steps.plan_again(after, BESIDE, at(TODAY, 9)))
    assert step == "reminder"
    assert moment.date() > TODAY + 10 * DAY


@pytest.mark.parametrize(
    ("outcome", "lowered_by", "code"),
    [
        ("adjusted", None, "lowered_by_nothing"),
        ("adjusted", Money(430_01), "lowered_too_much"),
        ("adjusted", Money(10_00, "NOK"), "lowered_too_much"),
        ("rejected", Money(10_00), "lowered_though_rejected"),
    ],
)
def test_a_resolution_that_makes_no_sense_is_refused(
    outcome: talks.Ended, lowered_by: Money | None, code: str
) -> None:  # fmt: skip
    given(*DISPUTED).when(talks.resolve_dispute, DISPUTE, outcome, None, lowered_by, None, TODAY).refused(code)


def test_more_time_costs_nothing_and_is_refused_for_a_day_that_has_passed() -> None:
    given(*AT_REMINDER).when(talks.move_due_date, TODAY + 10 * DAY, TODAY).then(
        contact.DueDateMoved(TODAY + 10 * DAY, None)
    )
    given(*AT_REMINDER).when(talks.move_due_date, TODAY, TODAY).refused("due_in_the_past")


ASKED = [*a_case(PARTY), contact.LegalDecisionAsked(QUESTION, DUE + 100 * DAY)]


def test_the_client_s_last_word_is_taken_once() -> None:
    given(*ASKED).when(talks.give_legal_decision, QUESTION, "court").then(
        contact.LegalDecisionGiven(QUESTION, "court")
    )  # fmt: skip
    answered = [*ASKED, contact.LegalDecisionGiven(QUESTION, "court")]
    given(*answered).when(talks.give_legal_decision, QUESTION, "close").refused("answered")


def test_a_question_nobody_asked_is_not_answered() -> None:
    with pytest.raises(NotFound):
        talks.give_legal_decision(known(*ASKED), UUID(int=7), "court")
