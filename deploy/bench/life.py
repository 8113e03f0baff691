"""How many whole lives a second the platform carries, how late its last consumer is, and what it takes of the machine.

Two plays of the same world, each on a platform of its own. In the first nobody waits: it gives rates and memory. In the
second, which ends after a third of the days, each request of the world waits until twice the time after the first one
at which it was sent before: half of the load. It gives the latencies.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from deploy.bench.contenders import at
from deploy.bench.limits import limits
from deploy.bench.spent import SERVICES, spent
from deploy.bench.watching import Watched, Watching
from deploy.children import Child
from deploy.demo.play import FIRST_DAY, Asked, play
from deploy.demo.stage import Stage, own
from deploy.demo.summary import Summary
from deploy.supervisor import Prepare, Supervisor

PLAIN_LETTERS = (sys.executable, "-m", "services.contact.letters.plain")
HALF = 2  # Times as slowly.
PART_AT_HALF = 3  # A third of the days.
EARLY_PART, EARLY_LIVES_MAX = 10, 1_000  # Memory is first looked at after a tenth of the lives.
LIMIT_EVENTS = 100_000
# Memory of the broker, which keeps its log there, and of stand-ins, which keep all they got, is told and not judged.
OURS = (*SERVICES, "relay", "notary")
Figures = dict[str, Any]


class Lives(msgspec.Struct, frozen=True):
    """What is to be played, and how many events the limits are measured with."""

    cases: int = 300
    days: int = 365
    seed: int = 1
    letters: bool = False  # Whether they are typeset.
    limit_events: int = LIMIT_EVENTS


async def measure(lives: Lives, tell: Callable[[str], None]) -> Figures:
    """Both plays, one after the other. Whatever else the machine does meanwhile is in the figures, as `load`."""
    load = os.getloadavg()[0]
    asked = Asked(lives.cases, lives.days, lives.seed)
    bounds: dict[str, float] = {}
    async with _platform(lives, tell, bounds) as stage:
        tell("Playing whole lives, as fast as they go.")
        before, pace = spent(), Pace()
        taken: dict[str, float] = {}

        async def look(*_: object) -> None:
            taken.update(spent())

        async with Watching(stage.database_url, min(lives.cases // EARLY_PART, EARLY_LIVES_MAX)) as watching:
            whole = await play(stage, asked, look, pace.turn)
    half_days = max(lives.days // PART_AT_HALF, 1)
    async with _platform(lives, tell) as stage:
        tell(f"The first {half_days} days again, at half of the load.")
        slower = Pace(pace.sent, HALF)
        async with Watching(stage.database_url, lives.cases) as at_half:
            part = await play(stage, asked, turn=slower.turn, days=half_days)
    return {
        **_rates(lives, whole, bounds),
        **_latencies(at_half.seen),
        "at_full_load": _latencies(watching.seen),
        "half_load": {
            "days": half_days,
            "events": part.events,
            "events_per_second": part.events_per_second,
            "of_full": round(slower.of_earlier, 3),
        },
        **_memory(watching.seen),
        "processor_seconds": {name: round(each - before.get(name, 0.0), 2) for name, each in taken.items()},
        "load": round(load, 1),
        "is_well": whole.is_well and part.is_well,
    }


class Pace:
    """When each request of the world was sent, in seconds after the first. The same world sends the same again: with
    the times of an earlier play, none is sent before so many times the time it was sent at then."""

    def __init__(self, earlier: Sequence[float] = (), slower: int = 1) -> None:
        self.sent: list[float] = []
        self._earlier, self._slower, self._began = earlier, slower, 0.0

    @property
    def of_earlier(self) -> float:
        """How fast this play was, as a share of the earlier one's speed up to the same request."""
        nth = min(len(self.sent), len(self._earlier)) - 1
        return self._earlier[nth] / self.sent[nth]

    async def turn(self) -> None:
        """Wait for the next request's time."""
        nth, now = len(self.sent), time.monotonic()
        if not nth:
            self._began = now
        then = self._slower * self._earlier[nth] if nth < len(self._earlier) else 0.0
        self.sent.append(max(now - self._began, then))
        await asyncio.sleep(max(0.0, self._began + then - now))


@asynccontextmanager
async def _platform(
    lives: Lives, tell: Callable[[str], None], bounds: dict[str, float] | None = None
) -> AsyncIterator[Stage]:
    """A platform of its own. Where the limits are asked for, they are measured first, while the servers are alone."""

    def arranged(prepare: Prepare) -> Prepare:
        async def prepared(servers: Supervisor) -> Sequence[Child]:
            if bounds is not None:
                tell("What the servers can do at most.")
                bounds.update(await limits(servers, lives.limit_events))
            children = await prepare(servers)
            return children if lives.letters else [_without_letters(child) for child in children]

        return prepared

    async with own(FIRST_DAY, tell, arranged=arranged) as stage:
        yield stage


def _without_letters(child: Child) -> Child:
    return Child(child.name, PLAIN_LETTERS, child.env, child.port, child.role) if child.name == "contact" else child


def _rates(lives: Lives, whole: Summary, bounds: Mapping[str, float]) -> Figures:
    """A life is whole when its case was closed or not taken; those still open at the end are not counted."""
    ended = sum(whole.closed.values()) + sum(whole.rejected.values())
    return {
        "cases": whole.cases,
        "ended": ended,
        "days": lives.days,
        "letters": lives.letters,
        "cores": os.cpu_count(),
        "wall_seconds": whole.wall_seconds,
        "lives_per_second": round(ended / whole.wall_seconds, 2),
        "events": whole.events,
        "events_per_second": whole.events_per_second,
        "limits": {name: round(each) for name, each in bounds.items()},
        "share_of_limit": round(whole.events_per_second / min(bounds.values()), 4),
    }


def _latencies(seen: Watched) -> Figures:
    """From an event's append until the last group has handled it, in milliseconds."""
    return {
        "latency_p50_ms": round(at(0.5, seen.latencies) * 1000, 1),
        "latency_p99_ms": round(at(0.99, seen.latencies) * 1000, 1),
        "latency_max_ms": round(max(seen.latencies) * 1000, 1),
        "unhandled": seen.unhandled,
    }


def _memory(seen: Watched) -> Figures:
    """By process, in megabytes; growth as a share of what it was early, and the worst of our own processes."""
    by_name = {
        name: {
            "early_mb": round(seen.early[name] / 1e6, 1),
            "late_mb": round(late / 1e6, 1),
            "growth": round(late / seen.early[name] - 1, 3),
        }
        for name, late in sorted(seen.late.items())
        if name in seen.early
    }
    return {"rss_growth": max((by_name[name]["growth"] for name in OURS if name in by_name), default=None),
            "memory": by_name}  # fmt: skip
