"""Was a step the client took before us lawful, and what of its cost is collected."""

from datetime import timedelta

from shared.law import SentStep
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
