"""Starts again what ends by itself: at once the first time, with longer and longer waits if it goes on."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from deploy.embedded.process import Failed

LOOK_EVERY_SECONDS = 0.2
WAIT_SECONDS_FIRST, WAIT_SECONDS_MAX = 0.5, 30.0
STEADY_SECONDS = 60.0  # What ran for so long is started again without a longer wait.


class Runs(Protocol):
    """A server or child of which one can ask whether it runs."""

    @property
    def is_running(self) -> bool: ...


class Keeping:
    """What is kept up, and what rests because somebody stopped it on purpose."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self.resting: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def keep(self, name: str, what: Callable[[], Runs], start: Callable[[], Awaitable[object]]) -> None:
        """From now on start it again whenever it does not run and does not rest."""
        self._tasks.append(asyncio.create_task(self._keep(name, what, start)))

    async def end(self) -> None:
        """Start nothing again from now on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _keep(self, name: str, what: Callable[[], Runs], start: Callable[[], Awaitable[object]]) -> None:
        wait, since = WAIT_SECONDS_FIRST / 2, time.monotonic()
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            if name in self.resting or what().is_running:
                continue
            steady = time.monotonic() - since > STEADY_SECONDS
            wait = WAIT_SECONDS_FIRST if steady else min(wait * 2, WAIT_SECONDS_MAX)
            self.tell(f"{name} ended by itself; starting it again in {wait:.1f} s.")
            await asyncio.sleep(wait)
            since = time.monotonic()
            if name in self.resting:
                continue
            try:
                await start()
            except (Failed, OSError, TimeoutError) as failure:
                self.tell(f"{name} does not start: {failure}")
            else:
                self.tell(f"{name} is back.")
