"""The case store: append under the store's lock, many callers' appends in one round trip; load; read in order."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Literal, Self
from uuid import UUID

import asyncpg
import msgspec

from shared.casestore.recorded import COLUMNS, Encoded, Recorded, decode, encode, event_id
from shared.deciding import NOTHING_MORE, AlreadyDone, Answer, Call, S
from shared.errors import Away, Conflict
from shared.events import Event
from shared.sealing import Keys

STREAMS_MAX = 16  # Written by one append.
EVENTS_MAX = 500  # In one append, and about as many in one batch.
WRITERS = 2  # Batches under way: one is made ready while the other holds the store's lock.
WORTH_A_BATCH = 16  # Appends; fewer wait for the batch that is under way.
ANSWER_SECONDS_MAX = 30.0
NOTIFY_PAUSE_SECONDS = 0.002
GONE = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # Used between the server's last word to a connection and its end.
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
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

    @property
    def size(self) -> int:
        return sum(len(stream.events) for stream in self.streams)

    @property
    def writes(self) -> list[UUID]:
        return [stream.stream_id for stream in self.streams if stream.events]

    @property
    def relies(self) -> list[UUID]:
        return [stream.stream_id for stream in self.streams if not stream.events]


class Placed(msgspec.Struct, frozen=True):
    """The store's word on one append: where each stream written stands now, or stood at the first time."""

    outcome: Literal["appended", "duplicate", "conflict"]
    versions: Mapping[UUID, int]
    position: int


Waiting = list[tuple[Append, "asyncio.Future[Placed]"]]


class Batch:
    """Appends under way together: the streams they write, and those they rely on."""

    def __init__(self, appends: Waiting) -> None:
        self.written = {each for what, _ in appends for each in what.writes}
        self.relied = {each for what, _ in appends for each in what.relies}


class Writer:
    """A connection for appends alone, made anew where it was lost."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection[Any] | None = None

    async def append(self, appends: Sequence[Append]) -> list[Placed]:
        """All of them in one round trip and one transaction. Raises what asyncpg raises; GONE: it may have happened."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._dsn, command_timeout=ANSWER_SECONDS_MAX)
        rows = await self._connection.fetch(APPEND, *_columns(appends))
        answers: list[list[asyncpg.Record]] = [[] for _ in appends]
        for row in rows:
            answers[row["append"] - 1].append(row)
        return [_placed(told) for told in answers]

    def drop(self) -> None:
        """Leave a connection that no longer answers: it may still be waiting for the lock, or holding it."""
        if self._connection is not None:
            self._connection.terminate()

    async def close(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            await self._connection.close()


class CaseStore:
    """One process's way to the store. Open it, use it from any task, close it.

    Args:
        dsn: a service role's PostgreSQL URL.
        master: the 32 bytes that wrap the keys.
        schema: where the service's own projections live.
    """

    def __init__(self, dsn: str, master: bytes, schema: str = "public") -> None:
        self.dsn, self._master, self._schema = dsn, master, schema
        self._waiting: deque[tuple[Append, asyncio.Future[Placed]]] = deque()
        self._wake, self._told = asyncio.Event(), asyncio.Event()
        self._under_way: list[Batch] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._may_ignore: dict[str, bool] = {}
        self.epoch = UUID(int=0)
        self.live = True

    async def open(self) -> Self:
        """Connect; read what kind of store this is.

        Only appends wait for the disk. What the pool writes either follows from the log (views, positions) or comes
        before an append that needs it (keys), and whatever is flushed takes all that was written earlier with it.
        """
        self.pool: asyncpg.Pool[Any] = await asyncpg.create_pool(
            self.dsn, min_size=1, max_size=8, command_timeout=ANSWER_SECONDS_MAX,
            server_settings={"search_path": self._schema, "synchronous_commit": "off"}, reset=_as_it_is,
        )  # fmt: skip
        self.keys = Keys(self.pool, self._master)
        about = await self.pool.fetchrow("select epoch, live from casestore.store")
        assert about is not None, "the store has no row in casestore.store: it was not installed"  # noqa: S101  (our own fault)
        self.epoch, self.live = about["epoch"], about["live"]
        rows = await self.pool.fetch("select type, may_be_ignored from casestore.types")
        self._may_ignore = {row["type"]: row["may_be_ignored"] for row in rows}
        writers = [asyncio.create_task(self._write(Writer(self.dsn))) for _ in range(WRITERS)]
        self._tasks = [*writers, asyncio.create_task(self._tell())]
        return self

    async def close(self) -> None:
        """Stop writing and disconnect. Appends still waiting are told that the store is away."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        while self._waiting:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(Away("the store is closing"))
        await self.pool.close()

    def cases(self, call: Call) -> "StoredCases":
        """What one call of a handler sees."""
        return StoredCases(self, call)

    # Reading.

    async def stream(self, stream_id: UUID) -> list[Recorded]:
        """All events of a stream, oldest first; none where there is no such stream. Raises NotUnderstood, Away."""
        sql = f"select {COLUMNS} from casestore.events where stream_id = $1 order by version"  # noqa: S608  (constant)
        return await self._decoded(sql, stream_id)

    async def fold(self, state: type[S], stream_id: UUID) -> S:
        """A stream folded, to look at; a decision loads through its `Cases` instead, and so relies on it."""
        told = await self.stream(stream_id)
        return reduce(lambda known, one: known.after(one.event) if one.event else known, told, state())

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """The next events of the log. What is at a position never changes, and none comes to be before another."""
        sql = f"select {COLUMNS} from casestore.events where position > $1 order by position limit $2"  # noqa: S608  (constant)
        return await self._decoded(sql, after, limit)

    async def now(self) -> datetime:
        """The store's clock: the real one, or the demo's."""
        if self.live:
            return datetime.now(UTC)
        row = await self._fetch("select casestore.clock() as now")
        now: datetime = row[0]["now"]
        return now

    async def head(self) -> int:
        """The last position there is; 0 in an empty store."""
        rows = await self._fetch("select max(position) as head from casestore.events")
        return int(rows[0]["head"] or 0)

    async def _decoded(self, sql: str, *values: object) -> list[Recorded]:
        return await decode(await self._fetch(sql, *values), self.keys, self._may_ignore)

    async def _fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        try:
            return await self.pool.fetch(sql, *values)
        except GONE as gone:
            raise Away(str(gone)) from gone

    # Appending.

    async def append(self, what: Append) -> Placed:
        """Append, together with whoever else is waiting. The answer is the store's own.

        Raises:
            Away: the answer did not come. It may or may not have happened; the same call again finds out.
        """
        if what.size > EVENTS_MAX or sum(bool(stream.events) for stream in what.streams) > STREAMS_MAX:
            raise ValueError(f"an append has at most {EVENTS_MAX} events on {STREAMS_MAX} streams")
        future: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
        self._waiting.append((what, future))
        self._wake.set()
        return await future

    async def _write(self, writer: "Writer") -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while appends := self._next_batch():
                    batch = Batch(appends)
                    self._under_way.append(batch)
                    try:
                        await self._send(writer, appends)
                    finally:
                        self._under_way.remove(batch)
        finally:
            await writer.close()

    def _next_batch(self) -> "Waiting":
        """Appends that touch neither each other nor what is under way: no stream written is written or relied on twice.

        Where many wait and nothing is under way, half of them: the other half follows while these are written.
        """
        count = len(self._waiting)
        if self._under_way and count < WORTH_A_BATCH:
            return []
        appends_max = count if self._under_way or count < 2 * WORTH_A_BATCH else (count + 1) // 2
        batch: Waiting = []
        later: Waiting = []
        written = {each for batch in self._under_way for each in batch.written}
        relied = {each for batch in self._under_way for each in batch.relied}
        size = 0
        while self._waiting and size < EVENTS_MAX and len(batch) < appends_max:
            what, future = self._waiting.popleft()
            if future.done():
                continue
            writes, relies = what.writes, what.relies
            if not written.isdisjoint(writes) or not relied.isdisjoint(writes) or not written.isdisjoint(relies):
                later.append((what, future))
            else:
                batch.append((what, future))
                size += what.size
            # Also what waits counts, so that the callers of one stream are served in the order they came.
            written.update(writes)
            relied.update(relies)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _send(self, writer: "Writer", batch: "Waiting") -> None:
        try:
            placed = await writer.append([what for what, _ in batch])
        except asyncio.CancelledError:
            _fail(batch, Away("the store is closing"))
            raise
        except Exception as wrong:  # Whatever it is, callers hear of it and the next batch is sent.
            # Of a value it cannot send asyncpg says InterfaceError, but also ValueError.
            if isinstance(wrong, GONE) and not isinstance(wrong, ValueError):
                writer.drop()
                _fail(batch, Away(f"the store does not answer: {wrong}"))
            elif len(batch) == 1:
                _fail(batch, wrong)
            else:  # One of them is at fault: each on its own, so that it alone is told.
                for each in batch:
                    await self._send(writer, [each])
        else:
            for (_, future), answer in zip(batch, placed, strict=True):
                if not future.done():
                    future.set_result(answer)
            self._told.set()

    async def _tell(self) -> None:
        """Wake the readers, at most every few milliseconds. Inside the append a NOTIFY would cost half its speed."""
        while True:
            await self._told.wait()
            self._told.clear()
            with suppress(*GONE):  # Readers also look by themselves now and then.
                await self.pool.execute("notify sovinto")
            await asyncio.sleep(NOTIFY_PAUSE_SECONDS)


class StoredCases:
    """What one call of a handler sees of the case store. Remembers the version it loaded of what."""

    def __init__(self, store: CaseStore, call: Call) -> None:
        self._store, self._call = store, call
        self._seen: dict[UUID, int] = {}

    async def load(self, state: type[S], stream_id: UUID) -> S:
        told = await self._store.stream(stream_id)
        own = [one for one in told if one.handler == self._call.handler and one.cause == self._call.cause]
        if own:
            raise AlreadyDone(Answer("duplicate", own[-1].version, own[0].position))
        self._seen[stream_id] = len(told)
        return reduce(lambda known, one: known.after(one.event) if one.event else known, told, state())

    async def make_key(self, key_id: UUID) -> None:
        await self._store.keys.make(key_id)

    async def append(
        self, stream_id: UUID, events: Sequence[Event], also: Mapping[UUID, Sequence[Event]] = NOTHING_MORE
    ) -> Answer:
        if not events:
            if any(also.values()):
                raise ValueError("an append includes the stream its handler was called for")
            return Answer("nothing", self._seen.get(stream_id, 0))
        wanted = {stream_id: events, **{other: more for other, more in also.items() if more}}
        written = [await self._on_stream(each, told) for each, told in wanted.items()]
        relied = [OnStream(each, version) for each, version in self._seen.items() if each not in wanted]
        placed = await self._store.append(Append(self._call, (*written, *relied)))
        if placed.outcome == "conflict":
            raise Conflict(str(stream_id))
        return Answer(placed.outcome, placed.versions.get(stream_id, 0), placed.position)

    async def _on_stream(self, stream_id: UUID, events: Sequence[Event]) -> OnStream:
        expected = self._seen.get(stream_id, 0)
        encoded = [
            await encode(event, event_id(self._call.handler, self._call.cause, stream_id, ordinal), self._store.keys)
            for ordinal, event in enumerate(events)
        ]
        kind, client = _opening(stream_id, events[0]) if expected == 0 else ("", None)
        return OnStream(stream_id, expected, kind, client, tuple(encoded))


async def _as_it_is(_: object) -> None:
    """What a connection of the pool is given back as: nobody sets anything on one, so there is nothing to undo."""


def _opening(stream_id: UUID, event: Event) -> tuple[str, UUID | None]:
    if event.opens is None:
        raise ValueError(f"{type(event).__name__} cannot be the first event of a stream")
    client = stream_id if event.opens == "client" else getattr(event, "client_id", None)
    return event.opens, client


APPEND = "select * from casestore.append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)"


def _columns(appends: Sequence[Append]) -> tuple[list[Any], ...]:
    """The arguments of casestore.append: one list a column, as its comment says."""
    calls = [what.call for what in appends]
    streams = [(number, stream) for number, what in enumerate(appends, 1) for stream in what.streams]
    events = [event for _, stream in streams for event in stream.events]
    types: dict[tuple[str, int], int] = {}
    of_type = [types.setdefault((event.type, event.schema), len(types) + 1) for event in events]
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


def _placed(rows: Sequence[asyncpg.Record]) -> Placed:
    position = min((row["at"] for row in rows if row["at"] is not None), default=0)
    return Placed(rows[0]["outcome"], {row["stream_id"]: row["version"] for row in rows}, position)


def _fail(batch: Sequence[tuple[Append, asyncio.Future[Placed]]], because: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(because)
