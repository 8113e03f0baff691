"""Forgetting who was erased: the list outside is written, keys are destroyed, and again after a restore.

What is due stands in a projection of the log, so a process that ends in the middle goes on where it was; every step
may be done twice. Keys of files whose last day is over are destroyed on the way.
"""

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid5

import msgspec
import structlog
from prometheus_client import Gauge

from services.intake import erasure, handlers, views
from services.intake.erasure import Against, Because, Erasable
from shared.calendar import Country, local_date
from shared.casestore import CaseStore, Recorded
from shared.casestore.appending import GONE
from shared.deciding import Answer, Deciding
from shared.documents import Documents
from shared.erasures import Erasures
from shared.errors import Away, NotFound
from shared.events.intake import Kept, PartyErased
from shared.ids import AGENCY
from shared.law import Law
from shared.projections import Reader
from shared.setup import Agency
from shared.tasks import hear_cancellation

LOOK_SECONDS = 60.0  # A file's last day passes by itself.
BACK_OFF_SECONDS_MAX = 30.0
DONE_SECONDS_MAX = 10.0  # How long the one who asked waits until every key is destroyed.

AWAY = (Away, OSError, *GONE)  # A list that cannot be written is waited for, too.

log = structlog.get_logger()
LEFT = Gauge("sovinto_erasures_unfinished", "Debtors who were erased and have keys left to destroy")


class Looked(msgspec.Struct, frozen=True):
    """What erasing a debtor would come to: what speaks against it, what is kept, who else it may be about."""

    known: Erasable
    against: tuple[Against, ...]
    kept: tuple[Kept, ...]
    others: tuple[UUID, ...]


class Forgetting:
    """Made once. `erasures` is None where no list outside of the database is kept: then nobody is erased."""

    def __init__(
        self, store: CaseStore, reader: Reader, documents: Documents, erasures: Erasures | None, law: Law
    ) -> None:
        self._store, self._reader, self._documents = store, reader, documents
        self._erasures, self._law = erasures, law
        self._news, self._is_news = asyncio.Event(), False
        self._one_at_a_time = asyncio.Lock()

    # Asked by a person.

    async def look(self, party_id: UUID) -> Looked:
        """What would come of it today. Raises NotFound, Away."""
        known = await self._known(party_id)
        if not known.is_there:
            raise NotFound("there is no such debtor")
        today = await self._today()
        others = await views.others_about(self._store.pool, party_id)
        found = () if known.is_erased else erasure.against(known, self._law, today)
        return Looked(known, found, erasure.kept(known, self._law), tuple(others))

    async def erase(self, party_id: UUID, because: Because, decide: Deciding) -> tuple[Answer, bool]:
        """Erase; whether every key is destroyed already. Raises NotFound, Refused with all reasons against it, Away."""
        if self._erasures is None:
            raise Away("SOVINTO_ERASURES names no list: an erasure would not outlast the restore of a backup")
        known = await self._known(party_id)
        answer = await decide(
            handlers.erase_party, party_id, because, known.ended, known.last_days, law=self._law,
            today=await self._today(),
        )  # fmt: skip
        return answer, await self._done(party_id, answer.position)

    async def _done(self, party_id: UUID, position: int) -> bool:
        """Forget now, while the one who asked waits. What does not answer in time is asked again by `run`."""
        await self._reader.reached(position, DONE_SECONDS_MAX)
        try:
            async with asyncio.timeout(DONE_SECONDS_MAX):
                await self.catch_up()
        except AWAY as away:
            hear_cancellation()
            log.error("erasures wait", because=type(away).__name__)
        return await views.is_forgotten(self._store.pool, party_id)

    async def _known(self, party_id: UUID) -> Erasable:
        if not await self._reader.reached(await self._store.head(), DONE_SECONDS_MAX):
            raise Away("intake's views are behind")
        ended = await views.cases_about(self._store.pool, party_id)
        known = await handlers.erasable(self._store.fold, party_id, ended, {})
        last_days = await self._last_days(known.bank_files | known.payouts)
        return msgspec.structs.replace(known, last_days=last_days)

    async def _last_days(self, names: Collection[str]) -> Mapping[str, date]:
        """Up to when each of these files is kept, of those that can still be opened and have a last day."""
        about = {}
        for name in names:
            with contextlib.suppress(NotFound):  # Lost: `sovinto verify` names it.
                about[name] = await self._documents.sealed_for(name)
        days = await self._store.keys.last_days({key for keys in about.values() for key in keys})
        return {name: min(days[key] for key in keys) for name, keys in about.items() if keys and days.keys() >= {*keys}}

    async def _today(self) -> date:
        agency = await self._store.fold(Agency, AGENCY)
        country = cast("Country", agency.said.country if agency.said else "FI")
        return local_date(country, await self._store.now())

    # By itself.

    async def run(self) -> None:
        """Do again what a restored store forgot, then forget whoever is erased, for ever."""
        self._reader.wakes.append(self._wake)
        wait, begun = 0.2, False
        while True:
            try:
                if not begun:
                    await self.again()
                    begun = True
                await self.catch_up()
                wait = 0.2
                await self._something_new()
            except AWAY as away:
                hear_cancellation()
                log.error("erasures wait", because=type(away).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, BACK_OFF_SECONDS_MAX)

    async def again(self) -> None:
        """Whoever is on the list and not erased in this store is erased again: the store was restored."""
        for noted in self._erasures.noted() if self._erasures else ():
            told = await self._store.stream(noted.party)
            # Met after it was erased: the same request, sent again to a restored store, is a new case against them.
            if not told or told[0].recorded_at > noted.at or await views.is_forgotten(self._store.pool, noted.party):
                continue
            await self._store.keys.destroy(noted.party)  # First of all: nobody is to read the name meanwhile.
            known = await self._known(noted.party)
            decide = Deciding(self._store, self._cause(noted.party), "service:intake", await self._store.now())
            if not known.is_erased:
                log.error("erasing again, for the store was restored", party=str(noted.party))
                await decide(handlers.erase_again, noted.party, known.ended, known.last_days, law=self._law)

    async def catch_up(self) -> None:
        """Note every erasure outside of the database, then destroy its keys; and those whose last day is over."""
        async with self._one_at_a_time:
            rows = await views.to_forget(self._store.pool)
            LEFT.set(len(rows))
            for row in rows:
                await self._forget(row["party_id"], row["at"], row["keys"])
            LEFT.set(0)
            for key_id in await self._store.keys.expired(await self._today()):
                await self._store.keys.destroy(key_id)
                log.info("a file's last day is over; its key is destroyed", file=str(key_id))

    async def _forget(self, party_id: UUID, at: datetime, keys: Collection[UUID]) -> None:
        if self._erasures is None:
            raise Away("SOVINTO_ERASURES names no list")
        await asyncio.to_thread(self._erasures.note, party_id, at)
        for key_id in keys:
            await self._store.keys.destroy(key_id)
        await self._store.pool.execute("update erased set done = true where party_id = $1", party_id)
        log.info("erased", party=str(party_id))

    async def heard(self, _database: Any, told: Sequence[Recorded]) -> None:
        """Part of the reader: somebody was erased. Looked at once the views show it."""
        self._is_news = self._is_news or any(isinstance(one.event, PartyErased) for one in told)

    def _wake(self) -> None:
        if self._is_news:
            self._is_news = False
            self._news.set()

    async def _something_new(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._news.wait()
        self._news.clear()

    def _cause(self, party_id: UUID) -> UUID:
        """Of one restore: another one has another epoch, and may have forgotten the erasure once more."""
        return uuid5(party_id, f"restored|{self._store.epoch}")
