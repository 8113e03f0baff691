"""A database error while many call: each is told, nobody hangs, and the same call again finds out what happened."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from msgspec.structs import replace

from deploy.embedded.postgres import Postgres
from shared.casestore import CaseStore, Installed, appending, install
from shared.casestore.appending import Append, Placed
from shared.errors import Away
from tests.casestore.conftest import BORN, MASTER, password
from tests.casestore.writing import writes

CALLERS = 120
ALL_SECONDS_MAX = 30.0  # For all callers together, on a loaded machine.
AGAIN_SECONDS = 0.05
LIMITS = ("statement_timeout = '1s'", "lock_timeout = '300ms'")
TROUBLE = """
    create table trouble (sleep float, errcode text);
    create function trouble() returns trigger language plpgsql security definer as $$
    declare now_on public.trouble;
    begin
        select * into now_on from public.trouble;
        if now_on.sleep is not null then perform pg_sleep(now_on.sleep); end if;
        if now_on.errcode is not null then raise exception using errcode = now_on.errcode; end if;
        return null;
    end $$;
    create trigger trouble after insert on casestore.events for each statement execute function trouble();
"""


class Troubled(msgspec.Struct):
    """A store, a superuser of its database, and all the calls made."""

    store: CaseStore
    owner: "asyncpg.Connection[asyncpg.Record]"
    calls: list[Append]

    def call(self, type_of: str = "intake", actor: str = "test") -> Append:
        made = writes(type_of, "test.write", uuid4(), {uuid4(): (0, 1)})
        return replace(made, call=replace(made.call, actor=actor))

    async def called(self) -> Sequence[Placed | BaseException]:
        """What many callers at once are told; fails where one of them hears nothing."""
        fresh = [self.call() for _ in range(CALLERS)]
        self.calls += fresh
        async with asyncio.timeout(ALL_SECONDS_MAX):
            return await asyncio.gather(*map(self.store.append, fresh), return_exceptions=True)

    async def backends_at_work(self) -> Sequence[int]:
        """Processes that hold the store's lock and are slow at it: waited for until there is one."""
        sql = "select pid from pg_stat_activity where usename = 'sovinto_intake' and wait_event = 'PgSleep'"
        found: list[int] = []
        async with asyncio.timeout(ALL_SECONDS_MAX):
            while not found:
                found = [row["pid"] for row in await self.owner.fetch(sql)]
        return found

    async def all_are_in_the_end(self) -> None:
        """Every call, made again until it is answered, is in the log once, where it was said to be."""
        async with asyncio.timeout(ALL_SECONDS_MAX):
            placed = await asyncio.gather(*(answered(self.store, call) for call in self.calls))
        read = await self.store.read(0, 10 * len(self.calls))
        assert [one.position for one in read] == list(range(1, len(self.calls) + 1))
        assert {one.cause: one.position for one in read} == {
            call.call.cause: each.position for call, each in zip(self.calls, placed, strict=True)
        }


async def answered(store: CaseStore, what: Append) -> Placed:
    while True:
        try:
            return await store.append(what)
        except Away:
            await asyncio.sleep(AGAIN_SECONDS)


async def opened(url: str, installed: Installed) -> Troubled:
    owner = await asyncpg.connect(url)
    await owner.execute(TROUBLE)
    name = await owner.fetchval("select current_database()")
    for limit in LIMITS:
        await owner.execute(f'alter role sovinto_intake in database "{name}" set {limit}')
    return Troubled(await CaseStore(installed.urls["intake"], MASTER, "intake").open(), owner, [])


@pytest_asyncio.fixture
async def troubled(database: str, installed: Installed) -> AsyncIterator[Troubled]:
    made = await opened(database, installed)
    yield made
    await made.store.close()
    await made.owner.close()


# A database error under load hangs no caller.


@pytest.mark.parametrize(
    "trouble",
    [
        "insert into trouble values (10)",
        "begin; lock table casestore.events in share mode",
        "insert into trouble values (null, '53100')",
        "insert into trouble values (null, '58030')",
        "insert into trouble values (null, '40P01')",
    ],
    ids=["too slow", "locked", "disk full", "disk broken", "deadlock"],
)
async def test_a_database_error_under_load_hangs_no_caller(troubled: Troubled, trouble: str) -> None:
    """None of it is a caller's fault, so each is told that the store is away, and none waits for the others."""
    await troubled.owner.execute(trouble)
    told = await troubled.called()
    assert {type(each) for each in told} == {Away}
    await troubled.owner.execute("rollback; delete from trouble")
    await troubled.all_are_in_the_end()


async def test_killed_backends_under_load_hang_no_caller(troubled: Troubled) -> None:
    await troubled.owner.execute("insert into trouble values (0.2)")
    calling = [asyncio.create_task(troubled.called()) for _ in range(3)]
    for pid in await troubled.backends_at_work():
        await troubled.owner.execute("select pg_terminate_backend($1)", pid)
    told = [one for each in await asyncio.gather(*calling) for one in each]
    assert Away in {type(each) for each in told} <= {Away, Placed}
    await troubled.owner.execute("delete from trouble")
    await troubled.all_are_in_the_end()


async def test_a_server_that_does_not_answer_hangs_no_caller(
    troubled: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had begun it may well end after we stopped waiting: the same call again is its duplicate."""
    monkeypatch.setattr(appending, "ANSWER_SECONDS_MAX", 0.2)
    name = await troubled.owner.fetchval("select current_database()")
    await troubled.owner.execute(f'alter role sovinto_intake in database "{name}" reset all')
    await troubled.owner.execute("insert into trouble values (1)")
    told = await troubled.called()
    assert {type(each) for each in told} == {Away}
    await troubled.owner.execute("delete from trouble")
    await troubled.all_are_in_the_end()


async def test_a_backend_that_stands_still_hangs_neither_callers_nor_the_close(
    own_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the store's lock, too, and cannot even be told to stop."""
    monkeypatch.setattr(appending, "ANSWER_SECONDS_MAX", 0.5)
    installed = await install(own_server.url("sovinto"), password, born=BORN)
    troubled = await opened(own_server.url("sovinto"), installed)
    await troubled.owner.execute("insert into trouble values (10)")
    calling = asyncio.create_task(troubled.called())
    still = await troubled.backends_at_work()
    for pid in still:
        os.kill(pid, signal.SIGSTOP)
    assert Away in {type(each) for each in await calling} <= {Away, Placed}
    assert {type(each) for each in await troubled.called()} == {Away}
    last = asyncio.create_task(troubled.store.append(troubled.call()))
    async with asyncio.timeout(ALL_SECONDS_MAX):
        await troubled.store.close()
        with pytest.raises(Away):
            await last
    for pid in still:
        os.kill(pid, signal.SIGCONT)
    await troubled.owner.execute("delete from trouble")
    troubled.store = await CaseStore(installed.urls["intake"], MASTER, "intake").open()
    await troubled.all_are_in_the_end()
    await troubled.store.close()
    await troubled.owner.close()


async def test_a_killed_server_hangs_no_caller(own_server: Postgres) -> None:
    installed = await install(own_server.url("sovinto"), password, born=BORN)
    troubled = await opened(own_server.url("sovinto"), installed)
    await troubled.owner.execute("insert into trouble values (0.2)")
    calling = [asyncio.create_task(troubled.called()) for _ in range(3)]
    await troubled.backends_at_work()
    await own_server.kill()
    told = [one for each in await asyncio.gather(*calling) for one in each]
    assert Away in {type(each) for each in told} <= {Away, Placed}
    assert {type(each) for each in await troubled.called()} == {Away}  # While it is away.
    await own_server.start()
    owner = await asyncpg.connect(own_server.url("sovinto"))
    await owner.execute("delete from trouble")
    await owner.close()
    await troubled.all_are_in_the_end()
    await troubled.store.close()


# One call's own fault is nobody else's.


@pytest.mark.parametrize(
    ("type_of", "actor", "told"),
    [
        ("gateway", "test", asyncpg.InsufficientPrivilegeError),
        ("intake", "a\x1fb", asyncpg.InvalidParameterValueError),
        ("intake", "a\x00b", asyncpg.CharacterNotInRepertoireError),
        ("intake", "a\udc80b", asyncpg.DataError),
    ],
    ids=["a type not owned", "a control character", "a zero", "no text"],
)
async def test_a_wrong_append_in_the_midst_of_a_batch_is_told_to_its_own_caller_only(
    troubled: Troubled, type_of: str, actor: str, told: type[Exception]
) -> None:
    async def wrong() -> None:
        async with asyncio.timeout(ALL_SECONDS_MAX):
            with pytest.raises(told):
                await troubled.store.append(troubled.call(type_of, actor))

    _, others = await asyncio.gather(asyncio.gather(wrong(), wrong(), wrong()), troubled.called())
    assert {type(each) for each in others} == {Placed}
    await troubled.all_are_in_the_end()


async def test_an_append_that_writes_nothing_is_refused_before_it_is_sent(troubled: Troubled) -> None:
    with pytest.raises(ValueError, match="writes nothing"):
        await troubled.store.append(writes("intake", "test.write", uuid4(), {uuid4(): (0, 0)}))
    await troubled.called()
    await troubled.all_are_in_the_end()


# Callers that go away.


async def test_callers_that_go_away_disturb_nobody(troubled: Troubled) -> None:
    await troubled.owner.execute("insert into trouble values (0.05)")
    one = UUID(int=1)
    chain = [writes("intake", "test.write", uuid4(), {one: (number, 1)}) for number in range(5)]
    gone = [asyncio.create_task(troubled.store.append(troubled.call())) for _ in range(CALLERS)]
    waits = [asyncio.create_task(troubled.store.append(each)) for each in chain]
    await asyncio.sleep(0.02)
    for task in gone:
        task.cancel()
    async with asyncio.timeout(ALL_SECONDS_MAX):
        assert [(await each).outcome for each in waits] == ["appended"] * 5
        await asyncio.wait(gone)
    assert {type(each) for each in await troubled.called()} == {Placed}


async def test_closing_tells_everyone_who_waits(troubled: Troubled, installed: Installed) -> None:
    store = await CaseStore(installed.urls["intake"], MASTER, "intake").open()
    await troubled.owner.execute("insert into trouble values (0.2)")
    waits = [asyncio.create_task(store.append(troubled.call())) for _ in range(CALLERS)]
    await asyncio.sleep(0.02)
    await store.close()
    async with asyncio.timeout(ALL_SECONDS_MAX):
        told = await asyncio.gather(*waits, return_exceptions=True)
        with pytest.raises(Away):
            await store.append(troubled.call())
    assert {type(each) for each in told} == {Away}
