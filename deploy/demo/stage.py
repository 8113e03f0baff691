"""Where the demo plays: a platform of its own in a temporary folder, or one that runs and is named."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from deploy.embedded.users import ELSEWHERE
from deploy.folder import data_folder, read_facts
from deploy.platform import Platform, World
from deploy.ports import free_port
from deploy.supervisor import Prepare, Supervisor

BORN_AT = time(4)
Arranged = Callable[[Prepare], Prepare]


@dataclass(frozen=True)
class Stage:
    """A demo platform: its portal, a staff key, its stand-ins, and its folder where that is known."""

    url: str
    key: str
    world_url: str
    home: Path | None = None
    kafka: str = ""
    database_url: str = ""


def named() -> Stage | None:
    """The running platform that SOVINTO_URL and SOVINTO_KEY name; SOVINTO_WORLD says where its stand-ins are."""
    url, key = os.environ.get("SOVINTO_URL", ""), os.environ.get("SOVINTO_KEY", "")
    if not url or not key:
        return None
    told = read_facts(data_folder()).get("standins")
    of_folder = str(told.get("http", "")) if isinstance(told, dict) else ""
    return Stage(url, key, os.environ.get("SOVINTO_WORLD", "") or of_folder)


@asynccontextmanager
async def own(
    first_day: date, tell: Callable[[str], None], home: Path | None = None, arranged: Arranged = lambda prepare: prepare
) -> AsyncIterator[Stage]:
    """A platform born on that day, gone afterwards with all it kept; in `home`, where one is given, that stays.

    `arranged` may change what is run, or look at the servers before anything is.
    """
    outer = _temporary()
    folder = home or outer / "home"
    world, born = World.from_environment().with_standins(), datetime.combine(first_day, BORN_AT, UTC)
    platform = Platform(world, born, free_port())  # Not the portal's usual one, which is for whoever wants to look.
    try:
        async with Supervisor(folder, arranged(platform.prepare), tell=tell) as servers:
            yield Stage(
                platform.portal, platform.operator_key, platform.world.registry_url, folder, servers.kafka,
                servers.database_url,
            )  # fmt: skip
    finally:
        if home is None and (folder / "id").is_file():
            shutil.rmtree(ELSEWHERE / (folder / "id").read_text().strip(), ignore_errors=True)
        shutil.rmtree(outer, ignore_errors=True)


def _temporary() -> Path:
    outer = Path(tempfile.mkdtemp(prefix="sovinto-demo-"))
    outer.chmod(0o711)  # PostgreSQL runs as another user where we are root, and has to get there.
    return outer
