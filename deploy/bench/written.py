"""What the store's benchmark writes: a payment given to a claim, 230 bytes an event, in each contender's shape."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import msgspec
from eventsourcing.persistence import StoredEvent

from shared.casestore.appending import Append, OnStream
from shared.casestore.recorded import Encoded, event_id
from shared.deciding import Call
from shared.events import kind_of
from shared.events.settlement import PaymentAllocated
from shared.money import Money

OWNER = "settlement"  # The service whose type it is, so the role that may append it.
EVENT_BYTES = 230
AN_APPEND = 5
HANDLER = "bench.allocate"
TRACE = "00-" + "0" * 32 + "-" + "0" * 16 + "-01"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def encoded(with_id: UUID) -> Encoded:
    """One event ready to be stored: no other like it, and 230 bytes long."""
    amount = Money(int.from_bytes(os.urandom(2)) + 1, "EUR")
    event = PaymentAllocated(uuid4(), uuid4(), amount, (), date(2026, 3, 2), "FI.consumer", "")
    kind = kind_of(event)
    room = EVENT_BYTES - len(msgspec.json.encode(event))
    data = msgspec.json.encode(msgspec.structs.replace(event, section="x" * room))
    return Encoded(with_id, kind.name, kind.version, data, b"")


def append(stream_id: UUID, expected: int, events: int) -> Append:
    """A call of its own that puts so many events on a stream."""
    call = Call(HANDLER, uuid4(), "settlement", TRACE, NOW)
    told = tuple(encoded(event_id(HANDLER, call.cause, stream_id, each)) for each in range(events))
    return Append(call, (OnStream(stream_id, expected, "case", None, told),))


def appends(events: int) -> list[Append]:
    """Five events each on new streams."""
    return [append(uuid4(), 0, AN_APPEND) for _ in range(events // AN_APPEND)]


def stored_events(what: Append) -> Sequence[StoredEvent]:
    """The same as the eventsourcing library stores it."""
    [stream] = what.streams
    return [StoredEvent(stream.stream_id, nth, each.type, each.data) for nth, each in enumerate(stream.events, 1)]


def rows(what: Sequence[Append], after: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The same as rows of `casestore.events` and `casestore.heads`, every column ready-made."""
    opened = list(zip(what, count(after + 1, AN_APPEND)))
    events = [row for each, at in opened for row in _rows(each, at)]
    heads = [(each.streams[0].stream_id, at, "case", None, AN_APPEND, os.urandom(32)) for each, at in opened]
    return events, heads


def _rows(what: Append, opened: int) -> Iterator[tuple[Any, ...]]:
    [stream] = what.streams
    for version, event in enumerate(stream.events, 1):
        yield (
            opened + version - 1, opened, stream.stream_id, version, version == 1, stream.kind, event.event_id,
            what.call.handler, what.call.cause, event.type, event.schema, None, event.data, event.sealed,
            what.call.actor, what.call.trace, NOW, NOW, os.urandom(32),
        )  # fmt: skip
