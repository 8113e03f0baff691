"""What becomes of money: by law, to the cent, never guessed, and taken back where the bank takes it back."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from msgspec.structs import replace

from services.settlement import money
from services.settlement.allocation import allocate
from services.settlement.money import Told
from services.settlement.owed import COMPONENTS, Owed
from services.settlement.payment import Payment
from shared.balance import balance
from shared.errors import Refused
from shared.events import Event, Sealed
from shared.events import settlement as told
from shared.events.contact import ContactRecalled
from shared.events.intake import CaseReceived
from shared.events.settlement import Part
from shared.law import AllocationOrder, Interest, explain
from shared.law.kept import answer_of, kept
from shared.money import Money
from shared.setup import Client
from tests.given import Given
from tests.settlement.facts import (
    ACCEPTED,
    CASE,
    CLAIM,
    CLIENT,
    CLIENT_SET,
    DUE,
    FIVE,
    LATER_CLAIM,
    LAW,
    LETTER,
    PAID_ON,
    PARTY,
    RECEIVED,
    TODAY,
    case,
    claim,
    id_of,
    letter,
    payment,
)  # fmt: skip

THE_CLIENT = Client().after(CLIENT_SET)
NOTHING = Money(0)
ONE_DAY = timedelta(days=1)


def owed(*events: Event) -> Owed:
    return reduce(Owed.after, events, Owed())


def came(received: told.PaymentReceived, *more: Event) -> Payment:
    return reduce(Payment.after, (received, *more), Payment())


def total_on(state: Owed, day: date = PAID_ON) -> int:
    return balance(state.case, day, LAW).total.minor


def assigned(received: told.PaymentReceived, *events: Event, by: str = "reference") -> Told:
    """What is told, decided twice: the second time nothing is."""
    state, known = owed(*events), came(received)
    told_now = money.assign(known, CASE, state, THE_CLIENT, LAW, by, TODAY)
    known, state = reduce(Payment.after, told_now.payment, known), reduce(Owed.after, told_now.case, state)
    again = money.assign(known, CASE, state, THE_CLIENT, LAW, by, TODAY)
    assert list(again.case) == []
    assert list(again.payment) == [], "the decision is not idempotent"
    return told_now


def of(kind: type[Event], events: Sequence[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


# Allocation.


def test_interest_is_paid_first_then_the_invoice_and_costs_last() -> None:
    interest = total_on(owed(*case())) - 100_00
    asked = letter(Money(150_00), PAID_ON - ONE_DAY, cost=14_00)
    [part] = of(told.PaymentAllocated, assigned(payment(60_00), *case(asked)).case)
    assert isinstance(part, told.PaymentAllocated)
    assert part.parts == (Part("interest", Money(interest)), Part("principal", Money(60_00 - interest)))
    assert (part.paid_on, part.section) == (PAID_ON, "513/1999 11 a §")


def test_an_allocated_payment_keeps_the_laws_order_and_the_interest_it_paid() -> None:
    [part] = of(told.PaymentAllocated, assigned(payment(60_00), *case()).case)
    assert isinstance(part, told.PaymentAllocated)
    order, ran = (answer_of(each) for each in part.answers)
    assert explain(order, "en") == (
        "A payment pays in this order: interest, principal, reminder costs, collection costs (513/1999 11 a §)."
    )
    assert isinstance(ran, Interest)
    assert ran.amount == part.parts[0].amount
    assert sum(segment.days for segment in ran.segments) == (PAID_ON - DUE).days
    only_principal = Part("principal", Money(5_00))
    [later] = of(told.PaymentAllocated, assigned(payment(5_00), *case(), part).case)
    assert isinstance(later, told.PaymentAllocated)
    assert later.parts == (only_principal,)
    assert [each.kind for each in later.answers] == ["allocation_order"]


@pytest.mark.parametrize(("country", "currency", "first"), [("NO", "NOK", "principal"), ("FI", "EUR", "interest")])
def test_a_payer_s_wish_is_followed_where_the_law_lets_it_count_and_said_to_be_unknown_elsewhere(
    country: str, currency: str, first: str
) -> None:
    received = payment(100_00, currency=currency)
    begun = replace(RECEIVED, country=country, currency=currency)
    state = owed(begun, claim(currency=currency), ACCEPTED)
    now = money.assign(came(received), CASE, state, THE_CLIENT, LAW, "staff:x", TODAY, ("principal",))
    [paid] = [each for each in now.case if isinstance(each, told.PaymentAllocated)]
    assert paid.parts[0].component == first
    order = answer_of(paid.answers[0])
    assert isinstance(order, AllocationOrder)
    assert (order.by_wish, bool(order.left_out)) == (country == "NO", country == "FI")


def test_a_case_with_two_claims_pays_the_oldest_first_and_no_cost_while_interest_still_runs() -> None:
    later = claim(50_00, LATER_CLAIM, DUE + 20 * ONE_DAY)
    events = (RECEIVED, later, claim(), ACCEPTED, letter(Money(1), DUE, cost=14_00))
    first, second = of(told.PaymentAllocated, assigned(payment(120_00), *events).case)
    assert isinstance(first, told.PaymentAllocated)
    assert isinstance(second, told.PaymentAllocated)
    assert (first.claim_id, second.claim_id) == (CLAIM, LATER_CLAIM)
    assert [part.component for part in (*first.parts, *second.parts)] == ["interest", "principal"] * 2
    assert sum(part.amount.minor for part in (*first.parts, *second.parts)) == 120_00


@any_of(
    st.integers(1, 400_00), st.lists(st.integers(1, 200_00), min_size=1, max_size=4), st.integers(0, 40_00),
    st.permutations(COMPONENTS),
)  # fmt: skip
def test_what_claims_get_and_what_is_left_is_the_payment_and_no_claim_gets_more_than_it_owes(
    minor: int, principals: list[int], cost: int, order: list[told.Component]
) -> None:
    claims = [claim(each, UUID(int=100 + place), DUE + place * ONE_DAY) for place, each in enumerate(principals)]
    due = balance(owed(RECEIVED, *claims, ACCEPTED, letter(Money(1), DUE, cost=cost)).case, PAID_ON, LAW)
    shares, left = allocate(Money(minor), due.claims, order)
    assert sum(share.amount.minor for share in shares) + left.minor == minor
    assert left.minor == max(0, minor - due.total.minor)
    open_ = {each.claim_id: each for each in due.claims}
    for share in shares:
        assert all(0 < part.amount.minor <= open_[share.claim_id].of(part.component).minor for part in share.parts)


# A payment finds its case.


def test_a_payment_of_what_is_owed_closes_the_case() -> None:
    whole = total_on(owed(*case()))
    told_now = assigned(payment(whole), *case())
    assert list(told_now.payment) == [
        told.PaymentAssigned(CASE, "reference", Money(whole), NOTHING, NOTHING),
    ]
    assert told_now.case[-1] == told.CaseClosed("paid", NOTHING)
    assert not of(told.OverpaymentFound, told_now.case)


def test_a_part_payment_leaves_the_case_open_and_the_rest_owed() -> None:
    told_now = assigned(payment(40_00), *case())
    assert len(told_now.case) == 1
    left = total_on(owed(*case(), *told_now.case))
    assert left == total_on(owed(*case())) - 40_00


@pytest.mark.parametrize(("left", "closed"), [(4_99, True), (5_00, False)])
def test_less_than_the_clients_small_difference_is_written_off_and_no_more(left: int, closed: bool) -> None:
    told_now = assigned(payment(total_on(owed(*case())) - left), *case())
    assert bool(of(told.CaseClosed, told_now.case)) is closed
    written = of(told.WrittenOff, told_now.case)
    assert written == ([told.WrittenOff(CLAIM, Money(left), (Part("principal", Money(left)),))] if closed else [])


@pytest.mark.parametrize(("over", "refund"), [(5_00, False), (5_01, True)])
def test_a_surplus_above_the_small_difference_goes_back_to_the_account_it_came_from(over: int, refund: bool) -> None:
    received = payment(total_on(owed(*case())) + over)
    told_now = assigned(received, *case())
    assert told.OverpaymentFound(id_of(received), Money(over), refund) in told_now.case
    back = of(told.RefundDecided, told_now.payment)
    assert [event.amount for event in back if isinstance(event, told.RefundDecided)] == (
        [Money(over)] if refund else []
    )
    assert came(received, *told_now.payment).waiting == NOTHING


def test_a_surplus_from_an_account_the_bank_did_not_tell_waits_for_a_person() -> None:
    received = payment(200_00, account=None)
    told_now = assigned(received, *case())
    assert told_now.payment[-1] == told.PaymentHeld("no_account_to_refund")
    assert came(received, *told_now.payment).waiting.minor == 200_00 - total_on(owed(*case()))


def test_a_payment_for_a_closed_case_waits_with_a_proposed_refund() -> None:
    closed = told.CaseClosed("paid", NOTHING)
    assert assigned(payment(10_00), *case(closed)) == Told([told.PaymentHeld("case_closed", "refund")], ())


def test_a_person_may_give_a_payment_to_a_closed_case_that_still_owes() -> None:
    closed = told.CaseClosed("uneconomic", Money(101_00))
    told_now = assigned(payment(10_00), *case(closed), by="staff:anna")
    assert len(of(told.PaymentAllocated, told_now.case)) == 1
    assert not of(told.CaseClosed, told_now.case)


def test_money_in_another_currency_than_the_case_is_never_changed_into_it() -> None:
    assert assigned(payment(10_00, currency="NOK"), *case()).payment == [told.PaymentHeld("other_currency", "refund")]


def test_a_payment_on_a_day_whose_rate_is_not_known_waits_and_is_not_guessed() -> None:
    told_now = assigned(payment(10_00, paid_on=date(2031, 1, 1)), *case())
    assert told_now.payment == [told.PaymentHeld("rate_missing", "assign")]


# A letter's total, paid in time.


def test_a_letters_total_paid_early_closes_the_case_and_the_days_of_interest_not_run_stay_as_a_small_surplus() -> None:
    pay_by = PAID_ON + 10 * ONE_DAY
    asked = Money(total_on(owed(*case(letter(Money(1), pay_by, cost=14_00))), pay_by))
    told_now = assigned(payment(asked.minor), *case(letter(asked, pay_by, cost=14_00)))
    assert told_now.case[-1] == told.CaseClosed("paid", NOTHING)
    [found] = of(told.OverpaymentFound, told_now.case)
    assert isinstance(found, told.OverpaymentFound)
    assert not found.refund


@pytest.mark.parametrize(("days_late", "closed"), [(0, True), (1, False)])
def test_who_paid_the_letters_total_by_its_day_is_asked_for_nothing_more(days_late: int, closed: bool) -> None:
    # A later letter has cost more; the first one's total was paid in time.
    asked = letter(Money(104_00), PAID_ON - days_late * ONE_DAY, cost=5_00, kind="reminder")
    later = letter(Money(150_00), PAID_ON + 9 * ONE_DAY, cost=20_00, contact_id=UUID(int=22))
    told_now = assigned(payment(104_00), *case(asked, later))
    assert bool(of(told.CaseClosed, told_now.case)) is closed


def test_a_letter_that_was_recalled_promises_nothing() -> None:
    asked = letter(Money(104_00), PAID_ON, cost=20_00)
    told_now = assigned(payment(104_00), *case(asked, letter(Money(120_00), PAID_ON, 20_00, contact_id=UUID(int=22)),
                                               ContactRecalled(LETTER, ("paused",))))  # fmt: skip
    assert not of(told.CaseClosed, told_now.case)


def test_a_payment_inside_the_norwegian_notices_deadline_closes_the_case_with_no_salary() -> None:
    received = CaseReceived(CLIENT, PARTY, "NO", "consumer", "NOK", "nb", date(2026, 3, 20))
    events = (received, claim(1000_00, currency="NOK"), ACCEPTED)
    asked = Money(total_on(owed(*events), PAID_ON), "NOK")
    notice = letter(asked, PAID_ON, kind="notice")
    # The bank told us a day late: the demand had gone out meanwhile.
    demand = letter(asked, PAID_ON + 15 * ONE_DAY, cost=350_00, contact_id=UUID(int=22), on=PAID_ON + ONE_DAY)
    told_now = assigned(payment(asked.minor, currency="NOK"), *events, notice, demand)
    assert told_now.case[-1] == told.CaseClosed("paid", Money(0, "NOK"))
    paid = [
        part.component for event in told_now.case if isinstance(event, told.PaymentAllocated) for part in event.parts
    ]
    assert paid == ["interest", "principal"]


def test_a_cost_charged_after_the_day_everything_was_paid_on_is_neither_owed_nor_paid_by_a_surplus() -> None:
    asked = letter(Money(150_00), PAID_ON + 14 * ONE_DAY, cost=14_00, on=PAID_ON + ONE_DAY)
    whole = total_on(owed(*case()))
    exact = assigned(payment(whole), *case(asked))
    assert exact.case[-1] == told.CaseClosed("paid", NOTHING)
    more = assigned(payment(whole + 10_00), *case(asked))
    assert told.OverpaymentFound(id_of(payment(1)), Money(10_00), refund=True) in more.case


# Taken back.


def taken_back(received: told.PaymentReceived, *events: Event) -> tuple[Told, Payment, Owed]:
    told_now = assigned(received, *events)
    known = reduce(Payment.after, told_now.payment, came(received))
    state = reduce(Owed.after, told_now.case, owed(*events))
    back = money.take_back(known, state, LAW, TODAY, "MD06", "k9")
    after = reduce(Payment.after, back.payment, known), reduce(Owed.after, back.case, state)
    assert money.take_back(*after, LAW, TODAY, "MD06", "k9") == Told(), "the decision is not idempotent"
    return back, *after


def test_a_payment_taken_back_opens_the_case_again_with_what_was_owed_before_it() -> None:
    before = total_on(owed(*case()), TODAY)
    back, known, state = taken_back(payment(total_on(owed(*case())) - 3_00), *case())
    assert isinstance(back.case[0], told.AllocationReversed)
    assert back.case[-1] == told.CaseReopened("payment_reversed")
    assert total_on(state, TODAY) == before
    assert state.case.is_open
    assert known.waiting == NOTHING


def test_a_refund_not_sent_yet_does_not_leave_once_its_payment_is_taken_back() -> None:
    back, known, _ = taken_back(payment(200_00), *case())
    assert [type(event) for event in back.payment] == [told.RefundWithdrawn, told.PaymentReversed]
    assert known.waiting == NOTHING


def test_a_payment_taken_back_after_its_refund_left_is_owed_to_us_and_a_person_is_told() -> None:
    received = payment(200_00)
    told_now = assigned(received, *case())
    known = came(received, *told_now.payment)
    [refund_id] = known.refunds
    back = known.refunds[refund_id].decided.amount
    known = known.after(told.RefundSent(refund_id, "d", back))
    taken = money.take_back(known, owed(*case(), *told_now.case), LAW, TODAY, "MD06", "k9")
    assert taken.payment[-1] == told.PaymentHeld("refunded_and_taken_back")
    known = reduce(Payment.after, taken.payment, known)
    assert known.waiting == -back
    returned = told.PayoutReturned(TODAY, "AC04", back, "k10", refund_id)
    assert money.see_refund_return(known, returned) == [returned]


def test_a_small_surplus_goes_with_the_payment_that_is_taken_back() -> None:
    received = payment(total_on(owed(*case())) + 2_00)
    back, known, state = taken_back(received, *case())
    assert told.OverpaymentReversed(id_of(received), Money(2_00)) in back.case
    assert known.waiting == NOTHING
    assert state.to_pay_on == ()


def test_a_case_closed_for_another_reason_stays_closed_when_a_payment_is_taken_back() -> None:
    received = payment(40_00)
    told_now = assigned(received, *case())
    state = owed(*case(), *told_now.case, told.CaseClosed("withdrawn_by_client", Money(60_00)))
    back = money.take_back(came(received, *told_now.payment), state, LAW, TODAY, "MD06", "k9")
    assert not of(told.CaseReopened, back.case)


# Refunds a person asks for.


def test_a_waiting_payment_goes_back_in_full_and_only_once() -> None:
    received = payment(30_00, reference=None)
    day = TODAY
    told_now = money.refund(came(received, told.PaymentHeld("no_reference")), day)
    [back] = told_now
    assert isinstance(back, told.RefundDecided)
    assert (back.amount, back.execute_on, back.to) == (Money(30_00), TODAY, received.payer)
    with pytest.raises(Refused) as no:
        money.refund(came(received, *told_now), day)
    assert no.value.code == "nothing_to_refund"


def test_a_payment_from_no_known_account_cannot_be_refunded_by_us() -> None:
    with pytest.raises(Refused) as no:
        money.refund(came(payment(30_00, account=None)), TODAY)
    assert no.value.code == "no_account_to_refund"


def test_the_payers_account_of_a_refund_is_sealed_like_the_payment() -> None:
    [back] = money.refund(came(payment(30_00)), TODAY)
    assert isinstance(back, told.RefundDecided)
    assert isinstance(back.to, Sealed)
    assert back.to.parties == payment(30_00).payer.parties


# What the client tells.


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
