"""Every Kafka option there is, once, with its reason. The frameworks' defaults lose messages; these do not."""

import asyncio
from typing import Any
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NoError, for_code
from aiokafka.partitioner import murmur2
from aiokafka.protocol.transaction import InitProducerIdRequest
from faststream import AckPolicy

from shared.tasks import closed

PARTITIONS = 6  # Chosen at birth and kept: another number moves streams between partitions.
BATCH_RECORDS_MAX = 500

# The embedded broker keeps all it was ever sent, in memory, and looks through every batch in a partition at each fetch
# of it. So there its topic is left for another when it holds this many, and emptied before its turn comes again.
TOPICS = 2
TOPIC_BATCHES_MAX = 2_000

# Every consumer's client.
CLIENT: dict[str, Any] = {
    "consumer_only": True,  # Else each group connects twice more, to produce and to administer, and does neither.
    "allow_auto_create_topics": False,  # The relay makes the topic: made by a question it has too few partitions.
    "metadata_max_age_ms": 30_000,  # A topic made anew is noticed within half a minute, not five.
}

# Consumers.
CONSUMER: dict[str, Any] = {
    "auto_offset_reset": "earliest",  # The default, latest, silently skips what was sent before a group joined.
    "ack_policy": AckPolicy.MANUAL,  # The default acknowledges before the work. We commit what is done, once a second.
    "max_poll_interval_ms": 300_000,  # A database away for longer than this makes the group join again; no loss.
    "session_timeout_ms": 6_000,  # Brokers' least. The embedded one lets a group wait half of it before it starts.
    "heartbeat_interval_ms": 1_000,
    # It is asked when there is something. While an empty fetch waits, the embedded broker tells of nothing that comes.
    "fetch_max_wait_ms": 10,
}

# The relay's producer.
PRODUCER: dict[str, Any] = {
    "acks": "all",  # What was answered is on every in-sync replica.
    "max_batch_size": 262_144,  # With the default 16 kB a consumer sees a tenth of the throughput.
    "linger_ms": 0,  # The relay sends whole batches itself.
    "request_timeout_ms": 10_000,
}

# The client that makes the topic.
ADMIN: dict[str, Any] = {
    "request_timeout_ms": 10_000,  # A broker that has just been started answers within seconds.
}

# Commands and their answers. Whoever hears them is in no group and begins at the end: what was missed is asked again,
# and a command nobody waits for any more is not done hours later.
LINE_CONSUMER: dict[str, Any] = {
    "auto_offset_reset": "latest",
    "enable_auto_commit": False,  # There is no group whose offsets could be kept.
    "fetch_max_wait_ms": 1_000,  # Kafka answers at once, the embedded broker after half of it; shorter costs idle work.
    "fetch_max_bytes": 4_194_304,  # Sixty of the largest messages in hand are enough.
    "metadata_max_age_ms": 30_000,
    "request_timeout_ms": 10_000,
}
LINE_PRODUCER: dict[str, Any] = {
    "acks": "all",
    "linger_ms": 0,  # Somebody waits for each.
    "request_timeout_ms": 5_000,  # Then the line is made anew and the command asked again.
}
LINE_TOPIC: dict[str, str] = {
    "retention.ms": "3600000",  # Nobody waits longer. What matters of a command is in the store.
}
LINE_POLL_MS = 1_000  # Told nothing for so long, a line asks the broker where its topic ends.
MESSAGE_BYTES_MAX = 65_536  # A command is a few fields; files come over HTTP.


PROBE_SECONDS_MAX = 10.0
PROBE_AGAIN_SECONDS = 0.1


async def is_whole_kafka(kafka: str) -> bool:
    """Whether this broker does all that Kafka does. The embedded one gives producers no numbers, which is asked for
    here, and keeps a member with a name of its own as its group's leader for ever, which cannot be asked.

    Raises a KafkaError, OSError or TimeoutError where it does not answer at all.
    """
    client = AIOKafkaClient(bootstrap_servers=kafka, **ADMIN)
    try:
        async with asyncio.timeout(PROBE_SECONDS_MAX):
            await client.bootstrap()
            asked = InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1)
            while True:
                error = for_code((await client.send(client.get_random_node(), asked)).error_code)
                if not error.retriable:
                    return error is NoError
                await asyncio.sleep(PROBE_AGAIN_SECONDS)  # One that has just started has no numbers yet.
    finally:
        await closed(client.close(), seconds_max=PROBE_SECONDS_MAX)


def producer_of(*, whole: bool) -> dict[str, Any]:
    """On a real Kafka the broker itself drops what a producer's own retry sends twice, and keeps its order."""
    return {**PRODUCER, "enable_idempotence": whole}


def consumer_of(instance: str) -> dict[str, Any]:
    """A named instance is a static member: started again within the session it has its partitions back at once,
    where a new member waits until the old one's session is over. The name must be one process's at a time."""
    return {**CONSUMER, "group_instance_id": instance or None}


def group_of(group: str, epoch: UUID) -> str:
    """A group's name at the broker: two stores on one broker, or one restored, never share a group."""
    return f"{group}.{epoch.hex[:12]}"


def topic(epoch: UUID, turn: int = 0) -> str:
    """The topic of a store's epoch: a restored store never speaks into the old one's topic. On the embedded broker
    there are two, which take turns."""
    return f"sovinto.events.{epoch.hex[:12]}" + (f".{turn % TOPICS}" if turn % TOPICS else "")


def commands_topic(service: str, epoch: UUID) -> str:
    """Where a service is asked."""
    return f"sovinto.commands.{service}.{epoch.hex[:12]}"


def answers_topic(service: str, epoch: UUID) -> str:
    """Where a service that asked others is answered."""
    return f"sovinto.answers.{service}.{epoch.hex[:12]}"


def partition_of(stream_id: UUID, partitions: int) -> int:
    """Kafka's own choice for this key, made by us so that each message can name the one before it."""
    return (int(murmur2(str(stream_id).encode())) & 0x7FFFFFFF) % partitions
