"""Everything the gateway is made of, top to bottom."""

import os
from importlib.resources import files

import httpx2
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from services.gateway import api, pages, passing, reference, reference_pages, staff_pages, views
from services.gateway.access import NotAllowed, NotKnown
from services.gateway.limits import TOO_LARGE, Limits, TooLarge
from services.gateway.neighbours import Neighbours
from services.gateway.people import Beginnings
from services.gateway.statics import Statics
from services.gateway.wired import Wired
from shared.casestore import Audience, CaseStore
from shared.documents import Documents
from shared.erasures import forgetting
from shared.http import Check, add_problems, called, make_app
from shared.law import Law
from shared.projections import Reader, one_by_one
from shared.service import checks, open_store, run, sql_of
from shared.settings import Settings

OPERATOR_KEY = "SOVINTO_OPERATOR_KEY"


async def main(settings: Settings) -> None:
    store = await open_store(settings)
    as_client = await Audience(settings.audience_urls["client"], store, "gateway").open()
    as_staff = await Audience(settings.audience_urls["staff"], store, "gateway").open()
    beginnings = Beginnings(settings.master)
    async with httpx2.AsyncClient() as http:
        made = Wired(
            store=store,
            as_client=as_client,
            as_staff=as_staff,
            reader=make_reader(store, beginnings),
            beginnings=beginnings,
            documents=Documents(settings.documents, store.keys),
            law=Law.load(live=store.live, overlay=settings.law_overlay),
            neighbours=Neighbours(settings.services, settings.internal_token, http),
            operator_key=os.environ.get(OPERATOR_KEY, ""),
        )
        app = make_public_app(made, settings.internal_token, checks(store, made.reader, None))
        await run(settings, store, made.reader, None, None, app)
    await as_client.close()
    await as_staff.close()


def make_reader(store: CaseStore, beginnings: Beginnings) -> Reader:
    """The gateway's projections."""
    each = (views.projecting_people(store.keys, beginnings), views.project_clients, views.project_payments)
    projections = [forgetting(store.keys), views.project_cases, *map(one_by_one, each)]
    return Reader("gateway", store, sql_of("services.gateway"), projections)


def make_public_app(made: Wired, internal_token: str, health: dict[str, Check]) -> FastAPI:
    """Pages at /, the API at /api/v1, health beside them; every request held to the same limits."""
    rest = make_rest()
    rest.openapi_schema = reference.read("openapi")
    add_problems(rest)
    rest.add_exception_handler(NotKnown, on_not_known)
    rest.add_exception_handler(NotAllowed, on_not_allowed)
    rest.add_exception_handler(TooLarge, on_too_large)
    rest.add_exception_handler(HTTPException, on_no_route)
    app = make_app("gateway", made.store, internal_token, [], health)
    rest.state.wired = app.state.wired = made
    app.mount("/api/v1", rest)
    app.mount("/static", Statics(files("services.gateway").joinpath("static")))
    app.mount("/", pages.make_pages(made, [pages.router, staff_pages.router, reference_pages.router]))
    app.add_middleware(Limits)
    return app


ABOUT = "Show a key as `Authorization: Bearer KEY`. Send `Idempotency-Key` with what writes, and again with a retry."


def make_rest() -> FastAPI:
    """The API's routes. What they say of themselves is completed in `described/openapi.json`, which is served."""
    rest = FastAPI(
        title="Sovinto", version="1", docs_url=None, redoc_url=None, description=ABOUT,
        generate_unique_id_function=called,
    )  # fmt: skip
    rest.include_router(passing.router)
    rest.include_router(api.router)
    return rest


async def on_not_known(_request: Request, refused: Exception) -> JSONResponse:
    """No key, or one that opens nothing."""
    return _problem(401, "not_known", str(refused), {"WWW-Authenticate": "Bearer"})


async def on_not_allowed(_request: Request, refused: Exception) -> JSONResponse:
    """Known, and not for them."""
    return _problem(403, "not_allowed", str(refused))


async def on_too_large(_request: Request, _large: Exception) -> JSONResponse:
    """The body went on past what a request may hold."""
    return _problem(413, "too_large", TOO_LARGE)


async def on_no_route(_request: Request, wrong: Exception) -> JSONResponse:
    """No such path, no such method on it, or a body that could not be read."""
    status = wrong.status_code if isinstance(wrong, HTTPException) else 400
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "not_readable")
    return _problem(status, code, str(getattr(wrong, "detail", "")) or code)


def _problem(status: int, code: str, title: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body = {"type": f"urn:sovinto:problem:{code}", "title": title, "status": status, "code": code}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")
