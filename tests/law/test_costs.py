"""What holds of costs in every country, and the four amounts of Sweden."""

from pathlib import Path
from typing import get_type_hints

import pytest

from shared.events import known
from shared.law import ChargedCost, Country, Debtor, Law, Measure
from tests.law.asking import DUE, LATE, LAW, ONE_DAY, day, eur, fi, money, no, nok, sek


@pytest.mark.parametrize(
    ("country", "debtor", "measure"),
    [
        ("FI", "consumer", "tratta"),
        ("FI", "consumer", "standard_compensation"),
        ("FI", "business", "notice"),
        ("NO", "consumer", "standard_compensation"),
        ("NO", "consumer", "demand"),
        ("NO", "business", "tratta"),
        ("SE", "consumer", "second_demand"),
        ("SE", "consumer", "standard_compensation"),
    ],
)
def test_a_measure_that_is_not_paid_for_there_is_refused_by_name(
    country: Country, debtor: Debtor, measure: Measure
) -> None:
    told = LAW.cost(country, debtor, measure, money(country, "2000"), LATE, due=DUE)
    assert (told.reason, told.amount) == ("no_such_measure", None)


def test_what_makes_no_sense_is_not_answered() -> None:
    with pytest.raises(ValueError, match="not the currency"):
        LAW.cost("FI", "consumer", "demand", nok("1"), LATE, due=DUE)
    with pytest.raises(ValueError, match=r"^a principal is not negative$"):
        fi("demand", "-1")
    with pytest.raises(ValueError, match=r"^a plan has at least one instalment$"):
        fi("plan")
    assert fi("demand", "0").amount == eur("14")
    assert fi("plan", instalments=1).amount == eur("20")


def test_every_charge_names_the_rule_its_amount_stands_in_first() -> None:
    assert fi("demand").rules[0].section == "513/1999 10 a § 1 mom. 2 kohta"
    assert fi("second_demand").rules[0].section == "513/1999 10 a § 1 mom. 4 kohta"
    assert no("notice").rules[0].section == "inkassoforskriften § 1-2"
    assert no("salary_light").rules[0].section == "inkassoforskriften § 2-2"


def test_a_swedish_reminder_costs_only_where_it_was_agreed() -> None:
    assert LAW.cost("SE", "consumer", "reminder", sek("500"), LATE, due=DUE).reason == "not_agreed"
    assert LAW.cost("SE", "consumer", "reminder", sek("500"), LATE, due=DUE, agreed=True).charge == sek("60")


def test_a_swedish_demand_costs_once_from_the_first_late_day() -> None:
    early = LAW.cost("SE", "consumer", "demand", sek("500"), DUE, due=DUE)
    assert (early.reason, early.earliest) == ("too_early", DUE + ONE_DAY)
    assert LAW.cost("SE", "consumer", "demand", sek("500"), DUE + ONE_DAY, due=DUE).charge == sek("180")
    assert LAW.cost("SE", "consumer", "plan", sek("500"), DUE, due=DUE, instalments=2).charge == sek("170")
    charged = [ChargedCost("demand", day("2025-03-03"), sek("180"))]
    assert LAW.cost("SE", "consumer", "demand", sek("500"), LATE, charged, due=DUE).reason == "charged_already"
    other = LAW.cost("SE", "consumer", "second_demand", sek("500"), LATE, due=DUE)
    assert [rule.section for rule in other.rules] == ["1981:739 5 §"]


def test_tax_on_swedish_costs_is_not_known_and_left_out_by_name() -> None:
    told = LAW.cost("SE", "business", "demand", sek("500"), LATE, due=DUE, can_deduct_vat=False)
    assert (told.charge, told.vat_on_top) == (sek("180"), None)
    assert told.left_out == ("value-added tax for 2025-06-02 missing",)
    assert LAW.cost("SE", "business", "demand", sek("500"), LATE, due=DUE).left_out == ()


@pytest.mark.parametrize("country", ["FI", "NO", "SE"])
def test_nothing_is_charged_without_naming_the_action_that_earns_it(country: Country) -> None:
    with pytest.raises(TypeError):
        LAW.cost(country, "consumer", principal=money(country, "500"), on=LATE, due=DUE)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        ChargedCost(on=LATE, amount=money(country, "5"))  # type: ignore[call-arg]


def test_every_event_that_lays_a_cost_on_a_debtor_is_an_action() -> None:
    """A charge lives on the event of what earned it: there is no event that only charges."""
    earning = {name for name, kind in known().items() if "Charge" in str(get_type_hints(kind.of))}
    assert earning == {"ContactDecided", "DueDateMoved", "PlanProposed", "PlanStarted"}


def test_a_swedish_business_pays_the_compensation_or_the_costs_above_it() -> None:
    compensated = [ChargedCost("standard_compensation", day("2025-02-01"), sek("450"))]
    held = LAW.cost("SE", "business", "demand", sek("500"), LATE, compensated, due=DUE)
    assert (held.reason, held.charge) == ("within_standard_compensation", sek("0"))
    before = [*compensated, ChargedCost("demand", day("2025-03-03"), sek("0"), full=sek("400"))]
    above = LAW.cost("SE", "business", "plan", sek("500"), LATE, before, due=DUE, instalments=2)
    assert (above.amount, above.charge) == (sek("170"), sek("120"))


def test_confirmed_tax_on_swedish_costs_comes_on_top_of_what_is_charged(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    value = "{from: 2013-03-16, value: 25, section: '1981:739', source: counsel 2026, confidence: secondary}"
    overlay.write_text(
        f"- country: SE\n  sources: {{counsel: {{title: t, url: u}}}}\n  values:\n    both.vat:\n      - {value}\n"
    )
    law = Law.load(overlay=overlay)
    told = law.cost("SE", "business", "demand", sek("500"), LATE, due=DUE, can_deduct_vat=False)
    assert (told.charge, told.vat_on_top) == (sek("180"), sek("45"))
    assert told.left_out == ()
    compensated = [ChargedCost("standard_compensation", LATE, sek("450"))]
    held = law.cost("SE", "business", "demand", sek("500"), LATE, compensated, due=DUE, can_deduct_vat=False)
    assert held.vat_on_top == sek("0")
