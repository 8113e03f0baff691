"""Finvoice as it comes: what is read from it, and each way in which it has been seen to go wrong."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.intake import channels
from services.intake.channels.invoice import Invoice, InvoiceRead
from shared.money import Money
from shared.xml import Unreadable

FILES = Path(__file__).parent / "files"
BUSINESS = (FILES / "finvoice_business.xml").read_bytes()
TOTAL = b'<InvoiceTotalVatIncludedAmount AmountCurrencyIdentifier="EUR">125,50<'
TO_PAY = b'<EpiInstructedAmount AmountCurrencyIdentifier="EUR">125,50<'


def only(raw: bytes) -> Invoice:
    (read,) = channels.read(raw).read
    assert read.invoice is not None
    assert read.defects == read.invoice.defects
    return read.invoice


def changed(old: bytes, new: bytes, raw: bytes = BUSINESS) -> Invoice:
    assert old in raw
    return only(raw.replace(old, new))


def codes(invoice: Invoice) -> list[str]:
    return [defect.code for defect in invoice.defects]


def warnings(invoice: Invoice) -> list[str]:
    return [warning.code for warning in invoice.warnings]


def test_a_business_invoice_is_read_in_full() -> None:
    invoice = only(BUSINESS)
    assert (invoice.number, invoice.kind, invoice.currency) == ("2026-1001", "invoice", "EUR")
    assert (invoice.issued, invoice.due) == (date(2026, 1, 12), date(2026, 1, 26))
    assert invoice.total == invoice.payable == invoice.principal == Money(125_50)
    assert (invoice.reference, invoice.payee_account, invoice.bic) == ("20261007", "FI2112345600000785", "NDEAFIHH")
    assert invoice.overdue_rate == Decimal("10.5")
    assert (invoice.subject, invoice.rows) == ("Sähkökeskuksen huolto", 1)
    assert (invoice.seller.name, invoice.seller.business_id) == ("Hämeen Sähkötyö Oy", "2233449-0")
    debtor = invoice.debtor
    assert (debtor.name, debtor.kind, debtor.business_id) == ("Kärppäkorven Kahvi Oy", "business", "7654322-0")
    assert (debtor.address, debtor.post_code, debtor.town) == (("Metsäkaarre 4",), "40100", "Jyväskylä")
    assert (debtor.country, debtor.language, debtor.customer_number) == ("FI", "fi", "A-17")
    assert (debtor.email, debtor.phone) == ("laskut@karppakorpi.example", "+358 50 123 4567")
    assert invoice.defects == invoice.warnings == ()


def test_a_consumer_invoice_in_iso_8859_15_keeps_its_letters_and_asks_for_the_rest() -> None:
    invoice = only((FILES / "finvoice_consumer_latin9.xml").read_bytes())
    assert (invoice.debtor.name, invoice.debtor.town) == ("Äijälä Päivi", "Äänekoski")
    assert (invoice.debtor.kind, invoice.debtor.person_id, invoice.debtor.business_id) == (
        "consumer",
        "010190-901R",
        None,
    )
    assert (invoice.total, invoice.payable, invoice.principal) == (Money(100_40), Money(60_40), Money(60_40))
    assert (invoice.status, invoice.reference) == ("PARTLYPAID", "RF2220262006")
    assert invoice.defects == ()


def test_an_invoice_behind_a_soap_frame_is_read_in_its_own_encoding() -> None:
    invoice = only((FILES / "finvoice_in_soap.xml").read_bytes())
    assert (invoice.number, invoice.debtor.name) == ("2026-1005", "Äijälä Päivi")
    assert invoice.defects == invoice.warnings == ()


def test_version_2_01_is_read_and_checked_against_its_own_schema() -> None:
    invoice = only((FILES / "finvoice_2_01.xml").read_bytes())
    assert (invoice.number, invoice.defects, invoice.warnings) == ("2026-1003", (), ())


def test_the_version_does_not_decide_what_is_read() -> None:
    invoice = changed(b'Version="3.0"', b'Version="1.3"')
    assert (invoice.total, invoice.defects) == (Money(125_50), ())


def test_a_credit_note_has_negative_amounts_and_names_the_invoice_it_lowers() -> None:
    invoice = only((FILES / "finvoice_credit_note.xml").read_bytes())
    assert (invoice.kind, invoice.total, invoice.original_number) == ("credit_note", Money(-12_55), "2026-1001")
    assert invoice.defects == ()


def test_a_credit_note_that_names_no_invoice_lacks_a_fact() -> None:
    raw = (FILES / "finvoice_credit_note.xml").read_bytes()
    invoice = changed(b"<OriginalInvoiceNumber>2026-1001</OriginalInvoiceNumber>", b"", raw)
    assert codes(invoice) == ["missing_field"]


def test_one_bad_record_does_not_stop_the_file() -> None:
    good, bad_month, broken, last = channels.read((FILES / "finvoice_batch.xml").read_bytes()).read
    assert [each.index for each in (good, bad_month, broken, last)] == [1, 2, 3, 4]
    assert good.invoice is not None
    assert last.invoice is not None
    assert (good.invoice.number, good.defects) == ("2026-1006", ())
    assert (last.invoice.number, last.defects) == ("2026-1009", ())
    assert [(defect.code, defect.where) for defect in bad_month.defects] == [
        ("bad_date", "InvoiceDetails/InvoiceDate, line 111")
    ]
    assert broken.invoice is None
    assert [(defect.code, defect.where) for defect in broken.defects] == [("not_readable", "line 186")]


def test_a_file_that_is_not_well_formed_is_refused_with_its_line() -> None:
    with pytest.raises(Unreadable) as refused:
        channels.read(BUSINESS.replace(b"</InvoiceNumber>", b"</Invoicenumber>"))
    assert (refused.value.code, refused.value.where) == ("not_readable", "line 34")


@pytest.mark.parametrize("raw", [b"<Invoice/>", b"<html><body/></html>", b"number;total\n1;2", b"\x00\x01\x02"])
def test_what_is_no_invoice_file_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        channels.read(raw)


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        (b"<InvoiceNumber>2026-1001</InvoiceNumber>", b"", "missing_field", "InvoiceDetails/InvoiceNumber"),
        (b"20260112</InvoiceDate>", b"20261401</InvoiceDate>", "bad_date", "InvoiceDetails/InvoiceDate, line 35"),
        (b"20260126</InvoiceDueDate>", b"20260230</InvoiceDueDate>", "bad_date", "InvoiceDueDate, line 42"),
        (b"20260126</InvoiceDueDate>", b"26.1.2026</InvoiceDueDate>", "bad_date", "InvoiceDueDate, line 42"),
        (TOTAL, TOTAL.replace(b"125,50", b"125.50"), "bad_amount", "InvoiceTotalVatIncludedAmount, line 39"),
        (TOTAL, TOTAL.replace(b"125,50", b"125,505"), "bad_amount", "InvoiceTotalVatIncludedAmount, line 39"),
        (TOTAL, TOTAL.replace(b"125,50", b"1 125,50"), "bad_amount", "InvoiceTotalVatIncludedAmount, line 39"),
        (TOTAL, TOTAL.replace(b"125,50", b"125,51"), "amounts_do_not_add_up", "InvoiceTotalVatIncludedAmount"),
        (TO_PAY, TO_PAY.replace(b"125,50", b"125,51"), "amounts_do_not_add_up", "EpiInstructedAmount"),
        (TO_PAY, TO_PAY.replace(b"125,50", b"0,00"), "already_paid", "EpiInstructedAmount"),
        (TO_PAY, TO_PAY.replace(b"125,50", b"-1,00"), "bad_amount", "EpiInstructedAmount"),
        (b">7654322-0<", b">7654322-1<", "bad_identifier", "BuyerPartyIdentifier, line 16"),
        (b"INV01", b"INV06", "not_an_invoice", "InvoiceTypeCode, line 31"),
        (b">Original<", b">Cancel<", "not_an_invoice", "OriginCode, line 33"),
    ],
)
def test_a_defect_is_named_with_its_code_and_place(old: bytes, new: bytes, code: str, where: str) -> None:
    invoice = changed(old, new)
    assert code in codes(invoice)
    assert where in next(defect.where for defect in invoice.defects if defect.code == code)


def test_a_zero_or_negative_invoice_is_nothing_to_collect() -> None:
    assert codes(changed(b">125,50<", b">0,00<")).count("bad_amount") == 1
    assert "bad_amount" in codes(changed(b">125,50<", b">-125,50<"))


def test_another_currency_is_read_and_refused_by_name() -> None:
    invoice = changed(b'"EUR"', b'"GBP"')
    assert (invoice.currency, invoice.total) == ("GBP", Money(125_50, "GBP"))
    assert codes(invoice) == ["currency_not_ours"]


def test_an_invoice_without_a_buyer_has_nobody_to_pay_it() -> None:
    buyer = BUSINESS[BUSINESS.index(b"  <BuyerPartyDetails>") : BUSINESS.index(b"  <BuyerCommunicationDetails>")]
    assert codes(changed(buyer, b"")) == ["missing_debtor"]


def test_what_is_asked_now_is_the_principal_where_it_is_less_than_the_total() -> None:
    invoice = changed(TO_PAY, TO_PAY.replace(b"125,50", b"45,00"))
    assert (invoice.total, invoice.payable, invoice.principal) == (Money(125_50), Money(45_00), Money(45_00))
    assert invoice.defects == ()


def test_the_due_date_is_the_invoices_and_another_one_in_the_payment_order_is_flagged() -> None:
    invoice = changed(b"20260126</EpiDateOptionDate>", b"20260202</EpiDateOptionDate>")
    assert (invoice.due, warnings(invoice), invoice.defects) == (date(2026, 1, 26), ["due_dates_differ"], ())


def test_an_old_invoice_without_a_due_date_is_due_when_its_payment_order_says() -> None:
    invoice = changed(b'<InvoiceDueDate Format="CCYYMMDD">20260126</InvoiceDueDate>', b"")
    assert (invoice.due, invoice.defects) == (date(2026, 1, 26), ())


def test_a_wrong_reference_is_a_warning() -> None:
    invoice = changed(b">20261007<", b">1042005<")
    assert (invoice.reference, warnings(invoice), invoice.defects) == ("1042005", ["bad_reference"], ())


def test_a_wrong_account_is_a_warning() -> None:
    assert warnings(changed(b"FI2112345600000785", b"FI2112345600000786")) == ["bad_account"]


def test_breaking_the_schema_is_a_warning_that_repeats_nothing_of_the_content() -> None:
    invoice = changed(b"<BuyerStreetName>Mets\xc3\xa4kaarre 4</BuyerStreetName>", b"<BuyerStreetName/>")
    assert warnings(invoice) == ["schema", "missing_address"]
    assert invoice.warnings[0].where == "BuyerStreetName, line 20"
    assert invoice.defects == ()


def test_a_paid_invoice_is_not_collected() -> None:
    raw = (FILES / "finvoice_consumer_latin9.xml").read_bytes()
    assert codes(changed(b"PARTLYPAID", b"PAID", raw)) == ["already_paid"]


def test_a_pledged_claim_belongs_to_another_party() -> None:
    factored = b"<FactoringAgreementDetails/>"
    invoice = changed(b"  <InvoiceRow>", factored + b"<InvoiceRow>")
    assert invoice.factored
    assert codes(invoice) == ["factored"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<BuyerPartyIdentifier>7654322-0</BuyerPartyIdentifier>", b""),
        (b">7654322-0<", b">FI76543220<"),
        (b">7654322-0<", b">76543220<"),
    ],
)
def test_a_business_id_is_found_in_every_place_and_writing(old: bytes, new: bytes) -> None:
    assert changed(old, new).debtor.business_id == "7654322-0"


def test_the_e_invoice_address_holds_the_business_id_too() -> None:
    raw = BUSINESS.replace(b"<BuyerPartyIdentifier>7654322-0</BuyerPartyIdentifier>", b"")
    unit = b"<BuyerOrganisationUnitNumber>003776543220</BuyerOrganisationUnitNumber>\n  <BuyerCommunicationDetails>"
    without = raw.replace(b"<BuyerOrganisationTaxCode>FI76543220</BuyerOrganisationTaxCode>", b"")
    invoice = changed(b"<BuyerCommunicationDetails>", unit, without)
    assert (invoice.debtor.business_id, invoice.debtor.kind) == ("7654322-0", "business")
    assert changed(b"<BuyerCommunicationDetails>", b"<BuyerCommunicationDetails>", without).debtor.kind == "business"


def test_a_wrong_personal_code_is_not_repeated_in_the_defect() -> None:
    raw = (FILES / "finvoice_consumer_latin9.xml").read_bytes()
    invoice = changed(b"010190-901R", b"010190-901S", raw)
    assert invoice.debtor.kind == "consumer"
    assert codes(invoice) == ["bad_identifier"]
    assert "010190" not in str(invoice.defects)


def test_a_file_holds_at_most_ten_thousand_invoices() -> None:
    small = b'<Finvoice Version="3.0"/>'
    with pytest.raises(Unreadable) as refused:
        channels.read(b"<all>" + small * 10_001 + b"</all>")
    assert refused.value.code == "too_many"


def test_many_invoices_in_one_wrapper_are_all_read() -> None:
    body = BUSINESS.partition(b"?>\n")[2]
    read: tuple[InvoiceRead, ...] = channels.read(b"<Invoices>" + body * 3 + b"</Invoices>").read
    assert [each.defects for each in read] == [(), (), ()]
