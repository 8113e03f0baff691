"""Appends as a handler's call makes them, without a handler: any type a role owns, onto any streams."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from shared.casestore.appending import Append, OnStream
from shared.casestore.recorded import Encoded, event_id
from shared.deciding import Call
from shared.events import Event, gateway, intake, plans
from tests.casestore.conftest import BORN

# One event of each role; what they say does not matter here.
EVENTS: Mapping[str, Event] = {
    "intake": intake.CreditCheckAsked(1),
    "gateway": gateway.CollectionStopped(),
    "plans": plans.PlanCompleted(),
}


def writes(role: str, handler: str, cause: UUID, onto: Mapping[UUID, tuple[int, int]]) -> Append:
    """An append of a role: onto each stream, seen at this version, so many events; none relies on it."""
    call = Call(handler, cause, "test", "", BORN)
    return Append(call, tuple(on_stream(role, call, stream, *seen) for stream, seen in onto.items()))


def on_stream(role: str, call: Call, stream: UUID, expected: int, count: int) -> OnStream:
    event = EVENTS[role]
    data = msgspec.json.encode(event)
    ids = [event_id(call.handler, call.cause, stream, ordinal) for ordinal in range(count)]
    told = tuple(Encoded(each, type(event).__name__, event.class_version, data, b"") for each in ids)
    return OnStream(stream, expected, "case", None, told)
