"""Every route of the API, tried without a key, with another client's and with staff's: none opens for the wrong one."""

from uuid import uuid4

import pytest

from services.gateway import api, passing
from tests.gateway.conftest import KEYS, OPERATOR_KEY, Platform
from tests.gateway.life import ANNA, CASE, CLIENT, LETTER, OTHER, PARTY

NAMED = {
    "case": str(CASE), "client": str(CLIENT), "party": str(PARTY), "case_id": str(CASE), "name": LETTER,
    "document": LETTER, "task_id": str(uuid4()), "dispute_id": str(uuid4()), "contact_id": str(uuid4()),
    "payment_id": str(uuid4()), "question_id": str(uuid4()), "key_id": str(uuid4()),
}  # fmt: skip
ROUTES = sorted(
    (method, route.path, str(route.name))  # type: ignore[attr-defined]  # All of them are APIRoutes.
    for router in (api.router, passing.router)
    for route in router.routes
    for method in route.methods  # type: ignore[attr-defined]  # As above.
)
OF_STAFF = {
    *(f"{each.method} {each.path}" for each in passing.PASSED if each.who == "staff"),
    "PUT /agency", "PUT /clients/{client}", "GET /clients", "POST /staff", "POST /keys", "DELETE /keys/{key_id}",
    "GET /cases/{case}/events", "POST /parties/{party}/stop", "POST /parties/{party}/pause",
    "POST /parties/{party}/resume", "POST /parties/{party}/suspension", "DELETE /parties/{party}/suspension",
    "GET /calls", "GET /payments/held", "GET /summary", "POST /clock", "GET /asyncapi.json",
}  # fmt: skip
OF_EVERYBODY = {"GET /cases", "GET /approvals", "GET /disputes", "GET /clock"}  # Each sees its own.
BODIES = {
    "POST /parties/{party}/suspension": {"because": "deceased"},
    "PUT /clients/{client}/paid-list": {"up_to": "2025-04-01"},
    "POST /approvals/{question_id}": {"answer": "approve"},
}


def called(path: str) -> str:
    return "/api/v1" + path.format(**NAMED)


@pytest.fixture(scope="module", params=["no key", "a wrong key"])
def opens_nothing(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "no key" else "sovinto_" + "0" * 32 + "_" + "0" * 64


async def test_without_a_key_that_opens_every_route_is_401(lived: Platform, opens_nothing: str | None) -> None:
    async with lived.browser(opens_nothing) as browser:
        for method, path, _ in ROUTES:
            answer = await browser.request(method, called(path))
            assert (answer.status_code, answer.json()["code"]) == (401, "not_known"), f"{method} {path}"
            assert answer.headers["content-type"] == "application/problem+json"


async def test_with_another_clients_key_nothing_of_this_client_is_there_and_nobody_is_asked(lived: Platform) -> None:
    before = await lived.made.store.head()
    async with lived.browser(KEYS[OTHER]) as browser:
        for method, path, _ in ROUTES:
            route = f"{method} {path}"
            if route in OF_EVERYBODY:
                continue
            answer = await browser.request(method, called(path), json=BODIES.get(route, {}))
            expected = 403 if route in OF_STAFF else 404
            assert answer.status_code in (expected, 422), f"{route}: {answer.status_code}"
            if answer.status_code == 422:
                assert route in ("PUT /agency", "PUT /clients/{client}", "POST /staff", "POST /keys"), route
    assert lived.around.asked == []
    assert await lived.made.store.head() == before


async def test_the_clients_own_key_is_stopped_only_where_staff_work(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        for method, path, _ in ROUTES:
            route = f"{method} {path}"
            answer = await browser.request(method, called(path), json=BODIES.get(route, {}))
            if route in OF_STAFF and answer.status_code != 422:
                assert answer.status_code == 403, route
            else:
                assert answer.status_code not in (401, 403, 500), route


async def test_staff_may_ask_every_route(lived: Platform) -> None:
    for key in (KEYS[ANNA], OPERATOR_KEY):
        async with lived.browser(key) as browser:
            for method, path, _ in ROUTES:
                route = f"{method} {path}"
                if route == "POST /clock":
                    continue  # Lets a whole platform live; there is none here.
                answer = await browser.request(method, called(path), json=BODIES.get(route, {}))
                assert answer.status_code not in (401, 403, 500), f"{route}: {answer.text}"


async def test_a_key_taken_back_opens_nothing_any_more(lived: Platform) -> None:
    async with lived.browser(OPERATOR_KEY) as staff, lived.browser(KEYS[CLIENT]) as client:
        assert (await client.get("/api/v1/cases")).status_code == 200
        assert (await staff.delete(f"/api/v1/keys/{KEYS[CLIENT].split('_')[1]}")).status_code == 200
        await lived.shown()
        assert (await client.get("/api/v1/cases")).status_code == 401


async def test_the_api_describes_itself_with_every_route(lived: Platform) -> None:
    async with lived.browser() as browser:
        told = (await browser.get("/api/v1/openapi.json")).json()
    assert {path for _, path, _ in ROUTES} <= set(told["paths"])
