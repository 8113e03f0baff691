"""Appending: many callers' appends in one round trip, under the store's lock, two batches at a time."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from shared.casestore.recorded import Encoded
from shared.deciding import Call
from shared.errors import Away
from shared.tasks import ended

STREAMS_MAX = 16  # Written by one append.
EVENTS_MAX = 500  # In one append, and about as many in one batch.
WRITERS = 2  # Batches under way: one is made ready while the other holds the store's lock.
WORTH_A_BATCH = 16  # Appends; fewer wait for the batch that is under way.
ANSWER_SECONDS_MAX = 30.0
CLOSE_SECONDS_MAX = 2.0
GONE = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # Used between the server's last word to a connection and its end.
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    TimeoutError,
)


class OnStream(msgspec.Struct, frozen=True):
    """What one append does with one stream: it saw this version; it writes these events, or only relied on it."""

    stream_id: UUID
    expected: int
    kind: str = ""
    client_id: UUID | None = None
    events: tuple[Encoded, ...] = ()


class Append(msgspec.Struct, frozen=True):
    """One call's append, over one or more streams."""

    call: Call
    streams: tuple[OnStream, ...]


class Placed(msgspec.Struct, frozen=True):
    """The store's word on one append: where each stream written stands now, or stood at the first time."""

    outcome: Literal["appended", "duplicate", "conflict"]
    versions: Mapping[UUID, int]
    position: int


class Appends:
    """The appends of one process on their way to the store. `told` is called after each batch."""

    def __init__(self, dsn: str, told: Callable[[], None]) -> None:
        self._dsn, self._tell = dsn, told
        self._waiting: deque[Asked] = deque()
        self._under_way: list[Sequence[Asked]] = []
        self._wake = asyncio.Event()
        self._writers: list[asyncio.Task[None]] = []
        self._closing = False

    def open(self) -> None:
        """Begin to write."""
        self._writers = [asyncio.create_task(self._write(OwnConnection(self._dsn))) for _ in range(WRITERS)]

    async def close(self) -> None:
        """Stop writing. Appends still waiting are told that the store is away."""
        self._closing = True
        await ended(self._writers)
        _fail(self._waiting, Away("the store is closing"))
        self._waiting.clear()

    async def append(self, what: Append) -> Placed:
        """Append, together with whoever else is waiting. The answer is the store's own.

        Raises:
            Away: the answer did not come. It may or may not have happened; the same call again finds out.
        """
        asked = Asked(what, asyncio.get_running_loop().create_future())
        if asked.size > EVENTS_MAX or len(asked.writes) > STREAMS_MAX:
            raise ValueError(f"an append has at most {EVENTS_MAX} events on {STREAMS_MAX} streams")
        if not asked.size:
            raise ValueError("an append that writes nothing")
        if self._closing:
            raise Away("the store is closing")
        self._waiting.append(asked)
        self._wake.set()
        return await asked.answer

    async def _write(self, own: "OwnConnection") -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while batch := self._next_batch():
                    self._under_way.append(batch)
                    try:
                        await self._send(own, batch)
                    finally:
                        self._under_way.remove(batch)
                    await asyncio.sleep(0)  # Who was just answered may have more, and goes along.
        finally:
            await own.close()

    def _next_batch(self) -> list["Asked"]:
        """Appends that touch neither each other nor what is under way: no stream written is written or relied on twice.

        Where many wait and nothing is under way, half of them: the other half follows while these are written.
        """
        count = len(self._waiting)
        if self._under_way and count < WORTH_A_BATCH:
            return []
        appends_max = count if self._under_way or count < 2 * WORTH_A_BATCH else (count + 1) // 2
        batch: list[Asked] = []
        later: list[Asked] = []
        written = {stream for other in self._under_way for asked in other for stream in asked.writes}
        relied = {stream for other in self._under_way for asked in other for stream in asked.relies}
        size = 0
        while self._waiting and size < EVENTS_MAX and len(batch) < appends_max:
            asked = self._waiting.popleft()
            if asked.answer.done():
                continue
            writes, relies = asked.writes, asked.relies
            if not written.isdisjoint(writes) or not relied.isdisjoint(writes) or not written.isdisjoint(relies):
                later.append(asked)
            else:
                batch.append(asked)
                size += asked.size
            # Also what waits counts, so that the callers of one stream are served in the order they came.
            written.update(writes)
            relied.update(relies)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _send(self, own: "OwnConnection", batch: Sequence["Asked"]) -> None:
        try:  # All of them in one round trip and one transaction.
            rows = await own.fetch(APPEND, *_columns([asked.what for asked in batch]))
        except asyncio.CancelledError:
            _fail(batch, Away("the store is closing"))
            raise
        except Exception as wrong:  # Whatever it is, callers hear of it and the next batch is sent.
            if isinstance(wrong, GONE):
                own.drop()  # It may still be waiting for the lock, or holding it.
                _fail(batch, Away(f"the store does not answer: {wrong}"))
            elif len(batch) == 1:
                _fail(batch, wrong)
            else:  # One of them is at fault: each on its own, so that it alone is told.
                for each in batch:
                    await self._send(own, [each])
        else:
            for asked, answer in zip(batch, _answers(rows, len(batch)), strict=True):
                if not asked.answer.done():
                    asked.answer.set_result(answer)
            self._tell()


class Asked:
    """An append that waits for its answer: the streams it writes, those it relies on, and how many events it has."""

    __slots__ = ("answer", "relies", "size", "what", "writes")

    def __init__(self, what: Append, answer: "asyncio.Future[Placed]") -> None:
        self.what, self.answer = what, answer
        self.writes = [stream.stream_id for stream in what.streams if stream.events]
        self.relies = [stream.stream_id for stream in what.streams if not stream.events]
        self.size = sum([len(stream.events) for stream in what.streams])


class OwnConnection:
    """A connection for one thing alone, made anew where it was lost.

    Args:
        settings: the server's, for this connection.
    """

    def __init__(self, dsn: str, settings: dict[str, str] | None = None) -> None:
        self._dsn, self._settings = dsn, settings
        self._connection: asyncpg.Connection[Any] | None = None
        self._closed = False

    async def fetch(self, sql: str, *values: object) -> Sequence[asyncpg.Record]:
        """Raises what asyncpg raises; GONE: it may have happened. One at a time."""
        if self._closed:
            raise asyncpg.InterfaceError("the store is closing")
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._dsn, timeout=ANSWER_SECONDS_MAX, command_timeout=ANSWER_SECONDS_MAX,
                server_settings=self._settings,
            )  # fmt: skip
        return await self._connection.fetch(sql, *values)

    def drop(self) -> None:
        """Leave a connection that no longer answers."""
        if self._connection is not None:
            self._connection.terminate()

    async def close(self) -> None:
        """Disconnect for good, also where the server no longer answers."""
        self._closed = True
        if self._connection is not None:
            with suppress(*GONE):
                await self._connection.close(timeout=CLOSE_SECONDS_MAX)


APPEND = "select * from casestore.append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)"


def _columns(appends: Sequence[Append]) -> tuple[list[Any] | bytes, ...]:
    """The arguments of casestore.append: one list a column, as its comment says."""
    calls = [what.call for what in appends]
    streams = [(number, stream) for number, what in enumerate(appends, 1) for stream in what.streams]
    events = [event for _, stream in streams for event in stream.events]
    types: dict[tuple[str, int], int] = {}
    # As bytes, for asyncpg looks at every single element of a list.
    of_type = bytes(types.setdefault((event.type, event.schema), len(types) + 1) for event in events)
    return (
        [call.handler for call in calls], [call.cause for call in calls], [call.actor for call in calls],
        [call.trace for call in calls], [call.now for call in calls],
        [number for number, _ in streams], [stream.stream_id for _, stream in streams],
        [stream.expected for _, stream in streams], [stream.kind for _, stream in streams],
        [stream.client_id for _, stream in streams], [len(stream.events) for _, stream in streams],
        [name for name, _ in types], [schema for _, schema in types],
        of_type, [event.event_id for event in events],
        [event.data for event in events], [event.sealed for event in events],
    )  # fmt: skip


def _answers(rows: Iterable[asyncpg.Record], appends: int) -> list[Placed]:
    """Of each append in the order they were sent."""
    told: list[list[asyncpg.Record]] = [[] for _ in range(appends)]
    for row in rows:
        told[row["append"] - 1].append(row)
    return [_placed(each) for each in told]


def _placed(rows: Sequence[asyncpg.Record]) -> Placed:
    position = min((row["at"] for row in rows if row["at"] is not None), default=0)
    return Placed(rows[0]["outcome"], {row["stream_id"]: row["version"] for row in rows}, position)


def _fail(batch: Iterable[Asked], because: Exception) -> None:
    for asked in batch:
        if not asked.answer.done():
            asked.answer.set_exception(because)
