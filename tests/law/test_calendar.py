"""Public holidays, bank days, local time and the slots in which anything may leave."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import (
    Country,
    Slot,
    add_bank_days,
    at_local,
    bank_day_on_or_after,
    holiday_name,
    holidays_of,
    is_bank_day,
    is_holiday,
    local_date,
    next_slot,
)
from tests.law.asking import day

countries: st.SearchStrategy[Country] = st.sampled_from(["FI", "NO", "SE"])
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def test_finnish_and_swedish_eves_count_and_norwegian_ones_do_not() -> None:
    assert is_holiday("FI", day("2025-06-20"))
    assert is_holiday("FI", day("2025-12-24"))
    assert not is_holiday("FI", day("2025-12-31"))
    assert is_holiday("SE", day("2025-12-31"))
    assert not is_bank_day("SE", day("2025-06-20"))
    assert is_bank_day("NO", day("2025-12-24"))
    assert not is_bank_day("NO", day("2027-05-17"))
    assert len(holidays_of("NO", 2025)) == 12


def test_a_holiday_has_its_name_in_the_readers_language() -> None:
    assert holiday_name("FI", day("2025-06-20"), "fi") == "Juhannusaatto"
    assert holiday_name("FI", day("2025-06-20"), "sv") == "Midsommarafton"
    assert holiday_name("NO", day("2025-05-17"), "nb") == "Grunnlovsdag"
    assert holiday_name("NO", day("2025-05-17"), "en") == "Constitution Day"
    assert holiday_name("NO", day("2025-05-16"), "nb") is None


def test_bank_days_skip_weekends_and_holidays() -> None:
    assert bank_day_on_or_after("FI", day("2025-12-24")) == day("2025-12-29")
    assert bank_day_on_or_after("FI", day("2025-12-23")) == day("2025-12-23")
    assert add_bank_days("FI", day("2025-12-23"), 1) == day("2025-12-29")
    assert add_bank_days("FI", day("2025-12-29"), -1) == day("2025-12-23")
    assert add_bank_days("FI", day("2025-12-23"), 0) == day("2025-12-23")


@given(countries, days, st.integers(1, 30))
def test_bank_days_added_are_taken_away_again(country: Country, on: date, count: int) -> None:
    start = bank_day_on_or_after(country, on)
    there = add_bank_days(country, start, count)
    assert is_bank_day(country, there)
    assert add_bank_days(country, there, -count) == start


def test_the_day_is_the_one_the_debtor_lives_in() -> None:
    late = datetime(2025, 3, 3, 22, 30, tzinfo=UTC)
    assert local_date("FI", late) == day("2025-03-04")
    assert local_date("NO", late) == day("2025-03-03")
    assert at_local("FI", day("2025-07-01"), time(9)) == datetime(2025, 7, 1, 6, tzinfo=UTC)
    assert at_local("FI", day("2025-01-01"), time(9)) == datetime(2025, 1, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "after", "opens"),
    [
        ("message", "2025-03-03T06:00", "2025-03-03T07:00"),
        ("message", "2025-03-03T12:34", "2025-03-03T12:34"),
        ("message", "2025-03-03T16:59", "2025-03-03T16:59"),
        ("message", "2025-03-03T17:00", "2025-03-04T07:00"),
        ("message", "2025-03-07T17:00", "2025-03-10T07:00"),
        ("letter", "2025-03-03T08:00", "2025-03-03T08:00"),
        ("letter", "2025-03-03T08:01", "2025-03-04T08:00"),
        ("bank_file", "2025-03-03T05:30", "2025-03-03T05:30"),
        ("bank_file", "2025-03-03T05:31", "2025-03-04T05:30"),
        ("bank_file", "2025-12-23T12:00", "2025-12-29T05:30"),
    ],
)
def test_the_next_slot_is_the_first_one_that_is_open(kind: Slot, after: str, opens: str) -> None:
    asked = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert next_slot("FI", kind, asked) == datetime.fromisoformat(opens).replace(tzinfo=UTC)


@given(
    countries,
    st.sampled_from(["message", "letter", "bank_file"]),
    st.integers(0, 20 * 365 * 24 * 60),
)
def test_a_slot_is_never_before_the_question_and_asked_again_is_the_same(
    country: Country, kind: Slot, minutes: int
) -> None:
    after = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    slot = next_slot(country, kind, after)
    assert after <= slot < after + timedelta(days=10)
    assert next_slot(country, kind, slot) == slot
    assert is_bank_day(country, local_date(country, slot))
