"""What the bus promises: everything is heard, in a stream's order, and saying it again does nothing again."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from shared.bus import Decide, StreamId, consumer, relay
from shared.bus.consumer import WATCH_SECONDS
from shared.bus.options import PARTITIONS, group_of, partition_of, topic
from shared.casefile import Casefile
from shared.deciding import Answer, Cases
from shared.errors import Away, Refused
from shared.events import intake as told
from tests.bus.conftest import Bus, ask_once, asking, until
from tests.casestore.test_store import open_case

pytestmark = pytest.mark.kafka


async def complete(cases: Cases, case_id: UUID, what: str) -> Answer:
    return await cases.append(case_id, [told.InfoReceived(what)])


async def grow(bus: Bus, case: UUID, events: int) -> None:
    """More happens on a case, one append each."""

    async def add(cases: Cases, case_id: UUID, what: str) -> Answer:
        await cases.load(Casefile, case_id)
        return await complete(cases, case_id, what)

    for number in range(events):
        await bus.deciding()(add, case, str(number))


async def test_what_is_appended_is_heard_once_and_in_its_streams_order(bus: Bus) -> None:
    heard: list[tuple[UUID, UUID]] = []
    hears = bus.hears()

    @hears(told.CaseReceived, told.InfoReceived)
    async def listen(case_id: StreamId, decide: Decide) -> None:
        heard.append((case_id, decide.cause))

    await bus.start(hears)
    cases = await asyncio.gather(*(bus.a_case() for _ in range(12)))
    await asyncio.gather(*(grow(bus, case, 3) for case in cases))
    await bus.all_heard(hears.group)
    for case in cases:
        expected = [one.event_id for one in await bus.store.stream(case)]
        assert [event_id for case_id, event_id in heard if case_id == case] == expected


async def test_a_group_hears_only_the_types_it_named(bus: Bus) -> None:
    heard: list[UUID] = []
    hears = bus.hears()

    @hears(told.InfoReceived)
    async def listen(case_id: StreamId, _decide: Decide) -> None:
        heard.append(case_id)

    await bus.start(hears)
    quiet, loud = await bus.a_case(), await bus.a_case()
    await grow(bus, loud, 2)
    await bus.all_heard(hears.group)
    assert heard == [loud, loud]
    assert quiet not in heard


async def test_what_is_told_twice_is_done_once(bus: Bus, database: str) -> None:
    """The broker repeats every message there was; and the group's own memory of what it handled is lost."""
    hears = asking(bus)
    await bus.start(hears)
    cases = [await bus.a_case() for _ in range(5)]
    await bus.all_heard(hears.group)
    await bus.end(hears.group)
    await grow(bus, cases[0], 1)  # Something unrelated happens between.
    await say_all_again(bus)
    owner = await asyncpg.connect(database)  # For no service may forget what it has handled.
    await owner.execute("delete from bus.handled where group_name = $1", hears.group)
    await owner.close()
    await bus.start(hears)
    await bus.all_heard(hears.group)
    for case in cases:
        assert (await bus.types(case)).count("CreditCheckAsked") == 1


async def say_all_again(bus: Bus) -> None:
    """Put every message that is in the topic into it once more."""
    name = topic(bus.store.epoch)
    reader = AIOKafkaConsumer(name, bootstrap_servers=bus.kafka, auto_offset_reset="earliest")
    writer = AIOKafkaProducer(bootstrap_servers=bus.kafka)
    await reader.start()
    await writer.start()
    for records in (await reader.getmany(timeout_ms=3000)).values():
        for each in records:
            await writer.send_and_wait(name, each.value, each.key, each.partition, headers=list(each.headers))
    await reader.stop()
    await writer.stop()


async def test_a_group_that_was_stopped_goes_on_where_it_was(bus: Bus) -> None:
    heard: list[UUID] = []
    hears = bus.hears()

    @hears(told.CaseReceived)
    async def listen(case_id: StreamId, _decide: Decide) -> None:
        heard.append(case_id)

    await bus.start(hears)
    before = [await bus.a_case() for _ in range(3)]
    await bus.all_heard(hears.group)
    await bus.end(hears.group)
    meanwhile = [await bus.a_case() for _ in range(3)]
    await bus.start(hears)
    await bus.all_heard(hears.group)
    assert sorted(heard) == sorted([*before, *meanwhile])


async def test_what_the_broker_was_not_told_of_is_not_heard_again(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "WATCH_SECONDS", 3600.0)  # It is told when the group looks whether all is well.
    monkeypatch.setattr(consumer, "ANSWER_MS", 2_000)  # The first poll brings something, as with a quick broker,
    monkeypatch.setattr(relay, "STANDSTILL_SECONDS", 3600.0)  # and brings it once.
    heard: list[UUID] = []
    hears = bus.hears()

    @hears(told.CaseReceived)
    async def listen(case_id: StreamId, _decide: Decide) -> None:
        heard.append(case_id)

    cases = [await bus.a_case()]
    await bus.start(hears)
    await bus.all_heard(hears.group)
    await bus.end(hears.group)
    cases += [await bus.a_case()]
    await bus.start(hears)
    await bus.all_heard(hears.group)
    assert sorted(heard) == sorted(cases)


async def test_a_jump_is_not_passed_over_but_asked_for_again(bus: Bus) -> None:
    """A message that names one before it which never came: the group asks, the relay feeds, nothing is missed."""
    hears = asking(bus)
    first = await bus.a_case()
    await bus.start(hears)
    await bus.all_heard(hears.group)
    # The group's memory says less than it has handled, and the broker will not repeat itself: a jump at the next one.
    await bus.end(hears.group)
    sql = "update bus.handled set position = 0 where group_name = $1"
    await bus.store.pool.execute(sql, hears.group)
    second = await bus.a_case()
    await bus.start(hears)
    await bus.all_heard(hears.group)
    for case in (first, second):
        assert (await bus.types(case)).count("CreditCheckAsked") == 1
    assert await bus.store.pool.fetchval("select count(*) from bus.refeeds") == 0


async def test_a_group_goes_by_what_the_store_says_it_has_handled_and_not_by_what_it_remembers(bus: Bus) -> None:
    """A PostgreSQL that was killed may have lost the last count: the group is fed again, and counts it once more."""
    hears = asking(bus)
    case = await bus.a_case()
    await bus.start(hears)
    await bus.all_heard(hears.group)
    counted = await bus.handled(hears.group)
    await bus.store.pool.execute("update bus.handled set position = 0 where group_name = $1", hears.group)
    await bus.all_heard(hears.group)
    assert await bus.handled(hears.group) == counted
    assert (await bus.types(case)).count("CreditCheckAsked") == 1


async def test_what_keeps_failing_is_parked_with_its_stream_and_the_others_flow(bus: Bus) -> None:
    hears, bad, heard = bus.hears(), uuid4(), list[tuple[UUID, str]]()

    @hears(told.CaseReceived, told.InfoReceived)
    async def listen(case_id: StreamId, _decide: Decide) -> None:
        if case_id in broken:
            raise RuntimeError("a mistake of ours")
        heard.append((case_id, "heard"))

    broken = {await bus.a_case(), bad}
    [sick] = broken - {bad}
    well = await bus.a_case()
    await bus.start(hears)
    await grow(bus, sick, 2)
    await grow(bus, well, 2)
    await bus.all_heard(hears.group)
    sql = "select type, because from bus.parked where group_name = $1 and stream_id = $2 order by position"
    parked = [tuple(row) for row in await bus.store.pool.fetch(sql, hears.group, sick)]
    assert [kind for kind, _ in parked] == ["CaseReceived", "InfoReceived", "InfoReceived"]
    assert parked[0][1].startswith("RuntimeError at test_bus.py:")
    assert {because for _, because in parked[1:]} == {"an earlier event of this stream is parked"}
    assert [case for case, _ in heard] == [well] * 3


async def test_the_broker_is_told_what_is_done_and_nothing_that_is_in_hand(bus: Bus) -> None:
    hears, go_on, begun = bus.hears(), asyncio.Event(), asyncio.Event()

    @hears(told.InfoReceived)
    async def listen(_case_id: StreamId, _decide: Decide) -> None:
        begun.set()
        await go_on.wait()

    case = await bus.a_case()
    await bus.start(hears)
    await bus.all_heard(hears.group)
    await asyncio.sleep(2 * WATCH_SECONDS)
    before = await told_to(bus, hears.group)
    assert sum(before.values()) >= 2  # The case and its party; more where the relay fed the group again.
    await grow(bus, case, 1)
    await begun.wait()
    await asyncio.sleep(2 * WATCH_SECONDS)
    assert await told_to(bus, hears.group) == before
    go_on.set()

    async def more() -> bool:
        return sum((await told_to(bus, hears.group)).values()) > sum(before.values())

    await until(more)


async def told_to(bus: Bus, group: str) -> dict[int, int]:
    """The offset the broker keeps for a group, by partition."""
    places = [TopicPartition(topic(bus.store.epoch), each) for each in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bus.kafka, group_id=group_of(group, bus.store.epoch), enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign(places)
        return {place.partition: await consumer.committed(place) or 0 for place in places}
    finally:
        await consumer.stop()


async def test_a_refusal_is_an_answer_and_is_not_tried_again(bus: Bus) -> None:
    hears, tried = bus.hears(), list[UUID]()

    @hears(told.CaseReceived)
    async def listen(case_id: StreamId, _decide: Decide) -> None:
        tried.append(case_id)
        raise Refused("a rule says no")

    await bus.start(hears)
    case = await bus.a_case()
    await bus.all_heard(hears.group)
    assert tried == [case]
    assert await bus.store.pool.fetchval("select count(*) from bus.parked") == 0


async def test_what_is_away_is_waited_for_and_nothing_is_skipped(bus: Bus) -> None:
    hears, tried = bus.hears(), list[UUID]()

    @hears(told.CaseReceived)
    async def listen(case_id: StreamId, decide: Decide) -> None:
        tried.append(case_id)
        if len(tried) < 4:
            raise Away("no store")
        await decide(ask_once, case_id)

    await bus.start(hears)
    case = await bus.a_case()
    await bus.all_heard(hears.group)
    assert len(tried) == 4
    assert "CreditCheckAsked" in await bus.types(case)
    assert await bus.store.pool.fetchval("select count(*) from bus.parked") == 0


async def test_a_relay_started_again_repeats_nothing_that_all_have_handled(bus: Bus) -> None:
    hears = asking(bus)
    await bus.start(hears)
    for _ in range(4):
        await bus.a_case()
    await bus.all_heard(hears.group)
    await bus.end("relay")
    case = await bus.a_case()
    await bus.start_relay()
    await bus.all_heard(hears.group)
    appended = len(await bus.store.stream(case)) + 1  # The case's own events and its party's.
    assert bus.relay.sends <= appended
    assert "CreditCheckAsked" in await bus.types(case)


async def test_of_two_relays_one_is_active_and_the_other_takes_over(bus: Bus) -> None:
    first = bus.relay
    await until(_is(first, "active"))
    bus.tasks["first"] = bus.tasks.pop("relay")
    await bus.start_relay()
    second = bus.relay
    await asyncio.sleep(0.3)
    assert (first.active, second.active) == (True, False)
    await bus.end("first")
    await until(_is(second, "active"))
    hears = asking(bus)
    await bus.start(hears)
    case = await bus.a_case()
    await bus.all_heard(hears.group)
    assert "CreditCheckAsked" in await bus.types(case)


def _is(what: object, name: str):  # type: ignore[no-untyped-def]  # A condition to wait for.
    async def true() -> bool:
        return bool(getattr(what, name))

    return true


async def test_one_trace_goes_from_the_append_to_whoever_hears_it(bus: Bus) -> None:
    hears = asking(bus)
    await bus.start(hears)
    case, trace = uuid4(), "4bf92f3577b34da6a3ce929d0e0e4736"
    await bus.deciding(f"00-{trace}-00f067aa0ba902b7-01")(open_case, case, uuid4(), uuid4())
    await bus.all_heard(hears.group)
    assert await bus.types(case) == ["CaseReceived", "CreditCheckAsked"]
    assert {one.trace.split("-")[1] for one in await bus.store.stream(case)} == {trace}


async def test_no_message_holds_what_is_sealed(bus: Bus) -> None:
    """The topic is internal, and yet: names and letters stay in the store."""
    hears = asking(bus)
    await bus.start(hears)
    await bus.a_case()
    await bus.all_heard(hears.group)
    reader = AIOKafkaConsumer(topic(bus.store.epoch), bootstrap_servers=bus.kafka, auto_offset_reset="earliest")
    await reader.start()
    records = [each for some in (await reader.getmany(timeout_ms=3000)).values() for each in some]
    await reader.stop()
    assert len(records) >= 3
    said = b"".join(each.value + each.key + b"".join(value for _, value in each.headers) for each in records)
    assert b"Esimerkki" not in said
    assert b"010190" not in said


def test_messages_of_one_stream_are_in_one_partition_of_kafkas_own_choosing() -> None:
    """What a Kafka client computes itself for the same keys (a vector taken from aiokafka's default partitioner)."""
    choose = DefaultPartitioner()
    for number in range(200):
        stream = UUID(int=number * 7919)
        assert partition_of(stream, 6) == choose(str(stream).encode(), list(range(6)), list(range(6)))
