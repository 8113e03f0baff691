"""A connection cut after commit was sent and before the answer came: the same call again gives the first result."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.casefile import Casefile
from shared.casestore import CaseStore, Installed
from shared.casestore.appending import Append, Placed
from shared.deciding import Answer, Cases
from shared.errors import Away
from shared.events.intake import CreditCheckAsked
from tests.casestore.conftest import MASTER
from tests.casestore.test_store import a_case, deciding
from tests.casestore.writing import writes

CALLERS = 60
SEEN_SECONDS_MAX = 30.0
CHUNK = 1 << 20


class Cable:
    """Between a store and its server. It can lose the answer to one call, or every question, and be cut."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self.loses_answer_to: UUID | None = None  # The cause of a call.
        self.loses_questions = False
        self._ends: list[asyncio.StreamWriter] = []

    async def join(self, folder: Path) -> str:
        """The URL that leads through this cable."""
        self._server = await asyncio.start_unix_server(self._joined, folder / ".s.PGSQL.5432", limit=CHUNK)
        return self._url._replace(
            netloc=f"{self._url.netloc.rpartition('@')[0]}@", query=f"host={quote(str(folder))}&port=5432"
        ).geturl()

    def cut(self) -> None:
        """Both ends hear nothing more. A new connection works."""
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()
        self.loses_answer_to, self.loses_questions = None, False

    async def leave(self) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await self._to_the_server()
        self._ends += [writer, back]
        lost = asyncio.Event()
        with suppress(OSError):
            await asyncio.gather(self._ask(reader, back, lost), self._answer(there, writer, lost))

    async def _ask(self, said: asyncio.StreamReader, to: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while what := await said.read(CHUNK):
            if self.loses_answer_to is not None and self.loses_answer_to.bytes in what:
                lost.set()
            if not self.loses_questions:
                to.write(what)
        to.close()

    async def _answer(self, said: asyncio.StreamReader, to: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while what := await said.read(CHUNK):
            if not lost.is_set():
                to.write(what)
        to.close()

    async def _to_the_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        named = parse_qs(self._url.query)
        if "host" in named:
            return await asyncio.open_unix_connection(f"{named['host'][0]}/.s.PGSQL.{named['port'][0]}", limit=CHUNK)
        return await asyncio.open_connection(self._url.hostname, self._url.port or 5432, limit=CHUNK)


@pytest_asyncio.fixture
async def cable(installed: Installed) -> AsyncIterator[Cable]:
    joined = Cable(installed.urls["intake"])
    yield joined
    await joined.leave()


@pytest_asyncio.fixture
async def far(cable: Cable) -> AsyncIterator[CaseStore]:
    """A store at the other end of the cable, which has appended before."""
    with tempfile.TemporaryDirectory() as folder:
        store = await CaseStore(await cable.join(Path(folder)), MASTER, "intake").open()
        await store.append(call())
        yield store
        await store.close()


def call(onto: UUID | None = None) -> Append:
    return writes("intake", "test.write", uuid4(), {onto or uuid4(): (0, 2), uuid4(): (0, 1)})


async def seen(near: CaseStore, head: int) -> None:
    """Until the log has come so far."""
    async with asyncio.timeout(SEEN_SECONDS_MAX):
        while await near.head() < head:  # noqa: ASYNC110  (another connection tells us nothing)
            await asyncio.sleep(0.01)


async def test_a_connection_cut_after_commit_and_before_the_answer_gives_the_first_result_when_asked_again(
    far: CaseStore, cable: Cable, intake: CaseStore
) -> None:
    what, head = call(), await intake.head()
    cable.loses_answer_to = what.call.cause
    asked = asyncio.create_task(far.append(what))
    await seen(intake, head + 3)
    cable.cut()
    with pytest.raises(Away):
        await asked
    await intake.append(call())  # Others go on meanwhile.
    again = await far.append(what)
    two, one = (stream.stream_id for stream in what.streams)
    assert again == Placed("duplicate", {two: 2, one: 1}, head + 1)
    assert await intake.head() == head + 6


async def test_a_handlers_answer_after_the_cut_is_the_one_that_was_lost(
    far: CaseStore, cable: Cable, intake: CaseStore
) -> None:
    case, _ = await a_case(intake)
    cause, head = uuid4(), await intake.head()

    async def ask_twice(cases: Cases, case_id: UUID) -> Answer:
        await cases.load(Casefile, case_id)
        return await cases.append(case_id, [CreditCheckAsked(1), CreditCheckAsked(2)])

    cable.loses_answer_to = cause
    asked = asyncio.create_task(deciding(far, cause)(ask_twice, case))
    await seen(intake, head + 2)
    cable.cut()
    with pytest.raises(Away):
        await asked
    again = await deciding(far, cause)(ask_twice, case)
    assert again == Answer("duplicate", 3, head + 1)


async def test_of_many_callers_cut_off_each_finds_its_own_first_result(
    far: CaseStore, cable: Cable, intake: CaseStore
) -> None:
    calls, head = [call() for _ in range(CALLERS)], await intake.head()
    cable.loses_answer_to = calls[0].call.cause
    asked = [asyncio.create_task(far.append(each)) for each in calls]
    await seen(intake, head + 3)  # The first batch is in; whatever follows is not, or not yet.
    cable.cut()
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert Away in {type(each) for each in told} <= {Away, Placed}
    again = await asyncio.gather(*map(far.append, calls))
    assert "duplicate" in {each.outcome for each in again}
    assert await intake.head() == head + 3 * CALLERS
    stored = {one.cause: one.position for one in reversed(await intake.read(head, 10 * CALLERS))}
    assert [each.position for each in again] == [stored[each.call.cause] for each in calls]


async def test_a_question_that_never_reached_the_server_is_appended_when_asked_again(
    far: CaseStore, cable: Cable, intake: CaseStore
) -> None:
    what, head = call(), await intake.head()
    cable.loses_questions = True
    asked = asyncio.create_task(far.append(what))
    await asyncio.sleep(0.05)
    cable.cut()
    with pytest.raises(Away):
        await asked
    assert await intake.head() == head
    assert (await far.append(what)).outcome == "appended"
