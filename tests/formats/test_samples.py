"""Real files that others published, where they are at hand: SOVINTO_SAMPLES names the folder that holds them.

They are read as black boxes. What is expected was taken from the files by hand, or is taken here by plain
XPath.
"""

import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from services.intake import channels
from services.intake.channels.invoice import Invoice
from services.settlement import camt054
from shared.money import Money
from shared.references import same_reference
from shared.xml import Unreadable

SAMPLES = os.environ.get("SOVINTO_SAMPLES")

pytestmark = pytest.mark.skipif(SAMPLES is None, reason="not run: SOVINTO_SAMPLES names no folder of real files")


def files(folder: str) -> list[Path]:
    return sorted(Path(SAMPLES, folder).glob("*.xml")) if SAMPLES else []


def well_formed(path: Path) -> etree._Element | None:
    try:
        return etree.parse(path, etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)).getroot()
    except etree.XMLSyntaxError:
        return None


def told(root: etree._Element, path: str) -> str | None:
    found = root.find(path)
    return (found.text or "").strip() or None if found is not None else None


def invoice(name: str) -> Invoice:
    (read,) = channels.read(Path(str(SAMPLES), "finvoice", name).read_bytes()).read
    assert read.invoice is not None
    return read.invoice


def in_minor_units(amount: str | None) -> int | None:
    return int(Decimal(amount.replace(",", ".")) * 100) if amount else None


@pytest.mark.parametrize("path", files("finvoice"), ids=lambda path: path.stem)
def test_every_invoice_is_read_as_its_file_says(path: Path) -> None:
    root = well_formed(path)
    if root is None:
        with pytest.raises(Unreadable, match=r"line \d+: not well-formed"):
            channels.read(path.read_bytes())
        return
    (read,) = channels.read(path.read_bytes()).read
    assert read.invoice is not None
    due = told(root, ".//InvoiceDueDate") or told(root, ".//EpiDateOptionDate")
    assert read.invoice.number == told(root, ".//InvoiceDetails/InvoiceNumber")
    assert read.invoice.issued is not None
    assert read.invoice.issued.strftime("%Y%m%d") == told(root, ".//InvoiceDetails/InvoiceDate")
    assert read.invoice.due is not None
    assert read.invoice.due.strftime("%Y%m%d") == due
    assert read.invoice.total is not None
    assert read.invoice.total.minor == in_minor_units(told(root, ".//InvoiceTotalVatIncludedAmount"))
    payable = in_minor_units(told(root, ".//EpiInstructedAmount"))
    assert (None if read.invoice.payable is None else read.invoice.payable.minor) == payable
    assert read.invoice.reference == told(root, ".//EpiRemittanceInfoIdentifier")
    assert read.invoice.debtor.name == told(root, ".//BuyerOrganisationName")


def test_the_published_facts_of_known_invoices_hold() -> None:
    credit = invoice("gobl_parse_credit-note.xml")
    assert (credit.kind, credit.total, credit.original_number) == ("credit_note", Money(-125_50), "1042")
    part_paid = invoice("niq_finvoice201_2.xml")
    assert (part_paid.total, part_paid.payable, part_paid.principal) == (Money(1240_00), Money(451_98), Money(451_98))
    valid = invoice("niq_finvoice201_1.xml")
    assert (valid.payable, valid.due, valid.reference) == (Money(451_98), date(2023, 2, 28), "101074450001009462")
    assert "bad_reference" not in [warning.code for warning in valid.warnings]
    assert "bad_reference" in [warning.code for warning in credit.warnings]
    old = invoice("rfinvoice_1.1.xml")
    assert [defect.code for defect in old.defects] == ["bad_identifier"]  # 1234567-8


def transactions_told(root: etree._Element) -> Iterator[tuple[int, int, list[str]]]:
    """Of each entry: its amount, how many transactions it has, and the references in it."""
    for entry in root.iterfind(".//{*}Ntry"):
        references = [(found.text or "").strip() for found in entry.iterfind(".//{*}CdtrRefInf/{*}Ref")]
        amount = in_minor_units(entry.findtext("{*}Amt"))
        assert amount is not None
        yield amount, len(entry.findall(".//{*}TxDtls")), references


@pytest.mark.parametrize("path", files("camt054"), ids=lambda path: path.stem[:40])
def test_every_notification_is_read_as_its_file_says(path: Path) -> None:
    root = etree.parse(path).getroot()
    read = camt054.read(path.read_bytes())
    expected = list(transactions_told(root))
    assert read.count == sum(max(count, 1) for _, count, _ in expected)
    amounts = sum(both.incoming.minor + both.outgoing.minor for both in read.sums)
    assert amounts == sum(amount for amount, _, _ in expected)
    references = [reference for each in read.transactions for reference in each.references]
    references += [reference for each in read.held for reference in each.references]
    assert sorted(references) == sorted(reference for _, _, found in expected for reference in found)
    days = {found.text for found in root.iterfind(".//{*}BookgDt/{*}Dt")}
    assert {each.booked_on.isoformat() for each in read.transactions if each.booked_on} == days
    # An account in Switzerland is none of ours; what lacks a day or an amount is held, with its reason.
    assert {each.code for each in read.held} <= {"no_date", "no_amount"}


def test_five_payments_of_one_batch_are_five_though_three_have_one_reference() -> None:
    (path,) = [path for path in files("camt054") if "ESR-ASR" in path.name]
    batch = [each for each in camt054.read(path.read_bytes()).transactions if each.direction == "in"]
    assert [each.amount.minor for each in batch] == [250_00, 200_00, 300_00, 324_00, 463_00]
    assert len({each.key for each in batch}) == 5
    assert len({each.reference for each in batch}) == 3


def test_a_padded_reference_in_a_real_statement_matches() -> None:
    read = camt054.read(Path(str(SAMPLES), "camt053", "iso20022js_nordea_camt.xml").read_bytes())
    first = read.transactions[0]
    assert (first.amount, first.paid_on) == (Money(10_000_00), date(2019, 5, 7))
    assert same_reference(first.reference or "", "1245")
    assert next(each.reference for each in read.transactions if each.direction == "out") == "RF332348236"


@pytest.mark.parametrize("path", files("camt053"), ids=lambda path: path.stem[:40])
def test_every_statement_is_read_or_refused_as_a_whole(path: Path) -> None:
    if path.name in ("genkgo_camt053.v2.wrong.xml", "bsp_invalid.xml"):
        with pytest.raises(Unreadable):
            camt054.read(path.read_bytes())
        return
    expected = list(transactions_told(etree.parse(path).getroot())) if "garbled" not in path.name else [(0, 0, [])]
    assert camt054.read(path.read_bytes()).count == sum(max(count, 1) for _, count, _ in expected)
