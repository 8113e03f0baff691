"""One of several processes that append at once: `python -m deploy.bench.appender SECONDS`, the store's URL in stdin.

Says `ready` when it is connected, begins at a second line, and tells how many events it has appended in that time.
"""

import asyncio
import sys
import time
from uuid import uuid4

import uvloop

from deploy.bench.written import AN_APPEND, append
from shared.casestore import CaseStore

CALLERS = 64
MASTER = bytes(32)  # Nothing is sealed here.


async def _append(url: str, seconds: float) -> int:
    store = await CaseStore(url, MASTER).open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    ends, done = time.monotonic() + seconds, 0

    async def caller() -> None:
        nonlocal done
        while time.monotonic() < ends:
            await store.append(append(uuid4(), 0, AN_APPEND))
            done += AN_APPEND

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    await store.close()
    return done


if __name__ == "__main__":
    where = sys.stdin.readline().strip()
    sys.stdout.write(f"{uvloop.run(_append(where, float(sys.argv[1])))}\n")
