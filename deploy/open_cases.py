"""The open cases of a store as the law is asked about them: what is owed, what was sent, what was charged.

Read as the owner, with nothing unsealed: no name, address or code is needed for it.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec

from deploy.portfolio import OpenCase, OpenClaim
from services.contact.known import Known
from services.contact.timing import open_claims, sent_steps
from shared.balance import charged, kind_of
from shared.casefile import Claim
from shared.casestore import look
from shared.casestore.look import Connection, Stored
from shared.events import Event, known, upcast
from shared.money import Money
from shared.setup import Client

CANNOT_BE_READ = "an event newer than this program"
Folded = TypeVar("Folded", Known, Client)


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
        case = folded(Known(), events)
        if case is None:
            yield NotRead(str(case_id), CANNOT_BE_READ)
        elif case.case.is_open and any(claim.open_principal.minor > 0 for claim in case.case.claims.values()):
            yield as_asked(case_id, case, on, can_deduct_vat=deducts.get(case.case.client_id, True))
        else:
            yield None


def as_asked(case_id: UUID, case: Known, on: date, *, can_deduct_vat: bool) -> OpenCase:
    """An open case as the law is asked about it on a day."""
    country, debtor = kind_of(case.case)
    return OpenCase(
        case.case.number or str(case_id),
        country,
        debtor,
        tuple(claim_as_asked(claim, on) for claim in open_claims(case)),
        tuple(sent_steps(case)),
        tuple(charged(case.case)),
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
