"""Payout files: valid by the schema of ISO 20022, and what is written is what is read back."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settlement import pain001
from services.settlement.pain001 import PaidLine, Payout, PayoutLine
from shared import schemas
from shared.money import Money
from shared.xml import Unreadable, local_names, read_xml

EURO = PayoutLine("line-1", Money(1234_56), "Kärppäkorven Kahvi Oy", "FI55 4234 5670 0000 81", reference="20261007")
RF = PayoutLine("line-2", Money(1), "Åbo Ångbåt Ab", "FI4947300010416310", reference="RF22 2026 2006")
TEXT = PayoutLine("line-3", Money(60_40), "Žofia Łukasz – Håkan", "FI4947300010416310", text="Palautus – kiitos")
KID = PayoutLine("line-4", Money(250_00, "NOK"), "Ås Snekkeri AS", "8601.11.17947", reference="000000778")
SWEDISH = PayoutLine("line-5", Money(10_00, "SEK"), "Öberg & Söner <AB>", "SE4550000000058398257466")
PAYOUT = Payout(
    "SOV-2026-02-03",
    datetime(2026, 2, 3, 9, 30, 15, 999, tzinfo=UTC),
    "Sovinto Perintä Oy",
    "FI2112345600000785",
    date(2026, 2, 4),
    (EURO, KID, RF, TEXT, SWEDISH),
)


def texts(raw: bytes, path: str) -> list[str | None]:
    return [element.text for element in local_names(read_xml(raw)).findall(path)]


def with_line(line: PayoutLine) -> Payout:
    return msgspec.structs.replace(PAYOUT, lines=(line,))


def test_the_file_is_valid_by_the_schema() -> None:
    assert schemas.breaks("pain.001.001.09", read_xml(pain001.write(PAYOUT))) == []


def test_there_is_one_order_per_currency_with_its_own_sum_and_terms() -> None:
    raw = pain001.write(PAYOUT)
    order = "CstmrCdtTrfInitn/PmtInf/"
    assert texts(raw, order + "PmtInfId") == ["SOV-2026-02-03-EUR", "SOV-2026-02-03-NOK", "SOV-2026-02-03-SEK"]
    assert texts(raw, order + "NbOfTxs") == ["3", "1", "1"]
    assert texts(raw, order + "CtrlSum") == ["1294.97", "250.00", "10.00"]
    assert texts(raw, order + "PmtTpInf/SvcLvl/Cd") == ["SEPA", "NURG", "NURG"]
    assert texts(raw, order + "ChrgBr") == ["SLEV", "SHAR", "SHAR"]
    assert texts(raw, order + "ReqdExctnDt/Dt") == ["2026-02-04"] * 3
    assert texts(raw, "CstmrCdtTrfInitn/GrpHdr/NbOfTxs") == ["5"]
    assert texts(raw, "CstmrCdtTrfInitn/GrpHdr/CtrlSum") == ["1554.97"]


def test_a_receivers_reference_is_structured_and_a_text_is_not() -> None:
    raw = pain001.write(PAYOUT)
    remittance = "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/RmtInf/"
    assert texts(raw, remittance + "Strd/CdtrRefInf/Ref") == ["20261007", "RF2220262006", "000000778"]
    assert texts(raw, remittance + "Strd/CdtrRefInf/Tp/CdOrPrtry/Cd") == ["SCOR"] * 3
    assert texts(raw, remittance + "Strd/CdtrRefInf/Tp/Issr") == ["ISO"]
    assert texts(raw, remittance + "Ustrd") == ["Palautus - kiitos"]


def test_nordic_letters_stay_and_others_lose_their_marks() -> None:
    raw = pain001.write(PAYOUT)
    assert "Åbo Ångbåt Ab" in raw.decode("utf-8")
    assert "Zofia .ukasz - Håkan" in raw.decode("utf-8")
    assert texts(raw, "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/Cdtr/Nm")[-1] == "Öberg & Söner <AB>"


def test_an_account_is_written_as_iban_or_as_the_national_number() -> None:
    raw = pain001.write(PAYOUT)
    account = "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/CdtrAcct/Id/"
    assert texts(raw, account + "IBAN")[0] == "FI5542345670000081"
    assert texts(raw, account + "Othr/Id") == ["86011117947"]
    assert texts(raw, account + "Othr/SchmeNm/Cd") == ["BBAN"]


def test_no_postal_address_is_given() -> None:
    assert b"PstlAdr" not in pain001.write(PAYOUT)


def test_what_is_read_back_is_what_was_written() -> None:
    assert pain001.read_back(pain001.write(PAYOUT)) == (
        PaidLine("line-1", Money(1234_56), "FI5542345670000081"),
        PaidLine("line-2", Money(1), "FI4947300010416310"),
        PaidLine("line-3", Money(60_40), "FI4947300010416310"),
        PaidLine("line-4", Money(250_00, "NOK"), "86011117947"),
        PaidLine("line-5", Money(10_00, "SEK"), "SE4550000000058398257466"),
    )


@given(
    st.integers(min_value=1, max_value=10**15),
    st.sampled_from(["EUR", "NOK", "SEK"]),
    st.text(min_size=1).filter(lambda name: bool(name.strip())),
    st.text(),
)
def test_no_name_or_text_breaks_the_file(minor: int, currency: str, name: str, text: str) -> None:
    line = PayoutLine("a", Money(minor, currency), name, "FI5542345670000081", text=text or None)
    raw = pain001.write(with_line(line))
    assert schemas.breaks("pain.001.001.09", read_xml(raw)) == []
    assert [paid.amount for paid in pain001.read_back(raw)] == [Money(minor, currency)]


def test_the_same_payout_is_the_same_file_to_the_byte() -> None:
    assert pain001.write(PAYOUT) == pain001.write(PAYOUT)


@pytest.mark.parametrize(
    "wrong",
    [
        msgspec.structs.replace(PAYOUT, lines=()),
        msgspec.structs.replace(PAYOUT, lines=(EURO, EURO)),
        msgspec.structs.replace(PAYOUT, message_id="x" * 32),
        msgspec.structs.replace(PAYOUT, message_id="å"),
        with_line(msgspec.structs.replace(EURO, end_to_end_id="x" * 36)),
        with_line(msgspec.structs.replace(EURO, end_to_end_id="/x")),
        with_line(msgspec.structs.replace(EURO, end_to_end_id="x/")),
        with_line(msgspec.structs.replace(EURO, end_to_end_id="x//y")),
        with_line(msgspec.structs.replace(EURO, end_to_end_id="")),
        with_line(msgspec.structs.replace(EURO, amount=Money(0))),
        with_line(msgspec.structs.replace(EURO, amount=Money(-1))),
        with_line(msgspec.structs.replace(EURO, amount=Money(1, "DKK"))),
        with_line(msgspec.structs.replace(EURO, text="and a text")),
        with_line(msgspec.structs.replace(EURO, reference="1" * 36)),
        with_line(msgspec.structs.replace(EURO, reference="é")),
        with_line(msgspec.structs.replace(EURO, to_name=" ")),
        with_line(msgspec.structs.replace(EURO, to_account="1")),
    ],
)
def test_what_a_bank_would_refuse_is_not_written(wrong: Payout) -> None:
    with pytest.raises(ValueError, match=r"."):
        pain001.write(wrong)


@pytest.mark.parametrize("raw", [b"<Document/>", b"<Document><CstmrCdtTrfInitn/></Document>"])
def test_another_file_is_no_payout(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        pain001.read_back(raw)


@pytest.mark.parametrize(("old", "new"), [(b">1234.56<", b">x<"), (b"<EndToEndId>line-1</EndToEndId>", b"")])
def test_a_payout_line_that_lost_something_is_named_with_its_line(old: bytes, new: bytes) -> None:
    raw = pain001.write(PAYOUT)
    assert old in raw
    with pytest.raises(Unreadable, match=r"line \d+"):
        pain001.read_back(raw.replace(old, new))
