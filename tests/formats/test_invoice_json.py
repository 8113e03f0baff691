"""Invoices as JSON: documented names, amounts as text, and every mistake named with its field."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.intake import channels
from services.intake.channels.invoice_json import JsonInvoice
from shared.money import Money
from shared.xml import Unreadable

FILES = Path(__file__).parent / "files"
SCHEMA = Path(channels.__file__).parent / "invoice.schema.json"


def test_invoices_of_two_countries_are_read_in_full() -> None:
    told = channels.read((FILES / "invoices.json").read_bytes())
    assert told.format == "json"
    finnish, norwegian, credit = (each.invoice for each in told.read)
    assert finnish is not None
    assert norwegian is not None
    assert credit is not None
    assert (finnish.total, finnish.due, finnish.debtor.person_id) == (Money(125_50), date(2026, 1, 26), "010190-901R")
    assert (finnish.subject, finnish.rows, finnish.defects, finnish.warnings) == ("Huolto, Matka", 2, (), ())
    assert (norwegian.total, norwegian.principal) == (Money(1250_00, "NOK"), Money(250_00, "NOK"))
    assert (norwegian.reference, norwegian.debtor.business_id) == ("000000778", "912345610")
    assert (norwegian.defects, norwegian.warnings) == ((), ())
    assert (credit.kind, credit.total, credit.original_number) == ("credit_note", Money(-25_50), "J-1")


@pytest.mark.parametrize(
    ("index", "code", "where"),
    [
        (1, "bad_amount", "total"),  # Decimal comma.
        (2, "bad_date", "due"),  # 30 February.
        (3, "bad_amount", "total"),  # Zero.
        (4, "bad_amount", "total"),  # Negative.
        (5, "bad_amount", "total"),  # A number, not text.
        (6, "unknown_field", "totl"),
        (7, "currency_not_ours", "currency"),
        (8, "amounts_do_not_add_up", "payable"),
        (9, "missing_debtor", "debtor.name"),
        (10, "bad_identifier", "debtor.identifier"),
        (11, "already_paid", "status"),
        (12, "factored", "factored"),
        (13, "missing_field", "number"),
        (14, "bad_amount", "total"),  # A tenth of a cent.
        (15, "amounts_do_not_add_up", "total"),
    ],
)
def test_each_mistake_is_named_and_stops_nothing_else(index: int, code: str, where: str) -> None:
    told = channels.read((FILES / "invoices_with_mistakes.json").read_bytes()).read
    assert [(defect.code, defect.where) for defect in told[index - 1].defects] == [(code, where)]
    assert told[-1].defects == ()
    assert len(told) == 17


def test_a_wrong_reference_is_a_warning() -> None:
    invoice = channels.read((FILES / "invoices_with_mistakes.json").read_bytes()).read[15].invoice
    assert invoice is not None
    assert ([warning.code for warning in invoice.warnings], invoice.defects) == (["bad_reference"], ())


def test_a_single_object_is_a_file_too() -> None:
    raw = json.dumps(json.loads((FILES / "invoices.json").read_bytes())[0]).encode()
    (read,) = channels.read(b"\xef\xbb\xbf" + raw).read
    assert read.defects == ()


def test_rows_that_make_another_sum_are_a_defect() -> None:
    told = json.loads((FILES / "invoices.json").read_bytes())[0]
    told["rows"][0]["amount"] = "99.00"
    (read,) = channels.read(json.dumps(told).encode()).read
    assert [(defect.code, defect.where) for defect in read.defects] == [("amounts_do_not_add_up", "rows")]


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b'[{"number": "1"},', "line 1"),
        (b'[\n{"number": "1",\n}]', "line 3"),
        ('[{"number":\n"ä"}]'.encode("latin-1"), "line 2"),
        (b"[" * 100_000, "line 1"),
        (b"{", "line 1"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(raw: bytes, where: str) -> None:
    with pytest.raises(Unreadable) as refused:
        channels.read(raw)
    assert (refused.value.code, refused.value.where) == ("not_readable", where)


@pytest.mark.parametrize(("raw", "code"), [(b"[]", "not_an_invoice"), (b"[" + b"{}," * 10_000 + b"{}]", "too_many")])
def test_none_or_too_many_invoices_are_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        channels.read(raw)
    assert refused.value.code == code


@pytest.mark.parametrize("record", [5, "x", None, [], {"debtor": {"shoe": 44}}, {"debtor": None}, {"rows": [{}]}])
def test_a_record_of_another_shape_is_a_defect_of_its_own(record: Any) -> None:
    (read,) = channels.read(json.dumps([record]).encode()).read
    assert read.invoice is None
    assert [defect.code for defect in read.defects] in (["bad_field"], ["unknown_field"])


def test_the_published_schema_is_the_one_the_reader_has() -> None:
    made = msgspec.json.schema(JsonInvoice | list[JsonInvoice])
    assert json.loads(SCHEMA.read_bytes()) == made


def test_a_message_repeats_no_letters_of_the_file() -> None:
    told = {"number": "1", "total": "Päivi", "due": "Äijälä", "currency": "MATTI", "debtor": {"name": "Päivi Äijälä"}}
    (read,) = channels.read(json.dumps(told).encode()).read
    (other,) = channels.read(json.dumps({"status": "Päivi"}).encode()).read
    said = " ".join(defect.what for defect in (*read.defects, *other.defects))
    assert not any(name in said for name in ("Päivi", "Äijälä", "MATTI"))
    assert [defect.code for defect in other.defects] == ["bad_field"]
