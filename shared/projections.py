"""Projections: everything shown is computed from events, in store order, and knows how far it has read.

One reader a service moves all its views and deadlines on, in one transaction with its position: exactly once. A
projection names its tables plainly: the connection's search path says whether they are the live ones or those that are
built beside them (`shared/rebuilding.py`). One that fails stops, with an alarm; it never skips.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from prometheus_client import Gauge

from shared.casestore import CaseStore, Recorded
from shared.casestore.appending import GONE
from shared.casestore.listening import APPENDED, Changes
from shared.moving import Database, Overtaken, Place, Project, move
from shared.rebuilding import BATCH, beside, is_asked, rebuild, shape_of
from shared.standing import until_done
from shared.tasks import ended, hear_cancellation

__all__ = ("Database", "Project", "Reader", "one_by_one")  # All that a service needs to show something.

PAUSE_SECONDS = 0.002  # Between batches: what follows at once goes along, for each batch is a transaction.
LOOK_SECONDS = 0.5
ASKED_LOOK_SECONDS = 1.0
MEASURE_SECONDS = 5.0

log = structlog.get_logger()
POSITION = Gauge("sovinto_reader_position", "How far a service's projections have read", ["reader"])
BEHIND = Gauge("sovinto_reader_behind", "How many events the log has that a service's projections have not", ["reader"])
BEHIND_SECONDS = Gauge(
    "sovinto_reader_behind_seconds", "How long ago the first of these was recorded, by the store's clock", ["reader"]
)


def one_by_one(project: Callable[[Any, Recorded], Awaitable[None]]) -> Project:
    """A view that takes one event at a time, as one that takes a batch."""

    async def projected(database: Any, told: Sequence[Recorded]) -> None:
        for one in told:
            if one.event is not None:
                await project(database, one)

    return projected


class Reader:
    """Moves one service's projections on.

    Args:
        name: of the service; its position is kept under it, and its tables lie in the schema of that name.
        store: opened with that schema.
        schema: the SQL of the service's tables. When it changes, they are built anew beside the ones there are.
        projections: called in this order with each batch.
    """

    def __init__(self, name: str, store: CaseStore, schema: str, projections: Sequence[Project]) -> None:
        self.name, self.store, self.schema, self.projections = name, store, schema, projections
        self.shape = hashlib.sha256(schema.encode()).hexdigest()
        self.tables = self.position = self.built_to = 0
        self.prepared = asyncio.Event()  # The tables are there and can be asked.
        self.moving = asyncio.Lock()  # Held while a batch is projected, or the tables are replaced.
        self.moved = asyncio.Event()  # Set each time the position has changed.
        self.wakes: list[Callable[[], None]] = []  # Called each time, for who waits for more than a move.

    async def run(self) -> None:
        """Prepare, then read for ever; meanwhile measure how far behind that is, and build anew when asked to."""
        parts = [asyncio.create_task(part) for part in (self._read(), self._measure(), self._build_when_asked())]
        try:
            await asyncio.gather(*parts)
        finally:
            await ended(parts)

    async def prepare(self) -> None:
        """Find where we were. Tables that are not there, have another shape or tell another history are built anew
        first, beside what another process may still show."""
        while await self._why_anew():
            await rebuild(self, self._why_anew)
        self.prepared.set()

    async def _why_anew(self) -> str | None:
        """Why the tables cannot be read on; None where they can, and `position` is where they are."""
        if await shape_of(self.store.pool, self.name) != self.shape:
            return "not there, or of another shape"
        sql = "select epoch, position, hash from casestore.readers where reader = $1"
        row = await self.store.pool.fetchrow(sql, self.name)
        if row is None or row["epoch"] != self.store.epoch:
            return "of a store that was restored"
        at = await self.store.read(row["position"] - 1, 1) if row["position"] else []
        if row["position"] and not (at and at[0].hash == row["hash"]):
            return "of another history"
        self.tables = await self.store.pool.fetchval("select 'built'::regclass::oid")
        self.is_at(row["position"])
        return None

    async def _read(self) -> None:
        changes, is_sure = Changes(self.store.listening, APPENDED), False

        async def all_there_is() -> None:
            nonlocal is_sure
            if not is_sure:
                await self.prepare()
                is_sure = True
            while await self.move_on() == BATCH:
                pass  # There may be more; what comes later wakes us.

        try:
            while True:
                await until_done(self.name, all_there_is)
                await asyncio.sleep(PAUSE_SECONDS)
                if await changes.wait(LOOK_SECONDS):
                    is_sure = False  # Views are written without waiting for the disk: the last of it may be lost.
        finally:
            changes.end()

    async def move_on(self) -> int:
        """Project the next batch; how many events it had."""
        async with self.moving:
            told = await self.store.read(self.position, BATCH)
            if told:
                try:
                    async with self.store.pool.acquire() as db:
                        await move(db, Place(self.name, self.tables, self.position), told, self.projections)
                except Overtaken:
                    if why := await self._why_anew():
                        raise RuntimeError(f"the tables are {why}: a newer process is at work, stop this one") from None
                    log.warning("another process moves these tables on", reader=self.name)
                else:
                    self.is_at(told[-1].position)
        return len(told)

    def is_at(self, position: int) -> None:
        """The tables show everything up to this position."""
        self.position = position
        POSITION.labels(self.name).set(position)
        self.moved.set()
        self.moved = asyncio.Event()
        for wake in self.wakes:
            wake()

    async def reached(self, position: int, seconds_max: float = 1.0) -> bool:
        """Wait until this position is shown. False when it took too long: the list is being updated."""
        try:
            async with asyncio.timeout(seconds_max):
                while self.position < position:
                    await self.moved.wait()
        except TimeoutError:
            return False
        return True

    async def kept(self) -> int:
        """How far the tables say themselves that they are: `position`, but where a server that died lost the last."""
        sql = "select position from casestore.readers where reader = $1"
        return await self.store.pool.fetchval(sql, self.name) or 0

    async def measure(self) -> tuple[int, float]:
        """How many events the tables are behind, and how many seconds ago the first of these was recorded."""
        [row] = await self.store.pool.fetch(MEASURE, self.position)
        BEHIND.labels(self.name).set(row["events"])
        BEHIND_SECONDS.labels(self.name).set(row["seconds"])
        return row["events"], row["seconds"]

    async def _measure(self) -> None:
        while True:
            with suppress(*GONE):
                await self.measure()
            hear_cancellation()
            await asyncio.sleep(MEASURE_SECONDS)

    async def _build_when_asked(self) -> None:
        await self.prepared.wait()

        async def build() -> None:
            if await is_asked(self):
                await rebuild(self, partial(is_asked, self))

        while True:
            await until_done(beside(self.name), build)
            await asyncio.sleep(ASKED_LOOK_SECONDS)


MEASURE = """
    select coalesce((select max(position) from casestore.events), 0) - $1::bigint as events,
           coalesce(extract(epoch from casestore.clock() - (
               select recorded_at from casestore.events where position = $1 + 1)), 0)::float8 as seconds
"""
