"""Watches a platform from outside: `python -m deploy.bench.watching LIVES`, the owner's database URL in stdin.

A process of its own, with the machine's clock, for a demo store's events carry the demo's. It looks every few
milliseconds what is new in the log and how far each group is, until its stdin ends, and prints what it saw as JSON:
how long each event took until the last group had handled it, what its handler appended included, and the memory of
each process when so many lives had ended, and when the last had. What comes after that, as the demo's look through all
the books, is no life.
"""

import asyncio
import os
import sys
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import uvloop

from deploy.bench.spent import resident
from deploy.embedded.process import Failed
from shared.bus.options import PARTITIONS, partition_of

LOOK_SECONDS = 0.02
MEASURE_SECONDS = 1.0  # Memory is looked at this often at most, while lives end.
STOP_SECONDS_MAX = 120.0
ENDS = ("CaseClosed", "CaseRejected")

NEW = "select position, stream_id, type from casestore.events where position > $1 order by position"
# How far the slowest group is in each partition. It counts an event when all that comes of it is appended.
HANDLED = "select partition, min(position) as position from bus.handled group by partition"


class Watched(msgspec.Struct, frozen=True):
    """What was seen. Latencies in seconds, one an event; memory in bytes by process."""

    latencies: list[float]
    unhandled: int
    lives: int
    early: Mapping[str, int]
    late: Mapping[str, int]


class Waits:
    """The events that not all groups have handled yet, and how long it took for the others."""

    def __init__(self) -> None:
        self._open: Mapping[int, deque[tuple[int, float]]] = {each: deque() for each in range(PARTITIONS)}
        self.taken: list[float] = []

    @property
    def open(self) -> int:
        """How many still wait."""
        return sum(map(len, self._open.values()))

    def appended(self, partition: int, position: int, after: float) -> None:
        """There is a new event; at that moment it was not there yet."""
        self._open[partition].append((position, after))

    def handled(self, partition: int, position: int, by: float) -> None:
        """All groups have handled everything up to this position by that moment."""
        waiting = self._open[partition]
        while waiting and waiting[0][0] <= position:
            self.taken.append(by - waiting.popleft()[1])


async def watch(url: str, lives: int, until: "asyncio.Task[Any]") -> Watched:
    """Look until that is done. A latency is told too long by up to a look at either end, never too short."""
    waits, position, ended, measured = Waits(), 0, 0, 0.0
    early: Mapping[str, int] = {}
    late: Mapping[str, int] = {}
    db = await asyncpg.connect(url)
    before = time.monotonic()
    while not until.done():
        asked = time.monotonic()
        rows = await db.fetch(NEW, position)
        handled = await db.fetch(HANDLED)
        for row in rows:
            waits.appended(partition_of(row["stream_id"], PARTITIONS), row["position"], before)
        for row in handled:
            waits.handled(row["partition"], row["position"], time.monotonic())
        ends = sum(row["type"] in ENDS for row in rows)
        ended += ends
        if ends and ended >= lives and asked > measured + MEASURE_SECONDS:
            late, measured = resident(os.getppid()), asked
            early = early or late
        position = rows[-1]["position"] if rows else position
        before = asked
        await asyncio.wait([until], timeout=LOOK_SECONDS)
    await db.close()
    return Watched(waits.taken, waits.open, ended, early, late)


class Watching:
    """`async with Watching(url, lives) as watching: …` watches meanwhile; what was seen is in `seen` afterwards."""

    def __init__(self, url: str, lives: int) -> None:
        self._url, self._lives = url, lives
        self.seen: Watched

    async def __aenter__(self) -> "Watching":
        pipe, command = asyncio.subprocess.PIPE, [sys.executable, "-m", "deploy.bench.watching", f"{self._lives}"]
        self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        assert self._process.stdin is not None, "a pipe"  # noqa: S101  (asked for above)
        self._process.stdin.write(f"{self._url}\n".encode())
        await self._process.stdin.drain()
        return self

    async def __aexit__(self, *_: object) -> None:
        # Given something, be it nothing, its stdin is closed, which ends it.
        told = (await asyncio.wait_for(self._process.communicate(b""), STOP_SECONDS_MAX))[0]
        if self._process.returncode:
            raise Failed("The watcher ended before its time; what it said is above.")
        self.seen = msgspec.json.decode(told, type=Watched)


async def _main(lives: int) -> None:
    url = (await asyncio.to_thread(sys.stdin.readline)).strip()
    until = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    sys.stdout.buffer.write(msgspec.json.encode(await watch(url, lives, until)))


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1])))
