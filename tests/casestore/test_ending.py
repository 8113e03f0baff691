"""What is ended ends: a store that closes, and tasks whose cancellation was lost on the way."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from shared.casestore import CaseStore, Installed
from shared.casestore.listening import APPENDED, Changes, Listening
from shared.casestore.notary import Notary
from shared.casestore.threaded import Connected, _until_answered
from shared.deadlines import Waiting
from shared.standing import until_done
from shared.tasks import ended
from tests.cancelled import SECONDS_MAX, Driver
from tests.casestore.signing import KEY


async def test_a_task_that_took_its_cancellation_for_an_outage_is_ended_all_the_same() -> None:
    async def takes_it_for_an_outage() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    task = asyncio.create_task(takes_it_for_an_outage())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await ended([task])
    assert task.cancelled()


async def test_a_store_closes_though_somebody_still_holds_a_connection(intake: CaseStore) -> None:
    await intake.pool.acquire()
    async with asyncio.timeout(10):
        await intake.close()


async def test_a_projection_ends_when_it_was_cancelled() -> None:
    driver = Driver()
    await driver.sees_the_end_of(until_done("test", driver))


async def test_deadlines_end_when_they_were_cancelled(intake: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setattr(intake, "now", driver)
    await driver.sees_the_end_of(Waiting("intake", intake, lambda _event: [], lambda *_: False, []).run())


async def test_one_who_listens_ends_when_it_was_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setattr(asyncpg, "connect", driver)
    await driver.sees_the_end_of(Changes(Listening("postgresql://nowhere"), APPENDED).wait(SECONDS_MAX))


async def test_a_notary_ends_when_it_was_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setattr(asyncpg, "connect", driver)
    await driver.sees_the_end_of(Notary("postgresql://nowhere", KEY, tmp_path).run())


async def test_a_notary_at_rest_hears_its_cancellation_though_it_is_woken_at_the_same_moment(tmp_path: Path) -> None:
    """`asyncio.wait_for` can lose it then, until Python 3.12."""
    notary = Notary("postgresql://nowhere", KEY, tmp_path)
    for turns in range(5):
        task = asyncio.create_task(notary._rest(SECONDS_MAX))
        await asyncio.sleep(0.01)
        notary._wake.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        was_over = task.done()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or was_over, turns


async def test_what_the_library_asks_for_ends_when_it_was_cancelled() -> None:
    driver = Driver()
    await driver.sees_the_end_of(_until_answered(driver))


async def test_the_library_s_thread_ends_with_nothing_left_in_it(installed: Installed) -> None:
    connected = Connected(installed.urls["library"], "test")
    listens = connected.start(asyncio.sleep(SECONDS_MAX))
    await asyncio.to_thread(connected.close)
    assert listens.cancelled()
