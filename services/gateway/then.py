"""Looking back: what was true of a case at a moment, and what was known of it at another."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time

import msgspec

from shared.calendar import Country, at_local
from shared.casestore import Recorded
from shared.casestore.recorded import Then
from shared.errors import Refused
from shared.events.intake import CaseReceived

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)([Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d))?")


class LookBack(msgspec.Struct, frozen=True):
    """What was asked, as text: each a moment of RFC 3339, or a day; empty is now."""

    as_of: str = ""
    known_at: str = ""


TODAY = LookBack()


def look_back(asked: LookBack, own: Sequence[Recorded], now: datetime) -> Then | None:
    """The moments asked for; None where neither is. Known by default is all we know now of what was true then.

    Args:
        own: all events of the case, the first of which says in which country its days begin and end.
        now: what time it is; nobody looks into the future.

    Raises Refused where a text is no moment, lies in the future, or the case was not there or not known by then.
    """
    if asked == TODAY:
        return None
    first = own[0].event
    country: Country = first.country if isinstance(first, CaseReceived) else "FI"
    then = Then(
        _moment("as_of", asked.as_of, country, now) if asked.as_of else now,
        _moment("known_at", asked.known_at, country, now) if asked.known_at else now,
    )
    if not then.sees(own[0]):
        raise Refused(f"this case began on {own[0].recorded_at:%Y-%m-%d at %H:%M} UTC", "before_the_case")
    return then


def _moment(name: str, text: str, country: Country, now: datetime) -> datetime:
    """A moment, or the end of a day in the debtor's country; today ends now."""
    said = MOMENT.fullmatch(text.strip())
    try:
        if said is None:
            raise ValueError
        if said[2] is None:
            return _end_of(date.fromisoformat(said[1]), country, now, name)
        moment = datetime.fromisoformat(said[0].upper())
    except (ValueError, OverflowError):
        raise Refused(
            f"{name} is a day like 2025-03-01, or a moment with its offset like 2025-03-01T12:00:00+02:00",
            "not_a_moment",
        ) from None
    return _not_to_come(moment, now, name)


def _end_of(day: date, country: Country, now: datetime, name: str) -> datetime:
    _not_to_come(at_local(country, day, time.min), now, name)
    return min(at_local(country, day, time.max), now)


def _not_to_come(moment: datetime, now: datetime, name: str) -> datetime:
    if moment > now:
        raise Refused(f"{name} lies in the future: it is {now:%Y-%m-%dT%H:%M:%S}Z", "moment_to_come")
    return moment
