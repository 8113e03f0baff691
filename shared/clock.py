"""The demo's clock: it moves only when the platform is quiet, and then to the next moment something is due.

A live store has the real clock and can never be given another.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from shared.casestore import CaseStore
from shared.errors import Refused

LOOK_SECONDS = 0.003  # Shorter takes the processor from whom it waits for: a look costs more than half a millisecond.
QUIET_SECONDS_MAX = 120.0

# Quiet: all readers and groups have dealt with the head, nothing due is open, nothing on its way out is unanswered.
# Readers that build anew, beside the live ones, neither count nor are waited for.
QUIET = """
    with head as (select coalesce(max(position), 0) as position from casestore.events)
    select head.position,
           (select count(*) from casestore.readers r
            where r.position = head.position and r.reader !~ '_next$') as readers,
           (select position from bus.relay) as relayed,
           not exists (select from bus.sent s cross join (select distinct group_name from bus.handled) g
                       where coalesce((select h.position from bus.handled h where h.group_name = g.group_name
                                       and h.partition = s.partition), 0) < s.position) as heard,
           not exists (select from waiting.deadlines d
                       where not d.stuck and (d.outgoing or d.at <= (select casestore.clock()))) as nothing_due,
           (select min(d.at) from waiting.deadlines d where not d.stuck) as next_due
    from head
"""


class Quiet(Refused):
    """The platform did not come to rest in time; the text says what was still going on."""


async def quiet(store: CaseStore, readers: int, seconds_max: float = QUIET_SECONDS_MAX) -> datetime | None:
    """Wait until nothing is going on. Returns when the next deadline is, or None where there is none.

    Raises:
        Quiet: it did not come to rest in time.
    """
    last: Any = None
    calm = -1
    try:
        async with asyncio.timeout(seconds_max):
            while True:
                last = await store.pool.fetchrow(QUIET)
                if _is_quiet(last, readers):
                    if calm == last["position"]:  # Seen twice, with the same head.
                        due: datetime | None = last["next_due"]
                        return due
                    calm = last["position"]
                else:
                    calm = -1
                    await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise Quiet(f"still busy: {dict(last) if last else {}}", "still_busy") from None


def _is_quiet(row: asyncpg.Record, readers: int) -> bool:
    return bool(row["readers"] >= readers and row["relayed"] == row["position"] and row["heard"] and row["nothing_due"])


async def advance(store: CaseStore, until: datetime, readers: int) -> Sequence[datetime]:
    """Let a demo store live until then, slot by slot. Returns the moments at which something happened."""
    if store.live:
        raise Refused("a live store has the real clock", "live_store")
    moments: list[datetime] = []
    while True:
        due = await quiet(store, readers)
        now = await store.now()
        if now >= until:
            return moments
        forward = min(due, until) if due is not None else until
        moments.append(forward)
        await store.pool.execute("select casestore.set_clock($1)", forward)
