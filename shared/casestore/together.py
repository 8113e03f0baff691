"""Streams read together: those asked for while others are being read go along in one round trip, as appends do.

One decision loads a case, its debtor, its client and our agency, and dozens of decisions are under way at once. More
than so many wait for the next round trip: what a process once took of memory for rows it hardly gives back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from uuid import UUID

import asyncpg

AT_ONCE_MAX = 32  # Streams: the rows of all are in memory until each of them is answered.

Rows = Sequence[asyncpg.Record]


class Together:
    """Answers the rows of a stream as they are at some moment after it was asked for.

    Args:
        read: the rows of these streams, those of each in their order.
    """

    def __init__(self, read: Callable[[Sequence[UUID]], Awaitable[Rows]]) -> None:
        self._read = read
        self._asked: dict[UUID, asyncio.Future[Rows]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def rows(self, stream_id: UUID) -> Rows:
        """The rows of this stream. Raises what reading raises."""
        answer = self._asked.get(stream_id)
        if answer is None:
            answer = self._asked[stream_id] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(_seen)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await asyncio.shield(answer)  # Another may wait for it too.

    async def _read_all(self) -> None:
        try:
            while self._asked:
                next_ones = list(islice(self._asked, AT_ONCE_MAX))
                await self._answer({stream_id: self._asked.pop(stream_id) for stream_id in next_ones})
        finally:
            self._reading = None

    async def _answer(self, asked: Mapping[UUID, "asyncio.Future[Rows]"]) -> None:
        try:
            rows = await self._read(list(asked))
        except asyncio.CancelledError:
            for answer in asked.values():
                answer.cancel()
            raise
        except Exception as wrong:  # Whatever it is, those who asked hear of it and the next are read.
            for answer in asked.values():
                answer.set_exception(wrong)
        else:
            of: dict[UUID, list[asyncpg.Record]] = {stream_id: [] for stream_id in asked}
            for row in rows:
                of[row["stream_id"]].append(row)
            for stream_id, answer in asked.items():
                answer.set_result(of[stream_id])


def _seen(answer: "asyncio.Future[Rows]") -> None:
    """Somebody looked at how it ended, though all who waited for it were cancelled."""
    if not answer.cancelled():
        answer.exception()
