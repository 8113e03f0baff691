"""The relay: carries the log to Kafka in store order. One is active; others wait for its lock.

It keeps only what it has sent. Any doubt (a producer's error, a broker that forgot, a group that saw a jump) is
answered by sending again from the lowest position a group has handled: whoever has handled it skips it.
"""

import asyncio
import time
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from shared.bus.options import ADMIN, PARTITIONS, PRODUCER, partition_of, topic
from shared.casestore.appending import GONE
from shared.casestore.listening import Changes

ACTIVE = 727_003  # The advisory lock of the one active relay.
BATCH = 2_000
LOOK_SECONDS = 0.5  # A wake-up may be lost; the log is looked at this often all the same.
STANDSTILL_SECONDS = 3.0  # A group behind and not moving for so long is fed again.
BACK_OFF_SECONDS_MAX = 5.0

log = structlog.get_logger()


class Forgotten(Exception):
    """The topic is not the one we made: a broker that forgot it made it again at somebody's question, too small."""


# How far all groups have come together, and from where one asked to be fed again.
STANDING = """with asked as (delete from bus.refeeds returning after)
              select (select coalesce(sum(position), 0)::bigint from bus.handled), (select min(after) from asked)"""
SENT = """with sent as (
              insert into bus.sent (partition, position) select * from unnest($1::int[], $2::bigint[])
              on conflict (partition) do update set position = greatest(bus.sent.position, excluded.position))
          update bus.relay set position = greatest(position, $3)"""
AWAY = (*GONE, asyncpg.PostgresError, KafkaError, Forgotten)


class Relay:
    """Reads the store as its own role and produces to the topic of the store's epoch.

    Args:
        dsn: the relay role's PostgreSQL URL.
        kafka: bootstrap servers.
    """

    def __init__(self, dsn: str, kafka: str) -> None:
        self._dsn, self._kafka = dsn, kafka
        self.position = 0
        self.sends = 0
        self.active = False

    async def run(self) -> None:
        """Relay for ever. Every failure throws the producer away and begins from what groups have handled."""
        wait = 0.1
        while True:
            try:
                await self._run_connected()
            except AWAY as away:
                self.active = False
                log.warning("relay begins again", because=type(away).__name__, in_seconds=round(wait, 1))
                await asyncio.sleep(wait)
                wait = min(wait * 2, BACK_OFF_SECONDS_MAX)
            else:
                wait = 0.1

    async def _run_connected(self) -> None:
        changes, producer = Changes(self._dsn), None
        connection = await asyncpg.connect(self._dsn, server_settings={"synchronous_commit": "off"})
        try:
            await changes.open()
            # A standby waits here, on the server, until the active one's session ends.
            await connection.execute("select pg_advisory_lock($1)", ACTIVE, timeout=None)
            epoch = await connection.fetchval("select epoch from casestore.store")
            self._topic = topic(epoch)
            self._partitions = await self._make_topic()
            known = "insert into bus.sent select each, 0 from generate_series(0, $1 - 1) each on conflict do nothing"
            await connection.execute(known, self._partitions)
            producer = AIOKafkaProducer(bootstrap_servers=self._kafka, **PRODUCER)
            await producer.start()
            self.active = True
            self.position = await self._lowest_handled(connection)
            last = await self._last_before(connection, self.position)
            await self._relay(connection, producer, changes, last)
        finally:
            self.active = False
            if producer is not None:
                with suppress(*AWAY):
                    await asyncio.wait_for(producer.stop(), 5)
            await changes.close()
            with suppress(*AWAY):
                await connection.close(timeout=5)

    async def _relay(
        self, db: "asyncpg.Connection[Any]", producer: AIOKafkaProducer, changes: Changes, last: dict[int, int]
    ) -> None:
        stand = (time.monotonic(), -1)
        while True:
            while await self._send_batch(db, producer, last) == BATCH:
                pass  # There may be more; what comes later wakes us.
            [(moved, back)] = await db.fetch(STANDING)
            if moved != stand[1]:
                stand = (time.monotonic(), moved)
            elif time.monotonic() - stand[0] > STANDSTILL_SECONDS and await self._someone_is_behind(db):
                log.info("a group stands still; beginning again")
                return
            if back is not None and back < self.position:
                log.info("feeding again", after=back)
                self.position = back
                last = await self._last_before(db, back)
                continue
            await changes.wait(LOOK_SECONDS)

    async def _send_batch(self, db: "asyncpg.Connection[Any]", producer: AIOKafkaProducer, last: dict[int, int]) -> int:
        sql = """select position, stream_id, event_id, type, schema, trace, data, occurred_at from casestore.events
                 where position > $1 order by position limit $2"""
        rows = await db.fetch(sql, self.position, BATCH)
        if not rows:
            return 0
        if len(await producer.partitions_for(self._topic)) < self._partitions:
            raise Forgotten(self._topic)
        sent = []
        for row in rows:
            partition = partition_of(row["stream_id"], self._partitions)
            headers = _headers(row, last.get(partition, 0))
            key = str(row["stream_id"]).encode()
            sent.append(await producer.send(self._topic, row["data"], key, partition, headers=headers))
            last[partition] = row["position"]
        for delivery in sent:
            await delivery
        self.position = rows[-1]["position"]
        self.sends += len(rows)
        await db.execute(SENT, list(last), list(last.values()), self.position)
        return len(rows)

    async def _make_topic(self) -> int:
        """The topic, with all its partitions. Returns how many there are."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka, **ADMIN)
        try:
            await admin.start()
            with suppress(TopicAlreadyExistsError):
                await admin.create_topics([NewTopic(self._topic, PARTITIONS, 1)])
            count = await self._count(admin)
            if count < PARTITIONS:
                # Someone's question made a broker that had forgotten the topic make it by itself, too small. All
                # that matters in it is sent again anyway.
                await admin.delete_topics([self._topic])
                await admin.create_topics([NewTopic(self._topic, PARTITIONS, 1)])
                count = await self._count(admin)
            return count
        finally:
            await admin.close()

    async def _count(self, admin: AIOKafkaAdminClient) -> int:
        [about] = await admin.describe_topics([self._topic])
        return len(about["partitions"])

    async def _lowest_handled(self, db: "asyncpg.Connection[Any]") -> int:
        """From where nobody misses anything: the lowest position of a group that is behind, or where we were."""
        sql = """select coalesce(
                     (select min(h.position) from bus.handled h join bus.sent s using (partition)
                      where h.position < s.position),
                     (select position from bus.relay))"""
        return int(await db.fetchval(sql))

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

    async def _someone_is_behind(self, db: "asyncpg.Connection[Any]") -> bool:
        sql = """select exists (select from bus.handled h join bus.sent s using (partition)
                 where h.position < s.position)"""
        return bool(await db.fetchval(sql))


def _headers(row: asyncpg.Record, before: int) -> list[tuple[str, bytes]]:
    """CloudEvents in binary mode, and where the message stands: its position and the one before in its partition."""
    named = {
        "ce_specversion": "1.0", "ce_id": str(row["event_id"]), "ce_type": row["type"], "ce_source": "sovinto",
        "ce_time": row["occurred_at"].isoformat(), "ce_dataversion": str(row["schema"]),
        "ce_sequence": str(row["position"]), "ce_before": str(before), "traceparent": row["trace"],
        "content-type": "application/json",
    }  # fmt: skip
    return [(name, value.encode()) for name, value in named.items()]
