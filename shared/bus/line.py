"""A line: hears one topic from its end on and speaks into others. What is missed meanwhile is asked for again.

It is in no consumer group, so it is there at once, and a broker that has forgotten everything costs nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.bus.back_off import BackOff
from shared.bus.options import ADMIN, LINE_CONSUMER, LINE_POLL_MS, LINE_PRODUCER, LINE_TOPIC
from shared.errors import Away
from shared.tasks import closed, hear_cancellation

CONNECT_SECONDS_MAX = 15.0
SAY_SECONDS_MAX = 6.0
CLOSE_SECONDS_MAX = 3.0

Heard = Callable[["ConsumerRecord[bytes, bytes]"], Awaitable[None]]
Headers = Sequence[tuple[str, bytes]]
log = structlog.get_logger()


class Forgotten(Exception):
    """The broker's topic is not the one we were hearing, or it says that there is more and gives nothing."""


class Line:
    """One connection to the broker, made anew after any doubt.

    Args:
        kafka: bootstrap servers.
        hears: the topic that is heard.
        speaks: the topics spoken into; they are made where they are not there.
        heard: what is called with each message, one after the other.
    """

    def __init__(self, kafka: str, hears: str, speaks: Sequence[str], heard: Heard) -> None:
        self._kafka, self._hears, self._speaks, self._heard = kafka, hears, speaks, heard
        self._producer: AIOKafkaProducer | None = None
        self._anew = asyncio.Event()
        self.open = asyncio.Event()

    async def run(self) -> None:
        """Hear for ever. A broker that is away is waited for."""
        back_off = BackOff(0.2)
        while True:
            try:
                await self._connected()
            except Exception as away:  # Whatever the client library raises, we go on trying.
                hear_cancellation()
                if self.open.is_set():
                    back_off.over()
                log.warning("line begins again", topic=self._hears, because=type(away).__name__)
            finally:
                self.open.clear()
            await back_off.wait()

    async def say(self, topic: str, key: str, value: bytes, headers: Headers) -> None:
        """Send one message and wait until the broker has it. Raises Away; whether it has it is then not known."""
        if self._producer is None or not self.open.is_set():
            raise Away("the broker does not answer")
        try:
            async with asyncio.timeout(SAY_SECONDS_MAX):
                await self._producer.send_and_wait(topic, value, key.encode(), 0, headers=list(headers))
        except (KafkaError, TimeoutError) as away:
            self._anew.set()
            raise Away(f"the broker did not take a message: {type(away).__name__}") from away

    async def _connected(self) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, **LINE_CONSUMER)
        producer = AIOKafkaProducer(bootstrap_servers=self._kafka, **LINE_PRODUCER)
        place = TopicPartition(self._hears, 0)
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                await self._make_topics()
                await consumer.start()
                await producer.start()
                consumer.assign([place])
                await consumer.position(place)  # From here on nothing is missed.
            self._producer = producer
            self._anew.clear()
            self.open.set()
            await self._listen(consumer, place)
        finally:
            self._producer = None
            await closed(consumer.stop(), producer.stop(), seconds_max=CLOSE_SECONDS_MAX)

    async def _listen(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> None:
        stood = -1
        while not self._anew.is_set():
            records = (await consumer.getmany(place, timeout_ms=LINE_POLL_MS)).get(place, ())
            for each in records:
                await self._heard(each)
            if records:
                continue
            # A broker that forgot everything lets us wait at an offset that will not come for long, and says nothing.
            async with asyncio.timeout(SAY_SECONDS_MAX):
                end = (await consumer.end_offsets([place]))[place]
                at = await consumer.position(place)
            if end < at or (end > at and at == stood):
                raise Forgotten(self._hears)
            stood = at

    async def _make_topics(self) -> None:
        """One partition each: commands are few, and everyone hears them all."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka, **ADMIN)
        try:
            await admin.start()
            wanted = [NewTopic(name, 1, 1, topic_configs=LINE_TOPIC) for name in (self._hears, *self._speaks)]
            for _, code, *_ in (await admin.create_topics(wanted)).topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise for_code(code)
        finally:
            await closed(admin.close(), seconds_max=CLOSE_SECONDS_MAX)
