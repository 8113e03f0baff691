"""`python -m tests.faults.noisy`: the relay with a producer that loses, repeats, delays and reorders what it is given.

SOVINTO_NOISE is the seed. Everything else is the relay's own code.
"""

import asyncio
import os
import random
import runpy
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.bus import relay

LOST, AGAIN, LATE = 0.004, 0.05, 0.006  # Of all messages. What is lost is fed again, with as much chance to be lost.
LATE_SECONDS_MAX = 0.3


class Batch:
    """A partition's batch as the relay fills it. What it is told to be late is not in it, but in `late`."""

    def __init__(self, inner: BatchBuilder) -> None:
        self.inner, self.late = inner, list[dict[str, Any]]()

    def append(self, **message: Any) -> object:
        """As if it had been taken; None where it is full."""
        chance = RNG.random()
        if chance < LOST:
            return _done()
        if chance < LOST + AGAIN:
            self.inner.append(**message)
        elif chance < LOST + AGAIN + LATE:
            self.late.append(message)
            return _done()
        return self.inner.append(**message)


class Noisy(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka publishes no types.
    """Says of everything that it was sent."""

    def create_batch(self) -> Batch:
        return Batch(super().create_batch())

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Any:
        LATER.extend(asyncio.create_task(self._later(message, topic, partition)) for message in batch.late)
        if not batch.inner.record_count():
            return _done()
        return await super().send_batch(batch.inner, topic, partition=partition)

    async def _later(self, message: dict[str, Any], topic: str, partition: int) -> None:
        await asyncio.sleep(RNG.uniform(0, LATE_SECONDS_MAX))
        await self.send(topic, message["value"], message["key"], partition, headers=message["headers"])


def _done() -> "asyncio.Future[None]":
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future


if __name__ == "__main__":
    RNG = random.Random(os.environ["SOVINTO_NOISE"])  # noqa: S311  (a fault, not a secret)
    LATER: list["asyncio.Task[None]"] = []
    relay.AIOKafkaProducer = Noisy  # type: ignore[attr-defined]
    runpy.run_module("shared.bus", run_name="__main__")
