"""Anything a JSON Schema of the published language allows: the values hypothesis tries."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

JSON = Mapping[str, Any]
FORMATS: Mapping[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(date.isoformat),
    "date-time": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
}
MANY_MAX = 3


def values(schema: JSON) -> st.SearchStrategy[Any]:
    """Values of a whole schema, in clear: what is sealed is not in them."""
    return _of(schema, schema)


def _of(part: JSON, root: JSON) -> st.SearchStrategy[Any]:
    if "$ref" in part:
        return _of(root["$defs"][part["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in part:
        return st.one_of(*(_of(each, root) for each in part["anyOf"]))
    if "enum" in part:
        return st.sampled_from(part["enum"])
    match part["type"]:
        case "object" if "properties" in part:
            return _object(part, root)
        case "object":
            inside = part.get("additionalProperties", {"type": "string"})  # Where it may be anything, a text will do.
            return st.dictionaries(st.text(max_size=5), _of(inside, root), max_size=MANY_MAX)
        case "array" if "prefixItems" in part:
            return st.tuples(*(_of(each, root) for each in part["prefixItems"]))
        case "array":
            return st.lists(_of(part["items"], root), max_size=MANY_MAX)
        case "string":
            return FORMATS.get(part.get("format", ""), st.text(max_size=10))
        case "integer":
            return st.integers(-(2**53), 2**53)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise AssertionError(f"no values are known for {part}")


def _object(part: JSON, root: JSON) -> st.SearchStrategy[Any]:
    fields = {name: _of(each, root) for name, each in part["properties"].items()}
    needed = part.get("required", ())
    return st.fixed_dictionaries(
        {name: each for name, each in fields.items() if name in needed},
        optional={name: each for name, each in fields.items() if name not in needed},
    )
