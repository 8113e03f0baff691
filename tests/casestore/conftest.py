"""A store of its own for each test, on a real PostgreSQL, and a service's way into it."""

import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import eventsourcing.cryptography
import pytest_asyncio

from deploy.embedded.postgres import Postgres
from shared.casestore import CaseStore, Installed
from shared.casestore.install import reached
from tests.platform.stage import folder

BORN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
MASTER = bytes(range(32))

# The library's test cases import its cipher made with pycryptodome; it has the same one made with cryptography.
sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)


def password(role: str) -> str:
    """The same for a role in all tests, for roles belong to the whole server."""
    return f"test-{role}-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"


async def born(database: str, moment: datetime) -> Installed:
    """A store that nobody has used, as if it had been born at that moment."""
    owner = await asyncpg.connect(database, timeout=30)
    await owner.execute("update casestore.store set now = $1", moment)
    await owner.close()
    return reached(database, password)


@pytest_asyncio.fixture
async def installed(database: str) -> Installed:
    return reached(database, password)


@pytest_asyncio.fixture
async def gateway(installed: Installed) -> AsyncIterator[CaseStore]:
    store = await CaseStore(installed.urls["gateway"], MASTER, "gateway").open()
    yield store
    await store.close()


@pytest_asyncio.fixture
async def intake(installed: Installed) -> AsyncIterator[CaseStore]:
    store = await CaseStore(installed.urls["intake"], MASTER, "intake").open()
    yield store
    await store.close()


@pytest_asyncio.fixture
async def own_server() -> AsyncIterator[Postgres]:
    """A server of the test's own, to be killed."""
    with folder() as home:
        async with Postgres(home, shared_buffers="16MB", tell=lambda _line: None) as server:
            yield server
