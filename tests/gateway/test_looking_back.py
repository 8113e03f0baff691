"""A case as it stood: what was true at a moment, and what we knew of it at another."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.gateway.progress import Progress
from services.gateway.then import LookBack, look_back
from shared.casestore.recorded import Recorded, Then
from shared.errors import Refused
from shared.events import settlement
from tests.gateway.conftest import KEYS, OPERATOR_KEY, Platform
from tests.gateway.life import CASE, CLAIM, CLIENT, LIFE, OTHER, PAYMENT, SET_UP, at, euro, recorded, told
from tests.gateway.test_pages import log_in

STORY = tuple(recorded(LIFE))
NOW = at(6, 1)


async def seen(platform: Platform, key: str = KEYS[CLIENT], **then: str) -> tuple[int, Mapping[str, Any]]:
    async with platform.browser(key) as browser:
        answer = await browser.get(f"/api/v1/cases/{CASE}", params=then)
    return answer.status_code, answer.json()


async def test_a_case_is_seen_as_it_stood_on_a_day(lived: Platform) -> None:
    stood = {}
    for day in ("2025-01-16", "2025-01-17", "2025-02-04", "2025-02-20", "2025-03-03", "2025-04-03"):
        _, case = await seen(lived, as_of=day)
        stood[day] = (case["stage"], case["balance"]["total_minor"] > 0, len(case["messages"]))
    assert stood == {
        "2025-01-16": ("accepted", True, 0),
        "2025-01-17": ("reminding", True, 1),
        "2025-02-04": ("demanding", True, 2),
        "2025-02-20": ("on_plan", True, 3),
        "2025-03-03": ("on_plan", True, 3),
        "2025-04-03": ("closed", False, 3),
    }


async def test_the_balance_is_that_of_the_day(lived: Platform) -> None:
    _, before = await seen(lived, as_of="2025-03-02")
    _, after = await seen(lived, as_of="2025-03-03")
    assert (before["balance"]["on"], after["balance"]["on"]) == ("2025-03-02", "2025-03-03")
    assert 139_00 < before["balance"]["total_minor"] - after["balance"]["total_minor"] < 141_00


async def test_the_timeline_ends_where_one_looks_back_to(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        path = f"/api/v1/cases/{CASE}/timeline"
        whole = (await browser.get(path)).json()["entries"]
        then = (await browser.get(path, params={"as_of": "2025-02-04"})).json()["entries"]
    assert 0 < len(then) < len(whole)
    assert all(entry["at"] < "2025-02-05" for entry in then)
    assert [entry["what"] for entry in then[:-1]] == [entry["what"] for entry in whole][: len(then) - 1]


async def test_what_was_true_then_and_what_was_known_then_are_two_questions(platform: Platform) -> None:
    """A payment of Saturday is told on Monday."""
    monday, saturday = at(3, 3, 6), date(2025, 3, 1)
    late = settlement.PaymentAllocated(
        PAYMENT, CLAIM, euro(100_00), (settlement.Part("principal", euro(100_00)),), saturday, "fi.allocation", "11 a §"
    )
    await platform.live([*SET_UP, *(each for each in LIFE if each.when < monday)])
    await platform.live([told(monday, CASE, "service:settlement", late)])

    def principal(case: Mapping[str, Any]) -> int:
        [claim] = case["claims"]
        minor: int = claim["open_principal"]["minor"]
        return minor

    assert principal((await seen(platform, OPERATOR_KEY))[1]) == 160_00
    assert principal((await seen(platform, OPERATOR_KEY, as_of="2025-03-01"))[1]) == 160_00
    assert principal((await seen(platform, OPERATOR_KEY, as_of="2025-03-01", known_at="2025-03-02"))[1]) == 260_00
    assert principal((await seen(platform, OPERATOR_KEY, as_of="2025-02-28"))[1]) == 260_00
    assert principal((await seen(platform, OPERATOR_KEY, known_at="2025-03-02"))[1]) == 260_00
    _, case = await seen(platform, OPERATOR_KEY, as_of="2025-03-01", known_at="2025-03-02")
    assert case["known_at"] == "2025-03-02T21:59:59.999999+00:00"


async def test_a_stop_of_the_client_shows_only_from_when_it_was_said(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        await browser.post(f"/api/v1/clients/{CLIENT}/pause")
    assert [each["condition"] for each in (await seen(lived))[1]["blocked_by"]] == ["paused"]
    assert (await seen(lived, as_of="2025-04-03"))[1]["blocked_by"] == []


async def test_another_client_sees_nothing_of_it_at_any_time(lived: Platform) -> None:
    for then in ({}, {"as_of": "2025-02-04"}, {"as_of": "2025-02-04", "known_at": "2025-02-04"}, {"as_of": "nonsense"}):
        assert (await seen(lived, KEYS[OTHER], **then))[0] == 404, then


@pytest.mark.parametrize(
    ("then", "code"),
    [
        ({"as_of": "2999-01-01"}, "moment_to_come"),
        ({"known_at": "2999-01-01T00:00:00Z"}, "moment_to_come"),
        ({"as_of": "2025-01-15"}, "before_the_case"),
        ({"known_at": "2025-01-16T06:59:59Z"}, "before_the_case"),
        ({"as_of": "yesterday"}, "not_a_moment"),
        ({"as_of": "2025-02-30"}, "not_a_moment"),
        ({"as_of": "2025-02-04T10:00:00"}, "not_a_moment"),
        ({"as_of": "2025-W06"}, "not_a_moment"),
        ({"known_at": "0001-01-01T00:00:00+23:59"}, "before_the_case"),
    ],
)
async def test_what_is_no_moment_of_this_case_is_refused_by_name(
    lived: Platform, then: dict[str, str], code: str
) -> None:
    status, answer = await seen(lived, **then)
    assert (status, answer["code"]) == (409, code)


async def test_a_text_too_long_to_be_a_moment_is_not_read(lived: Platform) -> None:
    assert (await seen(lived, as_of="2" * 41))[0] == 422


async def test_the_page_shows_the_day_and_offers_nothing_that_acts(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        await browser.get("/language/en")
        now = (await browser.get(f"/cases/{CASE}")).text
        then = (await browser.get(f"/cases/{CASE}", params={"as_of": "2025-02-20"})).text
        wrong = await browser.get(f"/cases/{CASE}", params={"as_of": "2025-01-01"})
    assert 'type="date"' in now
    assert "It stood like this" not in now
    assert "It stood like this 20 February 2025" in then
    assert f"/cases/{CASE}/stop" not in then
    assert wrong.status_code == 409
    assert "The case was not here yet." in wrong.text


# The question itself.


def test_a_day_ends_at_midnight_where_the_debtor_lives() -> None:
    then = look_back(LookBack("2025-02-04"), STORY, NOW)
    assert then == Then(datetime.fromisoformat("2025-02-04T23:59:59.999999+02:00"), NOW)


def test_today_ends_now() -> None:
    assert look_back(LookBack("2025-06-01"), STORY, NOW) == Then(NOW, NOW)


def test_asking_nothing_looks_at_now() -> None:
    assert look_back(LookBack(), STORY, NOW) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_makes_looking_back_fail(as_of: str, known_at: str) -> None:
    with suppress(Refused):
        look_back(LookBack(as_of, known_at), STORY, NOW)


@given(st.integers(0, len(STORY)), st.integers(0, 400), st.integers(0, 400))
def test_whatever_part_of_a_story_is_seen_it_can_be_told(late: int, as_of: int, known_at: int) -> None:
    """Some facts are told later than they were true, so versions are missing in between; folding minds nothing."""
    days = sorted({one.recorded_at for one in STORY})
    then = Then(days[as_of % len(days)], days[known_at % len(days)])
    told_late = [replace(one, recorded_at=NOW) if place == late else one for place, one in enumerate(STORY)]
    progress = Progress()
    for one in told_late:
        if then.sees(one) and one.event is not None:
            progress = progress.after(one.event)
    assert progress.case.stage
    assert all(one.true_at <= one.occurred_at for one in told_late if isinstance(one, Recorded))
