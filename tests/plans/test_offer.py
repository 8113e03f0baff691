"""An offer: cost and total first, instalments on bank days, and nothing left when every one was paid on its day."""

from datetime import date, timedelta
from functools import reduce
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.plans import offer as offers
from services.plans import plan
from services.plans.plan import Plan
from shared.allocation import allocate
from shared.balance import balance
from shared.calendar import is_bank_day
from shared.casefile import Casefile
from shared.errors import Refused
from shared.events import Event, Sealed
from shared.events.contact import DisputeResolved
from shared.events.gateway import ContactSuspended, Mandate
from shared.events.intake import CaseAccepted, CaseReceived, ClaimAdded
from shared.events.plans import PlanApprovalAsked, PlanApproved, PlanProposed, PlanRefused, PlanStarted
from shared.events.settlement import PaymentAllocated
from shared.law import Law
from shared.money import Money, total
from tests.given import Given
from tests.plans.facts import CLIENT_SET

LAW = Law.load()
CLIENT, PARTY, CLAIM = uuid4(), uuid4(), uuid4()
NOTHING_SAID = Casefile()  # Of the debtor.
TODAY, FIRST = date(2025, 6, 2), date(2025, 6, 16)


def a_case(minor: int, country: str = "FI") -> tuple[Event, ...]:
    currency = {"FI": "EUR", "NO": "NOK"}[country]
    claim = ClaimAdded(
        CLAIM,
        "1",
        date(2025, 3, 1),
        date(2025, 3, 15),
        Money(minor, currency),
        Sealed((PARTY,), "work"),
        "doc",
        uuid4(),
    )
    received = CaseReceived(CLIENT, PARTY, country, "consumer", currency, "fi", date(2025, 4, 1))  # type: ignore[arg-type]  # Literal
    return received, claim, CaseAccepted("100000000000", "1009", uuid4())


def folded(*events: Event) -> Casefile:
    return reduce(lambda known, event: known.after(event), events, Casefile())


@settings(max_examples=60)
@given(st.integers(50_00, 3000_00), st.integers(2, 12), st.sampled_from(["FI", "NO"]))
def test_when_every_instalment_comes_on_its_day_nothing_is_left_and_nothing_is_too_much(
    minor: int, count: int, country: str
) -> None:
    case = folded(*a_case(minor, country))
    made = offers.offer(case, NOTHING_SAID, CLIENT_SET, LAW, count, FIRST, TODAY)
    assert total((each.amount for each in made.instalments), case.currency) == made.total
    assert all(is_bank_day(country, each.due) for each in made.instalments)  # type: ignore[arg-type]  # Literal
    paying = case if made.charge is None else case.earning(uuid4(), made.charge)
    surplus = Money(0, case.currency)
    for each in made.instalments:
        order = LAW.allocation_order(country, "consumer", each.due).order  # type: ignore[arg-type]  # Literal
        shared_out = allocate(balance(paying, each.due, LAW), each.amount, order)
        for claim_id, parts in shared_out.claims:
            amount = total((part.amount for part in parts), case.currency)
            paying = paying.after(PaymentAllocated(uuid4(), claim_id, amount, parts, each.due, "", ""))
        surplus += shared_out.surplus
    left = balance(paying, made.instalments[-1].due, LAW).total
    assert left.minor <= 1
    assert surplus.minor <= 1


def test_the_cost_is_the_laws_and_the_client_may_waive_it() -> None:
    case = folded(*a_case(500_00))
    charged = offers.offer(case, NOTHING_SAID, CLIENT_SET, LAW, 6, FIRST, TODAY)
    kind = replace(CLIENT_SET, mandate=Mandate(waive_plan_cost=True))
    waived = offers.offer(case, NOTHING_SAID, kind, LAW, 6, FIRST, TODAY)
    assert charged.charge is not None
    assert (charged.charge.amount, waived.charge) == (Money(30_00), None)
    assert charged.total > waived.total


@pytest.mark.parametrize("count", [0, 1, 25, 72])
def test_a_number_of_instalments_no_plan_has_is_refused(count: int) -> None:
    with pytest.raises(Refused) as no:
        offers.offer(folded(*a_case(500_00)), NOTHING_SAID, CLIENT_SET, LAW, count, FIRST, TODAY)
    assert no.value.code == "instalments"


def test_a_plan_into_a_time_whose_rate_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(Refused) as no:
        offers.offer(folded(*a_case(500_00)), NOTHING_SAID, CLIENT_SET, LAW, 24, FIRST, TODAY)
    assert no.value.code == "rate_missing"


def test_what_cannot_be_priced_yet_is_left_out_of_the_options() -> None:
    shown = offers.options(folded(*a_case(500_00)), NOTHING_SAID, CLIENT_SET, LAW, date(2026, 2, 16), date(2026, 2, 2))
    assert [len(each.instalments) for each in shown] == [2, 3, 4]  # The half-year from July 2026 has no rate yet.


@pytest.mark.parametrize(
    ("minor", "today", "because"), [(500_00, date(2026, 7, 20), "rate_missing"), (1, TODAY, "nothing_owed")]
)
def test_where_nothing_can_be_offered_the_reason_is_told(minor: int, today: date, because: str) -> None:
    case = folded(*a_case(minor))
    client = replace(CLIENT_SET, mandate=replace(CLIENT_SET.mandate, waive_plan_cost=True))
    with pytest.raises(Refused) as no:
        offers.options(case, NOTHING_SAID, client, LAW, today + timedelta(days=14), today)
    assert no.value.code == because


def test_instalments_follow_the_same_day_of_each_month_on_bank_days() -> None:
    days = offers.due_days("FI", date(2025, 1, 31), 4)
    assert days == (date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30))
    assert offers.due_days("FI", date(2025, 11, 6), 2) == (
        date(2025, 11, 6),
        date(2025, 12, 8),
    )  # 6 Dec: holiday, Saturday


PLAN = UUID(int=7)


def an_offer(count: int) -> offers.Offer:
    return offers.offer(folded(*a_case(500_00)), NOTHING_SAID, CLIENT_SET, LAW, count, FIRST, TODAY)


def test_inside_the_mandate_a_plan_starts_at_once() -> None:
    chosen = an_offer(3)
    proposed = PlanProposed(PLAN, chosen.instalments, chosen.total, chosen.charge, ())
    started = PlanStarted(PLAN, chosen.instalments, chosen.charge)
    Given(Plan(), a_case(500_00)).when(plan.propose, PLAN, chosen, CLIENT_SET, TODAY).then(proposed, started)


def test_outside_the_mandate_the_client_is_asked_with_reminders_and_a_last_day() -> None:
    chosen = an_offer(9)
    assert chosen.outside_mandate == ("too_many_instalments", "too_long")
    proposed = PlanProposed(PLAN, chosen.instalments, chosen.total, chosen.charge, chosen.outside_mandate)
    days = (TODAY + timedelta(3), TODAY + timedelta(6))
    asked = PlanApprovalAsked(PLAN, TODAY + timedelta(7), days, "needs_answer")
    Given(Plan(), a_case(500_00)).when(plan.propose, PLAN, chosen, CLIENT_SET, TODAY).then(proposed, asked)


def test_silence_means_what_the_question_said_it_would() -> None:
    chosen = an_offer(9)
    proposed = PlanProposed(PLAN, chosen.instalments, chosen.total, chosen.charge, chosen.outside_mandate)
    strict = PlanApprovalAsked(PLAN, TODAY, (), "needs_answer")
    mild = PlanApprovalAsked(PLAN, TODAY, (), "starts")
    refused = PlanRefused(PLAN, "no answer")
    approved = PlanApproved(PLAN, "silence"), PlanStarted(PLAN, chosen.instalments, chosen.charge)
    Given(Plan(), (*a_case(500_00), proposed, strict)).when(plan.hear_silence, PLAN).then(refused)
    Given(Plan(), (*a_case(500_00), proposed, mild)).when(plan.hear_silence, PLAN).then(*approved)


def test_an_answer_about_a_plan_never_proposed_is_refused() -> None:
    Given(Plan(), a_case(500_00)).when(plan.approve, uuid4(), "client").refused("no_such_plan")


DEBTOR_ASKED = ContactSuspended("suspension_request", "513/1999 4 c §")
ADJUSTED = DisputeResolved(uuid4(), "adjusted", CLAIM, Money(10_00), None)


@pytest.mark.parametrize("told", [DEBTOR_ASKED, ADJUSTED], ids=["asked for a suspension", "was right in part"])
def test_a_plan_costs_nothing_where_the_law_lets_nothing_be_charged_any_more(told: Event) -> None:
    before, after = folded(*a_case(500_00)), folded(*a_case(500_00), told)
    assert offers.offer(before, NOTHING_SAID, CLIENT_SET, LAW, 6, FIRST, TODAY).charge is not None
    assert offers.offer(after, NOTHING_SAID, CLIENT_SET, LAW, 6, FIRST, TODAY).charge is None


def test_what_a_debtor_asked_for_holds_in_each_of_its_cases() -> None:
    case = folded(*a_case(500_00))
    assert offers.offer(case, folded(DEBTOR_ASKED), CLIENT_SET, LAW, 6, FIRST, TODAY).charge is None
