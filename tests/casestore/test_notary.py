"""The notary at work on a real PostgreSQL: when it signs, how it goes on, what stops it; and nothing is skipped."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from shared.casestore import CaseStore, Installed
from shared.casestore.look import Connection
from shared.casestore.sinks import BACK_OFF_SECONDS_MAX, Kept, back_off
from shared.errors import Away, NotFound
from tests.casestore.signing import SECONDS_MAX, at_work, differences, kept, sign_all
from tests.casestore.two_cases import CASE, OTHER, go_on, live

BLOCK = 4


@pytest_asyncio.fixture
async def owner(database: str, intake: CaseStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    """A store of seven events; its notary looks often, signs four at a time and waits for nobody."""
    monkeypatch.setattr("shared.casestore.notary.EVENTS_MAX", BLOCK)
    monkeypatch.setattr("shared.casestore.notary.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("shared.casestore.sinks.BACK_OFF_SECONDS", 0.01)
    await live(intake)
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def until_signed(owner: Connection, folder: Path, position: int) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while not any(each.checkpoint.last >= position for each in await kept(owner, folder)):  # noqa: ASYNC110  (a file)
            await asyncio.sleep(0.02)


async def blocks(owner: Connection, folder: Path) -> list[tuple[int, int, int]]:
    """Number, first and last position of each checkpoint."""
    found = [each.checkpoint for each in await kept(owner, folder)]
    return [(each.number, each.first, each.last) for each in found]


def metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"sovinto_notary_{name}", labels)


async def test_full_blocks_are_signed_at_once_and_the_rest_once_it_has_waited(
    owner: Connection, installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(installed, tmp_path):
        await until_signed(owner, tmp_path, 4)
        await asyncio.sleep(0.2)
        assert await blocks(owner, tmp_path) == [(1, 1, 4)]
        monkeypatch.setattr("shared.casestore.notary.SECONDS_MAX", 0.1)
        await until_signed(owner, tmp_path, 7)
    assert await blocks(owner, tmp_path) == [(1, 1, 4), (2, 5, 7)]


async def test_when_it_is_told_to_stop_it_signs_what_is_there(
    owner: Connection, installed: Installed, tmp_path: Path
) -> None:
    await sign_all(installed, tmp_path)
    assert await blocks(owner, tmp_path) == [(1, 1, 4), (2, 5, 7)]


async def test_what_nothing_was_added_to_is_not_signed_again(
    owner: Connection, installed: Installed, tmp_path: Path
) -> None:
    for _ in range(3):
        await sign_all(installed, tmp_path)
    assert len(await kept(owner, tmp_path)) == 2


async def test_started_again_it_goes_on_from_its_last_checkpoint(
    owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path
) -> None:
    await sign_all(installed, tmp_path)
    await go_on(intake, CASE, OTHER, CASE, CASE, OTHER)
    await sign_all(installed, tmp_path)
    assert await blocks(owner, tmp_path) == [(1, 1, 4), (2, 5, 7), (3, 8, 11), (4, 12, 12)]
    assert await differences(owner, tmp_path) == ([], [])


async def test_a_notary_that_lost_its_connection_begins_again_and_skips_nothing(
    owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path
) -> None:
    async with at_work(installed, tmp_path):
        await until_signed(owner, tmp_path, 4)
        ended = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sovinto_notary'"
        await owner.execute(ended)
        await go_on(intake, CASE, OTHER)
        await until_signed(owner, tmp_path, 8)
    assert [last for _, _, last in await blocks(owner, tmp_path)] == [4, 8, 9]
    assert await differences(owner, tmp_path) == ([], [])


async def test_half_a_line_that_a_crash_left_is_written_over(
    owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path
) -> None:
    await sign_all(installed, tmp_path)
    file = file_in(tmp_path)
    with file.open("ab") as end:
        end.write(file.read_bytes()[:300])
    await go_on(intake, CASE)
    await sign_all(installed, tmp_path)
    assert await blocks(owner, tmp_path) == [(1, 1, 4), (2, 5, 7), (3, 8, 8)]


async def stopped(installed: Installed, folder: Path) -> str:
    """Why the notary stopped; it did, with its alarm."""
    async with at_work(installed, folder) as notary:
        pass
    assert notary.wrong.startswith("stopped: "), notary.wrong
    assert metric("stopped") == 1
    return notary.wrong


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("delete from casestore.events where position = 7", "position 7 is lost"),
        ("update casestore.events set hash = sha256(hash) where position = 6", "position 6 is not the event"),
        ("update casestore.heads set hash = sha256(hash) where version = 3", "streams do not end as checkpoint 2"),
        ("delete from casestore.heads where version = 1", "streams do not end as checkpoint 2"),
    ],
)
async def test_a_store_that_is_not_what_it_signed_stops_it_before_it_signs_more(
    owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path, change: str, said: str
) -> None:
    await sign_all(installed, tmp_path)
    await go_on(intake, OTHER)
    await owner.execute(change)
    assert said in await stopped(installed, tmp_path)
    assert len(await kept(owner, tmp_path)) == 2


async def test_a_loss_before_it_signed_stops_it_too(owner: Connection, installed: Installed, tmp_path: Path) -> None:
    await owner.execute("delete from casestore.events where position = 6")
    assert "position 6 is lost" in await stopped(installed, tmp_path)


async def test_a_file_that_was_changed_stops_it(owner: Connection, installed: Installed, tmp_path: Path) -> None:
    await sign_all(installed, tmp_path)
    file = file_in(tmp_path)
    file.write_text(file.read_text().replace('"last":4', '"last":3', 1))
    assert "checkpoint 1 was not signed with this key" in await stopped(installed, tmp_path)


async def test_another_epoch_has_a_file_of_its_own(owner: Connection, installed: Installed, tmp_path: Path) -> None:
    await sign_all(installed, tmp_path)
    await owner.execute("update casestore.store set epoch = $1", uuid4())
    await sign_all(installed, tmp_path)
    assert len(list(tmp_path.glob("*.jsonl"))) == 2  # noqa: ASYNC240  (a test's own folder)
    assert await differences(owner, tmp_path) == ([], [])


async def test_of_two_notaries_one_works_and_the_other_waits_its_turn(
    owner: Connection, installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.casestore.notary.STANDBY_SECONDS", 0.05)
    async with at_work(installed, tmp_path) as second, at_work(installed, tmp_path) as first:
        assert {first.wrong, second.wrong} == {"", "another notary is at work"}
    assert await blocks(owner, tmp_path) == [(1, 1, 4), (2, 5, 7)]


# What it may see.


@pytest.mark.parametrize(
    "asked",
    [
        "select data from casestore.events", "select sealed from casestore.events",
        "select actor from casestore.events", "select client_id from casestore.heads",
        "select * from casestore.keys", "select * from casestore.readers",
        "select * from gateway.people", "delete from casestore.events", "update casestore.heads set version = 9",
        "insert into casestore.readers (reader) values ('x')",
    ],
)  # fmt: skip
async def test_it_sees_where_events_stand_and_nothing_they_hold_and_writes_nothing(
    owner: Connection, installed: Installed, asked: str
) -> None:
    as_notary = await asyncpg.connect(installed.urls["notary"])
    try:
        assert await as_notary.fetchval("select count(position) from casestore.events") == 7
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_notary.execute(asked)
    finally:
        await as_notary.close()


# Handing out.


class Keeper(ThreadingHTTPServer):
    """Somebody else's machine that keeps checkpoints; it answers 503 so many times first."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.taken, self.tries = refusals, list[tuple[str, int]](), 0
        super().__init__(("127.0.0.1", 0), Keeping)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/checkpoints"


class Keeping(BaseHTTPRequestHandler):
    server: Keeper

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.tries += 1
        refused = self.server.tries <= self.server.refusals
        if not refused:
            number = json.loads(body)["checkpoint"]["number"]
            self.server.taken.append((self.headers["Idempotency-Key"].rpartition("-")[2], number))
        self.send_response(503 if refused else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    with Keeper(refusals=3) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def until_taken(keeper: Keeper, count: int) -> None:
    """By their keys: one posted twice is one."""
    async with asyncio.timeout(SECONDS_MAX):
        while len(set(keeper.taken)) < count:  # noqa: ASYNC110  (it happens in another thread)
            await asyncio.sleep(0.02)


async def test_each_checkpoint_is_posted_in_order_until_it_is_taken_and_none_is_skipped(
    owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path, keeper: Keeper
) -> None:
    await go_on(intake, CASE)
    async with at_work(installed, tmp_path, keeper.url):
        await until_taken(keeper, 2)
        async with asyncio.timeout(SECONDS_MAX):
            while metric("not_handed_out", sink="webhook"):  # noqa: ASYNC110  (it has no other sign)
                await asyncio.sleep(0.02)
    assert keeper.taken == [("1", 1), ("2", 2)]
    assert keeper.tries == 5


async def test_what_was_not_taken_is_counted_with_an_alarm_and_posted_by_the_next_notary(
    owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path, keeper: Keeper
) -> None:
    async with at_work(installed, tmp_path, "http://127.0.0.1:9/nobody-listens-there"):
        async with asyncio.timeout(SECONDS_MAX):
            while metric("sink_failing", sink="webhook") != 1:  # noqa: ASYNC110  (it has no other sign)
                await asyncio.sleep(0.02)
        assert metric("not_handed_out", sink="webhook") == 1
    async with at_work(installed, tmp_path, keeper.url):
        await until_taken(keeper, 2)
    await go_on(intake, CASE)
    await sign_all(installed, tmp_path)
    async with at_work(installed, tmp_path, keeper.url):
        await until_taken(keeper, 3)
    assert list(dict.fromkeys(keeper.taken)) == [("1", 1), ("2", 2), ("3", 3)]


@pytest.mark.parametrize("url", ["http://", "nowhere", "ftp://keeper.example/x"])
async def test_an_address_that_is_none_is_an_alarm_and_signing_goes_on(
    owner: Connection, installed: Installed, tmp_path: Path, url: str
) -> None:
    async with at_work(installed, tmp_path, url):
        await until_signed(owner, tmp_path, 4)
        async with asyncio.timeout(SECONDS_MAX):
            while metric("sink_failing", sink="webhook") != 1:  # noqa: ASYNC110  (it has no other sign)
                await asyncio.sleep(0.02)
    assert await blocks(owner, tmp_path) == [(1, 1, 4), (2, 5, 7)]


async def test_a_full_disk_is_an_alarm_and_the_same_checkpoint_is_written_once_there_is_room(
    owner: Connection, installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, tries = Kept.add, []

    def full(self: Kept, signed: object) -> None:
        tries.append(metric("sink_failing", sink="file"))
        if len(tries) < 4:
            raise OSError(28, "No space left on device")
        add(self, signed)  # type: ignore[arg-type]  # It is what it was given.

    monkeypatch.setattr("shared.casestore.sinks.Kept.add", full)
    await sign_all(installed, tmp_path)
    assert tries[1:4] == [1, 1, 1]
    assert metric("sink_failing", sink="file") == 0
    assert await blocks(owner, tmp_path) == [(1, 1, 4), (2, 5, 7)]


def test_the_wait_grows_to_a_minute_and_is_never_the_same_for_all() -> None:
    assert [back_off(failed, lambda: 1.0) for failed in (1, 2, 3)] == [1.0, 2.0, 4.0]
    assert back_off(1_000, lambda: 1.0) == BACK_OFF_SECONDS_MAX
    assert back_off(3, lambda: 0.0) == 2.0


# Proofs.


async def test_a_proof_asked_for_signs_what_was_not_signed_yet(
    owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path
) -> None:
    async with at_work(installed, tmp_path) as notary:
        assert [each.position for each in (await notary.proof(OTHER)).events] == [3, 7]
        await go_on(intake, OTHER)
        assert [each.position for each in (await notary.proof(OTHER)).events] == [3, 7, 8]
        assert await blocks(owner, tmp_path) == [(1, 1, 4), (2, 5, 7), (3, 8, 8)]
        with pytest.raises(NotFound):
            await notary.proof(uuid4())
    with pytest.raises(Away):
        await notary.proof(OTHER)


def file_in(folder: Path) -> Path:
    [file] = folder.glob("*.jsonl")
    return file
