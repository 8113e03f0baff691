"""The published language: everything that can happen, one struct a type, one owner a type.

Stored names are the names read here (`PlanStarted`), never module paths. A change of an event's shape is a new
version: raise `class_version` and add `upcast_vX_vY(data)`, which turns the old JSON object into the new one.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_origin, get_type_hints
from uuid import UUID

import msgspec

T = TypeVar("T")
Moment = Annotated[datetime, msgspec.Meta(tz=True)]  # With its offset: a moment without one is not one.


class Sealed(msgspec.Struct, Generic[T], frozen=True, omit_defaults=True, gc=False):
    """A personal value. It names the parties (or the file) it is about; without the key of each it is None.

    Only `parties` is stored in the clear; the value is encrypted beside the event and gone for good once the key
    of any one party is destroyed.
    """

    parties: tuple[UUID, ...]
    value: T | None = None


NOTHING_SAID: Sealed[str] = Sealed(())


def said_in_clear(text: str | None) -> dict[str, Any]:
    """For upcasts: what an older version kept in the clear, as a sealed field holds it once it is read."""
    return {"parties": [], "value": text} if text else {"parties": []}


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened. Past tense; it holds what was decided, not what can be worked out."""

    opens: ClassVar[str | None] = None  # The kind of stream this event is the first of.
    may_be_ignored: ClassVar[bool] = True  # Whether a service that does not know it may decide all the same.
    class_version: ClassVar[int] = 1
    true_on: ClassVar[str | None] = None  # The field with the day it was true, where that is not when it is told.


class Kind(msgspec.Struct, frozen=True):
    """What the store needs to know of an event type."""

    name: str
    owner: str
    of: type[Event]
    sealed: tuple[str, ...]

    @property
    def version(self) -> int:
        return self.of.class_version


def known() -> dict[str, Kind]:
    """Every event type by its stored name."""
    return _KNOWN


def kind_of(event: Event) -> Kind:
    """The entry of this event's type in the language."""
    return _KNOWN[type(event).__name__]


def upcast(kind: Kind, version: int, data: bytes) -> bytes:
    """An older version's JSON as the current one's. Raises LookupError where no such step was written."""
    if version == kind.version:
        return data
    body: dict[str, Any] = msgspec.json.decode(data)
    for step in range(version, kind.version):
        change = getattr(kind.of, f"upcast_v{step}_v{step + 1}", None)
        if change is None:
            raise LookupError(f"{kind.name} has no upcast_v{step}_v{step + 1}")
        body = change(body)
    return msgspec.json.encode(body)


def sealed_fields(of: type[Event]) -> tuple[str, ...]:
    """The fields that hold personal values. A value inside another struct cannot be sealed: give it a field."""
    hints = get_type_hints(of)
    return tuple(name for name in of.__struct_fields__ if get_origin(hints[name]) is Sealed)


def _collect() -> dict[str, Kind]:
    from shared.events import contact, gateway, intake, plans, settlement  # Here, for they build on Event.

    found: dict[str, Kind] = {}
    for module in (intake, contact, plans, settlement, gateway):
        owner = module.__name__.rsplit(".", 1)[1]
        for name, of in vars(module).items():
            if isinstance(of, type) and issubclass(of, Event) and of is not Event and of.__module__ == module.__name__:
                found[name] = Kind(name, owner, of, sealed_fields(of))
    return found


_KNOWN = _collect()
