"""The API, asked as the world asks it, on a real PostgreSQL."""

from tests.gateway.conftest import KEYS, OPERATOR_KEY, Platform
from tests.gateway.life import ANNA, CASE, CLIENT, OTHER


async def test_a_client_sees_its_own_case_and_its_story(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        listed = (await browser.get("/api/v1/cases")).json()
        seen = (await browser.get(f"/api/v1/cases/{CASE}")).json()
        story = (await browser.get("/api/v1/cases/S-1001/timeline", params={"language": "fi"})).json()
    assert [case["number"] for case in listed["cases"]] == ["S-1001"]
    assert seen["stage"] == "closed"
    assert len(story["entries"]) > 10


async def test_another_clients_case_is_not_there(lived: Platform) -> None:
    async with lived.browser(KEYS[OTHER]) as browser:
        assert (await browser.get("/api/v1/cases")).json()["cases"] == []
        assert (await browser.get(f"/api/v1/cases/{CASE}")).status_code == 404


async def test_staff_and_operator_see_every_case(lived: Platform) -> None:
    for key in (KEYS[ANNA], OPERATOR_KEY):
        async with lived.browser(key) as browser:
            assert (await browser.get(f"/api/v1/cases/{CASE}")).status_code == 200
