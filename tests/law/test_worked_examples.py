"""Examples that others published or that follow from the statute; each in vectors.json with its source."""

from decimal import Decimal
from typing import Any

import pytest

from shared.law import ChargedCost, SentStep
from shared.money import Money
from tests.law.asking import LAW, VECTORS, day, eur, money, named


@pytest.mark.parametrize("case", named(VECTORS["interest"]))
def test_interest_is_what_the_example_says(case: dict[str, Any]) -> None:
    country = case["country"]
    principal = money(country, case["principal"])
    told = LAW.interest(country, case["debtor"], principal, day(case["due"]), day(case["paid"]))
    assert told.amount == money(country, case["interest"])
    segments = [[str(s.from_), str(s.to), s.days, s.rate, s.amount] for s in told.segments]
    assert segments == [[a, b, days, Decimal(rate), Decimal(sum_)] for a, b, days, rate, sum_ in case["segments"]]
    assert sum(segment.days for segment in told.segments) == case["days"]


@pytest.mark.parametrize("case", named(VECTORS["interest_at_a_told_rate"]))
def test_interest_at_an_agreed_rate_is_what_the_example_says(case: dict[str, Any]) -> None:
    due = day("2023-03-01")
    paid = due.replace(day=due.day + case["days"]) if case["days"] < 30 else day("2023-03-31")
    told = LAW.interest("FI", "business", eur(case["principal"]), due, paid, contract_rate=Decimal(case["rate"]))
    assert told.amount == eur(case["interest"])


@pytest.mark.parametrize("case", named(VECTORS["cost"]))
def test_a_measure_costs_what_the_example_says(case: dict[str, Any]) -> None:
    more = {key: case[key] for key in ("enforceable", "instalments", "can_deduct_vat", "agreed") if key in case}
    told = LAW.cost(
        case["country"],
        case["debtor"],
        case["measure"],
        money(case["country"], case["principal"]),
        day(case["on"]),
        due=day(case["due"]),
        **more,
    )
    assert told.amount == money(case["country"], case["amount"])
    assert told.rules


@pytest.mark.parametrize("case", named(VECTORS["cap"]))
def test_all_costs_together_stay_under_the_cap_of_the_example(case: dict[str, Any]) -> None:
    told = LAW.cost(
        "FI",
        case["debtor"],
        "bankruptcy_demand" if case["bankruptcy"] else "demand",
        eur(case["principal"]),
        day(case["on"]),
        due=day("2025-01-20"),
        enforceable=case["enforceable"],
    )
    assert told.cap_left == eur(case["cap"])


@pytest.mark.parametrize("case", named(VECTORS["sequence"]))
def test_measures_one_after_another_cost_what_the_example_says(case: dict[str, Any]) -> None:
    charged: list[ChargedCost] = []
    whole = money(case["country"], "0")
    for measure, on, instalments, expected in case["measures"]:
        told = LAW.cost(
            case["country"],
            case["debtor"],
            measure,
            money(case["country"], case["principal"]),
            day(on),
            charged,
            due=day(case["due"]),
            instalments=instalments,
        )
        assert told.charge == money(case["country"], expected), (measure, on, told.reason)
        # What the compensation holds back is told on, so that later costs know the whole.
        full = None if told.charge == told.amount else told.amount
        if told.allowed or told.reason == "within_standard_compensation":
            charged.append(ChargedCost(measure, day(on), told.charge, full))
        whole += told.charge
    assert whole == money(case["country"], case["total"])


@pytest.mark.parametrize("case", named(VECTORS["earliest"]))
def test_a_step_comes_no_earlier_than_the_example_says(case: dict[str, Any]) -> None:
    sent = [SentStep(kind, day(on), day(pay_by) if pay_by else None) for kind, on, pay_by in case["previous"]]
    told = LAW.earliest(case["country"], case["debtor"], case["step"], day(case["due"]), sent)
    assert told.on == day(case["on"])
    assert told.needs is None


@pytest.mark.parametrize("case", named(VECTORS["limitation"]))
def test_a_debt_is_barred_the_day_after_the_last_one(case: dict[str, Any]) -> None:
    interrupted = [day(each) for each in case["interrupted"]]
    last = day(case["last_day"])
    asked = LAW.time_barred(case["country"], case["debtor"], day(case["due"]), last, interrupted)
    assert not asked.barred
    assert LAW.time_barred(case["country"], case["debtor"], day(case["due"]), asked.barred_on, interrupted).barred
    assert (asked.barred_on - last).days == 1


@pytest.mark.parametrize("case", named(VECTORS["allocation"]))
def test_a_payment_pays_in_the_order_of_the_example(case: dict[str, Any]) -> None:
    left = eur(case["payment"])
    paid: dict[str, Money] = {}
    for component in LAW.allocation_order(case["country"], case["debtor"], day("2025-03-03")).order:
        owed = eur(case["owed"].get(component, "0"))
        paid[component] = min(owed, left)
        left -= paid[component]
    assert {name: amount for name, amount in paid.items() if name in case["paid"]} == {
        name: eur(amount) for name, amount in case["paid"].items()
    }
