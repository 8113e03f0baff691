"""What may be done next: the steps that need no other first, each from its earliest lawful instant, with its cost."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import at_local
from shared.law import ChargedCost, Country, Debtor, NextStep, NextSteps, PastContact, SentStep, Step
from tests.law.asking import LAW, day, eur, money, nok, sek

DUE = day("2025-01-20")


def steps(country: Country, debtor: Debtor, on: str = "2025-01-21", **more: Any) -> list[NextStep]:
    return list(LAW.next_steps(country, debtor, money(country, "450"), day(on), due=DUE, **more).steps)


def named(told: list[NextStep]) -> list[Step]:
    return [each.step for each in told]


def test_a_finnish_consumer_is_reminded_before_anything_is_demanded() -> None:
    friendly, reminder = steps("FI", "consumer")
    assert (friendly.step, friendly.cost) == ("friendly", None)
    assert [rule.id for rule in friendly.earliest.rules] == ["policy.due"]
    assert reminder.step == "reminder"
    assert reminder.earliest.on == day("2025-02-04")
    assert reminder.lawful_from == datetime(2025, 2, 3, 22, tzinfo=UTC)  # Midnight in Helsinki.
    assert reminder.agency_from == datetime(2025, 2, 4, 8, tzinfo=UTC)  # Ten o'clock there.
    assert reminder.cost is not None
    assert reminder.cost.charge == eur("5")


def test_after_a_reminder_comes_the_demand_once_the_reminders_own_day_has_passed() -> None:
    (demand,) = steps("FI", "consumer", previous=[SentStep("reminder", day("2025-02-10"), day("2025-03-03"))])
    assert (demand.step, demand.earliest.on) == ("demand", day("2025-03-04"))
    assert demand.cost is not None
    assert demand.cost.charge == eur("24")


def test_a_finnish_business_may_get_a_demand_at_once() -> None:
    assert named(steps("FI", "business")) == ["friendly", "reminder", "demand"]


def test_in_norway_a_notice_may_come_first_and_only_then_a_demand() -> None:
    assert named(steps("NO", "consumer")) == ["friendly", "reminder", "notice"]
    (demand,) = steps("NO", "consumer", previous=[SentStep("notice", day("2025-02-10"), day("2025-02-25"))])
    assert (demand.step, demand.earliest.on) == ("demand", day("2025-02-26"))
    assert demand.cost is not None
    assert (demand.cost.measure, demand.cost.charge) == ("salary_light", nok("175"))


def test_after_a_norwegian_demand_comes_the_heavy_salary_from_day_43() -> None:
    sent = [SentStep("notice", day("2025-02-03"), day("2025-02-17")), SentStep("demand", day("2025-03-03"))]
    again, heavy, legal = steps("NO", "consumer", previous=sent)
    assert [each.step for each in (again, heavy, legal)] == ["second_demand", "heavy_salary", "legal"]
    assert heavy.earliest.on == day("2025-04-15")
    assert again.cost is legal.cost is None


def test_between_finnish_businesses_a_tratta_is_another_way_than_a_demand() -> None:
    reminded = [SentStep("reminder", day("2025-02-10"))]
    demand, tratta = steps("FI", "business", previous=reminded)
    assert (demand.step, tratta.step) == ("demand", "tratta")
    assert tratta.cost is not None
    assert tratta.cost.measure == "tratta"
    sent = [*reminded, SentStep("tratta", day("2025-03-03"))]
    assert "publication" in named(steps("FI", "business", previous=sent))
    late = LAW.next_steps("FI", "business", eur("450"), day("2025-06-02"), due=DUE, previous=sent)
    assert "publication" not in named(list(late.steps))


def test_after_half_a_year_norwegian_court_waits_for_a_new_demand_and_the_last_day_is_told() -> None:
    sent = [SentStep("notice", day("2025-02-03")), SentStep("demand", day("2025-03-03"))]
    legal = next(each for each in steps("NO", "consumer", previous=sent) if each.step == "legal")
    assert legal.earliest.latest == day("2025-09-03")
    told = LAW.next_steps("NO", "consumer", nok("450"), day("2025-09-04"), due=DUE, previous=sent)
    assert named(list(told.steps)) == ["second_demand", "heavy_salary"]
    heavier = [*sent, SentStep("heavy_salary", day("2025-04-15"))]
    assert (
        LAW.next_steps("NO", "consumer", nok("450"), day("2025-09-04"), due=DUE, previous=heavier).reason == "too_late"
    )


def test_where_the_debtor_must_be_left_alone_nothing_follows_and_who_may_be_asked_is_told() -> None:
    told = LAW.next_steps("FI", "consumer", eur("450"), day("2025-03-03"), due=DUE, conditions=["guardian"])
    assert (told.steps, told.reason, told.instead) == ((), "guardian", "guardian")
    assert told.rules


def test_where_only_our_policy_is_silent_the_law_leaves_the_step_and_the_policy_no_instant() -> None:
    """A consumer asked for a stop: the law lets free reminders go, and we do not; a business cannot ask for it."""
    asked = steps("FI", "consumer", conditions=["suspension_request"])
    assert asked
    assert [each.agency_from for each in asked] == [None] * len(asked)
    assert all(each.agency_from for each in steps("FI", "business", conditions=["suspension_request"]))


def test_what_is_waited_for_because_a_letter_said_so_is_our_own_rule() -> None:
    waits = [SentStep("reminder", day("2025-02-10"), day("2025-03-03"))]
    (demand,) = steps("FI", "consumer", previous=waits)
    assert "policy.pay_by" in [rule.id for rule in demand.earliest.rules]
    (earlier,) = steps("FI", "consumer", previous=[SentStep("reminder", day("2025-02-10"), day("2025-02-20"))])
    assert "policy.pay_by" not in [rule.id for rule in earlier.earliest.rules]


def test_in_sweden_a_reminder_that_was_not_agreed_costs_nothing() -> None:
    friendly, reminder, demand = steps("SE", "consumer")
    assert named([friendly, reminder, demand]) == ["friendly", "reminder", "demand"]
    assert reminder.cost is not None
    assert demand.cost is not None
    assert (reminder.cost.reason, demand.cost.charge) == ("not_agreed", sek("180"))
    agreed = steps("SE", "consumer", agreed=True)[1]
    assert agreed.cost is not None
    assert agreed.cost.charge == sek("60")


ALL_SENT = [SentStep("reminder", DUE), SentStep("demand", DUE), SentStep("second_demand", DUE), SentStep("legal", DUE)]


@pytest.mark.parametrize(
    ("reason", "on", "principal", "sent"),
    [
        ("paid", "2025-03-03", "0", []),
        ("time_barred", "2028-01-21", "450", []),
        ("all_taken", "2025-03-03", "1", ALL_SENT),
    ],
)
def test_where_nothing_follows_the_reason_is_told(reason: str, on: str, principal: str, sent: list[SentStep]) -> None:
    told = LAW.next_steps("FI", "consumer", eur(principal), day(on), due=DUE, previous=sent)
    assert (told.steps, told.reason) == ((), reason)
    assert told.barred is not None
    assert told.barred.barred_on == day("2028-01-21")
    assert told.rules == (told.barred.rules if reason == "time_barred" else ())


def test_a_debt_is_asked_for_on_its_last_day_and_after_an_interruption() -> None:
    assert LAW.next_steps("FI", "consumer", eur("1"), day("2028-01-20"), due=DUE).reason is None
    interrupted = [day("2026-05-04")]
    assert LAW.next_steps("FI", "consumer", eur("1"), day("2028-01-21"), due=DUE, interrupted=interrupted).steps


def test_in_sweden_limitation_is_left_open_where_the_day_the_debt_arose_is_not_told() -> None:
    assert LAW.next_steps("SE", "consumer", sek("1"), day("2028-01-21"), due=DUE).barred is None
    told = LAW.next_steps("SE", "consumer", sek("1"), day("2028-01-21"), due=DUE, arose=day("2025-01-02"))
    assert told.reason == "time_barred"


def test_a_demand_does_not_make_up_for_the_reminder_it_needed() -> None:
    told = steps("FI", "consumer", previous=[SentStep("demand", day("2025-02-10"))])
    assert named(told) == ["reminder", "legal"]


def test_the_agencys_instant_waits_for_another_contact_and_the_laws_does_not() -> None:
    contacted = [PastContact(datetime(2025, 2, 4, 7, tzinfo=UTC), "sms")]
    reminder = steps("FI", "consumer", history=contacted)[1]
    assert reminder.lawful_from == datetime(2025, 2, 3, 22, tzinfo=UTC)
    assert reminder.agency_from == datetime(2025, 2, 5, 8, tzinfo=UTC)


def test_a_cost_is_asked_for_on_the_day_it_could_be_charged() -> None:
    """Asked in December, what may be charged from January on is the new year's."""
    (_, _, notice) = LAW.next_steps("NO", "consumer", nok("2000"), day("2025-12-20"), due=day("2025-12-19")).steps
    assert notice.earliest.on == day("2026-01-02")
    assert notice.cost is not None
    assert notice.cost.charge == nok("38")


@given(
    country=st.sampled_from(("FI", "NO", "SE")),
    debtor=st.sampled_from(("consumer", "business")),
    due=st.dates(date(2015, 1, 1), date(2025, 12, 31)),
    taken=st.integers(0, 4),
)
def test_nothing_is_ever_offered_before_the_law_allows_it(
    country: Country, debtor: Debtor, due: date, taken: int
) -> None:
    sent: list[SentStep] = []
    on = due
    for _ in range(taken):
        told = LAW.next_steps(country, debtor, money(country, "450"), on, due=due, previous=sent).steps
        if not told:
            break
        each = told[-1]
        first = LAW.earliest(country, debtor, each.step, due, sent)
        assert first.needs is None
        assert each.agency_from is not None
        assert each.lawful_from <= each.agency_from
        assert each.earliest.on == first.on > due
        assert each.earliest.rules
        on = max(first.on, on)
        sent.append(SentStep(each.step, on))


@pytest.mark.parametrize("country", ["FI", "NO", "SE"])
def test_another_countrys_currency_is_refused(country: Country) -> None:
    with pytest.raises(ValueError, match="is not the currency of"):
        LAW.next_steps(country, "consumer", nok("1") if country != "NO" else eur("1"), DUE, due=DUE)


# What is next is what each question by itself would answer.

FLAGS: list[dict[str, Any]] = [
    {},
    {"enforceable": True},
    {"can_deduct_vat": False},
    {"invoice_sent": day("2025-01-15")},
    {"invoice_sent": day("2025-01-15"), "fixed_due_date": True},
    {"agreed": True},
    {"conditions": ["objection_upheld"]},
    {"charged": True},
]
WAYS: list[tuple[Country, Debtor, list[SentStep]]] = [
    ("FI", "consumer", []),
    ("FI", "consumer", [SentStep("reminder", day("2025-02-10"))]),
    ("FI", "business", [SentStep("reminder", day("2025-02-10"))]),
    ("NO", "business", [SentStep("notice", day("2025-02-10"))]),
    ("SE", "consumer", []),
]


@pytest.mark.parametrize("flags", FLAGS, ids=lambda flags: "_".join(flags) or "plain")
@pytest.mark.parametrize(("country", "debtor", "sent"), WAYS)
def test_every_next_step_is_what_each_question_alone_answers(
    country: Country, debtor: Debtor, sent: list[SentStep], flags: dict[str, Any]
) -> None:
    principal, on = money(country, "450"), day("2025-02-20")
    asked = dict(flags)
    if asked.pop("charged", False):
        asked["so_far"] = [ChargedCost("reminder", day("2025-02-10"), money(country, "5"))]
    history = [PastContact(datetime(2025, 3, 5, 12, tzinfo=UTC), "email")]
    told = LAW.next_steps(country, debtor, principal, on, due=DUE, previous=sent, history=history, **asked)
    assert told.barred == (None if country == "SE" else LAW.time_barred(country, debtor, DUE, on))
    assert told.rules == told.steps[0].earliest.rules
    for each in told.steps:
        assert each.earliest == LAW.earliest(country, debtor, each.step, DUE, sent)
        day_of = max(each.earliest.on, on)
        measure = LAW.measure_of(country, each.step)
        alone = measure and LAW.cost(country, debtor, measure, principal, day_of, due=DUE, previous=sent, **asked)
        assert each.cost == alone
        midnight = at_local(country, day_of, time.min)
        assert each.agency_from == LAW.may_contact(country, "letter", midnight, history, debtor=debtor).earliest


def test_the_agencys_first_instant_heeds_what_was_said_already() -> None:
    noon = datetime(2025, 2, 20, 10, tzinfo=UTC)
    said = [PastContact(noon, "email")]
    sent = [SentStep("reminder", day("2025-01-30"))]
    (demand, *_), (later, *_) = (
        LAW.next_steps("FI", "consumer", eur("450"), day("2025-02-20"), due=DUE, previous=sent, history=history).steps
        for history in ([], said)
    )
    assert demand.agency_from == datetime(2025, 2, 20, 8, tzinfo=UTC)
    assert later.agency_from == datetime(2025, 2, 21, 8, tzinfo=UTC)


def test_a_suspension_request_leaves_the_law_a_step_and_the_agency_none() -> None:
    on = day("2025-02-20")
    told = LAW.next_steps("FI", "consumer", eur("450"), on, due=DUE, conditions=["suspension_request"])
    assert {each.agency_from for each in told.steps} == {None}
    business = LAW.next_steps("FI", "business", eur("450"), on, due=DUE, conditions=["suspension_request"])
    assert None not in {each.agency_from for each in business.steps}


def test_where_nothing_follows_limitation_and_rules_are_told_all_the_same() -> None:
    on, late = day("2025-03-03"), day("2028-01-21")
    barred = LAW.time_barred("FI", "consumer", DUE, on)
    assert LAW.next_steps("FI", "consumer", eur("0"), on, due=DUE) == NextSteps((), "paid", barred, ())
    too_late = LAW.time_barred("FI", "consumer", DUE, late)
    assert LAW.next_steps("FI", "consumer", eur("1"), late, due=DUE) == NextSteps(
        (), "time_barred", too_late, too_late.rules
    )
    assert LAW.next_steps("FI", "consumer", eur("1"), on, due=DUE, previous=ALL_SENT) == NextSteps(
        (), "all_taken", barred, ()
    )
    silent = LAW.next_steps("FI", "consumer", eur("1"), on, due=DUE, conditions=["minor"])
    assert (silent.barred, silent.reason, silent.instead) == (barred, "minor", "guardian")
    assert LAW.next_steps("FI", "business", eur("1"), on, due=DUE, conditions=["minor"]).steps
    sent = [SentStep("notice", day("2025-02-03")), SentStep("heavy_salary", on)]
    demanded = [*sent, SentStep("demand", day("2025-03-03"))]
    last = LAW.next_steps("NO", "consumer", nok("450"), day("2025-09-03"), due=DUE, previous=demanded)
    assert named(list(last.steps)) == ["legal"]
    over = LAW.next_steps("NO", "consumer", nok("450"), day("2025-09-04"), due=DUE, previous=demanded)
    assert (over.reason, over.steps) == ("too_late", ())
    assert over.barred == LAW.time_barred("NO", "consumer", DUE, day("2025-09-04"))
    assert over.rules == LAW.earliest("NO", "consumer", "legal", DUE, demanded).rules
