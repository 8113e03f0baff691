"""Contact over HTTP, as the gateway asks it: what is written is told once, and the lists show what waits for people."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID, uuid4

import httpx2
import pytest_asyncio

from services.contact import api
from shared.events import contact
from shared.http import make_app
from tests.contact.asking import the_law
from tests.contact.life import Life, life
from tests.contact.people import a_case, at, identified

TOKEN = "internal"
STAFF = f"staff:{uuid4()}"


@pytest_asyncio.fixture
async def world(database: str) -> AsyncIterator[Life]:
    async with life(database, at(date(2025, 1, 20), 5), the_law()) as lived:
        yield lived


@pytest_asyncio.fixture
async def asking(world: Life) -> AsyncIterator[httpx2.AsyncClient]:
    app = make_app("contact", world.contact, TOKEN, [api.router], {})
    app.state.law = the_law()
    headers = {"authorization": f"Bearer {TOKEN}", "sovinto-actor": STAFF}
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://contact", headers=headers) as client:
        yield client


async def a_reminded_case(world: Life) -> UUID:
    case, party = uuid4(), uuid4()
    await world.told(party, identified(party), keys=(party,))
    await world.told(case, *a_case(party))
    for day in (date(2025, 1, 21), date(2025, 2, 4)):
        await world.morning(day)
        await world.live_until(at(day, 12))
    return case


async def test_an_objection_stops_the_case_asks_the_client_and_its_end_sets_the_strategy_going_again(
    world: Life, asking: httpx2.AsyncClient
) -> None:
    case = await a_reminded_case(world)
    key = {"idempotency-key": "objection-1"}
    body = {"text": "Laskussa on väärä määrä"}
    first = await asking.post(f"/cases/{case}/disputes", json=body, headers=key)
    again = await asking.post(f"/cases/{case}/disputes", json=body, headers=key)
    assert (first.status_code, first.json()["outcome"]) == (201, "appended")
    assert again.json()["outcome"] == "duplicate"
    await world.rest()
    [asked] = world.world.requests("email")
    assert asked.content["to"] == ["laskutus@polkupyorat.example"]
    [open_] = (await asking.get("/disputes/open")).json()
    assert open_["case_id"] == str(case)
    dispute = open_["dispute_id"]
    await asking.post(f"/cases/{case}/disputes/{dispute}/evidence", json={"text": "Työmääräys on liitteenä"})
    too_much = {"outcome": "adjusted", "lowered_by_minor": 999_00}
    refused = await asking.post(f"/cases/{case}/disputes/{dispute}/resolution", json=too_much)
    assert (refused.status_code, refused.json()["code"]) == (409, "lowered_too_much")
    some = {"outcome": "adjusted", "lowered_by_minor": 100_00, "new_due": "2025-02-28"}
    assert (await asking.post(f"/cases/{case}/disputes/{dispute}/resolution", json=some)).status_code == 200
    await world.rest()
    told = await world.stream(case)
    assert [type(event).__name__ for event in told[-2:]] == ["DisputeResolved", "StepPlanned"]
    assert isinstance(told[-1], contact.StepPlanned)
    assert told[-1].at > at(date(2025, 2, 28))
    assert (await asking.get("/disputes/open")).json() == []


async def test_a_call_that_was_made_is_followed_by_the_facts_by_email_on_the_same_day(
    world: Life, asking: httpx2.AsyncClient
) -> None:
    case = await a_reminded_case(world)
    for day in (date(2025, 2, 24), date(2025, 3, 7)):
        await world.morning(day)
        await world.live_until(at(day, 12))
    [due] = (await asking.get("/calls/due")).json()
    assert due["case_id"] == str(case)
    made = {"outcome": "forgot", "summary": "Oli unohtunut, maksaa tänään"}
    answer = await asking.post(f"/cases/{case}/calls/{due['task_id']}", json=made)
    assert answer.status_code == 201
    await world.rest()
    [facts] = world.world.requests("email")
    assert facts.content["to"] == ["aino@esimerkki.example"]
    assert facts.at == at(date(2025, 3, 7), 12).isoformat()
    assert "2025102334" in facts.content["text"].replace(" ", "")  # Our reference.
    assert (await asking.get("/calls/due")).json() == []
    shown = (await asking.get(f"/cases/{case}/contacts")).json()
    assert [(each["kind"], each["channel"], each["state"]) for each in shown] == [
        ("friendly", "sms", "handed_over"), ("reminder", "letter", "handed_over"),
        ("demand", "letter", "handed_over"), ("facts", "email", "handed_over"),
    ]  # fmt: skip
    letter = next(each for each in shown if each["kind"] == "reminder")
    posted = await asking.post(f"/contacts/{letter['contact_id']}/posted", json={"case_id": str(case)})
    assert posted.status_code == 200
    assert await world.stuck() == 0


async def test_what_is_not_there_is_not_found_and_nobody_else_may_ask(world: Life, asking: httpx2.AsyncClient) -> None:
    nobody = uuid4()
    assert (await asking.post(f"/cases/{nobody}/due-date", json={"new_due": "2025-03-03"})).status_code == 404
    assert (await asking.post(f"/cases/{nobody}/disputes", json={"text": "Hei"})).status_code == 404
    stranger = await asking.get("/steps/waiting", headers={"authorization": "Bearer wrong"})
    assert stranger.status_code == 404
    assert world.heard >= 0
