"""Ctrl-C: the first one stops in order, the second one at once, and the make that waits sees no error."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def until_asked(
    living: Coroutine[object, object, None], stop_now: Callable[[], Awaitable[None]], tell: Callable[[str], None]
) -> None:
    """Run it until a signal asks to stop, which cancels it; a second signal ends what it is still waiting for."""
    life = asyncio.create_task(living)
    hurry = asyncio.Event()

    def ask() -> None:
        if life.cancelling():
            hurry.set()
        else:
            tell("Stopping everything; Ctrl-C again stops at once.")
            life.cancel()

    loop = asyncio.get_running_loop()
    with own_foreground():
        for number in SIGNALS:
            loop.add_signal_handler(number, ask)
        hurried = asyncio.create_task(hurry.wait())
        await asyncio.wait({life, hurried}, return_when=asyncio.FIRST_COMPLETED)
        if not life.done():
            await stop_now()
        await asyncio.wait({life})
        hurried.cancel()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
    with suppress(asyncio.CancelledError):
        await life


@contextmanager
def own_foreground() -> Iterator[None]:
    """Within it Ctrl-C reaches this process and not the make that waits for it; else nothing changes."""
    if "MAKELEVEL" not in os.environ or not sys.stdin.isatty() or os.getpgrp() == os.getpid():
        yield
        return
    terminal = sys.stdin.fileno()
    before = os.tcgetpgrp(terminal)
    if before != os.getpgrp():  # In the background Ctrl-C does not come to us anyway.
        yield
        return
    # A group in the background that takes the terminal is stopped unless it ignores this; and Ctrl-Z would stop
    # us with nobody there to wake us up.
    kept = [(number, signal.signal(number, signal.SIG_IGN)) for number in (signal.SIGTTOU, signal.SIGTSTP)]
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(terminal, before)
        for number, handler in kept:
            signal.signal(number, handler)
