"""The servers the tests run against: one PostgreSQL and one broker per run, a fresh database per test.

What a test asks for by name:

- `postgres: str`    the superuser's URL of a server for the whole run (its database `postgres`)
- `databases`        `await databases.fresh(like="template1")` makes a database, answers the superuser's URL;
                     `like` names a database to copy (nobody may be connected to that one then)
- `database: str`    the superuser's URL of a new database of the test's own, with a store in it that nobody has used
- `broker: str`      host:port of a Kafka-compatible broker for the whole run; use your own topics and groups
- `whole: Whole`     the whole platform, running, for the whole run; see tests/whole/platform.py

Roles belong to the whole server: make them with names of your own or only where they are not there yet.
Embedded servers by default. SOVINTO_DATABASE_URL and SOVINTO_KAFKA name others; SOVINTO_TEST_INFRA=containers
takes real ones in containers where a Docker engine answers.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

from deploy.embedded.broker import Broker
from deploy.embedded.postgres import Postgres
from tests import containers

if TYPE_CHECKING:
    from tests.whole.platform import Whole

# No test is timed: a machine that is busy is no fault of ours.
settings.register_profile("sovinto", deadline=None)
settings.load_profile("sovinto")

# Folders whose tests share a platform, the fixture `whole` or, for the command, `here`.
ONE_PLATFORM = {"whole": ("tests/whole/", "tests/stories/"), "here": ("tests/cli/",)}


def pytest_report_header() -> str:
    """Say against which servers this run tests."""
    kind = "containers" if containers.wanted() else "embedded"
    database = "SOVINTO_DATABASE_URL" if os.environ.get("SOVINTO_DATABASE_URL") else kind
    broker = "SOVINTO_KAFKA" if os.environ.get("SOVINTO_KAFKA") else kind
    return f"servers: PostgreSQL {database}, Kafka {broker}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By file; but the tests of one platform go to one process, for starting it takes half a minute of a core."""
    from xdist.scheduler import LoadFileScheduling  # Here, for it may be switched off.

    class ByPlatform(LoadFileScheduling):  # type: ignore[misc]  # It publishes no types.
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return next((name for name, folders in ONE_PLATFORM.items() if file.startswith(folders)), file)

    return ByPlatform(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is slow comes first, platforms come last: one that has no work any more still takes a fifth of a core."""

    def place(item: pytest.Item) -> tuple[bool, ...]:
        of_platform = (item.nodeid.startswith(folders) for folders in reversed(ONE_PLATFORM.values()))
        return (*of_platform, item.get_closest_marker("slow") is None)

    items.sort(key=place)


@dataclass(frozen=True)
class Databases:
    """Makes databases for tests on one server, named so that no two runs meet."""

    server: str
    prefix: str
    numbers: Iterator[int]

    async def fresh(self, like: str = "template1") -> str:
        """A new database, empty or a copy of another one; the superuser's URL of it."""
        name = f"{self.prefix}_{next(self.numbers)}"
        await self._run(f'create database "{name}" template "{like}"')
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    async def drop(self, url: str) -> None:
        """Remove a database of ours, whoever is still connected to it."""
        await self._run(f'drop database if exists "{urlsplit(url).path[1:]}" with (force)')

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server, timeout=30)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """The folder the embedded servers of this run live in, which a user lent by root can reach."""
    home = Path(tempfile.mkdtemp(prefix="sovinto-test-"))
    yield home
    shutil.rmtree(home)


@pytest_asyncio.fixture(scope="session")
async def postgres(server_home: Path) -> AsyncIterator[str]:
    named = os.environ.get("SOVINTO_DATABASE_URL")
    if named:
        yield named
        return
    if containers.wanted():
        with containers.postgres() as url:
            yield url
        return
    async with Postgres(server_home, shared_buffers="64MB", fsync=False) as server:
        yield server.url("postgres")


@pytest.fixture(scope="session")
def databases(postgres: str) -> Databases:
    return Databases(postgres, f"test_{os.getpid()}", count(1))


@pytest_asyncio.fixture(scope="session")
async def just_installed(databases: Databases) -> str:
    """The name of a database with a store in it, to be copied: installing costs four times as much."""
    from shared.casestore import install  # Here, for many tests need no store.
    from tests.casestore.conftest import BORN, password

    url = await databases.fresh()
    await install(url, password, born=BORN)
    return urlsplit(url).path[1:]


@pytest_asyncio.fixture
async def database(databases: Databases, just_installed: str) -> AsyncIterator[str]:
    url = await databases.fresh(like=just_installed)
    owner = await asyncpg.connect(url, timeout=30)
    await owner.execute("update casestore.store set epoch = gen_random_uuid()")  # It names the store's topic.
    await owner.close()
    yield url
    await databases.drop(url)


@pytest_asyncio.fixture(scope="session")
async def broker(server_home: Path) -> AsyncIterator[str]:
    named = os.environ.get("SOVINTO_KAFKA")
    if named:
        yield named
        return
    if containers.wanted():
        with containers.kafka() as address:
            yield address
        return
    async with Broker(server_home) as server:
        yield server.address


@pytest_asyncio.fixture(scope="session")
async def whole(request: pytest.FixtureRequest) -> AsyncIterator["Whole"]:
    """The whole platform, running; its demo clock only ever goes on, so each test has clients and cases of its own."""
    from tests.whole.platform import running  # Here, for it brings all services and the demo along.

    url = ""
    if os.environ.get("SOVINTO_DATABASE_URL"):
        url = await request.getfixturevalue("databases").fresh()
    async with running(url) as platform:
        yield platform
