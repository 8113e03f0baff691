"""Ending background tasks so that they end, and closing what they held so that it is closed."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

AGAIN_SECONDS = 0.5

_closing = set["asyncio.Task[Any]"]()  # The loop itself would let them be collected while they are under way.


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


async def closed(*closings: Coroutine[Any, Any, object], seconds_max: float) -> None:
    """Wait until all of these have closed what they close, or this long.

    Each is a task of its own: nothing stays open because another fails or hangs, or because we are cancelled while we
    wait, and what takes longer ends by itself. What one raises is nobody's: a client of a server that is gone may fail
    even to leave.
    """
    tasks = [asyncio.create_task(each) for each in closings]
    for task in tasks:
        _closing.add(task)
        task.add_done_callback(_is_closed)
    await asyncio.wait(tasks, timeout=seconds_max)


def _is_closed(task: "asyncio.Task[Any]") -> None:
    _closing.discard(task)
    if not task.cancelled():
        task.exception()
