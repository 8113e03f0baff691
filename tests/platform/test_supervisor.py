"""One platform in one folder: up whole, kept up, stopped whole."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from deploy.children import is_ready
from deploy.embedded.broker import PARTITIONS, answers
from deploy.supervisor import Supervisor
from tests.platform.stage import WAIT_SECONDS_MAX, ended, folder, platform, processes, started, until


@pytest_asyncio.fixture(scope="module")
async def here() -> AsyncIterator[Supervisor]:
    """A platform for the tests that leave it as they found it."""
    with folder() as home:
        async with platform(home) as running:
            yield running


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder for the platforms that are stopped in every way."""
    with folder() as home:
        yield home


async def test_all_is_ready_inside(here: Supervisor) -> None:
    assert await answers(here.kafka)
    connection = await asyncpg.connect(here.database_url)
    assert await connection.fetchval("show fsync") == "on"
    await connection.close()
    for child in here.children.values():
        assert child.port is not None
        assert await is_ready(child.port)
    assert json.loads((here.home / "run.json").read_text())["kafka"] == here.kafka
    assert (here.home / "run.json").stat().st_mode & 0o777 == 0o600


async def test_what_dies_is_started_again_and_what_was_stopped_stays_away(here: Supervisor) -> None:
    killed, stopped = here.children["intake"], here.children["gateway"]
    assert killed.port is not None
    assert stopped.port is not None

    await here.stop_child("gateway")
    await here.kill_child("intake")
    assert not await is_ready(killed.port)

    assert await eventually_ready(killed.port)
    assert not await is_ready(stopped.port)
    await here.start_child("gateway")
    assert await is_ready(stopped.port)


async def test_a_broker_started_again_keeps_its_port_and_its_topics_but_nothing_in_them(here: Supervisor) -> None:
    await here.create_topic("sovinto.events.1")
    before = here.kafka
    async with AIOKafkaProducer(bootstrap_servers=before) as producer:
        await producer.send_and_wait("sovinto.events.1", b"forgotten")
    await here.stop_broker()
    await asyncio.sleep(0.5)
    assert not await answers(before)

    await here.start_broker()
    assert here.kafka == before
    async with AIOKafkaProducer(bootstrap_servers=before) as producer:
        assert len(await producer.partitions_for("sovinto.events.1")) == PARTITIONS
        sent = [await producer.send_and_wait("sovinto.events.1", b"new", partition=n) for n in range(PARTITIONS)]
    assert {each.offset for each in sent} == {0}


async def test_a_killed_database_comes_back_with_what_was_committed_at_the_same_address(here: Supervisor) -> None:
    assert here.postgres is not None
    connection = await asyncpg.connect(here.database_url)
    await connection.execute("create table kept as select 1 as one")
    await connection.close()
    await here.postgres.kill()
    assert await eventually_kept(here.database_url)


async def test_a_second_platform_in_the_same_folder_says_where_the_first_one_runs(here: Supervisor) -> None:
    here.publish(portal="http://127.0.0.1:8080")
    with started(here.home) as second:
        code, told = ended(second)
    assert code == 1
    assert "runs in" in told
    assert "http://127.0.0.1:8080" in told
    assert await answers(here.kafka)
    assert (here.home / "run.json").exists()


def test_ctrl_c_stops_everything_in_order_and_is_no_error(home: Path) -> None:
    with started(home) as running:
        since = time.monotonic()
        running.send_signal(signal.SIGINT)
        code, told = ended(running)
    assert (code, processes(home)) == (0, []), told
    assert time.monotonic() - since < 15
    assert not (home / "run.json").exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_it_stops_though_nobody_reads_any_more_what_it_tells(home: Path, number: signal.Signals) -> None:
    """As when its terminal was closed."""
    with started(home) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        running.stderr.close()
        running.send_signal(number)
        code = running.wait(WAIT_SECONDS_MAX)
    assert (code, processes(home)) == (0, [])


def test_a_second_ctrl_c_waits_for_nothing(home: Path) -> None:
    with started(home) as running:
        running.send_signal(signal.SIGINT)
        time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        code, told = ended(running)
    assert (code, processes(home)) == (0, []), told


async def test_a_killed_platform_leaves_nothing_running_and_starts_again(home: Path) -> None:
    with started(home) as running:
        broker = json.loads((home / "run.json").read_text())["kafka"]
        assert await answers(broker)
        running.kill()
    with started(home) as again:
        again.send_signal(signal.SIGTERM)
        assert ended(again)[0] == 0
    assert not await answers(broker)
    assert until(lambda: processes(home) == [])


async def eventually_ready(port: int) -> bool:
    for _ in range(200):
        if await is_ready(port):
            return True
        await asyncio.sleep(0.05)
    return False


async def eventually_kept(url: str) -> bool:
    for _ in range(200):
        try:
            connection = await asyncpg.connect(url, timeout=5)
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.05)
            continue
        kept = await connection.fetchval("select one from kept")
        await connection.close()
        return bool(kept == 1)
    return False
