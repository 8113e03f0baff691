"""The one claim model: what every channel makes of an unpaid invoice, and what is wrong with it.

Reading never decides whether a claim is taken: duplicates, limitation and days belong to intake's decisions.
But a fact that a claim cannot be without, or that contradicts another, is a defect, and it is named with its
place.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from shared.events.intake import DebtorKind, Defect
from shared.money import Money

__all__ = ["DebtorKind", "Defect", "FileRead", "Invoice", "InvoiceDebtor", "InvoiceRead", "Seller"]

INVOICES_MAX = 10_000
SUBJECT_MAX = 140

Kind = Literal["invoice", "credit_note"]
PaymentStatus = Literal["PAID", "NOTPAID", "PARTLYPAID"]
Format = Literal["finvoice", "json"]


class Seller(msgspec.Struct, frozen=True):
    """Who sent the invoice."""

    name: str | None = None
    business_id: str | None = None
    address: tuple[str, ...] = ()
    post_code: str | None = None
    town: str | None = None
    country: str | None = None


class InvoiceDebtor(msgspec.Struct, frozen=True):
    """Who is asked to pay. `kind` is what the file says or its identifier shows; None where nothing does."""

    name: str | None = None
    kind: DebtorKind | None = None
    business_id: str | None = None
    person_id: str | None = None
    customer_number: str | None = None
    address: tuple[str, ...] = ()
    post_code: str | None = None
    town: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None


class Invoice(msgspec.Struct, frozen=True):
    """One invoice or credit note, as its file says it. A credit note's amounts are negative.

    `total` is the invoice's sum with tax, `payable` what is asked now: they differ where a part was paid
    before.
    """

    number: str | None = None
    kind: Kind = "invoice"
    issued: date | None = None
    due: date | None = None
    currency: str | None = None
    total: Money | None = None
    payable: Money | None = None
    reference: str | None = None
    seller: Seller = Seller()
    debtor: InvoiceDebtor = InvoiceDebtor()
    payee_account: str | None = None
    bic: str | None = None
    overdue_rate: Decimal | None = None  # Agreed interest for late payment, per cent a year.
    subject: str = ""
    rows: int = 0
    status: PaymentStatus | None = None
    original_number: str | None = None  # Of the invoice that a credit note lowers.
    factored: bool = False  # Pledged or sold: the money belongs to another party.
    warnings: tuple[Defect, ...] = ()
    defects: tuple[Defect, ...] = ()

    @property
    def principal(self) -> Money | None:
        """What the claim is about: the amount asked now where it is lower than the total."""
        if self.total is None or self.payable is None or self.total.currency != self.payable.currency:
            return self.payable or self.total
        return min(self.payable, self.total, key=lambda amount: abs(amount.minor))


class InvoiceRead(msgspec.Struct, frozen=True):
    """The nth record of a file, from 1; `invoice` is None where the record itself could not be read."""

    index: int
    invoice: Invoice | None
    defects: tuple[Defect, ...] = ()
    record: bytes = b""  # As it stands in the file: what is kept of it for its debtor alone.


class FileRead(msgspec.Struct, frozen=True):
    """What a file holds."""

    format: Format
    read: tuple[InvoiceRead, ...]
