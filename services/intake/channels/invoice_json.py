"""Reading invoices as JSON: one object or an array of them, for those who have no Finvoice.

Amounts and percentages are text with a decimal point (`"124.00"`), days are `"2026-01-31"`, names of fields
are those of `JsonInvoice` below and no others: a name we do not know is an error, because it may be one we
needed. `invoice.schema.json` beside this file says the same to machines.
"""

import codecs
import re
from datetime import date
from typing import Literal

import msgspec
from msgspec.structs import replace

from services.intake.channels.checks import COUNTRY_OF, Findings, checked, identified
from services.intake.channels.invoice import (
    INVOICES_MAX,
    SUBJECT_MAX,
    DebtorKind,
    Defect,
    FileRead,
    Invoice,
    InvoiceDebtor,
    InvoiceRead,
    Kind,
    PaymentStatus,
    Seller,
)
from shared.money import Money
from shared.xml import Unreadable, refuse_what_is_not_text


class JsonRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the invoice; `amount` with tax."""

    text: str
    amount: str | None = None


class JsonSeller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sent the invoice."""

    name: str | None = None
    business_id: str | None = None
    address: list[str] = []
    post_code: str | None = None
    town: str | None = None
    country: str | None = None


class JsonDebtor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to pay: `identifier` is a business id or a personal code, `country` FI, NO or SE."""

    name: str | None = None
    kind: DebtorKind | None = None
    identifier: str | None = None
    customer_number: str | None = None
    address: list[str] = []
    post_code: str | None = None
    town: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None
    language: Literal["fi", "sv", "nb", "no", "nn", "en"] | None = None


class JsonInvoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One invoice or credit note. What a claim needs: number, issued, due, currency, total, debtor."""

    number: str | None = None
    kind: Kind = "invoice"
    issued: str | None = None
    due: str | None = None
    currency: str | None = None
    total: str | None = None  # With tax.
    payable: str | None = None  # What is asked now; the total where it is left out.
    net: str | None = None
    tax: str | None = None
    reference: str | None = None
    account: str | None = None
    bic: str | None = None
    overdue_rate: str | None = None  # Agreed interest for late payment, per cent a year.
    subject: str | None = None
    rows: list[JsonRow] = []
    status: PaymentStatus | None = None
    original_number: str | None = None  # Of the invoice that a credit note lowers.
    factored: bool = False
    seller: JsonSeller = JsonSeller()
    debtor: JsonDebtor = JsonDebtor()


# What JSON calls a field that has another name in our model.
PLACES = {"payee_account": "account"}
NEWLINE = b"\n"
AMOUNTS = ("total", "payable", "net", "tax", "overdue_rate", "amount")


def read(raw: bytes) -> FileRead:
    """Every invoice of a file, each with what is wrong with it. Raises Unreadable where it is no JSON."""
    refuse_what_is_not_text(raw)
    records = _records(raw.removeprefix(codecs.BOM_UTF8).strip())
    if not records:
        raise Unreadable("not_an_invoice", "the file", "the array is empty")
    if len(records) > INVOICES_MAX:
        raise Unreadable("too_many", "the file", f"{len(records)} invoices; at most {INVOICES_MAX} a file are read")
    return FileRead("json", tuple(_record(record, index) for index, record in enumerate(records, start=1)))


def _records(text: bytes) -> list[msgspec.Raw]:
    try:
        text.decode("utf-8")
        if text.startswith(b"["):
            return msgspec.json.decode(text, type=list[msgspec.Raw])
        return [msgspec.json.decode(text, type=msgspec.Raw)]
    except UnicodeDecodeError as mistake:
        what = f"byte 0x{text[mistake.start]:02X} is not UTF-8, which JSON is written in"
        raise Unreadable("not_readable", _line(text, mistake.start), what) from None
    except (msgspec.DecodeError, RecursionError) as mistake:
        byte = re.search(r"\(byte ([0-9]+)\)", str(mistake))
        where = _line(text, int(byte[1]) if byte else len(text))
        raise Unreadable("not_readable", where, f"not well-formed JSON: {mistake}") from None


def _line(text: bytes, position: int) -> str:
    return f"line {text.count(NEWLINE, 0, position) + 1}"


def _record(record: msgspec.Raw, index: int) -> InvoiceRead:
    try:
        told = msgspec.json.decode(record, type=JsonInvoice)
    except (msgspec.DecodeError, RecursionError) as mistake:
        return InvoiceRead(index, None, (_misformed(str(mistake)),))
    return replace(_invoice(told, index), record=bytes(record))


def _misformed(said: str) -> Defect:
    """The library's words in ours: which field, and what would be right there."""
    path = re.search(r" - at `\$\.?([^`]*)`", said)
    where = path[1] if path and path[1] else "the invoice"
    unknown = re.search(r"unknown field `([^`]*)`", said)
    if unknown:
        place = f"{path[1]}.{unknown[1][:40]}" if path and path[1] else unknown[1][:40]
        return Defect("unknown_field", place, f"there is no field {unknown[1][:40]!r}; see invoice.schema.json")
    if where.rpartition(".")[2] in AMOUNTS:
        return Defect("bad_amount", where, 'an amount is text with a decimal point, such as "124.00"')
    what = "this is none of the values allowed here" if "enum" in said else said.partition(" - at ")[0]
    return Defect("bad_field", where, f"{what}; see invoice.schema.json")


def _invoice(told: JsonInvoice, index: int) -> InvoiceRead:
    found = Findings(lambda field: PLACES.get(field, field))
    currency = (told.currency or "").strip().upper() or None
    amounts = {
        field: found.money(field, _trimmed(getattr(told, field)), currency or "EUR", ".")
        for field in ("total", "payable", "net", "tax")
    }
    total = _lowering(told, amounts["total"], "total", found)
    payable = _lowering(told, amounts["payable"], "payable", found)
    found.add_up(amounts["total"], amounts["net"], amounts["tax"], None)
    _add_up_rows(told, amounts["total"], found)
    invoice = Invoice(
        number=_trimmed(told.number),
        kind=told.kind,
        issued=_day("issued", told.issued, found),
        due=_day("due", told.due, found),
        currency=currency,
        total=total,
        payable=payable if told.payable is not None else total,
        reference=_trimmed(told.reference),
        seller=Seller(
            name=_trimmed(told.seller.name),
            business_id=_trimmed(told.seller.business_id),
            address=_lines(told.seller.address),
            post_code=_trimmed(told.seller.post_code),
            town=_trimmed(told.seller.town),
            country=_trimmed(told.seller.country),
        ),
        debtor=_debtor(told.debtor, COUNTRY_OF.get(currency or "", "FI"), found),
        payee_account=_trimmed(told.account),
        bic=_trimmed(told.bic),
        overdue_rate=found.percent("overdue_rate", _trimmed(told.overdue_rate), "."),
        subject=(_trimmed(told.subject) or ", ".join(row.text.strip() for row in told.rows))[:SUBJECT_MAX],
        rows=len(told.rows),
        status=told.status,
        original_number=_trimmed(told.original_number),
        factored=told.factored,
    )
    return checked(index, invoice, found)


def _lowering(told: JsonInvoice, amount: Money | None, field: str, found: Findings) -> Money | None:
    """A credit note's amounts are negative in our model; who writes them without a sign means the same."""
    if told.kind == "credit_note" and amount and amount.minor > 0:
        found.warning("credit_note_sign", field, "taken as an amount that lowers the original invoice")
        return -amount
    return amount


def _add_up_rows(told: JsonInvoice, total: Money | None, found: Findings) -> None:
    if total is None or not told.rows or any(row.amount is None for row in told.rows):
        return
    amounts = [
        found.money(f"rows[{place}].amount", _trimmed(row.amount), total.currency, ".")
        for place, row in enumerate(told.rows)
    ]
    made = Money(sum(amount.minor for amount in amounts if amount), total.currency)
    if None not in amounts and made != total:
        what = f"the rows make {made.decimal}, the total is {total.decimal}"
        found.defect("amounts_do_not_add_up", "rows", what)


def _debtor(told: JsonDebtor, country_otherwise: str, found: Findings) -> InvoiceDebtor:
    country = (_trimmed(told.country) or country_otherwise).upper()
    debtor = InvoiceDebtor(
        name=_trimmed(told.name),
        customer_number=_trimmed(told.customer_number),
        address=_lines(told.address),
        post_code=_trimmed(told.post_code),
        town=_trimmed(told.town),
        country=country,
        email=_trimmed(told.email),
        phone=_trimmed(told.phone),
        language=told.language,
    )
    return identified(debtor, _trimmed(told.identifier), told.kind, country, found)


def _day(field: str, written: str | None, found: Findings) -> date | None:
    return found.day(field, _trimmed(written), r"([0-9]{4})-([0-9]{2})-([0-9]{2})", "2026-01-31")


def _trimmed(written: str | None) -> str | None:
    return (written or "").strip() or None


def _lines(written: list[str]) -> tuple[str, ...]:
    return tuple(line.strip() for line in written if line.strip())
