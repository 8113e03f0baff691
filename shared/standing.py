"""A projection that fails stands still, with an alarm, and is tried again; what is only away is waited for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from prometheus_client import Gauge

from shared.casestore.appending import GONE
from shared.errors import Away
from shared.tasks import hear_cancellation

AGAIN_SECONDS = 5.0

T = TypeVar("T")
log = structlog.get_logger()
STOPPED = Gauge("sovinto_reader_stopped", "1 while a projection stands still because it failed", ["reader"])


def stands_still(reader: str) -> bool:
    """Whether this reader's alarm is on."""
    return bool(STOPPED.labels(reader)._value.get())  # The client library has no other way to ask.


async def until_done(reader: str, work: Callable[[], Awaitable[T]], *, when_away: bool = True) -> T:
    """Do it, again and again until it is done. Raises Away and GONE unless they are to be waited for here."""
    wait = 0.2
    while True:
        try:
            done = await work()
        except (Away, *GONE):
            hear_cancellation()
            if not when_away:
                raise
            await asyncio.sleep(wait)
            wait = min(wait * 2, AGAIN_SECONDS)
        except Exception:
            hear_cancellation()
            STOPPED.labels(reader).set(1)
            log.exception("projection stands still", reader=reader)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            STOPPED.labels(reader).set(0)
            return done
