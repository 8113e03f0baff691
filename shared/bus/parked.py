"""What a person decides about a parked event, as the store's owner: try it again, or go on without it. Each is kept.

Both are about the first event parked of a stream: it is the one that failed. What follows it waits only for it, and is
taken up by the group itself, in order, as soon as nothing earlier is parked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from shared.bus.doing import TRY_AGAIN
from shared.errors import NotFound

What = Literal["replay", "discard"]
WHY_LETTERS_MAX = 500


class Decided(msgspec.Struct, frozen=True):
    """A decision: by whom, what, why, and about which event of which group; `because` is why that was parked."""

    at: datetime
    who: str
    what: What
    why: str
    group: str
    stream_id: UUID
    position: int
    event_id: UUID
    type: str
    because: str


async def decide(
    owner: "asyncpg.Connection[Any]", what: What, group: str, stream_id: UUID, who: str, why: str
) -> Decided:
    """Replay or discard the first event that this group parked of this stream.

    Raises NotFound where there is none, ValueError where nobody decides or no reason is given.
    """
    if not who.strip() or not 0 < len(why.strip()) <= WHY_LETTERS_MAX:
        raise ValueError(f"who decides and why must be said, why in at most {WHY_LETTERS_MAX} letters")
    async with owner.transaction():
        sql = """select group_name, stream_id, position, event_id, type, because from bus.parked
                 where group_name = $1 and stream_id = $2 order by position limit 1 for update"""
        first = await owner.fetchrow(sql, group, stream_id)
        if first is None:
            raise NotFound("this group has nothing parked of this stream")
        key = (group, stream_id, first["position"])
        if what == "replay":
            sql = "update bus.parked set because = $4 where group_name = $1 and stream_id = $2 and position = $3"
            await owner.execute(sql, *key, TRY_AGAIN)
        else:
            sql = "delete from bus.parked where group_name = $1 and stream_id = $2 and position = $3"
            await owner.execute(sql, *key)
        sql = """insert into bus.decided (who, what, why, group_name, stream_id, position, event_id, type, because)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning *"""
        return Decided(*(await owner.fetchrow(sql, who.strip(), what, why.strip(), *first.values()) or {}).values())


async def decided(owner: "asyncpg.Connection[Any]", group: str, stream_id: UUID) -> Sequence[Decided]:
    """What was decided about this group and stream, oldest first."""
    sql = "select * from bus.decided where group_name = $1 and stream_id = $2 order by at"
    return [Decided(*row.values()) for row in await owner.fetch(sql, group, stream_id)]


async def is_tried(owner: "asyncpg.Connection[Any]", told: Decided) -> str | None:
    """What came of a replay: nothing while it is not tried, else why it failed again; empty where it is done."""
    sql = "select because from bus.parked where group_name = $1 and stream_id = $2 and position = $3"
    because: str | None = await owner.fetchval(sql, told.group, told.stream_id, told.position)
    return None if because == TRY_AGAIN else because or ""
