"""A service's deadlines as tests have them fire: when they say so, and all at once."""

import asyncio

from shared.deadlines import Waiting


class ByHand(Waiting):
    """Deadlines that nobody runs: what is due is fired when a test says so."""

    async def fire_due(self) -> bool:
        """Fire everything due now that was not fired yet, and wait for it. False when there was nothing to do."""
        due = await self._due()
        await asyncio.gather(*(self._fire(row, now) for row, now in due))
        return bool(due)
