"""How a case ends: nothing worth collecting is left, or someone decided, or the law says so."""

from collections.abc import Sequence
from datetime import date
from functools import reduce

from msgspec.structs import replace

from services.settlement.allocation import Allotted, open_parts
from services.settlement.owed import Owed
from shared.balance import Balance, balance, open_costs
from shared.casefile import Casefile
from shared.events import Event
from shared.events.settlement import CaseClosed, CaseReopened, WriteOffReversed, WrittenOff
from shared.law import Law, Unknown
from shared.money import Money, total
from shared.setup import Client

# Why contact was suspended, and the reason a case ends with for it. The others only keep messages from leaving.
ENDS = {"wrong_person": "wrong_person", "deceased": "debtor_deceased", "minor": "debtor_minor"}
LEGAL_ENDS = {"court": "returned_to_client_for_court", "close": "uneconomic"}
REOPENED = ("paid", "paid_to_creditor", "credited")  # These end only because nothing was left.


def settle(owed: Owed, told: Sequence[Event], client: Client, law: Law, on: date, reason: str) -> list[Event]:
    """After this money: close the case where nothing, or less than the client wants collected, is left of it.

    A letter's total paid by its pay-by date closes the case too: of those who paid what they were asked in time,
    nothing more is asked, as long as the invoices themselves are paid. So does a plan that was kept. And where the
    client credited its claims in full, nobody is asked for what collecting them cost; nor for a cost that was charged
    after the day everything was paid on, before we knew.
    """
    owed = reduce(Owed.after, told, owed)
    if not owed.case.is_open:
        return []
    left = balance(owed.case, max(on, owed.last_paid_on), law)
    limit = client.small_difference(left.currency)
    then = balance(as_it_was(owed.case, on), on, law).total
    kept_word = not left.principal and (owed.plan_kept or _paid_a_letter(owed, on))
    over = not left.total or left.total < limit or not then or then < limit
    if not over and not kept_word and not _credited_in_full(owed):
        return []
    return [*_let_go(left), CaseClosed(reason, Money(0, left.currency))]


def as_it_was(case: Casefile, on: date) -> Casefile:
    """The case without the costs charged after a day: what is paid on it cannot be for them."""
    return replace(case, charges=tuple(earned for earned in case.charges if earned.charge.on <= on))


def end(owed: Owed, party: Casefile, client: Client, law: Law, today: date) -> list[Event]:
    """Something other than money was decided: close the case where that ends it."""
    if not owed.case.is_open:
        return []
    left = left_of(owed.case, today, law)
    if "stopped" in owed.case.conditions | party.conditions | client.file.conditions:
        return [CaseClosed("withdrawn_by_client", left)]
    for because in (owed.case.suspended_because, party.suspended_because):
        if because in ENDS:
            return [CaseClosed(ENDS[because], left)]
    if owed.legal_answer in LEGAL_ENDS:
        return [CaseClosed(LEGAL_ENDS[owed.legal_answer], left)]
    if _was_right(owed):
        return [CaseClosed("dispute_upheld", left)]
    if not _is_due(owed, left):
        return []
    try:
        return settle(owed, (), client, law, today, "paid" if owed.paid else "credited")
    except Unknown:
        return []  # Whether anything is left cannot be said; the next payment or decision looks again.


def reopen(owed: Owed, told: Sequence[Event], law: Law, on: date) -> list[Event]:
    """After a payment was taken back: a case that had ended because nothing was left is owed again."""
    case = owed.case
    if case.stage != "closed" or case.closed_because not in REOPENED or "stopped" in case.conditions:
        return []
    undone: list[Event] = [WriteOffReversed(each.claim_id, each.amount, each.parts) for each in owed.written_off]
    after = reduce(Owed.after, [*told, *undone], owed)
    if not left_of(after.case, on, law):
        return []
    return [*undone, CaseReopened("payment_reversed")]


def left_of(case: Casefile, on: date, law: Law) -> Money:
    """What is owed on a day. Where a rate is not known the interest is left out: an end must not wait for a rate."""
    try:
        return balance(case, on, law).total
    except Unknown:
        open_ = (Money(max(claim.open_principal.minor, 0), case.currency) for claim in case.claims.values())
        return total((*open_, *open_costs(case).values()), case.currency)


def _was_right(owed: Owed) -> bool:
    """Whether the debtor was right about the whole case, or about every claim that anything is left of."""
    left = {claim.claim_id for claim in owed.case.claims.values() if claim.open_principal.minor > 0}
    return None in owed.upheld or (bool(owed.upheld) and left <= owed.upheld)


def _is_due(owed: Owed, left: Money) -> bool:
    """Whether what was decided may have left nothing to collect: a plan kept, or a claim lowered."""
    return owed.plan_kept or not left or any(claim.credited for claim in owed.case.claims.values())


def _paid_a_letter(owed: Owed, on: date) -> bool:
    return any(on <= each.pay_by and owed.paid - each.paid_before >= each.total.minor for each in owed.letters)


def _credited_in_full(owed: Owed) -> bool:
    return all(claim.credited >= claim.principal for claim in owed.case.claims.values())


def _let_go(left: Balance) -> list[Event]:
    rests = (Allotted(claim.claim_id, parts) for claim in left.claims if (parts := open_parts(claim)))
    return [WrittenOff(rest.claim_id, rest.amount, rest.parts) for rest in rests]
