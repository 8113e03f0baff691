"""The documents of the API and of Kafka are what the code says, valid, and whole in themselves."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from fastapi.openapi.models import OpenAPI
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from services.gateway import api, passing
from services.gateway.reference import DESCRIBED, api_parts, kafka_parts, read
from shared.bus.message import event_headers
from shared.bus.spoken import Said, headers_of
from tests.schemas.asyncapi import EVENT_HEADERS, SAID_HEADERS
from tests.schemas.write import documents

JSON = Mapping[str, Any]
OFFERED = {
    "plans.start_plan", "contact.resolve_dispute", "contact.move_due_date", "contact.give_legal_decision",
    "contact.not_taken", "settlement.report_direct_payment", "settlement.assign_payment", "settlement.refund_payment",
    "settlement.start_run",
}  # fmt: skip


def test_a_changed_route_message_or_event_is_a_visible_diff() -> None:
    """Run `make schemas`."""
    changed = [name for name, content in documents().items() if DESCRIBED.joinpath(name).read_bytes() != content]
    assert changed == []


def test_the_api_is_described_as_openapi_3_1() -> None:
    told = read("openapi")
    OpenAPI.model_validate(told)
    assert told["openapi"].startswith("3.1.")
    names = Counter(asked["operationId"] for methods in told["paths"].values() for asked in methods.values())
    assert [name for name, times in names.items() if times > 1] == []
    for path, methods in told["paths"].items():
        for method, asked in methods.items():
            in_path = {each["name"] for each in asked.get("parameters", ()) if each["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", path)), f"{method} {path}"


def test_what_is_said_on_kafka_is_described_as_asyncapi_3() -> None:
    told = read("asyncapi")
    ApplicationSchema.model_validate(told)
    assert told["asyncapi"] == "3.0.0"
    for name, operation in told["operations"].items():
        for each in operation["messages"]:
            assert each["$ref"].startswith(operation["channel"]["$ref"] + "/messages/"), name


@pytest.mark.parametrize("which", ["openapi", "asyncapi"])
def test_every_reference_leads_to_something(which: Any) -> None:
    told = read(which)
    for reference in references(told):
        part: Any = told
        for step in reference.removeprefix("#/").split("/"):
            assert step in part, reference
            part = part[step]


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    if isinstance(part, list):
        for each in part:
            yield from references(each)


def test_every_route_is_described_with_what_it_takes() -> None:
    told = read("openapi")["paths"]
    for route in (*api.router.routes, *passing.router.routes):
        for method in route.methods:  # type: ignore[attr-defined]  # All of them are APIRoutes.
            asked = told[route.path][method.lower()]  # type: ignore[attr-defined]  # As above.
            for kind, body in asked.get("requestBody", {}).get("content", {}).items():
                assert body["schema"] or kind not in ("application/json", "multipart/form-data"), route.path  # type: ignore[attr-defined]  # As above.
            assert asked["responses"].keys() >= {"default"}


def test_the_commands_that_can_be_asked_over_kafka_are_these() -> None:
    operations = read("asyncapi")["operations"]
    assert {name for name, told in operations.items() if "reply" in told} == OFFERED


def test_messages_have_the_headers_that_are_described() -> None:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    event: Any = {
        "event_id": uuid4(), "type": "CaseReceived", "occurred_at": now, "schema": 1, "position": 1, "trace": "",
    }  # fmt: skip
    assert {name for name, _ in event_headers(event, 0)} == {*EVENT_HEADERS, "ce_type"}
    said = Said(uuid4(), "start_plan", "gateway", "staff:x", uuid4())
    assert {name for name, _ in headers_of(said, "topic", b"{}", "token")} == {*SAID_HEADERS, "ce_type"}


def test_the_pages_tell_everything_the_documents_do() -> None:
    entries = {(entry.mark, entry.name): entry for part in api_parts() for entry in part.entries}
    paths = read("openapi")["paths"]
    assert set(entries) == {(method.upper(), path) for path, methods in paths.items() for method in methods}
    plan = entries["POST", "/cases/{case}/plan"]
    assert [(each.name, each.kind) for each in plan.takes] == [
        ("instalments", "integer, at least 2, at most 24"), ("first_due", "date"), ("Idempotency-Key", "string"),
    ]  # fmt: skip
    assert {"outcome", "version", "position"} == {each.name for each in plan.gives}
    said = [entry for part in kafka_parts() for entry in part.entries]
    assert len(said) == len(read("asyncapi")["components"]["messages"])
    assert all(entry.says for entry in (*entries.values(), *said))
