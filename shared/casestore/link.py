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
    """An event's hash, made of the one before it in its stream and of everything that is stored of it."""
    return sha256(
        before
        + row["position"].to_bytes(8, "big", signed=True)
        + row["stream_id"].bytes
        + row["version"].to_bytes(4, "big", signed=True)
        + row["event_id"].bytes
        + _time(row["recorded_at"])
        + _meta(row)
        + sha256(row["data"]).digest()
        + sha256(row["sealed"]).digest()
    ).digest()


def _meta(row: Mapping[str, Any]) -> bytes:
    texts = (row["kind"], row["handler"], row["type"], str(row["schema"]), row["actor"], row["trace"])
    client = row["client_id"] or NOBODY
    return sha256(chr(31).join(texts).encode() + row["cause"].bytes + client.bytes + _time(row["occurred_at"])).digest()


def _time(moment: datetime) -> bytes:
    passed = moment - EPOCH
    return struct.pack(">q", (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds)
