"""What is ended ends: a store that closes, and tasks whose cancellation was lost on the way."""

import asyncio

import pytest

from shared.casestore import CaseStore
from shared.errors import Away
from shared.standing import until_done
from shared.tasks import ended


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


async def test_what_waits_for_an_outage_to_end_ends_when_it_was_cancelled() -> None:
    async def fails_while_it_is_cancelled() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise Away("the connection was closed") from None

    task = asyncio.create_task(until_done("test", fails_while_it_is_cancelled))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await task
