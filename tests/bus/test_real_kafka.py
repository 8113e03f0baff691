"""What only a real Apache Kafka does: keep its topics over a restart, number its producers, know a member again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.kafka.archives import NotHad
from deploy.kafka.server import Kafka
from shared.bus import Consumer
from shared.bus.options import PARTITIONS, group_of, is_whole_kafka, topic
from tests.bus.conftest import Bus, asking, new_bus, until
from tests.conftest import Databases

pytestmark = [pytest.mark.real_kafka, pytest.mark.slow]
HEARS_AGAIN_SECONDS_MAX = 120.0


@pytest_asyncio.fixture(scope="module")
async def kafka(server_home: Path) -> AsyncIterator[Kafka]:
    try:
        server = await asyncio.to_thread(Kafka, server_home / "kafka")
    except NotHad as why:
        pytest.skip(f"not run: real Kafka of our own ({why})")
    async with server:
        yield server


@pytest_asyncio.fixture
async def bus(databases: Databases, kafka: Kafka) -> AsyncIterator[Bus]:
    database = await databases.fresh()
    made = await new_bus(database, kafka.address)
    await made.start_relay()
    yield made
    await made.close()
    await made.store.close()
    await databases.drop(database)


async def test_its_producers_are_numbered_and_so_send_nothing_twice_of_themselves(bus: Bus, kafka: Kafka) -> None:
    assert await is_whole_kafka(kafka.address)
    hears = asking(bus)
    cases = [await bus.a_case() for _ in range(20)]
    await bus.start(hears)
    await bus.all_heard(hears.group)
    assert [(await bus.types(case)).count("CreditCheckAsked") for case in cases] == [1] * 20


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_broker_started_again_still_has_the_topic_and_all_is_heard_once(
    bus: Bus, kafka: Kafka, end: str
) -> None:
    hears = asking(bus)
    before = [await bus.a_case() for _ in range(6)]
    await bus.start(hears)
    await bus.all_heard(hears.group)
    had = await messages(bus)
    await (kafka.stop() if end == "stop" else kafka.kill())
    meanwhile = [await bus.a_case() for _ in range(6)]
    await kafka.start()
    await bus.all_heard(hears.group, HEARS_AGAIN_SECONDS_MAX)
    assert sum((await messages(bus)).values()) > sum(had.values())
    assert all(count >= had[place] for place, count in (await messages(bus)).items())
    for case in (*before, *meanwhile):
        assert (await bus.types(case)).count("CreditCheckAsked") == 1
    assert await bus.store.pool.fetchval("select count(*) from bus.parked") == 0


async def test_a_named_member_that_is_away_for_a_moment_keeps_its_partitions(bus: Bus) -> None:
    """So that a service started again goes on at once, and the others of its group are not disturbed."""
    hears = asking(bus)
    one, two = (Consumer(hears, bus.store, bus.kafka, name) for name in ("one", "two"))
    bus.consumers |= {"one": one, "two": two}
    bus.tasks |= {name: asyncio.create_task(bus.consumers[name].run()) for name in ("one", "two")}
    await until(lambda: _shared(one, two))
    had = places(two)
    await bus.end("one")
    await asyncio.sleep(2)
    assert places(two) == had
    bus.consumers["one"] = Consumer(hears, bus.store, bus.kafka, "one")
    bus.tasks["one"] = asyncio.create_task(bus.consumers["one"].run())
    await until(lambda: _shared(bus.consumers["one"], two))
    assert places(two) == had
    case = await bus.a_case()
    await bus.all_heard(hears.group)
    assert "CreditCheckAsked" in await bus.types(case)


async def test_a_named_member_of_a_broker_that_forgot_everything_hears_again(bus: Bus, kafka: Kafka) -> None:
    """It was there again before its topic was, and was given no part of it. A member that is known gets back what it
    had, so as long as it comes back under its name it would be given nothing for ever."""
    hears = asking(bus)
    named = bus.consumers["one"] = Consumer(hears, bus.store, bus.kafka, "one")
    bus.tasks["one"] = asyncio.create_task(named.run())
    before = await bus.a_case()
    await bus.all_heard(hears.group)
    await bus.end("relay")
    await kafka.kill()
    await kafka.forget()
    await kafka.start()
    await until(lambda: _joined_with_nothing(bus, hears.group), HEARS_AGAIN_SECONDS_MAX)
    after = await bus.a_case()
    await bus.start_relay()
    await bus.all_heard(hears.group, HEARS_AGAIN_SECONDS_MAX)
    for case in (before, after):
        assert (await bus.types(case)).count("CreditCheckAsked") == 1


async def _joined_with_nothing(bus: Bus, group: str) -> bool:
    """Whether the group is complete as the broker knows it, and nobody in it was given anything."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.kafka)
    await admin.start()
    try:
        [told] = await admin.describe_consumer_groups([group_of(group, bus.store.epoch)])
    except KafkaError:  # It has just been started.
        return False
    finally:
        await admin.close()
    [(_, _, state, _, _, members)] = told.groups
    return state == "Stable" and all(member[-1] == EMPTY for member in members)


EMPTY = b"\0" * 10  # An assignment: its version, no topics, no more.


def places(consumer: Consumer) -> set[TopicPartition]:
    """What this member was given."""
    subscriber: Any = next(iter(consumer._broker.subscribers), None) if consumer._broker else None
    return set(subscriber.consumer.assignment()) if subscriber and subscriber.consumer else set()


async def _shared(one: Consumer, two: Consumer) -> bool:
    return one.started and two.started and len(places(one)) == len(places(two)) == PARTITIONS // 2


async def messages(bus: Bus) -> dict[TopicPartition, int]:
    """How many messages each partition holds."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bus.kafka)
    await consumer.start()
    try:
        return dict(await consumer.end_offsets([TopicPartition(topic(bus.store.epoch), n) for n in range(PARTITIONS)]))
    finally:
        await consumer.stop()
