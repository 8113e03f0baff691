"""Costs together: the total cap, the standard compensation, and no order of measures that passes them."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.law import ChargedCost, Country, Debtor, Measure
from shared.money import Money
from tests.law.asking import DUE, LAW, ONE_DAY, day, eur, fi, no, nok


def test_the_last_cost_is_what_the_cap_leaves() -> None:
    charged = [ChargedCost("extension", day("2025-03-03"), eur("50"))]
    told = fi("demand", "100", so_far=charged)
    assert (told.amount, told.cap_left, told.charge) == (eur("14"), eur("10"), eur("10"))
    full = [ChargedCost("extension", day("2025-03-03"), eur("60"))]
    assert fi("demand", "100", so_far=full).reason == "cap_reached"


def test_costs_charged_before_there_were_limits_are_not_counted_in_them() -> None:
    old = [ChargedCost("demand", day("2020-12-31"), eur("400"))] * 3
    told = fi("second_demand", on=day("2021-03-01"), so_far=old, debtor="business", due=day("2020-10-01"))
    assert told.allowed
    assert told.cap_left == eur("230")


MEASURES_OF: dict[Country, list[Measure]] = {
    "FI": [
        "reminder",
        "demand",
        "second_demand",
        "same_group_demand",
        "extension",
        "plan",
        "tratta",
        "bankruptcy_demand",
        "standard_compensation",
    ],
    "NO": ["reminder", "notice", "own_demand", "salary_light", "salary_heavy", "plan", "standard_compensation"],
    "SE": ["reminder", "demand", "plan", "standard_compensation"],
}


@given(
    st.sampled_from(["consumer", "business"]),
    st.integers(1, 2_000_000),
    st.lists(st.tuples(st.sampled_from(MEASURES_OF["FI"]), st.integers(0, 40), st.integers(1, 12)), max_size=25),
    st.dates(date(2021, 1, 1), date(2026, 1, 1)),
)
def test_costs_never_pass_the_cap_in_any_order_of_measures(
    debtor: Debtor, principal: int, tries: list[tuple[Measure, int, int]], due: date
) -> None:
    on, cap, charged = due, Money(0), list[ChargedCost]()
    for measure, days, instalments in tries:
        on += timedelta(days=days)
        told = LAW.cost(
            "FI",
            debtor,
            measure,
            Money(principal),
            on,
            charged,
            due=due,
            instalments=instalments,
            extension_days=14,
        )
        assert told.charge.minor >= 0
        assert told.allowed or not told.charge
        if told.allowed:
            charged.append(ChargedCost(measure, on, told.charge, told.amount))
        demand = LAW.cost("FI", debtor, "demand", Money(principal), on, due=due)
        assert demand.cap_left is not None
        cap = max(cap, demand.cap_left)  # The cap of some fell in 2022; what was charged before stays lawful.
        assert sum(cost.amount.minor for cost in charged) <= cap.minor


@given(
    st.sampled_from(["consumer", "business"]),
    st.integers(1, 50_000_000),
    st.lists(st.tuples(st.sampled_from(MEASURES_OF["NO"]), st.integers(0, 40), st.integers(1, 12)), max_size=25),
    st.dates(date(2024, 1, 1), date(2024, 6, 29)),
)
def test_norwegian_costs_never_pass_two_notices_a_heavy_salary_and_a_plan(
    debtor: Debtor, principal: int, tries: list[tuple[Measure, int, int]], due: date
) -> None:
    on, charged = due, list[ChargedCost]()
    for measure, days, instalments in tries:
        on = min(on + timedelta(days=days), date(2025, 12, 31))
        told = LAW.cost("NO", debtor, measure, Money(principal, "NOK"), on, charged, due=due, instalments=instalments)
        if told.allowed:
            charged.append(ChargedCost(measure, on, told.charge, told.amount))
    heavy = LAW.cost("NO", debtor, "salary_heavy", Money(principal, "NOK"), on, due=due).amount
    assert heavy is not None
    most = max(nok("470"), nok("70") + heavy + nok("1050"))
    assert sum(cost.amount.minor for cost in charged) <= most.minor


def test_a_business_pays_the_compensation_or_the_costs_above_it_and_never_both() -> None:
    charged: list[ChargedCost] = []
    for measure, on, expected in (
        ("reminder", "2025-02-03", "12"),
        ("standard_compensation", "2025-02-04", "28"),
        ("demand", "2025-02-20", "22"),
        ("second_demand", "2025-03-10", "25"),
    ):
        told = fi(measure, on=day(on), so_far=charged, debtor="business")  # type: ignore[arg-type]  # from the table above
        assert told.charge == eur(expected)
        charged.append(ChargedCost(told.measure, day(on), told.charge, told.amount))
    assert sum(cost.amount.minor for cost in charged) == 8700  # 12 + 50 + 25, the costs alone


def test_the_compensation_is_due_once_and_from_the_first_late_day() -> None:
    early = fi("standard_compensation", on=DUE, debtor="business")
    assert (early.reason, early.earliest) == ("too_early", DUE + ONE_DAY)
    assert fi("standard_compensation", on=DUE + ONE_DAY, debtor="business").charge == eur("40")
    charged = [ChargedCost("standard_compensation", day("2025-02-04"), eur("40"))]
    assert fi("standard_compensation", so_far=charged, debtor="business").reason == "charged_already"


def test_a_cost_within_the_compensation_is_not_charged_and_says_by_which_rule() -> None:
    charged = [ChargedCost("standard_compensation", day("2025-02-04"), eur("40"))]
    told = fi("reminder", so_far=charged, debtor="business")
    assert (told.allowed, told.reason, told.amount) == (False, "within_standard_compensation", eur("12"))
    assert "FI.business.standard_compensation.2022-05-01" in [rule.id for rule in told.rules]
    norwegian = no(
        "notice",
        debtor="business",
        due=day("2025-06-29"),
        on=day("2025-08-10"),
        so_far=[ChargedCost("standard_compensation", day("2025-07-04"), nok("470"))],
    )
    assert norwegian.reason == "within_standard_compensation"
    assert "NO.business.standard_compensation.2025-01-01" in [rule.id for rule in norwegian.rules]


def test_costs_that_reach_the_compensation_leave_nothing_of_it() -> None:
    exactly = [ChargedCost("demand", day("2025-02-20"), eur("40"))]
    assert fi("standard_compensation", so_far=exactly, debtor="business").reason == "within_standard_compensation"
    cent_less = [ChargedCost("demand", day("2025-02-20"), eur("39.99"))]
    assert fi("standard_compensation", so_far=cent_less, debtor="business").charge == eur("0.01")


def test_costs_above_the_compensation_leave_nothing_of_it() -> None:
    charged = [ChargedCost("demand", day("2025-02-20"), eur("50"))]
    told = fi("standard_compensation", so_far=charged, debtor="business")
    assert (told.reason, told.charge) == ("within_standard_compensation", eur("0"))


def test_a_norwegian_compensation_that_was_not_seen_is_left_out_by_name() -> None:
    told = no("standard_compensation", debtor="business", due=day("2025-07-10"), on=day("2025-08-10"))
    assert (told.allowed, told.reason, told.amount) == (False, "unknown", None)
    assert told.left_out == ("standard compensation for 2025-H2 missing",)
    assert [rule.id for rule in told.rules] == ["NO.business.standard_compensation.2025-07-01"]
    seen = no("standard_compensation", debtor="business", due=day("2025-06-29"), on=day("2025-08-10"))
    assert seen.charge == nok("470")
    assert no("standard_compensation", debtor="business", due=day("2025-06-30")).reason == "unknown"
