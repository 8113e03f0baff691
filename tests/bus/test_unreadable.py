"""Messages that do not say what they must, and messages that come twice, late, in another order or never."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.message import Message, Unreadable, event_headers, in_turn, message_of
from shared.bus.options import PARTITIONS, partition_of, topic
from shared.bus.parked import decide
from tests.bus.conftest import Bus, asking, until


@pytest.mark.kafka
@pytest.mark.parametrize("lost", ["ce_id", "ce_type"])
async def test_an_event_whose_message_cannot_be_read_is_parked_and_can_be_replayed(
    bus: Bus, database: str, lost: str
) -> None:
    await until(lambda: _active(bus))
    await bus.end("relay")
    sick = await bus.a_case()
    owner = await asyncpg.connect(database)
    [row] = await owner.fetch("select * from casestore.events where stream_id = $1", sick)
    await say(bus, sick, [each for each in event_headers(row, 0) if each[0] != lost])
    hears = asking(bus)
    await bus.start(hears)
    sql = "select because, type, event_id from bus.parked where group_name = $1"
    [(because, kind, event_id)] = await until(lambda: bus.store.pool.fetch(sql, hears.group))
    assert because.startswith("unreadable: ")
    assert (kind, event_id) == ("CaseReceived", row["event_id"])

    await bus.start_relay()
    well = await bus.a_case()
    await bus.all_heard(hears.group)
    assert [(await bus.types(case)).count("CreditCheckAsked") for case in (sick, well)] == [0, 1]
    await decide(owner, "replay", hears.group, sick, "anna", "read from the store now")
    await until(lambda: _asked(bus, sick))
    await owner.close()


@pytest.mark.kafka
async def test_what_nobody_can_place_is_left_out_and_the_rest_is_heard(bus: Bus) -> None:
    hears = asking(bus)
    await until(lambda: _active(bus))
    for headers in ([], [("ce_sequence", b"many"), ("ce_before", b"0")], [("ce_sequence", b"1"), ("ce_before", b"2")]):
        for _ in range(PARTITIONS):
            await say(bus, uuid4(), headers)
    # One that says it stands where nothing stands yet: it is not in the store, and passes nobody over.
    await say(bus, uuid4(), [("ce_sequence", b"900"), ("ce_before", b"0")])
    await bus.start(hears)
    cases = [await bus.a_case() for _ in range(8)]
    await bus.all_heard(hears.group)
    assert [(await bus.types(case)).count("CreditCheckAsked") for case in cases] == [1] * 8
    assert await bus.store.pool.fetchval("select count(*) from bus.parked") == 0


async def say(bus: Bus, stream: UUID, headers: list[tuple[str, bytes]]) -> None:
    """Put a message of any making into the topic."""
    producer = AIOKafkaProducer(bootstrap_servers=bus.kafka)
    await producer.start()
    where = (topic(bus.store.epoch), b"{}", str(stream).encode(), partition_of(stream, PARTITIONS))
    await producer.send_and_wait(*where, headers=headers)
    await producer.stop()


async def _active(bus: Bus) -> bool:
    return bus.relay.active


async def _asked(bus: Bus, case: UUID) -> bool:
    return "CreditCheckAsked" in await bus.types(case)


HEADERS = st.lists(st.tuples(st.sampled_from(["ce_sequence", "ce_before", "ce_type", "ce_id"]), st.binary(max_size=9)))


@given(HEADERS, st.none() | st.binary(max_size=40))
def test_whatever_stands_in_a_message_it_is_read_or_said_to_be_unreadable(headers: Any, key: bytes | None) -> None:
    record: Any = ConsumerRecord("t", 0, 0, 0, 0, key, b"", None, 0, 0, tuple(headers))
    try:
        message = message_of(record, {"CaseReceived"})
    except Unreadable as wrong:
        message = wrong.at or Message(0, 1, 0)
    assert 0 <= message.before < message.position


# Each partition is a chain of positions; polls bring any of its messages any number of times, in any order.
POLLS = st.lists(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), max_size=12), max_size=12)


@given(st.sets(st.integers(1, 60), min_size=20, max_size=20), POLLS)
def test_whatever_comes_each_message_is_due_once_in_order_and_none_is_passed_over(
    positions: set[int], polls: list[list[tuple[int, int]]]
) -> None:
    in_order = sorted(positions)
    chains = {0: in_order[0::2], 1: in_order[1::2]}
    handled: dict[int, int] = {}
    done: dict[int, list[int]] = {0: [], 1: []}
    for poll in polls:
        messages = [
            Message(partition, chains[partition][at], chains[partition][at - 1] if at else 0) for partition, at in poll
        ]
        then, due, jumps = in_turn(messages, handled)
        for one in due:
            done[one.partition].append(one.position)
        for partition, after in jumps.items():
            assert after == then.get(partition, handled.get(partition, 0))
        handled |= then
    for partition, chain in chains.items():
        assert done[partition] == chain[: len(done[partition])]
        assert handled.get(partition, 0) == (done[partition] or [0])[-1]
