"""What becomes of money: to which debts a payment goes, what goes back, and what the bank or the client tells later.

A payment is a fact and is never refused; what cannot be given to a case waits, with what we would do about it.
"""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from services.settlement.allocation import Allotted, allocate
from services.settlement.ending import as_it_was, reopen, settle
from services.settlement.owed import Owed
from services.settlement.payment import Payment
from shared.balance import ClaimBalance, balance, kind_of
from shared.calendar import Country, bank_day_on_or_after
from shared.errors import NotFound, Refused
from shared.events import Event, Sealed, settlement
from shared.events.settlement import Component, Payer, PaymentHeld
from shared.law import AllocationOrder, Law, Unknown
from shared.law.kept import KeptAnswer, kept
from shared.money import Money
from shared.setup import Client

NO_WAY_BACK = frozenset({"refund_returned", "no_account_to_refund", "account_not_payable"})
COUNTRY_OF: dict[str, Country] = {"EUR": "FI", "NOK": "NO", "SEK": "SE"}  # Whose bank days a payout keeps.

# What we decide: events on the payment's stream, and with them on the case's.


class Told(msgspec.Struct, frozen=True):
    """Events for two streams of one append."""

    payment: Sequence[Event] = ()
    case: Sequence[Event] = ()


def assign(
    payment: Payment, case_id: UUID, owed: Owed, client: Client, law: Law, by: str, today: date,
    wish: Sequence[Component] = (),
) -> Told:  # fmt: skip
    """Give a payment to a case: what is owed on the day it was paid, in the law's order; the rest is a surplus.

    `wish` is what the payer said it was for, first things first; the law says whether it counts.
    """
    received = payment.received
    if received is None or payment.case_id is not None or payment.waiting.minor <= 0:
        return Told()
    doubt = _doubt(payment, owed, is_asked=by != "reference")
    if doubt is not None:
        return Told(hold(payment, *doubt))
    try:
        order = law.allocation_order(*kind_of(owed.case), received.paid_on, wish)
        due = balance(as_it_was(owed.case, received.paid_on), received.paid_on, law)
        shares, surplus = allocate(payment.waiting, due.claims, order.order)
        allocated = [_allocated(payment, share, order, due.claims) for share in shares]
        ended = settle(owed, allocated, client, law, received.paid_on, "paid")
    except Unknown:
        return Told(hold(payment, "rate_missing", "assign"))
    limit = client.small_difference(surplus.currency)
    refund = surplus > limit
    found = [settlement.OverpaymentFound(payment.payment_id, surplus, refund)] if surplus else []
    kept = Money(0, surplus.currency) if refund else surplus
    assigned = settlement.PaymentAssigned(case_id, by, payment.waiting - surplus, surplus, kept)
    back = give_back(payment, surplus, today) if refund else []
    return Told([assigned, *back], [*allocated, *found, *ended])


def hold(payment: Payment, because: str, proposed: str | None = None) -> list[Event]:
    """A person has to look: say why, and what we would do."""
    if payment.received is None or payment.case_id is not None or payment.held == PaymentHeld(because, proposed):
        return []
    return [PaymentHeld(because, proposed)] if payment.waiting.minor > 0 else []


def refund(payment: Payment, today: date) -> list[Event]:
    """Give back all that waits. Refused where nothing waits."""
    if payment.received is None or payment.waiting.minor <= 0:
        raise Refused("nothing of this payment waits", "nothing_to_refund")
    back = give_back(payment, payment.waiting, today)
    if isinstance(back[0], PaymentHeld):
        raise Refused("the bank did not tell the account it came from", back[0].because)
    return back


def refund_elsewhere(payment: Payment, account: str, today: date) -> list[Event]:
    """Give back all that waits to another account the payer has named. Refused where its own was not tried in vain."""
    if payment.received is None or payment.waiting.minor <= 0:
        raise Refused("nothing of this payment waits", "nothing_to_refund")
    payer = payment.received.payer
    if payer.value is None:
        raise Refused("the payer was erased", "payer_erased")
    if payment.held is None or payment.held.because not in NO_WAY_BACK:
        raise Refused("this payment goes back to the account it came from", "account_known")
    return _decided(payment, payment.waiting, today, replace(payer.value, account=account))


def give_back(payment: Payment, amount: Money, today: date) -> list[Event]:
    """To the account it came from, or, where the bank did not tell it, a person has to find out."""
    assert payment.received is not None  # noqa: S101  (asked only of a payment that has come)
    payer = payment.received.payer
    if payer.value is None or payer.value.account is None:
        return [PaymentHeld("no_account_to_refund")]
    return _decided(payment, amount, today, payer.value)


def _decided(payment: Payment, amount: Money, today: date, to: Payer) -> list[Event]:
    assert payment.received is not None  # noqa: S101  (asked only of a payment that has come)
    day = bank_day_on_or_after(COUNTRY_OF[amount.currency], today)
    refund_id = uuid5(payment.payment_id, f"refund|{len(payment.refunds) + 1}")
    return [settlement.RefundDecided(refund_id, amount, day, Sealed[Payer](payment.received.payer.parties, to))]


def see_refund_return(payment: Payment, told: settlement.PayoutReturned) -> list[Event]:
    """A refund came back, the account was closed: what waits again waits for a person."""
    known = payment.refunds.get(told.refund_id) if told.refund_id else None
    if known is None or known.state not in ("sent", "paid"):
        return []
    waits = payment.after(told).waiting.minor > 0
    return [told, PaymentHeld("refund_returned")] if waits else [told]


def take_back(
    payment: Payment, owed: Owed, law: Law, booked_on: date, because: str, key: str, document: str | None = None
) -> Told:
    """The bank took the payment back: what it had paid is owed again, from the day it had counted from."""
    received = payment.received
    if received is None or payment.reversed is not None:
        return Told()
    waiting = [
        settlement.RefundWithdrawn(refund_id, each.decided.amount, "payment_reversed")
        for refund_id, each in payment.refunds.items()
        if each.state == "decided"
    ]
    told: list[Event] = [*waiting, settlement.PaymentReversed(received.amount, booked_on, because, key, document)]
    if reduce(Payment.after, told, payment).waiting.minor < 0:
        told.append(PaymentHeld("refunded_and_taken_back"))  # The payer has both: a person asks for one of them.
    taken = owed.taken.get(payment.payment_id)
    if taken is None:
        return Told(told)
    undone: list[Event] = [
        settlement.AllocationReversed(payment.payment_id, each.claim_id, each.amount, each.parts, taken.paid_on)
        for each in taken.shares
    ]
    again = reopen(owed, undone, law, booked_on)
    if taken.kept is not None:
        undone.append(settlement.OverpaymentReversed(payment.payment_id, taken.kept))
    return Told(told, [*undone, *again])


def report_direct_payment(
    owed: Owed, claim_id: UUID, amount: Money, paid_on: date, client: Client, law: Law
) -> list[Event]:
    """The debtor paid the client: first this claim, then what is left of the others."""
    _refuse_unless_open(owed, claim_id, amount)
    order = law.allocation_order(*kind_of(owed.case), paid_on)
    _refuse_unless_known(owed, paid_on, law)
    due = sorted(
        balance(as_it_was(owed.case, paid_on), paid_on, law).claims, key=lambda claim: claim.claim_id != claim_id
    )
    here, left = allocate(amount, due[:1], order.order)
    others, over = allocate(left, due[1:], order.order)
    told: list[Event] = []
    for share in (*here, *others):
        # More than was owed is between debtor and client: it stands with the claim that was named.
        told_of_it = share.amount + over if share.claim_id == claim_id else share.amount
        answers = _answers(share, order, due)
        told.append(settlement.DirectPaymentReported(share.claim_id, told_of_it, share.parts, paid_on, answers))
    if not here and over:
        told.append(settlement.DirectPaymentReported(claim_id, over, (), paid_on))
    return [*told, *settle(owed, told, client, law, paid_on, "paid_to_creditor")]


def report_credit_note(
    owed: Owed, claim_id: UUID, amount: Money, number: str, on: date, client: Client, law: Law
) -> list[Event]:
    """The client credited a claim. Where all of the claims are credited, nothing of the costs is asked either."""
    _refuse_unless_open(owed, claim_id, amount)
    claim = owed.case.claims[claim_id]
    if amount > claim.open_principal:
        open_ = claim.open_principal
        what = f"of claim {claim.number} only {open_.decimal} {open_.currency} is open; what is more was paid already"
        raise Refused(what, "more_than_owed")
    _refuse_unless_known(owed, on, law)
    told: list[Event] = [settlement.CreditNoteReported(claim_id, amount, number, on)]
    return [*told, *settle(owed, told, client, law, on, "credited")]


def _allocated(payment: Payment, share: Allotted, order: AllocationOrder, due: Sequence[ClaimBalance]) -> Event:
    assert payment.received is not None  # noqa: S101  (asked only of a payment that has come)
    rule = order.rules[0]
    return settlement.PaymentAllocated(
        payment.payment_id, share.claim_id, share.amount, share.parts, payment.received.paid_on, rule.id, rule.section,
        _answers(share, order, due),
    )  # fmt: skip


def _answers(share: Allotted, order: AllocationOrder, due: Sequence[ClaimBalance]) -> tuple[KeptAnswer, ...]:
    """What the law said: in which order, and where interest is paid, how it had run on that claim."""
    paid = {part.component for part in share.parts}
    ran = [claim.accrued for claim in due if claim.claim_id == share.claim_id and "interest" in paid]
    return (kept(order), *(kept(each) for each in ran))


def _doubt(payment: Payment, owed: Owed, *, is_asked: bool) -> tuple[str, str | None] | None:
    """Why a payment cannot be given to this case, and what we would do. A person may give it to a closed case."""
    case = owed.case
    if case.currency != payment.waiting.currency:
        return "other_currency", "refund"
    if not case.is_open and not (is_asked and case.stage == "closed"):
        return "case_closed", "refund"
    return None


def _refuse_unless_known(owed: Owed, on: date, law: Law) -> None:
    try:
        balance(owed.case, max(on, owed.last_paid_on), law)
    except Unknown as unknown:
        raise Refused(f"what is owed on {on} cannot be said: {unknown}", "rate_missing") from None


def _refuse_unless_open(owed: Owed, claim_id: UUID, amount: Money) -> None:
    if not owed.case.is_open:
        raise Refused("the case is not open any more", "case_closed")
    if claim_id not in owed.case.claims:
        raise Refused("the case has no such claim", "no_such_claim")
    if amount.currency != owed.case.currency:
        raise Refused(f"the case is in {owed.case.currency}", "other_currency")
    if amount.minor <= 0:
        raise Refused("an amount is above zero", "bad_amount")


def refuse_to_assign(payment: Payment, case_id: UUID) -> None:
    """Refused where there is no such payment, or it is another case's already, or nothing of it waits."""
    if payment.received is None:
        raise NotFound("there is no such payment")
    if payment.case_id is not None and payment.case_id != case_id:
        raise Refused("the payment was given to another case", "already_assigned")
    if payment.case_id is None and payment.waiting.minor <= 0:
        raise Refused("nothing of this payment waits", "nothing_waits")
