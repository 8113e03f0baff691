"""A broker may forget everything and say nothing: the relay and the groups find out, and all is heard once."""

import asyncio
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded.broker import Broker
from shared.bus.options import PARTITIONS, partition_of, topic
from tests.bus.conftest import asking, new_bus
from tests.conftest import Databases


@pytest.mark.slow
async def test_a_topic_made_anew_too_small_is_noticed_and_replaced(databases: Databases, server_home: Path) -> None:
    """As a broker that forgot it makes it at a producer's question, while the relay goes on as if nothing were."""
    database = await databases.fresh()
    async with Broker(server_home / "small") as broker:
        bus = await new_bus(database, broker.address)
        hears, later = asking(bus), asking(bus, "-later")
        await bus.start_relay()
        await bus.start(hears)
        await bus.a_case()
        await bus.all_heard(hears.group)
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
        await admin.start()
        name = topic(bus.store.epoch)
        await admin.delete_topics([name])
        await admin.create_topics([NewTopic(name, 2, 1)])
        cases = [await bus.a_case() for _ in range(12)]
        assert len({partition_of(case, PARTITIONS) for case in cases}) > 2
        await bus.start(later)  # It is given the two partitions it sees, and would wait for the others for ever.
        await bus.all_heard(later.group, seconds_max=120)
        for case in cases:
            assert (await bus.types(case)).count("CreditCheckAsked") == 1
        [about] = await admin.describe_topics([name])
        assert len(about["partitions"]) == PARTITIONS
        await admin.close()
        await bus.close()
        await bus.store.close()
    await databases.drop(database)


@pytest.mark.slow
async def test_a_broker_that_forgot_everything_is_fed_again_and_all_is_heard(
    databases: Databases, server_home: Path
) -> None:
    database = await databases.fresh()
    async with Broker(server_home / "forgetful") as broker:
        bus = await new_bus(database, broker.address)
        hears, slow = asking(bus), asking(bus, "-other")
        await bus.start_relay()
        await bus.start(hears)
        await bus.start(slow)
        before = [await bus.a_case() for _ in range(4)]
        await bus.all_heard(hears.group)
        await bus.end(slow.group)
        await broker.stop()
        meanwhile = [await bus.a_case() for _ in range(4)]
        await asyncio.sleep(1)
        assert all([(await bus.types(case)).count("CreditCheckAsked") == 0 for case in meanwhile])
        await broker.start()
        await bus.start(slow)
        await bus.all_heard(hears.group, seconds_max=120)
        await bus.all_heard(slow.group, seconds_max=120)
        for case in (*before, *meanwhile):
            assert (await bus.types(case)).count("CreditCheckAsked") == 1
        await bus.close()
        await bus.store.close()
    await databases.drop(database)
