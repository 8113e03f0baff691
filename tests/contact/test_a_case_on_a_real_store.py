"""A case's messages leave in order and on their days: a real PostgreSQL, and stand-ins that keep every request."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.events import contact
from shared.law import Law
from tests.contact.life import Life, life
from tests.contact.people import a_case, at, identified


@pytest.fixture(scope="session")
def law() -> Law:
    return Law.load()


@pytest_asyncio.fixture
async def finland(database: str, law: Law) -> AsyncIterator[Life]:
    async with life(database, at(date(2025, 1, 20), 5), law) as lived:
        yield lived


async def test_a_finnish_consumer_gets_a_friendly_sms_a_reminder_and_a_demand(finland: Life) -> None:
    case, party = uuid4(), uuid4()
    await finland.told(party, identified(party), keys=(party,))
    await finland.told(case, *a_case(party))
    await finland.days(date(2025, 1, 21), date(2025, 3, 31))
    told = await finland.stream(case)
    for event in told:
        print(event)
    print([dict(r.content) for r in finland.world.requests("sms")])
    decided = [event for event in told if isinstance(event, contact.ContactDecided)]
    assert [(each.kind, each.channel) for each in decided if each.to == "debtor"][:3] == [
        ("friendly", "sms"), ("reminder", "letter"), ("demand", "letter"),
    ]  # fmt: skip
    assert await finland.stuck() == 0
