"""The API and what is said on Kafka, told for people who program: the committed documents as rows a page can show."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

JSON = Mapping[str, Any]
DESCRIBED = files("services.gateway").joinpath("described")
DEPTH_MAX = 3  # Deeper parts are told by the name of their shape.
WORDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "maxLength": "at most this long:",
}


class Field(msgspec.Struct, frozen=True):
    """One value: `debtor.name`, what it is, whether it must be there, what is said of it."""

    name: str
    kind: str
    required: bool
    says: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One thing that can be asked or told: what it is called, what it means, what it takes and what it gives."""

    mark: str
    name: str
    says: str
    takes: Sequence[Field] = ()
    gives: Sequence[Field] = ()
    for_staff: bool = False


class Part(msgspec.Struct, frozen=True):
    """Entries that belong together, under one heading."""

    id: str
    title: str
    says: str
    entries: Sequence[Entry]


@cache
def read(which: Literal["openapi", "asyncapi"]) -> Any:
    """A committed document. `make schemas` writes it."""
    return msgspec.json.decode(DESCRIBED.joinpath(f"{which}.json").read_bytes())


@cache
def api_parts() -> Sequence[Part]:
    """The HTTP API, by what the first word of the path names."""
    document, found = read("openapi"), dict[str, list[Entry]]()
    for path, methods in document["paths"].items():
        for method, asked in methods.items():
            found.setdefault(path.split("/")[1].partition(".")[0], []).append(_asked(document, method, path, asked))
    return [Part(name, name.replace("-", " ").capitalize(), "", found[name]) for name in sorted(found)]


def _asked(document: JSON, method: str, path: str, asked: JSON) -> Entry:
    def named(where: str) -> Sequence[Field]:
        told = [each for each in asked.get("parameters", ()) if each["in"] == where]
        return [
            Field(each["name"], _kind(each["schema"]), each["required"], each.get("description", "")) for each in told
        ]

    def inside(contents: JSON) -> Sequence[Field]:
        return [field for kind, content in contents.items() for field in _body(document, kind, content)]

    done = [answer for status, answer in asked["responses"].items() if status.startswith("2")]
    takes = [*named("query"), *inside(asked.get("requestBody", {}).get("content", {})), *named("header")]
    gives = [field for answer in done for field in inside(answer.get("content", {}))]
    says = asked.get("description", asked["summary"])
    return Entry(method.upper(), path, says, takes, gives, for_staff="security" in asked)


def _body(document: JSON, kind: str, content: JSON) -> Sequence[Field]:
    told = list(_fields(document, content.get("schema", {})))
    return told or [Field("the whole body", kind if kind != "application/json" else _kind(content["schema"]), True)]


@cache
def kafka_parts() -> Sequence[Part]:
    """What is said on Kafka: the commands of each service and their answer, then the events of each owner."""
    document = read("asyncapi")
    messages, parts = document["components"]["messages"], []
    for name, channel in document["channels"].items():
        if name != "events":
            told = [_message(document, messages[each]) for each in channel["messages"]]
            parts.append(Part(name.replace(".", "-"), name.replace(".", " of "), channel["address"], told))
    parts.sort(key=lambda part: part.id == "answers")
    events: dict[str, list[Entry]] = {}
    for name in document["channels"]["events"]["messages"]:
        of = messages[name]
        entry = _message(document, of, name.partition(".")[2])
        events.setdefault(of["tags"][0]["name"], []).append(entry)
    address = document["channels"]["events"]["address"]
    return [*parts, *(Part(f"events-{owner}", f"events of {owner}", address, told) for owner, told in events.items())]


def _message(document: JSON, of: JSON, version: str = "") -> Entry:
    mark = f"version {version}" if version else ""
    return Entry(mark, of["name"], of["summary"], list(_fields(document, of["payload"])))


def _fields(document: JSON, schema: JSON, before: str = "", depth: int = 0) -> Iterator[Field]:
    """Every value of an object, those inside it after it under their whole name."""
    shape = _resolved(document, schema)
    for name, of in shape.get("properties", {}).items():
        inner, many = _resolved(document, of), ""
        if inner.get("type") == "array":
            items = inner.get("items", {})
            inner, many = _resolved(document, items if isinstance(items, dict) else {}), "[]"
        whole = f"{before}{name}{many}"
        says = of.get("description", "") or inner.get("description", "")
        yield Field(whole, _kind(of), name in shape.get("required", ()), " ".join(says.split()))
        if depth < DEPTH_MAX:
            yield from _fields(document, inner, f"{whole}.", depth + 1)


def _resolved(document: JSON, schema: JSON) -> JSON:
    """What a reference, or the one that is not null of several, stands for."""
    either = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(either) == 1:
        return _resolved(document, either[0])
    if "$ref" in schema:
        return _resolved(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return schema


def _kind(schema: JSON) -> str:
    """What a value is, in few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(map(str, schema.get("enum", [schema.get("const")])))
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return f"list of {_kind(items)}" if isinstance(items, dict) else " and ".join(map(_kind, items))
    kind = schema.get("format") or schema.get("type", "anything")
    bounds = [f"{words} {schema[name]:g}" for name, words in WORDS.items() if name in schema]
    return ", ".join([str(kind), *bounds, *([f"as {schema['pattern']}"] if "pattern" in schema else [])])
