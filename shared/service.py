"""Running a service: its reader, its deadlines, its consumer and its HTTP side, until it is told to stop."""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine, Sequence
from importlib.resources import files
from typing import Any

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI

from shared import telemetry
from shared.bus import Consumer, forget_answered
from shared.casestore import CaseStore
from shared.casestore.appending import GONE
from shared.deadlines import Waiting
from shared.http import Check, answers_when
from shared.projections import Reader
from shared.rebuilding import beside
from shared.settings import Settings
from shared.standing import stands_still
from shared.tasks import ended, hear_cancellation

STOP_SECONDS_MAX = 10.0
log = structlog.get_logger()


def sql_of(package: str, name: str = "schema.sql") -> str:
    """An SQL file that lies beside a service's code."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


async def open_store(settings: Settings) -> CaseStore:
    """The store, waited for as long as it takes."""
    wait = 0.1
    while True:
        try:
            return await CaseStore(settings.database_url, settings.master, settings.service).open()
        except GONE as gone:
            hear_cancellation()
            log.warning("store away", because=type(gone).__name__)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 5.0)


def checks(store: CaseStore, reader: Reader, consumer: Consumer | None) -> dict[str, Check]:
    """What must be well before a service is ready."""

    async def database() -> str | None:
        try:
            await store.pool.fetchval("select 1", timeout=2)
        except GONE as gone:
            return type(gone).__name__
        return None

    async def projections() -> str | None:
        building = not reader.prepared.is_set()
        if stands_still(reader.name) or (building and stands_still(beside(reader.name))):
            return "a projection stands still"
        return f"building: {reader.built_to} events read" if building else None

    async def broker() -> str | None:
        return None if consumer is None else consumer.unwell()

    return {"database": database, "projections": projections, "broker": broker}


async def run(
    settings: Settings, store: CaseStore, reader: Reader, waiting: Waiting | None, consumer: Consumer | None,
    app: FastAPI, others: Sequence[Coroutine[Any, Any, None]] = (),
) -> None:  # fmt: skip
    """Run all parts until SIGTERM or SIGINT; then HTTP first, consumer next, the store last.

    All but the reader waits until the projections it asks are there; `/readyz` says how far they are.
    """
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    gc.freeze()  # What was loaded by now lives as long as the process: collecting need not walk through it again.
    config = uvicorn.Config(
        answers_when(reader.prepared, app), host="127.0.0.1", port=settings.port, log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    server.capture_signals = telemetry.leave_signals  # type: ignore[method-assign]  # The order of stopping is ours.
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(part) for part in (reader.run(), server.serve())]
    asking = [*others, forget_answered(store), *(part.run() for part in (waiting, consumer) if part is not None)]
    tasks += [asyncio.create_task(_run_when(reader.prepared, part)) for part in asking]
    wait: asyncio.Task[Any] = asyncio.create_task(stopping.wait())
    while not wait.done():
        done, _ = await asyncio.wait([wait, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {wait}:
            tasks.remove(task)
            if task.exception() is not None:
                log.error("a part of the service ended", exc_info=task.exception())
                stopping.set()
    log.info("stopping")
    server.should_exit = True
    try:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            for task in tasks:
                task.cancel()
            if consumer is not None:
                await consumer.stop()
            await ended(tasks)
            await store.close()
    except TimeoutError:
        log.error("stopped hard: something did not end in time")


async def _run_when(prepared: asyncio.Event, part: Coroutine[Any, Any, None]) -> None:
    try:
        await prepared.wait()
    except asyncio.CancelledError:
        part.close()  # It never began.
        raise
    await part


def start(service: str, main: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """A service process's first line: telemetry, settings, then its own main."""
    telemetry.set_up(service)
    uvloop.run(main(Settings.read(service)))
