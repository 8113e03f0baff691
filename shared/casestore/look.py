"""Ways to look at a store, for the owner: a stream as it is stored, who has come how far, and what is waited for.

Nothing is decoded and nothing unsealed: personal values stay where they are.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from shared.casestore.recorded import of_stream

Connection: TypeAlias = "asyncpg.Connection[Any]"
ROWS_MAX = 200
ROWS_AT_ONCE = 2_000


class Stored(msgspec.Struct, frozen=True):
    """An event as it lies in the store; `told` is its JSON without personal values."""

    position: int
    version: int
    type: str
    schema: int
    recorded_at: datetime
    actor: str
    handler: str
    cause: UUID
    trace: str
    told: Any


class Reading(msgspec.Struct, frozen=True):
    """One who reads the log: a projection, a group of consumers or the relay; and how many events it is behind."""

    name: str
    kind: str
    position: int
    behind: int


class Waits(msgspec.Struct, frozen=True):
    """Something that happens by itself at that moment. `outgoing`: it is about something on its way out."""

    service: str
    at: datetime
    handler: str
    stream_id: UUID
    about: Any
    outgoing: bool
    stuck: bool


class Parked(msgspec.Struct, frozen=True):
    """What a group could not do, and with it every later event of that stream."""

    group: str
    stream_id: UUID
    position: int
    type: str
    because: str
    parked_at: datetime


async def is_store(database: Connection) -> bool:
    """Whether a store was ever installed in this database."""
    return await database.fetchval("select to_regclass('casestore.events')") is not None


async def head(store: Connection) -> int:
    """The last position there is; 0 in an empty store."""
    return int(await store.fetchval("select coalesce(max(position), 0) from casestore.events"))


async def epoch(store: Connection) -> UUID:
    """Which life of the store this is: another one after it was restored."""
    found: UUID = await store.fetchval("select epoch from casestore.store")
    return found


async def now(store: Connection) -> datetime:
    """What time it is in this store."""
    moment: datetime = await store.fetchval("select casestore.clock()")
    return moment


async def stream(store: Connection, stream_id: UUID) -> Sequence[Stored]:
    """A stream's events, oldest first; none where there is no such stream."""
    sql = f"""select position, version, type, schema, recorded_at, actor, handler, cause, trace, data as told
              from casestore.events where {of_stream()} order by version"""  # noqa: S608  (a constant)
    rows = await store.fetch(sql, stream_id)
    return [Stored(**{**row, "told": msgspec.json.decode(row["told"])}) for row in rows]


async def streams_of(store: Connection, kind: str) -> AsyncIterator[tuple[UUID, list[Stored]]]:
    """Every stream of a kind, whole, one after the other; `told` is left as bytes, for whoever decodes the events.

    Read as it is asked for, so that any number of streams fits.
    """
    sql = """select stream_id, position, version, type, schema, recorded_at, actor, handler, cause, trace, data as told
             from casestore.events where kind = $1 order by stream_id, version"""
    found: tuple[UUID, list[Stored]] | None = None
    async with store.transaction(readonly=True):
        async for row in store.cursor(sql, kind, prefetch=ROWS_AT_ONCE):
            stored = Stored(**{name: row[name] for name in Stored.__struct_fields__})
            if found is not None and found[0] == row["stream_id"]:
                found[1].append(stored)
                continue
            if found is not None:
                yield found
            found = row["stream_id"], [stored]
    if found is not None:
        yield found


async def count_of(store: Connection, kind: str) -> int:
    """How many streams of a kind there are."""
    return int(await store.fetchval("select count(*) from casestore.heads where kind = $1", kind))


async def positions(store: Connection) -> Sequence[Reading]:
    """How far each projection, each group of consumers and the relay have come."""
    last = await head(store)
    readers = await store.fetch("select reader, position from casestore.readers order by reader")
    relay = await store.fetchval("select position from bus.relay")
    groups = await store.fetch(GROUPS)
    return [
        *(Reading(row["reader"], "projections", row["position"], last - row["position"]) for row in readers),
        Reading("relay", "relay", relay, last - relay),
        *(Reading(row["group_name"], "consumers", row["position"], row["behind"]) for row in groups),
    ]


# A group is at the head once it has dealt with the last message sent in every partition; else it is behind by what was
# sent since the first place in which it still has something to do.
GROUPS = """
    with done as (
        select g.group_name, s.position as sent, coalesce(h.position, 0) as handled
        from (select distinct group_name from bus.handled) g
        cross join bus.sent s
        left join bus.handled h on h.group_name = g.group_name and h.partition = s.partition
    )
    select group_name, max(handled) as position,
           coalesce(max(sent) - min(handled) filter (where handled < sent), 0) as behind
    from done group by group_name order by group_name
"""


async def waiting(store: Connection, limit: int = ROWS_MAX) -> Sequence[Waits]:
    """What is waited for: first what is on its way out, then by when it is due."""
    sql = """select service, at, handler, stream_id, about::text as about, outgoing, stuck from waiting.deadlines
             order by outgoing desc, at, service limit $1"""
    rows = await store.fetch(sql, limit)
    return [
        Waits(row["service"], row["at"], row["handler"], row["stream_id"], msgspec.json.decode(row["about"]),
              row["outgoing"], row["stuck"])
        for row in rows
    ]  # fmt: skip


async def waiting_count(store: Connection) -> int:
    """How much is waited for in all."""
    return int(await store.fetchval("select count(*) from waiting.deadlines"))


async def parked(store: Connection) -> Sequence[Parked]:
    """What was parked, oldest first."""
    sql = """select group_name, stream_id, position, type, because, parked_at from bus.parked
             order by parked_at, group_name, stream_id, position"""
    return [Parked(*row.values()) for row in await store.fetch(sql)]
