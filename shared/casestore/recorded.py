"""An event as it is stored: encoded with its personal values sealed apart, and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from functools import cache
from typing import Any, get_args, get_type_hints
from uuid import UUID, uuid5

import asyncpg
import msgspec
from cryptography.exceptions import InvalidTag
from msgspec.structs import replace

from shared.errors import NotUnderstood
from shared.events import Event, Kind, Sealed, kind_of, known, upcast
from shared.sealing import Erased, Keys, seal, unseal

COLUMNS = """position, stream_id, version, kind, event_id, handler, cause, type, client_id, actor, trace, occurred_at,
    recorded_at, hash, schema, data, sealed"""


def of_stream(stream_id: str = "$1") -> str:
    """Which events are a stream's, as the index has them; `stream_id` as the query around it names it."""
    return f"opened = (select opened from casestore.heads where stream_id = {stream_id})"  # noqa: S608  (never a value)


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event and all the store knows of it. `event` is None where the type is unknown here and may be ignored.

    What is recorded refers to nothing that refers back, so the collector need not look at it (`gc=False`): in a log
    read in whole, it would spend a third of the time on that.
    """

    event: Event | None
    position: int
    stream_id: UUID
    version: int
    kind: str
    event_id: UUID
    handler: str
    cause: UUID
    type: str
    client_id: UUID | None
    actor: str
    trace: str
    occurred_at: datetime
    recorded_at: datetime
    hash: bytes

    @property
    def true_at(self) -> datetime:
        """Since when it was true: when it was told, or earlier since the day its event names, in UTC.

        A payment that came yesterday is told today. UTC's midnight lies in the same day in all our countries.
        """
        if self.event is None or self.event.true_on is None:
            return self.occurred_at
        return min(self.occurred_at, datetime.combine(getattr(self.event, self.event.true_on), time(), UTC))


class Then(msgspec.Struct, frozen=True):
    """A look back: what was true at one moment, as far as it was known at another. Both say their offset."""

    as_of: datetime
    known_at: datetime

    def sees(self, one: Recorded) -> bool:
        """Whether it was true by then, and told by then."""
        return one.true_at <= self.as_of and one.recorded_at <= self.known_at


class Encoded(msgspec.Struct, frozen=True):
    """An event ready to be stored."""

    event_id: UUID
    type: str
    schema: int
    data: bytes
    sealed: bytes


def event_id(handler: str, cause: UUID, stream_id: UUID, ordinal: int) -> UUID:
    """The id an event has whenever this call is made: the same call again makes the same ids."""
    return uuid5(cause, f"{handler}|{stream_id}|{ordinal}")


async def encode(event: Event, with_id: UUID, keys: Keys) -> Encoded:
    """The clear part as JSON, the personal values sealed under their parties' keys. Raises Erased."""
    kind = kind_of(event)
    ciphers: dict[str, bytes] = {}
    for name in kind.sealed:
        value: Sealed[Any] | None = getattr(event, name)
        if value is None or value.value is None:
            continue
        held = await keys.of(value.parties)
        plain = msgspec.json.encode(value.value)
        ciphers[name] = seal(plain, held.values(), with_id.bytes + name.encode())
        event = replace(event, **{name: replace(value, value=None)})
    sealed = msgspec.msgpack.encode(ciphers) if ciphers else b""
    return Encoded(with_id, kind.name, kind.version, msgspec.json.encode(event), sealed)


async def decode(rows: Sequence[asyncpg.Record], keys: Keys, may_ignore: Mapping[str, bool]) -> list[Recorded]:
    """Rows as events with their personal values opened where the keys are still there.

    Raises NotUnderstood where a row's type or version is newer than this code and may not be ignored.
    """
    told: list[Recorded] = []
    closed: list[int] = []
    for row in rows:
        # As COLUMNS are, taken apart as a tuple: whole logs are read through here, and by name it takes longer.
        (position, stream_id, version, kind, event_id, handler, cause, name, client_id, actor, trace, occurred_at,
         recorded_at, link, schema, data, sealed) = row[:]  # fmt: skip
        understand = _understanding(name, schema)
        if understand is None and not may_ignore.get(name, False):
            raise NotUnderstood(f"{name} version {schema} at position {position}")
        if sealed:
            closed.append(len(told))
        told.append(Recorded(
            understand(data) if understand else None, position, stream_id, version, kind, event_id, handler, cause,
            name, client_id, actor, trace, occurred_at, recorded_at, link,
        ))  # fmt: skip
    if closed:
        held = await keys.of({party for place in closed for party in _parties(told[place].event)})
        for place in closed:
            told[place] = replace(told[place], event=_opened(rows[place], told[place].event, held))
    return told


@cache
def _understanding(name: str, schema: int) -> Callable[[bytes], Event] | None:
    """How events of a type's version are read; None where it is newer than this code."""
    kind = known().get(name)
    if kind is None or schema > kind.version:
        return None
    decoder = msgspec.json.Decoder(kind.of)
    if schema == kind.version:
        return decoder.decode
    return lambda data: decoder.decode(upcast(kind, schema, data))


def _parties(event: Event | None) -> Iterable[UUID]:
    if event is None:
        return
    for name in kind_of(event).sealed:
        value = getattr(event, name)
        if value is not None:
            yield from value.parties


def _opened(row: asyncpg.Record, event: Event | None, held: Mapping[UUID, bytes | None]) -> Event | None:
    if event is None:
        return None
    kind = kind_of(event)
    for name, cipher in msgspec.msgpack.decode(row["sealed"], type=dict[str, bytes]).items():
        value: Sealed[Any] = getattr(event, name)
        try:
            plain = unseal(cipher, [held[party] for party in value.parties], row["event_id"].bytes + name.encode())
        except Erased:
            continue
        except InvalidTag:
            raise ValueError(f"sealed {name} at position {row['position']} was changed") from None
        opened = msgspec.json.decode(plain, type=_sealed_type(kind, name))
        event = replace(event, **{name: replace(value, value=opened)})
    return event


@cache
def _sealed_type(kind: Kind, name: str) -> Any:
    return get_args(get_type_hints(kind.of)[name])[0]
