"""Who we are, who we work for, who works here and who may look: set up once, changed by saying it anew."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared.errors import NotFound, Refused
from shared.events import Event, Sealed
from shared.events.gateway import (
    AgencySet,
    ClientSet,
    KeyIssued,
    KeyRevoked,
    PaidListConfirmed,
    StaffAdded,
)

# What we know.


class Standing(msgspec.Struct, frozen=True):
    """The agency, a client or a member of staff, as last told, with the keys given out."""

    agency: AgencySet | None = None
    client: ClientSet | None = None
    staff: StaffAdded | None = None
    keys: Mapping[UUID, KeyIssued] = {}
    paid_list_until: date = date.min

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        match event:
            case AgencySet():
                return replace(self, agency=event)
            case ClientSet():
                return replace(self, client=event)
            case StaffAdded():
                return replace(self, staff=event)
            case KeyIssued():
                return replace(self, keys={**self.keys, event.key_id: event})
            case KeyRevoked(key_id):
                left = {kept: key for kept, key in self.keys.items() if kept != key_id}
                return replace(self, keys=left)
            case PaidListConfirmed(up_to):
                return replace(self, paid_list_until=up_to)
        return self


# What we decide.


def set_agency(standing: Standing, told: AgencySet) -> Sequence[Event]:
    """The agency's facts from now on; saying the same again says nothing."""
    return [] if standing.agency == told else [told]


def set_client(standing: Standing, told: ClientSet) -> Sequence[Event]:
    """A client's facts, agreement and mandate from now on."""
    return [] if standing.client == told else [told]


def add_staff(standing: Standing, who: UUID, name: str, telephone: str) -> Sequence[Event]:
    """A person who can be a case's handler. Changing the number or the name is telling it anew."""
    told = StaffAdded(Sealed((who,), name), telephone, who)
    return [] if standing.staff == told else [told]


def issue_key(standing: Standing, key: KeyIssued) -> Sequence[Event]:
    """A key for a client (on its stream) or for staff (on the agency's). Raises NotFound, Refused."""
    if key.owner == "client" and standing.client is None:
        raise NotFound("there is no such client; set it first")
    if key.owner == "staff" and standing.agency is None:
        raise Refused("set the agency first", "agency_missing")
    return [] if key.key_id in standing.keys else [key]


def revoke_key(standing: Standing, key_id: UUID) -> Sequence[Event]:
    """The key opens nothing from now on."""
    return [KeyRevoked(key_id)] if key_id in standing.keys else []


def confirm_paid_list(standing: Standing, up_to: date, today: date) -> Sequence[Event]:
    """The client has told all payments made to it up to this day. Raises NotFound, Refused for a day to come."""
    if standing.client is None:
        raise NotFound("there is no such client")
    if up_to > today:
        raise Refused("nobody knows yet what is paid after today", "day_to_come")
    return [PaidListConfirmed(up_to)] if up_to > standing.paid_list_until else []
