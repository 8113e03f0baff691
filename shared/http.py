"""The HTTP edge every service has: who calls, what caused it, and errors as problem+json (RFC 9457)."""

import asyncio
import email
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any
from uuid import UUID, uuid4, uuid5

import msgspec
import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.casestore import CaseStore
from shared.casestore.appending import GONE
from shared.deciding import Answer, Deciding
from shared.errors import Away, Conflict, NotFound, NotUnderstood, Refused
from shared.law import Law
from shared.telemetry import span

HEALTH = ("/livez", "/readyz", "/metrics")
COMMANDS = UUID("5f6f1a52-6e0b-4a4b-9d6e-6b6c1b8b0d11")  # The namespace of HTTP commands' ids.
log = structlog.get_logger()

Check = Callable[[], Awaitable[str | None]]  # None when well, else what is wrong.


class Caller(msgspec.Struct, frozen=True):
    """On whose behalf a service is called: `client:ID`, `staff:ID` or `service:NAME`."""

    actor: str

    @property
    def client_id(self) -> UUID | None:
        """The client, where it is one who calls."""
        kind, _, name = self.actor.partition(":")
        return UUID(name) if kind == "client" else None


class Written(BaseModel, frozen=True):
    """What a write came to. `version` is the stream's, also in the ETag; `position` the log's."""

    outcome: str
    version: int
    position: int


def written(answer: Answer, response: Response) -> Written:
    """An answer as a body and an ETag."""
    response.headers["ETag"] = f'"{answer.version}"'
    return Written(outcome=answer.outcome, version=answer.version, position=answer.position)


async def called_by(request: Request) -> Caller:
    """Only the platform's own processes call services; the gateway says for whom."""
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(shown.encode(), request.app.state.internal_token.encode()):
        raise NotFound("no such page")
    return Caller(request.headers.get("sovinto-actor", "service:unknown"))


async def decide(request: Request, caller: Annotated[Caller, Depends(called_by)]) -> AsyncIterator[Deciding]:
    """The entry of a command: its cause is made of who asks, the route and the Idempotency-Key."""
    store: CaseStore = request.app.state.store
    command_id = await command(store, caller.actor, request)
    with span(f"{request.method} {request.url.path}", request.headers.get("traceparent", "")) as trace:
        yield Deciding(store, command_id, caller.actor, await store.now(), trace)


async def command(store: CaseStore, actor: str, request: Request) -> UUID:
    """A command's id. Without a key each call is its own; the same key with another body is Refused (422)."""
    key = request.headers.get("idempotency-key")
    if not key:
        return uuid4()
    command_id = uuid5(COMMANDS, f"{actor}|{request.method} {request.url.path}|{key}")
    body = hashlib.sha256(_as_meant(await request.body(), request.headers.get("content-type", ""))).digest()
    sql = """with fresh as (insert into bus.commands (command_id, body) values ($1, $2)
             on conflict do nothing returning body)
             select body from fresh union all select body from bus.commands where command_id = $1 limit 1"""
    if await store.pool.fetchval(sql, command_id, body) not in (body, None):
        raise Refused("this Idempotency-Key was used with another body", "idempotency_key_reused")
    return command_id


def _as_meant(body: bytes, content_type: str) -> bytes:
    """A form with files is sent again with another boundary: it is the same body all the same."""
    named = email.message_from_string(f"Content-Type: {content_type}\n\n").get_param("boundary")
    return body.replace(b"--" + named.encode(), b"") if isinstance(named, str) and named else body


async def the_store(request: Request) -> CaseStore:
    """The service's way to the store, for reading."""
    store: CaseStore = request.app.state.store
    return store


async def the_law(request: Request) -> Law:
    """The rule packs this service was started with."""
    law: Law = request.app.state.law
    return law


Decide = Annotated[Deciding, Depends(decide)]
TheStore = Annotated[CaseStore, Depends(the_store)]
TheLaw = Annotated[Law, Depends(the_law)]
CalledBy = Annotated[Caller, Depends(called_by)]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(
    service: str, store: CaseStore, internal_token: str, routers: Sequence[APIRouter], checks: Mapping[str, Check]
) -> FastAPI:
    """The service's HTTP side: its routes, its health and its errors."""
    app = FastAPI(
        title=f"Sovinto {service}", version="1", docs_url=None, redoc_url=None, generate_unique_id_function=called
    )
    app.state.store, app.state.internal_token = store, internal_token
    for router in routers:
        app.include_router(router)
    app.include_router(health(checks))
    add_problems(app)
    return app


def called(route: APIRoute) -> str:
    """A route is called what its function is called, in what describes it and over Kafka."""
    return route.name


def health(checks: Mapping[str, Check]) -> APIRouter:
    """`/livez`: the loop turns. `/readyz`: the work can be done, or what is missing. `/metrics`: the rest."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        wrong = {name: said for name, check in checks.items() if (said := await check())}
        return JSONResponse({"status": "waiting" if wrong else "ready", "because": wrong}, 503 if wrong else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def answers_when(prepared: asyncio.Event, app: ASGIApp) -> ASGIApp:
    """The same application, which but for its health answers 503 until what it shows is there."""
    building = _problem(503, "try_again", "what is shown here is being built anew; nothing was done, ask again")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        waits = scope["type"] == "http" and not prepared.is_set() and scope["path"] not in HEALTH
        await (building if waits else app)(scope, receive, send)

    return answer


def _problem(status: int, code: str, title: str, **more: Any) -> JSONResponse:
    body = {"type": f"urn:sovinto:problem:{code}", "title": title, "status": status, "code": code, **more}
    headers = {"Retry-After": "2"} if status == 503 else None
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def add_problems(app: FastAPI) -> None:
    """Every failure as problem+json with a stable type, as the table in shared/README.md says."""

    async def on_refused(_request: Request, refused: Exception) -> JSONResponse:
        code = getattr(refused, "code", "refused")
        return _problem(422 if code == "idempotency_key_reused" else 409, code, str(refused))

    async def on_not_found(_request: Request, missing: Exception) -> JSONResponse:
        return _problem(404, "not_found", str(missing) or "there is no such thing")

    async def on_away(_request: Request, _away: Exception) -> JSONResponse:
        return _problem(503, "try_again", "a part of the platform does not answer; nothing was done, ask again")

    async def on_newer(request: Request, newer: Exception) -> JSONResponse:
        log.error("request waits for the upgrade", route=request.url.path, because=str(newer))
        return _problem(
            503, "waits_for_upgrade", "a part of the platform is being upgraded; nothing was done, ask again"
        )

    async def on_invalid(_request: Request, invalid: Exception) -> JSONResponse:
        assert isinstance(invalid, RequestValidationError)  # noqa: S101  (registered for this type alone)
        where = [{"where": ".".join(map(str, wrong["loc"])), "what": wrong["msg"]} for wrong in invalid.errors()]
        return _problem(422, "invalid", "the request is not in the form this page takes", errors=where)

    async def on_mistake(request: Request, wrong: Exception) -> JSONResponse:
        log.error("request failed", route=request.url.path, exc_info=wrong)
        return _problem(500, "our_mistake", "this is our mistake; it was recorded")

    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(NotFound, on_not_found)
    for away in (Away, Conflict, *GONE):
        app.add_exception_handler(away, on_away)
    app.add_exception_handler(NotUnderstood, on_newer)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Exception, on_mistake)
