"""What becomes of money that comes: by law, to the cent, and never guessed."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from msgspec.structs import replace

from services.settlement import money
from services.settlement.allocation import allocate
from services.settlement.money import Told
from services.settlement.owed import COMPONENTS
from shared.balance import balance
from shared.events import settlement as told
from shared.events.contact import ContactRecalled
from shared.events.intake import CaseReceived
from shared.events.settlement import Part
from shared.law import AllocationOrder, Interest, explain
from shared.law.kept import answer_of
from shared.money import Money
from tests.settlement.facts import (
    ACCEPTED,
    CASE,
    CLAIM,
    CLIENT,
    DUE,
    LATER_CLAIM,
    LAW,
    LETTER,
    NOTHING,
    ONE_DAY,
    PAID_ON,
    PARTY,
    RECEIVED,
    THE_CLIENT,
    TODAY,
    assigned,
    came,
    case,
    claim,
    id_of,
    letter,
    of,
    owed,
    payment,
    total_on,
)  # fmt: skip

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
