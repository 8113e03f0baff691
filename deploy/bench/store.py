"""How fast the case store is, beside what PostgreSQL can do at most and what the eventsourcing library does.

All in one run, on one embedded server with the platform's own settings; rounds are interleaved and medians told, for
a machine's mood lasts longer than a round.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import msgspec

from deploy.bench import contenders
from deploy.bench.contenders import Connection
from deploy.bench.written import AN_APPEND, EVENT_BYTES, OWNER
from deploy.embedded.postgres import Postgres
from shared.casestore import CaseStore, install

CALLERS = (1, 16, 64, 512)
COPIES = (1_000, 5_000, 50_000)
SETTINGS = (
    "server_version", "shared_buffers", "max_wal_size", "checkpoint_timeout", "fsync", "synchronous_commit",
    "full_page_writes", "wal_compression",
)  # fmt: skip
MASTER = bytes(32)  # Nothing is sealed here.
SLOW_FLUSH_MICROSECONDS = 2_000
Tell = Callable[[str], None]
Figures = dict[str, Any]


class Size(msgspec.Struct, frozen=True):
    """How much is done. The short run shows that it works; its figures mean nothing."""

    rounds: int = 5
    events: int = 50_000
    full: tuple[int, ...] = (0, 1_000_000, 3_000_000)
    minute: float = 60.0
    processes: int = 5
    seconds: float = 5.0


SHORT = Size(1, 2_000, (0, 5_000, 10_000), 4.0, 2, 1.0)


async def measure(size: Size, tell: Tell) -> Figures:
    """Everything, one part after the other."""
    with tempfile.TemporaryDirectory(prefix="sovinto-bench-") as home:
        os.chmod(home, 0o711)  # noqa: PTH101, S103  (before anything waits; PostgreSQL's own user passes through)
        async with Postgres(Path(home) / "servers") as server:
            async with _store(server, "settings") as (_, owner):
                settings = {name: await owner.fetchval(f"show {name}") for name in SETTINGS}
            told: Figures = {"event_bytes": EVENT_BYTES, "events_an_append": AN_APPEND, "settings": settings}
            # First: for minutes after the others the server vacuums what they filled, and writes it out.
            told |= await _minute(server, size, tell)
            told |= await _side_by_side(server, size, tell)
            told |= await _growth(server, size, tell)
            told |= await _processes(server, size, tell)
            return told


async def _side_by_side(server: Postgres, size: Size, tell: Tell) -> Figures:
    """Every contender in turn, and the same again."""
    rounds: list[dict[str, float]] = []
    url = await server.create_database("library")
    try:
        recorder = contenders.recorder_of_the_library(url)
    except ImportError:
        recorder = None
    async with _store(server, "ours") as (store, owner), _store(server, "copied") as (_, other):
        for nth in range(size.rounds):
            tell(f"side by side, round {nth + 1} of {size.rounds}")
            one: dict[str, float] = {}
            for callers in CALLERS:
                events = size.events // 20 if callers == 1 else size.events
                await _emptied(owner)
                one[f"append_{callers}"] = await contenders.ours(store, events, callers)
                if callers == 64:
                    await _emptied(other)
                    one["copy_5000"] = await contenders.copied(other, size.events, 5_000)
            for a_transaction in (1_000, 50_000):
                await _emptied(other)
                one[f"copy_{a_transaction}"] = await contenders.copied(other, size.events, a_transaction)
            one["append_one_onto_existing"] = await contenders.onto_existing(store, size.events // 5, 64)
            one |= await _reading(store, owner, size)
            one |= await _single(store, other, size)
            if recorder is not None:
                for threads in (1, 4):
                    events = size.events // 10
                    one[f"library_{threads}"] = await asyncio.to_thread(contenders.recorded, recorder, events, threads)
            rounds.append(one)
    medians = {name: round(median(each[name] for each in rounds), 6) for name in rounds[0]}
    return {
        "rounds": size.rounds,
        "append_vs_copy_64": _ratio(rounds, lambda one: one["append_64"] / one["copy_5000"]),
        "append_vs_library": recorder
        and _ratio(rounds, lambda one: one["append_64"] / max(one["library_1"], one["library_4"])),
        "read_vs_fetch": _ratio(rounds, lambda one: one["read"] / one["fetch"]),
        "single_vs_bare_p99": _ratio(rounds, lambda one: one["single_p99"] / one["bare_p99"]),
        "medians": medians,
    }


async def _reading(store: CaseStore, owner: Connection, size: Size) -> dict[str, float]:
    streams = await contenders.with_streams(store, size.events // 100, 20)
    return {
        "fetch": await contenders.fetched(owner),
        "read": await contenders.read(store),
        "load_20_alone": await contenders.loading(store, streams[:200], 1),
        "load_20_at_once": await contenders.loading(store, streams, 64),
    }


async def _single(store: CaseStore, other: Connection, size: Size) -> dict[str, float]:
    ours = await contenders.singles(store, size.events // 50)
    bare = await contenders.bare(other, size.events // 50)
    return {
        "single_p50": contenders.at(0.5, ours), "single_p99": contenders.at(0.99, ours),
        "bare_p50": contenders.at(0.5, bare), "bare_p99": contenders.at(0.99, bare),
    }  # fmt: skip


async def _growth(server: Postgres, size: Size, tell: Tell) -> Figures:
    """What an append costs in a store that is full, beside what it costs in an empty one."""
    costs: dict[int, list[float]] = {events: [] for events in size.full}
    for events in size.full:
        tell(f"a store of {events:,} events")
        async with _store(server, f"full_{events}") as (_, owner):
            await _filled(owner, events)
    for nth in range(2 * size.rounds):
        tell(f"empty and full, round {nth + 1} of {2 * size.rounds}")
        for events in size.full:
            async with _store(server, f"full_{events}") as (store, owner):
                if events == 0:
                    await _emptied(owner)
                costs[events].append(1e6 / await contenders.ours(store, size.events // 2, 64))
    least, most = costs[size.full[0]], costs[size.full[-1]]
    return {
        "growth_3m": round(median(each / other for each, other in zip(most, least, strict=True)), 3),
        "microseconds_an_event": {f"{events}": round(median(each), 2) for events, each in costs.items()},
    }


async def _minute(server: Postgres, size: Size, tell: Tell) -> Figures:
    """A new database's first minute, in spans of two seconds: a plan made on an empty table would slow it down."""
    tell("a fresh database's first minute")
    spans: list[float] = []
    async with _store(server, "fresh") as (store, _):
        ends = time.monotonic() + size.minute
        while time.monotonic() < ends:
            began, done = time.monotonic(), 0
            while time.monotonic() < began + 2:
                events = 5_000
                done += int(await contenders.ours(store, events, 64) and events)
            spans.append(done / (time.monotonic() - began))
    return {
        "fresh_minute": round(spans[-1] / max(spans), 3),
        "fresh_minute_events_a_second": [int(each) for each in spans],
    }


async def _processes(server: Postgres, size: Size, tell: Tell) -> Figures:
    """Several processes beside one, on a quick disk and on one that takes its time."""
    told: Figures = {}
    for name, delay in (("processes_5", 0), ("processes_5_slow_flush", SLOW_FLUSH_MICROSECONDS)):
        async with _store(server, name) as (store, owner):
            await owner.execute(f"alter system set commit_delay = {delay}")
            await owner.execute("alter system set commit_siblings = 0")
            await owner.execute("select pg_reload_conf()")
            pairs = []
            for nth in range(min(3, size.rounds)):
                tell(f"{name.replace('_', ' ')}, round {nth + 1}")
                one = await _at_once(store.dsn, 1, size.seconds)
                pairs.append((one, await _at_once(store.dsn, size.processes, size.seconds)))
            told[name] = round(median(several / one for one, several in pairs), 3)
            told[f"{name}_events_a_second"] = {
                "one": int(median(one for one, _ in pairs)), "several": int(median(each for _, each in pairs)),
            }  # fmt: skip
            await owner.execute("alter system reset commit_delay")
            await owner.execute("alter system reset commit_siblings")
            await owner.execute("select pg_reload_conf()")
    return told


async def _at_once(url: str, count: int, seconds: float) -> float:
    """Events a second of so many processes together."""
    command = [sys.executable, "-m", "deploy.bench.appender", str(seconds)]
    pipe = asyncio.subprocess.PIPE
    started = [await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe) for _ in range(count)]
    for each in started:
        _input(each).write(f"{url}\n".encode())
    for each in started:
        await _line(each)
    for each in started:
        _input(each).write(b"go\n")
    done = [int(await _line(each)) for each in started]
    for each in started:
        await each.wait()
    return sum(done) / seconds


async def _line(of: asyncio.subprocess.Process) -> bytes:
    assert of.stdout is not None, "a pipe"  # noqa: S101  (asked for above)
    return await asyncio.wait_for(of.stdout.readline(), 120)


def _input(of: asyncio.subprocess.Process) -> asyncio.StreamWriter:
    assert of.stdin is not None, "a pipe"  # noqa: S101  (asked for above)
    return of.stdin


@asynccontextmanager
async def _store(server: Postgres, name: str) -> AsyncIterator[tuple[CaseStore, Connection]]:
    """A store in a database of that name, as a service sees it and as its owner does; installed where it is new."""
    url = await server.create_database(name)
    installed = await install(url, lambda role: f"bench-{role}", None)
    store = await CaseStore(installed.urls[OWNER], MASTER, OWNER).open()
    owner = await asyncpg.connect(url)
    try:
        yield store, owner
    finally:
        await owner.close()
        await store.close()


async def _emptied(owner: Connection) -> None:
    await owner.execute("truncate casestore.events, casestore.heads")


async def _filled(owner: Connection, events: int) -> None:
    """So many events on streams of five, made by the server itself."""
    await owner.execute(FILL_HEADS, events // AN_APPEND, AN_APPEND)
    await owner.execute(FILL_EVENTS, AN_APPEND, EVENT_BYTES)


FILL_HEADS = """
    insert into casestore.heads
    select gen_random_uuid(), 1 + (nth - 1) * $2, 'case', null, $2, decode(repeat('ab', 32), 'hex')
    from generate_series(1, $1::int) as nth
"""
FILL_EVENTS = """
    insert into casestore.events
    select h.opened + v - 1, h.opened, h.stream_id, v, v = 1, 'case', gen_random_uuid(), 'bench.allocate',
           h.stream_id, 'PaymentAllocated', 1, null, convert_to(repeat('x', $2), 'UTF8'), '', 'settlement',
           '00-00000000000000000000000000000000-0000000000000000-01', now(), now(), h.hash
    from casestore.heads h cross join generate_series(1, $1::int) as v order by 1
"""


def _ratio(rounds: Sequence[Mapping[str, float]], of: Callable[[Mapping[str, float]], float]) -> float:
    """The median of the rounds' own ratios."""
    return round(median(of(each) for each in rounds), 3)
