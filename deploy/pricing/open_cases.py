"""The open cases of a store as the law is asked about them: what is owed, what was sent, what was charged.

Read as the owner, with nothing unsealed: no name, address or code is needed for it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Self, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec.structs import replace

from deploy.pricing.portfolio import OpenCase, OpenClaim
from shared.balance import charged, kind_of
from shared.calendar import local_date
from shared.casefile import Casefile, Claim
from shared.casestore import look
from shared.casestore.look import Connection, Stored
from shared.events import Event, contact, known, upcast
from shared.law import Country, SentStep, Step
from shared.money import Money
from shared.setup import Client

CANNOT_BE_READ = "an event newer than this program"
LETTERS = ("reminder", "notice", "demand", "second_demand")


class Seen(msgspec.Struct, frozen=True):
    """A case as it stands, with the letters sent to its debtor; what was recalled or never left is none of them."""

    case: Casefile = Casefile()
    letters: Mapping[UUID, SentStep] = {}

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        seen = replace(self, case=self.case.after(event))
        match event:
            case contact.ContactDecided(to="debtor", kind=kind, leaves_at=at) if kind in LETTERS and at is not None:
                on = local_date(cast("Country", self.case.country), at)
                sent = SentStep(cast("Step", kind), on, event.pay_by)
                return replace(seen, letters={**self.letters, event.contact_id: sent})
            case contact.ContactRecalled(contact_id) | contact.HandOverFailed(contact_id, again_at=None):
                return replace(seen, letters={key: sent for key, sent in self.letters.items() if key != contact_id})
        return seen

    @property
    def sent(self) -> tuple[SentStep, ...]:
        """The letters sent, and of those the client sent itself the lawful ones that are proven."""
        own = (step for _, step in self.case.earlier if step.lawful and step.proven and step.kind in LETTERS)
        return (*(SentStep(step.kind, step.sent, step.pay_by) for step in own), *self.letters.values())


Folded = TypeVar("Folded", Seen, Client)


class NotRead(msgspec.Struct, frozen=True):
    """A case that could not be read, and why."""

    name: str
    why: str


async def open_cases(store: Connection, on: date) -> AsyncIterator[OpenCase | NotRead | None]:
    """Every case in turn: open with something owed, not to be read, or none where it is neither."""
    deducts: dict[UUID, bool] = {}
    async for client_id, events in look.streams_of(store, "client"):
        client = folded(Client(), events)
        if client is not None and client.said is not None:
            deducts[client_id] = client.said.agreement.can_deduct_vat
    async for case_id, events in look.streams_of(store, "case"):
        seen = folded(Seen(), events)
        if seen is None:
            yield NotRead(str(case_id), CANNOT_BE_READ)
        elif seen.case.is_open and any(claim.open_principal.minor > 0 for claim in seen.case.claims.values()):
            yield as_asked(case_id, seen, on, can_deduct_vat=deducts.get(seen.case.client_id, True))
        else:
            yield None


def as_asked(case_id: UUID, seen: Seen, on: date, *, can_deduct_vat: bool) -> OpenCase:
    """An open case as the law is asked about it on a day: of its claims those something is left of."""
    country, debtor = kind_of(seen.case)
    claims = sorted(seen.case.claims.values(), key=lambda claim: (claim.due, claim.number))
    return OpenCase(
        seen.case.number or str(case_id),
        country,
        debtor,
        tuple(claim_as_asked(claim, on) for claim in claims if claim.open_principal.minor > 0),
        seen.sent,
        tuple(charged(seen.case)),
        can_deduct_vat,
    )


def claim_as_asked(claim: Claim, on: date) -> OpenClaim:
    """A claim with what was paid of its principal by then."""
    paid: dict[date, int] = {}
    for day, parts in claim.paid:
        if day <= on:
            paid[day] = paid.get(day, 0) + sum(part.amount.minor for part in parts if part.component == "principal")
    currency = claim.principal.currency
    return OpenClaim(
        claim.principal - claim.credited,
        claim.due,
        claim.issued,
        tuple((day, Money(minor, currency)) for day, minor in sorted(paid.items()) if minor),
        Decimal(claim.contract_rate) if claim.contract_rate else None,
        claim.interruptions,
    )


def folded(state: Folded, events: Sequence[Stored]) -> Folded | None:
    """What a stream comes to, with every personal value closed; none where an event is newer than this program."""
    for stored in events:
        event = decoded(stored)
        if event is None:
            return None
        state = state.after(event)
    return state


def decoded(stored: Stored) -> Event | None:
    """The event's clear part; none where its type or version is not known here."""
    kind = known().get(stored.type)
    if kind is None or stored.schema > kind.version:
        return None
    return msgspec.json.decode(upcast(kind, stored.schema, stored.told), type=kind.of)
