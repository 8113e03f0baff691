"""Which of a service's HTTP commands can be asked over Kafka too: all that cannot hold a person's words.

A topic keeps what is written on it for as long as it likes, and no erasure reaches it. So a command with free text or a
file (a call's summary, a dispute, an invoice) is asked over HTTP only. The rule reads the service's own OpenAPI
description, so a command that is new is offered or not without anybody deciding it anew.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

JSON = Mapping[str, Any]
FORMATS = ("uuid", "date", "date-time")
CODES = ("^[A-Z]{3}$",)  # A currency.
WRITTEN = "#/components/schemas/Written"  # What a command answers that appends to one stream and tells no more.


class Offered(msgspec.Struct, frozen=True):
    """A command: its name, its route, which of its values stand in the path, and the JSON Schema of all of them."""

    name: str
    path: str
    in_path: tuple[str, ...]
    has_body: bool
    schema: JSON
    says: str


def offered(described: JSON) -> Mapping[str, Offered]:
    """The commands a service offers over Kafka, by name, from its OpenAPI description."""
    shapes = described.get("components", {}).get("schemas", {})
    found = {}
    for path, methods in described["paths"].items():
        asked = methods.get("post")
        if asked is None or not _answers_written(asked):
            continue
        named = {each["name"]: each["schema"] for each in asked.get("parameters", ())}
        body = _shape(asked.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema"), shapes)
        fields = body.get("properties", {})
        where = {each["in"] for each in asked.get("parameters", ())}
        if where - {"path"} or set(named) & set(fields) or _can_hold_words({**named, **fields}, shapes):
            continue
        schema = {
            "type": "object",
            "properties": {**named, **fields},
            "required": [*named, *body.get("required", ())],
            "additionalProperties": False,
        }
        says = asked.get("description", asked["summary"])
        name = asked["operationId"]
        found[name] = Offered(name, path, tuple(named), "requestBody" in asked, schema, says)
    return found


def _answers_written(asked: JSON) -> bool:
    answers = [answer for status, answer in asked["responses"].items() if status.startswith("2")]
    schemas = [answer.get("content", {}).get("application/json", {}).get("schema", {}) for answer in answers]
    return [each.get("$ref") for each in schemas] == [WRITTEN]


def _shape(schema: JSON | None, shapes: JSON) -> JSON:
    if schema is None:
        return {}
    found: JSON = shapes[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _can_hold_words(fields: JSON, shapes: JSON) -> bool:
    return any(not _is_plain(each, shapes) for each in fields.values())


def _is_plain(schema: JSON, shapes: JSON) -> bool:
    """A number, a day, an id, or one of words we chose. What is not known to be plain is not."""
    if "anyOf" in schema:
        return all(_is_plain(each, shapes) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return True
    match schema.get("type"):
        case "integer" | "boolean" | "null":
            return True
        case "string":
            return schema.get("format") in FORMATS or schema.get("pattern") in CODES
        case "array":
            return _is_plain(schema.get("items", {}), shapes)
    return False
