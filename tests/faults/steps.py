"""Where a process is caught: a lock in PostgreSQL holds it in the middle of a step, from outside, and then it is hit.

No product code knows of this. A lock that a step needs anyway is taken by the suite; the process waits for it;
`pg_stat_activity` says so, and what is unfinished is counted before anything is done to it.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from shared.casestore.appending import GONE
from shared.casestore.install import role_of

LOCK = 727_001  # The store's, in casestore.append.
LOOK_SECONDS = 0.005
HOLD_SECONDS_MAX = 1.0  # At a time: everybody else waits too, and the relay calls three seconds a standstill.


@dataclass(frozen=True)
class Step:
    """A step that can be held. `hold` takes the lock that `query`, as it stands in pg_stat_activity, waits for."""

    name: str
    hold: str
    query: str
    is_unsaid: bool = False  # Who is killed there never said it: its session ends too, or the server would still do it.
    after_append: bool = False  # It counts only where the group has appended something since the lock was taken.

    def of(self, who: str) -> "Step":
        """The same, of this group or reader."""
        return replace(self, hold=self.hold.format(who=who))


HEARD = Step(
    "messages in hand, nothing looked up", "lock table bus.handled in access exclusive mode",
    "select partition, position, null::uuid%",
)  # fmt: skip
LOADING = Step(
    "deciding: a stream is being loaded", "lock table casestore.events in access exclusive mode",
    "select %from casestore.events where opened = (select opened from casestore.heads%",
)  # fmt: skip
APPEND = Step(
    "an append is open at the server", f"select pg_advisory_xact_lock({LOCK})", "select * from casestore.append(%"
)
COUNTING = Step(
    "appended, not counted as handled", "select from bus.handled where group_name = '{who}' for update",
    "insert into bus.handled%on conflict (group_name, partition)%do update%", is_unsaid=True,
    after_append=True,
)  # fmt: skip
SHOWING = Step(
    "views are being written", "select from casestore.readers where reader = '{who}' for update",
    "update casestore.readers set position%",
)  # fmt: skip
READING = Step(
    "reading the log", "lock table casestore.events in access exclusive mode",
    "select position, stream_id, event_id, type, schema, trace, data%",
)  # fmt: skip
SENT = Step(
    "sent, not noted as sent", "lock table bus.sent in exclusive mode", "with sent as (%insert into bus.sent%",
    is_unsaid=True,
)  # fmt: skip

BEHIND = """select count(*) from bus.handled h join bus.sent s using (partition)
            where h.position < s.position and ($1 = '' or h.group_name = $1)"""
UNSENT = "select (select max(position) from casestore.events) - (select position from bus.relay)"
UNSHOWN = """select (select max(position) from casestore.events) - position from casestore.readers
             where reader = $1"""
OUTSIDE = "outside"  # As which the suite's own connections are known, where they have a service's role.
WAITING = """select count(*) from pg_stat_activity where ($1 = '' or usename = $1) and wait_event_type = 'Lock'
              and pid <> pg_backend_pid() and application_name <> 'outside' and ltrim(query, E' \\n') ilike $2"""
END = """select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and wait_event_type = 'Lock'
         and application_name <> 'outside' and ltrim(query, E' \\n') ilike $2"""
OPEN = """select count(*) from pg_stat_activity where state = 'active' and query like '%casestore.append(%'
           and pid <> pg_backend_pid() and application_name <> 'outside' and ($1 = '' or usename = $1)"""


APPENDED = """select exists (select from casestore.events e where e.position > $1 and e.actor = 'service:' || $2
              and exists (select from casestore.events c where c.event_id = e.cause))"""


@dataclass(frozen=True)
class Caught:
    """What was unfinished when somebody was caught: messages, appends, events not sent or not shown yet."""

    step: str
    partitions: int
    appends: int
    unsent: int
    unshown: int

    @property
    def counts(self) -> bool:
        return self.partitions + self.appends + self.unsent + self.unshown > 0

    @property
    def in_hand(self) -> str:
        told = {"partitions with unfinished messages": self.partitions, "open appends": self.appends,
                "events not sent": self.unsent, "events not shown": self.unshown}  # fmt: skip
        return ", ".join(f"{number} {what}" for what, number in told.items() if number)


@asynccontextmanager
async def caught(url: str, who: str, step: Step, seconds_max: float) -> AsyncIterator[Caught | None]:
    """Inside, `who` (a service, the relay, or "" for anybody) waits at that step. None: nobody came there in time."""
    deadline = time.monotonic() + seconds_max
    looking = await asyncpg.connect(url, timeout=30, command_timeout=30)
    try:
        while time.monotonic() < deadline:
            holding = await asyncpg.connect(url, timeout=30, command_timeout=30)
            try:
                await holding.execute("begin")
                await holding.execute("set local lock_timeout = '3s'")
                found = None
                with suppress(asyncpg.LockNotAvailableError):
                    await holding.execute(step.hold)
                    found = await _look(looking, holding, who, step)
                if found is not None:
                    yield found
                    return
            finally:
                await _let_go(holding)
            await asyncio.sleep(0.4)
        yield None
    finally:
        await _let_go(looking)


async def _look(
    looking: "asyncpg.Connection[Any]", holding: "asyncpg.Connection[Any]", who: str, step: Step
) -> Caught | None:
    until = time.monotonic() + HOLD_SECONDS_MAX
    head = await holding.fetchval("select coalesce(max(position), 0) from casestore.events")
    while time.monotonic() < until:
        there = await looking.fetchval(WAITING, who and role_of(who), step.query)
        if there and (not step.after_append or await holding.fetchval(APPENDED, head, who)):
            found = await in_hand(holding, who, step.name)
            if found.counts:
                return found
        await asyncio.sleep(LOOK_SECONDS)
    return None


async def in_hand(db: "asyncpg.Connection[Any]", who: str, step: str) -> Caught:
    """What `who` has begun and not finished."""
    behind = 0 if who in ("relay", "gateway") else await db.fetchval(BEHIND, who)
    return Caught(
        step,
        partitions=behind,
        appends=await db.fetchval(OPEN, who and role_of(who)),
        unsent=max(await db.fetchval(UNSENT) or 0, 0) if who == "relay" else 0,
        unshown=await db.fetchval(UNSHOWN, who) or 0 if who == "gateway" else 0,
    )


async def _let_go(connection: "asyncpg.Connection[Any]") -> None:
    with suppress(*GONE):  # The server may just have been killed.
        await connection.close(timeout=5)


async def connected(url: str) -> "asyncpg.Connection[Any]":
    """A connection of the owner's, whose every question has a deadline."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url, timeout=10, command_timeout=30)
    return connection
