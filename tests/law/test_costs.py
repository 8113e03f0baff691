"""What a measure may cost: band edges, days, counts, caps, and what is refused by name."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.law import ChargedCost, Cost, Country, Debtor, Law, Measure, SentStep
from shared.money import Money
from tests.law.asking import CURRENCY, LAW, day, eur, money, nok, sek

DUE = day("2025-01-20")
LATE = day("2025-06-02")
ONE_DAY = timedelta(days=1)


def fi(
    measure: Measure,
    principal: str = "450",
    on: date = LATE,
    so_far: Sequence[ChargedCost] = (),
    debtor: Debtor = "consumer",
    **more: Any,
) -> Cost:
    return LAW.cost("FI", debtor, measure, eur(principal), on, so_far, due=more.pop("due", DUE), **more)


def no(
    measure: Measure,
    principal: str = "2000",
    on: date = LATE,
    so_far: Sequence[ChargedCost] = (),
    debtor: Debtor = "consumer",
    **more: Any,
) -> Cost:
    return LAW.cost("NO", debtor, measure, nok(principal), on, so_far, due=more.pop("due", DUE), **more)


# Edges of bands, a cent on each side.

EDGES: list[tuple[Country, Debtor, Measure, int, str, str, str]] = [
    ("FI", "consumer", "demand", 0, "100", "14", "24"),
    ("FI", "consumer", "demand", 0, "1000", "24", "50"),
    ("FI", "consumer", "second_demand", 0, "100", "7", "12"),
    ("FI", "consumer", "second_demand", 0, "1000", "12", "25"),
    ("FI", "consumer", "plan", 5, "100", "20", "30"),
    ("FI", "consumer", "plan", 5, "1000", "30", "50"),
    ("FI", "business", "demand", 0, "500", "50", "70"),
    ("FI", "business", "demand", 0, "2500", "70", "90"),
    ("FI", "business", "demand", 0, "10000", "90", "110"),
    ("FI", "business", "second_demand", 0, "500", "25", "35"),
    ("FI", "business", "plan", 6, "500", "30", "45"),
    ("FI", "business", "plan", 6, "2500", "45", "60"),
    ("FI", "business", "plan", 6, "10000", "60", "75"),
    ("FI", "business", "plan", 7, "10000", "65", "80"),
    ("FI", "business", "tratta", 0, "500", "110", "125"),
    ("FI", "business", "tratta", 0, "2500", "125", "140"),
    ("FI", "business", "tratta", 0, "10000", "140", "155"),
    ("NO", "consumer", "salary_light", 0, "500", "175", "245"),
    ("NO", "consumer", "salary_light", 0, "1000", "245", "280"),
    ("NO", "consumer", "salary_light", 0, "2500", "280", "560"),
    ("NO", "consumer", "salary_light", 0, "10000", "560", "1120"),
    ("NO", "consumer", "salary_light", 0, "50000", "1120", "2520"),
    ("NO", "consumer", "salary_light", 0, "250000", "2520", "5040"),
    ("NO", "business", "salary_heavy", 0, "500", "525", "735"),
    ("NO", "business", "salary_heavy", 0, "250000", "7560", "15120"),
]


@pytest.mark.parametrize(("country", "debtor", "measure", "instalments", "edge", "to", "above"), EDGES)
def test_a_band_ends_with_its_edge(
    country: Country, debtor: Debtor, measure: Measure, instalments: int, edge: str, to: str, above: str
) -> None:
    cent = Money(1, CURRENCY[country])
    for principal, expected in (
        (money(country, edge) - cent, to),
        (money(country, edge), to),
        (money(country, edge) + cent, above),
    ):
        told = LAW.cost(country, debtor, measure, principal, LATE, due=DUE, instalments=instalments)
        assert told.amount == money(country, expected)


CAPS: list[tuple[Debtor, str, str, str]] = [
    ("consumer", "100", "60", "120"),
    ("consumer", "1000", "120", "210"),
    ("business", "500", "250", "470"),
    ("business", "2500", "470", "550"),
    ("business", "10000", "550", "620"),
]


@pytest.mark.parametrize(("debtor", "edge", "to", "above"), CAPS)
def test_a_cap_holds_up_to_its_edge(debtor: Debtor, edge: str, to: str, above: str) -> None:
    cent = Money(1)
    for principal, expected in ((eur(edge) - cent, to), (eur(edge), to), (eur(edge) + cent, above)):
        assert LAW.cost("FI", debtor, "demand", principal, LATE, due=DUE).cap_left == eur(expected)


# Changes of law, a day on each side.

CHANGES: list[tuple[Country, Debtor, Measure, int, str, str, str | None, str | None]] = [
    ("FI", "business", "demand", 0, "2000", "2021-01-01", None, "80"),
    ("FI", "business", "demand", 0, "2000", "2022-05-01", "80", "70"),
    ("FI", "business", "reminder", 0, "2000", "2021-01-01", None, "10"),
    ("FI", "business", "reminder", 0, "2000", "2022-05-01", "10", "12"),
    ("FI", "business", "plan", 5, "2000", "2022-05-01", "60", "45"),
    ("FI", "business", "tratta", 0, "2000", "2022-05-01", "100", "125"),
    ("FI", "consumer", "reminder", 0, "2000", "2022-05-01", "5", "5"),
    ("NO", "consumer", "notice", 0, "2000", "2016-01-01", "65", "67"),
    ("NO", "consumer", "notice", 0, "2000", "2017-01-01", "67", "70"),
    ("NO", "consumer", "salary_light", 0, "2000", "2017-01-01", "335", "350"),
]


@pytest.mark.parametrize(
    ("country", "debtor", "measure", "instalments", "principal", "first", "before", "after"), CHANGES
)
def test_a_new_law_counts_from_its_first_day(
    country: Country,
    debtor: Debtor,
    measure: Measure,
    instalments: int,
    principal: str,
    first: str,
    before: str | None,
    after: str | None,
) -> None:
    for on, expected in ((day(first) - ONE_DAY, before), (day(first), after)):
        told = LAW.cost(
            country,
            debtor,
            measure,
            money(country, principal),
            on,
            due=on - timedelta(days=60),
            instalments=instalments,
        )
        assert told.amount == (None if expected is None else money(country, expected)), on


def test_the_cap_of_businesses_rose_in_july_2021() -> None:
    before, after = (fi("demand", "2000", day(on), debtor="business") for on in ("2021-06-30", "2021-07-01"))
    assert (before.cap_left, after.cap_left) == (eur("410"), eur("480"))


def test_the_halved_norwegian_fees_go_by_the_due_date() -> None:
    for due, notice, salary in (("2020-09-30", "70", "350"), ("2020-10-01", "35", "280")):
        assert no("notice", on=day("2020-12-01"), due=day(due)).amount == nok(notice)
        assert no("salary_light", on=day("2020-12-01"), due=day(due)).amount == nok(salary)


def test_a_businesss_costs_before_2021_have_no_statutory_amount() -> None:
    told = fi("demand", on=day("2020-12-31"), due=day("2020-11-01"), debtor="business")
    assert (told.amount, told.allowed, told.reason) == (None, False, "no_statutory_amount")
    assert told.charge == eur("0")
    assert told.rules[0].section == "513/1999 10 §"


# Days.


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


# Counts and caps.


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


# The standard compensation.


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


# Norway.


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


# Tax, live stores, other refusals.


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


def test_a_swedish_reminder_costs_only_where_it_was_agreed() -> None:
    assert LAW.cost("SE", "consumer", "reminder", sek("500"), LATE, due=DUE).reason == "not_agreed"
    assert LAW.cost("SE", "consumer", "reminder", sek("500"), LATE, due=DUE, agreed=True).charge == sek("60")


def test_what_makes_no_sense_is_not_answered() -> None:
    with pytest.raises(ValueError, match="not the currency"):
        LAW.cost("FI", "consumer", "demand", nok("1"), LATE, due=DUE)
    with pytest.raises(ValueError, match="not negative"):
        fi("demand", "-1")
    with pytest.raises(ValueError, match="at least one instalment"):
        fi("plan")
    assert fi("demand", "0").amount == eur("14")
    assert fi("plan", instalments=1).amount == eur("20")


def test_every_charge_names_the_rule_its_amount_stands_in_first() -> None:
    assert fi("demand").rules[0].section == "513/1999 10 a § 1 mom. 2 kohta"
    assert fi("second_demand").rules[0].section == "513/1999 10 a § 1 mom. 4 kohta"
    assert no("notice").rules[0].section == "inkassoforskriften § 1-2"
    assert no("salary_light").rules[0].section == "inkassoforskriften § 2-2"


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


def test_a_swedish_demand_costs_once_from_the_first_late_day() -> None:
    early = LAW.cost("SE", "consumer", "demand", sek("500"), DUE, due=DUE)
    assert (early.reason, early.earliest) == ("too_early", DUE + ONE_DAY)
    assert LAW.cost("SE", "consumer", "demand", sek("500"), DUE + ONE_DAY, due=DUE).charge == sek("180")
    assert LAW.cost("SE", "consumer", "plan", sek("500"), DUE, due=DUE, instalments=2).charge == sek("170")
    charged = [ChargedCost("demand", day("2025-03-03"), sek("180"))]
    assert LAW.cost("SE", "consumer", "demand", sek("500"), LATE, charged, due=DUE).reason == "charged_already"
    other = LAW.cost("SE", "consumer", "second_demand", sek("500"), LATE, due=DUE)
    assert [rule.section for rule in other.rules] == ["1981:739 5 §"]
