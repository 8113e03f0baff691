"""Where a process is caught: a lock in PostgreSQL holds it in the middle of a step, from outside, and then it is hit.

No product code knows of this. A lock that a step needs anyway is taken by the suite; the process waits for it;
`pg_stat_activity` says so, and what is unfinished is counted before anything is done to it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import asyncpg

from shared.casestore.appending import GONE
from shared.casestore.install import role_of
from tests.faults.paying import is_written, payouts
from tests.faults.stage import Rig

LOCK = 727_001  # The store's, in casestore.append.
LOOK_SECONDS = 0.005
HOLD_SECONDS_MAX = 1.0  # At a time: everybody else waits too, and the relay calls three seconds a standstill.
PAUSE_SECONDS = 0.2  # Between two holds: whoever waited for the last goes on.
How = Literal["SIGKILL", "SIGKILL, all forgotten", "cut", "silent, then cut", "slow", "full"]


@dataclass(frozen=True)
class Step:
    """A step that can be held. `hold` takes the lock that `query`, as it stands in pg_stat_activity, waits for. Where
    it is come to through another, `hold` is of that one, and `before` is what waits for it."""

    name: str
    hold: str
    query: str
    is_unsaid: bool = False  # Who is killed there never said it: its session ends too, or the server would still do it.
    before: str = ""
    after_append: bool = False  # It counts only where the group has appended something since the lock was taken.

    def of(self, who: str) -> "Step":
        """The same, of this group or reader."""
        return replace(self, hold=self.hold.format(who=who))


@dataclass(frozen=True)
class Aim:
    """Who is to be hit, caught by whose step, and how."""

    what: str
    step: Step
    who: str = ""  # "": by anybody's.
    how: How = "SIGKILL"
    wire: str = ""  # Which wire is made slow or silent, or cut.
    is_asked: bool = False  # It counts only where something was asked on that wire and is not answered yet.


HEARD = Step(
    "messages in hand, nothing looked up", "lock table bus.parked in access exclusive mode",
    "select stream_id, min(position) as position from bus.parked%",
)  # fmt: skip
LOADING = Step(
    "deciding: a stream is being loaded", "lock table casestore.events in access exclusive mode",
    "select each.* from unnest%from casestore.events%",
)  # fmt: skip
APPEND = Step(
    "an append is open at the server", f"select pg_advisory_xact_lock({LOCK})", "select * from casestore.append(%"
)
COUNTING = Step(
    "appended, not counted as handled", "select from bus.handled for update",
    "insert into bus.handled%on conflict (group_name, partition)%do update%", is_unsaid=True,
    after_append=True,
)  # fmt: skip
PAYING = Step(  # The key of what is paid out is made just before its file is written.
    "a payout file is written, not recorded", "lock table casestore.keys in share mode", APPEND.query, is_unsaid=True,
    before="insert into casestore.keys%",
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

UNSIGNED = Step(
    "reading what is to be signed", "lock table casestore.events in access exclusive mode",
    "select position, stream_id, version, hash from casestore.events where position >%",
)  # fmt: skip
SIGNING = Step(
    "a checkpoint is made, not written", "lock table casestore.store in access exclusive mode",
    "select casestore.clock()",
)  # fmt: skip

BEHIND = """select count(*) from bus.handled h join bus.sent s using (partition)
            where h.position < s.position and ($1 = '' or h.group_name = $1)"""
HEAD = "select coalesce(max(position), 0) from casestore.events"
UNSENT = "select (select max(position) from casestore.events) - (select position from bus.relay)"
UNSHOWN = """select (select max(position) from casestore.events) - position from casestore.readers
             where reader = $1"""
OUTSIDE = "outside"  # As which the suite's own connections are known, where they have a service's role.
# Of these roles and steps, the numbers of those at which somebody waits; a role "" is anybody's.
WAITING = """select number from unnest($1::text[], $2::text[]) with ordinality as wanted (role, step, number)
             where exists (select from pg_stat_activity where (role = '' or usename = role)
                           and wait_event_type = 'Lock' and pid <> pg_backend_pid() and application_name <> 'outside'
                           and ltrim(query, E' \\n') ilike step) order by number"""
END = """select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and wait_event_type = 'Lock'
         and application_name <> 'outside' and ltrim(query, E' \\n') ilike $2"""
OPEN = """select count(*) from pg_stat_activity where state = 'active' and query like '%casestore.append(%'
           and pid <> pg_backend_pid() and application_name <> 'outside' and ($1 = '' or usename = $1)"""
APPENDED = """select exists (select from casestore.events e where e.position > $1 and e.actor = 'service:' || $2
              and exists (select from casestore.events c where c.event_id = e.cause))"""


@dataclass(frozen=True)
class Caught:
    """What was unfinished when somebody was caught: messages, appends, events not sent, not shown or not signed yet."""

    step: str
    partitions: int
    appends: int
    unsent: int
    unshown: int
    unsigned: int

    @property
    def counts(self) -> bool:
        return self.partitions + self.appends + self.unsent + self.unshown + self.unsigned > 0

    @property
    def in_hand(self) -> str:
        told = {"partitions with unfinished messages": self.partitions, "open appends": self.appends,
                "events not sent": self.unsent, "events not shown": self.unshown,
                "events not signed": self.unsigned}  # fmt: skip
        return ", ".join(f"{number} {what}" for what, number in told.items() if number)


@asynccontextmanager
async def caught(rig: Rig, wanted: Sequence[Aim], seconds_max: float) -> AsyncIterator[tuple[Aim, Caught] | None]:
    """Inside, one of those wanted waits at the step it is wanted at. None: nobody came to any of them in time."""
    deadline = time.monotonic() + seconds_max
    looking = await connected(rig.url)
    try:
        while time.monotonic() < deadline:
            for hold, aims in _by_hold(wanted).items():
                holding = await connected(rig.url)
                try:
                    found = await _held(rig, looking, holding, hold, aims)
                    if found is not None:
                        yield found
                        return
                finally:
                    await _let_go(holding)
                await asyncio.sleep(PAUSE_SECONDS)
        yield None
    finally:
        await _let_go(looking)


def _by_hold(wanted: Sequence[Aim]) -> Mapping[str, Sequence[Aim]]:
    """One lock may hold many: whoever of them comes first is taken."""
    found: dict[str, list[Aim]] = {}
    for aim in wanted:
        found.setdefault(aim.step.hold, []).append(aim)
    return found


async def _held(
    rig: Rig, looking: "asyncpg.Connection[Any]", holding: "asyncpg.Connection[Any]", hold: str, aims: Sequence[Aim]
) -> tuple[Aim, Caught] | None:
    """Take the lock, and look for a while who comes. Whoever is found goes on waiting until `holding` is closed."""
    await holding.execute("begin")
    await holding.execute("set local lock_timeout = '3s'")
    try:
        await holding.execute(hold)
    except asyncpg.LockNotAvailableError:
        return None
    until = time.monotonic() + HOLD_SECONDS_MAX
    head = await holding.fetchval(HEAD)
    roles = [aim.who and role_of(aim.who) for aim in aims]
    while time.monotonic() < until:
        for row in await looking.fetch(WAITING, roles, [aim.step.before or aim.step.query for aim in aims]):
            aim = aims[row["number"] - 1]
            if aim.is_asked and not rig.wires[aim.wire].unanswered:
                continue
            if aim.step.before:
                if not (made := await payouts(looking)):
                    continue
                if not await _paying(rig, looking, holding, aim, made):
                    return None
            if not aim.step.after_append or await holding.fetchval(APPENDED, head, aim.who):
                found = await in_hand(rig, holding, aim.who, aim.step.name)
                if found.counts:
                    return aim, found
        await asyncio.sleep(LOOK_SECONDS)
    return None


async def _paying(
    rig: Rig, looking: "asyncpg.Connection[Any]", holding: "asyncpg.Connection[Any]", aim: Aim, made: Sequence[UUID]
) -> bool:
    """Let it go on, and hold it again where it would record one of these payouts, whose file is written by then."""
    try:
        await holding.execute(f"select pg_advisory_lock({LOCK})")  # The session's: it stays when the other is let go.
    except asyncpg.LockNotAvailableError:
        return False
    await holding.execute("rollback")
    until = time.monotonic() + HOLD_SECONDS_MAX
    while time.monotonic() < until:
        is_there = await asyncio.to_thread(is_written, rig.home, made)
        if is_there and await looking.fetch(WAITING, [role_of(aim.who)], [aim.step.query]):
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def in_hand(rig: Rig, db: "asyncpg.Connection[Any]", who: str, step: str) -> Caught:
    """What `who` has begun and not finished."""
    is_group = who not in ("relay", "gateway", "notary")
    return Caught(
        step,
        partitions=await db.fetchval(BEHIND, who) if is_group else 0,
        appends=await db.fetchval(OPEN, who and role_of(who)),
        unsent=max(await db.fetchval(UNSENT) or 0, 0) if who == "relay" else 0,
        unshown=await db.fetchval(UNSHOWN, who) or 0 if who == "gateway" else 0,
        unsigned=await db.fetchval(HEAD) - rig.signed_to() if who == "notary" else 0,
    )


async def _let_go(connection: "asyncpg.Connection[Any]") -> None:
    with suppress(*GONE):  # The server may just have been killed.
        await connection.close(timeout=5)


async def connected(url: str) -> "asyncpg.Connection[Any]":
    """A connection of the owner's, whose every question has a deadline."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(url, timeout=10, command_timeout=30)
    return connection
