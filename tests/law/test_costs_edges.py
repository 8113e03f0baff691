"""Tables of costs: every edge of a band a cent on each side, every change of law a day on each side."""

from datetime import timedelta
from itertools import product
from typing import get_args

import pytest

from shared.law import Country, Debtor, Measure
from shared.money import Money
from tests.law import second
from tests.law.asking import CURRENCY, DUE, LATE, LAW, MEASURES, ONE_DAY, day, eur, fi, money, no, nok

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


# Every edge and every change at once, against the second computation.

EDGES_OF_BANDS = (100, 500, 1000, 2500, 10_000, 50_000, 250_000)
CHANGES_OF_LAW = [
    *["2016-01-01", "2017-01-01", "2020-10-01", "2021-01-01", "2021-07-01", "2022-01-01", "2022-05-01", "2024-07-01"],
    *["2024-09-01", "2024-10-21", "2025-01-01", "2025-07-01", "2026-01-01", "2026-06-30"],
]
EVERY_MEASURE: list[tuple[Country, Debtor, Measure]] = [
    *[("FI", debtor, measure) for debtor in get_args(Debtor) for measure in MEASURES["FI", debtor]],
    *[("NO", debtor, measure) for debtor in get_args(Debtor) for measure in MEASURES["NO", debtor]],
    *[("SE", debtor, measure) for debtor in get_args(Debtor) for measure in MEASURES["SE", debtor]],
]


@pytest.mark.parametrize(("country", "debtor", "measure"), EVERY_MEASURE)
def test_no_edge_and_no_change_of_law_is_missed(country: Country, debtor: Debtor, measure: Measure) -> None:
    principals = [edge * 100 + cent for edge in EDGES_OF_BANDS for cent in (-1, 0, 1)]
    days = [day(change) + timedelta(days=shift) for change in CHANGES_OF_LAW for shift in (-1, 0, 1)]
    counts = (1, 4, 5, 6, 7, 12) if measure == "plan" else (0,)
    flags = (False, True) if country == "FI" and measure != "standard_compensation" else (False,)
    for principal, on, instalments, flag in product(principals, days, counts, flags):
        for due in (on - timedelta(days=70), on - timedelta(days=1), day("2020-09-30"), day("2020-10-01")):
            amount = second.cost(country, debtor, measure, principal, on, due, instalments, enforceable=flag)
            told = LAW.cost(
                country,
                debtor,
                measure,
                Money(principal, CURRENCY[country]),
                on,
                due=due,
                instalments=instalments,
                enforceable=flag,
                agreed=True,
            )
            case = (principal, on, due, instalments, flag)
            assert (told.amount.minor if told.amount else None) == amount, case
            if country == "FI" and measure != "standard_compensation" and told.reason != "unknown":
                threatened = measure == "bankruptcy_demand"
                cap = second.cap(debtor, principal, on, enforceable=flag, bankruptcy=threatened)
                assert (told.cap_left.minor if told.cap_left else None) == (cap if told.amount else None), case
            if country != "NO":
                break  # The due date picks a law in Norway only; once is enough elsewhere.


def test_the_hours_of_calls_count_from_the_circulars_day() -> None:
    at = second.oslo("2022-12-15T21:30")
    assert LAW.may_contact("NO", "call", at - ONE_DAY, policy=None).allowed
    assert LAW.may_contact("NO", "call", at, policy=None).reason == "outside_hours"


@pytest.mark.parametrize(
    ("on", "vat"),
    [
        *[("2022-04-30", None), ("2022-05-01", "12.00"), ("2024-08-31", "12.00"), ("2024-09-01", "12.75")],
        ("2026-12-31", "12.75"),
    ],
)
def test_tax_on_a_businesss_costs_is_the_days(on: str, vat: str | None) -> None:
    told = fi("demand", "500", on=day(on), debtor="business", can_deduct_vat=False, due=day("2021-02-01"))
    assert told.vat_on_top == (None if vat is None else eur(vat))
