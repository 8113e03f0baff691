"""`sovinto verify`: whether the store, the documents and the money are what they were when they were written."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import msgspec
import typer

from deploy.cli import checkpoints
from deploy.cli.checkpoints import Named
from deploy.cli.portal import Portal
from deploy.cli.progress import bar
from deploy.cli.saying import Told, document, give_up, note, say
from deploy.embedded.process import Failed
from deploy.folder import Folder, data_folder, read_facts
from shared.casestore import look
from shared.casestore.look import Connection
from shared.casestore.verify import Verified
from shared.casestore.verify import verify as verify_store
from shared.documents import is_whole
from shared.errors import NotFound

SHOWN_MAX = 50
NOTHING_HERE = "There is nothing to check in {home}: no platform has run there. SOVINTO_HOME names another folder."
STOPPED = "the ledger against bank and payout files: no platform runs; start one with `sovinto run` and verify again"
ELSEWHERE = (
    "chains, versions and checkpoints: SOVINTO_URL names a platform elsewhere; verify where its database is",
    "documents: verify where they are kept",
)
Checkpoints = Annotated[
    Path | None,
    typer.Option(
        "--checkpoints",
        dir_okay=False,
        exists=True,
        help="A copy of the checkpoints that you kept; else the platform's own.",
    ),
]
Key = Annotated[Path | None, typer.Option(dir_okay=False, exists=True, help="The notary's public key, for that copy.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


PLATFORMS_OWN = Named()


class Found(msgspec.Struct, frozen=True):
    """Something that is wrong: where, a stable code, and what a person should know."""

    where: str
    code: str
    what: str


class Report(msgspec.Struct):
    """What was checked and what came of it. A part that was not checked is null, and `not_checked` says why."""

    chain_ok: bool | None = None
    checkpoints_ok: bool | None = None
    documents_ok: bool | None = None
    ledger_balanced: bool | None = None
    events: int = 0
    streams: int = 0
    events_per_second: int = 0
    checkpoints: int = 0
    signed_to: int = 0
    documents: int = 0
    faults: list[Found] = msgspec.field(default_factory=list)
    not_checked: list[str] = msgspec.field(default_factory=list)


def verify(file: Checkpoints = None, key: Key = None, as_json: AsJson = False) -> None:
    """Check everything: chains, versions and signed checkpoints, documents, the ledger beside bank and payout files.

    Works while the platform runs. When none runs, what can be checked from its files is. Names the place of
    everything it finds wrong; exit code 1 then.
    """
    report = Report()
    try:
        asyncio.run(check_all(report, named=Named(file, key)))
    except (Told, Failed) as wrong:
        give_up(wrong if isinstance(wrong, Told) else Told(str(wrong), "failed"), as_json=as_json)
    if as_json:
        document({"ok": not report.faults, **msgspec.to_builtins(report)})
    else:
        _show(report)
    if report.faults:
        raise typer.Exit(1)


async def check_all(report: Report, home: Path | None = None, named: Named = PLATFORMS_OWN) -> None:
    """Check the platform of this folder, running or not."""
    home = home or data_folder()
    running = "portal" in (facts := read_facts(home))
    elsewhere = os.environ.get("SOVINTO_URL", "").rstrip("/")
    if elsewhere and elsewhere != facts.get("portal"):
        report.not_checked += ELSEWHERE
        _ledger(report)
        return
    if not running and not (home / "secrets").exists():
        raise Told(NOTHING_HERE.format(home=home), "nothing_here")
    async with _store(home, facts) as store:
        found = await _chain(report, store, home, named)
    _documents(report, found, home / "documents")
    if running:
        _ledger(report)
    else:
        report.not_checked.append(STOPPED)


@asynccontextmanager
async def _store(home: Path, facts: Mapping[str, object]) -> AsyncIterator[Connection]:
    """The owner's connection: to the database that runs, else to PostgreSQL started for this alone."""
    url = facts.get("database_url")
    if url:
        try:
            store = await asyncpg.connect(str(url), timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            url = None  # What runs no more could not take back what it said of itself.
    folder, postgres = Folder(home), None
    try:
        if not url:
            from deploy.embedded.postgres import Postgres  # Here, for it is rarely needed and slow to load.

            folder.take()
            postgres = Postgres(home, shared_buffers="64MB")
            store = await asyncpg.connect(await postgres.start(), timeout=10)
        try:
            yield store
        finally:
            await store.close()
    finally:
        if postgres:
            await postgres.stop()
        folder.leave()


async def _chain(report: Report, store: Connection, home: Path, named: Named) -> Verified:
    if not await look.is_store(store):
        raise Told("This database holds no store: the platform was never up on it.", "no_store")
    held = checkpoints.find(home, await look.epoch(store), named)
    began = time.monotonic()
    with bar("Chains") as reached:
        found = await verify_store(store, reached, held.all)
    report.events, report.streams = found.events, found.streams
    report.events_per_second = round(found.events / (time.monotonic() - began))
    report.chain_ok = not found.faults
    faults = list(found.faults)
    if held.signed:
        report.checkpoints, report.checkpoints_ok = held.signed.checkpoints, not held.signed.faults
        report.signed_to = held.signed.chain.last.last if held.signed.chain.last else 0
        faults += held.signed.faults
    report.faults += [Found(each.where, each.code, each.what) for each in faults]
    report.not_checked += held.said()
    return found


def _documents(report: Report, found: Verified, folder: Path) -> None:
    report.documents, report.documents_ok = len(found.documents), True
    with bar("Documents") as reached:
        for done, (name, where) in enumerate(found.documents.items(), start=1):
            if wrong := _document(folder, name):
                report.documents_ok = False
                report.faults.append(Found(f"document {name}, named at {where}", *wrong))
            reached(done, len(found.documents))


def _document(folder: Path, name: str) -> tuple[str, str] | None:
    try:
        return None if is_whole(folder, name) else ("document_changed", "its bytes are not those it was named for")
    except NotFound:
        return "document_lost", f"it is not in {folder}"
    except OSError as wrong:
        return "document_unreadable", f"it cannot be read: {wrong.strerror}"


def _ledger(report: Report) -> None:
    """Asked of the platform, which makes the ledger anew and reads every bank and payout file again."""
    with Portal.find() as portal:
        told: dict[str, Any] = portal.get("/check")
    report.ledger_balanced = bool(told["balanced"])
    report.faults += [Found(each["where"], each["code"], each["what"]) for each in told["faults"]]


def _show(report: Report) -> None:
    parts = (
        (
            "Chains",
            report.chain_ok,
            f"{report.events} events in {report.streams} streams; {report.events_per_second} a second",
        ),
        ("Signed", report.checkpoints_ok, f"{report.checkpoints} checkpoints, up to position {report.signed_to}"),
        ("Documents", report.documents_ok, f"{report.documents} named by events"),
        ("Ledger", report.ledger_balanced, "made anew, beside bank and payout files"),
    )
    for name, ok, what in parts:
        word, style = ("not checked", "yellow") if ok is None else ("right", "green") if ok else ("WRONG", "red")
        say(f"{name + ':':<11}{word:<12} {what if ok is not None else ''}".rstrip(), style=style)
    for fault in report.faults[:SHOWN_MAX]:
        say(f"  {fault.where}: {fault.what} ({fault.code})")
    if len(report.faults) > SHOWN_MAX:
        say(f"  and {len(report.faults) - SHOWN_MAX} more; --json names them all")
    for each in report.not_checked:
        note(f"Not checked: {each}.")
