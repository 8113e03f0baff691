"""`sovinto rebuild` and `sovinto digest`: what is shown computed anew from all events, and whether it is the same."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import msgspec
import typer

from deploy.cli.look import AsJson, asked
from deploy.cli.progress import bar
from deploy.cli.saying import Told, document, give_up, say, show, table
from shared.casestore import SERVICES, look
from shared.casestore.look import Connection
from shared.rebuilding import ask, reached
from shared.tables import BUILT, Digest, digests

LOOK_SECONDS = 0.2
STILL_SECONDS_MAX = 30.0  # Longer than a batch takes, and than a service takes to see that it is asked.
STANDS_STILL = (
    "The rebuild of {service} does not go on. What is shown stays as it was; the service's log in .sovinto/logs says "
    "what is wrong. It goes on by itself once that is mended."
)
Which = StrEnum("Which", {name: name for name in (*SERVICES, "all")})  # type: ignore[misc]  # Made of our own names.


class Shown(msgspec.Struct, frozen=True):
    """What a service shows: how far it has read, and each of its tables as rows and digest."""

    service: str
    position: int
    tables: Mapping[str, Digest]


class Built(msgspec.Struct, frozen=True):
    """A rebuild that is done. `differed`: the tables that were not the same; None where nothing could be compared."""

    service: str
    position: int
    seconds: float
    differed: Sequence[str] | None


def rebuild(
    service: Annotated[Which, typer.Argument(metavar="SERVICE|all", help="Whose; " + ", ".join(SERVICES) + ".")],
    as_json: AsJson = False,
) -> None:
    """Compute what a service shows anew from all events, beside what it shows meanwhile, and say whether it differed.

    Nothing stops: lists are shown and deadlines kept until the new ones, as far as the old, replace them at once.
    """
    built = []
    try:
        for name in SERVICES if service == "all" else (service.value,):
            built.append(asyncio.run(asked(partial(_rebuilt, name))))
            if not as_json:
                say(_said(built[-1]))
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"rebuilt": msgspec.to_builtins(built)})


def digest(as_json: AsJson = False) -> None:
    """Print a digest of all that each service shows; the same events make the same digest, whoever reads them when.

    Left out is what events do not make: who is logged in, when a deadline was noted, and the cipher of a name.
    """
    try:
        told: Sequence[Shown] = asyncio.run(asked(_digests))
    except Told as wrong:
        give_up(wrong, as_json=as_json)
    if as_json:
        document({"shown": msgspec.to_builtins(told)})
        return
    shown = table("service", "position", "table", "rows", "sha256", right=("position", "rows"))
    for each in told:
        for name, of in each.tables.items():
            shown.add_row(each.service, str(each.position), name, str(of.rows), of.sha256)
    show(shown)


async def _rebuilt(service: str, store: Connection) -> Built:
    began = last_moved = time.monotonic()
    seen = -1
    await ask(store, service)
    with bar(f"Building {service}") as tell:
        while (position := await reached(store, service)) is not None:
            tell(position, await look.head(store))
            if position != seen:
                seen, last_moved = position, time.monotonic()
            if time.monotonic() - last_moved > STILL_SECONDS_MAX:
                raise Told(STANDS_STILL.format(service=service), "stands_still")
            await asyncio.sleep(LOOK_SECONDS)
    row: Any = await store.fetchrow(f"select position, differed from {service}.{BUILT}")  # noqa: S608  (our own names)
    return Built(service, row["position"], round(time.monotonic() - began, 1), row["differed"])


def _said(built: Built) -> str:
    done = f"{built.service}: built anew from {built.position} events in {built.seconds} s"
    if built.differed is None:
        return f"{done}; it was not compared, for the old tables stood still."
    if built.differed:
        return f"{done}; what was shown was wrong in: {', '.join(built.differed)}."
    return f"{done}; the same as what was shown."


async def _digests(store: Connection) -> Sequence[Shown]:
    async with store.transaction(isolation="repeatable_read", readonly=True):
        at = {each.name: each.position for each in await look.positions(store) if each.kind == "projections"}
        return [Shown(name, at.get(name, 0), await digests(store, name, name)) for name in SERVICES]
