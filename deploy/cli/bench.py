"""`sovinto bench`: how fast the parts are, and the whole; each with `--json` for a machine."""

import os
from collections.abc import Mapping
from typing import Annotated

import typer

from deploy.cli.saying import Told, document, give_up, note, say, show, table
from deploy.cli.spent import spent
from deploy.embedded.process import Failed

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
