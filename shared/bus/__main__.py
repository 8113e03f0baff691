"""`python -m shared.bus`: the relay as a process of its own, with its health beside it."""

import asyncio
import os
import signal
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI
from prometheus_client import Gauge

from shared import telemetry
from shared.bus.relay import Relay
from shared.http import health
from shared.tasks import ended

POSITION = Gauge("sovinto_relay_position", "The last position the relay has sent")


async def main() -> None:
    """Relay until told to stop."""
    relay = Relay(os.environ["SOVINTO_DATABASE_URL"], os.environ["SOVINTO_KAFKA"])
    POSITION.set_function(lambda: relay.position)

    async def active() -> str | None:
        return None if relay.active else "waiting for the store, the broker or its turn"

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health({"relay": active}))
    config = uvicorn.Config(
        app, host="127.0.0.1", port=int(os.environ["SOVINTO_PORT"]), log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    server.capture_signals = telemetry.leave_signals  # type: ignore[method-assign]  # They are handled here.
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(part) for part in (relay.run(), server.serve())]
    told = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
    await ended([told, *tasks])
    for part in done - {told}:
        part.result()  # Neither ends by itself: who started us sees why.


telemetry.set_up("relay")
uvloop.run(main())
