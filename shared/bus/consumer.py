"""A consumer group: a poll's messages at once, one task a stream in order, and nothing counted until all is done.

The broker is asked when the relay says that it sent something, for the partitions it sent it in, and once a second all
the same: the embedded one wakes nobody who waits at it, and five groups that ask for ever would take a fifth of a core.

What is at or below the group's handled position is skipped. A message that names a later one before it than we have
handled is a jump: the rest of its partition is left and the relay is asked to feed again. How far we are is in
`counted.py`; how an event is done, and what becomes of one that cannot be, is in `doing.py`.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import asyncpg
import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from prometheus_client import Counter, Gauge

from shared.bus.back_off import BackOff
from shared.bus.counted import Counted
from shared.bus.doing import Doing
from shared.bus.hears import Hears
from shared.bus.message import Message, Told, Unreadable, in_turn, message_of
from shared.bus.options import BATCH_RECORDS_MAX, CLIENT, TOPICS, consumer_of, group_of, is_whole_kafka, topic
from shared.casestore.appending import GONE
from shared.casestore.listening import SENT, Changes
from shared.casestore.store import CaseStore
from shared.errors import Away, Conflict
from shared.tasks import closed, ended, hear_cancellation

JOIN_SECONDS = (5.0, 8.0, 16.0, 30.0)  # The embedded broker may never answer a request to join; the next one it does.
LOOK_SECONDS = 1.0  # The broker is asked this often all the same.
ANSWER_MS = 20  # How long what was sent may take to come; what takes longer is asked for again soon.
SOON_SECONDS = 0.1
WATCH_SECONDS = 1.0
TOPIC_LOOK_SECONDS = 0.1
SILENT_SECONDS_MAX = 6.0  # Of a group that is behind; longer than the relay waits before it feeds a group again.
POLL_SECONDS_MAX = 10.0  # Since the broker last answered a poll, be it with nothing.
FINISH_SECONDS_MAX = 6.0  # What is in hand is finished; what takes longer is heard again.
LEAVE_SECONDS_MAX = 8.0  # All in all; a service has ten seconds to stop.

log = structlog.get_logger()
POLLED = Gauge("sovinto_last_poll_seconds", "When the broker last answered the group's poll, in Unix time", ["group"])
WAITING = Gauge(
    "sovinto_batch_waiting_seconds", "How long the batch in hand has been tried again; 0 if none is", ["group"]
)
UNREADABLE = Counter("sovinto_unreadable_total", "Messages that do not say where they stand", ["group"])

Records = Sequence["ConsumerRecord[bytes, bytes]"]


class Silent(Exception):
    """Joined, and yet nothing comes; the text says how we know."""


class Consumer:
    """Runs one service's group over the whole topic.

    Args:
        hears: the group, and what it does with which type.
        store: the service's way to the store.
        kafka: bootstrap servers.
        instance: this process's name among those of its group, where it keeps it over restarts; else empty.
    """

    def __init__(self, hears: Hears, store: CaseStore, kafka: str, instance: str = "") -> None:
        self._hears, self._store, self._kafka, self._instance = hears, store, kafka, instance
        self._doing, self._counted = Doing(hears, store), Counted(hears.group, store)
        self._changes = Changes(store.listening, SENT)
        self._broker: KafkaBroker | None = None
        self._polling: asyncio.Task[None] | None = None
        self._polled = self._moved_at = time.monotonic()
        self._moved = -1
        self._in_hand = False
        self._unanswered = 0
        self._done: dict[TopicPartition, int] = {}  # Offsets up to which all is done and the broker is not told yet.
        self.started = False

    async def run(self) -> None:
        """Be in the group for ever. A broker that is away is waited for; one that has gone silent is joined anew."""
        await self._counted.begin()
        taking_up = asyncio.create_task(self._doing.take_up_now_and_then())
        try:
            await self._until_there_is_a_topic()
            await self._be_in_the_group()
        finally:
            await ended([taking_up])

    async def stop(self) -> None:
        """Leave: what is being worked on is finished or left uncommitted, never half counted."""
        self.started = False
        self._done.clear()
        self._counted.know_only(())
        broker, self._broker = self._broker, None
        polling, self._polling = self._polling, None
        until = time.monotonic() + LEAVE_SECONDS_MAX
        if polling is not None:
            self._changes.wake()
            await asyncio.wait([polling], timeout=FINISH_SECONDS_MAX)
            await ended([polling])
        if broker is not None:
            await closed(broker.stop(), seconds_max=max(0.0, until - time.monotonic()))

    def unwell(self) -> str | None:
        """Why this process hears nothing; None while the broker answers it."""
        if not self.started:
            return "not in its consumer group yet"
        age = time.monotonic() - self._polled
        return f"no poll was answered for {age:.0f} s" if age > POLL_SECONDS_MAX and not self._in_hand else None

    # In the group.

    async def _be_in_the_group(self) -> None:
        back_off, anew = BackOff(0.2), False
        while True:
            try:
                consumer = await self._join("" if anew else self._instance)
                if anew and (ours := consumer.assignment()):
                    # The offsets it was told may be of a log that is no more. What was handled is skipped anyway.
                    await consumer.seek_to_beginning(*ours)
                self._polled = self._moved_at = time.monotonic()
                self._polling = asyncio.create_task(self._poll(consumer))
                self.started = True
                back_off.over()
                log.info("in the group", group=self._hears.group)
                await self._watch(consumer, self._polling)
            except Silent as silent:
                anew = True
                log.warning("joining anew", group=self._hears.group, because=str(silent))
            except Exception as away:  # Whatever the client library raises, we go on trying.
                hear_cancellation()
                log.warning("broker away", group=self._hears.group, because=type(away).__name__)
                await back_off.wait()
            await self.stop()

    async def _until_there_is_a_topic(self) -> None:
        """Who joins before the relay has made the topic is given no partition of it, and keeps that."""
        there = False
        while not there:
            with suppress(*GONE):
                there = await self._store.pool.fetchval("select exists (select from bus.sent)")
            hear_cancellation()
            await asyncio.sleep(0 if there else TOPIC_LOOK_SECONDS)

    async def _join(self, instance: str) -> AIOKafkaConsumer:
        """A known member gets back what it had, be it nothing, for it was there before the topic was: so whoever was
        told nothing joins as somebody new, without its name."""
        async with asyncio.timeout(JOIN_SECONDS[min(self._unanswered, len(JOIN_SECONDS) - 1)]):
            self._unanswered += 1
            whole = await is_whole_kafka(self._kafka)
            await self._counted.look()
            turn = self._counted.turn
            topics = [topic(self._store.epoch, turn + ahead) for ahead in range(1 if whole else TOPICS)]
            self._broker = KafkaBroker(self._kafka, apply_types=False, logger=None, **CLIENT)
            subscriber = self._broker.subscriber(
                *topics, group_id=group_of(self._hears.group, self._store.epoch),
                **consumer_of(instance if whole else ""),
            )  # fmt: skip
            await self._broker.start()
        self._unanswered = 0
        assert subscriber.consumer is not None, "started just before"  # noqa: S101  (for the type checker)
        return subscriber.consumer

    async def _poll(self, consumer: AIOKafkaConsumer) -> None:
        """Ask for messages and work at them, until we leave the group. Between, the broker is not asked."""
        broker, turn = self._broker, self._counted.turn
        while broker is self._broker:
            ours = self._ours(consumer)
            if turn != self._counted.turn and ours:
                turn = self._counted.turn
                await consumer.seek_to_beginning(*ours)
            self._counted.know_only(each.partition for each in ours)
            consumer.pause(*(consumer.assignment() - set(ours)))
            consumer.resume(*([each for each in ours if each.partition in self._counted.behind] or ours))
            polled = await consumer.getmany(timeout_ms=ANSWER_MS, max_records=BATCH_RECORDS_MAX)
            records = [record for of_partition in polled.values() for record in of_partition]
            if len(records) < BATCH_RECORDS_MAX:  # Else there are more in hand, which pausing would throw away.
                consumer.pause(*consumer.assignment())
            if records:
                await self._on_batch(records)
            else:  # What was sent may only be slow to come.
                await self._hear(SOON_SECONDS)
            await self._until_more_was_sent(consumer)

    def _ours(self, consumer: AIOKafkaConsumer) -> Sequence[TopicPartition]:
        """Our partitions of the topic that the relay fills now."""
        now = topic(self._store.epoch, self._counted.turn)
        return [each for each in consumer.assignment() if each.topic == now]

    async def _until_more_was_sent(self, consumer: AIOKafkaConsumer) -> None:
        """Wait until there is more than we have handled, but not for ever: not all that was said is heard."""
        broker, until = self._broker, time.monotonic() + LOOK_SECONDS
        while broker is self._broker and (seconds := until - time.monotonic()) > 0:
            if not self._counted.behind.isdisjoint(each.partition for each in self._ours(consumer)):
                return
            await self._hear(seconds)

    async def _hear(self, seconds_max: float) -> None:
        """Wait until the relay says what it sent. Where its word was lost with the connection, the store is asked."""
        was_lost = await self._changes.wait(seconds_max)
        self._counted.hear(self._changes.told)
        if was_lost:
            with suppress(*GONE, asyncpg.PostgresError):
                await self._counted.look()
            hear_cancellation()

    async def _watch(self, consumer: AIOKafkaConsumer, polling: "asyncio.Task[None]") -> None:
        """Look every second whether something still comes. A broker that forgot everything lets a consumer wait for
        ever at an offset that will not come for a long time, and a client that lost its group may not notice.

        Raises Silent. As long as a batch is in hand, none is due.
        """
        while True:
            await asyncio.wait([polling], timeout=WATCH_SECONDS)
            if polling.done():
                polling.result()
                raise Silent("left the group")
            await self._tell_offsets(consumer)
            self._look_at_polls(consumer)
            try:
                await self._counted.look()
            except (*GONE, asyncpg.PostgresError):
                hear_cancellation()
                continue
            moved = sum(self._counted.handled.values())
            if self._in_hand or not self._counted.behind or moved != self._moved:
                self._moved, self._moved_at = moved, time.monotonic()
            elif time.monotonic() - self._moved_at > SILENT_SECONDS_MAX:
                raise Silent("behind and told nothing")
            if time.monotonic() - self._polled > POLL_SECONDS_MAX and not self._in_hand:
                raise Silent("no poll was answered")

    def _look_at_polls(self, consumer: AIOKafkaConsumer) -> None:
        """Note when the broker last answered a poll. Who has been given no partition polls for none."""
        ours = consumer.assignment()
        stamps = [stamp for place in ours if (stamp := consumer.last_poll_timestamp(place))]
        if stamps:
            self._polled = max(self._polled, time.monotonic() - max(0.0, time.time() - max(stamps) / 1000))
        elif not ours:
            self._polled = time.monotonic()
        POLLED.labels(self._hears.group).set(time.time() - (time.monotonic() - self._polled))

    async def _tell_offsets(self, consumer: AIOKafkaConsumer) -> None:
        """Tell the broker what is done. It only saves hearing again what is skipped anyway: once a second is enough."""
        ours = consumer.assignment()
        done, self._done = {place: offset for place, offset in self._done.items() if place in ours}, {}
        if done:
            try:
                await consumer.commit(done)
            except KafkaError as away:  # The group is just being shared out anew: heard again, and skipped.
                log.info("offsets not told", group=self._hears.group, because=type(away).__name__)

    # A batch.

    async def _on_batch(self, records: Records) -> None:
        """Work at a poll's messages until they are handled: nothing is skipped, however long the store is away."""
        back_off, broker = BackOff(0.1), self._broker
        self._in_hand = True
        self._polled = begun = time.monotonic()
        try:
            while broker is self._broker:  # Else we have left the group, and whoever is in it hears this again.
                try:
                    await self._handle(records)
                except (Away, Conflict, *GONE, asyncpg.PostgresError) as away:
                    hear_cancellation()
                    log.warning("waiting", group=self._hears.group, because=type(away).__name__)
                except Exception:  # A mistake in the bus itself: it stands still and says so.
                    hear_cancellation()
                    log.exception("batch failed", group=self._hears.group)
                else:
                    self._done |= {TopicPartition(each.topic, each.partition): each.offset + 1 for each in records}
                    return
                WAITING.labels(self._hears.group).set(time.monotonic() - begun)
                await back_off.wait()
        finally:
            WAITING.labels(self._hears.group).set(0)
            self._in_hand, self._polled = False, time.monotonic()

    async def _handle(self, records: Records) -> None:
        messages = await self._read(records)
        is_known = self._counted.handled.keys() >= {each.partition for each in messages}
        then, due, jumps = in_turn(messages, self._counted.handled)
        if not is_known or len(due) < len(messages):  # We may be the ones who are wrong about where we are.
            await self._counted.look()
            then, due, jumps = in_turn(messages, self._counted.handled)
        for partition, after in jumps.items():
            await self._counted.ask_again(partition, after)
        streams: dict[UUID, list[Told]] = {}
        for one in due:
            if one.told is not None:
                streams.setdefault(one.told.stream_id, []).append(one.told)
        if streams:
            parked, now = await self._counted.parked(streams), await self._store.now()
            work = [self._doing.one_stream(told, now, parked.get(stream)) for stream, told in streams.items()]
            for outcome in await asyncio.gather(*work, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
        if then:
            await self._counted.count(then)

    async def _read(self, records: Records) -> Sequence[Message]:
        """The messages in their order. One that nobody can place is left out: if it was ours, the next one jumps."""
        read = []
        for record in records:
            try:
                read.append(message_of(record, self._hears.by_type))
            except Unreadable as wrong:
                stored = wrong.at and await self._doing.as_stored(wrong.at.position, str(wrong))
                if wrong.at and stored:
                    heard = stored if stored.type in self._hears.by_type else None
                    read.append(msgspec.structs.replace(wrong.at, told=heard))
                    continue
                UNREADABLE.labels(self._hears.group).inc()
                log.error("unreadable", group=self._hears.group, partition=record.partition, because=str(wrong))
        return read
