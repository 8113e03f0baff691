"""A reader at `position > last`, while appends roll back and stall, backends are killed and so is the server."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.embedded.postgres import Postgres
from shared.casestore import CaseStore, Installed, install
from shared.casestore.appending import Append, Placed
from shared.casestore.recorded import Recorded
from shared.casestore.verify import verify
from shared.errors import Away
from tests.casestore.conftest import BORN, MASTER, password
from tests.casestore.writing import writes

WRITERS = ("intake", "gateway", "plans")
TASKS = 8  # Callers at once in each writer.
ROUNDS, KILLED_BACKENDS = 3, 10  # After each round the server is killed.
ALL_SECONDS_MAX = 180.0
AGAIN_SECONDS = 0.05

# Fires at commit, when positions have been given and the lock is held: some appends roll back, some stall.
TROUBLE = """
    create sequence rolled_back;
    create sequence stalled;
    create function trouble() returns trigger language plpgsql security definer as $$
    declare chance float := random();
    begin
        if chance < 0.03 and nextval('public.rolled_back') > 0 then raise exception 'rolled back by the test'; end if;
        if chance < 0.06 and nextval('public.stalled') > 0 then perform pg_sleep(0.05); end if;
        return null;
    end $$;
    create constraint trigger trouble after insert on casestore.events deferrable initially deferred
        for each row when (new.position % 3 = 0) execute function trouble();
"""
KILL_ONE = """select pg_terminate_backend(pid) from pg_stat_activity where usename like 'sovinto\\_%'
    order by random() limit 1"""


@dataclass
class Told:
    """What writers were answered, and what the reader saw."""

    placed: dict[UUID, tuple[Append, Placed]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    read: list[Recorded] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.mark.slow
async def test_a_reader_past_the_last_position_misses_nothing_whatever_happens(own_server: Postgres) -> None:
    told, server = Told(), own_server
    installed = await install(server.url("sovinto"), password, born=BORN)
    await once(server, TROUBLE)
    async with asyncio.timeout(ALL_SECONDS_MAX), asyncio.TaskGroup() as group:
        writers = [group.create_task(write(installed, role, told)) for role in WRITERS]
        group.create_task(tail(installed, told, writers))
        await disturb(server)
        told.over.set()

    assert await asked(server, "select last_value from rolled_back") > ROUNDS
    assert await asked(server, "select last_value from stalled") > ROUNDS
    assert told.failures["Away"] > ROUNDS
    assert [one.position for one in told.read] == list(range(1, len(told.read) + 1))
    ends: Counter[UUID] = Counter()
    for one in told.read:
        ends[one.stream_id] += 1
        assert one.version == ends[one.stream_id], f"position {one.position} is out of its stream's order"
    everything_answered_is_read_once(told)
    await what_was_read_is_what_is_stored(server, told)


async def disturb(server: Postgres) -> None:
    for _ in range(ROUNDS):
        for _ in range(KILLED_BACKENDS):
            await asyncio.sleep(0.1)
            await once(server, KILL_ONE)
        await server.kill()
        await server.start()
    await asyncio.sleep(0.5)


async def write(installed: Installed, role: str, told: Told) -> None:
    """A process with many callers, each of which makes its call again until it is answered."""
    store = await CaseStore(installed.urls[role], MASTER, role).open()
    shared_streams = [UUID(int=number) for number in range(1, 7)]
    async with asyncio.TaskGroup() as group:
        for number in range(TASKS):
            group.create_task(call_until_over(store, role, shared_streams, Random(f"{role}{number}"), told))  # noqa: S311  (no secret)
    await store.close()


async def call_until_over(store: CaseStore, role: str, streams: list[UUID], chance: Random, told: Told) -> None:
    while not told.over.is_set():
        onto = {each: chance.randint(0, 2) for each in chance.sample(streams, chance.randint(0, 2))} | {uuid4(): 1}
        seen: dict[UUID, tuple[int, int]] = {}
        for stream, count in onto.items():
            seen[stream] = (await version(store, stream, told), count)
        cause = uuid4()
        what = writes(role, "test.write", cause, seen)
        told.placed[cause] = (what, await answered(store, what, told))


async def answered(store: CaseStore, what: Append, told: Told) -> Placed:
    while True:
        try:
            return await store.append(what)
        except (Away, asyncpg.PostgresError) as failed:
            told.failures[type(failed).__name__] += 1
            await asyncio.sleep(AGAIN_SECONDS)


async def version(store: CaseStore, stream: UUID, told: Told) -> int:
    while True:
        try:
            return len(await store.stream(stream))
        except Away:
            told.failures["Away while reading"] += 1
            await asyncio.sleep(AGAIN_SECONDS)


async def tail(installed: Installed, told: Told, writers: list[asyncio.Task[None]]) -> None:
    """Read on from the last position seen; at the end up to the head."""
    store = await CaseStore(installed.urls["intake"], MASTER, "intake").open()
    while True:
        last_look = all(writer.done() for writer in writers)
        try:
            more = await store.read(told.read[-1].position if told.read else 0, 100)
        except Away:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        told.read += more
        if last_look and not more:
            break
        await asyncio.sleep(0)
    await store.close()


def everything_answered_is_read_once(told: Told) -> None:
    by_cause: dict[UUID, list[Recorded]] = {}
    for one in told.read:
        by_cause.setdefault(one.cause, []).append(one)
    for cause, (what, placed) in told.placed.items():
        read = by_cause.pop(cause, [])
        if placed.outcome == "conflict":
            assert read == []
            continue
        wanted = {each.stream_id: each.expected + len(each.events) for each in what.streams if each.events}
        assert placed.versions == wanted
        assert read[0].position == placed.position
        size = sum(len(each.events) for each in what.streams)
        assert [one.position for one in read] == list(range(placed.position, placed.position + size))
        assert {one.stream_id: one.version for one in read} == wanted
    assert by_cause == {}, "appended, and nobody was told"


async def what_was_read_is_what_is_stored(server: Postgres, told: Told) -> None:
    """Nothing that was read has gone or changed, and the store's own chains agree."""
    owner = await asyncpg.connect(server.url("sovinto"))
    rows = await owner.fetch("select position, hash from casestore.events order by position")
    found = await verify(owner)
    await owner.close()
    assert [(row["position"], row["hash"]) for row in rows] == [(one.position, one.hash) for one in told.read]
    # Streams here are opened by any type, which a case's would not be.
    assert [fault for fault in found.faults if fault.code != "kind_differs"] == []


async def once(server: Postgres, sql: str) -> None:
    owner = await asyncpg.connect(server.url("sovinto"), timeout=30)
    await owner.execute(sql)
    await owner.close()


async def asked(server: Postgres, sql: str) -> int:
    owner = await asyncpg.connect(server.url("sovinto"), timeout=30)
    answer: int = await owner.fetchval(sql)
    await owner.close()
    return answer
