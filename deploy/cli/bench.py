"""`sovinto bench`: how fast the parts are, and the whole; each with `--json` for a machine."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Annotated

import typer
import uvloop

from deploy.bench import law as measured_law
from deploy.bench.law import QUESTIONS_MAX
from deploy.bench.store import SHORT, Size, measure
from deploy.cli.progress import bar
from deploy.cli.saying import Told, document, give_up, note, say, show, table
from deploy.cli.spent import spent
from deploy.embedded.process import Failed
from shared.law import Law

STORE_TARGETS = {
    "append_vs_copy_64": "at least 0.70",
    "append_vs_library": "at least 10",
    "read_vs_fetch": "at least 0.6",
    "single_vs_bare_p99": "under 5",
    "growth_3m": "at most 1.15",
    "fresh_minute": "at least 0.9",
    "processes_5": "at least 0.6",
    "processes_5_slow_flush": "told only",
}
CORES = os.cpu_count() or 1
RIGHT = ("answers", "seconds", "a second", "a processor second")

bench = typer.Typer(no_args_is_help=True, help="Measure how fast the parts are, and the whole.")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


@bench.command()
def life(
    cases: Annotated[int, typer.Option(min=1, max=100_000, help="How many lives.")] = 100,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How long they are.")] = 365,
    seed: Annotated[int, typer.Option(help="Which lives.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Measure how many whole lives a second this machine plays, from invoice to closed case, and where time goes."""
    from deploy.demo.play import run_demo  # Here, for no other command needs all it brings along.
    from deploy.demo.reach import No

    before = spent()
    taken: dict[str, float] = {}

    async def look(*_: object) -> None:
        taken.update(spent())

    try:
        summary = run_demo(cases, days, seed, tell=note, look=look)
    except (Failed, No) as wrong:
        give_up(Told(str(wrong), "failed"), as_json=as_json)
    seconds = {name: round(each - before.get(name, 0.0), 2) for name, each in taken.items()}
    told = {
        "cases": summary.cases,
        "closed": sum(summary.closed.values()),
        "days": days,
        "cores": os.cpu_count(),
        "wall_seconds": summary.wall_seconds,
        "lives_per_second": round(summary.cases / summary.wall_seconds, 2),
        "events": summary.events,
        "events_per_second": summary.events_per_second,
        "processor_seconds": seconds,
    }
    if as_json:
        document(told)
    else:
        _show(told, seconds)
    if not summary.is_well:
        note("Something did not add up: `sovinto demo` with the same numbers shows what.")
        raise typer.Exit(1)


@bench.command()
def law(
    answers: Annotated[
        int, typer.Option(min=1_000, max=QUESTIONS_MAX, help="How many questions of interest, and of costs.")
    ] = 200_000,
    cases: Annotated[int, typer.Option(min=100, max=1_000_000, help="How many open cases to price anew.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Which questions and cases.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Measure how many answers the law gives a second on one core, and how fast a whole portfolio is priced anew.

    Every question is another one, and no answer is remembered for the next.
    """
    packs = Law.load()
    told = {}
    for name, (what, ask, count) in {
        "interest": ("Interest", measured_law.interest, answers),
        "costs": ("Costs", measured_law.costs, answers),
        "portfolio": ("Portfolio", measured_law.portfolio, cases),
    }.items():
        with bar(what) as reached:
            told[name] = ask(packs, count, seed, reached).told
    if as_json:
        document({**told, "cores_used": 1, "cores": os.cpu_count(), "seed": seed})
        return
    shown = table("asked for", "answers", "seconds", "a second", "a processor second", right=RIGHT)
    for name, each in told.items():
        asked, a_second, a_core = (f"{each[key]:,}" for key in ("asked", "per_second", "per_processor_second"))
        shown.add_row(name, asked, f"{each['seconds']:.1f}", a_second, a_core)
    show(shown)
    say("One process on one core; an answer of the portfolio is a case: its interest and every step that may follow.")


@bench.command()
def letters(
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many letters.")] = 2_000,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="How many at a time; a core each is best.")] = CORES,
    as_json: AsJson = False,
) -> None:
    """Measure how many letters with bar code and QR code one process makes a second, no two of them alike."""
    command = [sys.executable, "-m", "services.contact.letters.measured", f"{count}", f"{at_once}"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own module)
    if made.returncode:
        give_up(Told(made.stderr.strip().rpartition("\n")[2] or "no letter was made", "failed"), as_json=as_json)
    told = {**json.loads(made.stdout), "cores": CORES, "load": round(os.getloadavg()[0], 1)}
    if as_json:
        document(told)
        return
    say(f"{told['letters_per_second']} letters a second", style="bold")
    say(f"{count} letters, {at_once} at once, in {told['wall_seconds']} s: {told['processor_ms_per_letter']} ms of a "
        f"processor each. {CORES} cores; the machine's load was {told['load']}.")  # fmt: skip


def _show(told: Mapping[str, object], seconds: Mapping[str, float]) -> None:
    say(f"{told['lives_per_second']} whole lives a second", style="bold")
    say(f"{told['cases']} cases, {told['closed']} of them closed, {told['days']} days, {told['events']} events in "
        f"{told['wall_seconds']} s: {told['events_per_second']} events a second on {told['cores']} cores.")  # fmt: skip
    say()
    total = sum(seconds.values()) or 1.0
    shown = table("processor time", "seconds", "of all", right=("seconds", "of all"))
    for name, each in seconds.items():
        shown.add_row(name, f"{each:.1f}", f"{each / total:.0%}")
    show(shown)


@bench.command()
def store(
    short: Annotated[bool, typer.Option(help="A short run to see that it works; its figures mean nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the case store beside COPY, the limit, and beside the eventsourcing library's own recorder."""
    try:
        told = uvloop.run(measure(SHORT if short else Size(), note))
    except Failed as wrong:
        give_up(Told(str(wrong), "failed"), as_json=as_json)
    told = {"cores": os.cpu_count(), **told}
    if as_json:
        document(told)
        return
    shown = table("", "measured", "must be", right=("measured",))
    for name, wanted in STORE_TARGETS.items():
        shown.add_row(name, "not run" if told[name] is None else f"{told[name]:.2f}", wanted)
    show(shown)
    say()
    shown = table("median of the rounds", "", right=("",))
    for name, each in told["medians"].items():
        seconds = name.startswith(("single", "bare"))
        shown.add_row(name.replace("_", " "), f"{each * 1000:.2f} ms" if seconds else f"{each:,.0f} a second")
    show(shown)
    say(f"Events of {told['event_bytes']} bytes, five an append, on {told['cores']} cores; PostgreSQL with "
        + ", ".join(f"{name} {each}" for name, each in told["settings"].items()) + ".")  # fmt: skip
