from datetime import date, datetime, timedelta

import pytest
from lxml import etree

from deploy.demo.agency import CLIENTS, OURS
from deploy.demo.bank import Bank, Movement, payouts_in
from deploy.demo.invoices import Handed, files
from deploy.demo.people import FLAWS, invent
from deploy.demo.person import Person
from services.intake import channels
from services.settlement import camt054, pain001
from services.settlement.bank import covers, nature
from shared import schemas
from shared.calendar import is_bank_day
from shared.money import Money

FIRST_DAY = date(2025, 1, 2)
PEOPLE = invent(200, 365, 1, FIRST_DAY)
THURSDAY = FIRST_DAY


def handed_in(people: list[Person]) -> list[Handed]:
    return [each for name in CLIENTS for each in files(name, [p for p in people if p.client == name], FIRST_DAY)]


def test_the_same_people_cause_the_same_files() -> None:
    assert handed_in(PEOPLE) == handed_in(invent(200, 365, 1, FIRST_DAY))


def test_intake_reads_of_each_invoice_what_was_written() -> None:
    seen = 0
    for handed in handed_in(PEOPLE):
        for (person, bill), read in zip(handed.bills, channels.read(handed.content).read, strict=True):
            assert read.invoice is not None
            invoice = read.invoice
            seen += 1
            assert (invoice.number, invoice.issued, invoice.reference) == (bill.number, bill.issued, bill.reference)
            assert (invoice.debtor.name, invoice.debtor.email) == (person.name, person.email)
            assert (invoice.debtor.phone, invoice.debtor.address) == (person.phone, (person.street,))
            assert invoice.total == Money(bill.minor, person.currency)
            if not bill.flaw:
                assert (read.defects, invoice.warnings) == ((), ())
                assert invoice.debtor.kind == ("business" if person.business else "consumer")
    assert seen == sum(len(person.bills) for person in PEOPLE)


def test_every_finvoice_keeps_to_its_schema() -> None:
    written = [each.content for each in handed_in(PEOPLE) if each.name.endswith(".xml")]
    assert written
    for content in written:
        for each in content.split(b"<?xml")[1:]:
            assert schemas.breaks("Finvoice3.0", etree.fromstring(b"<?xml" + each)) == []


@pytest.mark.parametrize(
    ("flaw", "code"),
    [("no_identifier", ""), ("wrong_identifier", "bad_identifier"), ("sums_differ", "amounts_do_not_add_up"),
     ("paid_already", "already_paid"), ("time_barred", ""), ("no_due_day", "missing_field")],
)  # fmt: skip
def test_each_flaw_is_one_that_intake_names(flaw: str, code: str) -> None:
    person = next(person for person in PEOPLE if person.bills[0].flaw == flaw)
    [handed] = files(person.client, [person], FIRST_DAY)
    [read] = channels.read(handed.content).read
    assert [defect.code for defect in read.defects] == ([code] if code else [])


def test_every_flaw_is_there_among_two_hundred() -> None:
    assert {person.bills[0].flaw for person in PEOPLE} == {"", *FLAWS}


# The bank.


def payment(number: int, on: date, minor: int = 50_00, currency: str = "EUR") -> Movement:
    return Movement("payment", minor, currency, on, "Äijälä Päivi", OURS[currency], f"P1-{number}", "400105")


def read(raw: bytes) -> camt054.Notification:
    assert schemas.breaks("camt.054.001.08", etree.fromstring(raw)) == []
    [told] = camt054.read(raw).notifications
    assert told.held == ()
    return told


def mornings(bank: Bank, days: int = 12) -> dict[tuple[str, date], camt054.Notification]:
    lived = (FIRST_DAY + timedelta(days=number) for number in range(days))
    return {(currency, day): read(raw) for day in lived for currency, raw, _ in bank.morning(day)}


def test_each_account_has_a_file_each_bank_morning_also_an_empty_one() -> None:
    told = mornings(Bank(FIRST_DAY))
    assert {day for currency, day in told if currency == "EUR"} == {
        day for day in (FIRST_DAY + timedelta(days=n) for n in range(12)) if is_bank_day("FI", day)
    }
    assert all(covers(each, day) == day - timedelta(days=1) for (_, day), each in told.items())


def test_a_payment_of_a_weekend_is_booked_on_monday_and_told_on_tuesday_with_the_day_it_was_made() -> None:
    bank, saturday = Bank(FIRST_DAY), date(2025, 1, 11)
    bank.pay(payment(1, saturday))
    [(key, [told])] = [(key, each.transactions) for key, each in mornings(bank, 20).items() if each.transactions]
    assert key == ("EUR", date(2025, 1, 14))
    assert (told.paid_on, told.booked_on, told.amount) == (saturday, date(2025, 1, 13), Money(50_00))
    assert (told.reference, told.end_to_end, told.payer_account) == ("400105", "P1-1", OURS["EUR"])


def test_a_payment_taken_back_names_the_one_it_takes_back() -> None:
    bank = Bank(FIRST_DAY)
    bank.pay(first := payment(1, date(2025, 1, 7), currency="NOK"))
    bank.take_back(first, 2)
    [came], [went] = [each.transactions for each in mornings(bank).values() if each.transactions]
    assert (nature(came), nature(went)) == ("payment", "payment_taken_back")
    assert (went.booked_on, went.reverses, went.return_reason) == (date(2025, 1, 9), "P1-1", "FOCR")


def test_what_we_order_the_bank_to_pay_leaves_and_from_a_closed_account_comes_back() -> None:
    bank, account = Bank(FIRST_DAY), OURS["NOK"]
    bank.closed_accounts.add(account)
    line = pain001.PayoutLine("0123abcd", Money(12_34, "NOK"), "Åse", account, text="Tilbakebetaling")
    order = pain001.write(
        pain001.Payout("M1", datetime(2025, 1, 3, 9), "Pihlajakannas", OURS["NOK"], date(2025, 1, 3), (line,))  # noqa: DTZ001 - the file's own time.
    )
    assert payouts_in(order) == [Movement("payout", 12_34, "NOK", date(2025, 1, 3), "Åse", account, "0123abcd")]
    bank.execute(order, THURSDAY)
    left, back = [each.transactions for each in mornings(bank).values() if each.transactions]
    assert [nature(each) for each in (*left, *back)] == ["payout", "payout_returned"]
    assert [each.end_to_end for each in (*left, *back)] == ["0123abcd"] * 2


def test_two_banks_told_the_same_in_another_order_give_the_same_files() -> None:
    day = date(2025, 1, 7)
    one, other = Bank(FIRST_DAY), Bank(FIRST_DAY)
    for number in (1, 2, 3):
        one.pay(payment(number, day, minor=number % 2 + 1))
    for number in (3, 1, 2):
        other.pay(payment(number, day, minor=number % 2 + 1))
    tomorrow = day + timedelta(days=1)
    assert one.morning(tomorrow) == other.morning(tomorrow)
