"""Stop, pause, resume, suspend: what people decide about a whole case, a debtor or a client.

Stop is final and always wins. A pause can be taken back. A suspension is a rule's: the wrong person, a death, a minor,
a guardian, or the debtor's own request.
"""

from collections.abc import Sequence
from typing import Literal, Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared.casefile import NOBODY, Casefile
from shared.errors import NotFound, Refused
from shared.events import NOTHING_SAID, Event, Sealed
from shared.events.gateway import (
    ClientSet,
    CollectionPaused,
    CollectionResumed,
    CollectionStopped,
    ContactAllowedAgain,
    ContactSuspended,
)
from shared.events.intake import CaseReceived, PartyIdentified

Because = Literal["wrong_person", "deceased", "minor", "guardian", "suspension_request"]
SUSPENSIONS: tuple[Because, ...] = ("wrong_person", "deceased", "minor", "guardian", "suspension_request")
SECTIONS = {("FI", "suspension_request"): "Laki saatavien perinnästä 4 c §"}

# What we know.


class Controlled(msgspec.Struct, frozen=True):
    """A case, a debtor or a client, as far as it can be stopped."""

    is_there: bool = False
    country: str = ""
    case: Casefile = Casefile()

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        known = replace(self, case=self.case.after(event))
        match event:
            case CaseReceived(country=country) | PartyIdentified(country=country) | ClientSet(country=country):
                return replace(known, is_there=True, country=country)
        return known

    @property
    def is_over(self) -> bool:
        return self.case.stage in ("closed", "rejected")

    def said(self, stream_id: UUID, words: str) -> Sealed[str]:
        """What a person wrote about it: sealed for the debtor it is about, about a whole client for the client."""
        about = stream_id if self.case.party_id == NOBODY else self.case.party_id
        return Sealed((about,), words) if words else NOTHING_SAID


# What we decide.


def stop(what: Controlled, because: Sealed[str]) -> Sequence[Event]:
    """Nothing more leaves, for good. Raises Refused where the case has ended."""
    _there(what)
    if "stopped" in what.case.conditions:
        return []
    if what.is_over:
        raise Refused("the case has ended already; nothing leaves any more", "closed")
    return [CollectionStopped(because)]


def pause(what: Controlled, because: Sealed[str]) -> Sequence[Event]:
    """Nothing more leaves until resumed. Raises Refused where it was stopped or has ended."""
    _there(what)
    if "paused" in what.case.conditions:
        return []
    _still_going(what)
    return [CollectionPaused(because)]


def resume(what: Controlled) -> Sequence[Event]:
    """The pause ends. Raises Refused where it was stopped or has ended."""
    _there(what)
    if "paused" not in what.case.conditions:
        return []
    _still_going(what)
    return [CollectionResumed()]


def suspend(what: Controlled, because: Because) -> Sequence[Event]:
    """A rule stops contact at once."""
    _there(what)
    if what.case.suspended_because == because:
        return []
    return [ContactSuspended(because, SECTIONS.get((what.country, because)))]


def allow_again(what: Controlled) -> Sequence[Event]:
    """What had suspended contact is over."""
    _there(what)
    return [ContactAllowedAgain()] if "suspended_by_rule" in what.case.conditions else []


def _there(what: Controlled) -> None:
    if not what.is_there:
        raise NotFound("there is no such thing")


def _still_going(what: Controlled) -> None:
    if "stopped" in what.case.conditions:
        raise Refused("collection was stopped for good; hand the claim over again to go on", "stopped")
    if what.is_over:
        raise Refused("the case has ended already", "closed")
