"""How often and at what hours a debtor may be contacted."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import is_bank_day, local_date
from shared.law import Channel, ContactPolicy, Country, PastContact
from tests.law.asking import LAW, VECTORS

OSLO, HELSINKI = ZoneInfo("Europe/Oslo"), ZoneInfo("Europe/Helsinki")
MONDAY = datetime(2025, 3, 3, 12, tzinfo=OSLO)
ANY_HOUR = ContactPolicy((time.min, time.max), (time.min, time.max), weekends=True, contacts_per_day=99)


@pytest.mark.parametrize(("at", "allowed"), VECTORS["calls_in_norway"])
def test_the_norwegian_hours_of_calls_are_those_of_the_circular(at: str, allowed: bool) -> None:
    told = LAW.may_contact("NO", "call", datetime.fromisoformat(at).replace(tzinfo=OSLO), policy=None)
    assert told.allowed is allowed
    assert told.rules[0].section == "rundskriv 5/2022 (inkassoloven § 8)"


@pytest.mark.parametrize(
    ("calls_before", "reason"),
    [
        ([MONDAY - timedelta(hours=1)], "calls_per_day"),
        ([MONDAY - timedelta(days=days) for days in range(1, 6)], "calls_per_week"),
        ([MONDAY - timedelta(days=days) for days in (2, 3, 6)] * 5, "calls_per_week"),
        ([MONDAY - timedelta(days=days) for days in range(8, 31) if days % 7][:15], "calls_per_month"),
    ],
)
def test_norway_allows_one_call_a_day_five_a_week_and_15_a_month(calls_before: list[datetime], reason: str) -> None:
    history = [PastContact(at, "call") for at in calls_before]
    told = LAW.may_contact("NO", "call", MONDAY, history, policy=None)
    assert (told.allowed, told.reason) == (False, reason)
    assert told.earliest is not None
    assert told.earliest > MONDAY
    assert LAW.may_contact("NO", "call", told.earliest, history, policy=None).allowed


def test_one_call_fewer_is_allowed_and_letters_do_not_count_as_calls() -> None:
    four = [PastContact(MONDAY - timedelta(days=days), "call") for days in range(1, 5)]
    assert LAW.may_contact("NO", "call", MONDAY, four, policy=None).allowed
    letters = [PastContact(MONDAY - timedelta(days=days), "letter") for days in range(7)]
    assert LAW.may_contact("NO", "call", MONDAY, letters, policy=None).allowed


def test_before_the_circular_norway_named_no_number() -> None:
    then = datetime(2022, 12, 14, 22, tzinfo=OSLO)
    calls = [PastContact(then, "call")] * 9
    assert LAW.may_contact("NO", "call", then, calls, policy=None).allowed
    assert not LAW.may_contact("NO", "call", then + timedelta(days=1), calls, policy=None).allowed


@pytest.mark.parametrize(
    ("channel", "at", "reason"),
    [
        ("sms", "2025-03-03T08:59", "outside_hours"),
        ("sms", "2025-03-03T09:00", None),
        ("call", "2025-03-03T18:59", None),
        ("email", "2025-03-03T19:00", "outside_hours"),
        ("letter", "2025-03-03T09:59", "outside_hours"),
        ("letter", "2025-03-03T10:00", None),
        ("email", "2025-03-01T12:00", "weekend"),
        ("email", "2025-03-02T12:00", "weekend"),
        ("sms", "2025-06-20T12:00", "holiday"),
        ("letter", "2025-12-24T12:00", "holiday"),
    ],
)
def test_the_agency_writes_on_working_days_in_working_hours_of_the_debtor(
    channel: Channel, at: str, reason: str | None
) -> None:
    told = LAW.may_contact("FI", channel, datetime.fromisoformat(at).replace(tzinfo=HELSINKI))
    assert (told.allowed, told.reason) == (reason is None, reason)


def test_the_hours_are_the_debtors_own_whatever_zone_the_question_comes_in() -> None:
    assert LAW.may_contact("FI", "sms", datetime(2025, 3, 3, 7, 0, tzinfo=UTC)).allowed
    assert not LAW.may_contact("NO", "sms", datetime(2025, 3, 3, 7, 0, tzinfo=UTC)).allowed
    with pytest.raises(ValueError, match="does not say its offset"):
        LAW.may_contact("FI", "sms", datetime(2025, 3, 3, 7, 0))  # noqa: DTZ001 - that is the point


def test_a_debtor_is_contacted_once_a_day_over_all_channels() -> None:
    history = [PastContact(datetime(2025, 3, 3, 9, 30, tzinfo=HELSINKI), "letter")]
    told = LAW.may_contact("FI", "sms", datetime(2025, 3, 3, 15, tzinfo=HELSINKI), history)
    assert told.reason == "contacted_that_day"
    assert told.earliest == datetime(2025, 3, 4, 9, tzinfo=HELSINKI)
    assert told.earliest.tzinfo is UTC


def test_a_declined_channel_is_never_used() -> None:
    told = LAW.may_contact("FI", "sms", datetime(2025, 3, 3, 15, tzinfo=HELSINKI), opted_out=["sms"])
    assert (told.allowed, told.reason, told.earliest) == (False, "opted_out", None)
    assert LAW.may_contact("FI", "email", datetime(2025, 3, 3, 15, tzinfo=HELSINKI), opted_out=["sms"]).allowed


@given(
    st.sampled_from(["FI", "NO", "SE"]),
    st.lists(st.tuples(st.sampled_from(["call", "sms", "email", "letter"]), st.integers(0, 60 * 36)), max_size=60),
)
def test_no_permitted_contact_breaks_a_limit_in_any_window(country: Country, tries: list[tuple[Channel, int]]) -> None:
    at = datetime(2025, 4, 1, 7, tzinfo=UTC)
    made: list[PastContact] = []
    for channel, minutes in tries:
        at += timedelta(minutes=minutes)
        told = LAW.may_contact(country, channel, at, made)
        if told.allowed:
            made.append(PastContact(at, channel))
        else:
            assert told.earliest is not None
            assert LAW.may_contact(country, channel, told.earliest, made).allowed
    days = [local_date(country, contact.at) for contact in made]
    assert len(set(days)) == len(days)
    assert all(is_bank_day(country, on) for on in days)
    if country == "NO":
        check_calls([local_date(country, contact.at) for contact in made if contact.channel == "call"])


@given(st.lists(st.integers(0, 60 * 30), max_size=80))
def test_norwegian_calls_at_any_hour_the_law_leaves_stay_within_its_numbers(steps: list[int]) -> None:
    at, made = MONDAY, list[PastContact]()
    for minutes in steps:
        at += timedelta(minutes=minutes)
        if LAW.may_contact("NO", "call", at, made, policy=ANY_HOUR).allowed:
            made.append(PastContact(at, "call"))
    check_calls([local_date("NO", contact.at) for contact in made])


def check_calls(days: list[Any]) -> None:
    for window, most in ((1, 1), (7, 5), (31, 15)):
        for first in days:
            assert sum(0 <= (on - first).days < window for on in days) <= most
