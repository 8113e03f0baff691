"""A plan: every cent counted once, one kind message, five days, and stop wins."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from uuid import UUID, uuid4

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from services.plans import handlers, plan
from services.plans.deadlines import ended_by, set_by
from services.plans.plan import Plan
from shared.casefile import Casefile
from shared.deadlines import Deadline, fire
from shared.deciding import Deciding
from shared.events import Event
from shared.events.gateway import CollectionPaused, CollectionStopped
from shared.events.intake import CaseAccepted, CaseReceived
from shared.events.plans import (
    Instalment,
    InstalmentMissed,
    InstalmentPaid,
    PlanBroken,
    PlanCompleted,
    PlanStarted,
    RescueDecided,
    RescueWithheld,
)
from shared.events.settlement import AllocationReversed, BankFileRead, CaseClosed, PaymentAllocated
from shared.ids import AGENCY, account_id
from shared.money import Money
from tests.given import Given
from tests.memory import MemoryStore
from tests.plans.facts import AGENCY_SET, IBAN

CASE, PARTY, CLIENT, PLAN, CLAIM = uuid4(), uuid4(), uuid4(), uuid4(), uuid4()
JUNE, JULY, DAY = date(2026, 6, 2), date(2026, 7, 2), timedelta(days=1)  # A Tuesday and a Thursday.
TEN = Money(10_00)
RECEIVED = CaseReceived(CLIENT, PARTY, "FI", "consumer", "EUR", "fi", date(2026, 5, 1))
ACCEPTED = CaseAccepted("100000000000", "1009", uuid4())
STARTED = PlanStarted(PLAN, (Instalment(JUNE, TEN, JUNE + DAY), Instalment(JULY, TEN, JULY + DAY)), None)
MISSED, RESCUED = InstalmentMissed(1), RescueDecided(1, breaks_on=JUNE + 6 * DAY)
PAUSED = Casefile().after(CollectionPaused())
NOBODY_OBJECTS = (Casefile(), Casefile())


def given(*events: Event) -> Given[Plan]:
    return Given(Plan(), (RECEIVED, ACCEPTED, *events))


def paid(minor: int) -> PaymentAllocated:
    return PaymentAllocated(uuid4(), CLAIM, Money(minor), (), JUNE, "", "")


def look(state: Plan, *who: Casefile, number: int = 1, today: date, fresh: bool = True) -> Sequence[Event]:
    party, client = who or NOBODY_OBJECTS
    return plan.look(state, party, client, number, today, money_is_fresh=fresh)


# At the rule.


def test_one_payment_may_pay_two_instalments_and_keep_the_promise() -> None:
    given(STARTED, paid(25_00)).when(plan.count).then(InstalmentPaid(1), InstalmentPaid(2), PlanCompleted())


def test_an_unpaid_instalment_is_missed_and_gets_one_kind_message() -> None:
    given(STARTED).when(look, today=JUNE + DAY).then(MISSED, RESCUED)


def test_the_due_day_itself_is_still_the_debtors() -> None:
    given(STARTED).when(look, today=JUNE).then()


def test_money_that_came_before_we_looked_is_counted_not_missed() -> None:
    given(STARTED, paid(10_00)).when(look, today=JUNE + DAY).then(InstalmentPaid(1))


def test_while_yesterdays_bank_file_is_not_read_nobody_has_missed_anything() -> None:
    again = RescueWithheld(1, ("money_not_fresh",), JUNE + 2 * DAY)
    given(STARTED).when(look, today=JUNE + DAY, fresh=False).then(again)


def test_money_taken_back_by_the_bank_no_longer_covers_an_instalment() -> None:
    back = AllocationReversed(uuid4(), CLAIM, TEN, (), JUNE)
    given(STARTED, paid(10_00), back).when(look, today=JUNE + DAY).then(MISSED, RESCUED)


def test_a_case_that_ends_as_paid_has_kept_its_plan_though_the_last_payment_was_a_cent_short() -> None:
    closed = CaseClosed("paid", Money(0))
    kept = InstalmentPaid(1), InstalmentPaid(2), PlanCompleted()
    given(STARTED, paid(19_99), closed).when(plan.count).then(*kept)


def test_a_plan_of_a_case_that_was_stopped_is_not_looked_at_any_more() -> None:
    closed = CaseClosed("withdrawn_by_client", Money(20_00))
    given(STARTED, closed).when(look, today=JUNE + DAY).then()
    given(STARTED, closed).when(plan.count).then()


@pytest.mark.parametrize("who", ["case", "party", "client"])
def test_where_contact_is_blocked_no_message_leaves_and_it_is_looked_at_again(who: str) -> None:
    case, party, client = (PAUSED if who == stream else Casefile() for stream in ("case", "party", "client"))
    on_case = (CollectionPaused(),) if case is PAUSED else ()
    withheld = RescueWithheld(1, ("paused",), again_on=JUNE + 8 * DAY)
    given(*on_case, STARTED).when(look, party, client, today=JUNE + DAY).then(MISSED, withheld)


def test_five_days_after_the_message_the_plan_breaks_and_not_before() -> None:
    given(STARTED, MISSED, RESCUED).when(look, today=JUNE + 5 * DAY).then()
    given(STARTED, MISSED, RESCUED).when(look, today=JUNE + 6 * DAY).then(PlanBroken(1))


# At the service: the same decisions, through the store.


def a_plan(*more: Event) -> MemoryStore:
    store = MemoryStore()
    store.streams[CASE] = [RECEIVED, ACCEPTED, STARTED, *more]
    store.streams[AGENCY] = [AGENCY_SET]
    read = BankFileRead("d", "n", "EUR", date(2027, 1, 1), 0, Money(0), ())
    store.streams[account_id(IBAN)] = [read]
    return store


def deciding(store: MemoryStore, cause: UUID | None = None) -> Deciding:
    return Deciding(store, cause or uuid4(), "test", datetime(2026, 6, 3, 9, tzinfo=UTC))


PAYMENT = st.integers(1, 12_00)
TOLD = st.sampled_from([UUID(int=number) for number in range(1, 4)])  # A message: late, again, or never.


@any_of(st.integers(6, 50_00), st.integers(2, 6), st.lists(PAYMENT | TOLD))
async def test_however_money_and_messages_mingle_each_cent_counts_once(
    total: int, parts: int, story: list[int | UUID]
) -> None:
    store = MemoryStore()
    promised = tuple(Instalment(JUNE, share, JUNE + DAY) for share in Money(total).split(parts))
    begun = [RECEIVED, ACCEPTED, PlanStarted(PLAN, promised, None)]
    store.streams[CASE] = list(begun)
    for cause in [*story, uuid4()]:  # Some message comes last.
        if isinstance(cause, UUID):
            await deciding(store, cause)(handlers.count_payments, CASE)
        else:
            store.streams[CASE].append(paid(cause))
    received = sum(part for part in story if isinstance(part, int))
    sums = accumulate(share.amount.minor for share in promised)
    kept = [InstalmentPaid(number) for number, sum_ in enumerate(sums, start=1) if sum_ <= received]
    told = [event for event in store.streams[CASE] if isinstance(event, InstalmentPaid | PlanCompleted)]
    assert told == ([*kept, PlanCompleted()] if received >= total else kept)


async def test_stop_wins_even_between_loading_and_appending() -> None:
    store = a_plan()
    store.meanwhile = lambda: store.streams[CLIENT].append(CollectionStopped())
    now = datetime(2026, 6, 3, 9, tzinfo=UTC)
    await deciding(store)(handlers.look_at_instalment, CASE, 1, now=now)
    assert store.streams[CASE][3:] == [MISSED, RescueWithheld(1, ("stopped",), again_on=None)]


async def test_a_payment_told_twice_with_a_change_between_is_counted_once() -> None:
    store, cause = a_plan(paid(10_00)), uuid4()
    await deciding(store, cause)(handlers.count_payments, CASE)
    store.streams[CASE].append(paid(10_00))
    again = await deciding(store, cause)(handlers.count_payments, CASE)
    assert again.outcome == "duplicate"
    assert [event for event in store.streams[CASE] if isinstance(event, InstalmentPaid)] == [InstalmentPaid(1)]


async def test_an_unpaid_plan_breaks_by_itself() -> None:
    store, seen, now = a_plan(), 0, datetime(2026, 6, 1, tzinfo=UTC)
    waiting: dict[Deadline, UUID] = {}
    while not isinstance(store.streams[CASE][-1], PlanBroken):
        for event in store.streams[CASE][seen:]:
            waiting = {each: by for each, by in waiting.items() if not ended_by(event, each)}
            waiting |= {deadline: uuid4() for deadline in set_by(event)}
        seen, deadline = len(store.streams[CASE]), min(waiting, key=lambda deadline: deadline.at)
        now = max(now, deadline.at)
        assert (await fire(store, deadline, CASE, waiting.pop(deadline), now, "test")).outcome == "appended"
    assert store.streams[CASE][3:] == [MISSED, RESCUED, PlanBroken(1)]
    assert now.date() == JUNE + 6 * DAY
