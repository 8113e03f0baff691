"""What the client tells of money that never came to us: it was paid directly, or the invoice was credited."""

from uuid import UUID

import pytest

from services.settlement import money
from services.settlement.owed import Owed
from shared.balance import balance
from shared.events import Event
from shared.events import settlement as told
from shared.events.settlement import Part
from shared.law.kept import kept
from shared.money import Money
from tests.given import Given
from tests.settlement.facts import (
    ACCEPTED,
    CLAIM,
    DUE,
    FIVE,
    LATER_CLAIM,
    LAW,
    NOTHING,
    ONE_DAY,
    PAID_ON,
    RECEIVED,
    THE_CLIENT,
    TODAY,
    case,
    claim,
    letter,
    of,
    owed,
    total_on,
)  # fmt: skip


def given(*events: Event) -> Given[Owed]:
    return Given(Owed(), case(*events))


def test_a_payment_to_the_client_of_all_that_is_owed_closes_the_case_as_paid_to_it() -> None:
    whole = total_on(owed(*case()))
    interest = whole - 100_00
    parts = (Part("interest", Money(interest)), Part("principal", Money(100_00)))
    ran = balance(owed(*case()).case, PAID_ON, LAW).claims[0].accrued
    said = (kept(LAW.allocation_order("FI", "consumer", PAID_ON)), kept(ran))
    given().when(direct, Money(whole)).then(
        told.DirectPaymentReported(CLAIM, Money(whole), parts, PAID_ON, said),
        told.CaseClosed("paid_to_creditor", NOTHING),
    )


def direct(state: Owed, amount: Money) -> list[Event]:
    """A report is no question asked twice: once the case is closed it is refused, and then nothing is told."""
    if not state.case.is_open:
        return []
    return money.report_direct_payment(state, CLAIM, amount, PAID_ON, THE_CLIENT, LAW)


def test_more_than_was_owed_paid_to_the_client_is_theirs_to_give_back() -> None:
    told_now = money.report_direct_payment(owed(*case()), CLAIM, Money(500_00), PAID_ON, THE_CLIENT, LAW)
    [reported] = of(told.DirectPaymentReported, told_now)
    assert isinstance(reported, told.DirectPaymentReported)
    assert reported.amount == Money(500_00)
    assert sum(part.amount.minor for part in reported.parts) == total_on(owed(*case()))


def test_a_direct_payment_pays_the_claim_it_names_and_then_the_others() -> None:
    state = owed(RECEIVED, claim(), claim(50_00, LATER_CLAIM, DUE + ONE_DAY), ACCEPTED)
    told_now = money.report_direct_payment(state, LATER_CLAIM, Money(80_00), PAID_ON, THE_CLIENT, LAW)
    first, second = told_now
    assert isinstance(first, told.DirectPaymentReported)
    assert isinstance(second, told.DirectPaymentReported)
    assert (first.claim_id, second.claim_id) == (LATER_CLAIM, CLAIM)
    assert first.amount + second.amount == Money(80_00)


def credit(state: Owed, amount: Money) -> list[Event]:
    return money.report_credit_note(state, CLAIM, amount, "H-1", TODAY, THE_CLIENT, LAW)


def test_an_invoice_credited_in_full_closes_the_case_and_its_costs_are_asked_of_nobody() -> None:
    told_now = credit(owed(*case(letter(Money(114_00), PAID_ON, cost=14_00))), Money(100_00))
    assert [type(event) for event in told_now] == [told.CreditNoteReported, told.WrittenOff, told.CaseClosed]
    assert told_now[-1] == told.CaseClosed("credited", NOTHING)


def test_a_credit_note_on_part_of_an_invoice_lowers_what_is_owed() -> None:
    [noted] = credit(owed(*case()), Money(60_00))
    assert total_on(owed(*case(), noted)) < 42_00


@pytest.mark.parametrize(
    ("amount", "code"),
    [(Money(100_01), "more_than_owed"), (Money(5_00, "NOK"), "other_currency"), (NOTHING, "bad_amount")],
)
def test_a_credit_note_that_cannot_be_right_is_refused(amount: Money, code: str) -> None:
    given().when(credit, amount).refused(code)


def test_a_credit_note_on_more_than_is_still_open_of_an_invoice_is_refused() -> None:
    paid = told.PaymentAllocated(
        UUID(int=41), CLAIM, Money(60_00), (Part("principal", Money(60_00)),), PAID_ON, "r", "s"
    )
    given(paid).when(credit, Money(40_01)).refused("more_than_owed")


def test_a_credit_note_for_a_closed_case_is_refused() -> None:
    given(told.CaseClosed("paid", NOTHING)).when(credit, FIVE).refused("case_closed")
