"""A case and everything around it, put together for tests of the rules: no store, no clock."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache, reduce
from typing import TypeVar
from uuid import UUID, uuid5

from services.contact import step as steps
from services.contact.known import Around, Known, Party
from services.contact.strategy import strategies
from shared.deciding import State
from shared.events import Event, contact
from shared.events.intake import Country, DebtorKind, Person
from shared.ids import claim_id
from shared.law import Law
from shared.setup import Agency, Client, MoneyKnown
from tests.contact.people import (
    AGENCY_SET,
    CLIENT,
    CLIENT_SET,
    DUE,
    FINN,
    NORWEGIAN,
    ROOT,
    a_case,
    at,
    bank_read,
    identified,
    paid_list,
)  # fmt: skip

CASE, PARTY, CLAIM = uuid5(ROOT, "case"), uuid5(ROOT, "party"), claim_id(CLIENT, "10233", 2025)
DAY = timedelta(days=1)
KINDS: list[tuple[Country, DebtorKind]] = [
    ("FI", "consumer"),
    ("FI", "business"),
    ("NO", "consumer"),
    ("NO", "business"),
]
S = TypeVar("S", bound=State)


@cache
def the_law() -> Law:
    return Law.load()


def folded(state: S, events: Iterable[Event]) -> S:
    return reduce(lambda known, event: known.after(event), events, state)


def around(
    today: date = date(2025, 1, 21),
    *,
    country: str = "FI",
    kind: str = "consumer",
    person: Person | None = None,
    party: Iterable[Event] = (),
    client: Iterable[Event] = (),
    bank_up_to: date | None = None,
    paid_list_up_to: date | None = None,
) -> Around:
    """What a decision relies on, with money known up to yesterday unless said otherwise."""
    yesterday = date.fromordinal(today.toordinal() - 1)
    who = identified(PARTY, person or (FINN if country == "FI" else NORWEGIAN), country, kind)  # type: ignore[arg-type]  # In words.
    return Around(
        CASE,
        folded(Party(), (who, *party)),
        folded(Client(), (CLIENT_SET, paid_list(paid_list_up_to or yesterday), *client)),
        Agency(AGENCY_SET),
        folded(MoneyKnown(), (bank_read(bank_up_to or yesterday),)),
        the_law(),
    )


def known(*events: Event) -> Known:
    return folded(Known(), events)


def fresh(day: date, **more: object) -> Around:
    """Around that day, money known up to the day before."""
    return around(day, **more)  # type: ignore[arg-type]  # Passed on as they are.


def waited_for(told: Iterable[Event]) -> tuple[str, ...]:
    """Why a step waited."""
    [one] = [event for event in told if isinstance(event, contact.StepWaited)]
    return one.reason.blocked_by


def decided(told: Iterable[Event]) -> list[contact.ContactDecided]:
    return [event for event in told if isinstance(event, contact.ContactDecided)]


def planned(told: Iterable[Event]) -> list[tuple[str, datetime]]:
    return [(event.step, event.at) for event in told if isinstance(event, contact.StepPlanned)]


def contact_id(number: int = 1) -> UUID:
    return uuid5(CASE, f"contact|{number}")


# A case that lives.


def lived(
    events: Sequence[Event], first: date, last: date, *, country: str = "FI", kind: str = "consumer"
) -> list[Event]:
    """A case from its strategy on, each step taken at its moment, all money known, nobody answering."""
    told = list(events)
    party: list[Event] = []
    now, name = at(first, 7), ""
    while now.date() <= last:
        beside = around(now.date(), country=country, kind=kind, party=party)
        before = known(*told)
        more = steps.take(before, beside, name, now) if name else steps.assign(before, beside, now)
        told += more
        party += [
            contact.ContactTaken(each.contact_id, each.channel, each.leaves_at)
            for each in decided(more) if each.leaves_at is not None
        ]  # fmt: skip
        after = known(*told)
        if after.planned is None:
            break
        waits_until = after.waited.again_at if after.waited else after.planned.at
        if waits_until is None:
            break
        name, now = after.planned.step, max(now, waits_until)
    return told


# One whose reminder is next, on its own day.
AT_REMINDER = lived(a_case(PARTY), DUE + DAY, DUE + 2 * DAY)
REMINDER_DAY = DUE + 15 * DAY
NOW = at(REMINDER_DAY, 8)


def take(events: Sequence[Event], name: str = "reminder", now: datetime = NOW, **more: object) -> list[Event]:
    return steps.take(known(*events), around(now.date(), **more), name, now)  # type: ignore[arg-type]  # Passed on.


__all__ = ["AT_REMINDER", "CASE", "CLAIM", "DAY", "KINDS", "NOW", "PARTY", "REMINDER_DAY", "around", "at",
           "contact_id", "decided", "folded", "fresh", "known", "lived", "planned", "strategies", "take", "the_law",
           "waited_for"]  # fmt: skip
