"""How long what has ended must be kept: the record of a collection, and the vouchers of the accounts."""

from datetime import date

from shared.law.answers import KeptUntil
from shared.law.limitation import years_later
from shared.law.pack import Pack, Unknown, Value


def records(pack: Pack, ended: date) -> KeptUntil:
    """Counted from the day collection ended."""
    years = _years(pack, "records.years", ended)
    return KeptUntil(years_later(ended, years.value), years.rule)


def accounts(pack: Pack, booked: date) -> KeptUntil:
    """Counted from the last day of the year, for that is when the financial year ends."""
    years = _years(pack, "accounts.years", booked)
    return KeptUntil(date(booked.year + years.value, 12, 31), years.rule)


def _years(pack: Pack, name: str, day: date) -> Value:
    if not pack.has(name):
        raise Unknown(pack.country, name, f"how long must be kept ({name}) missing")
    return pack.at(name, day)
