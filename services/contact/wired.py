"""What contact's handlers use besides the store: the law, the documents, the providers. Set once, by main or a test."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from services.contact.channels.provider import Provider, Recalls
from shared.casestore import CaseStore
from shared.events.contact import Channel
from shared.law import Law


class Keeps(Protocol):
    """The part of the documents that handlers use."""

    async def keep(self, content: bytes, media_type: str, parties: Sequence[UUID]) -> str:
        """Write a document sealed for these parties; returns its name."""
        ...


class Outside(msgspec.Struct, frozen=True):
    """What only effects need: the store itself, the opened documents, a provider a channel, the print house's recall.

    `cases_of` names the cases a case's, party's or client's event is about, once all that is told has been read.
    """

    store: CaseStore
    opened: Callable[[str], Awaitable[bytes | None]]
    providers: dict[Channel, Provider]
    recalls: Recalls
    cases_of: Callable[[UUID], Awaitable[Sequence[UUID]]]
    waiting_for: Callable[[str, UUID | None], Awaitable[Sequence[UUID]]]


class Wired(msgspec.Struct):
    """Everything, in one place."""

    law: Law | None = None
    documents: Keeps | None = None
    outside: Outside | None = None


wired = Wired()


def the_law() -> Law:
    """The rule packs this service was started with."""
    if wired.law is None:
        raise AssertionError("contact was not wired: main sets the law")
    return wired.law


def the_documents() -> Keeps:
    """Where messages are kept."""
    if wired.documents is None:
        raise AssertionError("contact was not wired: main sets the documents")
    return wired.documents


def outside() -> Outside:
    """What effects need."""
    if wired.outside is None:
        raise AssertionError("contact was not wired: main sets the outside")
    return wired.outside
