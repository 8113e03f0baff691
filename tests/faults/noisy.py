"""`python -m tests.faults.noisy`: the relay with a producer that loses, repeats, delays and reorders what it is given.

SOVINTO_NOISE is the seed. Everything else is the relay's own code.
"""

import asyncio
import os
import random
import runpy
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.bus import relay

LOST, AGAIN, LATE = 0.004, 0.05, 0.006  # Of all messages. What is lost is fed again, with as much chance to be lost.
LATE_SECONDS_MAX = 0.3


class Noisy(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka publishes no types.
    """Says of everything that it was sent."""

    async def send(self, *what: Any, **more: Any) -> Any:
        chance = RNG.random()
        if chance < LOST:
            return _done()
        if chance < LOST + AGAIN:
            await super().send(*what, **more)
        elif chance < LOST + AGAIN + LATE:
            LATER.append(asyncio.create_task(self._later(what, more)))
            return _done()
        return await super().send(*what, **more)

    async def _later(self, what: tuple[Any, ...], more: dict[str, Any]) -> None:
        await asyncio.sleep(RNG.uniform(0, LATE_SECONDS_MAX))
        await super().send(*what, **more)


def _done() -> "asyncio.Future[None]":
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future


if __name__ == "__main__":
    RNG = random.Random(os.environ["SOVINTO_NOISE"])  # noqa: S311  (a fault, not a secret)
    LATER: list["asyncio.Task[None]"] = []
    relay.AIOKafkaProducer = Noisy  # type: ignore[attr-defined]
    runpy.run_module("shared.bus", run_name="__main__")
