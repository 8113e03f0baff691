"""Pages as HTML: templates, the reader's language, and what every page shows around its own content."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.gateway import views
from services.gateway.sessions import Session
from services.gateway.statics import digest_of
from services.gateway.wired import Wired
from services.gateway.words import LANGUAGES, NAMES, Language, Words, language_of, words

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "sovinto_language"
YEAR_SECONDS = 365 * 24 * 3600


@cache
def templates() -> Environment:
    """The templates. What they name and was not given is a mistake; all text is escaped."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.globals["asset"] = asset
    return made


def asset(name: str) -> str:
    """A static file's address, with its digest."""
    return f"/static/{name}?v={digest_of((HERE / 'static' / name).read_bytes())}"


def reader_language(request: Request) -> Language:
    """What the reader chose, else what the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return language_of(chosen)
    for asked in request.headers.get("accept-language", "").split(","):
        code = asked.partition(";")[0].strip()
        if code[:2].lower() in (*LANGUAGES, "no", "nn"):
            return language_of(code)
    return "en"


def words_for(request: Request) -> Words:
    """The reader's words."""
    return words(reader_language(request))


async def page(
    request: Request, made: Wired, session: Session | None, template: str, status: int = 200, **facts: Any
) -> HTMLResponse:
    """A page with its frame: menu, language, the demo's clock."""
    said = words_for(request)
    frame: dict[str, Any] = {
        "t": said,
        "languages": NAMES,
        "here": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        "session": session,
        "token": session.form_token if session else "",
        "done": done if said.has(f"done.{(done := request.query_params.get('done', ''))}") else "",
        "waiting": 0,
        "who": "",
        "demo_now": None,
    }
    if session is not None:
        frame |= await _frame(made, session, said)
    body = templates().get_template(template).render({**frame, **facts})
    headers = {"cache-control": "private, no-store", "vary": "accept-language, cookie"}
    return HTMLResponse(body, status, headers=headers)


async def _frame(made: Wired, session: Session, said: Words) -> Mapping[str, Any]:
    viewer = session.viewer
    waiting = await made.audience(viewer).fetch(viewer.client_id, "select count(*) as number from questions")
    named = await views.names(made.store, [viewer.id])
    now = None if made.store.live else said.moment(await made.store.now(), "FI")
    return {"waiting": waiting[0]["number"], "who": named.get(viewer.id, ""), "demo_now": now}


def go(where: str) -> Response:
    """After a form: the page to look at next, so that going back sends nothing twice."""
    return RedirectResponse(where, 303)


def own_path(text: str) -> str:
    """A path on this site, from what a link said; the start for anything else."""
    parts = urlsplit(text)
    return text if text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc else "/"
