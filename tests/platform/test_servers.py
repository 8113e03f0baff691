"""The two embedded servers, as every other test uses them."""

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.embedded.broker import create_topic


async def test_each_test_gets_a_database_of_its_own(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        assert await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'") == 0
        await connection.execute("create table seen (name text)")
    finally:
        await connection.close()


async def test_each_test_gets_a_database_of_its_own_again(database: str) -> None:
    await test_each_test_gets_a_database_of_its_own(database)


async def test_what_is_sent_to_the_broker_is_read_from_it(broker: str) -> None:
    await create_topic(broker, "tests.platform.sent")
    await create_topic(broker, "tests.platform.sent")
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        await producer.send_and_wait("tests.platform.sent", b"hello", key=b"case")
    async with AIOKafkaConsumer(
        "tests.platform.sent", bootstrap_servers=broker, auto_offset_reset="earliest"
    ) as consumer:
        message = await consumer.getone()
        assert message.value == b"hello"
        assert len(consumer.partitions_for_topic("tests.platform.sent")) == 6
