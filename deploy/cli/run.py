"""`sovinto run`: the whole platform in the foreground, until Ctrl-C."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.saying import Told, give_up
from deploy.folder import data_folder

if TYPE_CHECKING:
    from deploy.platform import Platform
    from deploy.supervisor import Supervisor

MISSING = (
    "A live platform writes to real people, so it has no stand-ins. Say where these are and start again: {names}. "
    "deploy/standins/README.md says what each must understand."
)


def run(
    live: Annotated[bool, typer.Option("--live", help="A real store with the real clock and real providers.")] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The portal's port; else the first free one from 8080.")
    ] = None,
) -> None:
    """Bring up the whole platform here and stay up until Ctrl-C; started again, everything is still there.

    Without --live it is a demo: its own clock, stand-ins for the outside world, and on an empty store a small
    portfolio to look at. Providers named in the environment (SOVINTO_SMTP, SOVINTO_SMS_URL, SOVINTO_PRINT_URL,
    SOVINTO_REGISTRY_URL) are used in place of stand-ins; SOVINTO_DATABASE_URL and SOVINTO_KAFKA in place of our own
    servers.
    """
    from deploy.cli.welcome import welcome  # Here, for no other command needs all that a platform brings along.
    from deploy.supervisor import Supervisor

    try:
        platform = made(live, port)
    except Told as wrong:
        give_up(wrong)
    servers = Supervisor(data_folder(), platform.prepare)

    async def when_up(_: "Supervisor") -> None:
        await welcome(servers.home, platform, servers.database_url)

    raise typer.Exit(asyncio.run(servers.run(when_up)))


def made(live: bool, port: int | None) -> "Platform":
    """The platform these options ask for. Raises Told where it cannot be run."""
    from deploy.platform import DEMO_BORN, PORTAL_PORT, Platform, World
    from deploy.ports import free_port

    world = World.from_environment()
    if live and world.missing:
        raise Told(MISSING.format(names=", ".join(world.missing)), "no_providers")
    portal = free_port(port or PORTAL_PORT)
    if port and portal != port:
        raise Told(f"Port {port} is taken by another program. Choose another, or none for the next free one.", "taken")
    return Platform(world if live else world.with_standins(), None if live else DEMO_BORN, portal)
