"""The API, asked as the world asks it, on a real PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx2

from services.gateway import views
from services.gateway.limits import BODY_BYTES_MAX
from shared.events import Sealed, contact, gateway, settlement
from shared.events.reasons import Reason
from shared.tasks import ended
from tests.gateway.conftest import KEYS, OPERATOR_KEY, Platform
from tests.gateway.life import (
    ANNA,
    CASE,
    CLIENT,
    LIFE,
    OTHER,
    PARTY,
    PLAN,
    SET_UP,
    Told,
    at,
    euro,
    told,
    until,
)

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"


def example(name: str) -> dict[str, object]:
    body: dict[str, object] = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    body.pop("id", None)
    return body


async def following(platform: Platform) -> None:
    """Read on for ever, as the service's own reader does."""
    while True:
        await platform.shown()
        await asyncio.sleep(0.02)


async def test_an_empty_platform_is_set_up_with_the_operators_key_and_the_examples(platform: Platform) -> None:
    reading = asyncio.create_task(following(platform))
    async with platform.browser(OPERATOR_KEY) as operator:
        assert (await operator.put("/api/v1/agency", json=example("agency.json"))).status_code == 200
        for name, file in (("malli-oy", "client-fi.json"), ("eksempel-as", "client-no.json")):
            assert (await operator.put(f"/api/v1/clients/{name}", json=example(file))).status_code == 200
        anna = {"id": "anna", "name": "Anna Neuvoja", "telephone": "+358 9 1"}
        assert (await operator.post("/api/v1/staff", json=anna)).status_code == 201
        key = (await operator.post("/api/v1/keys", json={"client": "malli-oy"})).json()["key"]
        staff = (await operator.post("/api/v1/keys", json={"staff": "anna"})).json()["key"]
    for each in (key, staff):
        async with platform.browser(each) as browser:
            assert (await browser.get("/api/v1/cases")).json()["cases"] == []
    await ended([reading])


async def test_only_the_hash_of_a_key_is_stored(platform: Platform) -> None:
    await platform.live(SET_UP)
    async with platform.browser(OPERATOR_KEY) as operator:
        key = (await operator.post("/api/v1/keys", json={"client": str(CLIENT)})).json()["key"]
    secret = key.rsplit("_", 1)[1]
    issued = (await platform.made.store.stream(CLIENT))[-1].event
    assert isinstance(issued, gateway.KeyIssued)
    assert secret not in repr(issued)


async def test_set_up_says_what_is_wrong_and_where(platform: Platform) -> None:
    wrong = {**example("client-fi.json"), "business_id": "1234567-8", "payout_accounts": [
        {"iban": "FI0000000000000000", "currency": "EUR"}]}  # fmt: skip
    async with platform.browser(OPERATOR_KEY) as operator:
        answer = await operator.put("/api/v1/clients/malli-oy", json=wrong)
        missing = await operator.post("/api/v1/keys", json={"client": "nobody"})
        nobody = await operator.post("/api/v1/keys", json={"staff": "nobody"})
        neither = await operator.post("/api/v1/keys", json={})
    assert answer.status_code == 422
    assert any(each["where"].startswith("body.payout_accounts") for each in answer.json()["errors"])
    assert (missing.status_code, nobody.status_code, neither.status_code) == (404, 404, 422)


async def test_the_same_request_sent_again_makes_no_second_key_and_says_so(platform: Platform) -> None:
    await platform.live(SET_UP)
    again = {"Idempotency-Key": "one"}
    async with platform.browser(OPERATOR_KEY) as operator:
        first = await operator.post("/api/v1/keys", json={"client": str(CLIENT)}, headers=again)
        second = await operator.post("/api/v1/keys", json={"client": str(CLIENT)}, headers=again)
        other = await operator.post("/api/v1/keys", json={"client": str(OTHER)}, headers=again)
    assert (first.status_code, second.status_code, other.status_code) == (201, 409, 422)
    assert (second.json()["code"], other.json()["code"]) == ("key_made_already", "idempotency_key_reused")


async def test_a_client_sees_its_own_case_and_its_story(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        listed = (await browser.get("/api/v1/cases")).json()
        seen = (await browser.get(f"/api/v1/cases/{CASE}")).json()
        story = (await browser.get("/api/v1/cases/S-1001/timeline", params={"language": "fi"})).json()
    assert [case["number"] for case in listed["cases"]] == ["S-1001"]
    assert (seen["stage"], seen["balance"]["total_minor"], seen["handler"]["name"]) == ("closed", 0, "Anna Neuvoja")
    assert story["entries"][-2]["what"] == "Toimeksianto on päättynyt: maksettu kokonaan."


async def test_cases_are_found_by_number_by_invoice_and_by_a_part_of_the_name(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        for search in ("S-1001", "S-10", "2025-17", "esimer", "Aino"):
            found = (await browser.get("/api/v1/cases", params={"search": search})).json()["cases"]
            assert len(found) == 1, search
        for search in ("nobody", "%", "_", "\\"):
            assert (await browser.get("/api/v1/cases", params={"search": search})).json()["cases"] == [], search
    async with lived.browser(KEYS[OTHER]) as browser:
        assert (await browser.get("/api/v1/cases", params={"search": "Aino"})).json()["cases"] == []


async def a_case_until(platform: Platform, moment: object) -> None:
    await platform.live([*SET_UP, *(each for each in LIFE if each.when <= moment)])  # type: ignore[operator]  # datetimes


async def test_stop_is_answered_with_what_had_left_and_is_the_last_thing_on_the_stream(platform: Platform) -> None:
    await a_case_until(platform, at(2, 4, 9))
    async with platform.browser(OPERATOR_KEY) as browser:
        before = (await browser.get(f"/api/v1/cases/{CASE}/stop")).json()
        answer = (await browser.post(f"/api/v1/cases/{CASE}/stop", json={"because": "enough"})).json()
        again = (await browser.post(f"/api/v1/cases/{CASE}/stop", json={"because": "enough"})).json()
    assert [each["kind"] for each in before["gone_already"]] == ["demand"]
    assert before["costs_not_collected"] == {"minor": 1400, "currency": "EUR"}
    assert before["interest_a_day"]["minor"] > 0
    assert (answer["outcome"], again["outcome"]) == ("appended", "nothing")
    assert answer["consequences"]["gone_already"] == before["gone_already"]
    assert (await platform.made.store.stream(CASE))[-1].event == gateway.CollectionStopped(Sealed((PARTY,), "enough"))
    stored = await platform.made.store.pool.fetchval("select string_agg(data, '') from casestore.events")
    assert b"enough" not in stored  # Whoever writes a reason may name somebody.


async def test_a_letter_decided_and_not_handed_over_is_named_as_taken_back(platform: Platform) -> None:
    await a_case_until(platform, at(2, 4, 8))
    async with platform.browser(OPERATOR_KEY) as browser:
        before = (await browser.get(f"/api/v1/cases/{CASE}/stop")).json()
    assert ([each["kind"] for each in before["recalled"]], before["gone_already"]) == (["demand"], [])


async def test_before_stop_a_plan_in_force_is_told_with_what_is_still_to_come(platform: Platform) -> None:
    await a_case_until(platform, at(3, 4))
    async with platform.browser(OPERATOR_KEY) as browser:
        plan = (await browser.get(f"/api/v1/cases/{CASE}/stop")).json()["plan"]
    assert plan == {
        "instalments": 2, "paid": 1, "missed": 0, "still_to_come": {"minor": 140_90, "currency": "EUR"},
    }  # fmt: skip


async def test_a_pause_ends_a_stop_does_not(platform: Platform) -> None:
    await a_case_until(platform, at(2, 4, 12))
    async with platform.browser(OPERATOR_KEY) as browser:
        for what, status in (("pause", 200), ("resume", 200), ("stop", 200), ("resume", 200), ("pause", 409)):
            assert (await browser.post(f"/api/v1/cases/{CASE}/{what}")).status_code == status, what
        blocked = (await browser.get(f"/api/v1/cases/{CASE}")).json()["blocked_by"]
    assert blocked == [{"condition": "stopped", "of": "case"}]


async def test_a_clients_stop_for_everything_shows_on_each_case(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        assert (await browser.post(f"/api/v1/clients/{CLIENT}/stop", json={"because": "we end"})).status_code == 200
        seen = (await browser.get(f"/api/v1/cases/{CASE}")).json()
        story = (await browser.get(f"/api/v1/cases/{CASE}/timeline")).json()["entries"]
    assert {"condition": "stopped", "of": "client"} in seen["blocked_by"]
    assert story[-1]["what"] == "You stopped all your cases for good."


async def test_staff_suspend_a_debtor_by_rule(lived: Platform) -> None:
    async with lived.browser(KEYS[ANNA]) as browser:
        path = f"/api/v1/parties/{PARTY}/suspension"
        assert (await browser.post(path, json={"because": "suspension_request"})).status_code == 200
        seen = (await browser.get(f"/api/v1/cases/{CASE}")).json()
        assert (await browser.delete(path)).status_code == 200
        assert (await browser.post(path, json={"because": "moody"})).status_code == 422
        assert (await browser.post(f"/api/v1/parties/{uuid4()}/stop")).status_code == 404
    assert {"condition": "suspended_by_rule", "of": "party"} in seen["blocked_by"]


async def test_a_question_to_the_client_is_listed_and_its_answer_reaches_the_service_that_asked(
    lived: Platform,
) -> None:
    question = uuid4()
    await lived.live([told(at(4, 5), CASE, "service:contact", contact.LegalDecisionAsked(question, at(4, 20).date()))])
    async with lived.browser(KEYS[CLIENT]) as browser:
        asked = (await browser.get("/api/v1/approvals")).json()["questions"]
        answer = await browser.post(
            f"/api/v1/approvals/{question}", json={"answer": "court"}, headers={"Idempotency-Key": "a"}
        )
        gone = await browser.post(f"/api/v1/approvals/{uuid4()}", json={"answer": "court"})
    assert [each["kind"] for each in asked] == ["legal_decision"]
    assert (answer.status_code, gone.status_code) == (200, 404)
    [sent] = lived.around.asked
    assert sent.url == f"http://contact.test/cases/{CASE}/legal-decision"
    assert json.loads(sent.body) == {"question_id": str(question), "answer": "court"}
    assert sent.headers["sovinto-actor"] == f"client:{CLIENT}"
    assert (sent.headers["authorization"], sent.headers["idempotency-key"]) == ("Bearer internal", "a")


async def test_a_plan_waiting_for_the_client_is_a_question_until_it_is_answered(platform: Platform) -> None:
    asked_on = at(2, 13, 9, 5)
    await a_case_until(platform, asked_on)
    async with platform.browser(OPERATOR_KEY) as browser:
        asked = (await browser.get("/api/v1/approvals")).json()["questions"]
        await platform.live(until(LIFE, at(2, 14, 7))[-1:])
        then = (await browser.get("/api/v1/approvals")).json()["questions"]
    assert [(each["kind"], each["question_id"]) for each in asked] == [("plan", str(PLAN))]
    assert then == []


async def test_what_a_service_answers_comes_back_as_it_is(lived: Platform) -> None:
    lived.around.status, lived.around.answer = (
        409,
        {"title": "nothing to spread", "code": "nothing_owed", "status": 409},
    )
    async with lived.browser(KEYS[ANNA]) as browser:
        answer = await browser.get("/api/v1/cases/S-1001/plan/options", params={"payday": 15})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_owed")
    assert lived.around.asked[0].url == f"http://plans.test/cases/{CASE}/plan/options?payday=15"


async def test_a_service_that_is_away_is_a_503_and_asks_to_come_again(lived: Platform) -> None:
    lived.around.away = True
    async with lived.browser(KEYS[ANNA]) as browser:
        answer = await browser.post("/api/v1/bank-files", content=b"<Document/>")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_bank_file_reaches_settlement_byte_for_byte(lived: Platform) -> None:
    async with lived.browser(KEYS[ANNA]) as browser:
        await browser.post("/api/v1/bank-files", content=b"<Document>\xff</Document>")
    assert lived.around.asked[0].body == b"<Document>\xff</Document>"


async def test_more_than_20_mb_is_413_said_or_not(lived: Platform) -> None:
    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(22):
            yield b"x" * 1024 * 1024

    async with lived.browser(KEYS[ANNA]) as browser:
        said = await browser.post("/api/v1/bank-files", content=b"x" * (BODY_BYTES_MAX + 1))
        unsaid = await browser.post("/api/v1/bank-files", content=streamed())
    for answer in (said, unsaid):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert lived.around.asked == []


async def test_payments_without_a_case_are_listed_while_somebody_has_to_look(lived: Platform) -> None:
    payer = settlement.Payer("Aino Esimerkki", "FI5542345670000081", None)
    received = settlement.PaymentReceived(
        "FI3715903000000776", euro(50_00), at(4, 6).date(), at(4, 6).date(), at(4, 6).date(), None,
        Sealed((PARTY,), payer), "key", "d" * 64,
    )  # fmt: skip
    payment = uuid4()
    async with lived.browser(KEYS[ANNA]) as browser:
        await lived.live([Told(at(4, 6), payment, "service:settlement", (received,))])
        assert (await browser.get("/api/v1/payments/held")).json()["payments"] == []
        await lived.live([told(at(4, 6), payment, "service:settlement", settlement.PaymentHeld("no_reference"))])
        held = (await browser.get("/api/v1/payments/held")).json()["payments"]
        assigned = settlement.PaymentAssigned(CASE, "reference", euro(50_00), euro(0), euro(0))
        await lived.live([told(at(4, 6), payment, "service:settlement", assigned)])
        assert (await browser.get("/api/v1/payments/held")).json()["payments"] == []
    assert [(each["amount"], each["because"]) for each in held] == [(50_00, "no_reference")]


async def test_the_summary_counts_what_happened_and_takes_the_money_from_settlement(lived: Platform) -> None:
    lived.around.answer = {"received": {"EUR": 28090}}
    async with lived.browser(KEYS[ANNA]) as browser:
        told_ = (await browser.get("/api/v1/summary")).json()
    assert (told_["cases"], told_["accepted"], told_["closed"]) == (1, 1, {"paid": 1})
    assert told_["contacts"] == {"call": 1, "email": 1, "letter": 2}
    assert told_["plans"] == {"started": 1, "completed": 1, "broken": 0}
    assert told_["received"] == {"EUR": 28090}


async def test_built_anew_the_lists_are_what_they_were(lived: Platform) -> None:
    sql = (
        "select * from cases", "select * from counts order by 1, 2", "select party_id, words from people order by 1",
        "select * from staff", "select * from questions", "select * from calls", "select * from payments",
    )  # fmt: skip
    before = [[dict(row) for row in await lived.made.pool.fetch(each)] for each in sql]
    called = await views.names(lived.made.store, [PARTY, ANNA])
    await lived.made.pool.execute("update built set shape = 'older'")
    lived.made.reader.position = 0
    await lived.made.reader.prepare()
    await lived.shown()
    assert [[dict(row) for row in await lived.made.pool.fetch(each)] for each in sql] == before
    assert called == {PARTY: "Aino Esimerkki", ANNA: "Anna Neuvoja"}
    assert await views.names(lived.made.store, [PARTY, ANNA]) == called


async def test_a_list_asked_for_after_a_write_says_that_it_is_being_updated_when_it_is_behind(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        behind = (await browser.get("/api/v1/cases", params={"after": 10_000})).json()
        there = (await browser.get("/api/v1/cases", params={"after": 1})).json()
    assert (behind["updating"], there["updating"]) == (True, False)


async def test_the_database_itself_gives_a_client_nothing_of_another(lived: Platform) -> None:
    for sql in ("select * from cases", "select * from people", "select * from questions", "select * from clients"):
        rows = await lived.made.as_client.fetch(OTHER, sql)
        assert all(row["client_id"] == OTHER for row in rows if "client_id" in dict(row)), sql
        assert all(row["party_id"] != PARTY for row in rows if "party_id" in dict(row)), sql
        assert await lived.made.as_client.fetch(None, sql) == [], sql
    assert await lived.made.as_client.stream(OTHER, CASE) == []


async def test_a_letter_opens_for_its_client_and_for_nobody_else(lived: Platform) -> None:
    name = await lived.made.documents.keep(b"%PDF-1.4 a letter", "application/pdf", [PARTY])
    decided = contact.ContactDecided(
        uuid4(), "debtor", "thanks", "thanks", "email", "fi", name, None, None, None, Reason("thanks")
    )
    await lived.live([told(at(4, 6), CASE, "service:contact", decided)])
    path = f"/api/v1/cases/{CASE}/documents/{name}"
    async with lived.browser(KEYS[CLIENT]) as own, lived.browser(KEYS[OTHER]) as other:
        letter, refused = await own.get(path), await other.get(path)
        unnamed = await own.get(f"/api/v1/cases/{CASE}/documents/{'f' * 64}")
    assert (letter.content, letter.headers["content-type"]) == (b"%PDF-1.4 a letter", "application/pdf")
    assert "sandbox" in letter.headers["content-security-policy"]
    assert (refused.status_code, unnamed.status_code) == (404, 404)


async def test_the_clock_of_a_demo_store_is_told_to_everybody(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        answer: httpx2.Response = await browser.get("/api/v1/clock")
    assert answer.json() == {"now": LIFE[-1].when.isoformat(), "live": False}
