"""`sovinto bench`: how fast the parts are, and the whole; each with `--json` for a machine."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
import uvloop

from deploy.bench import law as measured_law
from deploy.bench.law import QUESTIONS_MAX
from deploy.bench.store import SHORT, Size, measure
from deploy.cli.progress import bar
from deploy.cli.saying import Told, document, give_up, note, say, show, table
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
AT_ONCE = min(32, CORES + 4)  # As many letters as contact makes at a time: the threads of asyncio.to_thread.
RIGHT = ("answers", "seconds", "a second", "a processor second")

bench = typer.Typer(no_args_is_help=True, help="Measure how fast the parts are, and the whole.")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


@bench.command()
def life(
    cases: Annotated[int, typer.Option(min=1, max=100_000, help="How many lives.")] = 300,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How long they are.")] = 365,
    seed: Annotated[int, typer.Option(help="Which lives.")] = 1,
    letters: Annotated[
        bool, typer.Option(help="Whether letters are typeset, or only decided and handed over.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how many whole lives a second this machine plays, how late the last consumer is, and where time goes.

    On servers of its own: first as fast as it goes, then a third of the days again at half of that load.
    """
    from deploy.bench import life as whole  # Here, for no other command needs all it brings along.
    from deploy.demo.reach import No

    try:
        told = uvloop.run(whole.measure(whole.Lives(cases, days, seed, letters), note))
    except (Failed, No) as wrong:
        give_up(Told(str(wrong), "failed"), as_json=as_json)
    if as_json:
        document(told)
    else:
        _show_life(told)
    if not told["is_well"]:
        note("Something did not add up: `sovinto demo` with the same numbers shows what.")
        raise typer.Exit(1)


@bench.command()
def start(
    events: Annotated[int, typer.Option(min=1_000, max=10_000_000, help="How many everybody has handled.")] = 1_000_000,
    as_json: AsJson = False,
) -> None:
    """Measure how long a platform with a long log takes from its start until all of it is ready."""
    from deploy.bench import start as started  # Here, for the same reason.

    try:
        told = uvloop.run(started.measure(events, note))
    except Failed as wrong:
        give_up(Told(str(wrong), "failed"), as_json=as_json)
    if as_json:
        document(told)
        return
    shown = table("", "seconds", "must be", right=("seconds",))
    shown.add_row(f"until all is ready, with {events:,} events", f"{told['ready_seconds']}", "under 15")
    shown.add_row("until the notary is at work, which nobody waits for", f"{told['notary_seconds']}", "told only")
    shown.add_row("until all of a new platform is ready", f"{told['new_ready_seconds']}", "told only")
    show(shown)
    say(f"{told['cores']} cores; the machine's load was {told['load']} before it began.")


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
    at_once: Annotated[
        int, typer.Option(min=1, max=64, help="How many at a time: as many as contact, unless told.")
    ] = AT_ONCE,
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


def _show_life(told: Mapping[str, Any]) -> None:
    shown = table("", "measured", "must be", right=("measured",))
    shown.add_row("whole lives a second", f"{told['lives_per_second']}", "at least 100")
    shown.add_row("latency at half load, 99 of 100, ms", f"{told['latency_p99_ms']}", "under 2000")
    shown.add_row("latency at half load, half of them, ms", f"{told['latency_p50_ms']}", "told only")
    shown.add_row("memory's growth, the worst process", _percent(told["rss_growth"]), "at most 5 %")
    shown.add_row("events a second", f"{told['events_per_second']}", "told only")
    shown.add_row("of the lowest limit", f"{told['share_of_limit']:.2%}", "told only")
    show(shown)
    full, half, limits = told["at_full_load"], told["half_load"], told["limits"]
    say(f"{told['cases']} cases, {told['ended']} of them ended, {told['days']} days, {told['events']} events in "
        f"{told['wall_seconds']} s on {told['cores']} cores; letters {'' if told['letters'] else 'not '}typeset. The "
        f"machine's load was {told['load']} before it began.")  # fmt: skip
    say(
        f"Latency is from an event's append until the last group has handled it. For it the first {half['days']} days "
        f"were played again at {half['of_full']:.0%} of their speed, with {half['events_per_second']} events a second. "
        f"At full speed half of them took {full['latency_p50_ms']} ms, 99 of 100 {full['latency_p99_ms']} ms."
    )
    say("Limits: " + ", ".join(f"{each:,} events a second to {name}" for name, each in limits.items()) + ".")
    say()
    seconds, memory = told["processor_seconds"], told["memory"]
    total = sum(seconds.values()) or 1.0
    shown = table("process", "processor seconds", "of all", "MB early", "MB late", "growth",
                  right=("processor seconds", "of all", "MB early", "MB late", "growth"))  # fmt: skip
    for name, each in seconds.items():
        sizes = memory.get(name)
        of_memory = (
            [f"{sizes['early_mb']}", f"{sizes['late_mb']}", _percent(sizes["growth"])] if sizes else ["", "", ""]
        )
        shown.add_row(name, f"{each:.1f}", f"{each / total:.0%}", *of_memory)
    show(shown)


def _percent(share: float | None) -> str:
    return "too few lives ended" if share is None else f"{share:.1%}"


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
