"""What a message is: CloudEvents in binary mode, as the relay writes it and the groups read it.

A group reads where a message stands first. Whose event it is, it reads only of types it hears; the body never.
"""

from collections.abc import Container, Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec
from aiokafka import ConsumerRecord

VALUE_BYTES_MAX = 900_000  # Kafka takes a message of 1 MB. A longer body is left out: no group reads one.


class Told(msgspec.Struct, frozen=True):
    """An event as a group is told of it: enough to load its stream, and to say what caused what comes of it."""

    position: int
    stream_id: UUID
    event_id: UUID
    type: str
    trace: str
    unread: str = ""  # What of its message could not be read; it was then looked up in the store.


class Message(msgspec.Struct, frozen=True):
    """Where a message stands: its position in the log, and that of the message before it in its partition.

    `told` is None where it tells of a type that the group does not hear.
    """

    partition: int
    position: int
    before: int
    told: Told | None = None


class Unreadable(Exception):
    """A message does not say what it must; the text names the header, never what stands in it.

    `at` is where it stands, None where that cannot be read either: then it is not of ours, or nobody can say which.
    """

    def __init__(self, what: str, at: Message | None = None) -> None:
        super().__init__(what)
        self.at = at


def event_headers(row: asyncpg.Record, before: int) -> list[tuple[str, bytes]]:
    """The headers of the message that tells of this event."""
    named = {
        "ce_specversion": "1.0", "ce_id": str(row["event_id"]), "ce_type": row["type"], "ce_source": "sovinto",
        "ce_time": row["occurred_at"].isoformat(), "ce_dataversion": str(row["schema"]),
        "ce_sequence": str(row["position"]), "ce_before": str(before), "traceparent": row["trace"],
        "content-type": "application/json",
    }  # fmt: skip
    return [(name, value.encode()) for name, value in named.items()]


def value_of(row: asyncpg.Record) -> bytes:
    """The event's JSON, without what is sealed."""
    data: bytes = row["data"]
    return data if len(data) <= VALUE_BYTES_MAX else b"{}"


def message_of(record: "ConsumerRecord[bytes, bytes]", heard: Container[str]) -> Message:
    """What this message says to a group that hears these types. Raises Unreadable."""
    headers: Mapping[str, bytes | None] = dict(record.headers)
    try:
        position, before = int(headers["ce_sequence"] or b""), int(headers["ce_before"] or b"")
    except (KeyError, ValueError):
        raise Unreadable("ce_sequence or ce_before") from None
    if not 0 <= before < position:
        raise Unreadable("ce_before is not before ce_sequence")
    at = Message(record.partition, position, before)
    try:
        named = (headers.get("ce_type") or b"").decode()
        if named and named not in heard:
            return at
        stream_id, event_id = UUID((record.key or b"").decode()), UUID((headers.get("ce_id") or b"").decode())
        trace = (headers.get("traceparent") or b"").decode()
    except ValueError:
        raise Unreadable("key, ce_type, ce_id or traceparent", at) from None
    if not named:
        raise Unreadable("ce_type", at)
    return msgspec.structs.replace(at, told=Told(position, stream_id, event_id, named, trace))


def in_turn(
    messages: Sequence[Message], handled: Mapping[int, int]
) -> tuple[Mapping[int, int], Sequence[Message], Mapping[int, int]]:
    """What of a poll is to be done now, given the last position handled in each partition.

    Answers how far each partition is handled then; the messages not handled yet, in order; and after which position
    each partition is to be fed again, for in it a message names one before it that never came.
    """
    then: dict[int, int] = {}
    due: list[Message] = []
    jumps: dict[int, int] = {}
    for each in messages:
        at = then.get(each.partition, handled.get(each.partition, 0))
        if each.position <= at or each.partition in jumps:
            continue
        if each.before > at:
            jumps[each.partition] = at
            continue
        then[each.partition] = each.position
        due.append(each)
    return then, due, jumps
