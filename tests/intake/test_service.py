"""The whole of intake as its callers see it: files in over HTTP, cases in a real store, a registry that answers."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import msgspec
import pytest

from services.intake import views
from services.intake.digests import Digests
from shared.casefile import Casefile
from shared.events import intake as intake_events
from shared.references import valid_kid
from tests.intake.conftest import BORN, Intake
from tests.intake.facts import CLIENT, MASTER

FILES = Path(__file__).parent / "files"
LUMIKOIRA = (FILES / "lumikoira.xml").read_bytes()
AS_JSON: dict[str, Any] = {
    "number": "5107", "issued": "2025-12-01", "due": "2025-12-15", "currency": "EUR", "total": "426.70",
    "reference": "51075", "account": "FI2112345600000785", "subject": "Tiskin hionta",
    "debtor": {
        "name": "Lumikoiran Leipomo Oy", "identifier": "29173642", "address": ["Ratastie 11"], "post_code": "04200",
        "town": "Kerava", "country": "FI",
    },
}  # fmt: skip


async def hand_in(intake: Intake, raw: bytes | dict[str, Any], **fields: str) -> list[dict[str, Any]]:
    content = raw if isinstance(raw, bytes) else msgspec.json.encode(raw)
    answer = await intake.web.post(f"/clients/{CLIENT}/files", files={"file": ("lasku", content)}, data=fields)
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()["files"]
    return told


async def test_a_finvoice_becomes_an_accepted_case_with_a_number_and_a_reference(running: Intake) -> None:
    [told] = await hand_in(running, LUMIKOIRA)
    assert (told["result"], told["format"], told["defects"]) == ("accepted", "finvoice", [])
    assert (told["read"]["total"], told["read"]["due"], told["read"]["reference"]) == ("426.70", "2025-12-15", "51075")
    events = await running.events(told["case"])
    assert [type(event).__name__ for event in events] == [
        "CaseReceived", "ClaimAdded", "CreditCheckAsked", "CreditCheckCompleted", "CaseAccepted",
    ]  # fmt: skip
    result = (await running.web.get(f"/cases/{told['case']}/result")).json()
    assert result["number"].startswith("1")
    assert result["reference"][:-1] == result["number"]


async def test_the_same_invoice_as_json_meets_itself(running: Intake) -> None:
    [first] = await hand_in(running, LUMIKOIRA)
    [again] = await hand_in(running, AS_JSON)
    assert (again["result"], again["case"], again["defects"][0]["code"]) == ("refused", first["case"], "duplicate")


async def codes(intake: Intake, raw: bytes | dict[str, Any], **fields: str) -> list[tuple[str, list[str]]]:
    told = await hand_in(intake, raw, **fields)
    return [(each["result"], [defect["code"] for defect in each["defects"]]) for each in told]


def another(number: str, **facts: Any) -> dict[str, Any]:
    return {**AS_JSON, "number": number, **facts}


def against(**facts: Any) -> dict[str, Any]:
    return {**AS_JSON["debtor"], **facts}


AINO = against(name="Aino Esimerkki", identifier="010190-9123")
NORWEGIAN = another(
    "88", currency="NOK", account=None, reference=None,
    debtor=against(name="Fjellhus AS", identifier="910000004", country="NO"),
)  # fmt: skip


async def until(intake: Intake, case: str, result: str) -> dict[str, Any]:
    for _ in range(300):
        told: dict[str, Any] = (await intake.web.get(f"/cases/{case}/result")).json()
        if told["result"] == result:
            return told
        await asyncio.sleep(0.02)
    raise AssertionError(f"{case} is {told['result']}, not {result}")


def say_of(intake: Intake, identifier: str, outcome: Any, country: str = "FI") -> None:
    intake.world.registry.told[country, identifier] = outcome


# Files.


async def test_a_file_of_many_has_a_result_for_each_in_its_order(running: Intake) -> None:
    batch = [AS_JSON, AS_JSON, {"number": 7}, another("5108", due=None), another("5109", currency="USD")]
    assert await codes(running, msgspec.json.encode(batch)) == [
        ("accepted", []),
        ("refused", ["duplicate"]),
        ("refused", ["bad_field"]),
        ("needs_info", ["missing_field"]),
        ("refused", ["currency_not_ours"]),
    ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"PK\x03\x04zipped", "not_readable"),
        (b"", "not_readable"),
        (b"\xff\xfe", "not_readable"),
        (b"<Finvoice", "not_readable"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Finvoice>&b;</Finvoice>', "not_readable"),
        (b"{", "not_readable"),
        (b"[]", "not_an_invoice"),
        (b"[" + b"{}," * 10_000 + b"{}]", "too_many"),
        (b" " * (20 * 1024 * 1024 + 1), "too_large"),
    ],
    ids=["zip", "empty", "no text", "cut off", "entity", "half a JSON", "nothing in it", "too many", "too large"],
)
async def test_a_file_that_cannot_be_read_is_refused_by_code(running: Intake, raw: bytes, code: str) -> None:
    assert await codes(running, raw) == [("refused", [code])]


async def test_a_file_is_kept_sealed_as_it_came_also_when_nothing_in_it_can_be_read(running: Intake) -> None:
    raw = b"Aino Esimerkki owes me money"
    await hand_in(running, raw)
    [received] = [one for one in await running.store.read(0, 100) if one.type == "FileReceived"]
    assert isinstance(received.event, intake_events.FileReceived)
    document = await running.documents.open(received.event.document)
    assert (document.content, document.parties) == (raw, (received.stream_id,))
    assert not any(b"Aino" in path.read_bytes() for path in running.folder.rglob("*") if path.is_file())
    left_out = (await running.events(received.stream_id))[-1]
    assert isinstance(left_out, intake_events.InvoicesNotTaken)


async def test_the_same_request_sent_again_is_the_same_import(running: Intake) -> None:
    async def send(file: bytes, boundary: str) -> httpx2.Response:
        headers = {"Idempotency-Key": "one", "Content-Type": f"multipart/form-data; boundary={boundary}"}
        return await running.web.post(f"/clients/{CLIENT}/files", files={"file": ("lasku.xml", file)}, headers=headers)

    first = await send(LUMIKOIRA, "one")
    head = await running.store.head()
    again = await send(LUMIKOIRA, "two")  # As libraries do: each sending has a boundary of its own.
    assert first.json() == again.json()
    assert (await send(LUMIKOIRA + b" ", "two")).status_code == 422
    assert first.json()["files"][0]["result"] == "accepted"
    assert await running.store.head() == head


async def test_a_client_sees_and_feeds_only_its_own(running: Intake) -> None:
    [told] = await hand_in(running, LUMIKOIRA)
    stranger = {"Sovinto-Actor": f"client:{uuid4()}"}
    asked = [
        await running.web.post(f"/clients/{CLIENT}/files", files={"file": ("a", b"{}")}, headers=stranger),
        await running.web.get(f"/cases/{told['case']}/result", headers=stranger),
        await running.web.get(f"/clients/{CLIENT}/results", headers=stranger),
        await running.web.post(f"/cases/{told['case']}/information", json={}, headers=stranger),
        await running.web.get(f"/cases/{uuid4()}/result"),
        await running.web.get(f"/cases/{told['case']}/result", headers={"Authorization": "Bearer wrong"}),
    ]
    assert [answer.status_code for answer in asked] == [404] * 6


async def test_a_client_nobody_has_set_up_is_told_so(running: Intake) -> None:
    nobody = uuid4()
    answer = await running.web.post(
        f"/clients/{nobody}/files", files={"file": ("a", b"{}")}, headers={"Sovinto-Actor": f"client:{nobody}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "client_not_set")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"earlier": "not json"}, "bad_earlier"),
        ({"received": "5.1.2026"}, "bad_received"),
        ({"received": "2026-01-06"}, "bad_received"),
    ],
)
async def test_a_request_in_another_form_is_refused_before_anything_is_done(
    running: Intake, fields: dict[str, str], code: str
) -> None:
    answer = await running.web.post(f"/clients/{CLIENT}/files", files={"file": ("a", LUMIKOIRA)}, data=fields)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not [one for one in await running.store.read(0, 100) if one.type == "FileReceived"]


async def test_an_unlawful_charge_is_named_and_not_collected(running: Intake) -> None:
    early = [{"kind": "reminder", "sent": "2025-12-22", "cost": "5.00", "proof": "kirje.pdf"}]
    [told] = await hand_in(running, {**AS_JSON, "debtor": AINO}, earlier=msgspec.json.encode(early).decode())
    [defect] = told["defects"]
    assert (told["result"], defect["code"]) == ("accepted", "earlier_step_unlawful")
    assert "513/1999 10 b §" in defect["what"]
    case = await running.store.fold(Casefile, UUID(told["case"]))
    assert (case.charges, len(case.earlier)) == ((), 1)


async def test_a_claim_not_yet_due_is_accepted_and_says_so(running: Intake) -> None:
    assert await codes(running, another("5110", due="2026-02-01")) == [("accepted", ["not_yet_due"])]


async def test_a_credit_note_is_refused_with_the_case_it_lowers(running: Intake) -> None:
    [first] = await hand_in(running, AS_JSON)
    note = another("H-1", kind="credit_note", total="-10.00", original_number="5107", issued="2026-01-02")
    [told] = await hand_in(running, note)
    assert (told["result"], told["case"], told["defects"][0]["code"]) == ("refused", first["case"], "credit_note")


# The registry.


async def test_each_answer_of_the_registry_leads_where_it_must(running: Intake) -> None:
    say_of(running, "2917364-2", "bankrupt")
    say_of(running, "010190-9123", "many_marks")
    say_of(running, "2745519-5", "unknown")
    assert await codes(running, AS_JSON) == [("rejected", ["debtor_bankrupt"])]
    assert await codes(running, another("2", debtor=AINO)) == [("needs_info", ["many_marks"])]
    unknown = another("3", debtor=against(identifier="2745519-5"))
    assert await codes(running, unknown) == [("needs_info", ["unknown_debtor"])]
    asked = [request.content["purpose"] for request in running.world.requests("credit")]
    assert asked == ["debt_collection"] * 3


async def test_a_registry_that_is_down_leaves_the_case_checking_until_it_answers(running: Intake) -> None:
    running.world.set_down("credit")
    [told] = await hand_in(running, LUMIKOIRA)
    assert told["result"] == "checking"
    running.world.set_down()
    await running.set_clock(BORN + timedelta(minutes=6))
    assert (await until(running, told["case"], "accepted"))["number"]
    kinds = [type(event).__name__ for event in await running.events(told["case"])]
    assert kinds[2:6] == ["CreditCheckAsked", "CreditCheckDelayed", "CreditCheckAsked", "CreditCheckCompleted"]


# What the client completes.


async def test_a_claim_put_right_is_checked_and_accepted(running: Intake) -> None:
    [told] = await hand_in(running, another("5111", debtor=against(identifier=None), due=None))
    assert sorted(defect["code"] for defect in told["defects"]) == ["missing_field", "missing_identifier"]
    facts = {"due": "2025-12-15", "debtor": {"identifier": "2917364-2"}}
    answer = await running.web.post(f"/cases/{told['case']}/information", json=facts)
    assert (answer.status_code, answer.json()["result"]) == (200, "accepted"), answer.text


async def test_a_debtor_named_later_is_the_one_we_knew_already(running: Intake) -> None:
    [first] = await hand_in(running, LUMIKOIRA)
    [second] = await hand_in(running, another("5112", debtor=against(identifier=None)))
    facts = {"debtor": {"identifier": "29173642"}}
    await running.web.post(f"/cases/{second['case']}/information", json=facts)
    known, named = [await running.store.fold(Casefile, UUID(each["case"])) for each in (first, second)]
    assert (named.stage, named.party_id) == ("accepted", known.party_id)


async def test_an_unknown_debtor_is_named_and_checked_anew(running: Intake) -> None:
    say_of(running, "2917364-2", "unknown")
    [told] = await hand_in(running, LUMIKOIRA)
    wrong = {"debtor": {"identifier": "2745519-6"}}
    answer = await running.web.post(f"/cases/{told['case']}/information", json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (409, "bad_identifier")
    right = {"debtor": {"identifier": "27455195"}}
    answer = await running.web.post(f"/cases/{told['case']}/information", json=right)
    assert answer.json()["result"] == "accepted"
    assert running.world.requests("credit")[-1].content["identifier"] == "2745519-5"


async def test_a_client_decides_about_many_marks(running: Intake) -> None:
    say_of(running, "010190-9123", "many_marks")
    [first] = await hand_in(running, another("1", debtor=AINO))
    [second] = await hand_in(running, another("2", debtor=AINO))
    accepted = await running.web.post(f"/cases/{first['case']}/information", json={"decision": "accept"})
    withdrawn = await running.web.post(f"/cases/{second['case']}/information", json={"decision": "withdraw"})
    assert (accepted.json()["result"], withdrawn.json()["reason"]) == ("accepted", "withdrawn_by_client")


async def test_a_silent_client_s_claim_is_rejected_after_its_day(running: Intake) -> None:
    [told] = await hand_in(running, another("5113", due=None))
    await running.set_clock(BORN + timedelta(days=15))
    assert (await until(running, told["case"], "rejected"))["reason"] == "client_silent"
    facts = {"due": "2025-12-15"}
    late = await running.web.post(f"/cases/{told['case']}/information", json=facts)
    assert (late.status_code, late.json()["code"]) == (409, "nothing_asked")


# Who is who, and what is shown.


async def test_norwegian_claims_of_one_day_become_one_case(running: Intake) -> None:
    batch = msgspec.json.encode([NORWEGIAN, {**NORWEGIAN, "number": "89"}])
    first, second = await hand_in(running, batch)
    [third] = await hand_in(running, {**NORWEGIAN, "number": "90"})
    assert first["case"] == second["case"] == third["case"]
    case = await running.store.fold(Casefile, UUID(first["case"]))
    assert (len(case.claims), case.currency) == (3, "NOK")
    assert valid_kid(case.reference, "mod10", [16])


async def test_finnish_claims_of_one_debtor_are_cases_of_one_party(running: Intake) -> None:
    batch = [another(str(number), debtor=AINO) for number in range(8)]
    told = await hand_in(running, msgspec.json.encode(batch))
    cases = [await running.store.fold(Casefile, UUID(each["case"])) for each in told]
    assert len({each["case"] for each in told}) == 8
    assert len({case.party_id for case in cases}) == 1


async def test_no_name_or_identity_number_stands_in_a_table_in_clear(running: Intake) -> None:
    await hand_in(running, another("1", debtor=AINO))
    await hand_in(running, another("2", debtor=AINO, due=None))
    connection = await asyncpg.connect(running.owner)
    tables = await connection.fetch(
        """select format('%I.%I', schemaname, tablename) as name from pg_tables
           where schemaname not in ('pg_catalog', 'information_schema')"""
    )
    dumped = [
        str(dict(row))
        for table in tables
        for row in await connection.fetch(f"select * from {table['name']}")  # noqa: S608  (PostgreSQL's own names)
    ]
    await connection.close()
    assert len(dumped) > 20
    assert not [row for row in dumped if "Aino" in row or "010190" in row or "Ratastie" in row]


async def test_a_rebuilt_view_is_the_view(running: Intake) -> None:
    await hand_in(running, msgspec.json.encode([AS_JSON, another("5", due=None), NORWEGIAN]))
    await running.reader.reached(await running.store.head())
    tables = [f"select * from {table} order by 1" for table in ("cases", "parties", "staff")]  # noqa: S608  (constant)
    before = [await running.store.pool.fetch(table) for table in tables]
    await running.store.pool.execute("truncate cases, parties, staff")
    for one in await running.store.read(0, 1000):
        await views.projecting(Digests(MASTER))(running.store.pool, one)
    after = [await running.store.pool.fetch(table) for table in tables]
    assert (before, len(before[0])) == (after, 3)


async def test_a_clients_results_are_listed(running: Intake) -> None:
    await hand_in(running, msgspec.json.encode([AS_JSON, another("5", due=None)]))
    listed = (await running.web.get(f"/clients/{CLIENT}/results")).json()
    assert sorted((each["stage"], each["reason"]) for each in listed) == [
        ("accepted", ""), ("needs_info", "missing_field"),
    ]  # fmt: skip
