"""What the servers can do at most: events a second appended, produced and consumed, with nothing else going on."""

from collections.abc import Mapping
from uuid import uuid4

import asyncpg

from deploy.bench import contenders
from deploy.bench.written import EVENT_BYTES, OWNER
from deploy.supervisor import Supervisor
from shared.bus.measured import bare
from shared.casestore import CaseStore, install

CALLERS = 64
MASTER = bytes(32)  # Nothing is sealed here.


async def limits(servers: Supervisor, events: int) -> Mapping[str, float]:
    """Measured before the platform's processes are there, on the same servers, in a database and topic of their own.

    Consumed is what one reader is given. Every group of the platform reads everything, so five times that is asked of
    the broker.
    """
    return {"append": await _appended(servers, events), **await bare(servers.kafka, events, EVENT_BYTES)}


async def _appended(servers: Supervisor, events: int) -> float:
    """On a store of its own. Its roles are the server's, so they keep the passwords they have."""
    name = f"sovinto_limits_{uuid4().hex[:12]}"
    platform = await asyncpg.connect(servers.database_url)
    try:
        await platform.execute(f"create database {name}")
        installed = await install(_database(servers.database_url, name), servers.secret, None)
        store = await CaseStore(installed.urls[OWNER], MASTER, OWNER).open()
        try:
            return await contenders.ours(store, events, CALLERS)
        finally:
            await store.close()
            await platform.execute(f"drop database {name} with (force)")
    finally:
        await platform.close()


def _database(url: str, name: str) -> str:
    """The same server, another database."""
    before, _, asked = url.partition("?")
    return f"{before.rpartition('/')[0]}/{name}?{asked}"
