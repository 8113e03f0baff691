"""A consumer group: a poll's messages at once, one task a stream in order, and nothing counted until all is done.

What is at or below the group's handled position is skipped. A message that names a later one before it than we have
handled is a jump: the rest of its partition is left and the relay is asked to feed again. What a stream cannot do is
parked with everything after it on that stream, while the others flow. What it cannot do because the stream holds an
event newer than this code is parked too, and taken up again by itself once the code knows it.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from random import uniform
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from prometheus_client import Counter, Gauge

from shared.bus.hears import Hears
from shared.bus.options import CLIENT, CONSUMER, FETCH_WAIT_MS_DEMO, FETCH_WAIT_MS_LIVE, PARTITIONS, topic
from shared.casestore.appending import GONE
from shared.casestore.store import CaseStore
from shared.deciding import Deciding
from shared.errors import Away, NotUnderstood, Refused
from shared.telemetry import span

TRIES_MAX = 4  # Of one event, before it is parked.
BACK_OFF_SECONDS_MAX = 5.0
JOIN_SECONDS = (5.0, 8.0, 16.0, 30.0)  # The embedded broker may never answer a request to join; the next one it does.
WATCH_SECONDS = 1.0
TOPIC_LOOK_SECONDS = 0.1
SILENT_SECONDS_MAX = 6.0  # Longer than the relay waits before it feeds a group again.
NEWER = "waits for the upgrade: "  # How `because` begins of what is parked only until this code is as new as the event.
FOLLOWS = "an earlier event of this stream is parked"
TRY_AGAIN = "to be tried again, as a person asked"  # See parked.py.
TAKE_UP_SECONDS = 5.0

log = structlog.get_logger()
PARKED = Counter("sovinto_parked_total", "Events parked because a handler kept failing", ["group", "type"])
NOT_UNDERSTOOD = Gauge(
    "sovinto_not_understood_streams", "Streams on which a group decides nothing until it is upgraded", ["group"]
)
HANDLED = Counter("sovinto_handled_total", "Events a group has heard and dealt with", ["group", "type"])
POLLED = Gauge("sovinto_last_poll_seconds", "When the group last got messages, in Unix time", ["group"])


class Told(msgspec.Struct, frozen=True):
    """One message as the bus reads it: only headers, for the body is never needed to decide."""

    partition: int
    position: int
    before: int
    stream_id: UUID
    event_id: UUID
    type: str
    trace: str


class Consumer:
    """Runs one service's group over the whole topic."""

    def __init__(self, hears: Hears, store: CaseStore, kafka: str) -> None:
        self._hears, self._store, self._kafka = hears, store, kafka
        self._broker: KafkaBroker | None = None
        self._worked = time.monotonic()
        self._taken_up = 0.0
        self._unanswered = 0
        self._done: dict[TopicPartition, int] = {}  # Offsets up to which all is done and the broker is not told yet.
        self.started = False

    async def run(self) -> None:
        """Be in the group for ever. A broker that is away is waited for; one that has gone silent is joined anew."""
        rows = [(self._hears.group, partition) for partition in range(PARTITIONS)]
        sql = "insert into bus.handled values ($1, $2, 0) on conflict do nothing"
        await self._store.pool.executemany(sql, rows)
        wait, anew = 0.2, False
        await self._until_there_is_a_topic()
        while True:
            try:
                self._broker, subscriber = self._joining()
                async with asyncio.timeout(JOIN_SECONDS[min(self._unanswered, len(JOIN_SECONDS) - 1)]):
                    self._unanswered += 1
                    await self._broker.start()
                self._unanswered = 0
                if anew and subscriber.consumer is not None:
                    # The offsets it was told may be of a log that is no more. What was handled is skipped anyway.
                    await subscriber.consumer.seek_to_beginning()
                self.started, self._worked, wait = True, time.monotonic(), 0.2
                log.info("in the group", group=self._hears.group)
                await self._until_silent(subscriber)
                anew = True
                log.warning("behind and told nothing; joining anew", group=self._hears.group)
            except Exception as away:  # Whatever the client library raises, we go on trying.
                log.warning("broker away", group=self._hears.group, because=type(away).__name__)
                await asyncio.sleep(wait)
                wait = min(wait * 2, BACK_OFF_SECONDS_MAX)
            await self.stop()

    async def stop(self) -> None:
        """Leave: what is being worked on is finished or left uncommitted, never half counted."""
        self.started = False
        self._done.clear()
        broker, self._broker = self._broker, None
        if broker is not None:
            with suppress(Exception):  # A client of a broker that is gone may fail even to leave.
                await asyncio.wait_for(broker.stop(), 12)

    async def _until_there_is_a_topic(self) -> None:
        """Who joins before the relay has made the topic is given no partition of it, and keeps that."""
        there = False
        while not there:
            with suppress(*GONE):
                there = await self._store.pool.fetchval("select exists (select from bus.sent)")
            await asyncio.sleep(0 if there else TOPIC_LOOK_SECONDS)

    def _joining(self) -> tuple[KafkaBroker, BatchSubscriber]:
        # No group_instance_id: such a member takes no leave, and the embedded broker keeps it as leader for ever.
        wait = FETCH_WAIT_MS_LIVE if self._store.live else FETCH_WAIT_MS_DEMO
        broker = KafkaBroker(self._kafka, apply_types=False, logger=None, **CLIENT)
        subscriber = broker.subscriber(
            topic(self._store.epoch), batch=True, group_id=self._hears.group,
            fetch_max_wait_ms=wait, decoder=_undecoded, **CONSUMER,
        )  # fmt: skip
        subscriber(self._on_batch)
        return broker, subscriber

    async def _until_silent(self, subscriber: BatchSubscriber) -> None:
        """Returns when there is something to hear, and for a while nothing was. A broker that forgot everything
        lets a consumer wait for ever at an offset that will not come for a long time, and says nothing."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await self._tell_offsets(subscriber)
            if time.monotonic() - self._taken_up > TAKE_UP_SECONDS:
                with suppress(Away, *GONE):
                    await self._take_up()
                self._taken_up = time.monotonic()
            sql = """select exists (select from bus.handled h join bus.sent s using (partition)
                     where h.group_name = $1 and h.position < s.position)"""
            with suppress(*GONE):
                if not await self._store.pool.fetchval(sql, self._hears.group):
                    self._worked = time.monotonic()
                elif time.monotonic() - self._worked > SILENT_SECONDS_MAX:
                    return

    async def _tell_offsets(self, subscriber: BatchSubscriber) -> None:
        """Tell the broker what is done. It only saves hearing again what is skipped anyway: once a second is enough."""
        if subscriber.consumer is None:
            return
        ours = subscriber.consumer.assignment()
        done, self._done = {place: offset for place, offset in self._done.items() if place in ours}, {}
        if done:
            try:
                await subscriber.consumer.commit(done)
            except KafkaError as away:  # The group is just being shared out anew: heard again, and skipped.
                log.info("offsets not told", group=self._hears.group, because=type(away).__name__)

    async def _on_batch(self, message: KafkaMessage) -> None:
        records = message.raw_message if isinstance(message.raw_message, tuple) else (message.raw_message,)
        POLLED.labels(self._hears.group).set(time.time())
        wait = 0.1
        while True:
            try:
                await self._handle([_told(record) for record in records])
            except (Away, *GONE, asyncpg.PostgresError) as away:
                # Nothing is skipped: the partition waits until the store answers.
                log.warning("waiting", group=self._hears.group, because=type(away).__name__)
                self._worked = time.monotonic()
                await asyncio.sleep(wait + uniform(0, wait))  # noqa: S311  (jitter is no secret)
                wait = min(wait * 2, BACK_OFF_SECONDS_MAX)
            except Exception:
                log.exception("batch failed", group=self._hears.group)
                await asyncio.sleep(BACK_OFF_SECONDS_MAX)
                await message.nack()  # The whole batch is heard again.
                return
            else:
                self._done |= {TopicPartition(each.topic, each.partition): each.offset + 1 for each in records}
                return

    async def _handle(self, told: list[Told]) -> None:
        handled, parked = await self._standing({one.stream_id for one in told})
        streams: dict[UUID, list[Told]] = {}
        jumped: set[int] = set()
        done: dict[int, int] = {}
        for one in told:
            at = done.get(one.partition, handled.get(one.partition, 0))
            if one.position <= at or one.partition in jumped:
                continue
            if one.before > at:
                jumped.add(one.partition)
                await self._ask_again(one.partition, at)
                continue
            done[one.partition] = one.position
            if one.type in self._hears.by_type:
                streams.setdefault(one.stream_id, []).append(one)
        if streams:
            now = await self._store.now()
            work = [self._one_stream(events, now, stream_id in parked) for stream_id, events in streams.items()]
            for outcome in await asyncio.gather(*work, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
        if done:
            await self._record(done)
            self._worked = time.monotonic()

    async def _one_stream(self, events: list[Told], now: datetime, is_parked: bool) -> None:
        for one in events:
            if is_parked:
                await self._park(one, FOLLOWS)
                continue
            wrong = await self._try(one, now)
            if wrong is not None:
                await self._park(one, wrong)
                is_parked = True

    async def _try(self, one: Told, now: datetime) -> str | None:
        """Call what hears this type. None when done, else why it cannot be done."""
        for attempt in range(1, TRIES_MAX + 1):
            try:
                with span(f"hear {one.type}", one.trace, stream_id=str(one.stream_id)) as trace:
                    decide = Deciding(self._store, one.event_id, f"service:{self._hears.group}", now, trace)
                    for function in self._hears.by_type[one.type]:
                        await function(one.stream_id, decide)
            except Refused as refused:
                # A rule said no to what the event asked for: that is an answer, and the log says so.
                log.info("refused", group=self._hears.group, type=one.type, case=str(one.stream_id), code=refused.code)
            except NotUnderstood as newer:
                return f"{NEWER}{newer}"
            except (Away, *GONE):
                raise
            except Exception as wrong:
                log.exception("failed", group=self._hears.group, type=one.type, position=one.position, attempt=attempt)
                if attempt == TRIES_MAX:
                    return f"{type(wrong).__name__} at {_where(wrong)}"
                await asyncio.sleep(0.05 * 2**attempt)
                continue
            HANDLED.labels(self._hears.group, one.type).inc()
            return None
        raise AssertionError("unreachable")

    async def _take_up(self) -> None:
        """Do what was parked until the upgrade, wherever the code knows it by now, in the order of each stream.

        Also what a person wants tried again, and what follows on a stream of which nothing earlier is parked any more.
        """
        sql = """select stream_id from (select distinct on (stream_id) stream_id, because from bus.parked
                     where group_name = $1 order by stream_id, position) first
                 where starts_with(because, $2) or because = any($3)"""
        waiting = await self._store.pool.fetch(sql, self._hears.group, NEWER, [FOLLOWS, TRY_AGAIN])
        for row in waiting:
            await self._take_up_stream(row["stream_id"])
        left = await self._store.pool.fetch(sql, self._hears.group, NEWER, [FOLLOWS, TRY_AGAIN]) if waiting else []
        NOT_UNDERSTOOD.labels(self._hears.group).set(len(left))

    async def _take_up_stream(self, stream_id: UUID) -> None:
        rows = """select position, event_id, type from bus.parked where group_name = $1 and stream_id = $2
                  order by position"""
        key = (self._hears.group, stream_id)
        for row in await self._store.pool.fetch(rows, *key):
            one = Told(0, row["position"], 0, stream_id, row["event_id"], row["type"], "")
            wrong = await self._try(one, await self._store.now())
            if wrong is not None:
                sql = "update bus.parked set because = $4 where group_name = $1 and stream_id = $2 and position = $3"
                await self._store.pool.execute(sql, *key, one.position, wrong)
                return
            sql = "delete from bus.parked where group_name = $1 and stream_id = $2 and position = $3"
            await self._store.pool.execute(sql, *key, one.position)
            log.info("taken up again", group=self._hears.group, type=one.type, case=str(stream_id))

    async def _standing(self, streams: set[UUID]) -> tuple[Mapping[int, int], set[UUID]]:
        """Where the group stands: the last position handled in each partition, and which of these are parked."""
        sql = """select partition, position, null::uuid as parked from bus.handled where group_name = $1
                 union all select distinct null::int, null::bigint, stream_id from bus.parked
                 where group_name = $1 and stream_id = any($2)"""
        rows = await self._store.pool.fetch(sql, self._hears.group, list(streams))
        handled = {row["partition"]: row["position"] for row in rows if row["parked"] is None}
        return handled, {row["parked"] for row in rows if row["parked"] is not None}

    async def _record(self, done: Mapping[int, int]) -> None:
        sql = """insert into bus.handled (group_name, partition, position)
                 select $1, * from unnest($2::int[], $3::bigint[])
                 on conflict (group_name, partition)
                 do update set position = greatest(bus.handled.position, excluded.position)"""
        await self._store.pool.execute(sql, self._hears.group, list(done), list(done.values()))

    async def _park(self, one: Told, because: str) -> None:
        if because.startswith(NEWER):
            NOT_UNDERSTOOD.labels(self._hears.group).inc()
        else:
            PARKED.labels(self._hears.group, one.type).inc()
        log.error("parked", group=self._hears.group, type=one.type, case=str(one.stream_id), because=because)
        sql = """insert into bus.parked (group_name, stream_id, position, event_id, type, because)
                 values ($1, $2, $3, $4, $5, $6) on conflict do nothing"""
        values = (self._hears.group, one.stream_id, one.position, one.event_id, one.type, because)
        await self._store.pool.execute(sql, *values)

    async def _ask_again(self, partition: int, after: int) -> None:
        log.warning("jump", group=self._hears.group, partition=partition, after=after)
        sql = """insert into bus.refeeds (group_name, partition, after) values ($1, $2, $3)
                 on conflict (group_name, partition) do update set after = least(bus.refeeds.after, excluded.after)"""
        await self._store.pool.execute(sql, self._hears.group, partition, after)
        await self._store.pool.execute("notify sovinto")


async def _undecoded(message: KafkaMessage) -> KafkaMessage:
    """The message as it came: bodies are never needed, and one that cannot be decoded must not fail its batch."""
    return message


def _told(record: "ConsumerRecord[bytes, bytes]") -> Told:
    headers = {name: value.decode() for name, value in record.headers}
    return Told(
        record.partition, int(headers["ce_sequence"]), int(headers["ce_before"]), UUID(record.key.decode()),
        UUID(headers["ce_id"]), headers["ce_type"], headers["traceparent"],
    )  # fmt: skip


def _where(wrong: BaseException) -> str:
    """File and line of a failure: enough to find it, and nothing of what the event held."""
    trace: Any = wrong.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
