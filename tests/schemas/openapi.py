"""The HTTP API as an OpenAPI 3.1 document: the gateway's routes, and what they pass on as its service takes it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.routing import APIRoute

from services.contact import api as contact
from services.gateway import api as gateway
from services.gateway import passing
from services.gateway.main import make_rest
from services.gateway.wired import staff_by_key
from services.intake import api as intake
from services.plans import api as plans
from services.settlement import api as settlement
from shared.http import make_app

JSON = dict[str, Any]
SERVICES = {"intake": intake, "contact": contact, "plans": plans, "settlement": settlement}
SHAPES = "#/components/schemas/"
PROBLEM: JSON = {
    "title": "Problem",
    "description": "Why it was not done (RFC 9457). `code` is for programs and stays.",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "urn:sovinto:problem:CODE"},
        "title": {"type": "string", "description": "For a person, in English."},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Where the request is not in its form.",
            "items": {
                "type": "object",
                "required": ["where", "what"],
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
}
REFUSED = {
    "description": "401 no key that opens, 403 not yours to ask, 404 not there or not yours, 409 a rule says no, "
    "413 too large, 422 not in its form or an `Idempotency-Key` used with another body, 503 ask again: `Retry-After`.",
    "content": {"application/problem+json": {"schema": {"$ref": f"{SHAPES}Problem"}}},
}
ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same with every retry: it is done once. Without it each request is a new one.",
    "schema": {"type": "string"},
}


def described(service: str) -> JSON:
    """What a service says of its own routes. Nothing is started."""
    of: JSON = make_app(service, None, "", [SERVICES[service].router], {}).openapi()  # type: ignore[arg-type]
    return of


def openapi() -> JSON:
    """The document as it is committed and served."""
    told: JSON = make_rest().openapi()
    shapes = told["components"]["schemas"]
    for service in SERVICES:
        _complete(told["paths"], shapes, described(service))
    for unused in ("HTTPValidationError", "ValidationError"):
        shapes.pop(unused, None)
    shapes["Problem"] = PROBLEM
    for methods in told["paths"].values():
        for method, asked in methods.items():
            asked["responses"].pop("422", None)
            asked["responses"]["default"] = REFUSED
            if method != "get":
                asked.setdefault("parameters", []).append(ONCE)
    for method, path in of_staff():  # OpenAPI 3.1: the roles that a key must have.
        told["paths"][path][method.lower()]["security"] = [{"key": ["staff"]}]
    told["components"]["schemas"] = dict(sorted(shapes.items()))
    told["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    told["security"] = [{"key": []}]
    told["servers"] = [{"url": "/api/v1"}]
    return told


def of_staff() -> Iterator[tuple[str, str]]:
    """Method and path of what only staff may ask."""
    yield from ((each.method, each.path) for each in passing.PASSED if each.who == "staff")
    for route in gateway.router.routes:
        assert isinstance(route, APIRoute)
        if staff_by_key in {each.call for each in route.dependant.dependencies}:
            yield from ((method, route.path) for method in route.methods or ())


def _complete(paths: Mapping[str, Any], shapes: JSON, of: JSON) -> None:
    """Give each route that passes on to this service the body and the answer the service describes."""
    for path, methods in of["paths"].items():
        route = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(path)))
        for passed, ours in paths.items():
            for method in set(ours) & set(methods) if route.fullmatch(passed) else ():
                asked = methods[method]
                body = asked.get("requestBody", {})
                if "application/json" in body.get("content", {}):
                    ours[method]["requestBody"] = body
                elif "application/json" in ours[method].get("requestBody", {}).get("content", {}):
                    del ours[method]["requestBody"]  # It takes none.
                ours[method]["responses"] = {
                    status: answer for status, answer in asked["responses"].items() if status.startswith("2")
                }
                queries = [each for each in asked.get("parameters", ()) if each["in"] == "query"]
                ours[method].setdefault("parameters", []).extend(queries)
                _bring(asked, of["components"]["schemas"], shapes)


def _bring(part: Any, theirs: JSON, ours: JSON) -> None:
    """Take over every shape this part refers to. One name has one shape in the whole document."""
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).removeprefix(SHAPES)
        if name in theirs and name not in ours:
            ours[name] = theirs[name]
            _bring(theirs[name], theirs, ours)
        elif name in theirs and ours[name] != theirs[name]:
            raise ValueError(f"two shapes are called {name}: give one of them another name")
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _bring(each, theirs, ours)
