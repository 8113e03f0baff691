"""A case and everything around it, put together for tests of the rules: no store, no clock."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, reduce
from typing import TypeVar
from uuid import UUID, uuid5

from services.contact.known import Around, Known, Party
from services.contact.strategy import strategies
from shared.deciding import State
from shared.events import Event, contact
from shared.events.intake import Person
from shared.law import Law
from shared.setup import Agency, Client, MoneyKnown
from tests.contact.people import (
    AGENCY_SET,
    CLIENT_SET,
    FINN,
    NORWEGIAN,
    ROOT,
    at,
    bank_read,
    identified,
    paid_list,
)  # fmt: skip

CASE, PARTY = uuid5(ROOT, "case"), uuid5(ROOT, "party")
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


__all__ = ["CASE", "PARTY", "around", "at", "contact_id", "decided", "folded", "fresh", "known", "planned",
           "strategies", "the_law", "waited_for"]  # fmt: skip
