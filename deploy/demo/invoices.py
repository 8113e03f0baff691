"""The files the clients hand in: what a person did not pay, as Finvoice or as JSON, and now and then wrong."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from deploy.demo import agency
from deploy.demo.agency import CLIENT_ACCOUNTS, CLIENTS, ClientName
from deploy.demo.person import Bill, Person
from shared.money import Money

TAX_PERCENT = {"FI": Decimal("25.5"), "NO": Decimal(25)}


@dataclass(frozen=True)
class Handed:
    """A file as a client hands it in; `earlier` is what it tells of its own steps, as JSON."""

    client: ClientName
    name: str
    content: bytes
    earlier: str
    bills: tuple[tuple[Person, Bill], ...]  # In the file's order.


def files(client: ClientName, people: Sequence[Person], day: date) -> list[Handed]:
    """What a client hands in on a day: Finnish businesses as Finvoice, everybody else as JSON."""
    bills = [(person, bill) for person in people for bill in person.bills]
    told = [each for each in bills if _in_finvoice(*each)]
    rest = [each for each in bills if not _in_finvoice(*each)]
    made = []
    if told:
        content = b"".join(finvoice(*each) for each in told)
        made.append(Handed(client, f"{client}-{day}.xml", content, earlier(told), tuple(told)))
    if rest:
        content = json.dumps([as_json(*each) for each in rest], ensure_ascii=False, indent=1).encode()
        made.append(Handed(client, f"{client}-{day}.json", content, earlier(rest), tuple(rest)))
    return made


def _in_finvoice(person: Person, bill: Bill) -> bool:
    return person.country == "FI" and person.business and not bill.flaw


def earlier(bills: Sequence[tuple[Person, Bill]]) -> str:
    """What the client did itself, with the document that proves it."""
    steps = [
        {
            "kind": step.kind, "sent": step.sent.isoformat(), "channel": "letter", "cost": step.cost,
            "pay_by": step.pay_by.isoformat(), "proof": f"{step.kind}-{bill.number}.pdf", "invoice": bill.number,
        }
        for _, bill in bills
        if (step := bill.own_step) is not None
    ]  # fmt: skip
    return json.dumps(steps) if steps else ""


def as_json(person: Person, bill: Bill) -> dict[str, Any]:
    """One invoice as intake's JSON."""
    net, tax = _split(person, bill)
    total = net + tax
    debtor: dict[str, Any] = {
        "name": person.name, "kind": "business" if person.business else "consumer", "identifier": person.identifier,
        "address": [person.street], "post_code": person.postcode, "town": person.town, "country": person.country,
        "email": person.email, "phone": person.phone, "language": person.language,
    }  # fmt: skip
    told: dict[str, Any] = {
        "number": bill.number, "issued": bill.issued.isoformat(), "due": bill.due.isoformat(),
        "currency": person.currency, "total": _point(total), "net": _point(net), "tax": _point(tax),
        "reference": bill.reference, "account": CLIENT_ACCOUNTS[person.client], "subject": bill.subject,
        "rows": [{"text": bill.subject, "amount": _point(total)}], "seller": _seller(person.client), "debtor": debtor,
    }  # fmt: skip
    match bill.flaw:
        case "no_identifier":
            del debtor["identifier"]
        case "wrong_identifier":
            debtor["identifier"] = person.identifier[:-1] + ("1" if person.identifier[-1] == "0" else "0")
        case "sums_differ":
            told["net"] = _point(net - 10_00)
        case "paid_already":
            told["status"] = "PAID"
        case "no_due_day":
            del told["due"]
    return told


def _seller(name: ClientName) -> dict[str, Any]:
    client = agency.client(name)
    return {
        "name": client["name"], "business_id": client["business_id"], "address": [client["street"]],
        "post_code": client["postcode"], "town": client["town"], "country": client["country"],
    }  # fmt: skip


def finvoice(person: Person, bill: Bill) -> bytes:
    """One invoice as Finvoice 3.0, in the encoding most Finnish systems write."""
    seller, (net, tax) = agency.client(person.client), _split(person, bill)
    root = etree.Element("Finvoice", Version="3.0")
    party = _under(root, "SellerPartyDetails")
    _under(party, "SellerPartyIdentifier", seller["business_id"])
    _under(party, "SellerOrganisationName", seller["name"])
    _address(party, "Seller", seller["street"], seller["town"], seller["postcode"])
    _under(root, "InvoiceRecipientLanguageCode", "FI")
    buyer = _under(root, "BuyerPartyDetails")
    _under(buyer, "BuyerPartyIdentifier", person.identifier)
    _under(buyer, "BuyerOrganisationName", person.name)
    _address(buyer, "Buyer", person.street, person.town, person.postcode)
    reach = _under(root, "BuyerCommunicationDetails")
    _under(reach, "BuyerPhoneNumberIdentifier", person.phone)
    _under(reach, "BuyerEmailaddressIdentifier", person.email)
    _details(root, bill, net, tax)
    row = _under(root, "InvoiceRow")
    _under(row, "ArticleName", bill.subject)
    _under(row, "RowVatRatePercent", _comma(TAX_PERCENT["FI"]))
    _amount(row, "RowVatAmount", tax)
    _amount(row, "RowVatExcludedAmount", net)
    _amount(row, "RowAmount", net + tax)
    _payment(root, person, bill, net + tax)
    written: Any = etree.tostring(root, xml_declaration=True, encoding="ISO-8859-15", pretty_print=True)
    return bytes(written)  # The published types of lxml think of text for encodings they do not know.


def _details(root: etree._Element, bill: Bill, net: int, tax: int) -> None:
    details = _under(root, "InvoiceDetails")
    _under(details, "InvoiceTypeCode", "INV01")
    _under(details, "InvoiceTypeText", "LASKU")
    _under(details, "OriginCode", "Original")
    _under(details, "InvoiceNumber", bill.number)
    _day(details, "InvoiceDate", bill.issued)
    _amount(details, "InvoiceTotalVatExcludedAmount", net)
    _amount(details, "InvoiceTotalVatAmount", tax)
    _amount(details, "InvoiceTotalVatIncludedAmount", net + tax)
    _day(_under(details, "PaymentTermsDetails"), "InvoiceDueDate", bill.due)


def _payment(root: etree._Element, person: Person, bill: Bill, total: int) -> None:
    epi = _under(root, "EpiDetails")
    identification = _under(epi, "EpiIdentificationDetails")
    _day(identification, "EpiDate", bill.issued)
    _under(identification, "EpiReference")
    parties = _under(epi, "EpiPartyDetails")
    _under(parties, "EpiBfiPartyDetails")
    payee = _under(parties, "EpiBeneficiaryPartyDetails")
    _under(payee, "EpiNameAddressDetails", agency.client(person.client)["name"])
    _under(payee, "EpiAccountID", CLIENT_ACCOUNTS[person.client]).set("IdentificationSchemeName", "IBAN")
    order = _under(epi, "EpiPaymentInstructionDetails")
    _under(order, "EpiRemittanceInfoIdentifier", bill.reference).set("IdentificationSchemeName", "SPY")
    _amount(order, "EpiInstructedAmount", total)
    _under(order, "EpiCharge", "SLEV").set("ChargeOption", "SLEV")
    _day(order, "EpiDateOptionDate", bill.due)


def _address(party: etree._Element, whose: str, street: str, town: str, postcode: str) -> None:
    address = _under(party, f"{whose}PostalAddressDetails")
    _under(address, f"{whose}StreetName", street)
    _under(address, f"{whose}TownName", town)
    _under(address, f"{whose}PostCodeIdentifier", postcode)
    _under(address, "CountryCode", "FI")


def _under(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, name)
    made.text = text
    return made


def _day(parent: etree._Element, name: str, day: date) -> None:
    _under(parent, name, day.strftime("%Y%m%d")).set("Format", "CCYYMMDD")


def _amount(parent: etree._Element, name: str, minor: int) -> None:
    _under(parent, name, _comma(Money(minor).decimal)).set("AmountCurrencyIdentifier", "EUR")


def _split(person: Person, bill: Bill) -> tuple[int, int]:
    """Net and tax of an invoice; together they are its total."""
    net = int(bill.minor * 100 / (100 + TAX_PERCENT[CLIENTS[person.client]]))
    return net, bill.minor - net


def _point(minor: int) -> str:
    return str(Money(minor).decimal)


def _comma(number: Decimal) -> str:
    return str(number).replace(".", ",")
