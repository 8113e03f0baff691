"""What is said on Kafka as an AsyncAPI 3 document: every event, every command that can be asked there, its answer."""

from collections.abc import Mapping
from typing import Any, get_args

from services.contact.consumers import hears as contact
from services.intake.consumers import hears as intake
from services.plans.consumers import hears as plans
from services.settlement.consumers import hears as settlement
from shared.bus.offered import Offered, offered
from shared.bus.options import MESSAGE_BYTES_MAX, PARTITIONS
from shared.bus.spoken import Outcome
from shared.events import known
from tests.schemas.kept import kept_names, schema
from tests.schemas.openapi import SERVICES, described

JSON = dict[str, Any]
HEARS = {"intake": intake, "contact": contact, "plans": plans, "settlement": settlement}
EPOCH = {"epoch": {"description": "Twelve hexadecimal digits of the store's epoch, which a restored store changes."}}
ABOUT = f"""What the platform says on Kafka. The topics are internal: a creditor's programs use the HTTP API.

An event tells that something happened; the store tells what is true. It carries no personal values. It may come late,
twice or again: `ce_sequence` is its position in the log, `ce_before` the position before it in its partition.

A command is a request: say it on the service's topic with an id of your own and wait for the answer on yours. Not
answered, it is said again with the same `ce_id`: it is done once, and the first answer is given again. What was not
answered may have been done; saying it again finds out. With other values the same id is refused. A command holds at
most {MESSAGE_BYTES_MAX} bytes and no free text: what holds a person's words is asked over HTTP only. Messages are
signed by what the platform's processes share; one that is not signed is not heard.
"""
TEXT: JSON = {"type": "string"}
UUID: JSON = {"type": "string", "format": "uuid"}
EVENT_HEADERS: JSON = {
    "ce_specversion": {"const": "1.0"}, "ce_id": UUID, "ce_source": {"const": "sovinto"},
    "ce_time": {"type": "string", "format": "date-time", "description": "When it was true."},
    "ce_dataversion": {"type": "string", "description": "The version of the type."},
    "ce_sequence": {"type": "string", "pattern": "^[0-9]+$", "description": "The position in the log."},
    "ce_before": {"type": "string", "pattern": "^[0-9]+$", "description": "The position before it in its partition."},
    "traceparent": TEXT, "content-type": {"const": "application/json"},
}  # fmt: skip
SAID_HEADERS: JSON = {
    "ce_specversion": {"const": "1.0"},
    "ce_id": {**UUID, "description": "The command's id, the same each time it is said."},
    "ce_source": {"enum": ["intake", "contact", "plans", "settlement", "gateway"], "description": "Who says this."},
    "sovinto-actor": {**TEXT, "description": "On whose behalf: client:ID, staff:ID or service:NAME."},
    "sovinto-asked": {**UUID, "description": "Of one wait for an answer; it comes back with it."},
    "traceparent": TEXT, "content-type": {"const": "application/json"},
    "signature": {**TEXT, "pattern": "^[0-9a-f]{64}$", "description": "HMAC-SHA256 of topic, headers and value."},
}  # fmt: skip
ANSWER: JSON = {
    "type": "object",
    "required": ["outcome", "version", "position", "code"],
    "additionalProperties": False,
    "properties": {
        "outcome": {"enum": [each for each in get_args(Outcome) if each != "unknown"]},
        "version": {"type": "integer", "description": "The stream's version after it."},
        "position": {"type": "integer", "description": "The log's position of it."},
        "code": {"type": "string", "description": "Why it was refused."},
    },
}


def asyncapi() -> JSON:
    """The document as it is committed and served."""
    schemas: JSON = {}
    messages = {name.partition("/")[2]: _event(name, schemas) for name in kept_names()}
    channels: JSON = {
        "events": _channel("sovinto.events.{epoch}", messages, PARTITIONS, "Everything that happens, keyed by stream.")
    }
    operations: JSON = {"relay.tells": _operation("send", "events", messages, "Every event, in the store's order.")}
    for service, hears in HEARS.items():
        heard = [name for name in messages if name.partition(".")[0] in hears.by_type]
        operations[f"{service}.hears"] = _operation("receive", "events", heard, f"What {service} decides on.")
    answer = {"Answer": _message("Answer", "What became of a command.", _headers(SAID_HEADERS, "answer"), ANSWER)}
    channels["answers"] = _channel("sovinto.answers.{service}.{epoch}", answer, 1, "The answers to whoever asked.")
    channels["answers"]["parameters"]["service"] = {"description": "Who asked: its `ce_source`."}
    for service in SERVICES:
        asked = offered(described(service))
        if asked:
            channel = f"commands.{service}"
            channels[channel] = _channel(f"sovinto.commands.{service}.{{epoch}}", asked, 1, f"What {service} is asked.")
            messages |= {name: _command(each) for name, each in asked.items()}
            operations |= {f"{service}.{name}": _asked(channel, name) for name in asked}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Sovinto on Kafka", "version": "1", "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": {**messages, **answer}, "schemas": dict(sorted(schemas.items()))},
    }


def _event(name: str, schemas: JSON) -> JSON:
    kind = known()[name.partition("/")[2].partition(".")[0]]
    says = " ".join((kind.of.__doc__ or "").split())
    told = _message(kind.name, says, _headers(EVENT_HEADERS, kind.name), _hoisted(name, schemas))
    return {**told, "tags": [{"name": kind.owner}]}


def _command(command: Offered) -> JSON:
    told = _message(command.name, command.says, _headers(SAID_HEADERS, command.name), dict(command.schema))
    return {**told, "correlationId": {"location": "$message.header#/sovinto-asked"}}


def _asked(channel: str, name: str) -> JSON:
    reply = {"channel": {"$ref": "#/channels/answers"}, "messages": [{"$ref": "#/channels/answers/messages/Answer"}]}
    return {**_operation("receive", channel, [name], f"Ask for {name}."), "reply": reply}


def _message(name: str, says: str, headers: JSON, payload: JSON) -> JSON:
    return {"name": name, "title": name, "summary": says, "headers": headers, "payload": payload}


def _headers(named: JSON, kind: str) -> JSON:
    properties = {**named, "ce_type": {"const": kind}}
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _channel(address: str, messages: Mapping[str, Any], partitions: int, says: str) -> JSON:
    return {
        "address": address,
        "description": says,
        "parameters": dict(EPOCH),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"partitions": partitions, "bindingVersion": "0.5.0"}},
    }


def _operation(action: str, channel: str, messages: Any, says: str) -> JSON:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": says,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }


def _hoisted(name: str, schemas: JSON) -> JSON:
    """A kept schema as a part of this document: its definitions beside all others, older versions' under theirs."""
    of = name.partition("/")[2]
    kind, _, version = of.partition(".")
    prefix = f"{of}." if int(version) < known()[kind].version else ""
    told = {key: part for key, part in schema(name).items() if key != "sealed"}
    for each, shape in told.pop("$defs").items():
        here = _as_here(shape, prefix)
        if schemas.setdefault(prefix + each, here) != here:
            raise ValueError(f"two shapes are called {each}: give one of them another name")
    moved: JSON = _as_here(told, prefix)
    return moved


def _as_here(part: Any, prefix: str) -> Any:
    """The same where definitions are components, and a tuple is said as AsyncAPI's schemas say it."""
    if isinstance(part, list):
        return [_as_here(each, prefix) for each in part]
    if not isinstance(part, dict):
        return part
    told = {key: _as_here(each, prefix) for key, each in part.items() if key != "prefixItems"}
    if "$ref" in told:
        told["$ref"] = f"#/components/schemas/{prefix}{told['$ref'].rpartition('/')[2]}"
    if "prefixItems" in part:
        told["items"] = [_as_here(each, prefix) for each in part["prefixItems"]]
    return told
