"""`sovinto demo`: many people's lives on a platform of its own, and what came of them."""

from datetime import date
from typing import Annotated

import msgspec
import typer

from deploy.cli.saying import Told, answers, document, give_up, misused, note
from deploy.embedded.process import Failed

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


def demo(
    cases: Annotated[int, typer.Option(min=1, max=100_000, help="How many people owe.")] = 200,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How long they live.")] = 365,
    seed: Annotated[int, typer.Option(help="Which people. The same seed gives the same lives.")] = 1,
    first_day: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")] = "2025-01-02",
    as_json: AsJson = False,
) -> None:
    """Play many cases' whole lives and show what came of them: who paid, what was agreed, where the money went.

    Brings its own platform, kept nowhere, unless SOVINTO_URL and SOVINTO_KEY name a running demo platform. Exit code
    1 when anything does not add up.
    """
    from deploy.demo.play import run_demo  # Here, for no other command needs all it brings along.
    from deploy.demo.reach import No
    from deploy.demo.summary import table

    try:
        begin = date.fromisoformat(first_day)
    except ValueError:
        misused(f"--from {first_day!r} is no day such as 2025-01-02.")
    try:
        summary = run_demo(cases, days, seed, begin, tell=note)
    except (Failed, No) as wrong:
        give_up(Told(str(wrong), "failed"), as_json=as_json)
    if as_json:
        document(msgspec.to_builtins(summary))
    else:
        answers.print(table(summary))
    if not summary.is_well:
        raise typer.Exit(1)
