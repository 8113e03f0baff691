"""The relay: carries the log to Kafka in store order. One is active; others wait for its lock.

It keeps only what it has sent. Any doubt (a producer's error, a broker that forgot, a group that saw a jump) is
answered by throwing the producer away and sending again from the lowest position a group has handled: whoever has
handled it skips it.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.bus.back_off import BackOff
from shared.bus.message import event_headers, value_of
from shared.bus.options import (
    ADMIN,
    PARTITIONS,
    TOPIC_BATCHES_MAX,
    is_whole_kafka,
    partition_of,
    producer_of,
    topic,
)
from shared.casestore.appending import GONE
from shared.casestore.listening import APPENDED, SENT, Changes, Listening
from shared.tasks import closed, ended, hear_cancellation

ACTIVE = 727_003  # The advisory lock of the one active relay.
BATCH = 2_000
UNDER_WAY_MAX = 3  # Batches sent and not answered yet: the next is read while the broker writes the last.
PAUSE_SECONDS = 0.002  # Between batches: what follows at once goes along, for each costs every group a poll.
LOOK_SECONDS = 0.5  # A wake-up may be lost; the log is looked at this often all the same.
STANDSTILL_SECONDS = 3.0  # A group behind and not moving for so long is fed again; then twice as long, and so on.
STANDSTILL_SECONDS_MAX = 60.0
FROZEN_SECONDS_MAX = 20.0  # The active one asks the store every half second. One that is silent so long loses its lock.
STOP_SECONDS_MAX = 5.0
STORE_SECONDS_MAX = 2.0  # For the store to take leave of us; then the connection is cut.

log = structlog.get_logger()

NEXT = """select position, stream_id, event_id, type, schema, trace, data, occurred_at from casestore.events
          where position > $1 order by position limit $2"""
# From where nobody misses anything: the lowest position of a group that is behind, or where we were.
LOWEST = """select coalesce((select min(h.position) from bus.handled h join bus.sent s using (partition)
                             where h.position < s.position),
                            (select position from bus.relay))"""
# How far all groups have come together, whether one is behind, whether one asked to be fed again, and LOWEST.
STANDING = f"""with asked as (delete from bus.refeeds returning after)
              select (select coalesce(sum(position), 0)::bigint from bus.handled),
                     exists (select from bus.handled h join bus.sent s using (partition) where h.position < s.position),
                     (select min(after) from asked), ({LOWEST})"""  # noqa: S608  (constant)
# And whoever hears it is told in the same breath what was sent, for the embedded broker wakes nobody.
NOTE = f"""with sent as (
              insert into bus.sent (partition, position) select * from unnest($1::int[], $2::bigint[])
              on conflict (partition) do update set position = greatest(bus.sent.position, excluded.position)),
          read as (update bus.relay set position = greatest(position, $3))
          select pg_notify('sovinto', '{SENT} ' || $4)"""  # noqa: S608  (constant)


class Forgotten(Exception):
    """The topic is not the one we made: a broker that forgot it made it again at somebody's question, too small."""


class Sent(msgspec.Struct, frozen=True):
    """A batch on its way: its deliveries, and the last position in it of each partition."""

    deliveries: "asyncio.Future[Any]"
    last: dict[int, int]
    position: int
    events: int


class Relay:
    """Reads the store as its own role and produces to the topic of the store's epoch.

    Args:
        dsn: the relay role's PostgreSQL URL.
        kafka: bootstrap servers.
    """

    def __init__(self, dsn: str, kafka: str) -> None:
        self._dsn, self._kafka = dsn, kafka
        self._back_off = BackOff(0.1)
        self._moved, self._moved_at, self._patience = -1, time.monotonic(), STANDSTILL_SECONDS
        self._batches, self._is_full = 0, False  # Sent to the topic there is; whether it is to be left for the other.
        self.position = 0  # The last one the broker has confirmed.
        self.sends = 0
        self.active = False

    async def run(self) -> None:
        """Relay for ever. Every failure throws the producer away and begins from what groups have handled."""
        while True:
            try:
                await self._run_connected()
            except (*GONE, asyncpg.PostgresError, KafkaError, Forgotten) as away:
                hear_cancellation()
                log.warning("relay begins again", because=type(away).__name__)
                await self._back_off.wait()
            except Exception:  # A mistake of ours or a library's: it says so, and goes on trying.
                hear_cancellation()
                log.exception("relay failed")
                await self._back_off.wait()

    async def _run_connected(self) -> None:
        """Be the active relay until something fails or somebody is to be fed again."""
        settings = {"synchronous_commit": "off", "idle_session_timeout": f"{FROZEN_SECONDS_MAX:.0f}s"}
        listening, producer, notes = Listening(self._dsn), None, None
        log_of = await asyncpg.connect(self._dsn, server_settings=settings)
        try:
            await listening.open()
            # A standby waits here, on the server, until the active one's session ends.
            await log_of.execute("select pg_advisory_lock($1)", ACTIVE, timeout=None)
            self._whole = await is_whole_kafka(self._kafka)
            await self._make_topics(log_of)
            known = "insert into bus.sent select each, 0 from generate_series(0, $1 - 1) each on conflict do nothing"
            await log_of.execute(known, self._partitions)
            producer = AIOKafkaProducer(bootstrap_servers=self._kafka, **producer_of(whole=self._whole))
            await producer.start()
            notes = await asyncpg.connect(self._dsn, server_settings={"synchronous_commit": "off"})
            self.active = True
            await self._relay(log_of, notes, producer, Changes(listening, APPENDED))
        finally:
            self.active = False
            # All at once: who waits for the lock need not wait for the broker.
            clients = [log_of.close(timeout=STORE_SECONDS_MAX), listening.close()]
            clients += [notes.close(timeout=STORE_SECONDS_MAX)] if notes is not None else []
            # What the producer still holds is not waited for long: it is sent again by the next.
            clients += [producer.stop()] if producer is not None else []
            await closed(*clients, seconds_max=STOP_SECONDS_MAX)

    async def _relay(
        self, log_of: "asyncpg.Connection[Any]", notes: "asyncpg.Connection[Any]", producer: AIOKafkaProducer,
        changes: Changes,
    ) -> None:  # fmt: skip
        under_way: asyncio.Queue[Sent] = asyncio.Queue(UNDER_WAY_MAX)
        parts = [
            asyncio.create_task(self._send(log_of, producer, changes, under_way)),
            asyncio.create_task(self._confirm(notes, under_way)),
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            was_done = [part for part in parts if part.done()]
            await ended(parts)
        for part in was_done:
            part.result()

    async def _send(
        self, log_of: "asyncpg.Connection[Any]", producer: AIOKafkaProducer, changes: Changes,
        under_way: "asyncio.Queue[Sent]",
    ) -> None:  # fmt: skip
        """Read the log and give it to the producer. Returns where it is to be begun again."""
        at = int(await log_of.fetchval(LOWEST))
        self.position = at
        last = await self._last_before(log_of, at)
        looked = 0.0
        while True:
            rows = await log_of.fetch(NEXT, at, BATCH)
            if rows:
                await under_way.put(await self._send_batch(producer, rows, last))
                at = rows[-1]["position"]
            if not rows or time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                if await self._is_to_begin_again(log_of, at):
                    return
            if len(rows) < BATCH:
                await asyncio.sleep(PAUSE_SECONDS if rows else 0)
                await changes.wait(LOOK_SECONDS)

    async def _send_batch(
        self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record], last: dict[int, int]
    ) -> Sent:
        """Put these events on their way, one batch a partition, each event naming the one before it there."""
        if len(await producer.partitions_for(self._topic)) < self._partitions:
            raise Forgotten(self._topic)
        batches: dict[int, BatchBuilder] = {}
        deliveries = []
        for row in rows:
            partition = partition_of(row["stream_id"], self._partitions)
            headers, key = event_headers(row, last.get(partition, 0)), str(row["stream_id"]).encode()
            batch = batches.get(partition) or batches.setdefault(partition, producer.create_batch())
            if batch.append(key=key, value=value_of(row), timestamp=None, headers=headers) is None:  # It is full.
                deliveries.append(await producer.send_batch(batch, self._topic, partition=partition))
                batch = batches[partition] = producer.create_batch()
                batch.append(key=key, value=value_of(row), timestamp=None, headers=headers)
            last[partition] = row["position"]
        for partition, batch in batches.items():
            deliveries.append(await producer.send_batch(batch, self._topic, partition=partition))
        self._batches += len(deliveries)
        all_of_it = asyncio.gather(*deliveries)
        all_of_it.add_done_callback(_seen)
        return Sent(all_of_it, dict(last), rows[-1]["position"], len(rows))

    async def _confirm(self, notes: "asyncpg.Connection[Any]", under_way: "asyncio.Queue[Sent]") -> None:
        """Note what the broker has, batch by batch."""
        while True:
            sent = await under_way.get()
            await sent.deliveries
            told = " ".join(f"{partition}:{position}" for partition, position in sent.last.items())
            await notes.execute(NOTE, list(sent.last), list(sent.last.values()), sent.position, f"{self._turn} {told}")
            self.position = sent.position
            self.sends += sent.events
            self._back_off.over()

    async def _is_to_begin_again(self, log_of: "asyncpg.Connection[Any]", at: int) -> bool:
        """Whether somebody saw a jump, all groups stand still though one is behind, or the topic is full."""
        [(moved, behind, after, lowest)] = await log_of.fetch(STANDING)
        if moved != self._moved or not behind:
            self._moved, self._moved_at, self._patience = moved, time.monotonic(), STANDSTILL_SECONDS
        if after is not None and after < at:
            log.info("feeding again", after=after)
            return True
        if behind and time.monotonic() - self._moved_at > self._patience:
            # One that is merely slow need not be told everything every few seconds.
            self._moved_at, self._patience = time.monotonic(), min(2 * self._patience, STANDSTILL_SECONDS_MAX)
            log.info("a group stands still; beginning again")
            return True
        # Not while a group is far behind, which would be told all of it once more.
        self._is_full = not self._whole and self._batches >= TOPIC_BATCHES_MAX and at - lowest <= BATCH
        return self._is_full

    async def _make_topics(self, db: "asyncpg.Connection[Any]") -> None:
        """The topic to be filled, with all its partitions; on the embedded broker the other one too, so that groups are
        in both. One that is full is left for the other, which is emptied first."""
        [(epoch, turn)] = await db.fetch("select epoch, turn from casestore.store, bus.relay")
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka, **ADMIN)
        try:
            await admin.start()
            if self._is_full:
                turn += 1
                with suppress(UnknownTopicOrPartitionError):
                    await admin.delete_topics([topic(epoch, turn)])
            self._topic, self._turn = topic(epoch, turn), turn
            self._partitions = await self._make_topic(admin, self._topic)
            if not self._whole:
                await self._make_topic(admin, topic(epoch, turn + 1))
        finally:
            await closed(admin.close(), seconds_max=STOP_SECONDS_MAX)
        if self._is_full:
            await db.execute("update bus.relay set turn = $1", turn)
            log.info("went on to the other topic", turn=turn)
            self._batches, self._is_full = 0, False

    async def _make_topic(self, admin: AIOKafkaAdminClient, name: str) -> int:
        """Returns how many partitions it has."""
        with suppress(TopicAlreadyExistsError):
            await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
        count = await self._count(admin, name)
        if count < PARTITIONS:
            # Someone's question made a broker that had forgotten the topic make it by itself, too small. All
            # that matters in it is sent again anyway.
            await admin.delete_topics([name])
            await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
            count = await self._count(admin, name)
        return count

    async def _count(self, admin: AIOKafkaAdminClient, name: str) -> int:
        [about] = await admin.describe_topics([name])
        return len(about["partitions"])

    async def _last_before(self, db: "asyncpg.Connection[Any]", position: int) -> dict[int, int]:
        """For each partition, the last position before this one, so that the next message can name it."""
        last: dict[int, int] = {}
        below = position + 1
        while len(last) < self._partitions and below > 0:
            sql = """select position, stream_id from casestore.events where position < $1
                     order by position desc limit 500"""
            rows = await db.fetch(sql, below)
            if not rows:
                break
            for row in rows:
                last.setdefault(partition_of(row["stream_id"], self._partitions), row["position"])
            below = rows[-1]["position"]
        return last


def _seen(done: "asyncio.Future[Any]") -> None:
    """Somebody looked at how it ended: what failed is said where it is waited for."""
    if not done.cancelled():
        done.exception()
