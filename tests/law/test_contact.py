"""How often and at what hours a debtor may be contacted."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import is_bank_day, local_date
from shared.law import Channel, ContactPolicy, Country, Law, PastContact, Rule
from shared.law.contact import ours
from tests.law.asking import LAW, VECTORS, corrected

OSLO, HELSINKI = ZoneInfo("Europe/Oslo"), ZoneInfo("Europe/Helsinki")
MONDAY = datetime(2025, 3, 3, 12, tzinfo=OSLO)
ANY_HOUR = ContactPolicy(
    (time.min, time.max),
    (time.min, time.max),
    weekends=True,
    contacts_per_day=99,
    contacts_per_week=99,
    contacts_per_month=99,
)


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
        elif (country, channel) == ("SE", "call"):
            assert told.earliest is None  # Nobody knows the Swedish hours: no call is permitted.
        else:
            assert told.earliest is not None
            assert LAW.may_contact(country, channel, told.earliest, made).allowed
    days = [local_date(country, contact.at) for contact in made]
    check_windows(days)
    assert all(is_bank_day(country, on) for on in days)
    if country == "NO":
        check_windows([local_date(country, contact.at) for contact in made if contact.channel == "call"])


@given(st.lists(st.integers(0, 60 * 30), max_size=80))
def test_norwegian_calls_at_any_hour_the_law_leaves_stay_within_its_numbers(steps: list[int]) -> None:
    at, made = MONDAY, list[PastContact]()
    for minutes in steps:
        at += timedelta(minutes=minutes)
        if LAW.may_contact("NO", "call", at, made, policy=ANY_HOUR).allowed:
            made.append(PastContact(at, "call"))
    check_windows([local_date("NO", contact.at) for contact in made])


def check_windows(days: Sequence[date], limits: Sequence[tuple[int, int]] = ((1, 1), (7, 5), (31, 15))) -> None:
    for window, most in limits:
        for first in days:
            assert sum(0 <= (on - first).days < window for on in days) <= most


# The budget of one debtor, over all cases and channels.


@pytest.mark.parametrize(
    ("policy", "days_before", "reason"),
    [
        (ContactPolicy(), [0], "contacted_that_day"),
        (ContactPolicy(contacts_per_day=2), [0], None),
        (ContactPolicy(contacts_per_day=2), [0, 0], "contacted_that_day"),
        (ContactPolicy(contacts_per_week=2), [3, 6], "contacted_that_week"),
        (ContactPolicy(contacts_per_week=2), [3, 7], None),
        (ContactPolicy(contacts_per_month=2), [14, 30], "contacted_that_month"),
        (ContactPolicy(contacts_per_month=2), [14, 31], None),
    ],
)
def test_the_budget_counts_every_channel_in_any_day_week_and_month(
    policy: ContactPolicy, days_before: list[int], reason: str | None
) -> None:
    channels: list[Channel] = ["letter", "email", "sms"]
    history = [
        PastContact(MONDAY - timedelta(days=days), channel)
        for days, channel in zip(days_before, channels, strict=False)
    ]
    told = LAW.may_contact("FI", "sms", MONDAY, history, policy=policy)
    assert (told.allowed, told.reason) == (reason is None, reason)
    assert "policy.budget" in [rule.id for rule in told.rules]
    if reason is not None:
        assert told.earliest is not None
        assert LAW.may_contact("FI", "sms", told.earliest, history, policy=policy).allowed


@given(
    st.integers(1, 3),
    st.integers(1, 6),
    st.integers(1, 12),
    st.lists(st.tuples(st.sampled_from(["sms", "email", "letter"]), st.integers(0, 60 * 30)), max_size=60),
)
def test_no_stricter_budget_is_broken_in_any_window(
    a_day: int, a_week: int, a_month: int, tries: list[tuple[Channel, int]]
) -> None:
    policy = ContactPolicy(
        (time.min, time.max), (time.min, time.max), True, a_day, a_week, a_month
    )  # Any hour of any day, so that only the numbers hold back.
    at, made = MONDAY, list[PastContact]()
    for channel, minutes in tries:
        at += timedelta(minutes=minutes)
        if LAW.may_contact("FI", channel, at, made, policy=policy).allowed:
            made.append(PastContact(at, channel))
    check_windows([local_date("FI", contact.at) for contact in made], ((1, a_day), (7, a_week), (31, a_month)))


@pytest.mark.parametrize("number", ["contacts_per_day", "contacts_per_week", "contacts_per_month"])
def test_a_policy_that_allows_no_contact_at_all_is_refused(number: str) -> None:
    ContactPolicy(**{number: 1})  # type: ignore[arg-type]  # the names above
    with pytest.raises(ValueError, match=r"^a policy allows at least one contact a day, a week and a month$"):
        ContactPolicy(**{number: 0})  # type: ignore[arg-type]  # the names above


@pytest.mark.parametrize("kind", ["messages", "letters"])
def test_a_policy_whose_hours_end_as_they_begin_is_refused(kind: str) -> None:
    ContactPolicy(**{kind: (time(9), time(9, 1))})  # type: ignore[arg-type]  # the names above
    with pytest.raises(ValueError, match=r"^a policy's hours end after they begin$"):
        ContactPolicy(**{kind: (time(9), time(9))})  # type: ignore[arg-type]  # the names above


def test_a_number_of_calls_that_is_not_limited_hides_no_other(tmp_path: Path) -> None:
    a_day = "value: 1, section: rundskriv 5/2022"
    no_day = corrected(tmp_path, "NO", (a_day, "value: none, section: rundskriv 5/2022"))
    twice = [PastContact(MONDAY - timedelta(hours=1), "call")]
    assert no_day.may_contact("NO", "call", MONDAY, twice, policy=None).allowed
    told = no_day.may_contact("NO", "call", MONDAY, twice * 5, policy=None)
    assert told.reason == "calls_per_week"


# What the law's own hours are, where the agency's are wider.


@pytest.mark.parametrize(
    ("at", "allowed"),
    [("06:59", False), ("07:00", True), ("21:59", True), ("22:00", False)],
)
def test_finnish_calls_stay_within_the_guidelines_hours_on_every_day(at: str, allowed: bool) -> None:
    for on in ("2025-03-03", "2025-03-08", "2025-03-09", "2025-12-25"):
        instant = datetime.fromisoformat(f"{on}T{at}").replace(tzinfo=HELSINKI)
        for policy in (None, ANY_HOUR):
            assert LAW.may_contact("FI", "call", instant, policy=policy).allowed is allowed
        assert LAW.may_contact("FI", "sms", instant, policy=None).allowed


def test_nobody_is_called_in_sweden_while_the_lawful_hours_are_not_known(tmp_path: Path) -> None:
    noon = datetime(2025, 3, 3, 12, tzinfo=ZoneInfo("Europe/Stockholm"))
    told = LAW.may_contact("SE", "call", noon)
    assert (told.allowed, told.reason, told.earliest) == (False, "hours_unknown", None)
    assert [rule.confidence for rule in told.rules] == ["unknown"]
    assert LAW.may_contact("SE", "sms", noon).allowed
    overlay = tmp_path / "overlay.yaml"
    days = "".join(
        f"    contact.calls.{each}:\n      - {{from: 1974-07-01, value: '09:00-18:00', section: 4 §, "
        "source: counsel 2026, confidence: verified}\n"
        for each in ("weekday", "saturday", "sunday")
    )
    overlay.write_text(f"- country: SE\n  sources: {{counsel: {{title: t, url: u}}}}\n  values:\n{days}")
    confirmed = Law.load(overlay=overlay)
    assert confirmed.may_contact("SE", "call", noon).allowed
    assert confirmed.may_contact("SE", "call", noon.replace(hour=18), policy=None).reason == "outside_hours"


def test_a_debtor_who_declined_calls_is_told_the_law_where_it_says_so() -> None:
    for country, section in (("NO", "rundskriv 5/2022 (inkassoloven § 8)"), ("FI", "agency policy")):
        told = LAW.may_contact(country, "call", MONDAY, opted_out=["call"])  # type: ignore[arg-type]  # the two above
        assert (told.reason, told.rules[0].section) == ("opted_out", section)
    before = LAW.may_contact("NO", "call", MONDAY.replace(year=2021), opted_out=["call"])
    assert before.rules[0].section == "agency policy"


def test_a_rule_of_the_agencys_own_says_that_it_is_one() -> None:
    assert ours("quiet", "Nobody is called at noon") == Rule(
        "policy.quiet", "Nobody is called at noon", "agency policy", "process", "derived", our_choice=True
    )


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        *[
            ("2025-03-03T07:59", False),
            ("2025-03-03T08:00", True),
            ("2025-03-03T20:59", True),
            ("2025-03-03T21:00", False),
        ],
        *[
            ("2025-03-08T07:59", False),
            ("2025-03-08T08:00", True),
            ("2025-03-08T14:59", True),
            ("2025-03-08T15:00", False),
        ],
        *[("2025-05-01T12:00", False), ("2025-05-17T12:00", False), ("2025-03-09T12:00", False)],
    ],
)
def test_norwegian_hours_open_and_close_to_the_minute(at: str, allowed: bool) -> None:
    told = LAW.may_contact("NO", "call", datetime.fromisoformat(at).replace(tzinfo=OSLO), policy=None)
    assert (told.allowed, told.reason) == (allowed, None if allowed else "outside_hours")


def test_a_week_is_seven_days_and_no_more_on_either_side() -> None:
    policy = ContactPolicy(contacts_per_week=2)
    around = [PastContact(MONDAY + timedelta(days=days), "email") for days in (-3, 4)]
    assert LAW.may_contact("FI", "sms", MONDAY, around, policy=policy).allowed
    closer = [PastContact(MONDAY + timedelta(days=days), "email") for days in (-3, 3)]
    assert LAW.may_contact("FI", "sms", MONDAY, closer, policy=policy).reason == "contacted_that_week"


def test_a_permitted_contact_is_told_the_very_moment_that_was_asked() -> None:
    assert LAW.may_contact("FI", "sms", MONDAY).earliest is MONDAY


def test_hours_that_have_run_out_in_the_pack_are_not_known(tmp_path: Path) -> None:
    old = 'from: 2022-12-15, value: "08:00-21:00"'
    ended = corrected(tmp_path, "NO", (old, old.replace("12-15,", "12-15, to: 2024-12-31,")))
    told = ended.may_contact("NO", "call", MONDAY, policy=None)
    assert (told.reason, told.rules) == ("hours_unknown", ())
