"""The bytes an event's hash covers, put together in Python: a second hand beside the function that appends."""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

NOBODY = UUID(int=0)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts time from here, in microseconds.


def link(row: Mapping[str, Any], before: bytes) -> bytes:
    """An event's hash, made of the one before it in its stream (none: `b""`) and of everything that is stored of it."""
    return sha256(
        (before or beginning(row["kind"], row["client_id"]))
        + row["position"].to_bytes(8, "big", signed=True)
        + _time(row["recorded_at"])
        + content(row)
    ).digest()


def beginning(kind: str, client_id: UUID | None) -> bytes:
    """What a stream's first event is linked to: what the stream is, and whose."""
    return sha256((client_id or NOBODY).bytes + kind.encode()).digest()


def content(row: Mapping[str, Any]) -> bytes:
    """The part that is known before the event has its position and time."""
    origin = row["cause"].bytes + _time(row["occurred_at"]) + _parted(row["handler"], row["actor"], row["trace"])
    return sha256(
        row["stream_id"].bytes
        + row["version"].to_bytes(4, "big", signed=True)
        + row["event_id"].bytes
        + sha256(origin).digest()
        + sha256(row["data"]).digest()
        + sha256(row["sealed"]).digest()
        + _parted(row["type"], str(row["schema"]))
    ).digest()


def _parted(*texts: str) -> bytes:
    return chr(31).join(texts).encode()


def _time(moment: datetime) -> bytes:
    passed = moment - EPOCH
    return struct.pack(">q", (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds)
