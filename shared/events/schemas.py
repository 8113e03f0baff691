"""The published language for those who do not read Python: a JSON Schema and an example of every event type.

The files lie in `schemas/`; `make schemas` writes them and a test holds them. What a schema describes is the JSON as it
is stored and sent; `sealed` beside it describes the personal values, which are stored encrypted and never sent.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from shared.events import Event, Kind, Sealed, known
from shared.ids import SOVINTO
from shared.law import Earliest, Rule
from shared.law.kept import KeptAnswer, kept
from shared.money import Money

JSON = dict[str, Any]
A_DAY = date(2026, 1, 5)
DECIMALS = ("contract_rate", "commission_percent", "vat_percent")  # Texts that hold a number.


def files() -> Mapping[str, bytes]:
    """What the files of every current type should hold, by path: `OWNER/Type.1.json` and `OWNER/Type.1.schema.json`."""
    found = {}
    for kind in known().values():
        path = f"{kind.owner}/{kind.name}.{kind.version}"
        found[f"{path}.json"] = msgspec.json.format(stored(example(kind)), indent=2) + b"\n"
        found[f"{path}.schema.json"] = (json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n").encode()
    return found


def schema_of(kind: Kind) -> JSON:
    """The JSON Schema of what is stored in the clear, and under `sealed` that of each personal value."""
    hints = get_type_hints(kind.of)
    secret = {name: get_args(hints[name])[0] for name in kind.sealed}
    described, definitions = msgspec.json.schema_components([kind.of, *secret.values()], ref_template="#/$defs/{name}")
    for name, definition in definitions.items():
        if name.startswith("Sealed"):
            definition["properties"].pop("value")
    schema: JSON = {**described[0]}
    if secret:
        schema["sealed"] = dict(zip(secret, described[1:], strict=True))
    reached: set[str] = set()
    _reach(schema, definitions, reached)
    return {**schema, "$defs": {name: what for name, what in definitions.items() if name in reached}}


def _reach(part: Any, definitions: Mapping[str, JSON], reached: set[str]) -> None:
    """Which definitions this part of a schema refers to, also through others."""
    if isinstance(part, dict):
        name = part.get("$ref", "").rsplit("/", 1)[-1]
        if name and name not in reached:
            reached.add(name)
            _reach(definitions[name], definitions, reached)
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _reach(each, definitions, reached)


def stored(event: Event) -> bytes:
    """The event as it lies in the store: personal values are not in it."""
    values = {name: getattr(event, name) for name in event.__struct_fields__}
    bare = {name: replace(value, value=None) for name, value in values.items() if isinstance(value, Sealed)}
    return msgspec.json.encode(replace(event, **bare))


def example(kind: Kind) -> Event:
    """An event of this type, every field filled; a field of one name has one value everywhere."""
    made: Event = _filled(kind.of)
    return made


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
    if of is KeptAnswer:
        return kept(Earliest("reminder", A_DAY, (Rule("rule", "says", "section", "source", "verified"),)))
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
    }
    return simple[of]
