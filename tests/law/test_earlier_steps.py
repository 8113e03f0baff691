"""Was a step the client took before us lawful, and what of its cost is collected."""

from datetime import timedelta

import pytest

from shared.law import EarlierStep, SentStep, Step
from tests.law.asking import DUE, LAW, day, eur, nok, sek


def test_a_clients_lawful_reminder_is_taken_over_with_its_cost() -> None:
    told = LAW.check_earlier_step(
        "FI", "consumer", SentStep("reminder", DUE + timedelta(days=15), cost=eur("5")), eur("450"), DUE
    )
    assert (told.lawful, told.counts, told.cost_collectable, told.reason) == (True, True, eur("5"), None)


def test_a_reminder_sent_on_day_14_counts_but_its_cost_is_not_collected() -> None:
    told = LAW.check_earlier_step(
        "FI", "consumer", SentStep("reminder", DUE + timedelta(days=14), cost=eur("5")), eur("450"), DUE
    )
    assert (told.lawful, told.counts, told.cost_collectable) == (False, True, eur("0"))
    assert told.reason == "too_early"
    assert "513/1999 10 b § 1 mom." in [rule.section for rule in told.rules]


def test_a_charge_above_the_highest_is_collected_up_to_it() -> None:
    told = LAW.check_earlier_step(
        "FI", "consumer", SentStep("reminder", DUE + timedelta(days=20), cost=eur("8")), eur("450"), DUE
    )
    assert (told.lawful, told.cost_collectable, told.reason) == (False, eur("5"), "above_maximum")
    assert told.rules[0].section == "513/1999 10 a § 1 mom. 1 kohta"


def test_a_free_reminder_is_lawful_on_any_day_after_the_due_date() -> None:
    told = LAW.check_earlier_step("FI", "consumer", SentStep("reminder", DUE + timedelta(days=1)), eur("450"), DUE)
    assert (told.lawful, told.counts) == (True, True)
    early = LAW.check_earlier_step("FI", "consumer", SentStep("reminder", DUE), eur("450"), DUE)
    assert (early.lawful, early.counts, early.reason) == (False, False, "before_due")


def test_a_second_reminder_too_soon_costs_nothing() -> None:
    first = SentStep("reminder", DUE + timedelta(days=15), cost=eur("5"))
    soon = SentStep("reminder", first.on + timedelta(days=14), cost=eur("5"))
    right = SentStep("reminder", first.on + timedelta(days=15), cost=eur("5"))
    assert LAW.check_earlier_step("FI", "consumer", soon, eur("450"), DUE, [first]).cost_collectable == eur("0")
    assert LAW.check_earlier_step("FI", "consumer", right, eur("450"), DUE, [first]).cost_collectable == eur("5")


def test_a_demand_sent_to_a_consumer_without_a_reminder_does_not_count() -> None:
    demand = SentStep("demand", DUE + timedelta(days=60), cost=eur("24"))
    alone = LAW.check_earlier_step("FI", "consumer", demand, eur("450"), DUE)
    assert (alone.lawful, alone.counts, alone.cost_collectable) == (False, False, eur("0"))
    assert alone.reason == "reminder_missing"
    soon = [SentStep("reminder", demand.on - timedelta(days=14))]
    assert LAW.check_earlier_step("FI", "consumer", demand, eur("450"), DUE, soon).reason == "too_early"
    long = [SentStep("reminder", demand.on - timedelta(days=15), pay_by=demand.on + timedelta(days=5))]
    assert LAW.check_earlier_step("FI", "consumer", demand, eur("450"), DUE, long).lawful
    reminded = [SentStep("reminder", DUE + timedelta(days=20))]
    assert LAW.check_earlier_step("FI", "consumer", demand, eur("450"), DUE, reminded).lawful


def test_a_norwegian_notice_with_too_few_days_does_not_count() -> None:
    sent = DUE + timedelta(days=14)
    short = SentStep("notice", sent, pay_by=sent + timedelta(days=13), cost=nok("35"))
    told = LAW.check_earlier_step("NO", "consumer", short, nok("2000"), DUE)
    assert (told.lawful, told.counts, told.reason) == (False, False, "too_little_time")
    right = SentStep("notice", sent, pay_by=sent + timedelta(days=14), cost=nok("35"))
    assert LAW.check_earlier_step("NO", "consumer", right, nok("2000"), DUE).cost_collectable == nok("35")


def test_a_norwegian_creditors_own_demand_costs_its_own_amount() -> None:
    notice = SentStep("notice", DUE + timedelta(days=14), pay_by=DUE + timedelta(days=28), cost=nok("35"))
    demand = SentStep("demand", DUE + timedelta(days=29), cost=nok("105"))
    assert LAW.check_earlier_step("NO", "consumer", demand, nok("2000"), DUE, [notice]).cost_collectable == nok("105")


def test_a_business_before_2021_owes_no_cost_that_a_statute_names() -> None:
    told = LAW.check_earlier_step(
        "FI", "business", SentStep("reminder", day("2020-06-01"), cost=eur("5")), eur("450"), day("2020-05-01")
    )
    assert (told.counts, told.cost_collectable, told.reason) == (True, eur("0"), "no_statutory_amount")


def test_a_clients_reminder_after_an_invoice_sent_late_costs_nothing() -> None:
    step = SentStep("reminder", DUE + timedelta(days=15), cost=eur("5"))
    late = DUE - timedelta(days=10)
    told = LAW.check_earlier_step("FI", "consumer", step, eur("450"), DUE, invoice_sent=late)
    assert (told.counts, told.cost_collectable, told.reason) == (True, eur("0"), "invoice_sent_late")


def test_a_norwegian_demand_without_a_notice_or_within_its_days_does_not_count() -> None:
    demand = SentStep("demand", DUE + timedelta(days=28), cost=nok("105"))
    alone = LAW.check_earlier_step("NO", "consumer", demand, nok("2000"), DUE)
    assert (alone.counts, alone.reason) == (False, "notice_missing")
    notice = [SentStep("notice", DUE + timedelta(days=14))]
    assert LAW.check_earlier_step("NO", "consumer", demand, nok("2000"), DUE, notice).reason == "too_early"


def test_a_creditors_own_demand_costs_once() -> None:
    notice = SentStep("notice", DUE + timedelta(days=14))
    first = SentStep("demand", DUE + timedelta(days=29), cost=nok("105"))
    again = SentStep("second_demand", DUE + timedelta(days=50), cost=nok("105"))
    told = LAW.check_earlier_step("NO", "consumer", again, nok("2000"), DUE, [notice, first])
    assert (told.counts, told.cost_collectable, told.reason) == (True, nok("0"), "count_limit")


def test_a_friendly_message_that_cost_was_not_one_to_pay_for() -> None:
    step = SentStep("friendly", DUE + timedelta(days=2), cost=eur("5"))
    told = LAW.check_earlier_step("FI", "business", step, eur("450"), DUE)
    assert (told.counts, told.cost_collectable, told.reason) == (True, eur("0"), "no_such_measure")


def test_a_swedish_reminders_cost_is_collected_where_it_was_agreed() -> None:
    step = SentStep("reminder", DUE + timedelta(days=2), cost=sek("60"))
    assert LAW.check_earlier_step("SE", "consumer", step, sek("450"), DUE).reason == "not_agreed"
    assert LAW.check_earlier_step("SE", "consumer", step, sek("450"), DUE, agreed=True).cost_collectable == sek("60")


# Whole answers, so that no part of one is left to chance.


def test_every_part_of_the_answer_about_an_earlier_step_is_told() -> None:
    rules = LAW.cost("FI", "consumer", "reminder", eur("450"), DUE + timedelta(days=20), due=DUE).rules
    told = LAW.check_earlier_step(
        "FI", "consumer", SentStep("reminder", DUE + timedelta(days=20), cost=eur("8")), eur("450"), DUE
    )
    assert told == EarlierStep(
        lawful=False, counts=True, cost_collectable=eur("5"), reason="above_maximum", rules=rules
    )
    right = LAW.check_earlier_step(
        "FI", "consumer", SentStep("reminder", DUE + timedelta(days=20), cost=eur("4.99")), eur("450"), DUE
    )
    assert right == EarlierStep(lawful=True, counts=True, cost_collectable=eur("4.99"), reason=None, rules=rules)
    friendly = SentStep("friendly", DUE + timedelta(days=2), cost=nok("5"))
    assert LAW.check_earlier_step("NO", "business", friendly, nok("450"), DUE) == EarlierStep(
        lawful=False, counts=True, cost_collectable=nok("0"), reason="no_such_measure", rules=()
    )
    early = SentStep("reminder", DUE, cost=nok("35"))
    assert LAW.check_earlier_step("NO", "consumer", early, nok("450"), DUE) == EarlierStep(
        lawful=False, counts=False, cost_collectable=nok("0"), reason="before_due", rules=()
    )
    free = SentStep("reminder", DUE + timedelta(days=1))
    assert LAW.check_earlier_step("NO", "consumer", free, nok("450"), DUE) == EarlierStep(
        lawful=True, counts=True, cost_collectable=nok("0"), reason=None, rules=()
    )


def test_a_step_that_did_not_count_names_what_it_broke() -> None:
    sent = DUE + timedelta(days=14)
    short = SentStep("notice", sent, pay_by=sent + timedelta(days=13), cost=nok("35"))
    told = LAW.check_earlier_step("NO", "consumer", short, nok("2000"), DUE)
    assert told.cost_collectable == nok("0")
    assert [rule.id for rule in told.rules] == ["NO.notice.days.to_pay.1989-10-01"]
    demand = SentStep("demand", DUE + timedelta(days=60), cost=eur("24"))
    alone = LAW.check_earlier_step("FI", "consumer", demand, eur("450"), DUE)
    assert "513/1999 5 § 1 mom." in [rule.section for rule in alone.rules]


def test_what_was_sent_the_same_day_counts_and_what_came_later_does_not() -> None:
    notice = SentStep("notice", DUE + timedelta(days=20), cost=nok("35"))
    same_day = SentStep("demand", DUE + timedelta(days=20))
    later = SentStep("demand", DUE + timedelta(days=19))
    assert LAW.check_earlier_step("NO", "consumer", same_day, nok("2000"), DUE, [notice]).reason == "too_early"
    assert LAW.check_earlier_step("NO", "consumer", later, nok("2000"), DUE, [notice]).reason == "notice_missing"
    charged = SentStep("reminder", DUE + timedelta(days=2), cost=sek("60"))
    again = SentStep("reminder", DUE + timedelta(days=2), cost=sek("60"))
    before = SentStep("reminder", DUE + timedelta(days=1), cost=sek("60"))
    told = LAW.check_earlier_step("SE", "consumer", again, sek("450"), DUE, [charged], agreed=True)
    assert told.reason == "charged_already"
    assert LAW.check_earlier_step("SE", "consumer", before, sek("450"), DUE, [charged], agreed=True).reason is None


def test_only_a_charged_step_that_costs_is_counted_among_the_costs() -> None:
    on = DUE + timedelta(days=20)
    kindly = SentStep("friendly", DUE + timedelta(days=2), cost=eur("5"))
    free = SentStep("reminder", DUE + timedelta(days=3))
    step = SentStep("reminder", on, cost=eur("5"))
    assert LAW.check_earlier_step("FI", "consumer", step, eur("450"), DUE, [kindly, free]).cost_collectable == eur("5")


def test_no_days_must_lie_before_a_demand_where_no_law_says_so() -> None:
    reminded = [SentStep("reminder", DUE + timedelta(days=5), pay_by=DUE + timedelta(days=30))]
    demand = SentStep("demand", DUE + timedelta(days=6))
    assert LAW.check_earlier_step("SE", "consumer", demand, sek("450"), DUE, reminded).counts
    assert LAW.check_earlier_step("FI", "business", demand, eur("450"), DUE, reminded).counts


@pytest.mark.parametrize(("days", "reason"), [(7, "too_little_time"), (8, None)])
def test_a_swedish_demand_gives_at_least_eight_days(days: int, reason: str | None) -> None:
    sent = DUE + timedelta(days=5)
    step = SentStep("demand", sent, pay_by=sent + timedelta(days=days), cost=sek("180"))
    assert LAW.check_earlier_step("SE", "consumer", step, sek("450"), DUE).reason == reason


@pytest.mark.parametrize("kind", ["demand", "second_demand"])
def test_a_norwegian_demand_with_too_few_days_does_not_count(kind: Step) -> None:
    notice = SentStep("notice", DUE + timedelta(days=14))
    first = SentStep("demand", DUE + timedelta(days=30))
    step = SentStep(kind, DUE + timedelta(days=60), pay_by=DUE + timedelta(days=73))
    told = LAW.check_earlier_step("NO", "consumer", step, nok("2000"), DUE, [notice, first])
    assert told.reason == "too_little_time"


def test_the_currency_of_an_earlier_step_is_its_countrys() -> None:
    with pytest.raises(ValueError, match="NOK is not the currency of FI"):
        LAW.check_earlier_step("FI", "consumer", SentStep("reminder", DUE), nok("450"), DUE)


def test_a_fixed_due_date_that_was_agreed_needs_no_invoice_in_time() -> None:
    step = SentStep("reminder", DUE + timedelta(days=15), cost=eur("5"))
    late = DUE - timedelta(days=10)
    told = LAW.check_earlier_step("FI", "consumer", step, eur("450"), DUE, invoice_sent=late, fixed_due_date=True)
    assert told.cost_collectable == eur("5")


def test_a_notice_that_cost_nothing_is_a_notice_all_the_same() -> None:
    notice = SentStep("notice", DUE + timedelta(days=14), pay_by=DUE + timedelta(days=28))
    demand = SentStep("demand", DUE + timedelta(days=29), cost=nok("105"))
    assert LAW.check_earlier_step("NO", "consumer", demand, nok("2000"), DUE, [notice]).cost_collectable == nok("105")
