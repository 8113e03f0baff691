"""The ledger: every event that moves money as postings that balance, and the figures that follow from them.

Money is at the bank, waits without a case (`unallocated`), is held for client and agency by component, is owed to a
client, has become the agency's income or its VAT, or is on its way out. What lowers a claim without money reaching us
(`written_off`, `paid_to_client`, `credited`) stands against `claims`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from shared.events import Event, settlement
from shared.events.settlement import Part
from shared.money import Money

Account = Literal[
    "bank_client_money",
    "unallocated",
    "held_interest",
    "held_principal",
    "held_reminder_cost",
    "held_collection_cost",
    "client_payable",
    "agency_income_cost",
    "agency_income_commission",
    "vat_payable",
    "surplus",
    "refunds_payable",
    "payouts_underway",
    "written_off",
    "paid_to_client",
    "credited",
    "claims",
]
HELD: Mapping[str, Account] = {
    "interest": "held_interest",
    "principal": "held_principal",
    "reminder_cost": "held_reminder_cost",
    "collection_cost": "held_collection_cost",
}
HELD_ACCOUNTS = tuple(HELD.values())


class Posting(msgspec.Struct, frozen=True):
    """One line of the ledger, in minor units; one of the two is zero."""

    account: Account
    currency: str
    debit: int
    credit: int


def postings(event: Event) -> tuple[Posting, ...]:
    """An event's lines. Their debits and credits are equal in each currency."""
    match event:
        case settlement.PaymentReceived(amount=amount):
            return _move(amount, "bank_client_money", "unallocated")
        case settlement.PaymentAllocated(amount=amount, parts=parts):
            return (*_line("unallocated", amount), *_held(parts, -1))
        case settlement.AllocationReversed(amount=amount, parts=parts):
            return (*_held(parts, 1), *_line("unallocated", -amount))
        case settlement.OverpaymentFound(amount=amount, refund=False):
            return _move(amount, "unallocated", "surplus")
        case settlement.OverpaymentReversed(amount=amount):
            return _move(amount, "surplus", "unallocated")
        case settlement.RefundDecided(amount=amount):
            return _move(amount, "unallocated", "refunds_payable")
        case settlement.RefundWithdrawn(amount=amount):
            return _move(amount, "refunds_payable", "unallocated")
        case settlement.RefundSent(amount=amount):
            return _move(amount, "refunds_payable", "payouts_underway")
        case settlement.PaymentReversed(amount=amount):
            return _move(amount, "unallocated", "bank_client_money")
        case settlement.ShareSetAside(received=received, kept=kept, commission=commission, vat=vat, net=net):
            return (
                *_held(received, 1),
                *_line("agency_income_cost", -kept),
                *_line("agency_income_commission", -commission),
                *_line("vat_payable", -vat),
                *_line("client_payable", -net),
            )
        case settlement.RemittanceCreated(net=net):
            return _move(net, "client_payable", "payouts_underway")
        case settlement.RemittancePaid(amount=amount) | settlement.RefundPaid(amount=amount):
            return _move(amount, "payouts_underway", "bank_client_money")
        case settlement.PayoutReturned(amount=amount, refund_id=None):
            return _move(amount, "bank_client_money", "client_payable")
        case settlement.PayoutReturned(amount=amount):
            return _move(amount, "bank_client_money", "unallocated")
        case settlement.WrittenOff(amount=amount):
            return _move(amount, "written_off", "claims")
        case settlement.WriteOffReversed(amount=amount):
            return _move(amount, "claims", "written_off")
        case settlement.DirectPaymentReported(amount=amount):
            return _move(amount, "paid_to_client", "claims")
        case settlement.CreditNoteReported(amount=amount):
            return _move(amount, "credited", "claims")
    return ()


def balanced(lines: Iterable[Posting]) -> bool:
    """Whether debits and credits are equal in each currency."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.currency] += line.debit - line.credit
    return not any(sums.values())


def _move(amount: Money, debit: Account, credit: Account) -> tuple[Posting, ...]:
    return (*_line(debit, amount), *_line(credit, -amount))


def _held(parts: Iterable[Part], way: Literal[1, -1]) -> tuple[Posting, ...]:
    return tuple(
        line
        for part in parts
        for line in _line(HELD[part.component], Money(way * part.amount.minor, part.amount.currency))
    )


def _line(account: Account, amount: Money) -> tuple[Posting, ...]:
    """A debit where the amount is above zero, a credit where it is below."""
    if not amount:
        return ()
    return (Posting(account, amount.currency, max(amount.minor, 0), max(-amount.minor, 0)),)


# The figures of one currency, and what always holds between them.


class Figures(msgspec.Struct, frozen=True):
    """Where all the money received is, in minor units of one currency.

    A small surplus that stays counts as allocated and kept. Commission holds its VAT. Held is what is not yet in a
    payout: not yet shared between client and agency, or carried over.
    """

    received: int
    allocated: int
    unallocated: int
    to_refund: int
    refunded: int
    reversed: int
    kept: int
    commission: int
    held: int
    remitted: int
    written_off: int

    @property
    def received_adds_up(self) -> bool:
        parts = self.allocated + self.unallocated + self.to_refund + self.refunded + self.reversed
        return self.received == parts

    @property
    def allocated_adds_up(self) -> bool:
        return self.allocated == self.remitted + self.kept + self.commission + self.held


Turned = Mapping[tuple[str, str], tuple[int, int]]  # (account, event type): debits and credits.


def figures(sums: Turned) -> Figures:
    """The figures, from what stands on each account by the type of event that put it there.

    What came and went is taken from the bank's side and what there is from the other, so that the identities can fail.
    """

    def balance(*accounts: str) -> int:
        return sum(credit - debit for (account, _), (debit, credit) in sums.items() if account in accounts)

    def turned(account: str, *types: str) -> int:
        return sum(credit - debit for (of, type_), (debit, credit) in sums.items() if of == account and type_ in types)

    surplus = balance("surplus")
    held_in = sum(turned(account, "PaymentAllocated", "AllocationReversed") for account in HELD_ACCOUNTS)
    return Figures(
        received=-turned("bank_client_money", "PaymentReceived"),
        allocated=held_in + surplus,
        unallocated=balance("unallocated"),
        to_refund=balance("refunds_payable"),
        refunded=turned("payouts_underway", "RefundSent") - turned("unallocated", "PayoutReturned"),
        reversed=turned("bank_client_money", "PaymentReversed"),
        kept=balance("agency_income_cost") + surplus,
        commission=balance("agency_income_commission", "vat_payable"),
        held=balance(*HELD_ACCOUNTS, "client_payable"),
        remitted=turned("payouts_underway", "RemittanceCreated") - turned("client_payable", "PayoutReturned"),
        written_off=-balance("written_off"),
    )


class Sums:
    """Lines added up as they come, by currency, account and the type of their event."""

    def __init__(self) -> None:
        self.of: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}

    def add(self, type_: str, lines: Iterable[Posting]) -> None:
        """The lines of one event."""
        for line in lines:
            of_currency = self.of.setdefault(line.currency, {})
            debit, credit = of_currency.get((line.account, type_), (0, 0))
            of_currency[(line.account, type_)] = (debit + line.debit, credit + line.credit)

    def figures(self) -> dict[str, Figures]:
        """The figures of each currency."""
        return {currency: figures(turned) for currency, turned in sorted(self.of.items())}
