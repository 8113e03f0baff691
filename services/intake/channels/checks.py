"""What is looked for in every invoice, whichever channel it came by: facts that miss, and facts that
disagree.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from services.intake.channels.invoice import DebtorKind, Defect, Invoice, InvoiceDebtor, InvoiceRead
from shared import identifiers, references
from shared.money import CURRENCIES, Money
from shared.xml import shown

COUNTRY_OF = {"EUR": "FI", "NOK": "NO", "SEK": "SE"}

_BUSINESS_NAME = re.compile(r"(?i)(^(oy|ab|tmi|as oy)\s|\s(oy|oyj|ab|abp|ky|ay|tmi|ry|osk|asa?|ans|enk|hb|kb)\.?$)")
_LIKE_A_PERSONAL_CODE = re.compile(r"[0-9]{6}[-+A-Za-z][0-9]{3}[0-9A-Za-z]|[0-9]{11}|[0-9]{8}-?[0-9]{4}")
_AMOUNT = {
    ",": re.compile(r"-?[0-9]{1,15}(,[0-9]{1,5})?"),
    ".": re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,5})?"),
}


class Findings:
    """What is found wrong while one invoice is read. `place` says what the channel calls a field, and its
    line.
    """

    def __init__(self, place: Callable[[str], str]) -> None:
        self.place = place
        self.defects: list[Defect] = []
        self.warnings: list[Defect] = []
        self.unread: set[str] = set()  # Fields that are there but unreadable: not to be called missing too.

    def defect(self, code: str, field: str, what: str) -> None:
        self.defects.append(Defect(code, self.place(field), what))

    def warning(self, code: str, field: str, what: str) -> None:
        self.warnings.append(Defect(code, self.place(field), what))

    def missing(self, field: str, what: str) -> None:
        if field not in self.unread:
            self.defect("missing_field", field, what)

    def money(self, field: str, written: str | None, currency: str, mark: str) -> Money | None:
        """An amount with this decimal mark and no other; more than two decimals only where they are zeros."""
        if written is None:
            return None
        try:
            if _AMOUNT[mark].fullmatch(written):
                return Money.of(written.replace(mark, "."), currency)
        except ValueError:
            pass
        self.unread.add(field)
        self.defect("bad_amount", field, f"{shown(written)} is no amount such as 1234{mark}50")
        return None

    def day(self, field: str, written: str | None, pattern: str, example: str) -> date | None:
        """A day of the calendar. `pattern` has the groups year, month and day."""
        if written is None:
            return None
        found = re.fullmatch(pattern, written, re.ASCII)
        try:
            if found:
                return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
        self.unread.add(field)
        self.defect("bad_date", field, f"{shown(written)} is no day of the calendar such as {example}")
        return None

    def percent(self, field: str, written: str | None, mark: str) -> Decimal | None:
        if written is None:
            return None
        if _AMOUNT[mark].fullmatch(written) and not written.startswith("-"):
            return Decimal(written.replace(mark, "."))
        self.defect("bad_amount", field, f"{shown(written)} is no percentage such as 11{mark}5")
        return None

    def add_up(self, total: Money | None, net: Money | None, tax: Money | None, rounding: Money | None) -> None:
        """The net sum and the tax are the total, with or without the rounding that is stated."""
        if total is None or net is None or tax is None:
            return
        if not total.currency == net.currency == tax.currency:
            self.defect("amounts_do_not_add_up", "total", "the sums are in different currencies")
            return
        made = net + tax
        rounded = made + rounding if rounding and rounding.currency == made.currency else made
        if total not in (made, rounded):
            what = f"{net.decimal} and tax {tax.decimal} make {made.decimal}, not {total.decimal}"
            self.defect("amounts_do_not_add_up", "total", what)


def identified(
    debtor: InvoiceDebtor, written: str | None, kind: DebtorKind | None, country: str, found: Findings
) -> InvoiceDebtor:
    """The debtor with the identifier put where it belongs. It is kept when it is wrong, so that it can be
    shown.
    """
    by_name: DebtorKind | None = "business" if _BUSINESS_NAME.search(debtor.name or "") else None
    if written is None:
        return _of_kind(debtor, kind or by_name, None)
    kinds: tuple[DebtorKind, ...] = (kind,) if kind else ("business", "consumer")
    for each in kinds:
        if identifiers.valid_identifier(country, each, written):
            return _of_kind(debtor, each, identifiers.print_identifier(country, each, written))
    if country not in identifiers.COUNTRIES:
        found.warning("unknown_country", "debtor.country", f"identifiers of {country} are not checked")
    else:
        found.defect(
            "bad_identifier",
            "debtor.identifier",
            f"no identity number of {country}: its form or check digit is wrong",
        )
    by_form: DebtorKind | None = "consumer" if _LIKE_A_PERSONAL_CODE.fullmatch(written) else by_name
    return _of_kind(debtor, kind or by_form, written)


def _of_kind(debtor: InvoiceDebtor, kind: DebtorKind | None, identifier: str | None) -> InvoiceDebtor:
    return msgspec.structs.replace(
        debtor,
        kind=kind,
        business_id=identifier if kind != "consumer" else None,
        person_id=identifier if kind == "consumer" else None,
    )


def checked(index: int, invoice: Invoice, found: Findings) -> InvoiceRead:
    """The invoice with everything that a claim cannot be without, and everything that contradicts it, named."""
    _check_facts(invoice, found)
    _check_amounts(invoice, found)
    _check_debtor(invoice.debtor, found)
    _check_payment(invoice, found)
    defects = tuple(found.defects)
    whole = msgspec.structs.replace(invoice, defects=defects, warnings=tuple(found.warnings))
    return InvoiceRead(index, whole, defects)


def _check_facts(invoice: Invoice, found: Findings) -> None:
    if invoice.number is None:
        found.missing("number", "the invoice has no number")
    if invoice.issued is None:
        found.missing("issued", "the invoice has no date")
    if invoice.kind == "invoice":
        if invoice.due is None:
            found.missing("due", "the invoice has no due date")
        elif invoice.issued and invoice.due < invoice.issued:
            found.warning("due_before_issued", "due", f"due {invoice.due}, before the invoice of {invoice.issued}")
    elif invoice.original_number is None:
        found.missing("original_number", "the credit note does not say which invoice it lowers")
    if invoice.status == "PAID":
        found.defect("already_paid", "status", "the invoice says that it is paid")
    if invoice.factored:
        found.defect("factored", "factored", "the claim is pledged or sold: the money belongs to another party")


def _check_amounts(invoice: Invoice, found: Findings) -> None:
    total, payable = invoice.total, invoice.payable
    if invoice.currency is None:
        found.missing("currency", "the amounts have no currency")
    for currency in sorted({invoice.currency or "", *(money.currency for money in (total, payable) if money)}):
        if currency and currency not in CURRENCIES:
            named = currency if re.fullmatch(r"[A-Z]{3}", currency) else "no currency code"
            found.defect("currency_not_ours", "currency", f"{named}: only {', '.join(CURRENCIES)} are collected")
    if total is None:
        found.missing("total", "the invoice has no total")
    if total is None or payable is None:
        return
    if total.currency != payable.currency:
        found.defect("amounts_do_not_add_up", "payable", f"in {payable.currency}, the total in {total.currency}")
    elif invoice.kind == "credit_note":
        if total.minor >= 0:
            found.defect("bad_amount", "total", "a credit note lowers an invoice: its total is below zero")
    elif total.minor <= 0:
        found.defect("bad_amount", "total", f"the total is {total.decimal}: there is nothing to collect")
    elif payable.minor == 0:
        found.defect("already_paid", "payable", "nothing is left to pay")
    elif payable.minor < 0:
        found.defect("bad_amount", "payable", f"the amount to pay is {payable.decimal}: there is nothing to collect")
    elif payable > total:
        what = f"{payable.decimal} is asked for, the total is {total.decimal}"
        found.defect("amounts_do_not_add_up", "payable", what)


def _check_debtor(debtor: InvoiceDebtor, found: Findings) -> None:
    if debtor.name is None:
        found.defect("missing_debtor", "debtor.name", "the invoice does not say who is to pay")
        return
    if not debtor.address or debtor.post_code is None or debtor.town is None:
        if debtor.email is None and debtor.phone is None:
            found.missing("debtor.address", "there is no address, e-mail or telephone to write to")
        else:
            found.warning("missing_address", "debtor.address", "there is no whole postal address for a letter")
    if debtor.business_id is None and debtor.person_id is None:
        found.warning("missing_identifier", "debtor.identifier", "without it the debtor cannot be looked up")


def _check_payment(invoice: Invoice, found: Findings) -> None:
    account = invoice.payee_account
    country = (account and identifiers.account_country(account)) or COUNTRY_OF.get(invoice.currency or "", "FI")
    if account and re.match(r"[A-Za-z]{2}[0-9]{2}", account) and not identifiers.valid_iban(account):
        found.warning("bad_account", "payee_account", "the account's check digits are wrong")
    if invoice.reference and not _valid_reference(invoice.reference, country):
        found.warning("bad_reference", "reference", "the payment reference has a wrong check digit or form")


def _valid_reference(written: str, country: str) -> bool:
    if references.valid_rf(written):
        return True
    match country:
        case "NO":
            return references.valid_kid(written)
        case "SE":
            return references.valid_ocr(written)
    return references.valid_viitenumero(written)
