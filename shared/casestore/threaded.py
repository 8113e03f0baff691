"""A case store for callers that wait in threads, as the `eventsourcing` library's do: one more thread runs the loop."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
from eventsourcing.persistence import DatabaseError, IntegrityError, OperationalError, ProgrammingError

from shared.casestore.appending import ANSWER_SECONDS_MAX, GONE, Append, OnStream, Placed
from shared.casestore.store import CaseStore
from shared.deciding import Call
from shared.errors import Away
from shared.tasks import ended, hear_cancellation

T = TypeVar("T")
Decide = Callable[[Call], Awaitable[Sequence[OnStream]]]  # What a call puts where, on what is true when it is asked.
ATTEMPTS_MAX = 8
AGAIN_SECONDS = 0.2
WAIT_SECONDS_MAX = ATTEMPTS_MAX * (ANSWER_SECONDS_MAX + AGAIN_SECONDS)
NO_KEYS = bytes(32)  # Nothing is sealed here, so the master key is never used, nor wanted.


class Connected:
    """A case store in a thread of its own, and the application whose events it keeps."""

    def __init__(self, url: str, application: str) -> None:
        self.kind = f"library.{application}"
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, name="casestore", daemon=True)
        self._thread.start()
        self.store = CaseStore(url, NO_KEYS)
        try:
            self.wait_for(self.store.open())
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """Disconnect and end the thread. May be repeated."""
        if self.loop.is_running():
            self.wait_for(self._closed())
            self._end()

    async def _closed(self) -> None:
        await self.store.close()
        await ended(asyncio.all_tasks() - {asyncio.current_task()})  # Subscriptions still listening, or just stopped.

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def start(self, what: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(what, self.loop)

    def wait_for(self, what: Coroutine[Any, Any, T]) -> T:
        """What it answers; the store's errors as the library names them."""
        try:
            return self.start(what).result(WAIT_SECONDS_MAX)
        except (Away, *GONE) as away:
            raise OperationalError(str(away)) from away
        except asyncpg.PostgresError as wrong:
            raise DatabaseError(str(wrong)) from wrong
        except ValueError as wrong:
            raise ProgrammingError(str(wrong)) from wrong

    def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        return self.wait_for(self.rows(sql, *values))

    async def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        return await _until_answered(lambda: self.store.pool.fetch(sql, *values))

    def append(self, streams: Decide) -> Placed:
        """One call, made until it is answered: what its streams hold is read, checked, and relied on."""
        return self.wait_for(self._append(streams))

    async def _append(self, streams: Decide) -> Placed:
        call = Call(self.kind, uuid4(), self.kind, "", await _until_answered(self.store.now))
        for _ in range(ATTEMPTS_MAX):
            what = Append(call, tuple(await streams(call)))
            placed = await _until_answered(partial(self.store.append, what))
            if placed.outcome != "conflict":
                return placed
        raise IntegrityError(f"others came first {ATTEMPTS_MAX} times, or the stream is not an application's")


async def _until_answered(ask: Callable[[], Awaitable[T]]) -> T:
    """Asked again where no answer came. The same call is appended once, however often it is made."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return await ask()
        except (Away, *GONE):
            hear_cancellation()
            await asyncio.sleep(AGAIN_SECONDS)
    return await ask()
