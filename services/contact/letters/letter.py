"""What a letter holds: every fact a debtor is told, and nothing that can be worked out on the page."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from shared.money import Money, total

Kind = Literal["friendly", "reminder", "notice", "demand", "second_demand", "plan"]
Country = Literal["FI", "NO"]
Language = Literal["fi", "nb", "sv", "en"]
DebtorKind = Literal["consumer", "business"]
Option = Literal["call", "plan", "later", "object"]
CostKind = Literal[  # The measures of shared/law.
    "reminder",
    "other_reminder",
    "notice",
    "demand",
    "second_demand",
    "own_demand",
    "same_group_demand",
    "extension",
    "plan",
    "tratta",
    "bankruptcy_demand",
    "standard_compensation",
    "salary_light",
    "salary_heavy",
]
Consequence = Literal["further_costs", "court", "enforcement", "credit_record"]

# Whether a consumer may ask to have the collection suspended (FI 4 c §): not while a part is yet to fall due.
Suspension = Literal["", "may_ask", "not_all_due"]

IN_THE_CLIENTS_NAME: frozenset[Kind] = frozenset({"friendly", "notice"})


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """The one that collects. `telephone_hours` as people read it, in the letter's language: `ma–pe 9–17`."""

    name: str
    business_id: str
    address: tuple[str, ...]
    telephone: str
    telephone_hours: str
    email: str


class Creditor(msgspec.Struct, frozen=True, kw_only=True):
    """The client whose claim it is. The original creditor is named where the claim was sold or renamed."""

    name: str
    address: tuple[str, ...]
    business_id: str = ""
    telephone: str = ""
    email: str = ""
    original_creditor: str = ""


class Debtor(msgspec.Struct, frozen=True, kw_only=True):
    """The one asked to pay, as the envelope's window shows it: name, then street, then town."""

    name: str
    address: tuple[str, ...]


class Interest(msgspec.Struct, frozen=True, kw_only=True):
    """Late interest at one rate (percent a year), from the first day to the last, both counted."""

    rate: Decimal
    first: date
    last: date
    amount: Money


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One cost, the day of the action that earned it, and the rule that allows it, as the law names it."""

    kind: CostKind
    on: date
    amount: Money
    rule: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money that has come: positive. A credit note counts as one."""

    on: date
    amount: Money


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One unpaid invoice, itemised. `basis` says what was bought, in words the debtor knows."""

    invoice_number: str
    issued: date
    due: date
    basis: str
    principal: Money
    interest: tuple[Interest, ...] = ()
    costs: tuple[Cost, ...] = ()
    paid: tuple[Payment, ...] = ()
    open: Money

    @property
    def adds_up(self) -> bool:
        """Whether what is open is the principal, the interest and the costs less what was paid."""
        currency = self.principal.currency
        charged = (self.principal, *amounts(self.interest), *amounts(self.costs))
        return self.open == total(charged, currency) - total(amounts(self.paid), currency)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Where to pay: `holder` is the payee. An IBAN, or in Norway the eleven digits as `bban`."""

    holder: str
    iban: str = ""
    bban: str = ""
    bic: str = ""


class Objections(msgspec.Struct, frozen=True, kw_only=True):
    """Until when and to whom the debtor may object; the same place takes a request to suspend (FI 4 c §)."""

    until: date
    name: str
    address: tuple[str, ...]
    email: str = ""
    telephone: str = ""


class ComplaintBoard(msgspec.Struct, frozen=True, kw_only=True):
    """The board that hears complaints about collection (NO inkassoloven § 22)."""

    name: str
    address: tuple[str, ...]
    web: str = ""


class Instalment(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a plan, payable on its due day at the latest."""

    due: date
    amount: Money


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter to one debtor about one case. Amounts hold interest up to `pay_by`.

    In a plan's confirmation `pay_by`, `barcode` and `epc_qr` are those of the first instalment.

    `barcode` is the finished 54 digits and `epc_qr` the finished content of the QR code, both EUR only.
    `consequences` may be told only in late letters, and in Norway's demand, whose § 10 asks for two of them.
    """

    kind: Kind
    country: Country
    language: Language
    debtor_kind: DebtorKind
    written_on: date
    case_number: str
    handler: str
    agency: Agency
    creditor: Creditor
    debtor: Debtor
    claims: tuple[Claim, ...]
    total: Money
    pay_by: date
    account: Account
    reference: str
    barcode: str = ""
    epc_qr: str | None = None
    options: tuple[Option, ...] = ()
    objections: Objections | None = None
    suspension: Suspension = ""
    complaint_board: ComplaintBoard | None = None
    consequences: tuple[Consequence, ...] = ()
    instalments: tuple[Instalment, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether each claim adds up, the total is all that is open, and so are the instalments."""
        currency = self.total.currency
        parts = [total((claim.open for claim in self.claims), currency)]
        if self.instalments:
            parts.append(total(amounts(self.instalments), currency))
            if self.pay_by != self.instalments[0].due:
                return False
        return all(claim.adds_up for claim in self.claims) and all(part == self.total for part in parts)


def amounts(lines: Sequence[Interest | Cost | Payment | Instalment]) -> list[Money]:
    """The amounts of some lines, in their order."""
    return [line.amount for line in lines]
