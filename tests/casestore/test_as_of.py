"""The store as of a moment: what was true by then, as far as it was told by then."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from services.settlement.payment import Payment
from shared.casestore import CaseStore, Installed
from shared.casestore.recorded import Recorded, Then
from shared.deciding import Answer, Cases, Deciding
from shared.events import Event, Sealed, settlement
from shared.money import Money
from tests.casestore.conftest import BORN, MASTER

DAY = timedelta(days=1)
CAME = BORN.date() - 2 * DAY
MIDNIGHT = datetime(CAME.year, CAME.month, CAME.day, tzinfo=UTC)
AMOUNT = Money(100_00, "EUR")
RECEIVED = settlement.PaymentReceived(
    "FI00", AMOUNT, CAME, CAME, CAME, None, Sealed((), None), "bank's key", "a" * 64
)  # fmt: skip
HELD = settlement.PaymentHeld("no reference")
REVERSED = settlement.PaymentReversed(AMOUNT, CAME + DAY, "a mistake", "another key")


async def say(cases: Cases, stream_id: UUID, event: Event, *, first: bool) -> Answer:
    if not first:
        await cases.load(Payment, stream_id)
    return await cases.append(stream_id, [event])


@pytest_asyncio.fixture
async def settling(installed: Installed) -> AsyncIterator[CaseStore]:
    store = await CaseStore(installed.urls["settlement"], MASTER, "settlement").open()
    yield store
    await store.close()


async def a_payment(settling: CaseStore, gateway: CaseStore) -> UUID:
    """Came two days ago, told today; held tomorrow; taken back the day after, which was true since yesterday."""
    payment = uuid4()
    for later, event in enumerate((RECEIVED, HELD, REVERSED)):
        now = BORN + later * DAY
        await gateway.pool.execute("select casestore.set_clock($1)", now)
        await Deciding(settling, uuid4(), "test", now)(say, payment, event, first=event is RECEIVED)
    return payment


async def test_what_was_true_by_a_moment_is_seen_whenever_it_was_told(settling: CaseStore, gateway: CaseStore) -> None:
    payment, now = await a_payment(settling, gateway), BORN + 2 * DAY

    async def seen(as_of: datetime, known_at: datetime) -> list[str]:
        return [one.type for one in await settling.stream(payment, Then(as_of, known_at))]

    assert await seen(now, now) == ["PaymentReceived", "PaymentHeld", "PaymentReversed"]
    assert await seen(MIDNIGHT - timedelta(microseconds=1), now) == []
    assert await seen(MIDNIGHT, now) == ["PaymentReceived"]
    assert await seen(MIDNIGHT, BORN - timedelta(microseconds=1)) == []
    assert await seen(MIDNIGHT + DAY, now) == ["PaymentReceived", "PaymentReversed"]
    assert await seen(now, BORN + DAY) == ["PaymentReceived", "PaymentHeld"]


async def test_what_is_stored_says_when_it_was_told_and_the_event_since_when_it_was_true(
    settling: CaseStore, gateway: CaseStore
) -> None:
    [received, held, _] = await settling.stream(await a_payment(settling, gateway))
    assert (received.occurred_at, received.recorded_at, received.true_at) == (BORN, BORN, MIDNIGHT)
    assert held.true_at == held.occurred_at == BORN + DAY


moments = st.datetimes(datetime(2025, 12, 1), datetime(2026, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001  (hypothesis adds it)


@given(st.lists(st.tuples(st.sampled_from([RECEIVED, HELD, REVERSED]), moments)), moments, moments, moments, moments)
def test_a_later_look_sees_whatever_an_earlier_one_saw(
    told: list[tuple[Event, datetime]], as_of: datetime, more: datetime, known_at: datetime, known_more: datetime
) -> None:
    story = [
        Recorded(event, place, uuid4(), place, "payment", uuid4(), "test", uuid4(), "", None, "", "", when, when, b"")
        for place, (event, when) in enumerate(told)
    ]
    earlier = Then(min(as_of, more), min(known_at, known_more))
    later = Then(max(as_of, more), max(known_at, known_more))
    assert [one for one in story if earlier.sees(one)] == [
        one for one in story if earlier.sees(one) and later.sees(one)
    ]
