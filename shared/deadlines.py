"""Deadlines: what happens by itself when time passes. A deadline is a projection of the event that set it.

It *is* the handler it will call, so its stored name and its code cannot part. It ends with the append it caused, or
where the service says that another event ended it. One that fires and appends nothing is a defect: counted and shown.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import msgspec
import structlog
from prometheus_client import Gauge

from shared.casestore import CaseStore, Recorded
from shared.casestore.appending import GONE
from shared.casestore.listening import CLOCK, Changes
from shared.deciding import Answer, Deciding, Store, stored_name
from shared.errors import Away, Conflict, NotUnderstood, Refused
from shared.events import Event
from shared.projections import Reader
from shared.tasks import ended, hear_cancellation
from shared.telemetry import span

AT_ONCE = 64
LOOK_SECONDS = 0.5
NEWER_SECONDS = 5.0  # How long a stream is left alone that holds an event newer than this code.
OUTGOING_SECONDS = 6.0  # A demo store's clock stands while something is on its way out: then real time decides.

log = structlog.get_logger()
STUCK = Gauge("sovinto_deadlines_stuck", "Deadlines that fired and appended nothing", ["service"])
NOT_UNDERSTOOD = Gauge(
    "sovinto_deadlines_not_understood", "Streams whose deadlines wait until the service is upgraded", ["service"]
)

Then = Callable[..., Awaitable[Answer]]  # A handler: (cases, stream_id, *about, now) -> Answer
Act = Callable[..., Awaitable[None]]  # (stream_id, *about, cause)


class Deadline(msgspec.Struct, frozen=True):
    """At this moment `then(cases, stream, *about, now=…)` is called. `about` holds texts and whole numbers only.

    `act` is what may be done outside, and only when the call appended: `act(stream, *about, cause=…)`.
    `outgoing` marks a wait for the outcome of something already on its way out.
    """

    at: datetime
    then: Then
    about: tuple[str | int, ...] = ()
    act: Act | None = None
    outgoing: bool = False

    @property
    def name(self) -> str:
        return f"{stored_name(self.then)}|{'|'.join(map(str, self.about))}"


SetBy = Callable[[Event], Sequence[Deadline]]
EndedBy = Callable[[Event, Deadline], bool]


def cause_of(set_by: UUID, deadline: Deadline) -> UUID:
    """What a deadline's append is caused by: the event that set it, and its name."""
    return uuid5(set_by, deadline.name)


async def fire(store: Store, deadline: Deadline, stream_id: UUID, set_by: UUID, now: datetime, actor: str) -> Answer:
    """Call what a deadline was for."""
    decide = Deciding(store, cause_of(set_by, deadline), actor, now)
    with span(f"deadline {stored_name(deadline.then)}", "", stream_id=str(stream_id)) as trace:
        decide.trace = trace
        return await decide(deadline.then, stream_id, *deadline.about, now=now)


class Waiting:
    """One service's deadlines: kept by its reader, fired by `run`.

    Args:
        service: its name.
        set_by: the deadlines an event sets.
        ended_by: whether an event ends a deadline.
        kinds: an example of each deadline there can be, by the stored name of its handler.
    """

    def __init__(
        self, service: str, store: CaseStore, set_by: SetBy, ended_by: EndedBy, kinds: Sequence[Deadline]
    ) -> None:
        self._service, self._store, self._set_by, self._ended_by = service, store, set_by, ended_by
        self._kinds = {stored_name(kind.then): kind for kind in kinds}
        self._fired: dict[tuple[UUID, str], int] = {}  # The log's end when each fired, until it is seen to have ended.
        self._in_hand: set[tuple[UUID, str]] = set()
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._newer: dict[UUID, float] = {}  # Streams that hold what this code does not know; when each is looked at.
        self._is_news = False  # The projection has set deadlines that nobody was woken for yet.
        self.reader: Reader | None = None

    # Kept: a projection like any other, in waiting.deadlines or, built anew, in a table beside it.

    async def project(self, db: Any, told: Sequence[Recorded]) -> None:
        """Set and end deadlines by these events, in order."""
        waiting = await self._of_streams(db, {one.stream_id for one in told})
        before = list(waiting)
        fresh: dict[tuple[UUID, str], tuple[UUID, Deadline]] = {}
        for one in told:
            if one.event is None:
                continue
            for key, (stream_id, deadline) in list(waiting.items()):
                if stream_id == one.stream_id and (
                    one.cause == cause_of(key[0], deadline) or self._ended_by(one.event, deadline)
                ):
                    del waiting[key]
                    fresh.pop(key, None)
            for deadline in self._set_by(one.event):
                waiting[(one.event_id, deadline.name)] = fresh[(one.event_id, deadline.name)] = (
                    one.stream_id,
                    deadline,
                )
        ended = [key for key in before if key not in waiting]
        if ended:
            await db.executemany("delete from deadlines where service = $1 and event_id = $2 and name = $3",
                                 [(self._service, *key) for key in ended])  # fmt: skip
        if fresh:
            self._is_news = True
            sql = """insert into deadlines (event_id, name, stream_id, at, handler, about, outgoing)
                     values ($1, $2, $3, $4, $5, $6, $7)"""
            await db.executemany(sql, [_row(key, *what) for key, what in fresh.items()])

    async def _of_streams(self, db: Any, streams: set[UUID]) -> dict[tuple[UUID, str], tuple[UUID, Deadline]]:
        sql = "select * from deadlines where service = $1 and stream_id = any($2)"
        rows = await db.fetch(sql, self._service, list(streams))
        return {(row["event_id"], row["name"]): (row["stream_id"], self._deadline(row)) for row in rows}

    def _deadline(self, row: Any) -> Deadline:
        kind = self._kinds[row["handler"]]
        return Deadline(row["at"], kind.then, tuple(msgspec.json.decode(row["about"])), kind.act, row["outgoing"])

    # Fired.

    async def run(self) -> None:
        """Fire what is due, for ever. What takes long, be it a provider that hardly answers, holds up nothing else."""
        changes, firing = Changes(self._store.listening, CLOCK), set[asyncio.Task[None]]()

        def fired(task: "asyncio.Task[None]") -> None:
            firing.discard(task)
            if not firing:  # What could not be fired yet, or was too much for one look, is due still.
                changes.wake()

        if self.reader is not None:
            self.reader.wakes.append(lambda: self._wake_for_news(changes))
        try:
            while True:
                try:
                    due = await self._due()
                except (Away, *GONE):
                    hear_cancellation()
                    await asyncio.sleep(1)
                    continue
                for row, now in due:
                    firing.add(task := asyncio.create_task(self._fire(row, now)))
                    task.add_done_callback(fired)
                if not due:
                    await changes.wait(LOOK_SECONDS)
        finally:
            changes.end()
            await ended(firing)

    def _wake_for_news(self, changes: Changes) -> None:
        """The reader has moved: what it has just set is there to be found only now."""
        if self._is_news:
            self._is_news = False
            changes.wake()

    async def _due(self) -> Sequence[tuple[asyncpg.Record, datetime]]:
        """What is to be fired, and for when; from here on it is in hand."""
        now = await self._store.now()
        sql = """select * from waiting.deadlines where service = $1 and not stuck
                 and (at <= $2 or (outgoing and not $3 and set_at < clock_timestamp() - $4::interval))
                 and stream_id <> all($5) order by at, event_id, name limit 500"""
        read_to = self.reader.position if self.reader is not None else 0
        waits = [stream_id for stream_id, again_at in self._newer.items() if time.monotonic() < again_at]
        rows = await self._store.pool.fetch(
            sql, self._service, now, self._store.live, timedelta(seconds=OUTGOING_SECONDS), waits
        )
        there = {(row["event_id"], row["name"]) for row in rows}
        # What came of the others has been read, and they are no longer there: they have ended.
        self._fired = {key: at for key, at in self._fired.items() if at > read_to or key in there}
        due = [(row, max(now, row["at"])) for row in rows if await self._not_yet(row)]
        self._in_hand.update((row["event_id"], row["name"]) for row, _ in due)
        return due

    async def _not_yet(self, row: Any) -> bool:
        """Whether this row is to be fired. One fired before, still there once its append was read, is stuck."""
        key = (row["event_id"], row["name"])
        if key in self._in_hand:
            return False
        at = self._fired.get(key)
        if at is None:
            return True
        if self.reader is not None and self.reader.position >= at and await self.reader.kept() >= at:
            sql = """update waiting.deadlines set stuck = true where service = $1 and event_id = $2 and name = $3"""
            done = await self._store.pool.execute(sql, self._service, *key)
            if done == "UPDATE 1":
                log.error("deadline fired and appended nothing", handler=row["handler"], case=str(row["stream_id"]))
                STUCK.labels(self._service).inc()
        return False

    async def _fire(self, row: asyncpg.Record, now: datetime) -> None:
        deadline, key = self._deadline(row), (row["event_id"], row["name"])
        try:
            async with self._limit:
                if self._store.live:  # Many may be due at once: each has its seconds from the moment it is its turn.
                    now = await self._store.now()
                answer = await self._called(deadline, row["stream_id"], key, now)
                if answer and answer.outcome == "appended" and deadline.act is not None:
                    await deadline.act(row["stream_id"], *deadline.about, cause=cause_of(key[0], deadline))
        except (Away, Conflict, *GONE):
            hear_cancellation()  # Looked at again.
        finally:
            self._in_hand.discard(key)

    async def _called(self, deadline: Deadline, stream_id: UUID, key: tuple[UUID, str], now: datetime) -> Answer | None:
        """Call what it was for, and note where the log ended then. None where it could not be decided."""
        try:
            answer = await fire(self._store, deadline, stream_id, key[0], now, f"service:{self._service}")
        except NotUnderstood as newer:
            self._wait_for_upgrade(stream_id, newer)
            return None
        except (Away, Conflict, *GONE):
            raise
        except Refused as refused:
            log.error("a deadline was refused", handler=stored_name(deadline.then), code=refused.code)
            answer = None
        except Exception:
            hear_cancellation()
            log.exception("a deadline failed", handler=stored_name(deadline.then), case=str(stream_id))
            answer = None
        else:
            self._understood(stream_id)
        self._fired[key] = await self._store.head()
        return answer

    def _wait_for_upgrade(self, stream_id: UUID, newer: NotUnderstood) -> None:
        """Nothing is decided on this stream until the service is upgraded; the others flow."""
        if stream_id not in self._newer:
            log.error("deadline waits for the upgrade", service=self._service, case=str(stream_id), because=str(newer))
        self._newer[stream_id] = time.monotonic() + NEWER_SECONDS
        NOT_UNDERSTOOD.labels(self._service).set(len(self._newer))

    def _understood(self, stream_id: UUID) -> None:
        if self._newer.pop(stream_id, None) is not None:
            NOT_UNDERSTOOD.labels(self._service).set(len(self._newer))


def _row(key: tuple[UUID, str], stream_id: UUID, deadline: Deadline) -> tuple[object, ...]:
    about = msgspec.json.encode(deadline.about).decode()
    return (*key, stream_id, deadline.at, stored_name(deadline.then), about, deadline.outgoing)
