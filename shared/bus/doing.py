"""Does what a group hears: tried a few times, then parked with every later event of its stream; taken up again later.

A group's row in `bus.parked` says why. What waits only for this code to become as new as the event, what a person wants
tried again, and what stands behind nothing any more is taken up by the group itself, in the order of each stream.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from random import uniform
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter, Gauge

from shared.bus.hears import Hears
from shared.bus.message import Told
from shared.casestore.appending import GONE
from shared.casestore.store import CaseStore
from shared.deciding import Deciding
from shared.errors import Away, Conflict, NotUnderstood, Refused
from shared.tasks import hear_cancellation
from shared.telemetry import span

TRIES_MAX = 4  # Of one event, before it is parked.
TRY_SECONDS_MAX = 60.0  # Whatever a function still waits for then is away.
TAKE_UP_SECONDS = 5.0

# How `because` begins, or what it is, where the group itself takes a parked event up again.
NEWER = "waits for the upgrade: "
FOLLOWS = "an earlier event of this stream is parked"
TRY_AGAIN = "to be tried again, as a person asked"  # See parked.py.

log = structlog.get_logger()
PARKED = Counter("sovinto_parked_total", "Events parked because a handler kept failing", ["group", "type"])
NOT_UNDERSTOOD = Gauge(
    "sovinto_not_understood_streams", "Streams on which a group decides nothing until it is upgraded", ["group"]
)
HANDLED = Counter("sovinto_handled_total", "Events a group has heard and dealt with", ["group", "type"])


class Doing:
    """One group's work on events, whoever brings them."""

    def __init__(self, hears: Hears, store: CaseStore) -> None:
        self._hears, self._store = hears, store
        self._group = hears.group

    async def one_stream(self, events: Sequence[Told], now: datetime, parked_from: int | None) -> None:
        """Do these events of one stream, in order; the first that cannot be done is parked, and all after it.

        What is before the first one parked was done, and is heard again because nobody had counted it yet.
        """
        for one in events:
            is_parked = parked_from is not None and one.position >= parked_from
            wrong = FOLLOWS if is_parked else one.unread or await self._try(one, now)
            if wrong is not None:
                await self.park(one, wrong)
                parked_from = parked_from or one.position

    async def _try(self, one: Told, now: datetime) -> str | None:
        """Call what hears this type. None when done, else why it cannot be done. Raises Away, its like, Conflict.

        Who never gets through because others come first has made no mistake: that is waited for like a server away.
        """
        for attempt in range(1, TRIES_MAX + 1):
            try:
                with span(f"hear {one.type}", one.trace, stream_id=str(one.stream_id)) as trace:
                    decide = Deciding(self._store, one.event_id, f"service:{self._group}", now, trace)
                    async with asyncio.timeout(TRY_SECONDS_MAX):
                        for function in self._hears.by_type[one.type]:
                            await function(one.stream_id, decide)
            except Refused as refused:
                # A rule said no to what the event asked for: that is an answer, and the log says so.
                log.info("refused", group=self._group, type=one.type, case=str(one.stream_id), code=refused.code)
            except NotUnderstood as newer:
                return f"{NEWER}{newer}"
            except (Away, *GONE):
                raise
            except Exception as wrong:
                hear_cancellation()
                if isinstance(wrong, Conflict) and not wrong.blind:
                    raise
                log.exception("failed", group=self._group, type=one.type, position=one.position, attempt=attempt)
                if attempt == TRIES_MAX:
                    return f"{type(wrong).__name__} at {_where(wrong)}"
                wait = 0.05 * 2**attempt
                await asyncio.sleep(uniform(wait, 2 * wait))  # noqa: S311  (jitter is no secret)
                continue
            HANDLED.labels(self._group, one.type).inc()
            return None
        raise AssertionError("unreachable")

    async def park(self, one: Told, because: str) -> None:
        """Set an event aside, for the group to take up again or for a person to decide about."""
        if because.startswith(NEWER):
            NOT_UNDERSTOOD.labels(self._group).inc()
        else:
            PARKED.labels(self._group, one.type).inc()
        log.error("parked", group=self._group, type=one.type, case=str(one.stream_id), because=because)
        sql = """insert into bus.parked (group_name, stream_id, position, event_id, type, because)
                 values ($1, $2, $3, $4, $5, $6) on conflict do nothing"""
        values = (self._group, one.stream_id, one.position, one.event_id, one.type, because)
        await self._store.pool.execute(sql, *values)

    async def as_stored(self, position: int, unread: str) -> Told | None:
        """The event at a position whose message cannot be read. None where there is none: it was no message of ours."""
        sql = "select stream_id, event_id, type, trace from casestore.events where position = $1"
        row = await self._store.pool.fetchrow(sql, position)
        if row is None:
            return None
        return Told(position, row["stream_id"], row["event_id"], row["type"], row["trace"], f"unreadable: {unread}")

    async def take_up_now_and_then(self) -> None:
        """Take up what can be, for ever. It needs no broker."""
        while True:
            try:
                await self.take_up()
            except (Away, Conflict, *GONE, asyncpg.PostgresError) as away:
                hear_cancellation()
                log.warning("taking up later", group=self._group, because=type(away).__name__)
            await asyncio.sleep(TAKE_UP_SECONDS)

    async def take_up(self) -> None:
        """Do what was parked until the upgrade, wherever the code knows it by now, and what need not wait any more."""
        sql = """select stream_id from (select distinct on (stream_id) stream_id, because from bus.parked
                     where group_name = $1 order by stream_id, position) first
                 where starts_with(because, $2) or because = any($3)"""
        waiting = await self._store.pool.fetch(sql, self._group, NEWER, [FOLLOWS, TRY_AGAIN])
        for row in waiting:
            await self._take_up_stream(row["stream_id"])
        left = await self._store.pool.fetch(sql, self._group, NEWER, [FOLLOWS, TRY_AGAIN]) if waiting else []
        NOT_UNDERSTOOD.labels(self._group).set(len(left))

    async def _take_up_stream(self, stream_id: UUID) -> None:
        sql = """select position, event_id, type from bus.parked
                 where group_name = $1 and stream_id = $2 order by position"""
        for row in await self._store.pool.fetch(sql, self._group, stream_id):
            one = Told(row["position"], stream_id, row["event_id"], row["type"], "")
            key = (self._group, stream_id, one.position)
            wrong = await self._try(one, await self._store.now()) if one.type in self._hears.by_type else None
            if wrong is not None:
                sql = "update bus.parked set because = $4 where group_name = $1 and stream_id = $2 and position = $3"
                await self._store.pool.execute(sql, *key, wrong)
                return
            sql = "delete from bus.parked where group_name = $1 and stream_id = $2 and position = $3"
            await self._store.pool.execute(sql, *key)
            log.info("taken up again", group=self._group, type=one.type, case=str(stream_id))


def _where(wrong: BaseException) -> str:
    """File and line of a failure: enough to find it, and nothing of what the event held."""
    trace: Any = wrong.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
