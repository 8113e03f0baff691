"""Which days count: public holidays, bank days, local time, and the slots in which anything may leave."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import holidays

Country = Literal["FI", "NO", "SE"]
Slot = Literal["message", "letter", "bank_file"]

MESSAGES_FROM = time(9)
MESSAGES_UNTIL = time(19)  # The hour itself is too late.
LETTERS_AT = time(10)
BANK_FILES_AT = time(7, 30)

ZONES = {"FI": "Europe/Helsinki", "NO": "Europe/Oslo", "SE": "Europe/Stockholm"}
LANGUAGES = {"fi": ("fi",), "sv": ("sv", "sv_FI"), "nb": ("no",), "en": ("en_US",)}
SATURDAY = 5
ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=512)
def holidays_of(country: Country, year: int) -> frozenset[date]:
    """The public holidays of a year. In Finland they include Midsummer and Christmas Eve, in Sweden three eves."""
    return frozenset(named_holidays(country, year, "en"))


def is_holiday(country: Country, day: date) -> bool:
    """Whether the day is a public holiday. A Sunday that is nothing more is not."""
    return day in holidays_of(country, day.year)


def holiday_name(country: Country, day: date, language: str) -> str | None:
    """What the holiday is called in fi, sv, nb or en; none where the day is no holiday."""
    return named_holidays(country, day.year, language).get(day)


def is_bank_day(country: Country, day: date) -> bool:
    """Monday to Friday, and no public holiday."""
    return day.weekday() < SATURDAY and day not in holidays_of(country, day.year)


def bank_day_on_or_after(country: Country, day: date) -> date:
    """The day itself where it is a bank day, else the next one."""
    while not is_bank_day(country, day):
        day += ONE_DAY
    return day


def add_bank_days(country: Country, day: date, count: int) -> date:
    """So many bank days later, or earlier where the count is negative; the day itself is not counted."""
    step = ONE_DAY if count >= 0 else -ONE_DAY
    left = abs(count)
    while left:
        day += step
        left -= is_bank_day(country, day)
    return day


@lru_cache
def zone(country: Country) -> ZoneInfo:
    """The time the country's people live by."""
    return ZoneInfo(ZONES[country])


def local_date(country: Country, instant: datetime) -> date:
    """The day it is there. The instant must know its offset."""
    return local(country, instant).date()


def at_local(country: Country, day: date, at: time) -> datetime:
    """That local time of that day, in UTC."""
    return datetime.combine(day, at, zone(country)).astimezone(UTC)


def next_slot(country: Country, kind: Slot, after: datetime) -> datetime:
    """The first instant, not before `after`, at which this kind may leave (a bank file: be read). In UTC."""
    here = local(country, after)
    day, now = here.date(), here.time()
    if not is_bank_day(country, day):
        return opening(country, kind, bank_day_on_or_after(country, day))
    if now <= OPENS[kind]:
        return opening(country, kind, day)
    if kind == "message" and now < MESSAGES_UNTIL:
        return after.astimezone(UTC)
    return opening(country, kind, bank_day_on_or_after(country, day + ONE_DAY))


def opening(country: Country, kind: Slot, day: date) -> datetime:
    """When the slot of a day opens, in UTC."""
    return at_local(country, day, OPENS[kind])


def local(country: Country, instant: datetime) -> datetime:
    """The instant in local time. Raises ValueError where it does not know its offset."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} does not say its offset from UTC")
    return instant.astimezone(zone(country))


OPENS: dict[Slot, time] = {"message": MESSAGES_FROM, "letter": LETTERS_AT, "bank_file": BANK_FILES_AT}


@lru_cache(maxsize=512)
def named_holidays(country: Country, year: int, language: str) -> dict[date, str]:
    """Day to name. Swedish deadline law counts the eves, which the calendar files apart as *de facto*."""
    categories = ("public", "de_facto") if country == "SE" else ("public",)
    spoken = [code for code in LANGUAGES[language] if code in holidays.country_holidays(country).supported_languages]
    language_code = spoken[0] if spoken else None  # None is the country's own.
    known = holidays.country_holidays(country, years=year, categories=categories, language=language_code)
    return dict(known.items())
