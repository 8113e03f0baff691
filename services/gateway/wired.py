"""What every route of the gateway stands on, made once in `main.py`, and the dependencies that bring it to a route."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Depends, Query, Request

from services.gateway import access, views
from services.gateway.access import NotKnown, Viewer
from services.gateway.neighbours import Neighbours
from services.gateway.people import Beginnings
from services.gateway.then import LookBack
from shared.casestore import Audience, CaseStore
from shared.deciding import Deciding
from shared.documents import Documents
from shared.http import command
from shared.law import Law
from shared.projections import Reader
from shared.telemetry import span

When = Annotated[str, Query(max_length=40)]


class Wired(msgspec.Struct, frozen=True):
    """The store as ourselves and as each audience, what reads and finds for the lists, documents, law, the others."""

    store: CaseStore
    as_client: Audience
    as_staff: Audience
    reader: Reader
    beginnings: Beginnings
    documents: Documents
    law: Law
    neighbours: Neighbours
    operator_key: str = ""

    @property
    def pool(self) -> Any:
        return self.store.pool

    def audience(self, viewer: Viewer) -> Audience:
        """The store as this viewer sees it."""
        return self.as_staff if viewer.is_staff else self.as_client

    async def opened_by(self, key: str) -> Viewer:
        """Whose key this is. Raises NotKnown."""
        operator = access.opened_by_operator(key, self.operator_key)
        if operator is not None:
            return operator
        shown = access.read_key(key)
        if shown is None:
            raise NotKnown("this key opens nothing")
        return access.opened_by(shown, await views.kept_key(self.pool, shown.key_id))

    async def entry(self, viewer: Viewer, request: Request, trace: str = "") -> Deciding:
        """How this viewer's request calls a handler: its cause is who asks, the route and the Idempotency-Key."""
        cause = await command(self.store, viewer.actor, request)
        return Deciding(self.store, cause, viewer.actor, await self.store.now(), trace)


def wired(request: Request) -> Wired:
    """What main.py made."""
    made: Wired = request.app.state.wired
    return made


Made = Annotated[Wired, Depends(wired)]


async def viewer_by_key(request: Request, made: Made) -> Viewer:
    """Who asks, by `Authorization: Bearer KEY`."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise NotKnown("show a key: Authorization: Bearer KEY")
    return await made.opened_by(key)


Asking = Annotated[Viewer, Depends(viewer_by_key)]


async def staff_by_key(viewer: Asking) -> Viewer:
    """Staff only."""
    access.be_staff(viewer)
    return viewer


StaffAsking = Annotated[Viewer, Depends(staff_by_key)]


async def decide_by_key(request: Request, viewer: Asking, made: Made) -> AsyncIterator[Deciding]:
    """The entry of a command that came with a key."""
    with span(f"{request.method} {request.url.path}", request.headers.get("traceparent", "")) as trace:
        yield await made.entry(viewer, request, trace)


DecideByKey = Annotated[Deciding, Depends(decide_by_key)]


async def up_to_date(made: Wired, after: int | None) -> bool:
    """Wait up to a second until lists show that position of the log."""
    return after is None or await made.reader.reached(after)


def is_id(text: str) -> UUID | None:
    """The id this text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


async def _asked_back(as_of: When = "", known_at: When = "") -> LookBack:
    """As of when, and as far as known when: a moment of RFC 3339, or a day to its end in the debtor's country."""
    return LookBack(as_of, known_at)


Back = Annotated[LookBack, Depends(_asked_back)]
