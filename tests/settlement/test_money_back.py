"""Money that goes back: taken back by the bank, or refunded because a person asked."""

from functools import reduce

import pytest

from services.settlement import money
from services.settlement.money import Told
from services.settlement.owed import Owed
from services.settlement.payment import Payment
from shared.errors import Refused
from shared.events import Event, Sealed
from shared.events import settlement as told
from shared.money import Money
from tests.settlement.facts import (
    LAW,
    NOTHING,
    TODAY,
    assigned,
    came,
    case,
    id_of,
    of,
    owed,
    payment,
    total_on,
)  # fmt: skip

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
