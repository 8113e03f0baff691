"""Who is measured: the case store, COPY into the same tables as the limit, and the eventsourcing library's recorder."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID, uuid4

import asyncpg
from eventsourcing.persistence import ApplicationRecorder

from deploy.bench.written import AN_APPEND, append, appends, rows, stored_events
from shared.casestore import CaseStore
from shared.casestore.appending import Append
from shared.casestore.recorded import COLUMNS
from shared.casestore.store import READ_AT_ONCE

Connection: TypeAlias = "asyncpg.Connection[Any]"


async def by_callers(work: Sequence[Callable[[], Awaitable[object]]], callers: int) -> float:
    """Seconds until all of it is done by so many callers, each of whom waits for an answer before asking again."""
    _settle()
    left = iter(work)

    async def caller() -> None:
        for each in left:
            await each()

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return time.perf_counter() - started


async def ours(store: CaseStore, events: int, callers: int) -> float:
    """Events a second, five an append, on new streams."""
    work = [_appending(store, each) for each in appends(events)]
    return events / await by_callers(work, callers)


async def onto_existing(store: CaseStore, events: int, callers: int) -> float:
    """Events a second, one an append, each caller onto a stream of its own."""
    streams = [uuid4() for _ in range(callers)]
    for stream in streams:
        await store.append(append(stream, 0, AN_APPEND))
    each = events // callers
    work = [[append(stream, AN_APPEND + nth, 1) for nth in range(each)] for stream in streams]

    async def caller(of: Sequence[Append]) -> None:
        for what in of:
            await store.append(what)

    started = time.perf_counter()
    await asyncio.gather(*map(caller, work))
    return each * callers / (time.perf_counter() - started)


async def singles(store: CaseStore, count: int) -> list[float]:
    """Seconds of each append of one event, one after the other."""
    return [await _seconds(_appending(store, append(uuid4(), 0, 1))) for _ in range(count)]


async def bare(connection: Connection, count: int) -> list[float]:
    """Seconds of each one-row commit of a table with a key, one after the other."""
    await connection.execute("create table if not exists bare (id uuid primary key, data bytea)")
    sql = "insert into bare values ($1, $2)"
    return [await _seconds(lambda: connection.execute(sql, uuid4(), b"x" * 230)) for _ in range(count)]


async def copied(connection: Connection, events: int, a_transaction: int) -> float:
    """Events a second by binary COPY, all columns ready-made."""
    after = await connection.fetchval("select coalesce(max(position), 0) from casestore.events")
    told, heads = rows(appends(events), after)
    _settle()
    started = time.perf_counter()
    for begin in range(0, events, a_transaction):
        end = begin + a_transaction
        async with connection.transaction():
            await connection.copy_records_to_table("events", schema_name="casestore", records=told[begin:end])
            of = heads[begin // AN_APPEND : end // AN_APPEND]
            await connection.copy_records_to_table("heads", schema_name="casestore", records=of)
    return events / (time.perf_counter() - started)


def recorded(recorder: ApplicationRecorder, events: int, threads: int) -> float:
    """Events a second by the library's own recorder, five an insert."""
    work = [stored_events(each) for each in appends(events)]
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        list(pool.map(recorder.insert_events, work))
    return events / (time.perf_counter() - started)


def recorder_of_the_library(url: str) -> ApplicationRecorder:
    """The library's recorder on that database, its tables made. Raises ImportError where psycopg is missing."""
    from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore  # Psycopg is a tool of ours only.

    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    store = PostgresDatastore(
        parts.path.lstrip("/"), asked["host"][0], asked["port"][0], parts.username or "", unquote(parts.password or ""),
        pool_size=4,
    )  # fmt: skip
    recorder = PostgresApplicationRecorder(store, events_table_name="stored_events")
    recorder.create_table()
    return recorder


async def loading(store: CaseStore, streams: Sequence[UUID], callers: int) -> float:
    """Streams a second, each loaded and decoded."""
    return len(streams) / await by_callers([_loading(store, each) for each in streams], callers)


async def read(store: CaseStore) -> float:
    """Events a second of the whole log, read and decoded."""
    started, position = time.perf_counter(), 0
    while told := await store.read(position):
        position = told[-1].position
    return position / (time.perf_counter() - started)


async def fetched(connection: Connection) -> float:
    """Events a second of the same rows, only fetched, as many at once: more are no quicker for it either."""
    sql = f"select {COLUMNS} from casestore.events where position > $1 order by position limit $2"  # noqa: S608  (constants)
    started, position = time.perf_counter(), 0
    while told := await connection.fetch(sql, position, READ_AT_ONCE):
        position = told[-1]["position"]
    return position / (time.perf_counter() - started)


async def with_streams(store: CaseStore, count: int, events: int) -> list[UUID]:
    """So many new streams of so many events each."""
    made = [uuid4() for _ in range(count)]
    await by_callers([_appending(store, append(each, 0, events)) for each in made], 64)
    return made


def at(share: float, of: Iterable[float]) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(of)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _settle() -> None:
    """What was made ready is no business of the collector's while the clock runs, as in the services."""
    gc.collect()
    gc.freeze()


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def _appending(store: CaseStore, what: Append) -> Callable[[], Awaitable[object]]:
    return lambda: store.append(what)


def _loading(store: CaseStore, stream_id: UUID) -> Callable[[], Awaitable[object]]:
    return lambda: store.stream(stream_id)
