"""How long the platform takes from its start until all of it is ready, with a long log that everybody has handled.

The log is appended as services append. It is a log of payments on streams of five and not of lives: nothing has to be
decided or shown of it any more, so views and deadlines are as few as in a new store.
"""

import asyncio
import os
import re
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from deploy.bench import contenders
from deploy.bench.written import OWNER
from deploy.children import is_ready
from deploy.demo.play import FIRST_DAY
from deploy.demo.stage import own
from deploy.embedded.postgres import Postgres
from deploy.embedded.secrets import secret
from deploy.embedded.users import ELSEWHERE
from deploy.folder import read_facts
from shared.bus.options import PARTITIONS, partition_of
from shared.casestore import CaseStore
from shared.casestore.install import reached

CALLERS = 64
AT_ONCE = 100_000  # Events are made so many at a time.
MASTER = bytes(32)  # Nothing is sealed here.
NOTARY_SECONDS_MAX = 1_800.0
LOOK_SECONDS = 0.1

READ = """update casestore.readers set position = last.position, hash = last.hash
          from (select position, hash from casestore.events order by position desc limit 1) last"""
ENDS = "select stream_id, position from casestore.events order by position desc limit 1000"
SENT = "update bus.sent set position = $2 where partition = $1"
HANDLED = "update bus.handled set position = $2 where partition = $1"
RELAYED = "update bus.relay set position = (select max(position) from casestore.events)"


async def measure(events: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Start it new, fill its store, let the notary sign all of it, and then start it with the clock running."""
    load = os.getloadavg()[0]
    outer = Path(tempfile.mkdtemp(prefix="sovinto-bench-"))
    os.chmod(outer, 0o711)  # noqa: PTH101, S103  (before anything waits; PostgreSQL's own user passes through)
    home = outer / "home"
    try:
        tell("A new platform.")
        new, _ = await _started(home, tell, _nothing)
        tell(f"{events:,} events that all have handled.")
        await _filled(home, events)
        tell("The notary signs them.")
        await _started(home, tell, lambda: _signed(home, events))
        tell("Starting it with the clock running.")
        ready, notary = await _started(home, tell, lambda: _at_work(home))
    finally:
        if (home / "id").is_file():
            shutil.rmtree(ELSEWHERE / (home / "id").read_text().strip(), ignore_errors=True)
        shutil.rmtree(outer, ignore_errors=True)
    return {
        "events": events,
        "ready_seconds": round(ready, 2),
        "new_ready_seconds": round(new, 2),
        "notary_seconds": round(notary, 2),
        "cores": os.cpu_count(),
        "load": round(load, 1),
    }


async def _started(home: Path, tell: Callable[[str], None], then: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    """Seconds until every part of the platform says that it is ready, and until that was done after it, too."""
    began = time.monotonic()
    async with own(FIRST_DAY, tell, home):
        ready = time.monotonic() - began
        await then()
        return ready, time.monotonic() - began


async def _filled(home: Path, events: int) -> None:
    """Append so many events, and say of everybody that they have read, sent and handled them."""
    async with Postgres(home) as server:
        url = server.url()
        installed = reached(url, lambda name: secret(home, name))
        store = await CaseStore(installed.urls[OWNER], MASTER, OWNER).open()
        for begin in range(0, events, AT_ONCE):
            await contenders.ours(store, min(AT_ONCE, events - begin), CALLERS)
        await store.close()
        owner = await asyncpg.connect(url)
        async with owner.transaction():
            await owner.execute(READ)
            last: dict[int, int] = {}
            for stream_id, position in await owner.fetch(ENDS):
                last.setdefault(partition_of(stream_id, PARTITIONS), position)
            await owner.executemany(SENT, list(last.items()))
            await owner.executemany(HANDLED, list(last.items()))
            await owner.execute(RELAYED)
        await owner.execute("vacuum analyze")  # As the server does by itself while events come little by little.
        await owner.close()


async def _nothing() -> None:
    """Nobody is waited for."""


async def _signed(home: Path, events: int) -> None:
    """The notary has signed everything."""
    async with httpx2.AsyncClient(base_url=str(read_facts(home)["notary"]), trust_env=False) as notary:
        async with asyncio.timeout(NOTARY_SECONDS_MAX):
            while True:
                found = re.search(r"^sovinto_notary_position (\S+)$", (await notary.get("/metrics")).text, re.MULTILINE)
                if found and float(found[1]) >= events:
                    return
                await asyncio.sleep(LOOK_SECONDS)


async def _at_work(home: Path) -> None:
    """The notary has held what it signed against the store, for which nobody waits."""
    port = int(str(read_facts(home)["notary"]).rpartition(":")[2])
    async with asyncio.timeout(NOTARY_SECONDS_MAX):
        while not await is_ready(port):  # noqa: ASYNC110  (another process is asked)
            await asyncio.sleep(LOOK_SECONDS)
