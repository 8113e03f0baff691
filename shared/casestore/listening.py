"""Waking up when something was told: LISTEN on one connection a process, and looking by oneself now and then."""

import asyncio
from contextlib import suppress
from typing import Any, Self

import asyncpg

from shared.tasks import hear_cancellation

# How a notification begins: after an append it is empty; a demo's clock has moved; the relay has sent, and then what.
APPENDED, CLOCK, SENT = "", "clock", "sent"


class Listening:
    """A process's one connection on which it is told. Each NOTIFY wakes every session that listens, so one it is."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection[Any] | None = None
        self._connecting = asyncio.Lock()
        self.connections = 0  # How often it was connected.
        self.changes = set[Changes]()

    async def open(self) -> Self:
        """Begin to listen, unless it does. Raises OSError or a PostgreSQL error where the store is away."""
        async with self._connecting:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._dsn, command_timeout=30)
                await self._connection.add_listener("sovinto", self._heard)
                self.connections += 1
        return self

    async def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError, TimeoutError):
                await self._connection.close(timeout=2)

    def _heard(self, _connection: object, _process: int, _channel: str, payload: object) -> None:
        of, _, told = str(payload).partition(" ")
        for each in self.changes:
            if of in each.of:
                each.told = told
                each.wake()


class Changes:
    """Wakes its one user when one of these was told. A lost wake-up costs a wait, never an event."""

    def __init__(self, listening: Listening, *of: str) -> None:
        self._listening, self.of = listening, of
        self._event, self._connections = asyncio.Event(), 0
        self.told = ""  # What the last one said.
        listening.changes.add(self)

    async def wait(self, seconds_max: float) -> bool:
        """Until something changed, or this long. Listens again where the connection was lost: True then, and at once,
        for the server may have died, and without what was committed to it and not flushed to disk."""
        with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError, TimeoutError):
            await self._listening.open()
        hear_cancellation()
        if self._connections != self._listening.connections:
            self._connections = self._listening.connections
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds_max):
                await self._event.wait()
        self._event.clear()
        return False

    def wake(self) -> None:
        """Wake the waiting one from within the process."""
        self._event.set()

    def end(self) -> None:
        """Be woken no more."""
        self._listening.changes.discard(self)
