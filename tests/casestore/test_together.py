"""Streams asked for together are read together, and each who asked is answered on its own."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.casestore import CaseStore
from shared.casestore.store import STREAMS
from shared.casestore.together import AT_ONCE_MAX, Together
from shared.errors import Away
from tests.casestore.writing import writes


class Reading:
    """Reads rows that say whose they are; notes what was read in one go, and waits where it is told to."""

    def __init__(self) -> None:
        self.read: list[list[UUID]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.wrong: Exception | None = None

    async def __call__(self, streams: Sequence[UUID]) -> Any:
        self.read.append(list(streams))
        await self.may_answer.wait()
        if self.wrong is not None:
            raise self.wrong
        return [{"stream_id": stream_id} for stream_id in reversed(streams)]


async def test_what_is_asked_while_others_are_read_goes_along_in_one_round_trip() -> None:
    reading = Reading()
    together, streams = Together(reading), [uuid4() for _ in range(5)]
    reading.may_answer.clear()
    first = asyncio.create_task(together.rows(streams[0]))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(together.rows(each)) for each in streams]
    await asyncio.sleep(0.01)
    reading.may_answer.set()
    told = await asyncio.gather(first, *others)
    assert [[row["stream_id"] for row in rows] for rows in told] == [[each] for each in [streams[0], *streams]]
    assert reading.read == [[streams[0]], streams]  # The first is read again: it was asked for again later.


async def test_of_many_streams_only_so_many_are_in_memory_at_once_and_all_are_told_in_their_turn() -> None:
    reading = Reading()
    together, streams = Together(reading), [uuid4() for _ in range(2 * AT_ONCE_MAX + 1)]
    told = await asyncio.gather(*map(together.rows, streams))
    assert [[row["stream_id"] for row in rows] for rows in told] == [[each] for each in streams]
    assert [len(each) for each in reading.read] == [AT_ONCE_MAX, AT_ONCE_MAX, 1]


async def test_one_who_gives_up_takes_nobody_with_it() -> None:
    reading = Reading()
    together, stream = Together(reading), uuid4()
    reading.may_answer.clear()
    one, other = (asyncio.create_task(together.rows(stream)) for _ in range(2))
    await asyncio.sleep(0.01)
    one.cancel()
    reading.may_answer.set()
    assert [row["stream_id"] for row in await other] == [stream]
    assert one.cancelled()


async def test_an_outage_is_told_to_all_who_asked_and_the_next_are_read() -> None:
    reading = Reading()
    together = Together(reading)
    reading.wrong = Away("the store does not answer")
    told = await asyncio.gather(*(together.rows(uuid4()) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in told] == [Away] * 3
    reading.wrong = None
    assert len(await together.rows(uuid4())) == 1


async def test_streams_of_any_length_read_at_once_are_each_told_whole_and_in_order(intake: CaseStore) -> None:
    lengths = {uuid4(): count for count in (1, 2, 30, 0, 7)}
    for stream, count in lengths.items():
        for version in range(count):
            await intake.append(writes("intake", "test.write", uuid4(), {stream: (version, 1)}))
    told = await asyncio.gather(*map(intake.stream, lengths))
    assert [[one.version for one in stream] for stream in told] == [list(range(1, n + 1)) for n in lengths.values()]
    assert [{one.stream_id for one in stream} for stream in told] == [{s} if n else set() for s, n in lengths.items()]


async def test_streams_are_read_by_a_plan_that_was_made_once(intake: CaseStore) -> None:
    for _ in range(8):
        await intake.stream(uuid4())
    sql = "select generic_plans, custom_plans from pg_prepared_statements where statement = $1"
    [plans] = await intake._streams.fetch(sql, STREAMS)
    assert dict(plans) == {"generic_plans": 8, "custom_plans": 0}


async def test_streams_are_read_by_their_index_though_the_plan_was_made_while_there_were_none(
    database: str, intake: CaseStore
) -> None:
    sql = "select sum(seq_scan) from pg_stat_user_tables where schemaname = 'casestore' and relname = any($1)"
    owner, tables = await asyncpg.connect(database), ["events", "heads"]
    try:
        for table in tables:
            await owner.execute(f"vacuum analyze casestore.{table}")  # Now the planner knows that they are empty.
        scanned = await owner.fetchval(sql, tables)
        for _ in range(8):
            await intake.stream(uuid4())
        await intake._streams.fetch("select pg_stat_force_next_flush()")
        assert await owner.fetchval(sql, tables) == scanned
    finally:
        await owner.close()


async def test_streams_are_read_on_after_their_connection_was_lost(intake: CaseStore) -> None:
    stream = uuid4()
    await intake.append(writes("intake", "test.write", uuid4(), {stream: (0, 3)}))
    [row] = await intake._streams.fetch("select pg_backend_pid() as process")
    await intake.pool.execute("select pg_terminate_backend($1)", row["process"])
    with suppress(Away):  # Told to whoever asks before it was noticed.
        await intake.stream(stream)
    assert len(await intake.stream(stream)) == 3


async def test_whoever_asks_a_closed_store_for_a_stream_is_told_that_it_is_away(intake: CaseStore) -> None:
    await intake.close()
    with pytest.raises(Away):
        await intake.stream(uuid4())
