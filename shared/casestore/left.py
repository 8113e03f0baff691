"""Where the notary left off: its last checkpoint held against the store, and the tree of streams as it was then."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.casestore.look import Connection
from shared.casestore.merkle import HASH, Streams
from shared.casestore.sinks import Kept

CHUNK = 10_000


class Differs(Exception):
    """The store is not what was signed. Says where."""


async def as_left(db: Connection, kept: Kept, streams: Streams) -> None:
    """Fill the tree with where streams ended at the last checkpoint. Costs as many rows as there are streams.

    Raises Differs where its block, or the ends of all streams, are not what was signed.
    """
    number = len(kept)
    signed = kept.signed(number)
    last = signed.checkpoint
    async with db.transaction(isolation="repeatable_read", readonly=True):
        sql = "select position, hash from casestore.events where position between $1 and $2"
        there = {row["position"]: row["hash"] for row in await db.fetch(sql, last.first, last.last)}
        for place, position in enumerate(range(last.first, last.last + 1)):
            if there.get(position) != signed.hashes[place * HASH : (place + 1) * HASH]:
                what = "is not the event that was signed" if position in there else "is lost"
                raise Differs(f"position {position} {what} in checkpoint {number}")
        moved = {row["stream_id"]: row for row in await db.fetch(THEN, last.last)}
        await _fill(db, streams, moved)
    if streams.root != last.streams:
        what = f"streams do not end as checkpoint {number} signed; `sovinto verify` names the events"
        raise Differs(what)


async def _fill(db: Connection, streams: Streams, moved: Mapping[UUID, Any]) -> None:
    """By id, so that what changes together in the tree lies together."""
    after = UUID(int=0)
    while rows := await db.fetch(HEADS, after, CHUNK):
        then = (moved.get(row["stream_id"], row) for row in rows)
        streams.put({row["stream_id"].bytes: (row["version"], row["hash"]) for row in then if row["hash"] is not None})
        after = rows[-1]["stream_id"]


HEADS = "select stream_id, version, hash from casestore.heads where stream_id > $1 order by stream_id limit $2"
# Streams that went on after a position, as they were at it; without a hash those that were not there yet.
THEN = """with later as (
              select stream_id, opened, min(version) - 1 as version from casestore.events
              where position > $1 group by stream_id, opened)
          select later.stream_id, version, before.hash from later
          left join casestore.events before using (opened, version)"""
