"""How long to wait before trying again what is away: longer each time, never long, and no two in step."""

import asyncio
from random import uniform

BACK_OFF_SECONDS_MAX = 5.0


class BackOff:
    """Waits between tries: each twice as long as the last, up to five seconds, and never two processes in step."""

    def __init__(self, first_seconds: float) -> None:
        self._first = self._next = first_seconds

    def over(self) -> None:
        """It went well: the next trouble is a new one."""
        self._next = self._first

    async def wait(self) -> None:
        """Wait, up to twice as long as is due."""
        await asyncio.sleep(self._next + uniform(0, self._next))  # noqa: S311  (jitter is no secret)
        self._next = min(self._next * 2, BACK_OFF_SECONDS_MAX)
