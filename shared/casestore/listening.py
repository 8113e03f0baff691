"""Waking up when something was appended: LISTEN on a connection of its own, and looking by oneself now and then."""

import asyncio
from contextlib import suppress
from typing import Any, Self

import asyncpg

from shared.tasks import hear_cancellation

CLOCK = "clock"  # What a notification says when a demo's clock has moved. After an append it says nothing.


class Changes:
    """Wakes its one user after appends, or only when the clock moved. A lost wake-up costs a wait, never an event."""

    def __init__(self, dsn: str, *, clock_only: bool = False) -> None:
        self._dsn, self._clock_only = dsn, clock_only
        self._event = asyncio.Event()
        self._connection: asyncpg.Connection[Any] | None = None

    async def open(self) -> Self:
        """Begin to listen. Raises OSError or a PostgreSQL error where the store is away."""
        self._connection = await asyncpg.connect(self._dsn, command_timeout=30)
        await self._connection.add_listener("sovinto", self._heard)
        return self

    async def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError, TimeoutError):
                await self._connection.close(timeout=2)

    async def wait(self, seconds_max: float) -> bool:
        """Until something changed, or this long. Listens again where the connection was lost: True then, and at once,
        for the server may have died, and without what was committed to it and not flushed to disk."""
        if self._connection is None or self._connection.is_closed():
            with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError, TimeoutError):
                await self.open()
                return True
            hear_cancellation()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds_max):
                await self._event.wait()
        self._event.clear()
        return False

    def wake(self) -> None:
        """Wake the waiting one from within the process."""
        self._event.set()

    def _heard(self, _connection: object, _process: int, _channel: str, told: object) -> None:
        if told == CLOCK or not self._clock_only:
            self._event.set()
