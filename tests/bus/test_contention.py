"""Others come first: that is waited for and never parked; what no waiting can help is a mistake, and is parked."""

from uuid import UUID

import pytest
from prometheus_client import Gauge

from shared.bus import Decide, StreamId
from shared.bus.consumer import WAITING
from shared.bus.doing import TRIES_MAX
from shared.casefile import Casefile
from shared.deciding import ATTEMPTS_MAX, Answer, Cases
from shared.events import intake as told
from tests.bus.conftest import Bus, until
from tests.bus.test_bus import grow
from tests.casestore.test_store import received

pytestmark = pytest.mark.kafka


async def test_who_never_gets_through_is_waited_for_and_not_parked(bus: Bus) -> None:
    """Somebody else appends between each loading and appending, more often than a mistake would be tried."""
    hears, others_first, heard = bus.hears(), TRIES_MAX * ATTEMPTS_MAX + 4, list[str]()
    waiting, seconds = WAITING.labels(hears.group), list[float]()
    busy, quiet = await bus.a_case(), await bus.a_case()

    async def ask(cases: Cases, case_id: UUID) -> Answer:
        nonlocal others_first
        await cases.load(Casefile, case_id)
        if case_id == busy and others_first:
            others_first -= 1
            seconds.append(waiting._value.get())
            await grow(bus, case_id, 1)
        return await cases.append(case_id, [told.CreditCheckAsked(1)])

    @hears(told.CaseReceived, told.CreditCheckAsked)
    async def listen(case_id: StreamId, decide: Decide) -> None:
        [one] = [each for each in await bus.store.stream(case_id) if each.event_id == decide.cause]
        if one.type == "CaseReceived":
            await decide(ask, case_id)
        else:
            heard.append("busy" if case_id == busy else "quiet")

    await bus.start(hears)
    await until(lambda: _heard(heard, 2))
    assert (others_first, sorted(heard)) == (0, ["busy", "quiet"])
    for case in (busy, quiet):
        assert (await bus.types(case)).count("CreditCheckAsked") == 1
    assert await bus.store.pool.fetchval("select count(*) from bus.parked") == 0
    assert seconds[0] == 0 < seconds[-1], "the metric says for how long the batch has been tried again"
    await bus.all_heard(hears.group)
    await until(lambda: _is_over(waiting))


async def test_who_writes_blindly_to_a_stream_that_is_there_is_parked(bus: Bus) -> None:
    hears = bus.hears()

    @hears(told.CaseReceived)
    async def listen(case_id: StreamId, decide: Decide) -> None:
        await decide(_received_again, case_id)

    await bus.start(hears)
    case = await bus.a_case()
    await bus.all_heard(hears.group)
    [because] = await bus.store.pool.fetch("select because from bus.parked where stream_id = $1", case)
    assert because["because"].startswith("Conflict at ")


async def _received_again(cases: Cases, case_id: UUID) -> Answer:
    return await cases.append(case_id, [received(case_id, case_id)])


async def _heard(heard: list[str], number: int) -> bool:
    return len(heard) >= number


async def _is_over(waiting: Gauge) -> bool:
    return bool(waiting._value.get() == 0)
