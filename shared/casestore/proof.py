"""A proof of a stream: every event stands in a signed checkpoint, and the last one is the stream's end.

What it takes besides the events themselves. `deploy/examples/verify_proof.py` checks the whole with nothing of ours.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from shared.casestore.checkpoints import Checkpoint, Signed, key_text
from shared.casestore.merkle import Streams
from shared.casestore.sinks import Kept

FORMAT = "sovinto-proof-1"
AS_STORED = (
    "position", "version", "event_id", "handler", "cause", "type", "schema", "data", "sealed", "actor", "trace",
    "occurred_at", "recorded_at",
)  # fmt: skip


class Stands(msgspec.Struct, frozen=True):
    """That an event stands at this position, by the checkpoint with this number."""

    position: int
    checkpoint: int
    path: Sequence[bytes]


class Handed(msgspec.Struct, frozen=True):
    """A checkpoint, and that it stands among those before the last one; the last one itself has no path."""

    checkpoint: Checkpoint
    signature: bytes
    path: Sequence[bytes]


class Proof(msgspec.Struct, frozen=True):
    """`events` in the order of versions, `checkpoints` of numbers; `end` leads to the stream's end in the last one."""

    key: str
    events: Sequence[Stands]
    checkpoints: Sequence[Handed]
    end: Sequence[bytes]


def prove(kept: Kept, streams: Streams, stream_id: UUID, positions: Sequence[int]) -> Proof:
    """The proof of a stream whose events stand at these positions, all of them signed, as its notary knows it now."""
    key, newest, earlier = key_text(kept.chain.key), len(kept), kept.chain.earlier
    found: dict[int, Signed] = {newest: kept.signed(newest)}
    events = []
    for position in positions:
        number = kept.covering(position)
        if number not in found:
            found[number] = kept.signed(number)
        signed = found[number]
        leaves = signed.leaves()
        path = leaves.path(position - signed.checkpoint.first, len(leaves))
        events.append(Stands(position, number, path))
    checkpoints = [
        Handed(each.checkpoint, each.signature, [] if number == newest else earlier.path(number - 1, newest - 1))
        for number, each in sorted(found.items())
    ]
    return Proof(key, events, checkpoints, streams.path(stream_id.bytes))


def bundle(stream_id: UUID, rows: Sequence[Any], proof: Proof) -> dict[str, Any]:
    """One JSON document with the events as they are stored and all that proves them. What is sealed stays sealed."""
    events = [
        {**{name: row[name] for name in AS_STORED}, "checkpoint": stands.checkpoint, "path": stands.path}
        for row, stands in zip(rows, proof.events, strict=True)
    ]
    checkpoints = [
        {**msgspec.structs.asdict(each.checkpoint), "signature": each.signature, "path": each.path}
        for each in proof.checkpoints
    ]
    told = {"format": FORMAT, "stream": stream_id, "kind": rows[0]["kind"], "client": rows[0]["client_id"],
            "key": proof.key, "events": events, "checkpoints": checkpoints, "end": proof.end}  # fmt: skip
    plain: dict[str, Any] = msgspec.to_builtins(told)
    return plain
