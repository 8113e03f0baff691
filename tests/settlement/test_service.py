"""The whole of settlement over a real PostgreSQL: bank files in, payouts out, and a ledger that agrees with both."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from lxml import etree
from msgspec.structs import replace

from services.settlement import pain001
from services.settlement.check import check
from shared.events import settlement as told
from shared.events.contact import DisputeResolved
from shared.events.gateway import CollectionStopped
from shared.events.intake import CaseAccepted, CaseReceived
from shared.ids import account_id
from shared.money import Money
from shared.schemas import schema
from shared.setup import MoneyKnown
from tests.settlement.conftest import Settlement
from tests.settlement.facts import (
    CASE,
    CLAIM,
    CLIENT,
    CLIENT_SET,
    CLIENTS,
    IBAN,
    PARTY,
    PAYERS,
    REFERENCE,
    Line,
    camt054,
    claim,
)  # fmt: skip

FRIDAY = datetime(2026, 5, 8, 12, 1, tzinfo=ZoneInfo("Europe/Helsinki"))
WEEK = timedelta(days=7)
OTHER_CASE, OTHER_CLAIM, OTHER_REFERENCE = UUID(int=103), UUID(int=111), "1000000000012"


async def another_case(settlement: Settlement) -> None:
    received = CaseReceived(CLIENT, PARTY, "FI", "consumer", "EUR", "fi", date(2026, 3, 20))
    accepted = CaseAccepted("100002", OTHER_REFERENCE, UUID(int=9))
    await settlement.say(OTHER_CASE, received, claim(200_00, OTHER_CLAIM), accepted)


async def sound(settlement: Settlement) -> dict[str, int]:
    """The figures in euros, once the books were found right."""
    assert await settlement.get("/check") == {"balanced": True, "faults": []}
    summary = await settlement.get("/summary")
    assert all(summary["checks"].values())
    return {name: of.get("EUR", 0) for name, of in summary.items() if name != "checks"}


async def test_a_payment_is_allocated_closes_its_case_and_is_paid_on_to_the_cent(settlement: Settlement) -> None:
    raw = camt054([Line("102.00", REFERENCE)])
    fed = await settlement.feed(raw)
    assert (fed["transactions"], fed["sums"], fed["booked"], fed["held"], fed["duplicate"]) == (
        1, {"EUR": 102_00}, 1, [], False,
    )  # fmt: skip
    assert (await settlement.events(CASE))[-1] == told.CaseClosed("paid", Money(0))

    await settlement.until(FRIDAY)
    [payout] = await settlement.get("/payouts")
    written = (await settlement.web.get(f"/payouts/{payout['document']}")).content
    [line] = pain001.read_back(written)
    figures = await sound(settlement)
    assert (line.amount.minor, line.account, payout["kind"]) == (figures["remitted"], CLIENTS, "remittance")
    assert (figures["held"], figures["unallocated"], figures["received"]) == (0, 0, 102_00)
    schema("pain.001.001.09").assertValid(etree.fromstring(written))
    statement = (await settlement.web.get(f"/payouts/{payout['statement']}")).text
    assert str(line.amount.decimal).replace(".", ",") in statement

    before = await settlement.store.head()
    again = await settlement.feed(raw)
    assert (again["duplicate"], again["booked"]) == (True, 1)
    assert await settlement.store.head() == before
    await settlement.until(FRIDAY + WEEK)
    assert len(await settlement.get("/payouts")) == 1


async def test_money_is_known_to_be_fresh_once_its_file_is_booked_and_not_before(settlement: Settlement) -> None:
    await settlement.feed(camt054([Line("10.00", REFERENCE)]))
    known = await settlement.store.fold(MoneyKnown, account_id(IBAN))
    assert known.is_fresh("FI", date(2026, 5, 5))
    names = [type(event).__name__ for event in await settlement.all_of(told.PaymentReceived, told.BankFileRead)]
    assert names == ["PaymentReceived", "BankFileRead"]


async def test_an_overpayment_goes_back_by_a_payout_of_its_own_and_is_seen_leaving(settlement: Settlement) -> None:
    await settlement.feed(camt054([Line("150.00", REFERENCE)]))
    [payout] = await settlement.get("/payouts")
    written = (await settlement.web.get(f"/payouts/{payout['document']}")).content
    [line] = pain001.read_back(written)
    assert (payout["kind"], line.account) == ("refund", PAYERS)
    figures = await sound(settlement)
    assert (figures["refunded"], figures["to_refund"]) == (line.amount.minor, 0)

    amount = str(line.amount.decimal)
    left = Line(amount, way="DBIT", number="7", end_to_end=line.end_to_end_id)
    fed = await settlement.feed(camt054([left], notification="N-2"))
    assert fed["held"] == []
    assert len(await settlement.all_of(told.RefundPaid)) == 1
    back = Line(amount, number="8", returned="AC04", end_to_end=line.end_to_end_id)
    await settlement.feed(camt054([back], notification="N-3"))
    assert (await sound(settlement))["unallocated"] == line.amount.minor
    [waiting] = await settlement.get("/payments/waiting")
    assert waiting["because"] == "refund_returned"

    elsewhere = f"/payments/{waiting['payment_id']}/refund-elsewhere"
    assert (await settlement.web.post(elsewhere, json={"account": "?"})).status_code == 422
    told_us = {"account": "FI42 5000 1510 0000 23"}  # A published test number.
    assert (await settlement.web.post(elsewhere, json=told_us)).status_code == 200
    await settlement.hear()
    assert await settlement.get("/payments/waiting") == []
    [_, anew] = await settlement.get("/payouts")
    [line] = pain001.read_back((await settlement.web.get(f"/payouts/{anew['document']}")).content)
    assert (line.account, str(line.amount.decimal)) == ("FI4250001510000023", amount)
    left = Line(amount, way="DBIT", number="9", end_to_end=line.end_to_end_id)
    assert (await settlement.feed(camt054([left], notification="N-4")))["held"] == []
    assert len(await settlement.all_of(told.RefundPaid)) == 2
    assert (await sound(settlement))["unallocated"] == 0


async def test_a_payment_taken_back_opens_its_case_again_and_the_next_run_takes_back_what_was_paid_on(
    settlement: Settlement,
) -> None:
    await another_case(settlement)
    await settlement.feed(camt054([Line("102.00", REFERENCE, end_to_end="E-1")]))
    await settlement.until(FRIDAY)
    paid_on = (await sound(settlement))["remitted"]

    returned = camt054([Line("102.00", REFERENCE, "9", "DBIT", "E-1", "MD06")], notification="N-2")
    assert (await settlement.feed(returned))["held"] == []
    assert (await settlement.events(CASE))[-1] == told.CaseReopened("payment_reversed")
    again = await settlement.feed(returned)
    assert (again["duplicate"], again["held"]) == (True, [])
    await settlement.until(FRIDAY + WEEK)
    [carried] = (await settlement.all_of(told.RemittanceRunEnded))[-1:]
    assert isinstance(carried, told.RemittanceRunEnded)
    assert carried.carried == (told.Carried(Money(-paid_on), "nothing_to_pay"),)

    await settlement.feed(camt054([Line("203.33", OTHER_REFERENCE, "10")], notification="N-3"))
    await settlement.until(FRIDAY + 2 * WEEK)
    _, second = await settlement.get("/payouts")
    figures = await sound(settlement)
    assert (figures["reversed"], figures["held"]) == (102_00, 0)
    assert second["minor"] == figures["remitted"] - paid_on


async def test_a_payout_that_left_is_seen_and_one_that_came_back_is_paid_anew(settlement: Settlement) -> None:
    await settlement.feed(camt054([Line("102.00", REFERENCE)]))
    await settlement.until(FRIDAY)
    [first] = await settlement.get("/payouts")
    amount, end_to_end = str(Money(first["minor"]).decimal), first["end_to_end"]
    await settlement.feed(camt054([Line(amount, number="5", way="DBIT", end_to_end=end_to_end)], notification="N-2"))
    [paid] = await settlement.get("/payouts")
    assert paid["state"] == "paid"

    back = Line(amount, number="6", returned="AC04", end_to_end=end_to_end)
    await settlement.feed(camt054([back], notification="N-3"))
    assert (await sound(settlement))["held"] == first["minor"]
    await settlement.until(FRIDAY + WEEK)
    returned, second = await settlement.get("/payouts")
    assert (returned["state"], second["minor"]) == ("returned", first["minor"])
    assert (await sound(settlement))["held"] == 0


async def test_what_no_case_is_known_for_waits_and_a_person_assigns_or_refunds_it(settlement: Settlement) -> None:
    fed = await settlement.feed(
        camt054([Line("30.00", "1232", "1"), Line("40.00", "", "2"), Line("5.00", REFERENCE, "3")])
    )
    assert fed["booked"] == 3
    waiting = {each["because"]: each for each in await settlement.get("/payments/waiting")}
    first, second = waiting["unknown_reference"], waiting["no_reference"]
    assert (await sound(settlement))["unallocated"] == 70_00

    body = {"case_id": str(CASE)}
    assert (await settlement.web.post(f"/payments/{first['payment_id']}/assignment", json=body)).status_code == 200
    assert (await settlement.web.post(f"/payments/{second['payment_id']}/refund")).status_code == 200
    await settlement.hear()
    figures = await sound(settlement)
    assert (figures["unallocated"], figures["allocated"], figures["refunded"]) == (0, 35_00, 40_00)
    again = await settlement.web.post(f"/payments/{second['payment_id']}/refund")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_refund")


async def test_what_is_not_ours_or_no_bank_file_is_held_or_refused_by_code_and_kept(settlement: Settlement) -> None:
    fed = await settlement.feed(camt054([Line("30.00", REFERENCE)], iban=PAYERS))
    assert [(each["code"], fed["booked"]) for each in fed["held"]] == [("unknown_account", 0)]
    fed = await settlement.feed(camt054([Line("30.00", REFERENCE, currency="SEK")], notification="N-2"))
    assert [each["code"] for each in fed["held"]] == ["other_currency"]
    out = Line("3.00", way="DBIT", end_to_end="SOMETHING")
    fed = await settlement.feed(camt054([out, Line("9.00", REFERENCE, "2", "DBIT", "E", "MD06")], notification="N-3"))
    assert [each["code"] for each in fed["held"]] == ["unknown_payout", "unknown_reversal"]

    answer = await settlement.web.post("/bank-files", content=b"PK\x03\x04 not a bank file")
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json()["code"]
    held = await settlement.all_of(told.BankFileHeld)
    kept = [await settlement.documents.open(each.document) for each in held if isinstance(each, told.BankFileHeld)]
    assert kept[-1].content == b"PK\x03\x04 not a bank file"
    assert (await sound(settlement))["received"] == 0


async def test_a_stop_of_the_client_ends_each_of_its_cases_and_later_money_waits(settlement: Settlement) -> None:
    await another_case(settlement)
    await settlement.say(CLIENT, CollectionStopped())
    await settlement.hear()
    for case_id in (CASE, OTHER_CASE):
        closed = (await settlement.events(case_id))[-1]
        assert isinstance(closed, told.CaseClosed)
        assert closed.reason == "withdrawn_by_client"
    await settlement.feed(camt054([Line("30.00", REFERENCE)]))
    [waiting] = await settlement.get("/payments/waiting")
    assert (waiting["because"], waiting["proposed"]) == ("case_closed", "refund")


async def test_a_dispute_that_the_debtor_was_right_about_ends_the_case(settlement: Settlement) -> None:
    await settlement.say(CASE, DisputeResolved(uuid4(), "upheld", CLAIM, Money(100_00), None))
    await settlement.hear()
    assert (await settlement.events(CASE))[-1] == told.CaseClosed("dispute_upheld", Money(0))


async def test_what_was_paid_to_the_client_or_credited_by_it_is_reported_and_ends_the_case(
    settlement: Settlement,
) -> None:
    await another_case(settlement)
    paid = {"claim_id": str(CLAIM), "amount_minor": 102_00, "currency": "EUR", "paid_on": "2026-05-04"}
    first = await settlement.web.post(f"/cases/{CASE}/direct-payments", json=paid, headers={"idempotency-key": "k"})
    again = await settlement.web.post(f"/cases/{CASE}/direct-payments", json=paid, headers={"idempotency-key": "k"})
    assert (first.status_code, again.json()["outcome"]) == (201, "duplicate")
    assert (await settlement.events(CASE))[-1] == told.CaseClosed("paid_to_creditor", Money(0))
    note = {
        "claim_id": str(OTHER_CLAIM),
        "amount_minor": 200_00,
        "currency": "EUR",
        "number": "H-1",
        "on": "2026-05-05",
    }
    assert (await settlement.web.post(f"/cases/{OTHER_CASE}/credit-notes", json=note)).status_code == 201
    assert (await settlement.events(OTHER_CASE))[-1] == told.CaseClosed("credited", Money(0))
    assert (await sound(settlement))["received"] == 0


async def test_a_run_refuses_without_a_vat_rate_and_goes_once_it_is_set(settlement: Settlement) -> None:

    without = replace(CLIENT_SET, agreement=replace(CLIENT_SET.agreement, vat_percent=None))
    await settlement.say(CLIENT, without)
    await settlement.feed(camt054([Line("102.00", REFERENCE)]))
    answer = await settlement.web.post(f"/clients/{CLIENT}/remittance-runs")
    assert (answer.status_code, answer.json()["code"]) == (409, "vat_percent")
    await settlement.until(FRIDAY)
    assert [type(event) for event in await settlement.all_of(told.RemittanceRunRefused)] == [told.RemittanceRunRefused]
    await settlement.say(CLIENT, CLIENT_SET)
    assert (await settlement.web.post(f"/clients/{CLIENT}/remittance-runs")).status_code == 201
    await settlement.hear()
    assert len(await settlement.get("/payouts")) == 1


async def test_the_same_payment_in_two_files_is_one_payment(settlement: Settlement) -> None:
    await settlement.feed(camt054([Line("10.00", REFERENCE)]))
    fed = await settlement.feed(camt054([Line("10.00", REFERENCE), Line("11.00", REFERENCE, "2")], notification="N-2"))
    assert (fed["booked"], fed["duplicate"]) == (2, False)
    assert (await sound(settlement))["received"] == 21_00


def changed(type_: str, pattern: str, instead: str) -> str:
    """An owner's own hand in the log, which no service has."""
    text = f"regexp_replace(convert_from(data, 'utf8'), '{pattern}', '{instead}', 'g')"
    return f"update casestore.events set data = convert_to({text}, 'utf8') where type = '{type_}'"  # noqa: S608  (our own words)


@pytest.mark.parametrize(
    ("planted", "code"),
    [
        (changed("PaymentReceived", "10200", "10201"), "amount_differs"),
        (changed("PaymentAllocated", ":10000", ":10001"), "unbalanced"),
        (changed("RemittanceCreated", '"net":\\{"minor":9', '"net":{"minor":8'), "line_differs"),
        (changed("ShareSetAside", '"kept":\\{"minor":0', '"kept":{"minor":1'), "agreement_differs"),
    ],
)
async def test_a_cent_moved_in_the_log_is_found_with_its_place(settlement: Settlement, planted: str, code: str) -> None:
    await settlement.feed(camt054([Line("102.00", REFERENCE)]))
    await settlement.until(FRIDAY)
    await sound(settlement)
    owner = await asyncpg.connect(settlement.owner)
    assert await owner.execute(planted) == "UPDATE 1"
    await owner.close()
    faults = await check(settlement.store, settlement.documents)
    assert code in {fault.code for fault in faults}
    assert all(fault.where for fault in faults)


async def test_a_ledger_that_was_changed_behind_the_events_is_found(settlement: Settlement) -> None:
    await settlement.feed(camt054([Line("102.00", REFERENCE)]))
    await sound(settlement)
    owner = await asyncpg.connect(settlement.owner)
    await owner.execute("update settlement.postings set credit = credit - 1 where account = 'held_principal'")
    await owner.close()
    told_now = await settlement.get("/check")
    assert [each["code"] for each in told_now["faults"]] == ["ledger_differs"]
    assert not told_now["balanced"]


async def test_a_payout_file_that_was_changed_or_lost_is_found(settlement: Settlement) -> None:
    await settlement.feed(camt054([Line("102.00", REFERENCE)]))
    await settlement.until(FRIDAY)
    [payout] = await settlement.get("/payouts")
    path = settlement.documents._folder / payout["document"][:2] / payout["document"][2:]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert [fault.code for fault in await check(settlement.store, settlement.documents)] == ["document_changed"]
    path.unlink()
    assert [fault.code for fault in await check(settlement.store, settlement.documents)] == ["document_missing"]


async def test_no_payers_name_or_account_stands_in_settlements_tables(settlement: Settlement) -> None:
    await settlement.feed(camt054([Line("150.00", REFERENCE, end_to_end="Maija Malli")]))
    await settlement.until(FRIDAY)
    await sound(settlement)
    owner = await asyncpg.connect(settlement.owner)
    for row in await owner.fetch("select tablename from pg_tables where schemaname = 'settlement'"):
        written = await owner.fetch(f'select t::text as row from settlement."{row["tablename"]}" t')  # noqa: S608  (names of ours)
        assert not any("Maija" in each["row"] or PAYERS in each["row"] for each in written)
    await owner.close()
