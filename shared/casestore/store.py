"""The case store: append under the store's lock, many callers' appends in one round trip; load; read in order."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import reduce
from typing import Any, Self
from uuid import UUID

import asyncpg

from shared.casestore.appending import (
    ANSWER_SECONDS_MAX,
    CLOSE_SECONDS_MAX,
    GONE,
    Append,
    Appends,
    OnStream,
    OwnConnection,
    Placed,
)
from shared.casestore.listening import Listening
from shared.casestore.recorded import COLUMNS, Recorded, Then, decode, encode, event_id, of_stream
from shared.casestore.together import Together
from shared.deciding import NOTHING_MORE, AlreadyDone, Answer, Call, S
from shared.errors import Away, Conflict, NotUnderstood
from shared.events import Event
from shared.sealing import KeyProvider, Keys
from shared.tasks import ended, hear_cancellation

NOTIFY_PAUSE_SECONDS = 0.005
READ_AT_ONCE = 500  # Events: of more, the first have left the processor's cache before the last is decoded.
# Each stream by its index: with `any` a plan made while the tables were empty would scan them for ever. Planned once:
# left alone the server plans for each array of ids anew, which takes it longer than reading twenty events.
PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
STREAMS = f"""select each.* from unnest($1::uuid[]) as wanted (id), lateral (
                  select {COLUMNS} from casestore.events
                  where {of_stream("wanted.id")}
                  order by version) as each"""  # noqa: S608  (constants)


class CaseStore:
    """One process's way to the store. Open it, use it from any task, close it.

    Args:
        dsn: a service role's PostgreSQL URL.
        master: the 32 bytes that wrap the keys.
        schema: where the service's own projections live.
    """

    def __init__(self, dsn: str, master: bytes | KeyProvider, schema: str = "public") -> None:
        self.dsn, self._master, self._schema = dsn, master, schema
        self.listening = Listening(dsn)
        self._told = asyncio.Event()
        self._appends = Appends(dsn, self._told.set)
        self._streams = OwnConnection(dsn, PLANNED_ONCE)
        self._together = Together(self._read_streams)
        self._may_ignore: Mapping[str, bool] = {}
        self.epoch = UUID(int=0)
        self.live = True

    async def open(self) -> Self:
        """Connect; read what kind of store this is.

        Only appends wait for the disk. What the pool writes either follows from the log (views, positions) or comes
        before an append that needs it (keys), and whatever is flushed takes all that was written earlier with it.
        """
        self.pool: asyncpg.Pool[Any] = await asyncpg.create_pool(
            self.dsn, min_size=1, max_size=8, command_timeout=ANSWER_SECONDS_MAX,
            server_settings={"search_path": f"{self._schema}, waiting", "synchronous_commit": "off"}, reset=_as_it_is,
        )  # fmt: skip
        self.keys = Keys(self.pool, self._master)
        about = await self.pool.fetchrow("select epoch, live from casestore.store")
        assert about is not None, "the store has no row in casestore.store: it was not installed"  # noqa: S101  (our own fault)
        self.epoch, self.live = about["epoch"], about["live"]
        self._may_ignore = await self._ignorable()
        self._appends.open()
        self._telling = asyncio.create_task(self._tell())
        return self

    async def close(self) -> None:
        """Stop writing and disconnect. Appends still waiting are told that the store is away."""
        await self._appends.close()
        await ended([self._telling])
        await self.listening.close()
        await self._streams.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self.pool.close()
        except TimeoutError:  # Somebody still holds a connection.
            self.pool.terminate()

    def cases(self, call: Call) -> "StoredCases":
        """What one call of a handler sees."""
        return StoredCases(self, call)

    # Reading.

    async def stream(self, stream_id: UUID, then: Then | None = None) -> list[Recorded]:
        """All events of a stream, oldest first; none where there is no such stream. Raises NotUnderstood, Away.

        With `then` only what was true by one moment and told by another: versions may be missing in between, for a
        payment that came before is told after.
        """
        told = await self.decoded(await self._together.rows(stream_id))
        return told if then is None else [one for one in told if then.sees(one)]

    async def fold(self, state: type[S], stream_id: UUID) -> S:
        """A stream folded, to look at; a decision loads through its `Cases` instead, and so relies on it."""
        told = await self.stream(stream_id)
        return reduce(lambda known, one: known.after(one.event) if one.event else known, told, state())

    async def read(self, after: int, limit: int = READ_AT_ONCE) -> list[Recorded]:
        """The next events of the log. What is at a position never changes, and none comes to be before another."""
        sql = f"select {COLUMNS} from casestore.events where position > $1 order by position limit $2"  # noqa: S608  (constant)
        return await self.decoded(await self._fetch(sql, after, limit))

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

    async def decoded(self, rows: Sequence[asyncpg.Record]) -> list[Recorded]:
        """Rows of events as what they say. Raises NotUnderstood, Away."""
        try:
            return await decode(rows, self.keys, self._may_ignore)
        except NotUnderstood:  # Unless who brought the type has said meanwhile that it may be ignored.
            self._may_ignore = await self._ignorable()
            return await decode(rows, self.keys, self._may_ignore)

    async def _ignorable(self) -> Mapping[str, bool]:
        rows = await self._fetch("select type, may_be_ignored from casestore.types")
        return {row["type"]: row["may_be_ignored"] for row in rows}

    async def _read_streams(self, streams: Sequence[UUID]) -> Sequence[asyncpg.Record]:
        try:
            return await self._streams.fetch(STREAMS, streams)
        except GONE as gone:
            self._streams.drop()
            raise Away(str(gone)) from gone

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
        return await self._appends.append(what)

    async def _tell(self) -> None:
        """Wake the readers, at most every few milliseconds. Inside the append a NOTIFY would cost half its speed."""
        while True:
            await self._told.wait()
            self._told.clear()
            with suppress(*GONE):  # Readers also look by themselves now and then.
                await self.pool.execute("notify sovinto")
            hear_cancellation()
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

    async def make_key(self, key_id: UUID, keep_until: date | None = None) -> None:
        await self._store.keys.make(key_id, keep_until)

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
            there = {each for each in wanted if placed.versions.get(each, 0)}
            raise Conflict(str(stream_id), blind=bool(there - self._seen.keys()))
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
