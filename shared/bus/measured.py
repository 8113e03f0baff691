"""How much a broker takes and gives at most, with our own options and nothing else to do: events a second."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.bus.message import event_headers
from shared.bus.options import (
    ADMIN,
    BATCH_RECORDS_MAX,
    CONSUMER,
    LINE_POLL_MS,
    PARTITIONS,
    is_whole_kafka,
    partition_of,
    producer_of,
)

SECONDS_MAX = 300.0
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


async def bare(kafka: str, events: int, event_bytes: int) -> dict[str, float]:
    """Messages as the relay writes them into a topic of their own, and the same read by one consumer that does nothing.

    Raises a KafkaError or TimeoutError.
    """
    topic = f"sovinto.measured.{uuid4().hex[:12]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, **ADMIN)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
        async with asyncio.timeout(SECONDS_MAX):
            produced = await _produced(kafka, topic, events, event_bytes)
            consumed = await _consumed(kafka, topic, events)
        await admin.delete_topics([topic])
    finally:
        await admin.close()
    return {"produce": events / produced, "consume": events / consumed}


async def _produced(kafka: str, topic: str, events: int, event_bytes: int) -> float:
    """Seconds until the broker has answered for all of them, a batch a partition at a time, as the relay does."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **producer_of(whole=await is_whole_kafka(kafka)))
    await producer.start()
    try:
        began = time.monotonic()
        batches = {each: producer.create_batch() for each in range(PARTITIONS)}
        sent = []
        for position in range(1, events + 1):
            row = _row(position, event_bytes)
            partition = partition_of(row["stream_id"], PARTITIONS)
            message = {"key": str(row["stream_id"]).encode(), "value": row["data"], "timestamp": None}
            headers = event_headers(row, position - 1)
            if batches[partition].append(**message, headers=headers) is None:  # It is full.
                sent.append(await producer.send_batch(batches[partition], topic, partition=partition))
                batches[partition] = producer.create_batch()
                batches[partition].append(**message, headers=headers)
        for partition, batch in batches.items():
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*sent)
        return time.monotonic() - began
    finally:
        await producer.stop()


async def _consumed(kafka: str, topic: str, events: int) -> float:
    """Seconds until one consumer has been given all of them, a poll's at once."""
    begin = CONSUMER["auto_offset_reset"]
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset=begin)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, each) for each in range(PARTITIONS)])
        began, seen = time.monotonic(), 0
        while seen < events:
            told = await consumer.getmany(timeout_ms=LINE_POLL_MS, max_records=BATCH_RECORDS_MAX)
            seen += sum(map(len, told.values()))
        return time.monotonic() - began
    finally:
        await consumer.stop()


def _row(position: int, event_bytes: int) -> Any:
    """An event as the relay reads it: five on each stream."""
    return {
        "position": position, "stream_id": UUID(int=position // 5), "event_id": UUID(int=position),
        "type": "PaymentAllocated", "schema": 1, "trace": "00-" + "0" * 32 + "-" + "0" * 16 + "-01",
        "data": b"x" * event_bytes, "occurred_at": NOW,
    }  # fmt: skip
