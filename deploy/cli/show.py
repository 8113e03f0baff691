"""One case in a terminal: where it stands, what is owed, what comes next, and everything that happened."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from deploy.cli.portal import Portal
from deploy.cli.saying import Told, amount, document, give_up, say, show, table

JSON = dict[str, Any]
AS_OF = "What was true then: a day, to its end in the debtor's country, or a moment like 2025-03-01T12:00:00+02:00."
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]


def show_case(
    case: Annotated[str, typer.Argument(metavar="CASE", help="A case's number, or its id.")],
    language: Annotated[str, typer.Option(help="The timeline's language: en, fi or nb.")] = "en",
    as_of: Annotated[str, typer.Option(metavar="TIME", help=AS_OF)] = "",
    known_at: Annotated[str, typer.Option(metavar="TIME", help="As far as it was known then; else as known now.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show a case: its stage, what is owed, the next step, and its whole story; now, or as it stood then."""
    then = {name: said for name, said in (("as_of", as_of), ("known_at", known_at)) if said}
    try:
        with Portal.find() as portal:
            seen: JSON = portal.get(f"/cases/{case}", **then)
            story: list[JSON] = portal.get(f"/cases/{case}/timeline", language=language, **then)["entries"]
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({**seen, "timeline": story})
        return
    _head(seen)
    _owed(seen)
    _story(story)


def _head(seen: JSON) -> None:
    debtor = seen["debtor"]
    name = debtor.get("name") or f"a {debtor['kind']}"
    say(f"{seen['number'] or seen['case_id']}  {seen['client'] or ''} and {name}", style="bold")
    if seen["as_of"]:
        say(f"As of {_minute(seen['as_of'])}, as far as known {_minute(seen['known_at'])}.", style="yellow")
    stage = seen["stage"].replace("_", " ")
    because = f", because {seen['because']}".replace("_", " ") if seen["because"] else ""
    say(f"Stage: {stage}{because}.")
    for each in seen["blocked_by"]:
        say(f"Nothing leaves: {each['condition']} ({each['of']}).".replace("_", " "), style="yellow")
    step = seen["next_step"]
    if step:
        say(f"Next: {_step(step)}.")
    for question in seen["questions"].values():
        say(f"Waits for the client: {question['kind']}, by {question['answer_by']}.".replace("_", " "), style="yellow")


def _minute(moment: str) -> str:
    """The moment in UTC, to the minute."""
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _step(step: JSON) -> str:
    on = f" on {step['at'][:10]}" if step["at"] else ""
    waits = f"; it waits while: {', '.join(step['waits_for'])}" if step["waits_for"] else ""
    return f"{step['step']}{on}{waits}".replace("_", " ")


def _owed(seen: JSON) -> None:
    owed = seen["balance"]
    if owed is None:
        return
    currency = owed["currency"]
    parts = ("principal", "interest", "reminder_cost", "collection_cost", "total")
    say()
    shown = table(
        "invoice", *(part.replace("_", " ") for part in parts), right=[part.replace("_", " ") for part in parts]
    )
    for claim in owed["claims"]:
        shown.add_row(claim["number"], *(amount(claim[part], currency) for part in parts))
    show(shown)
    say(f"Owed on {owed['on']}: {amount(owed['total_minor'], currency)}.")


def _story(story: list[JSON]) -> None:
    say()
    shown = table("day", "time", "what happened", "by", "balance", right=("balance",))
    for entry in story:
        more = [*entry["details"], *(each for each in (entry["cost"], entry["why"]) if each)]
        lines: list[RenderableType] = [Text(entry["what"])]
        lines += [Padding(Text(each, style="dim"), (0, 0, 0, 2)) for each in more]
        shown.add_row(entry["day"], entry["time"], Group(*lines), Text(entry["by"]), entry["balance_said"] or "")
    show(shown)
