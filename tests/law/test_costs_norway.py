"""What a measure may cost in Norway: notices, salær light and heavy, plans."""

from datetime import timedelta
from typing import Any

import pytest

from shared.law import ChargedCost, Measure, SentStep, Step
from tests.law.asking import LATE, day, no, nok


def test_a_norwegian_notice_costs_from_day_14_and_the_next_once_its_days_have_passed() -> None:
    due = day("2026-01-12")
    assert no("notice", on=day("2026-01-25"), due=due).earliest == day("2026-01-26")
    assert no("reminder", on=day("2026-01-26"), due=due).charge == nok("38")
    charged = [ChargedCost("reminder", day("2026-01-26"), nok("38"))]
    assert no("notice", on=day("2026-02-09"), so_far=charged, due=due).earliest == day("2026-02-10")
    assert no("notice", on=day("2026-02-10"), so_far=charged, due=due).allowed


def test_two_norwegian_notices_cost_and_only_one_of_them_is_an_inkassovarsel() -> None:
    reminder = ChargedCost("reminder", day("2025-03-03"), nok("35"))
    notice = ChargedCost("notice", day("2025-04-03"), nok("35"))
    assert no("reminder", so_far=[reminder]).allowed
    assert no("notice", so_far=[notice]).reason == "count_limit"
    assert no("reminder", so_far=[reminder, notice]).reason == "count_limit"


def test_no_salary_without_a_notice_or_within_its_days() -> None:
    assert no("salary_light").reason == "notice_missing"
    sent = [SentStep("notice", day("2025-03-03"), pay_by=day("2025-03-20"))]
    assert no("salary_light", on=day("2025-03-20"), previous=sent).earliest == day("2025-03-21")
    assert no("salary_light", on=day("2025-03-20"), previous=sent).reason == "notice_running"
    assert no("salary_light", on=day("2025-03-21"), previous=sent).charge == nok("280")


def test_the_heavy_salary_replaces_the_light_one_from_day_43() -> None:
    charged = [
        ChargedCost("notice", day("2026-02-01"), nok("38")),
        ChargedCost("salary_light", day("2026-03-03"), nok("300")),
    ]
    asked: dict[str, Any] = {"so_far": charged, "due": day("2026-01-10")}
    early = no("salary_heavy", on=day("2026-04-14"), **asked)
    assert (early.reason, early.earliest) == ("too_early", day("2026-04-15"))
    told = no("salary_heavy", on=day("2026-04-15"), **asked)
    assert (told.amount, told.charge, told.replaces) == (nok("600"), nok("300"), "salary_light")
    assert no("salary_heavy").reason == "demand_missing"
    longer = [SentStep("demand", day("2026-03-03"), pay_by=day("2026-03-20"))]
    assert no("salary_heavy", on=day("2026-04-15"), previous=longer, **asked).earliest == day("2026-04-18")


def test_a_creditor_without_deduction_adds_a_quarter_rounded_down_to_the_ore() -> None:
    told = no("salary_light", "500", on=day("2026-06-02"), debtor="business", can_deduct_vat=False)
    assert told.amount == nok("351.56")


def test_a_short_norwegian_plan_has_no_amount_of_its_own() -> None:
    told = no("plan", instalments=4)
    assert (told.amount, told.reason) == (None, "no_statutory_amount")
    assert no("plan", instalments=5).reason == "demand_missing"
    demanded = [ChargedCost("salary_light", day("2025-03-03"), nok("280"))]
    assert no("plan", instalments=5, so_far=demanded).charge == nok("1050")


def test_a_creditors_own_demand_costs_once_after_a_notice_and_never_beside_salary() -> None:
    notice = ChargedCost("notice", day("2025-03-03"), nok("35"))
    assert no("own_demand").reason == "notice_missing"
    assert no("own_demand", on=day("2025-03-17"), so_far=[notice]).earliest == day("2025-03-18")
    assert no("own_demand", on=day("2025-03-18"), so_far=[notice]).charge == nok("105")
    own = ChargedCost("own_demand", day("2025-03-18"), nok("105"))
    assert no("own_demand", so_far=[notice, own]).reason == "count_limit"
    assert no("salary_light", so_far=[notice, own]).reason == "charged_already"
    assert no("notice", so_far=[own]).reason == "count_limit"


def test_norwegian_answers_name_the_rules_that_shaped_the_amount() -> None:
    assert {rule.id for rule in no("notice").rules} == {
        "NO.notice.share.2020-10-01",
        "NO.sats.2017-01-01",
        "NO.notice.rounding.2002-03-01",
        "NO.notice.days.after_due.2002-03-01",
        "NO.notice.count.2002-03-01",
    }
    light = no("salary_light", previous=[SentStep("notice", day("2025-03-03"))], debtor="business")
    assert [rule.id for rule in light.rules] == [
        "NO.salary.light.2020-10-01",
        "NO.sats.2017-01-01",
        "NO.salary.sats.1989-10-01",
        "NO.salary.business.2010-01-01",
        "NO.salary.after_notice.1989-10-01",
        "NO.notice.days.to_pay.1989-10-01",
    ]


def test_the_last_norwegian_letter_counts_and_not_the_first() -> None:
    sent = [SentStep("reminder", day("2025-03-03")), SentStep("notice", day("2025-04-03"))]
    assert no("salary_light", on=day("2025-04-17"), previous=sent).earliest == day("2025-04-18")
    assert no("salary_light", on=day("2025-04-17"), previous=sent[::-1]).earliest == day("2025-04-18")


def test_the_heavy_salary_counts_from_a_demand_that_told_no_day_as_from_one_of_14_days() -> None:
    demanded = [SentStep("demand", day("2026-03-03"))]
    told = no("salary_heavy", on=day("2026-04-14"), previous=demanded, due=day("2026-01-10"))
    assert told.earliest == day("2026-04-15")


def test_a_reminder_sent_after_the_notice_has_days_of_its_own() -> None:
    sent = [SentStep("notice", day("2025-03-03")), SentStep("reminder", day("2025-03-10"), pay_by=day("2025-03-26"))]
    told = no("salary_light", on=day("2025-03-26"), previous=sent)
    assert (told.reason, told.earliest) == ("notice_running", day("2025-03-27"))
    assert no("salary_light", on=day("2025-03-27"), previous=sent).allowed


def test_a_norwegian_plan_costs_once_and_after_a_demand_that_was_charged_or_sent() -> None:
    plan = ChargedCost("plan", day("2025-04-03"), nok("1050"))
    demanded = ChargedCost("salary_light", day("2025-03-03"), nok("280"))
    assert no("plan", instalments=5, so_far=[demanded, plan]).reason == "charged_already"
    heavy = ChargedCost("salary_heavy", day("2025-03-03"), nok("560"))
    assert no("plan", instalments=5, so_far=[heavy]).allowed
    kinds: list[Step] = ["demand", "second_demand"]
    for kind in kinds:
        assert no("plan", instalments=5, previous=[SentStep(kind, day("2025-03-03"))]).charge == nok("1050")
    assert no("plan", instalments=5, previous=[SentStep("notice", day("2025-03-03"))]).reason == "demand_missing"


@pytest.mark.parametrize("measure", ["salary_light", "salary_heavy"])
def test_a_creditors_own_demand_costs_nothing_beside_the_agencys(measure: Measure) -> None:
    charged = [ChargedCost("notice", day("2025-03-03"), nok("35")), ChargedCost(measure, day("2025-03-20"), nok("280"))]
    assert no("own_demand", so_far=charged).reason == "count_limit"
    assert no("notice", so_far=charged[1:]).reason == "count_limit"


COMPENSATED: list[tuple[Measure, int, str, str]] = [
    ("notice", 0, "35", "0"),
    ("own_demand", 0, "105", "0"),
    ("salary_light", 0, "840", "405"),  # 35 and 840 together are 405 above the 470.
    ("plan", 5, "1050", "615"),
]


@pytest.mark.parametrize(("measure", "instalments", "amount", "charge"), COMPENSATED)
def test_every_norwegian_cost_of_a_business_counts_against_the_compensation(
    measure: Measure, instalments: int, amount: str, charge: str
) -> None:
    so_far = [ChargedCost("standard_compensation", day("2025-02-01"), nok("470"))]
    if measure != "notice":
        so_far.append(ChargedCost("notice", day("2025-03-03"), nok("0"), full=nok("35")))
    told = no(
        measure,
        "10000",
        so_far=so_far,
        debtor="business",
        instalments=instalments,
        previous=[SentStep("notice", day("2025-03-03")), SentStep("demand", day("2025-04-03"))],
    )
    assert (told.amount, told.charge) == (nok(amount), nok(charge))
    assert (told.reason is None) == (charge != "0")


def test_the_heavy_salary_of_a_compensated_business_adds_what_the_light_one_had_not_taken() -> None:
    so_far = [
        ChargedCost("standard_compensation", day("2025-02-01"), nok("470")),
        ChargedCost("notice", day("2025-03-03"), nok("0"), full=nok("35")),
        ChargedCost("salary_light", day("2025-03-20"), nok("405"), full=nok("840")),
    ]
    told = no("salary_heavy", "10000", so_far=so_far, debtor="business")
    assert (told.amount, told.charge, told.replaces) == (nok("1680"), nok("840"), "salary_light")
    alone = no("salary_heavy", "10000", so_far=so_far[:2], previous=[SentStep("demand", LATE - timedelta(60))])
    assert alone.replaces is None


def test_a_norwegian_notice_before_its_day_is_too_early() -> None:
    early = no("notice", on=day("2025-02-02"))
    assert (early.reason, early.earliest, early.amount) == ("too_early", day("2025-02-03"), nok("35"))
    assert no("notice", on=day("2025-02-03")).reason is None


@pytest.mark.parametrize("measure", ["salary_light", "salary_heavy", "own_demand"])
def test_the_light_salary_is_charged_once_and_beside_no_other(measure: Measure) -> None:
    charged = [ChargedCost("notice", day("2025-03-03"), nok("35")), ChargedCost(measure, day("2025-03-20"), nok("105"))]
    assert no("salary_light", so_far=charged[:1]).allowed
    assert no("salary_light", so_far=charged).reason == "charged_already"


def test_the_heavy_salary_is_charged_once() -> None:
    charged = [
        ChargedCost("salary_light", day("2025-03-03"), nok("280")),
        ChargedCost("salary_heavy", day("2025-04-15"), nok("280")),
    ]
    assert no("salary_heavy", so_far=charged[:1]).allowed
    assert no("salary_heavy", so_far=charged).reason == "charged_already"


def test_a_second_demand_too_moves_the_day_of_the_heavy_salary() -> None:
    sent = [SentStep("demand", day("2025-03-03")), SentStep("second_demand", day("2025-04-10"))]
    told = no("salary_heavy", on=day("2025-05-22"), previous=sent)
    assert (told.reason, told.earliest) == ("too_early", day("2025-05-23"))


def test_a_heavy_salary_without_a_light_one_is_charged_whole_above_the_compensation() -> None:
    demand = [SentStep("demand", day("2025-03-03"))]
    assert no("salary_heavy", previous=demand).charge == nok("560")
    compensated = [ChargedCost("standard_compensation", day("2025-02-01"), nok("470"))]
    told = no("salary_heavy", "10000", so_far=compensated, previous=demand, debtor="business")
    assert (told.amount, told.charge) == (nok("1680"), nok("1210"))


def test_the_compensation_of_the_first_late_day_holds_a_cost_back() -> None:
    compensated = [ChargedCost("standard_compensation", day("2025-02-01"), nok("470"))]
    told = no("notice", so_far=compensated, debtor="business", due=day("2024-12-31"))
    assert told.reason == "within_standard_compensation"
    assert "NO.business.standard_compensation.2025-01-01" in [rule.id for rule in told.rules]
