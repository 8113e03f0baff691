"""Which step comes when and what it costs, where nothing stops a case and nobody answers: read off the decisions."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st

from services.contact import step as steps
from services.contact import timing
from services.contact.strategy import LETTERS, strategies
from shared.balance import balance, charged
from shared.events import Event, contact
from shared.events.intake import Country, DebtorKind
from shared.money import Money
from tests.contact.asking import (
    AT_REMINDER,
    CASE,
    CLAIM,
    DAY,
    KINDS,
    PARTY,
    around,
    at,
    decided,
    known,
    lived,
    planned,
    take,
    the_law,
)
from tests.contact.people import DUE, a_case, reminded


def days_of(told: Sequence[Event]) -> dict[str, date]:
    return {each.step: each.leaves_at.date() for each in decided(told) if each.leaves_at is not None}


# Where a case begins.


def test_a_fresh_case_begins_kindly_on_the_day_after_its_due_day() -> None:
    told = steps.assign(known(*a_case(PARTY)), around(), at(date(2025, 1, 21), 6))
    assert told[0] == contact.StrategyAssigned("fi_consumer", "friendly")
    assert planned(told) == [("friendly", at(date(2025, 1, 21), 7))]  # 9:00 in Helsinki.


def test_a_case_not_yet_due_waits_for_the_day_after_its_due_day() -> None:
    told = steps.assign(known(*a_case(PARTY)), around(date(2025, 1, 8)), at(date(2025, 1, 8), 9))
    assert planned(told) == [("friendly", at(date(2025, 1, 21), 7))]


def test_a_case_without_proof_of_a_reminder_begins_at_the_reminder_and_not_at_the_demand() -> None:
    late = date(2025, 3, 3)
    told = steps.assign(known(*a_case(PARTY)), around(late), at(late, 6))
    assert planned(told) == [("reminder", at(late, 8))]
    unproven = a_case(PARTY, earlier=[reminded(date(2025, 2, 10), proven=False)])
    assert planned(steps.assign(known(*unproven), around(late), at(late, 6))) == [("reminder", at(late, 8))]
    unlawful = a_case(PARTY, earlier=[reminded(date(2025, 2, 10), lawful=False)])
    assert planned(steps.assign(known(*unlawful), around(late), at(late, 6))) == [("reminder", at(late, 8))]


def test_a_proven_reminder_of_the_client_s_own_leads_to_the_demand_on_day_15_and_not_on_day_14() -> None:
    sent = date(2025, 2, 10)
    told = steps.assign(known(*a_case(PARTY, earlier=[reminded(sent)])), around(sent + 8 * DAY), at(sent + 8 * DAY, 6))
    [(name, moment)] = planned(told)
    assert name == "demand"
    assert moment.date() == sent + 15 * DAY


def test_a_norwegian_reminder_is_no_notice_so_the_case_begins_at_the_notice() -> None:
    late = date(2025, 3, 3)
    events = a_case(PARTY, country="NO", earlier=[reminded(date(2025, 2, 10))])
    told = steps.assign(known(*events), around(late, country="NO"), at(late, 6))
    assert [name for name, _ in planned(told)] == ["notice"]


def test_several_invoices_have_no_one_reference_so_such_a_case_begins_at_our_own_reminder() -> None:
    first, second = a_case(PARTY), a_case(PARTY, number="20416")
    told = steps.assign(known(*first[:-1], second[1], first[-1]), around(), at(DUE + DAY, 6))
    assert [name for name, _ in planned(told)] == ["reminder"]


# The whole way, where nobody answers.


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_every_step_is_taken_in_its_order_and_none_is_stepped_over(country: Country, kind: DebtorKind) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 200 * DAY, country=country, kind=kind)
    taken = [
        event.step for event in told if isinstance(event, contact.ContactDecided | contact.CallTaskCreated)
    ]  # fmt: skip
    wanted = [step.step for step in strategies()[f"{country.lower()}_{kind}"].steps if step.kind != "ask"]
    assert taken == wanted
    assert isinstance(told[-1], contact.LegalDecisionAsked)


def test_the_finnish_consumer_s_days_are_the_law_s() -> None:
    days = days_of(lived(a_case(PARTY), DUE + DAY, DUE + 120 * DAY))
    assert days["friendly"] == DUE + DAY
    assert days["reminder"] == DUE + 15 * DAY
    assert days["demand"] >= days["reminder"] + 15 * DAY
    assert days["second_demand"] >= days["demand"] + 15 * DAY


def test_the_norwegian_s_days_are_the_law_s_and_the_heavy_salary_replaces_the_light() -> None:
    told = lived(a_case(PARTY, country="NO", minor=4890_00), DUE + DAY, DUE + 150 * DAY, country="NO")
    days, messages = days_of(told), {each.step: each for each in decided(told)}
    assert days["notice"] >= DUE + 14 * DAY
    assert messages["notice"].pay_by is not None
    assert messages["notice"].pay_by >= days["notice"] + 14 * DAY
    assert days["demand"] > messages["notice"].pay_by
    assert messages["demand"].pay_by is not None
    assert days["second_demand"] >= messages["demand"].pay_by + 29 * DAY
    light, heavy = messages["demand"].charge, messages["second_demand"].charge
    assert light is not None
    assert heavy is not None
    assert (heavy.replaces, heavy.amount) == ("salary_light", Money(2 * light.amount.minor, "NOK"))
    after = known(*told).case.charges
    assert [earned.charge.measure for earned in after] == ["notice", "salary_heavy"]


def test_a_business_pays_the_standard_compensation_or_costs_above_it_and_never_both() -> None:
    for minor in (80_00, 430_00, 9000_00):
        told = lived(a_case(PARTY, kind="business", minor=minor), DUE + DAY, DUE + 120 * DAY, kind="business")
        measures = [each.charge.measure for each in decided(told) if each.charge is not None]
        assert "standard_compensation" not in measures or "demand" not in measures


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_a_friendly_message_names_the_client_s_account_and_never_costs(country: Country, kind: DebtorKind) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 2 * DAY, country=country, kind=kind)
    [friendly] = decided(told)
    assert friendly.charge is None
    assert friendly.total == Money(430_00, "EUR" if country == "FI" else "NOK")


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_after_the_second_demand_the_client_is_asked_and_nothing_is_automatic(
    country: Country, kind: DebtorKind
) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 300 * DAY, country=country, kind=kind)
    asked = [place for place, event in enumerate(told) if isinstance(event, contact.LegalDecisionAsked)]
    assert asked == [len(told) - 1]


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_a_total_holds_the_interest_up_to_its_own_pay_by_day(country: Country, kind: DebtorKind) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 200 * DAY, country=country, kind=kind)
    for place, event in enumerate(told):
        if isinstance(event, contact.ContactDecided) and event.kind != "friendly":
            assert event.pay_by is not None
            after = known(*told[: place + 1]).case
            assert event.total == balance(after, event.pay_by, the_law()).total


def test_letters_are_the_strategies_own_kinds() -> None:
    for strategy in strategies().values():
        assert {step.kind for step in strategy.steps} <= {*LETTERS, "call", "ask"}
        assert set(strategy.groups) == {"forgot", "cannot", "will_not"}


def test_the_ids_of_messages_come_from_the_case_and_never_by_chance() -> None:
    first = decided(take(AT_REMINDER))[0].contact_id
    assert first == decided(take(AT_REMINDER))[0].contact_id
    assert isinstance(first, UUID)
    assert first != CASE


# Properties.


@settings(max_examples=40)
@any_of(
    minor=st.integers(10_00, 60_000_00),
    which=st.sampled_from(KINDS),
    received=st.integers(1, 90),
    due=st.integers(0, 6),
)
def test_no_debtor_is_charged_more_than_the_law_allows_nor_written_to_twice_in_a_day(
    minor: int, which: tuple[Country, DebtorKind], received: int, due: int
) -> None:
    country, kind = which
    day = DUE + due * DAY
    events = a_case(PARTY, country=country, kind=kind, minor=minor, due=day)
    told = lived(events, day + received * DAY, day + (received + 120) * DAY, country=country, kind=kind)
    days = [each.leaves_at.date() for each in decided(told) if each.leaves_at is not None]
    assert len(days) == len(set(days))
    assert all(each.weekday() < 5 for each in days)
    for place, event in enumerate(told):
        if isinstance(event, contact.ContactDecided) and event.charge is not None:
            before = known(*told[:place])
            answer = the_law().cost(
                country, kind, event.charge.measure,  # type: ignore[arg-type]  # A measure's name.
                balance(before.case, event.charge.on, the_law()).principal, event.charge.on,
                charged(before.case), due=timing.due_day(before, the_law()),
                previous=timing.sent_steps(before),
                invoice_sent=before.case.claims[CLAIM].issued,
            )  # fmt: skip
            assert answer.allowed
            assert answer.amount is not None
            assert event.charge.amount <= answer.amount
