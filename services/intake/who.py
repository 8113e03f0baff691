"""Who is who: the party a claim is against, found by a keyed digest of its identity number, met once, known again."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import date
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

from services.intake import views
from services.intake.claim import Door
from services.intake.digests import Digests
from services.intake.party import Party
from services.intake.told import Told
from shared.casestore import CaseStore
from shared.deciding import Deciding

REMEMBERED_MAX = 5_000


class WhoIsWho:
    """Looks in the projection, and remembers whom it has just met until the projection shows them.

    Two processes that meet somebody at the same moment make two parties; those can be joined later, a wrong one never.
    """

    def __init__(self, store: CaseStore, digests: Digests) -> None:
        self._store, self._digests = store, digests
        self._met: dict[str, UUID] = {}
        self._cases: dict[tuple[UUID, UUID, date], UUID] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def one_at_a_time(self, digest: str | None) -> AbstractAsyncContextManager[object]:
        """Claims against one debtor wait for each other, so that it is met once."""
        return nullcontext() if digest is None else self._locks.setdefault(digest, asyncio.Lock())

    async def find(self, digest: str | None) -> UUID | None:
        """The party with this identifier; None where nobody was met with it, or there is none."""
        if digest is None:
            return None
        known = self._met.get(digest) or await views.party_of(self._store.pool, digest)
        # Somebody who was erased is met anew, as anybody else.
        return known if known is not None and (await self._store.keys.of([known]))[known] is not None else None

    async def party_for(self, door: Door, country: str | None, identifier: str | None, decide: Deciding) -> UUID:
        """Whom a completed claim is against: who has this identifier; else the same party while it has none."""
        known = await self.find(self._digests.identity(country, identifier))
        if known is not None:
            return known
        now = await self._store.fold(Party, door.case.party_id)
        has_one = now.person is not None and now.person.identifier is not None
        return uuid5(decide.cause, "party") if has_one and identifier else door.case.party_id

    async def same_day_case(self, told: Told) -> UUID | None:
        """The Norwegian case handed over that day that this claim may join."""
        if told.draft.invoice.debtor.country != "NO":
            return None
        day = (told.client_id, told.party_id, told.received_on)
        return self._cases.get(day) or await views.same_day_case(self._store.pool, *day)

    def met(self, digest: str | None, party_id: UUID) -> None:
        """Remember a party."""
        if digest is not None:
            self._met[digest] = party_id
        while len(self._met) > REMEMBERED_MAX:
            del self._met[next(iter(self._met))]

    def opened(self, told: Told, case_id: UUID) -> None:
        """Remember a case that others of its day may join."""
        self._cases[told.client_id, told.party_id, told.received_on] = case_id
        while len(self._cases) > REMEMBERED_MAX:
            del self._cases[next(iter(self._cases))]
