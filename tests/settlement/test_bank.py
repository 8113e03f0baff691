"""Reading what a bank tells: whose account, what each transaction is to us, and up to which day money is known."""

from datetime import UTC, date, datetime

import pytest

from services.settlement import bank, camt054
from services.settlement.bank import Nature, NotBooked
from services.settlement.bank_file import Notification
from shared.money import Money
from tests.settlement.facts import AGENCY_SET, IBAN, PARTY, PAYERS, REFERENCE, Line
from tests.settlement.facts import camt054 as a_file

ACCOUNT = AGENCY_SET.accounts[0]
TODAY = date(2026, 5, 5)


def told(*lines: Line, **more: str) -> Notification:
    return camt054.read(a_file(lines, **more)).notifications[0]


def empty(created: datetime | None, to: datetime | None = None, from_: datetime | None = None) -> Notification:
    return Notification(IBAN, "EUR", "N", created, from_, to, (), ())


def test_an_account_of_ours_is_known_in_either_norwegian_writing() -> None:
    assert bank.ours(told(iban="NO9386011117947"), AGENCY_SET.accounts) == AGENCY_SET.accounts[1]
    assert bank.ours(told(iban=PAYERS), AGENCY_SET.accounts) is None


def test_all_of_an_account_that_is_not_ours_is_held_by_code() -> None:
    held = bank.not_ours(told(Line("1.00"), Line("2.00", number="2"), iban=PAYERS))
    assert [each.code for each in held] == ["unknown_account", "unknown_account"]
    assert [each.code for each in bank.not_ours(told(iban=PAYERS))] == ["unknown_account"]


def test_money_in_another_currency_than_its_account_is_held() -> None:
    [each] = told(Line("1.00", currency="SEK")).transactions
    wrong = bank.in_account_currency(each, ACCOUNT)
    assert isinstance(wrong, NotBooked)
    assert wrong.code == "other_currency"
    assert bank.in_account_currency(told(Line("1.00")).transactions[0], ACCOUNT) is None


@pytest.mark.parametrize(
    ("line", "nature"),
    [
        (Line("1.00"), "payment"),
        (Line("1.00", way="DBIT"), "payout"),
        (Line("1.00", returned="AC04"), "payout_returned"),
        (Line("1.00", way="DBIT", returned="MD06"), "payment_taken_back"),
    ],
)
def test_a_transaction_is_what_the_bank_marks_it_as(line: Line, nature: Nature) -> None:
    assert bank.nature(told(line).transactions[0]) == nature


@pytest.mark.parametrize(
    ("notification", "day"),
    [
        (told(Line("1.00", paid_on="2026-05-04")), date(2026, 5, 4)),
        (told(Line("1.00", paid_on="2026-05-05")), date(2026, 5, 5)),
        # Nothing came; the file was made on Tuesday morning, then on Monday morning, then in the evening.
        (empty(datetime(2026, 5, 5, 7, 10, tzinfo=UTC)), date(2026, 5, 4)),
        (empty(datetime(2026, 5, 4, 7, 10, tzinfo=UTC)), date(2026, 4, 30)),  # The first of May is no bank day.
        (empty(datetime(2026, 5, 4, 18, 0, tzinfo=UTC)), date(2026, 5, 4)),
        # The bank's own period says it best; midnight is the end of the day before.
        (empty(datetime(2026, 5, 5, 7, 10, tzinfo=UTC), to=datetime(2026, 5, 3, 23, 59, tzinfo=UTC)), date(2026, 5, 3)),
        (empty(None, to=datetime(2026, 5, 4, tzinfo=UTC), from_=datetime(2026, 5, 3, tzinfo=UTC)), date(2026, 5, 3)),
        (empty(None), date(2026, 5, 4)),
    ],
)
def test_money_is_known_up_to_the_last_whole_day_a_file_tells_of(notification: Notification, day: date) -> None:
    assert bank.covers(notification, TODAY) == day


def test_a_payment_keeps_its_three_days_its_key_and_a_digest_of_the_payers_own_id() -> None:
    [each] = told(Line("12.50", REFERENCE, end_to_end="Maija Malli 12")).transactions
    made = bank.received(each, ACCOUNT, "d", REFERENCE, (PARTY,))
    assert (made.amount, made.paid_on, made.booked_on) == (Money(12_50), date(2026, 5, 4), date(2026, 5, 4))
    assert made.origin == bank.origin(IBAN, "Maija Malli 12")
    assert "Maija" not in str(made.origin)
    assert made.payer.value is not None
    assert (made.payer.value.account, made.payer.parties) == (PAYERS, (PARTY,))


def test_a_statement_is_not_booked_for_its_money_is_told_again_by_notifications() -> None:
    file = camt054.read(a_file([Line("1.00")]).replace(b"BkToCstmrDbtCdtNtfctn", b"BkToCstmrStmt")
                        .replace(b"Ntfctn>", b"Stmt>"))  # fmt: skip
    assert [each.code for each in bank.not_a_notification(file)] == ["not_a_notification"]


@pytest.mark.parametrize(
    ("reference", "plain"),
    [
        ("1000000000009", True),
        ("RF18539007547034", True),
        ("Maija Malli, lasku", False),
        ("010190-999X", False),
        ("01010750160", False),  # A made-up Norwegian birth number.
    ],
)
def test_what_may_be_a_persons_is_not_kept_in_the_clear_as_a_reference(reference: str, plain: bool) -> None:
    [each] = told(Line("1.00", reference)).transactions
    made = bank.received(each, ACCOUNT, "d", reference, (PARTY,))
    assert made.reference == (reference if plain else None)
    assert made.payer.value is not None
    assert (reference in (made.payer.value.text or "")) is not plain


@pytest.mark.parametrize(("written", "kept"), [("AC04", "AC04"), ("Maija ei halunnut", "not told")])
def test_why_money_came_back_is_kept_as_a_code_only(written: str, kept: str) -> None:
    [each] = told(Line("1.00", way="DBIT", returned=written)).transactions
    assert bank.because(each) == kept
