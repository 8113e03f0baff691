"""Projections: everything shown is computed from events, in store order, and knows how far it has read.

One reader a service moves all its views and deadlines on, in one transaction with its position: exactly once. To
rebuild is to empty the service's tables and read again from the start. A projection that fails stops, with an alarm;
it never skips.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Gauge

from shared.casestore import CaseStore, Recorded
from shared.casestore.appending import GONE
from shared.casestore.listening import Changes
from shared.errors import Away

BATCH = 500
LOOK_SECONDS = 0.5
BACK_OFF_SECONDS_MAX = 5.0

log = structlog.get_logger()
POSITION = Gauge("sovinto_reader_position", "How far a service's projections have read", ["reader"])
STOPPED = Gauge("sovinto_reader_stopped", "1 while a projection stands still because it failed", ["reader"])


class Database(Protocol):
    """The part of a connection that a view uses."""

    async def execute(self, sql: str, *values: object) -> object: ...
    async def fetch(self, sql: str, *values: object) -> Sequence[Mapping[str, Any]]: ...
    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> object: ...


Project = Callable[[Any, Sequence[Recorded]], Awaitable[None]]  # Given a connection and the next events, in order.


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
        name: of the service; its position is kept under it.
        store: opened with the service's schema.
        schema: the SQL of the service's tables. When it changes, they are made anew and read again from the start.
        projections: called in this order with each batch.
    """

    def __init__(self, name: str, store: CaseStore, schema: str, projections: Sequence[Project]) -> None:
        self.name, self._store, self._schema, self._projections = name, store, schema, projections
        self.position = 0
        self.moved = asyncio.Event()  # Set each time the position has changed.
        self.wakes: list[Callable[[], None]] = []  # Called each time, for who waits for more than a move.

    async def prepare(self) -> None:
        """Make the tables where they are missing or of another shape, and find where we were."""
        shape = hashlib.sha256(self._schema.encode()).hexdigest()
        async with self._store.pool.acquire() as db, db.transaction():
            await db.execute("create table if not exists shape (of text primary key)")
            if await db.fetchval("select of from shape") != shape:
                await _empty(db, self.name)
                await db.execute(self._schema)
                await db.execute("delete from shape")
                await db.execute("insert into shape values ($1)", shape)
                await db.execute("delete from waiting.deadlines where service = $1", self.name)
                await db.execute("delete from casestore.readers where reader = $1", self.name)
            sql = """insert into casestore.readers (reader, epoch, position, hash) values ($1, $2, 0, '')
                     on conflict (reader) do nothing"""
            await db.execute(sql, self.name, self._store.epoch)
            [row] = await db.fetch("select epoch, position, hash from casestore.readers where reader = $1", self.name)
        self.position = row["position"]
        await self._same_history(row["epoch"], row["hash"])

    async def run(self) -> None:
        """Read for ever."""
        changes = Changes(self._store.dsn)
        wait = 0.2
        try:
            while True:
                try:
                    while await self.move_on() == BATCH:
                        pass  # There may be more; what comes later wakes us.
                    STOPPED.labels(self.name).set(0)
                    wait = 0.2
                    await changes.wait(LOOK_SECONDS)
                except (Away, *GONE):
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, BACK_OFF_SECONDS_MAX)
                except Exception:
                    STOPPED.labels(self.name).set(1)
                    log.exception("projection stands still", reader=self.name, position=self.position)
                    await asyncio.sleep(BACK_OFF_SECONDS_MAX)
        finally:
            await changes.close()

    async def move_on(self) -> int:
        """Project the next batch; how many events it had."""
        told = await self._store.read(self.position, BATCH)
        if not told:
            return 0
        if told[0].position != self.position + 1:
            raise AssertionError(f"position {self.position + 1} is missing from the log")
        async with self._store.pool.acquire() as db, db.transaction():
            sql = """update casestore.readers set position = $2, hash = $3
                     where reader = $1 and position = $4 returning 1"""
            last = told[-1]
            if await db.fetchval(sql, self.name, last.position, last.hash, self.position) is None:
                raise AssertionError(f"another reader named {self.name} is at work")
            for project in self._projections:
                await project(db, told)
        self.position = last.position
        POSITION.labels(self.name).set(self.position)
        self.moved.set()
        self.moved = asyncio.Event()
        for wake in self.wakes:
            wake()
        return len(told)

    async def reached(self, position: int, seconds_max: float = 1.0) -> bool:
        """Wait until this position is shown. False when it took too long: the list is being updated."""
        try:
            async with asyncio.timeout(seconds_max):
                while self.position < position:
                    await self.moved.wait()
        except TimeoutError:
            return False
        return True

    async def _same_history(self, epoch: UUID, seen: bytes) -> None:
        """A store that was restored is another history: what was built on the old one is emptied and built anew."""
        if epoch == self._store.epoch and self.position == 0:
            return
        at = await self._store.read(self.position - 1, 1) if self.position else []
        if epoch == self._store.epoch and at and at[0].hash == seen:
            return
        log.error("history differs from what was read; building anew", reader=self.name, position=self.position)
        async with self._store.pool.acquire() as db, db.transaction():
            await _empty(db, self.name)
            await db.execute(self._schema)
            await db.execute("delete from waiting.deadlines where service = $1", self.name)
            sql = "update casestore.readers set position = 0, hash = '', epoch = $2 where reader = $1"
            await db.execute(sql, self.name, self._store.epoch)
        self.position = 0


async def _empty(db: "asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any]", schema: str) -> None:
    for row in await db.fetch("select tablename from pg_tables where schemaname = $1 and tablename <> 'shape'", schema):
        await db.execute(f'drop table "{row["tablename"]}" cascade')
