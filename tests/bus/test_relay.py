"""What the relay promises when its producer fails, when it is frozen and comes back, and after a restore."""

import asyncio
import os
import signal
import sys
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.ports import free_port
from shared.bus import relay
from shared.bus.relay import ACTIVE
from shared.casestore import CaseStore
from shared.casestore.listening import Listening
from shared.tasks import AGAIN_SECONDS
from tests.bus.conftest import Bus, asking, new_bus, until
from tests.bus.test_bus import grow
from tests.casestore.conftest import MASTER
from tests.conftest import Databases

pytestmark = pytest.mark.kafka


class Failing(AIOKafkaProducer):  # type: ignore[misc]
    """A producer whose third batch is lost: not taken, or taken and not answered for."""

    made: list["Failing"]
    fails_at: str

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.made.append(self)
        self.batches = 0

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        self.batches += 1
        fails = len(self.made) < 3 and self.batches == 3
        if fails and self.fails_at == "sending":
            raise KafkaError("not taken")
        delivery = await super().send_batch(batch, topic, partition=partition)
        if not fails:
            return delivery
        await delivery
        lost = asyncio.get_running_loop().create_future()
        lost.set_exception(KafkaError("no answer"))
        return lost


@pytest.mark.parametrize("fails_at", ["sending", "answering"])
async def test_a_producer_that_failed_is_thrown_away_and_nothing_is_missed_or_told_in_another_order(
    databases: Databases, broker: str, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    kind = type("Failing", (Failing,), {"made": [], "fails_at": fails_at})
    monkeypatch.setattr(relay, "AIOKafkaProducer", kind)
    database = await databases.fresh()
    bus = await new_bus(database, broker)
    hears = asking(bus)
    cases = [await bus.a_case() for _ in range(12)]
    for case in cases[:3]:
        await grow(bus, case, 2)
    await bus.start_relay()
    await bus.start(hears)
    await bus.all_heard(hears.group)
    assert len(kind.made) >= 3  # type: ignore[attr-defined]
    assert [(await bus.types(case)).count("CreditCheckAsked") for case in cases] == [1] * 12
    assert await bus.store.pool.fetchval("select count(*) from bus.parked") == 0
    await bus.close()
    await bus.store.close()
    await databases.drop(database)


@pytest.mark.slow
async def test_a_relay_that_was_frozen_and_comes_back_does_no_harm(databases: Databases, broker: str) -> None:
    """Its lock went to another when its session ended; what it still had in hand is told a second time, and skipped."""
    database = await databases.fresh()
    bus = await new_bus(database, broker)
    hears = asking(bus)
    await bus.start(hears)
    env = {
        "PATH": os.environ["PATH"], "SOVINTO_DATABASE_URL": bus.installed.urls["relay"], "SOVINTO_KAFKA": broker,
        "SOVINTO_PORT": str(free_port()),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "shared.bus", env=env)
    owner = await asyncpg.connect(database)
    try:
        cases = [await bus.a_case()]
        await bus.all_heard(hears.group)
        busy = asyncio.create_task(grow(bus, cases[0], 40))
        await asyncio.sleep(0.1)
        process.send_signal(signal.SIGSTOP)
        await bus.start_relay()
        # What the server does itself, after FROZEN_SECONDS_MAX without a word.
        sql = """select count(pg_terminate_backend(pid)) from pg_locks
                 where objid = $1 and granted and database = (select oid from pg_database where datname = $2)"""
        assert await owner.fetchval(sql, ACTIVE, urlsplit(database).path[1:]) == 1
        cases += [await bus.a_case() for _ in range(5)]
        await until(lambda: _active(bus))
        process.send_signal(signal.SIGCONT)
        await busy
        cases += [await bus.a_case() for _ in range(5)]
        await bus.all_heard(hears.group)
        assert bus.relay.active
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        assert await process.wait() == 0
    assert [(await bus.types(case)).count("CreditCheckAsked") for case in cases] == [1] * 11
    await owner.close()
    await bus.close()
    await bus.store.close()
    await databases.drop(database)


@pytest.mark.slow
async def test_a_relay_that_is_told_again_to_end_while_it_closes_leaves_no_session_and_no_lock(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ends it says so twice a second until it has ended."""
    await bus.a_case()
    await until(lambda: _is_relayed(bus))
    at_once = Listening.close

    async def slow(self: Listening) -> None:
        await asyncio.sleep(2 * AGAIN_SECONDS)
        await at_once(self)

    monkeypatch.setattr(Listening, "close", slow)
    relaying = bus.relay
    await bus.end("relay")
    await until(lambda: _left_no_session(bus))
    assert not relaying.active


async def test_a_restored_store_is_told_and_heard_of_in_a_topic_of_its_own(bus: Bus, database: str) -> None:
    """Whatever the other history still has in its topic, nobody hears it."""
    hears = asking(bus)
    first = await bus.a_case()
    await bus.start(hears)
    await bus.all_heard(hears.group)
    await bus.close()
    lost = await bus.a_case()  # Only the old topic will tell of it.
    await bus.start_relay()
    await until(lambda: _is_relayed(bus))
    await bus.end("relay")
    owner = await asyncpg.connect(database)
    await owner.execute("update casestore.store set epoch = $1", uuid4())
    handled = await bus.handled(hears.group)
    await bus.store.close()
    bus.store = await CaseStore(bus.installed.urls["intake"], MASTER, "intake").open()

    await bus.start(hears)
    await asyncio.sleep(2)
    assert await bus.handled(hears.group) == handled
    await bus.start_relay()
    later = await bus.a_case()
    await bus.all_heard(hears.group)
    assert [(await bus.types(case)).count("CreditCheckAsked") for case in (first, lost, later)] == [1, 1, 1]
    await owner.close()


async def _active(bus: Bus) -> bool:
    return bus.relay.active


async def _is_relayed(bus: Bus) -> bool:
    sql = "select (select position from bus.relay) = (select max(position) from casestore.events)"
    return bool(await bus.store.pool.fetchval(sql))


async def _left_no_session(bus: Bus) -> bool:
    sql = "select not exists (select from pg_stat_activity where usename = 'sovinto_relay' and datname = $1)"
    name = await bus.store.pool.fetchval("select current_database()")
    return bool(await bus.store.pool.fetchval(sql, name))
