"""The embedded broker looks through all of a topic at each fetch: its two topics take turns, and nothing is missed."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.embedded.broker import Broker
from shared.bus import Hears, relay
from shared.bus.options import PARTITIONS, topic
from tests.bus.conftest import Bus, asking, new_bus
from tests.conftest import Databases

FULL = 12  # Batches; two cases make about four.


async def turn(bus: Bus) -> int:
    return int(await bus.store.pool.fetchval("select turn from bus.relay"))


async def messages(bus: Bus, of_turn: int) -> int:
    """How many the topic of that turn holds."""
    places = [TopicPartition(topic(bus.store.epoch, of_turn), each) for each in range(PARTITIONS)]
    reader = AIOKafkaConsumer(bootstrap_servers=bus.kafka)
    await reader.start()
    try:
        return sum((await reader.end_offsets(places)).values())
    finally:
        await reader.stop()


async def heard_in_turns(bus: Bus, hears: list[Hears], turns: int) -> None:
    """Open cases until the relay has changed topics so often, and wait until these groups have heard all."""
    cases, until = [], await turn(bus) + turns
    while await turn(bus) < until:
        cases += [await bus.a_case(), await bus.a_case()]
        await asyncio.sleep(0.05)
    for each in hears:
        await bus.all_heard(each.group)
    for case in cases:
        assert (await bus.types(case)).count("CreditCheckAsked") == 1


@pytest.mark.slow
async def test_a_full_topic_is_left_for_the_other_and_all_is_heard_once(
    databases: Databases, server_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "TOPIC_BATCHES_MAX", FULL)
    database = await databases.fresh()
    async with Broker(server_home / "turns") as broker:
        bus = await new_bus(database, broker.address)
        hears, stopped, later = asking(bus), asking(bus, "-stopped"), asking(bus, "-later")
        await bus.start_relay()
        await bus.start(hears)
        await bus.start(stopped)
        await heard_in_turns(bus, [hears, stopped], turns=3)
        await bus.end(stopped.group)  # It left offsets behind in topics that are emptied meanwhile.
        await heard_in_turns(bus, [hears], turns=4)
        await bus.start(stopped)
        await bus.start(later)
        await heard_in_turns(bus, [hears, stopped, later], turns=2)
        await broker.kill()
        await broker.start()
        await heard_in_turns(bus, [hears, stopped, later], turns=1)
        held = await messages(bus, await turn(bus)) + await messages(bus, await turn(bus) + 1)
        assert held < await bus.store.head() / 2
        await bus.close()
        await bus.store.close()
    await databases.drop(database)


@pytest.mark.slow
async def test_a_topic_is_not_left_while_a_group_is_far_behind(
    databases: Databases, server_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which would be told all of it once more, at each turn."""
    monkeypatch.setattr(relay, "TOPIC_BATCHES_MAX", FULL)
    monkeypatch.setattr(relay, "BATCH", 10)
    database = await databases.fresh()
    async with Broker(server_home / "behind") as broker:
        bus = await new_bus(database, broker.address)
        hears, away = asking(bus), asking(bus, "-away")
        await bus.start_relay()
        await bus.start(hears)
        await bus.start(away)
        await heard_in_turns(bus, [hears, away], turns=1)
        await bus.end(away.group)
        before = await turn(bus)
        for _ in range(3 * FULL):
            await bus.a_case()
            await bus.all_heard(hears.group)
        assert await turn(bus) <= before + 1  # One turn may just have been due.
        await bus.start(away)
        await bus.all_heard(away.group)
        await heard_in_turns(bus, [hears, away], turns=1)
        await bus.close()
        await bus.store.close()
    await databases.drop(database)
