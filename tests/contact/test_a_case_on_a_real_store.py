"""A case's messages leave in order and on their days: a real PostgreSQL, and stand-ins that keep every request."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest_asyncio

from deploy.standins.kept import Request
from shared.events import contact, gateway
from tests.contact.asking import the_law
from tests.contact.life import Life, life
from tests.contact.papers import text_of
from tests.contact.people import NORWEGIAN, a_case, at, identified

MONDAY = date(2025, 1, 20)
FRIENDLY, REMINDER, DEMAND = date(2025, 1, 21), date(2025, 2, 4), date(2025, 2, 24)


@pytest_asyncio.fixture
async def world(database: str) -> AsyncIterator[Life]:
    async with life(database, at(MONDAY, 5), the_law()) as lived:
        yield lived


async def a_new_case(world: Life, number: str = "10233") -> UUID:
    case, party = uuid4(), uuid4()
    await world.told(party, identified(party), keys=(party,))
    await world.told(case, *a_case(party, number=number))
    return case


async def live(world: Life, *days: date) -> None:
    """The mornings and slots of these days; on the days between nothing happens."""
    for day in days:
        await world.morning(day)
        await world.live_until(at(day, 20))


def printed(world: Life) -> list[Request]:
    return list(world.world.requests("letters"))


async def test_a_finnish_consumer_gets_a_friendly_sms_then_a_reminder_and_a_demand_by_letter(world: Life) -> None:
    case = await a_new_case(world)
    await live(world, FRIENDLY, REMINDER, DEMAND)
    [sms] = world.world.requests("sms")
    assert sms.at == at(FRIENDLY, 7).isoformat()  # 9:00 in Helsinki.
    assert sms.content["to"] == "+358401234567"
    assert "430,00" in sms.content["message"]
    assert "102335" in sms.content["message"]  # The invoice's own reference.
    reminder, demand = printed(world)
    assert [reminder.at, demand.at] == [at(REMINDER, 8).isoformat(), at(DEMAND, 8).isoformat()]
    shown = text_of(world.world.house.pdfs[reminder.job])
    assert "Maksumuistutus" in shown
    assert "FI21 1234 5600 0007 85" in shown
    assert "Tuuli Taitava" in shown
    assert "Maksuvaatimus" in text_of(world.world.house.pdfs[demand.job])
    told = await world.stream(case)
    charges = [event.charge for event in told if isinstance(event, contact.ContactDecided)]
    assert [charge and charge.amount.minor for charge in charges] == [None, 5_00, 24_00]
    assert await world.stuck() == 0


async def test_a_stop_a_minute_before_keeps_the_letter_back_while_the_twin_s_leaves(world: Life) -> None:
    stopped, twin = await a_new_case(world, "10233"), await a_new_case(world, "20416")
    await live(world, FRIENDLY)
    await world.morning(REMINDER)
    await world.live_until(at(REMINDER, 7, 59))
    await world.told(stopped, gateway.CollectionStopped())
    await world.live_until(at(REMINDER, 20))
    [letter] = printed(world)
    assert "20416" in text_of(world.world.house.pdfs[letter.job])
    waited = [event for event in await world.stream(stopped) if isinstance(event, contact.StepWaited)]
    assert [(event.step, event.reason.blocked_by) for event in waited] == [("reminder", ("stopped",))]
    assert any(isinstance(event, contact.HandedOver) for event in (await world.stream(twin))[-3:])
    assert await world.stuck() == 0


async def test_a_client_s_pause_holds_all_its_cases_and_its_end_sets_them_going(world: Life) -> None:
    case = await a_new_case(world)
    await live(world, FRIENDLY)
    client = (await world.contact.stream(case))[0].client_id
    assert client is not None
    await world.told(client, gateway.CollectionPaused())
    await live(world, REMINDER)
    assert printed(world) == []
    await world.told(client, gateway.CollectionResumed())
    await live(world, REMINDER + timedelta(days=1))
    [letter] = printed(world)
    assert letter.at == at(REMINDER + timedelta(days=1), 8).isoformat()
    assert await world.stuck() == 0


async def test_a_letter_waits_for_the_bank_s_file_and_leaves_on_the_day_it_is_read(world: Life) -> None:
    case = await a_new_case(world)
    await live(world, FRIENDLY)
    await world.live_until(at(REMINDER + timedelta(days=1), 5))  # Nobody read a file on the reminder's day.
    assert printed(world) == []
    [waited] = [event for event in await world.stream(case) if isinstance(event, contact.StepWaited)]
    assert waited.reason.blocked_by == ("money_not_fresh",)
    await live(world, REMINDER + timedelta(days=1))
    assert [letter.at for letter in printed(world)] == [at(REMINDER + timedelta(days=1), 8).isoformat()]
    assert await world.stuck() == 0


async def test_a_letter_not_yet_printed_is_taken_back_on_stop_and_a_printed_one_is_not(world: Life) -> None:
    first, second = await a_new_case(world, "10233"), await a_new_case(world, "20416")
    await live(world, FRIENDLY, REMINDER)
    jobs = {event.provider_id: case for case in (first, second) for event in await world.stream(case)
            if isinstance(event, contact.HandedOver) and event.provider == "print"}  # fmt: skip
    [printed_job] = [job for job, case in jobs.items() if case == second]
    await world.told(first, gateway.CollectionStopped())
    await world.rest()
    assert world.world.house.print_all() == [printed_job]
    await world.told(second, gateway.CollectionStopped())
    await world.rest()
    recalled = {case: [each.because for each in await world.stream(case) if isinstance(each, contact.ContactRecalled)]
                for case in (first, second)}  # fmt: skip
    assert recalled == {first: [("stopped",)], second: []}


async def test_a_provider_that_is_down_is_asked_again_and_the_letter_leaves_once(world: Life) -> None:
    case = await a_new_case(world)
    await live(world, FRIENDLY)
    await world.morning(REMINDER)
    world.world.set_down("letters")
    await world.live_until(at(REMINDER, 8, 2))
    assert printed(world) == []
    world.world.set_down()
    await world.live_until(at(REMINDER, 20))
    assert len(printed(world)) == 1
    told = [type(event).__name__ for event in await world.stream(case)]
    assert told.count("HandOverFailed") >= 1
    assert told.count("HandedOver") == 2  # The friendly SMS, and the letter.
    assert await world.stuck() == 0


async def test_two_cases_of_one_debtor_never_write_on_one_day(world: Life) -> None:
    party = uuid4()
    await world.told(party, identified(party), keys=(party,))
    for number in ("10233", "20416", "30518"):
        await world.told(uuid4(), *a_case(party, number=number))
    await live(world, *(FRIENDLY + timedelta(days=days) for days in range(4)))
    days = [str(sms.at)[:10] for sms in world.world.requests("sms")]
    assert len(days) == len(set(days)) == 3


async def test_a_norwegian_gets_a_notice_by_letter_in_norwegian_to_our_account(world: Life) -> None:
    case, party = uuid4(), uuid4()
    await world.told(party, identified(party, NORWEGIAN, "NO"), keys=(party,))
    await world.told(case, *a_case(party, country="NO", minor=4890_00))
    await live(world, FRIENDLY, *(date(2025, 2, 3) + timedelta(days=days) for days in range(4)))
    [notice] = printed(world)
    shown = text_of(world.world.house.pdfs[notice.job])
    assert "Inkassovarsel" in shown
    assert "8601.11.17947" in shown
    assert await world.stuck() == 0
