"""Ending background tasks, so that it ends."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 0.5


async def ended(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel these tasks and wait until all have ended; what they raised is theirs.

    A cancellation can be lost where a driver cleans up after it and fails with an error of its own, which the task
    takes for an outage and goes on. So it is said again until it was heard.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)


def hear_cancellation() -> None:
    """Where an error was taken for an outage: raise CancelledError if it came of this task's own cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
