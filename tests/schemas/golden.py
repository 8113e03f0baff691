"""Writes the golden files: `python -m tests.schemas.golden`. A test holds them, so a changed event is a visible diff.

Beside this file: `OWNER/Type.1.json` is an example as it is stored in the clear, `OWNER/Type.1.schema.json` its JSON
Schema, `handlers.txt` the stored names of all handlers. Older versions' files stay for ever: history is still read.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from shared.events import Event, Kind, Sealed, known
from shared.ids import SOVINTO
from shared.money import Money
from tests.schemas.handlers import HANDLERS, handlers

HERE = Path(__file__).parent
A_DAY = date(2026, 1, 5)
DECIMALS = ("contract_rate", "commission_percent", "vat_percent")  # Texts that hold a number.


def example(kind: Kind) -> Event:
    """An event of this type, every field filled; a field of one name has one value everywhere."""
    event = _filled(kind.of)
    assert isinstance(event, Event)
    return event


def stored(event: Event) -> bytes:
    """The event as it lies in the store: personal values are not in it."""
    values = {name: getattr(event, name) for name in event.__struct_fields__}
    bare = {name: replace(value, value=None) for name, value in values.items() if isinstance(value, Sealed)}
    return msgspec.json.format(msgspec.json.encode(replace(event, **bare)), indent=2) + b"\n"


def schema_of(kind: Kind) -> bytes:
    """The JSON Schema of what is stored in the clear."""
    schema = msgspec.json.schema(kind.of)
    for name, definition in schema["$defs"].items():
        if name.startswith("Sealed"):
            definition["properties"].pop("value", None)
    reached = _reached(schema)
    schema["$defs"] = {name: what for name, what in schema["$defs"].items() if name in reached}
    return (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()


@cache
def golden() -> Mapping[str, bytes]:
    """What every current type's files should hold, by path below this folder."""
    files = {}
    for kind in known().values():
        path = f"{kind.owner}/{kind.name}.{kind.version}"
        files[f"{path}.json"] = stored(example(kind))
        files[f"{path}.schema.json"] = schema_of(kind)
    return files


def _filled(of: Any, name: str = "") -> Any:
    if get_origin(of) in (Union, UnionType):
        return _filled(next(each for each in get_args(of) if each is not NoneType), name)
    if get_origin(of) is Literal:
        return get_args(of)[0]
    if get_origin(of) is tuple:
        first, *rest = get_args(of)
        return (_filled(first, name),) if rest == [...] else tuple(_filled(each, name) for each in (first, *rest))
    if get_origin(of) is Sealed:
        return Sealed((_filled(UUID, "party_id"),), _filled(get_args(of)[0], name))
    if of is Money:
        return Money(10_00, "EUR")
    if isinstance(of, type) and issubclass(of, msgspec.Struct):
        hints = get_type_hints(of)
        return of(**{field: _filled(hints[field], field) for field in of.__struct_fields__})
    return _simple(of, name)


def _simple(of: Any, name: str) -> object:
    simple: dict[Any, object] = {
        str: "10.5" if name in DECIMALS else "EUR" if name == "currency" else name,
        int: 1,
        bool: True,
        date: A_DAY,
        datetime: datetime(2026, 1, 5, 8, 0, tzinfo=UTC),
        UUID: uuid5(SOVINTO, name),
        NoneType: None,
    }
    return simple[of]


def _reached(schema: dict[str, Any]) -> set[str]:
    reached: set[str] = set()
    waiting = [schema["$ref"]] if "$ref" in schema else []
    while waiting:
        name = waiting.pop().rsplit("/", 1)[1]
        if name not in reached:
            reached.add(name)
            waiting.extend(_references(schema["$defs"][name]))
    return reached


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for each in part.values() for found in _references(each)]
    return [found for each in part for found in _references(each)] if isinstance(part, list) else []


def write() -> None:
    """Write what is new or changed; nothing is ever removed."""
    for path, content in golden().items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_bytes(content)
    kept = set(HANDLERS.read_text().split()) if HANDLERS.exists() else set()
    HANDLERS.write_text("\n".join(sorted(kept | set(handlers()))) + "\n")


if __name__ == "__main__":
    write()
