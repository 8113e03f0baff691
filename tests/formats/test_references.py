"""Payment references, with the published numbers of Finance Finland, Nets and the banks as vectors."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import references
from shared.money import Money

VIITTEET = {
    "100": "1009",
    "101": "1012",
    "104": "1041",
    "110": "1106",
    "100000000": "1000000009",
    "123456": "1234561",
    "234823": "2348236",
    "123456712345678": "1234567123456784",
}
RF = {
    "1234561": "RF341234561",
    "7663": "RF047663",
    "5555": "RF785555",
    "2348236": "RF332348236",
    "11112": "RF9811112",
    "917192622959197870": "RF62917192622959197870",
    "0013": "RF4113",
}
BARCODES = [
    (
        "458101710000001220004829900000000559582243294671120131",
        "FI5810171000000122",
        482_99,
        "559582243294671",
    ),
    (
        "402500046400013020006938000000069875672083435364110724",
        "FI0250004640001302",
        693_80,
        "69875672083435364",
    ),
    (
        "415660100015306410074445400000007758474790647489191219",
        "FI1566010001530641",
        7444_54,
        "7758474790647489",
    ),
    (
        "502500046400013020006938061000000000698756720839110724",
        "FI0250004640001302",
        693_80,
        "RF61698756720839",
    ),
    (
        "516800014000502670009358560000078777679656628687000000",
        "FI1680001400050267",
        935_85,
        "RF6078777679656628687",
    ),
    (
        "515660100015306410074445484000007758474790647489191219",
        "FI1566010001530641",
        7444_54,
        "RF847758474790647489",
    ),
    ("437159030000007760000122500000000000000000011112161221", "FI3715903000000776", 12_25, "11112"),
    ("537159030000007760000011098000000000000000011112170101", "FI3715903000000776", 1_10, "RF9811112"),
]


@pytest.mark.parametrize(("base", "whole"), VIITTEET.items())
def test_a_viitenumero_gets_its_check_digit(base: str, whole: str) -> None:
    assert references.viitenumero(base) == whole
    assert references.valid_viitenumero(whole)


@pytest.mark.parametrize(
    "written",
    [
        "1511890656",
        "559582243294671",
        "3222190631525115",
        "77584747906474893225",
        "917192622959197870",
        "1313",
    ],
)
def test_published_viitenumerot_are_valid(written: str) -> None:
    assert references.valid_viitenumero(written)


@pytest.mark.parametrize("written", ["111", "123", "999", "1042005", "000440", "0000", "", "12A4", "²³⁴⁵"])
def test_what_is_no_viitenumero_is_refused(written: str) -> None:
    assert not references.valid_viitenumero(written)


@pytest.mark.parametrize("base", ["12", "1" * 20, "", "12x4", -5])
def test_a_viitenumero_is_not_made_of_too_few_or_too_many_digits(base: str | int) -> None:
    with pytest.raises(ValueError, match="3 to 19 digits"):
        references.viitenumero(base)


def test_a_viitenumero_is_printed_in_groups_of_five_from_the_right() -> None:
    assert references.print_viitenumero("1234567123456784") == "1 23456 71234 56784"
    assert references.print_viitenumero("00000000000001000000009") == "10000 00009"


@given(st.integers(min_value=100, max_value=10**19 - 1), st.integers(min_value=1, max_value=9))
def test_one_wrong_digit_is_always_seen(base: int, change: int) -> None:
    whole = references.viitenumero(base)
    wrong = whole[:-1] + str((int(whole[-1]) + change) % 10)
    assert references.valid_viitenumero(whole)
    assert not references.valid_viitenumero(wrong)


@pytest.mark.parametrize(("viite", "international"), RF.items())
def test_a_viitenumero_has_an_international_form(viite: str, international: str) -> None:
    assert references.rf(viite) == international
    assert references.valid_rf(international)
    assert references.rf_body(international) == viite.lstrip("0")


@pytest.mark.parametrize("written", ["RF18539007547034", "RF97C2H5OH", "RF7812345 ", "rf34 1234 561"])
def test_rf_references_of_others_are_valid(written: str) -> None:
    assert references.valid_rf(written)


@pytest.mark.parametrize("written", ["RF351234561", "RF34", "1234561", "RF34" + "1" * 22, ""])
def test_what_is_no_rf_reference_is_refused(written: str) -> None:
    assert not references.valid_rf(written)


def test_rf_and_viitenumero_and_padding_and_blanks_mean_one_reference() -> None:
    for written in ("1234561", "00000000000001234561", "RF341234561", "RF34 1234 561", " 1234 561 "):
        assert references.same_reference(written, "1234561")


def test_an_rf_reference_whose_body_is_no_viitenumero_stands_for_itself() -> None:
    assert not references.same_reference("RF18539007547034", "539007547034")
    assert references.same_reference("RF18 5390 0754 7034", "RF18539007547034")


def test_leading_zeros_tell_two_kids_apart() -> None:
    assert not references.same_reference("0000531", "531", "NO")
    assert references.same_reference("0000 531", "0000531", "NO")


def test_a_kid_gets_the_check_digit_of_its_algorithm_and_keeps_its_zeros() -> None:
    assert references.kid_check_digit("12345678", "mod10") == "2"
    assert references.kid_check_digit("12345678", "mod11") == "5"
    assert references.kid(12345678, 12) == "000123456782"
    assert references.kid("12345678", 9, "mod11") == "123456785"


@pytest.mark.parametrize("base", ["1009", "1012", "1026"])
def test_a_number_without_a_mod11_digit_is_left_out_but_understood_when_told(base: str) -> None:
    with pytest.raises(ValueError, match="no check digit"):
        references.kid(base, 5, "mod11")
    assert references.valid_kid(base + "-", "mod11")
    assert not references.valid_kid(base + "-", "mod10")


@pytest.mark.parametrize("written", ["0036633", "0165867"])
def test_published_kids_by_mod11_are_valid(written: str) -> None:
    assert references.valid_kid(written, "mod11", (7,))


def test_a_published_kid_by_mod10_is_valid_only_in_its_agreed_length() -> None:
    assert references.valid_kid("02341291038301", "mod10", (7, 14))
    assert not references.valid_kid("02341291038301", "mod10", (13,))


@pytest.mark.parametrize("number", ["1234567890123", 12.5, "12a"])
def test_a_number_that_does_not_fit_makes_no_kid(number: str) -> None:
    with pytest.raises(ValueError, match="does not make a KID"):
        references.kid(number, 8)


def test_an_ocr_number_may_carry_its_length() -> None:
    assert references.ocr("12345", with_length=False) == "123455"
    assert references.ocr("12345") == "1234574"
    assert references.valid_ocr("1234574", with_length=True)
    assert references.valid_ocr("123455")
    assert not references.valid_ocr("123455", with_length=True)
    assert not references.valid_ocr("123451")


@pytest.mark.parametrize(("digits", "iban", "minor", "reference"), BARCODES)
def test_the_bank_bar_code_is_as_published(digits: str, iban: str, minor: int, reference: str) -> None:
    day = digits[-6:]
    due = None if day == "000000" else date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    made = references.virtual_barcode(iban, Money(minor), reference, due)
    assert made == digits
    assert len(made) == 54


def test_an_amount_too_large_for_the_bar_code_is_left_to_the_payer() -> None:
    made = references.virtual_barcode("FI5810171000000122", Money(1_000_000_00), "1009", date(2026, 1, 5))
    assert made[17:25] == "00000000"


@pytest.mark.parametrize(
    ("iban", "amount", "reference"),
    [
        ("NO9386011117947", Money(100), "1009"),
        ("FI5810171000000122", Money(100, "NOK"), "1009"),
        ("FI5810171000000122", Money(-100), "1009"),
        ("FI5810171000000122", Money(100), "1008"),
        ("FI5810171000000122", Money(100), "RF97C2H5OH"),
    ],
)
def test_no_bar_code_is_made_that_a_bank_could_not_read(iban: str, amount: Money, reference: str) -> None:
    with pytest.raises(ValueError, match="bank bar code"):
        references.virtual_barcode(iban, amount, reference, None)


def test_a_qr_code_says_the_payment_in_lines() -> None:
    said = references.epc_qr("Sovinto Perintä Oy", "FI58 1017 1000 0001 22", Money(125_40), reference="1234561")
    assert said.split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "",
        "Sovinto Perintä Oy",
        "FI5810171000000122",
        "EUR125.40",
        "",
        "RF341234561",
    ]


@pytest.mark.parametrize(
    ("amount", "reference", "text"),
    [
        (Money(0), "1234561", ""),
        (Money(100, "NOK"), "1234561", ""),
        (Money(100), "1234561", "and a text"),
        (Money(100), "", ""),
        (Money(100), "1234560", ""),
        (Money(100), "", "x" * 141),
    ],
)
def test_no_qr_code_is_made_that_a_bank_would_refuse(amount: Money, reference: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"QR code|viitenumero"):
        references.epc_qr("Sovinto", "FI5810171000000122", amount, reference=reference, text=text)
