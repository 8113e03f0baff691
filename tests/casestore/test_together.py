"""Streams asked for together are read together, and each who asked is answered on its own."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from shared.casestore import CaseStore
from shared.casestore.together import Together
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
