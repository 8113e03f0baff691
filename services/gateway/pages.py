"""What clients see in a browser: log in, cases, one case's story, its letters, stop and pause, questions to answer."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any
from uuid import uuid4

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from services.gateway import asking, casepage, handlers, looking, sessions, shown, views
from services.gateway.access import NotAllowed, NotKnown, Viewer
from services.gateway.limits import TooLarge
from services.gateway.rendering import LANGUAGE_COOKIE, YEAR_SECONDS, go, own_path, page, words_for
from services.gateway.sessions import COOKIE, VISIT, Session, TooMany
from services.gateway.wired import Back, Made, Wired, up_to_date
from services.gateway.words import LANGUAGES, Words
from shared.casestore.appending import GONE
from shared.deciding import Deciding
from shared.errors import Away, Conflict, NotFound, NotUnderstood, Refused
from shared.telemetry import span

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)
STAGES = (
    "open",
    "reminding",
    "demanding",
    "negotiating",
    "on_plan",
    "legal_proposed",
    "needs_info",
    "rejected",
    "closed",
)


async def _session(request: Request, made: Made) -> Session:
    return await sessions.resume(made.pool, request.cookies.get(COOKIE, ""))


LoggedIn = Annotated[Session, Depends(_session)]


async def _form(request: Request, session: LoggedIn) -> FormData:
    form = await request.form()
    sessions.check_form(session.token, str(form.get("token", "")))
    return form


Form = Annotated[FormData, Depends(_form)]


async def _decide(request: Request, session: LoggedIn, made: Made) -> AsyncIterator[Deciding]:
    with span(f"{request.method} {request.url.path}", "") as trace:
        now = await made.store.now()
        yield Deciding(made.store, uuid4(), session.viewer.actor, now, trace)


DecideByForm = Annotated[Deciding, Depends(_decide)]


def make_pages(made: Wired, routers: Sequence[APIRouter]) -> FastAPI:
    """The pages as an application of their own, so that what goes wrong is told as a page."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.wired = made
    for each in routers:
        app.include_router(each)
    known = {
        NotKnown: 401, NotAllowed: 403, NotFound: 404, Refused: 409, TooMany: 429, RequestValidationError: 422,
        TooLarge: 413, HTTPException: 404, Exception: 500,
    }  # fmt: skip
    for error in (*known, Away, Conflict, NotUnderstood, *GONE):
        app.add_exception_handler(error, _told_as_page(known.get(error, 503)))
    return app


def _told_as_page(status: int) -> Any:
    async def on_error(request: Request, wrong: Exception) -> Response:
        made: Wired = request.app.state.wired
        if status == 500:
            log.error("page failed", route=getattr(request.scope.get("route"), "path", ""), exc_info=wrong)
        if status == 401:
            return go("/login?to=" + own_path(request.url.path) if request.method == "GET" else "/login")
        said, session = words_for(request), None
        if status != 503:
            try:
                session = await sessions.resume(made.pool, request.cookies.get(COOKIE, ""))
            except (NotKnown, *GONE):
                session = None
        text = _why(said, wrong) if isinstance(wrong, Refused) else said(f"error.says_{status}")
        return await page(request, made, session, "error.html", status, title=said(f"error.title_{status}"), text=text)

    return on_error


def _why(said: Words, no: Refused) -> str:
    """Why something was refused, by its code. Services write in English: that is shown to those who read it."""
    if said.has(f"refusal.{no.code}"):
        return said(f"refusal.{no.code}")
    return str(no) if said.language == "en" else said("error.says_409")


# Logging in and out.


@router.get("/login")
async def login_form(request: Request, made: Made, to: str = "/") -> Response:
    """Ask for the key."""
    visit = request.cookies.get(VISIT) or sessions.new_token()
    answer = await page(
        request, made, None, "login.html", to=own_path(to), wrong=False, visit=sessions.form_token(visit)
    )
    _remember(request, answer, VISIT, visit)
    return answer


@router.post("/login")
async def login(request: Request, made: Made) -> Response:
    """A key that opens begins a session; a wrong one is counted."""
    form = await request.form()
    visit = request.cookies.get(VISIT, "")
    sessions.check_form(visit, str(form.get("token", "")))
    address = request.client.host if request.client else ""
    await sessions.may_try(made.pool, address)
    to = own_path(str(form.get("to", "/")))
    try:
        viewer = await made.opened_by(str(form.get("key", "")))
    except NotKnown:
        await sessions.tried_wrong(made.pool, address)
        shown_token = sessions.form_token(visit)
        return await page(request, made, None, "login.html", 401, to=to, wrong=True, visit=shown_token)
    session = await sessions.begin(made.pool, viewer)
    answer = go(to)
    _remember(request, answer, COOKIE, session.token, int(sessions.LASTS.total_seconds()))
    await _speak(request, made, viewer, answer)
    return answer


@router.post("/logout")
async def logout(session: LoggedIn, form: Form, made: Made) -> Response:
    """End the session."""
    await sessions.end(made.pool, session.token)
    answer = go("/login")
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/language/{code}")
async def choose_language(request: Request, code: str, to: str = "/") -> Response:
    """Remember the language chosen."""
    answer = go(own_path(to))
    if code in LANGUAGES:
        _remember(request, answer, LANGUAGE_COOKIE, code, YEAR_SECONDS)
    return answer


def _remember(request: Request, answer: Response, name: str, value: str, seconds: int | None = None) -> None:
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=seconds, httponly=True, secure=secure, samesite="strict", path="/")


async def _speak(request: Request, made: Wired, viewer: Viewer, answer: Response) -> None:
    """The client's own language, unless another was chosen here."""
    if viewer.is_staff or request.cookies.get(LANGUAGE_COOKIE):
        return
    language = await made.pool.fetchval("select language from clients where client_id = $1", viewer.id)
    if language in LANGUAGES:
        _remember(request, answer, LANGUAGE_COOKIE, language, YEAR_SECONDS)


# Cases.


@router.get("/")
async def start(session: LoggedIn) -> Response:
    """Everyone's first page."""
    return go("/calls" if session.viewer.is_staff else "/cases")


@router.get("/cases")
async def cases(
    request: Request, session: LoggedIn, made: Made, stage: str = "open", search: str = "", before: int | None = None,
    after: int | None = None,
) -> Response:  # fmt: skip
    """The list of cases."""
    viewer = session.viewer
    ready = await up_to_date(made, after)
    audience = made.audience(viewer)
    which = views.Filter("" if search.strip() or stage == "all" else stage, search[:100], before)
    rows, more = await views.list_cases(audience, viewer.client_id, which, made.beginnings)
    counts = await views.count_cases(audience, viewer.client_id)
    lines = [casepage.line(row, words_for(request), await made.store.now()) for row in rows]
    return await page(
        request, made, session, "cases.html", cases=lines, stage=stage, search=search, more=more, updating=not ready,
        filters=casepage.filters(STAGES, counts), any_case=bool(counts),
    )  # fmt: skip


@router.get("/cases/{case}")
async def case(request: Request, case: str, session: LoggedIn, made: Made, back: Back) -> Response:
    """One case: where it stands, or stood then, what comes next, its story."""
    seen = await looking.see_case(made, session.viewer, case, back)
    said = words_for(request)
    return await page(request, made, session, "case.html", **casepage.whole(made, seen, said))


@router.get("/cases/{case}/documents/{name}")
async def document(request: Request, case: str, name: str, session: LoggedIn, made: Made) -> Response:
    """A letter, in a tab of its own."""
    return await shown.document(made, session.viewer, case, name, words_for(request))


# Stop and pause, with what they do said first.


@router.get("/cases/{case}/{what}")
async def before_stop(request: Request, case: str, what: str, session: LoggedIn, made: Made) -> Response:
    """What stopping or pausing does, before it is done."""
    if what not in ("stop", "pause"):
        raise NotFound("there is no such page")
    seen = await looking.see_case(made, session.viewer, case)
    said = words_for(request)
    facts = casepage.consequences_said(looking.see_consequences(made, seen), said, what)
    head = casepage.head(seen, said)
    return await page(request, made, session, "stop.html", what=what, consequences=facts, head=head)


@router.post("/cases/{case}/stop")
async def stop(case: str, session: LoggedIn, form: Form, made: Made, decide: DecideByForm) -> Response:
    """Stop for good."""
    seen = await looking.see_case(made, session.viewer, case)
    await decide(handlers.stop, seen.case_id, str(form.get("because", ""))[:500])
    return go(f"/cases/{seen.case_id}?done=stopped")


@router.post("/cases/{case}/pause")
async def pause(case: str, session: LoggedIn, form: Form, made: Made, decide: DecideByForm) -> Response:
    """Pause."""
    seen = await looking.see_case(made, session.viewer, case)
    await decide(handlers.pause, seen.case_id, str(form.get("because", ""))[:500])
    return go(f"/cases/{seen.case_id}?done=paused")


@router.post("/cases/{case}/resume")
async def resume(case: str, session: LoggedIn, form: Form, made: Made, decide: DecideByForm) -> Response:
    """Go on."""
    seen = await looking.see_case(made, session.viewer, case)
    await decide(handlers.resume, seen.case_id)
    return go(f"/cases/{seen.case_id}?done=resumed")


# Questions.


@router.get("/approvals")
async def approvals(request: Request, session: LoggedIn, made: Made, after: int | None = None) -> Response:
    """What waits for the client."""
    viewer = session.viewer
    ready = await up_to_date(made, after)
    rows = await views.list_questions(made.audience(viewer), viewer.client_id)
    return await page(request, made, session, "approvals.html", questions=rows, updating=not ready)


@router.get("/cases/{case}/questions/{question}")
async def question(request: Request, case: str, question: str, session: LoggedIn, made: Made) -> Response:
    """One question, with all that is needed to answer it."""
    seen = await looking.see_case(made, session.viewer, case)
    said = words_for(request)
    facts = asking.question(seen, question, said)
    return await page(request, made, session, "question.html", head=casepage.head(seen, said), **facts)


@router.post("/cases/{case}/questions/{question}")
async def answer(request: Request, case: str, question: str, session: LoggedIn, form: Form, made: Made) -> Response:
    """Take the answer to the service that asked."""
    seen = await looking.see_case(made, session.viewer, case)
    done = await asking.answer(made, session.viewer, seen, question, form)
    return go(f"/cases/{seen.case_id}?done={done}")
