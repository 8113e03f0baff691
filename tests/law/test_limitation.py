"""When a debt is barred, and what makes the years run anew."""

from datetime import date

import pytest

from shared.law import Country, Debtor, Interruption, Law, Unknown
from tests.law.asking import DUE, LAW, day


def test_an_interruption_starts_the_years_anew_unless_it_came_too_late() -> None:
    def barred_on(*interrupted: str) -> date:
        days = [day(each) for each in interrupted]
        return LAW.time_barred("FI", "business", day("2020-03-01"), day("2030-01-01"), days).barred_on

    assert barred_on() == day("2023-03-02")
    assert barred_on("2023-03-01") == day("2026-03-02")
    assert barred_on("2023-03-02") == day("2023-03-02")
    assert barred_on("2021-01-01", "2023-12-31") == day("2027-01-01")
    assert barred_on("2020-02-01") == day("2023-03-02")


def test_a_leap_day_becomes_the_day_before() -> None:
    assert LAW.time_barred("FI", "business", day("2024-02-29"), day("2027-03-01")).barred_on == day("2027-03-01")


def test_a_natural_persons_debt_is_barred_for_good_after_twenty_years() -> None:
    interrupted = [date(2015 + years, 6, 1) for years in range(2, 25, 2)]
    told = LAW.time_barred("FI", "consumer", day("2015-06-01"), day("2040-01-01"), interrupted)
    assert told.barred_on == day("2035-06-02")
    assert told.rules[-1].section == "728/2003 13 a §"
    company = LAW.time_barred("FI", "business", day("2015-06-01"), day("2040-01-01"), interrupted)
    assert company.barred_on == day("2042-06-02")


def test_a_swedish_debt_is_barred_from_the_day_it_arose_which_must_be_told() -> None:
    with pytest.raises(Unknown, match="the day the debt arose missing"):
        LAW.time_barred("SE", "consumer", day("2020-03-01"), day("2023-01-01"))
    told = LAW.time_barred("SE", "consumer", day("2020-03-01"), day("2023-01-01"), arose=day("2020-01-01"))
    assert told.barred_on == day("2023-01-02")
    business = LAW.time_barred("SE", "business", day("2020-03-01"), day("2023-01-01"), arose=day("2020-01-01"))
    assert business.barred_on == day("2030-01-02")


def test_what_interrupts_in_norway_must_be_confirmed_before_a_live_store_relies_on_it() -> None:
    live = Law.load(live=True)
    assert not live.time_barred("NO", "consumer", day("2024-03-01"), day("2025-01-01")).barred
    with pytest.raises(Unknown):
        live.time_barred("NO", "consumer", day("2024-03-01"), day("2025-01-01"), [day("2024-06-01")])


def test_a_judgment_starts_years_of_its_own_from_its_day() -> None:
    judged = day("2021-06-01")
    told = LAW.time_barred("FI", "business", day("2020-03-01"), day("2025-01-01"), judged=judged)
    assert (told.barred_on, told.rules[0].section) == (day("2026-06-02"), "728/2003 13 § 2 mom.")
    again = LAW.time_barred("FI", "business", day("2020-03-01"), day("2025-01-01"), [day("2024-06-01")], judged=judged)
    assert again.barred_on == day("2029-06-02")
    assert LAW.time_barred("NO", "consumer", day("2020-03-01"), judged, judged=judged).barred_on == day("2031-06-02")
    with pytest.raises(Unknown, match="years of limitation of a judgment for 2021-06-01 missing"):
        LAW.time_barred("SE", "consumer", day("2020-03-01"), judged, judged=judged)


def test_a_loan_lasts_longer_in_norway_only() -> None:
    due = day("2020-03-02")
    assert LAW.time_barred("NO", "consumer", due, due, loan=True).barred_on == day("2030-03-03")
    assert LAW.time_barred("FI", "consumer", due, due, loan=True).barred_on == day("2023-03-03")
    assert LAW.time_barred("SE", "business", due, due, arose=due, loan=True).barred_on == day("2030-03-03")
    with pytest.raises(Unknown):
        Law.load(live=True).time_barred("NO", "consumer", due, due, loan=True)


@pytest.mark.parametrize(
    ("country", "what", "does"),
    [
        ("FI", "demand", True),
        ("FI", "agreement", True),
        ("NO", "demand", False),
        ("NO", "payment", False),
        ("NO", "acknowledgement", True),
        ("SE", "demand", True),
        ("SE", "agreement", False),
        ("SE", "legal", True),
    ],
)
def test_what_makes_the_years_run_anew_is_told_by_country(country: Country, what: Interruption, does: bool) -> None:
    assert LAW.interrupts(country, what, DUE) is does


def test_the_rules_of_an_answer_are_those_that_moved_the_day() -> None:
    def asked(*interrupted: str, debtor: Debtor = "consumer") -> list[str]:
        days = [day(each) for each in interrupted]
        told = LAW.time_barred("FI", debtor, day("2015-06-01"), day("2040-01-01"), days)
        return [rule.id for rule in told.rules]

    years, anew, final = (
        f"FI.limitation.{name}" for name in ("years.2004-01-01", "interruption.2004-01-01", "final_years.2015-01-01")
    )
    assert asked() == [years]
    assert asked("2015-06-01") == [years]  # On the due date itself nothing has run yet.
    assert asked("2016-06-01") == [years, anew]
    chain = [f"{year}-06-01" for year in range(2017, 2033, 3)]
    assert asked(*chain) == [years, anew]  # Barred on the same day either way: the last years decide.
    assert asked(*chain, "2033-01-01") == [years, anew, final]
    assert asked(*chain, "2033-01-01", debtor="business") == [years, anew]


def test_what_must_be_told_in_sweden_is_named() -> None:
    with pytest.raises(Unknown, match=r"^the day the debt arose missing$") as unknown:
        LAW.time_barred("SE", "consumer", DUE, DUE)
    assert (unknown.value.country, unknown.value.name, unknown.value.rule) == ("SE", "limitation", None)
