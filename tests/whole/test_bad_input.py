"""Bad input: each gets a clear error naming what and where, the file is kept, and nothing is half done."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.agency import OURS
from deploy.demo.bank import Movement, camt054
from deploy.demo.identity import iban
from deploy.demo.reach import No
from tests.whole.platform import Whole

DAY = timedelta(days=1)
ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Finvoice Version="3.0">&e;</Finvoice>'
)
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    b'<Finvoice Version="3.0">&d;&d;&d;&d;</Finvoice>'
)


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lasku.xml", "<Finvoice/>")
    return packed.getvalue()


WRONG_ENCODING = '<?xml version="1.0" encoding="UTF-8"?><Finvoice Version="3.0"><Nimi>Hyvä'.encode("latin-1")
FILES = {
    "an external entity": ENTITY,
    "an entity bomb": BOMB,
    "a zip where XML was meant": zipped(),
    "another encoding than it says": WRONG_ENCODING,
    "nothing": b"",
    "no invoice at all": b"%PDF-1.7 hello",
    "JSON cut off": b'[{"number": "1", "total"',
}


async def refused_file(whole: Whole, client: str, content: bytes, name: str = "lasku.xml") -> list[dict[str, Any]]:
    """What is told of a file that cannot be read: entries without a case, each naming what and where."""
    told = await whole.hand_in(client, content=content, name=name)
    for entry in told:
        assert entry["case"] is None
        assert entry["result"] == "refused"
        assert all(defect["code"] and defect["where"] and defect["what"] for defect in entry["defects"])
        assert entry["defects"]
    return told


@pytest.mark.parametrize("what", FILES)
async def test_a_file_that_cannot_be_read_is_refused_with_its_reason_and_kept(whole: Whole, what: str) -> None:
    client = await whole.client("bad-files", "kaamos")
    cases = "select count(*) from casestore.events where type = 'CaseReceived'"
    before = await whole.database.fetchval(cases)
    told = await refused_file(whole, client, FILES[what])
    assert "passwd" not in json.dumps(told)
    assert "root:" not in json.dumps(told)
    assert await whole.database.fetchval(cases) == before
    sql = """select convert_from(data, 'UTF8') from casestore.events where type = 'FileReceived'
             order by position desc limit 1"""
    kept = json.loads(await whole.database.fetchval(sql))
    assert kept["size"] == len(FILES[what])
    assert list(whole.servers.home.glob(f"documents/{kept['document'][:2]}/{kept['document'][2:]}"))


INVOICES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a decimal comma": ({"total": "12,50"}, "needs_info", "total"),
    "an impossible day": ({"due": "2025-02-30"}, "needs_info", "due"),
    "nothing to pay": ({"total": "0.00", "rows": []}, "refused needs_info rejected", "total"),
    "less than nothing": ({"total": "-5.00", "rows": []}, "refused needs_info rejected", ""),
    "another currency": ({"currency": "USD"}, "refused", "currency"),
    "a currency of another country": ({"currency": "NOK"}, "refused", "currency"),
}


@pytest.mark.parametrize("what", INVOICES)
async def test_an_invoice_that_is_wrong_says_what_is_wrong_and_where(whole: Whole, what: str) -> None:
    client = await whole.client("bad-invoices", "kaamos")
    changes, results, where = INVOICES[what]
    good = await whole.invoice(whole.debtor("FI"), "100.00", await whole.today() - 20 * DAY)
    [told] = await whole.hand_in(client, good | changes)
    assert told["result"] in results.split()
    assert told["defects"]
    assert any(where in defect["where"] and defect["what"] for defect in told["defects"]), told["defects"]
    if told["case"]:
        assert "CaseAccepted" not in await whole.types(told["case"])


async def test_one_bad_invoice_among_good_ones_stops_only_itself(whole: Whole) -> None:
    client = await whole.client("bad-among", "kaamos")
    due = await whole.today() - 20 * DAY
    good = [await whole.invoice(whole.debtor("FI"), "100.00", due) for _ in range(2)]
    bad = await whole.invoice(whole.debtor("FI"), "100.00", due, currency="USD")
    told = await whole.hand_in(client, good[0], bad, good[1])
    assert [one["result"] for one in told] == ["accepted", "refused", "accepted"]
    for one in told:
        if one["case"]:
            await whole.sovinto.post(f"/cases/{one['case']}/stop", of=client)


async def test_the_same_file_again_meets_itself(whole: Whole) -> None:
    client = await whole.client("bad-twice", "kaamos")
    invoice = await whole.invoice(whole.debtor("FI"), "100.00", await whole.today() - 20 * DAY)
    [first], [again] = await whole.hand_in(client, invoice), await whole.hand_in(client, invoice)
    assert again["case"] == first["case"]
    assert "duplicate" in [defect["code"] for defect in again["defects"]]
    await whole.sovinto.post(f"/cases/{first['case']}/stop", of=client)


async def test_a_file_that_is_too_large_is_refused_at_the_door_and_its_sender_hears_why(whole: Whole) -> None:
    client = await whole.client("bad-large", "kaamos")
    sent = whole.hand_in(client, content=b"[" + b" " * 21_000_000 + b"]", name="lasku.json")
    assert await whole.refused(sent) == "too_large"


async def test_too_many_invoices_are_refused_by_their_number(whole: Whole) -> None:
    client = await whole.client("bad-many", "kaamos")
    told = await refused_file(whole, client, b"[" + b"{}," * 10_000 + b"{}]")
    assert len(told) == 1
    assert "10000" in told[0]["defects"][0]["what"].replace(",", "").replace(" ", "")


async def test_a_wrong_key_opens_nothing(whole: Whole) -> None:
    right = whole.sovinto.staff_key
    for wrong in (right[:-1] + ("0" if right[-1] != "0" else "1"), "sov_staff_nobody", ""):
        whole.sovinto.keys["wrong"] = wrong or "x"
        with pytest.raises(No) as no:
            await whole.sovinto.get("/cases", of="wrong")
        assert no.value.status == 401
    del whole.sovinto.keys["wrong"]


async def test_a_bank_file_of_another_account_is_held_and_kept(whole: Whole) -> None:
    today = await whole.today()
    stranger = iban("FI", 77)
    told = await whole.bank_file(camt054(stranger, "EUR", today - DAY, today - DAY, today, []))
    assert told["booked"] == 0
    assert stranger not in [each["where"] for each in told["held"]] or told["held"]


@pytest.mark.parametrize("content", [ENTITY, BOMB, zipped(), b"<Document/>", b"hello"])
async def test_what_is_no_bank_file_is_held_by_name_and_books_nothing(whole: Whole, content: bytes) -> None:
    payments = "select count(*) from casestore.events where type = 'PaymentReceived'"
    before = await whole.database.fetchval(payments)
    try:
        told = await whole.bank_file(content)
    except No as no:
        assert no.status in (409, 413, 422)  # noqa: PT017  (either answer is clear)
        assert no.code  # noqa: PT017
    else:
        assert told["booked"] == 0
        assert all(each["code"] and each["what"] for each in told["held"])
        assert told["held"]
    assert await whole.database.fetchval(payments) == before


async def test_a_payment_for_a_closed_case_waits_with_a_proposed_refund(whole: Whole) -> None:
    client = await whole.client("bad-closed", "kaamos")
    today = await whole.today()
    case = await whole.accepted(client, await whole.invoice(whole.debtor("FI"), "100.00", today - 20 * DAY))
    seen = await whole.case(case)
    paid = {
        "claim_id": seen["claims"][0]["claim_id"],
        "amount_minor": seen["balance"]["total_minor"],
        "currency": "EUR",
        "paid_on": str(today),
    }
    await whole.sovinto.post(f"/cases/{case}/direct-payments", paid, of=client)
    await whole.eventually(lambda: whole.told(case, "CaseClosed"))
    movement = Movement("payment", 100_00, "EUR", today, "Koekaiku", iban("FI", 501), "E2E-closed", seen["reference"])
    told = await whole.bank_file(camt054(OURS["EUR"], "EUR", today, today, today, [(today, movement)]))
    assert told["booked"] == 1

    async def held() -> list[dict[str, Any]]:
        rows = (await whole.sovinto.get("/payments/held"))["payments"]
        return [row for row in rows if row["proposed"] == "refund" and row["amount"] == 100_00]

    assert await whole.eventually(held)
    assert not await whole.told(case, "PaymentAllocated")


async def test_a_day_or_amount_of_the_wrong_form_is_named_with_its_place(whole: Whole) -> None:
    client = await whole.client("bad-bodies", "kaamos")
    today = await whole.today()
    case = await whole.accepted(client, await whole.invoice(whole.debtor("FI"), "100.00", today - 20 * DAY))
    [claim] = (await whole.case(case))["claims"]
    good = {"claim_id": claim["claim_id"], "amount_minor": 10_00, "currency": "EUR", "paid_on": str(today)}
    for wrong in ({"amount_minor": -1}, {"amount_minor": "12,50"}, {"paid_on": "2025-02-30"}, {"amount_minor": 0}):
        answer = await whole.sovinto._http.post(
            f"/cases/{case}/direct-payments", json=good | wrong,
            headers={"Authorization": f"Bearer {whole.sovinto.keys[client]}"},
        )  # fmt: skip
        assert answer.status_code == 422
        assert next(iter(wrong)) in answer.json()["errors"][0]["where"]
    assert not await whole.told(case, "DirectPaymentReported")
    await whole.sovinto.post(f"/cases/{case}/stop", of=client)
