"""One batch of events on its way into a service's tables, in one transaction with the position it reaches.

What a view reads is asked at once. The transaction begins with the first thing it writes, and begins by noting the
position: that fails where anybody has moved these tables on or replaced them since. As nobody else writes them, what
was read before is then still true. A batch that changes nothing is so one statement instead of three.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import asyncpg
import msgspec

from shared.casestore import Recorded


class Database(Protocol):
    """The part of a connection that a view uses. It reads by `fetch` alone and writes by the others."""

    async def execute(self, sql: str, *values: object) -> object: ...
    async def fetch(self, sql: str, *values: object) -> Sequence[Mapping[str, Any]]: ...
    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> object: ...


Project = Callable[[Any, Sequence[Recorded]], Awaitable[None]]  # Given a database and the next events, in order.


class Overtaken(Exception):
    """Another process moved these tables on, or put others in their place."""


class Place(msgspec.Struct, frozen=True):
    """Where a reader is: these tables (by the object id of their `built`) show everything up to this position."""

    reader: str
    tables: int
    position: int


async def move(db: Any, place: Place, told: Sequence[Recorded], projections: Sequence[Project]) -> None:
    """Project these events, the first ones after `place`. Raises Overtaken. On any error nothing has changed."""
    if told[0].position != place.position + 1:
        raise AssertionError(f"position {place.position + 1} is missing from the log")
    batch = _Batch(db, place, told[-1])
    try:
        for project in projections:
            await project(batch, told)
        await batch.end()
    except BaseException:
        await batch.undo()
        raise


NOTE = """update casestore.readers set position = $2, hash = $3 where reader = $1 and position = $4
          and exists (select from built where tableoid = $5) returning 1"""


class _Batch:
    """The database as the views of one batch see it."""

    def __init__(self, db: Any, place: Place, last: Recorded) -> None:
        self._db, self._place, self._last = db, place, last
        self._transaction: asyncpg.transaction.Transaction | None = None

    async def fetch(self, sql: str, *values: object) -> Any:
        return await self._db.fetch(sql, *values)

    async def execute(self, sql: str, *values: object) -> Any:
        await self._begin()
        return await self._db.execute(sql, *values)

    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> Any:
        await self._begin()
        return await self._db.executemany(sql, rows)

    async def end(self) -> None:
        if self._transaction is None:
            await self._note()
        else:
            await self._transaction.commit()
            self._transaction = None

    async def undo(self) -> None:
        if self._transaction is not None and not self._db.is_closed():
            await self._transaction.rollback()

    async def _begin(self) -> None:
        if self._transaction is None:
            self._transaction = self._db.transaction()
            await self._transaction.start()
            await self._note()

    async def _note(self) -> None:
        to, seen = self._place, self._last
        if not await self._db.fetch(NOTE, to.reader, seen.position, seen.hash, to.position, to.tables):
            raise Overtaken(to.reader)
