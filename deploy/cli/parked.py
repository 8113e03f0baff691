"""`sovinto parked`: what a service could not do and set aside, and what a person decides about it.

It reads and writes the database of the platform that runs here, as its owner, and shows no personal values.
"""

import asyncio
import getpass
import time
from collections.abc import Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from deploy.cli.look import asked, stream_id
from deploy.cli.saying import Told, document, give_up, note, say, show, table
from shared.bus.parked import Decided, What, decide, decided, is_tried
from shared.casestore import look
from shared.casestore.look import Connection, Parked
from shared.errors import NotFound

LOOK_SECONDS = 0.2
TRIED_SECONDS_MAX = 30.0  # A group looks every few seconds, and tries an event a few times.

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
Group = Annotated[str, typer.Argument(metavar="GROUP", help="The service that parked it.")]
Stream = Annotated[str, typer.Argument(metavar="ID", help="Of which stream: a case's number, or an id.")]
Why = Annotated[str, typer.Option(help="Kept for ever with the decision; no names and nothing else personal.")]
By = Annotated[str, typer.Option(help="Who decides; else the user who runs this.")]

parked = typer.Typer(
    invoke_without_command=True,
    help="List what a service could not do and set aside, with every later event of that stream; replay or discard it.",
)


@parked.callback()
def parked_alone(context: typer.Context, as_json: AsJson = False) -> None:
    """List what a service could not do and set aside, with every later event of that stream."""
    if context.invoked_subcommand is None:
        list_parked(as_json=as_json)


@parked.command("list")
def list_parked(as_json: AsJson = False) -> None:
    """List everything that is parked, oldest first."""
    try:
        told = asyncio.run(asked(look.parked))
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"parked": msgspec.to_builtins(told)})
    elif not told:
        say("Nothing is parked.")
    else:
        _show(told)
        note("The service's log in .sovinto/logs says more about the first one of each stream.")


@parked.command("show")
def show_parked(group: Group, stream: Stream, as_json: AsJson = False) -> None:
    """Show what is parked of one stream, and what was decided about it so far."""
    try:
        told, past = asyncio.run(asked(partial(_of, group, stream_id(stream))))
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"parked": msgspec.to_builtins(told), "decided": msgspec.to_builtins(past)})
        return
    if told:
        _show(told)
    else:
        say("Nothing of this stream is parked by this group.")
    for each in past:
        say(f"{each.at:%Y-%m-%d %H:%M} {each.who}: {each.what} of {each.type} at {each.position}: {each.why}")


@parked.command("replay")
def replay(group: Group, stream: Stream, why: Why, by: By = "", as_json: AsJson = False) -> None:
    """Try the first parked event of a stream again; once it is done, the service goes on with what follows.

    What fails again stays parked with its new reason; exit code 1 then.
    """
    try:
        made, left = asyncio.run(asked(partial(_replayed, group, stream_id(stream), by or getpass.getuser(), why)))
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"decided": msgspec.to_builtins(made), "failed": left})
    elif left is None:
        say(f"Asked: {group} has not tried it yet, and will as soon as it runs.")
    else:
        say(f"It failed again: {left}" if left else f"Done: {made.type} at position {made.position}.")
    if left:
        raise typer.Exit(1)


@parked.command("discard")
def discard(group: Group, stream: Stream, why: Why, by: By = "", as_json: AsJson = False) -> None:
    """Go on without the first parked event of a stream: this service never does what it asks for.

    The event itself stays in the store. What follows is done next, unless it fails too.
    """
    try:
        made = asyncio.run(asked(partial(_decided, "discard", group, stream_id(stream), by or getpass.getuser(), why)))
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"decided": msgspec.to_builtins(made)})
        return
    say(f"Discarded: {made.type} at position {made.position}; {group} goes on with what follows it.")


async def _of(group: str, stream: UUID, store: Connection) -> tuple[Sequence[Parked], Sequence[Decided]]:
    told = [each for each in await look.parked(store) if (each.group, each.stream_id) == (group, stream)]
    return told, await decided(store, group, stream)


async def _decided(what: What, group: str, stream: UUID, by: str, why: str, store: Connection) -> Decided:
    try:
        return await decide(store, what, group, stream, by, why)
    except NotFound as missing:
        raise Told(f"{group} has nothing parked of {stream}.", "not_found") from missing
    except ValueError as wrong:
        raise Told(str(wrong).capitalize() + ".", "no_reason") from wrong


async def _replayed(group: str, stream: UUID, by: str, why: str, store: Connection) -> tuple[Decided, str | None]:
    made = await _decided("replay", group, stream, by, why, store)
    until = time.monotonic() + TRIED_SECONDS_MAX
    while True:
        left = await is_tried(store, made)
        if left is not None or time.monotonic() > until:
            return made, left
        await asyncio.sleep(LOOK_SECONDS)


def _show(told: Sequence[Parked]) -> None:
    shown = table("group", "stream", "position", "type", "since", "because", right=("position",))
    for each in told:
        since = f"{each.parked_at:%Y-%m-%d %H:%M}"
        because = each.because.replace("[", "\\[")
        shown.add_row(each.group, str(each.stream_id), str(each.position), each.type, since, because)
    show(shown)
