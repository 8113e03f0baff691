"""What ends and closes, however often it is told to and whatever else fails."""

import asyncio

from shared.tasks import AGAIN_SECONDS, closed, ended

SECONDS_MAX = 10.0


class Client:
    """Something open, which takes its time to close."""

    def __init__(self, seconds: float = 0.0, fails: type[Exception] | None = None) -> None:
        self._seconds, self._fails = seconds, fails
        self.is_closed = asyncio.Event()

    async def close(self) -> None:
        await asyncio.sleep(self._seconds)
        if self._fails:
            raise self._fails
        self.is_closed.set()


async def test_what_cannot_be_closed_leaves_nothing_else_open() -> None:
    broken, well = Client(fails=ConnectionError), Client()
    await closed(broken.close(), well.close(), seconds_max=SECONDS_MAX)
    assert (broken.is_closed.is_set(), well.is_closed.is_set()) == (False, True)


async def test_what_takes_longer_is_not_waited_for_and_closes_all_the_same() -> None:
    slow = Client(0.2)
    await closed(slow.close(), seconds_max=0.0)
    assert not slow.is_closed.is_set()
    async with asyncio.timeout(SECONDS_MAX):
        await slow.is_closed.wait()


async def test_who_is_told_to_end_while_it_closes_has_closed_everything() -> None:
    clients = [Client(1.2 * AGAIN_SECONDS), Client(1.4 * AGAIN_SECONDS)]

    async def work() -> None:
        try:
            await asyncio.sleep(SECONDS_MAX)
        finally:
            await closed(*(each.close() for each in clients), seconds_max=SECONDS_MAX)

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    await ended([working])
    async with asyncio.timeout(SECONDS_MAX):
        await asyncio.gather(*(each.is_closed.wait() for each in clients))


async def test_a_cancellation_that_was_taken_for_something_else_is_said_again() -> None:
    heard = 0

    async def work() -> None:
        nonlocal heard
        while heard < 2:
            try:
                await asyncio.sleep(SECONDS_MAX)
            except asyncio.CancelledError:
                heard += 1

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    await ended([working])
    assert heard == 2
