"""Building a service's projections anew beside the live ones, which go on being shown until the new ones replace them.

Everything is read again from the first event into the service's second schema. Once it has come as far as the live
tables, one transaction puts the new tables, deadlines and position in the place of the live ones: whoever asks sees the
old rows or the new ones, never none. Deadlines built beside lie in a table of their own and fire only from then on.
Killed on the way, it begins again from the first event: the code may have changed meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from shared.casestore import Recorded
from shared.casestore.appending import ANSWER_SECONDS_MAX
from shared.moving import Place, move
from shared.standing import until_done
from shared.tables import BUILT, WAITING, Connection, digests, tables

if TYPE_CHECKING:
    from shared.projections import Reader

BUILDERS = 727_003  # The advisory lock under which one of a service's processes builds.
BATCH = 500
LOOK_SECONDS = 0.5
TOGETHER_SECONDS_MAX = 10.0
# Shorter than PostgreSQL waits before it looks for deadlocks: then it is always the swap that gives way, never a query.
SWAP_SETTINGS = "set local lock_timeout = '300ms'; set local idle_in_transaction_session_timeout = '10s'"

log = structlog.get_logger()


def beside(service: str) -> str:
    """The name of a service's second schema, and of the reader that fills it."""
    return f"{service}_next"


async def ask(owner: Connection, service: str) -> None:
    """Ask for a rebuild, as the store's owner. The reader's row is the request, and is gone when it is done."""
    sql = """insert into casestore.readers (reader, owner, epoch, position, hash)
             select $1, 'sovinto_' || $2, epoch, 0, '' from casestore.store on conflict do nothing"""
    await owner.execute(sql, beside(service), service)


async def reached(owner: Connection, service: str) -> int | None:
    """How far a rebuild that was asked for has come; None once it is done."""
    position: int | None = await owner.fetchval(
        "select position from casestore.readers where reader = $1", beside(service)
    )
    return position


async def is_asked(live: "Reader") -> str | None:
    """Whether a rebuild was asked for and is not done, also where a process was killed while it built."""
    sql = "select exists (select from casestore.readers where reader = $1)"
    return "asked to" if await live.store.pool.fetchval(sql, beside(live.name)) else None


async def shape_of(db: Any, schema: str) -> str | None:
    """The shape of the tables in a schema, as they say themselves; None where there are none."""
    if await db.fetchval("select to_regclass($1)", f"{schema}.{BUILT}") is None:
        return None
    shape: str | None = await db.fetchval(f"select shape from {schema}.{BUILT}")  # noqa: S608  (a service's name)
    return shape


async def rebuild(live: "Reader", wanted: Callable[[], Awaitable[str | None]]) -> None:
    """Build anew beside the live tables and let that take their place, if there still is a reason once it is our turn.

    What fails in a projection stands still with an alarm, and the live tables stay. Raises Away and GONE.
    """
    async with _builder(live) as db:
        why = await wanted()
        if not why:
            return
        log.info("building anew", reader=live.name, because=why)
        anew = Rebuild(live, db)
        await anew.begin()
        await anew.catch_up()
        differed = await anew.compare() if live.prepared.is_set() else None
        if differed:
            log.warning("what was built anew differs", reader=live.name, tables=differed)
        await anew.swap(differed)
        log.info("built anew", reader=live.name, position=live.position)


@asynccontextmanager
async def _builder(live: "Reader") -> AsyncIterator[Connection]:
    """A connection whose tables are those beside the live ones, while no other process of the service has one."""
    settings = {"search_path": beside(live.name), "synchronous_commit": "off"}
    db = await asyncpg.connect(live.store.dsn, command_timeout=ANSWER_SECONDS_MAX, server_settings=settings)
    try:
        there = False
        while not there:
            there = await db.fetchval("select pg_try_advisory_lock($1, hashtext($2))", BUILDERS, live.name)
            await asyncio.sleep(0 if there else LOOK_SECONDS)
        yield db
    finally:
        db.terminate()  # Whatever it was at is undone by the server.


class Rebuild:
    """One rebuild. `position` is how far it has come."""

    def __init__(self, live: "Reader", db: Connection) -> None:
        self._live, self._db = live, db
        self.name, self.tables, self.position = beside(live.name), 0, 0

    async def begin(self) -> None:
        """Make the tables beside, whatever was there before."""
        async with self._db.transaction():
            await self._empty()
            await self._db.execute(self._live.schema)
            await self._db.execute(f"create table {WAITING} (like waiting.{WAITING} including all)")
            await self._db.execute(f"""create table {BUILT} (
                one boolean primary key default true check (one), shape text not null, position bigint,
                at timestamptz, differed text[])""")
            self.tables = await self._db.fetchval(f"select '{BUILT}'::regclass::oid")
            await self._db.execute(f"insert into {BUILT} (shape) values ($1)", self._live.shape)  # noqa: S608
            sql = """insert into casestore.readers (reader, epoch, position, hash) values ($1, $2, 0, '')
                     on conflict (reader) do update set epoch = $2, position = 0, hash = ''"""
            await self._db.execute(sql, self.name, self._live.store.epoch)

    async def _empty(self) -> None:
        if there := [f'{self.name}."{name}"' for name in await tables(self._db, self.name)]:
            await self._db.execute(f"drop table {', '.join(there)} cascade")

    async def catch_up(self) -> None:
        """Read on until nothing more is there."""
        while await until_done(self.name, self._move_on, when_away=False) == BATCH:
            self._live.built_to = self.position

    async def _move_on(self, limit: int = BATCH) -> int:
        told = await self._live.store.read(self.position, limit)
        if told:
            await self._move(told)
        return len(told)

    async def _move(self, told: Sequence[Recorded]) -> None:
        await move(self._db, Place(self.name, self.tables, self.position), told, self._live.projections)
        self.position = told[-1].position

    async def compare(self) -> Sequence[str] | None:
        """The tables whose rows differ from the live ones' at the same position; None where the two are not together.

        Both are read in one snapshot, so the live ones are held up only until that is taken.
        """
        sql = "select count(distinct position) from casestore.readers where reader = any($1)"
        seen = self._db.transaction(isolation="repeatable_read", readonly=True)
        await self._live.reached(self.position, TOGETHER_SECONDS_MAX)  # It never does where it stands still.
        async with self._live.moving:
            while self.position < self._live.position:
                await self._move_on(min(BATCH, self._live.position - self.position))
            await seen.start()
            together = await self._db.fetchval(sql, [self._live.name, self.name]) == 1
        try:
            if not together:
                return None
            lived = await digests(self._db, self._live.name, self._live.name)
            anew = await digests(self._db, self._live.name, self.name)
            return sorted(name for name in {*lived, *anew} if lived.get(name) != anew.get(name))
        finally:
            await seen.rollback()

    async def swap(self, differed: Sequence[str] | None = None) -> None:
        """Put what was built in the place of the live tables, as soon as no query of theirs is in the way."""
        while True:
            await self.catch_up()
            position = self.position
            try:
                async with self._live.moving:
                    async with self._db.transaction():
                        await self._db.execute(SWAP_SETTINGS)
                        await self._replace(differed)
                    self._live.tables = self.tables
                    self._live.is_at(self.position)
                    return
            except asyncpg.LockNotAvailableError:
                self.position = position  # The transaction was undone, and so was what it read on.
                log.info("queries are in the way of the swap", reader=self.name)
            await asyncio.sleep(LOOK_SECONDS)

    async def _replace(self, differed: Sequence[str] | None) -> None:
        """Within one transaction: come as far as the live tables, drop them, and be them."""
        sql = "select position from casestore.readers where reader = $1 for update"
        until = await self._db.fetchval(sql, self._live.name) or 0
        while self.position < until:
            told = await self._live.store.read(self.position, min(BATCH, until - self.position))
            await self._move(told)
        await self._replace_tables()
        # A deadline that both have stays as it is, also when it was set: what counts from then on is not put off.
        await self._db.execute(DEADLINES_GONE, self._live.name)
        await self._db.execute(DEADLINES_NEW, self._live.name)
        await self._empty()
        await self._db.execute(REPLACE_POSITION, self._live.name, self.name)
        await self._db.execute("delete from casestore.readers where reader = $1", self.name)
        sql = f"update {self._live.name}.{BUILT} set position = $1, at = clock_timestamp(), differed = $2"  # noqa: S608
        await self._db.execute(sql, self.position, differed)

    async def _replace_tables(self) -> None:
        lived, anew = await tables(self._db, self._live.name), await tables(self._db, self.name)
        kept = {name for name, computed in lived.items() if not computed}
        if await shape_of(self._db, self._live.name) != self._live.shape:
            kept = set()
        if gone := [f'{self._live.name}."{name}"' for name in lived if name not in kept]:
            await self._db.execute(f"drop table {', '.join(gone)} cascade")
        for name in anew:
            if name not in kept and name != WAITING:
                await self._db.execute(f'alter table {self.name}."{name}" set schema {self._live.name}')


DEADLINES_GONE = """
    delete from waiting.deadlines l where l.service = $1 and not exists (
        select from deadlines n where (n.event_id, n.name, n.stream_id, n.at, n.handler, n.about, n.outgoing)
                                    = (l.event_id, l.name, l.stream_id, l.at, l.handler, l.about, l.outgoing))
"""
DEADLINES_NEW = """
    insert into waiting.deadlines (event_id, name, stream_id, at, handler, about, outgoing, set_at)
    select n.event_id, n.name, n.stream_id, n.at, n.handler, n.about, n.outgoing, n.set_at from deadlines n
    where not exists (select from waiting.deadlines l
                      where l.service = $1 and l.event_id = n.event_id and l.name = n.name)
"""
REPLACE_POSITION = """
    insert into casestore.readers (reader, epoch, position, hash)
    select $1, epoch, position, hash from casestore.readers where reader = $2
    on conflict (reader) do update set epoch = excluded.epoch, position = excluded.position, hash = excluded.hash
"""
