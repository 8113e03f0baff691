"""A driver at its worst moment: cancelled while it cleans up, it tells of a lost connection instead."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import asyncpg

from shared.tasks import ended

SECONDS_MAX = 30.0


class Driver:
    """Asked for anything it does not answer; a cancellation it turns into an outage."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def __call__(self, *_what: object, **_how: object) -> Any:
        self.asked.set()
        try:
            await asyncio.sleep(SECONDS_MAX)
        except asyncio.CancelledError:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation") from None

    async def sees_the_end_of(self, part: Coroutine[Any, Any, object]) -> None:
        """The part asks this driver, is cancelled meanwhile, and ends though it hears of an outage."""
        task = asyncio.create_task(part)
        async with asyncio.timeout(SECONDS_MAX):
            await self.asked.wait()
        self.asked.clear()
        task.cancel()
        await asyncio.wait([task], timeout=SECONDS_MAX)
        try:
            assert task.cancelled(), "it took its cancellation for an outage"
        finally:
            await ended([task])
