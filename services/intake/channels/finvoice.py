"""Reading Finvoice, the Finnish electronic invoice: 3.0 and 2.01, older ones leniently, with or without a
SOAP frame.
"""

import re
from datetime import date
from typing import Any

from lxml import etree
from msgspec.structs import replace

from services.intake.channels.checks import Findings, checked, identified
from services.intake.channels.invoice import (
    INVOICES_MAX,
    SUBJECT_MAX,
    Defect,
    FileRead,
    Invoice,
    InvoiceDebtor,
    InvoiceRead,
    Kind,
    PaymentStatus,
    Seller,
)
from shared import schemas
from shared.identifiers import print_identifier
from shared.money import Money
from shared.xml import Part, Unreadable, local_names, parts, read_xml, text_of

KINDS: dict[str, Kind] = {"INV01": "invoice", "INV02": "credit_note"}
STATUSES: dict[str, PaymentStatus] = {"PAID": "PAID", "NOTPAID": "NOTPAID", "PARTLYPAID": "PARTLYPAID"}
SCHEMA_WARNINGS_MAX = 5

TERMS = "InvoiceDetails/PaymentTermsDetails/"
EPI = "EpiDetails/EpiPaymentInstructionDetails/"
PARTIES = "EpiDetails/EpiPartyDetails/"
ACCOUNTS = "SellerInformationDetails/SellerAccountDetails/"
PLACES = {
    "number": "InvoiceDetails/InvoiceNumber",
    "kind": "InvoiceDetails/InvoiceTypeCode",
    "origin": "InvoiceDetails/OriginCode",
    "issued": "InvoiceDetails/InvoiceDate",
    "due": TERMS + "InvoiceDueDate",
    "due_epi": EPI + "EpiDateOptionDate",
    "currency": "InvoiceDetails/InvoiceTotalVatIncludedAmount/@AmountCurrencyIdentifier",
    "total": "InvoiceDetails/InvoiceTotalVatIncludedAmount",
    "net": "InvoiceDetails/InvoiceTotalVatExcludedAmount",
    "tax": "InvoiceDetails/InvoiceTotalVatAmount",
    "rounding": "InvoiceDetails/InvoiceTotalRoundoffAmount",
    "payable": EPI + "EpiInstructedAmount",
    "reference": EPI + "EpiRemittanceInfoIdentifier",
    "payee_account": PARTIES + "EpiBeneficiaryPartyDetails/EpiAccountID",
    "overdue_rate": TERMS + "PaymentOverDueFineDetails/PaymentOverDueFinePercent",
    "status": "PaymentStatusDetails/PaymentStatusCode",
    "original_number": "InvoiceDetails/OriginalInvoiceNumber",
    "factored": "FactoringAgreementDetails",
    "rows": "InvoiceRow",
    "debtor.name": "BuyerPartyDetails/BuyerOrganisationName",
    "debtor.identifier": "BuyerPartyDetails/BuyerPartyIdentifier",
    "debtor.address": "BuyerPartyDetails/BuyerPostalAddressDetails",
    "debtor.country": "BuyerPartyDetails/BuyerPostalAddressDetails/CountryCode",
}


def read(raw: bytes) -> FileRead:
    """Every invoice of a file, each with what is wrong with it. Raises Unreadable where none can be read."""
    found: list[InvoiceRead] = []
    failures: list[Unreadable] = []
    for part in parts(raw):
        try:
            roots = _invoices(part)
        except Unreadable as failure:
            failures.append(failure)
            if b"<Finvoice" in part.raw:
                found.append(_unreadable(len(found) + 1, failure))
            continue
        for root in roots:
            if len(found) == INVOICES_MAX:
                raise Unreadable("too_many", f"line {part.line}", f"at most {INVOICES_MAX} invoices a file are read")
            # The record is taken first: nothing that reading might do to it is in it.
            record = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
            found.append(replace(_invoice(root, len(found) + 1, part.line), record=record))
    if not any(each.invoice for each in found):
        raise failures[0] if failures else Unreadable("not_an_invoice", "the file", "there is no Finvoice in it")
    return FileRead("finvoice", tuple(found))


def _invoices(part: Part) -> list[etree._Element]:
    root = local_names(read_xml(part.raw, line=part.line, old_doctype=True))
    return list(root.iter("Finvoice"))


def _unreadable(index: int, failure: Unreadable) -> InvoiceRead:
    return InvoiceRead(index, None, (Defect(failure.code, failure.where, failure.what),))


def _invoice(root: etree._Element, index: int, first_line: int) -> InvoiceRead:
    found = Findings(lambda field: _place(root, field, first_line))
    _warn_of_schema(root, first_line, found)
    total, payable = _money(root, "total", found), _money(root, "payable", found)
    found.add_up(total, _money(root, "net", found), _money(root, "tax", found), _money(root, "rounding", found))
    _compare_rows(root, total, found)
    invoice = Invoice(
        number=_told(root, "number"),
        kind=_kind(root, found),
        issued=_day(root, "issued", found),
        due=_due(root, found),
        currency=_currency(root, "total"),
        total=total,
        payable=payable,
        reference=_told(root, "reference"),
        seller=_seller(root),
        debtor=_debtor(root, found),
        payee_account=_told(root, "payee_account") or text_of(root, ACCOUNTS + "SellerAccountID"),
        bic=text_of(root, PARTIES + "EpiBfiPartyDetails/EpiBfiIdentifier") or text_of(root, ACCOUNTS + "SellerBic"),
        overdue_rate=found.percent("overdue_rate", _told(root, "overdue_rate"), ","),
        subject=_subject(root),
        rows=len(root.findall("InvoiceRow")),
        status=STATUSES.get(_told(root, "status") or ""),
        original_number=_told(root, "original_number")
        or text_of(root, "InvoiceDetails/OriginalInvoiceReference/InvoiceNumber"),
        factored=root.find("FactoringAgreementDetails") is not None,
    )
    return checked(index, invoice, found)


def _place(root: etree._Element, field: str, first_line: int) -> str:
    path = PLACES.get(field, field)
    element = root.find(path.partition("/@")[0])
    return path if element is None else f"{path}, {_line(element, first_line)}"


def _line(element: etree._Element, first_line: int) -> str:
    line: Any = element.sourceline  # The published types of lxml say nothing of it.
    return f"line {(line or 1) + first_line - 1}"


def _warn_of_schema(root: etree._Element, first_line: int, found: Findings) -> None:
    """A warning for each element that breaks the schema. Its content is not repeated: it may be about a
    person.
    """
    name = "Finvoice2.01" if (root.get("Version") or "").startswith("2") else "Finvoice3.0"
    wrong: dict[str, int] = {}
    for line, message in schemas.breaks(name, root):
        element = re.search(r"Element '([^']+)'", message)
        wrong.setdefault(element[1] if element else root.tag, line + first_line - 1)
    for element_name, line in list(wrong.items())[:SCHEMA_WARNINGS_MAX]:
        found.warning("schema", f"{element_name}, line {line}", f"does not keep to the schema {name}")


def _kind(root: etree._Element, found: Findings) -> Kind:
    code = _told(root, "kind")
    if code is None:
        found.missing("kind", "the document does not say whether it is an invoice")
    elif code not in KINDS:
        found.defect("not_an_invoice", "kind", f"{code[:20]} is neither an invoice (INV01) nor a credit note (INV02)")
    if _told(root, "origin") == "Cancel":
        found.defect("not_an_invoice", "origin", "the document takes an earlier one back")
    return KINDS.get(code or "", "invoice")


def _due(root: etree._Element, found: Findings) -> date | None:
    """The due date of the invoice, not of the payment order; where only the latter is told, that one."""
    due, ordered = _day(root, "due", found), _day(root, "due_epi", found)
    if due and ordered and due != ordered:
        found.warning("due_dates_differ", "due_epi", f"due {due} by the invoice, {ordered} by the payment order")
    return due or (None if "due" in found.unread else ordered)


def _seller(root: etree._Element) -> Seller:
    party = root.find("SellerPartyDetails")
    address = party.find("SellerPostalAddressDetails") if party is not None else None
    tax_code = text_of(party, "SellerOrganisationTaxCode")
    written = text_of(party, "SellerPartyIdentifier") or tax_code
    return Seller(
        name=_joined(party, "SellerOrganisationName"),
        business_id=print_identifier("FI", "business", written) if written else None,
        address=_address_lines(address, "Seller"),
        post_code=text_of(address, "SellerPostCodeIdentifier"),
        town=text_of(address, "SellerTownName"),
        country=text_of(address, "CountryCode"),
    )


def _debtor(root: etree._Element, found: Findings) -> InvoiceDebtor:
    """The buyer owes. Where the invoice is sent elsewhere, that address serves only where the buyer has none."""
    buyer, sent_to = root.find("BuyerPartyDetails"), root.find("InvoiceRecipientPartyDetails")
    address, prefix = _find(buyer, "BuyerPostalAddressDetails"), "Buyer"
    if address is None:
        address, prefix = _find(sent_to, "InvoiceRecipientPostalAddressDetails"), "InvoiceRecipient"
    country = (text_of(address, "CountryCode") or "FI").upper()  # On a Finnish form nothing else is meant.
    debtor = InvoiceDebtor(
        name=_joined(buyer, "BuyerOrganisationName") or _joined(sent_to, "InvoiceRecipientOrganisationName"),
        customer_number=text_of(root, "InvoiceDetails/SellersBuyerIdentifier"),
        address=_address_lines(address, prefix),
        post_code=text_of(address, f"{prefix}PostCodeIdentifier"),
        town=text_of(address, f"{prefix}TownName"),
        country=country,
        email=text_of(root, "BuyerCommunicationDetails/BuyerEmailaddressIdentifier")
        or text_of(root, "InvoiceRecipientCommunicationDetails/InvoiceRecipientEmailaddressIdentifier"),
        phone=text_of(root, "BuyerCommunicationDetails/BuyerPhoneNumberIdentifier")
        or text_of(root, "InvoiceRecipientCommunicationDetails/InvoiceRecipientPhoneNumberIdentifier"),
        language=(text_of(root, "InvoiceRecipientLanguageCode") or "").lower() or None,
    )
    return identified(debtor, _buyer_identifier(root), None, country, found)


def _buyer_identifier(root: etree._Element) -> str | None:
    """The business id, or the tax number or the e-invoice address (0037 and the id) that it stands in."""
    told = text_of(root, "BuyerPartyDetails/BuyerPartyIdentifier")
    if told:
        return told
    address = re.match(r"(?:0037|0216)([0-9]{8})", text_of(root, "BuyerOrganisationUnitNumber") or "")
    return text_of(root, "BuyerPartyDetails/BuyerOrganisationTaxCode") or (address[1] if address else None)


def _address_lines(address: etree._Element | None, prefix: str) -> tuple[str, ...]:
    if address is None:
        return ()
    streets = [text_of(street) for street in address.findall(f"{prefix}StreetName")]
    return tuple(line for line in (*streets, text_of(address, f"{prefix}PostOfficeBoxIdentifier")) if line)


def _compare_rows(root: etree._Element, total: Money | None, found: Findings) -> None:
    """Rows may leave out discounts and rounding, so that they make another sum is worth a look and no more."""
    amounts = [row.find("RowAmount") for row in root.findall("InvoiceRow")]
    told = [text_of(amount) for amount in amounts if amount is not None]
    if total is None or not told or len(told) != len([row for row in root.findall("InvoiceRow") if _is_priced(row)]):
        return
    silent = Findings(str)
    sums = [silent.money("rows", each, total.currency, ",") for each in told]
    made = sum(each.minor for each in sums if each)
    if None not in sums and made != total.minor:
        found.warning("rows_do_not_add_up", "rows", f"the rows make {Money(made).decimal}, the total {total.decimal}")


def _is_priced(row: etree._Element) -> bool:
    return row.find("RowVatExcludedAmount") is not None or row.find("RowAmount") is not None


def _subject(root: etree._Element) -> str:
    """What was sold, in a line: the rows' names, or their texts."""
    names = [text_of(row, "ArticleName") or text_of(row, "RowFreeText") for row in root.findall("InvoiceRow")]
    return ", ".join(" ".join(name.split()) for name in names if name)[:SUBJECT_MAX]


def _told(root: etree._Element, field: str) -> str | None:
    return text_of(root, PLACES[field])


def _find(element: etree._Element | None, path: str) -> etree._Element | None:
    return element.find(path) if element is not None else None


def _joined(party: etree._Element | None, name: str) -> str | None:
    """A long name is given in several elements."""
    if party is None:
        return None
    return " ".join(told for told in (text_of(each) for each in party.findall(name)) if told) or None


def _currency(root: etree._Element, field: str) -> str | None:
    amount = root.find(PLACES[field])
    return ((amount.get("AmountCurrencyIdentifier") or "").strip() or None) if amount is not None else None


def _money(root: etree._Element, field: str, found: Findings) -> Money | None:
    return found.money(field, _told(root, field), _currency(root, field) or "EUR", ",")


def _day(root: etree._Element, field: str, found: Findings) -> date | None:
    return found.day(field, _told(root, field), r"([0-9]{4})([0-9]{2})([0-9]{2})", "20260131")
