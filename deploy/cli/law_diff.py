"""`sovinto law diff`: two versions of the packs over the open cases, and what would be different for each of them."""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import msgspec
import typer

from deploy.bench.law import ON as DEMO_DAY
from deploy.cli.law_asked import AsJson, Version, day_of
from deploy.cli.progress import bar
from deploy.cli.saying import Told, amount, document, give_up, misused, note, say, show, table
from deploy.folder import data_folder, read_facts
from deploy.pricing.open_cases import NotRead, open_cases
from deploy.pricing.portfolio import OpenCase, invented
from deploy.pricing.repricing import Change, ChangedValue, Total, changed_values, changes_of, totals
from shared.casestore import look
from shared.law import BadPack, Country, Law
from shared.law.law import COUNTRIES
from shared.law.pack import Pack
from shared.law.reading import read_pack

DEMO_CASES = 1_000
SHOWN_MAX = 30
ELSEWHERE = "SOVINTO_URL names a platform elsewhere: compare where its database is, or over invented cases with --demo."
Compare = Callable[[OpenCase], None]
Old = Annotated[
    Path,
    typer.Argument(metavar="OLD", exists=True, help="A folder with fi.yaml, no.yaml and se.yaml, or one such file."),
]
New = Annotated[Path, typer.Argument(metavar="NEW", exists=True, help="Another one.")]


class Report(msgspec.Struct):
    """What was compared and what came of it."""

    old: str
    new: str
    on: date
    cases_of: str  # `platform` or `demo`.
    values: list[ChangedValue]
    cases: int = 0
    changes: list[Change] = msgspec.field(default_factory=list)
    not_compared: list[NotRead] = msgspec.field(default_factory=list)

    @property
    def changed(self) -> int:
        """How many cases would be different."""
        return len({each.case for each in self.changes})


def diff(
    asked: typer.Context,
    old: Old,
    new: New,
    demo: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Compare over so many invented cases, even where a platform runs."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which invented cases.")] = 1,
    on: Annotated[
        date | None,
        typer.Option(parser=day_of, metavar="DATE", help="The day; left out, the platform's today, or 2026-06-30."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a change of the packs would change, case by case and summed, with the rules.

    Both versions are asked about every open case of the platform that runs
    here, or about invented ones: its interest, and each step that may follow
    with its first day and its cost. Nothing is written.
    """
    version: Version = asked.obj
    url = None if demo else _database()
    try:
        laws = _law(old, version), _law(new, version)
        report = Report(
            str(old), str(new), on or DEMO_DAY, "platform" if url else "demo",
            changed_values(laws[0].packs, laws[1].packs),
        )  # fmt: skip
        if set(laws[0].packs) != set(laws[1].packs):
            misused(
                f"OLD holds {', '.join(laws[0].packs)} and NEW {', '.join(laws[1].packs)}: give the same countries."
            )
        if url:
            asyncio.run(_over_platform(report, laws, url, on))
        else:
            _over_demo(report, laws, demo or DEMO_CASES, seed)
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document(_document(report))
    else:
        _show(report)


def _law(path: Path, version: Version) -> Law:
    """One version of the packs, read and checked. Raises Told with file and line of what is wrong."""
    files = [path / f"{country.lower()}.yaml" for country in COUNTRIES] if path.is_dir() else [path]
    packs: dict[Country, Pack] = {}
    try:
        for file in files:
            if file.exists():
                pack = read_pack(file, live=version.live, overlay=version.overlay)
                packs[pack.country] = pack
    except BadPack as wrong:
        raise Told(f"{path} cannot be used: {wrong}.", "bad_pack") from None
    if not packs:
        raise Told(f"{path} holds none of fi.yaml, no.yaml and se.yaml.", "no_pack")
    return Law(packs)


# Over which cases.


def _database() -> str | None:
    """The database of the platform that runs here; none where none does."""
    facts = read_facts(data_folder())
    elsewhere = os.environ.get("SOVINTO_URL", "").rstrip("/")
    if elsewhere and elsewhere != facts.get("portal"):
        give_up(Told(ELSEWHERE, "elsewhere"))
    return str(facts["database_url"]) if "database_url" in facts else None


async def _over_platform(report: Report, laws: tuple[Law, Law], url: str, on: date | None) -> None:
    try:
        store = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        raise Told("The platform's database does not answer; start it again, or use --demo.", "no_answer") from None
    try:
        report.on = on or (await look.now(store)).date()
        count, done = await look.count_of(store, "case"), 0
        with bar("Comparing") as reached:
            async for case in open_cases(store, report.on):
                _compare(report, laws, case)
                done += 1
                reached(done, count)
    finally:
        await store.close()


def _over_demo(report: Report, laws: tuple[Law, Law], count: int, seed: int) -> None:
    """The letters of invented cases were sent as the old version allows."""
    with bar("Comparing") as reached:
        for done, case in enumerate(invented(laws[0], count, seed, report.on), start=1):
            _compare(report, laws, case)
            reached(done, count)


def _compare(report: Report, laws: tuple[Law, Law], case: OpenCase | NotRead | None) -> None:
    if isinstance(case, NotRead):
        report.not_compared.append(case)
    elif case is not None and case.country in laws[0].packs:
        report.cases += 1
        report.changes += changes_of(case, *laws, report.on, report.values)


# How it is told.


def _document(report: Report) -> dict[str, Any]:
    return {
        "old": report.old,
        "new": report.new,
        "on": str(report.on),
        "cases_of": report.cases_of,
        "cases": report.cases,
        "changed": report.changed,
        "changed_values": msgspec.to_builtins(report.values),
        "totals": [
            {
                "country": each.country, "what": each.what, "cases": each.cases, "currency": each.currency,
                "difference": _decimal(each.difference_minor), "not_comparable": each.not_comparable,
            }
            for each in totals(report.changes)
        ],
        "changes": [
            {
                "case": each.case, "country": each.country, "debtor": each.debtor, "what": each.what, "old": each.old,
                "new": each.new, "difference": _decimal(each.difference_minor), "rules": list(each.rules),
            }
            for each in report.changes
        ],
        "not_compared": msgspec.to_builtins(report.not_compared),
    }  # fmt: skip


def _show(report: Report) -> None:
    of = "open cases of the platform" if report.cases_of == "platform" else "invented cases"
    say(f"{report.changed} of {report.cases} {of} would be different on {report.on}.", style="bold")
    if not report.values:
        say("The two versions hold the same values.")
    for value in report.values:
        say()
        say(f"{value.rule}: {value.says}")
        say(f"  old: {value.old or 'not there'}")
        say(f"  new: {value.new or 'not there'}")
    _show_totals(totals(report.changes))
    _show_cases(report.changes)
    for each in report.not_compared:
        note(f"Not compared: {each.name}, {each.why}.")


def _show_totals(summed: Sequence[Total]) -> None:
    if not summed:
        return
    say()
    shown = table("country", "what", "cases", "together", right=("cases", "together"))
    for each in summed:
        together = f"{'+' if each.difference_minor > 0 else ''}{amount(each.difference_minor, each.currency)}"
        rest = f"{each.not_comparable} in words" if each.not_comparable else ""
        shown.add_row(each.country, each.what, str(each.cases), rest if each.not_comparable == each.cases else together)
    show(shown)


def _show_cases(changes: Sequence[Change]) -> None:
    if not changes:
        return
    say()
    shown = table("case", "what", "old", "new", "by the rules", right=("old", "new"))
    for each in changes[:SHOWN_MAX]:
        who = f"{each.case} {each.country} {each.debtor}"
        shown.add_row(who, each.what, each.old or "", each.new or "", "\n".join(each.rules))
    show(shown)
    if len(changes) > SHOWN_MAX:
        say(f"and {len(changes) - SHOWN_MAX} more; --json names them all.")


def _decimal(minor: int | None) -> str | None:
    return None if minor is None else f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"
