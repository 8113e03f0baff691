"""What a measure may cost in Finland: days, counts, plans, tax."""

from datetime import timedelta
from typing import Any

import pytest

from shared.law import ChargedCost, Debtor, Law, SentStep
from shared.law.costs import band
from tests.law.asking import DUE, LATE, LAW, ONE_DAY, day, eur, fi


def test_a_consumers_reminder_costs_on_day_15_and_not_on_day_14() -> None:
    early, right = fi("reminder", on=DUE + timedelta(days=14)), fi("reminder", on=DUE + timedelta(days=15))
    assert (early.allowed, early.reason, early.earliest) == (False, "too_early", DUE + timedelta(days=15))
    assert early.amount == eur("5")
    assert early.charge == eur("0")
    assert right.allowed
    assert right.charge == eur("5")


@pytest.mark.parametrize(("debtor", "first"), [("consumer", 15), ("business", 11)])
def test_letters_that_cost_lie_whole_days_apart(debtor: Debtor, first: int) -> None:
    sent = day("2025-03-03")
    charged = [ChargedCost("demand", sent, eur("24"))]
    early = fi("second_demand", on=sent + timedelta(days=first - 1), so_far=charged, debtor=debtor)
    assert (early.reason, early.earliest) == ("too_early", sent + timedelta(days=first))
    assert fi("second_demand", on=sent + timedelta(days=first), so_far=charged, debtor=debtor).allowed


def test_a_free_reminder_too_holds_back_a_consumers_demand() -> None:
    reminded = [SentStep("reminder", day("2025-03-03"))]
    assert fi("demand", on=day("2025-03-17"), previous=reminded).earliest == day("2025-03-18")
    assert fi("demand", on=day("2025-03-18"), previous=reminded).allowed


def test_an_invoice_sent_late_makes_no_chargeable_reminder() -> None:
    sent = DUE - timedelta(days=13)
    assert fi("reminder", invoice_sent=sent).reason == "invoice_sent_late"
    assert fi("reminder", invoice_sent=sent, fixed_due_date=True).allowed
    assert fi("reminder", invoice_sent=sent - ONE_DAY).allowed


def test_more_time_costs_only_from_two_weeks() -> None:
    assert fi("extension", extension_days=13).reason == "extension_too_short"
    assert fi("extension", extension_days=14).charge == eur("5")
    assert fi("extension", extension_days=14, debtor="business").charge == eur("10")


def test_nothing_costs_before_the_claim_is_late() -> None:
    for debtor in ("consumer", "business"):
        assert LAW.cost("FI", debtor, "demand", eur("1"), DUE, due=DUE).reason == "too_early"


def test_a_whole_demand_costs_once_and_a_half_one_once_more() -> None:
    first = ChargedCost("demand", day("2025-03-03"), eur("24"))
    second = ChargedCost("second_demand", day("2025-04-03"), eur("12"))
    assert fi("demand", so_far=[first]).reason == "charged_already"
    assert fi("second_demand", so_far=[first]).charge == eur("12")
    assert fi("second_demand", so_far=[first, second]).reason == "count_limit"


def test_one_demand_costs_beside_a_tratta_and_one_tratta() -> None:
    tratta = ChargedCost("tratta", day("2025-04-03"), eur("125"))
    demand = ChargedCost("demand", day("2025-03-03"), eur("70"))
    assert fi("demand", "2000", so_far=[tratta], debtor="business").allowed
    assert fi("second_demand", "2000", so_far=[demand, tratta], debtor="business").reason == "count_limit"
    assert fi("tratta", "2000", so_far=[demand], debtor="business").allowed
    assert fi("tratta", "2000", so_far=[demand, tratta], debtor="business").reason == "count_limit"


@pytest.mark.parametrize(
    ("debtor", "principal", "plans"),
    [("consumer", "100", 1), ("consumer", "100.01", 2), ("business", "500", 1), ("business", "500.01", 2)],
)
def test_a_second_plan_costs_only_for_a_larger_claim(debtor: Debtor, principal: str, plans: int) -> None:
    charged = [ChargedCost("plan", day("2025-03-03"), eur("20"))] * plans
    assert fi("plan", principal, so_far=charged[1:], debtor=debtor, instalments=3).allowed
    assert fi("plan", principal, so_far=charged, debtor=debtor, instalments=3).reason == "count_limit"


def test_tax_comes_on_top_for_a_business_and_is_left_out_for_a_consumer() -> None:
    told = fi("demand", debtor="business", can_deduct_vat=False)
    assert (told.charge, told.vat_on_top) == (eur("50"), eur("12.75"))
    consumer = fi("demand", can_deduct_vat=False)
    assert (consumer.charge, consumer.vat_on_top) == (eur("24"), None)
    assert consumer.left_out == ("value-added tax for 2025-06-02 missing",)


def test_what_is_known_only_from_memory_is_left_out_in_a_live_store() -> None:
    live = Law.load(live=True)
    told = live.cost("FI", "business", "demand", eur("450"), LATE, due=DUE, can_deduct_vat=False)
    assert told.allowed
    assert told.vat_on_top is None
    assert told.left_out == ("value-added tax for 2025-06-02 missing",)


def test_an_enforceable_claim_of_2021_is_not_priced_by_guessing() -> None:
    told = fi("demand", on=day("2021-06-01"), due=day("2021-03-01"), debtor="business", enforceable=True)
    assert (told.reason, told.amount) == ("unknown", None)


def test_a_known_amount_under_an_unknown_cap_is_told_and_not_charged() -> None:
    asked: dict[str, Any] = {"due": day("2021-03-01"), "debtor": "business", "enforceable": True}
    told = fi("reminder", on=day("2022-04-30"), **asked)
    assert (told.amount, told.charge, told.reason) == (eur("10"), eur("0"), "unknown")
    assert told.left_out == (
        "highest total of collection costs of a directly enforceable claim for 2022-04-30 missing",
    )
    assert fi("reminder", on=day("2022-05-01"), **asked).charge == eur("12")


def test_the_last_letter_counts_and_not_the_first() -> None:
    charged = [
        ChargedCost("reminder", day("2025-03-03"), eur("5")),
        ChargedCost("demand", day("2025-04-03"), eur("24")),
    ]
    assert fi("second_demand", on=day("2025-04-17"), so_far=charged).earliest == day("2025-04-18")
    assert fi("second_demand", on=day("2025-04-17"), so_far=charged[::-1]).earliest == day("2025-04-18")
    reminded = [SentStep("reminder", day("2025-03-03")), SentStep("reminder", day("2025-04-03"))]
    assert fi("demand", on=day("2025-04-17"), previous=reminded).earliest == day("2025-04-18")


def test_a_businesss_reminder_may_cost_on_the_first_late_day() -> None:
    assert fi("reminder", on=DUE + ONE_DAY, debtor="business").charge == eur("12")


def test_a_bankruptcy_demand_costs_once() -> None:
    charged = [ChargedCost("bankruptcy_demand", day("2025-03-03"), eur("100"))]
    assert fi("bankruptcy_demand", "2000", debtor="business").charge == eur("100")
    assert fi("bankruptcy_demand", "2000", so_far=charged, debtor="business").reason == "count_limit"


@pytest.mark.parametrize(("debtor", "plans"), [("consumer", 1), ("business", 2)])
def test_an_enforceable_claim_of_a_consumer_has_one_plan_that_costs(debtor: Debtor, plans: int) -> None:
    charged = [ChargedCost("plan", day("2025-03-03"), eur("20"))] * plans
    asked: dict[str, Any] = {"debtor": debtor, "instalments": 6, "enforceable": True}
    assert fi("plan", "2000", so_far=charged[1:], **asked).allowed
    assert fi("plan", "2000", so_far=charged, **asked).reason == "count_limit"


def test_instalments_add_to_a_plan_of_a_business_from_the_seventh() -> None:
    six, seven = (fi("plan", "3000", debtor="business", instalments=count) for count in (6, 7))
    assert (six.amount, seven.amount) == (eur("60"), eur("65"))
    assert [rule.id.split(".")[3] for rule in six.rules if ".plan." in rule.id] == ["many"]
    assert fi("plan", "2000", instalments=24).amount == eur("50")


def test_a_demand_to_a_consumer_costs_only_after_a_reminder_where_the_letters_are_told() -> None:
    missing = fi("demand", previous=[])
    assert (missing.reason, missing.earliest) == ("reminder_missing", None)
    assert "513/1999 5 § 1 mom." in [rule.section for rule in missing.rules]
    assert fi("demand", previous=[SentStep("demand", day("2025-03-03"))]).reason == "reminder_missing"
    assert fi("demand", previous=[SentStep("reminder", day("2025-03-03"))]).allowed
    assert fi("demand", previous=[], so_far=[ChargedCost("reminder", day("2025-03-03"), eur("5"))]).allowed
    assert fi("demand", previous=[], debtor="business").allowed
    assert fi("demand").allowed  # Nothing is told of the letters: `earliest` is asked when it may be sent.


def test_a_tratta_costs_once_the_reminders_ten_days_have_passed() -> None:
    reminded = [SentStep("reminder", day("2025-03-03"))]
    early = fi("tratta", "2000", on=day("2025-03-13"), previous=reminded, debtor="business")
    assert (early.reason, early.earliest) == ("too_early", day("2025-03-14"))
    assert fi("tratta", "2000", on=day("2025-03-14"), previous=reminded, debtor="business").charge == eur("125")
    assert fi("tratta", "2000", previous=[], debtor="business").reason == "reminder_missing"


@pytest.mark.parametrize(
    ("on", "reason"), [("2020-12-31", "no_statutory_amount"), ("2021-01-01", "unknown"), ("2021-09-30", "unknown")]
)
def test_no_tratta_is_charged_while_it_might_name_one_whom_the_law_spared(on: str, reason: str) -> None:
    told = fi("tratta", "2000", on=day(on), due=day("2020-11-01"), debtor="business")
    assert (told.allowed, told.reason) == (False, reason)
    assert fi("tratta", "2000", on=day("2021-10-01"), due=day("2020-11-01"), debtor="business").charge == eur("100")


def test_a_spared_debtors_tratta_says_what_is_not_known() -> None:
    told = fi("tratta", "2000", on=day("2021-06-01"), due=day("2020-11-01"), debtor="business")
    assert told.left_out == ("whether the debtor is one whom no tratta may name for 2021-06-01 missing",)
    assert told.amount == eur("100")


@pytest.mark.parametrize(("debtor", "reason"), [("consumer", "no_statutory_amount"), ("business", "unknown")])
def test_a_reminder_by_telephone_has_no_amount_of_the_law(debtor: Debtor, reason: str) -> None:
    told = fi("other_reminder", debtor=debtor)
    assert (told.amount, told.reason, told.charge) == (None, reason, eur("0"))


def test_what_was_charged_before_there_were_limits_is_not_counted_beside_a_tratta_or_a_threat() -> None:
    old = [
        ChargedCost("tratta", day("2020-12-01"), eur("150")),
        ChargedCost("bankruptcy_demand", day("2020-12-15"), eur("200")),
        ChargedCost("plan", day("2020-12-20"), eur("80")),
    ]
    asked: dict[str, Any] = {"due": day("2020-10-01"), "on": day("2022-06-01"), "debtor": "business", "so_far": old}
    assert fi("tratta", "400", **asked).charge == eur("110")
    assert fi("bankruptcy_demand", "400", **asked).charge == eur("100")
    assert fi("plan", "400", instalments=2, **asked).charge == eur("30")
    assert fi("second_demand", "400", **asked).allowed


def test_the_days_between_letters_are_those_of_the_law_on_the_day_of_the_measure() -> None:
    charged = [ChargedCost("demand", day("2022-04-23"), eur("50"))]
    asked: dict[str, Any] = {"due": day("2022-03-01"), "debtor": "business", "so_far": charged}
    for on in ("2022-04-30", "2022-05-03"):
        told = fi("second_demand", on=day(on), **asked)
        assert (told.reason, told.earliest) == ("too_early", day("2022-05-04"))
    assert fi("second_demand", on=day("2022-05-04"), **asked).allowed
    sooner = [ChargedCost("demand", day("2022-04-22"), eur("50"))]
    assert fi("second_demand", on=day("2022-04-30"), **{**asked, "so_far": sooner}).allowed
    assert fi("second_demand", on=day("2022-05-01"), **{**asked, "so_far": sooner}).earliest == day("2022-05-03")


def test_a_demand_within_the_group_counts_among_the_demands() -> None:
    charged = [
        ChargedCost("demand", day("2025-03-03"), eur("24")),
        ChargedCost("same_group_demand", day("2025-04-03"), eur("5")),
    ]
    assert fi("same_group_demand", so_far=charged[:1]).charge == eur("5")
    assert fi("same_group_demand", so_far=charged).reason == "count_limit"
    assert fi("second_demand", so_far=charged).reason == "count_limit"


def test_once_bankruptcy_was_threatened_the_higher_cap_holds() -> None:
    threatened = [ChargedCost("bankruptcy_demand", day("2025-03-03"), eur("100"))]
    other = [ChargedCost("tratta", day("2025-03-03"), eur("100"))]
    asked: dict[str, Any] = {"debtor": "business", "enforceable": True}
    assert fi("demand", so_far=threatened, **asked).cap_left == eur("214")
    assert fi("demand", so_far=other, **asked).cap_left == eur("114")
    consumer = fi("demand", so_far=[ChargedCost("extension", day("2025-03-03"), eur("5"))], enforceable=True)
    assert consumer.cap_left == eur("46")


def test_tax_names_its_rule_among_the_others() -> None:
    told = fi("demand", debtor="business", can_deduct_vat=False)
    assert "FI.business.vat.2024-09-01" in [rule.id for rule in told.rules]


def test_bands_that_do_not_end_are_never_answered_from() -> None:
    with pytest.raises(ValueError, match=r"^the bands do not end$"):
        band(((100, eur("1")),), eur("1.01"))


def test_days_that_no_law_names_are_none_and_not_one() -> None:
    day_of, rules = LAW.packs["FI"].first_day(
        "business.days.between", day("2019-03-01"), day("2019-03-01"), "business.days.reading"
    )
    assert (day_of, [rule.id for rule in rules]) == (day("2019-03-01"), ["FI.business.days.between.1999-09-01"])
