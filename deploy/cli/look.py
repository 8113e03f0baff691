"""Ways to look: a stream as it is stored, who has come how far, and what is waited for.

They read the database of the platform that runs here, as its owner, and show no personal values.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import typer

from deploy.cli.portal import NOT_RUNNING, Portal
from deploy.cli.saying import Told, document, give_up, say, show, table
from deploy.folder import data_folder, read_facts
from shared.casestore import look
from shared.casestore.look import Connection
from shared.ids import AGENCY, client_id, staff_id

T = TypeVar("T")
TOLD_LETTERS_MAX = 400
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


def stream(
    of: Annotated[
        str, typer.Argument(metavar="ID", help="A case's number, any stream's id, agency, client:NAME or staff:NAME.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show a stream as it is stored: every event with its place, who caused it and what it holds in clear."""
    try:
        found = stream_id(of)
        told = _ask(lambda store: look.stream(store, found))
        if not told:
            raise Told(f"There is no stream {found}.", "not_found")
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"stream": str(found), "events": msgspec.to_builtins(told)})
        return
    shown = table("version", "position", "recorded", "type", "by", "holds", right=("version", "position"))
    for one in told:
        holds = msgspec.json.encode(one.told).decode()
        cut = holds if len(holds) <= TOLD_LETTERS_MAX else holds[:TOLD_LETTERS_MAX] + "…"
        by = f"{one.actor}\n{one.handler}"
        when = f"{one.recorded_at:%Y-%m-%d %H:%M:%S}"
        shown.add_row(str(one.version), str(one.position), when, one.type, by, cut.replace("[", "\\["))
    show(shown)


def positions(as_json: AsJson = False) -> None:
    """Show how far each projection, each group of consumers and the relay have come, and how far they are behind."""
    try:
        last, told = _ask(_positions)
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"head": last, "readers": msgspec.to_builtins(told)})
        return
    shown = table("who", "what", "position", "behind", right=("position", "behind"))
    for each in told:
        behind = f"[yellow]{each.behind}[/]" if each.behind else "0"
        shown.add_row(each.name, each.kind, str(each.position), behind)
    show(shown)
    say(f"The log ends at position {last}.")


def waiting(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what waits: what is on its way out first, then every deadline by when it is due."""
    try:
        now, count, told = _ask(lambda store: _waiting(store, limit))
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"now": now.isoformat(), "count": count, "waiting": msgspec.to_builtins(told)})
        return
    shown = table("due", "service", "does", "on the stream", "about", "")
    for each in told:
        marks = "on its way out" if each.outgoing else "due" if each.at <= now else ""
        about = ", ".join(map(str, each.about)) if isinstance(each.about, list) else str(each.about)
        marked = "[red]stuck: it fired and nothing came of it[/]" if each.stuck else marks
        shown.add_row(f"{each.at:%Y-%m-%d %H:%M}", each.service, each.handler, str(each.stream_id), about, marked)
    show(shown)
    say(f"{len(told)} of {count}; in this store it is {now:%Y-%m-%d %H:%M} UTC.")


async def _positions(store: Connection) -> tuple[int, Any]:
    return await look.head(store), await look.positions(store)


async def _waiting(store: Connection, limit: int) -> tuple[Any, int, Any]:
    return await look.now(store), await look.waiting_count(store), await look.waiting(store, limit)


def stream_id(of: str) -> UUID:
    """The stream a person means. Raises Told."""
    kind, _, name = of.partition(":")
    if of == "agency":
        return AGENCY
    if kind == "client" and name:
        return client_id(name)
    if kind == "staff" and name:
        return staff_id(name)
    try:
        return UUID(of)
    except ValueError:
        with Portal.find() as portal:
            return UUID(portal.get(f"/cases/{of}")["case_id"])


def _ask(question: Callable[[Connection], Awaitable[T]]) -> T:
    return asyncio.run(asked(question))


async def asked(question: Callable[[Connection], Awaitable[T]]) -> T:
    """The answer of the database of the platform that runs here, to its owner. Raises Told."""
    url = read_facts(data_folder()).get("database_url")
    if not url:
        raise Told(NOT_RUNNING.format(home=data_folder()), "not_running")
    try:
        store = await asyncpg.connect(str(url), timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        raise Told("The platform's database does not answer; start it again with `sovinto run`.", "no_answer") from None
    try:
        return await question(store)
    finally:
        await store.close()
