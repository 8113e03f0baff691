"""When a step may be taken, and until when."""

from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.law import Country, Debtor, SentStep, Step
from tests.law.asking import DUE, LAW, day

FIRST_DAYS: list[tuple[Country, Debtor, Step, int]] = [
    ("FI", "consumer", "friendly", 1),
    ("FI", "consumer", "reminder", 15),
    ("FI", "business", "friendly", 1),
    ("FI", "business", "reminder", 1),
    ("FI", "business", "demand", 1),
    ("NO", "consumer", "friendly", 1),
    ("NO", "consumer", "reminder", 14),
    ("NO", "business", "notice", 14),
    ("SE", "consumer", "demand", 1),
]


@pytest.mark.parametrize(("country", "debtor", "step", "days"), FIRST_DAYS)
def test_the_first_day_of_a_first_step(country: Country, debtor: Debtor, step: Step, days: int) -> None:
    assert LAW.earliest(country, debtor, step, DUE).on == DUE + timedelta(days=days)


NEXT_DAYS: list[tuple[Country, Debtor, Step, list[SentStep], str]] = [
    ("FI", "consumer", "demand", [SentStep("reminder", day("2025-03-03"))], "2025-03-18"),
    ("FI", "consumer", "demand", [SentStep("reminder", day("2025-03-03"), day("2025-03-20"))], "2025-03-21"),
    ("FI", "consumer", "reminder", [SentStep("reminder", day("2025-03-03"))], "2025-03-18"),
    (
        "FI",
        "consumer",
        "second_demand",
        [SentStep("reminder", day("2025-02-10")), SentStep("demand", day("2025-03-03"), day("2025-03-20"))],
        "2025-03-21",
    ),
    ("FI", "business", "demand", [SentStep("reminder", day("2025-03-03"), day("2025-03-17"))], "2025-03-18"),
    ("FI", "business", "second_demand", [SentStep("demand", day("2025-03-03"), day("2025-03-10"))], "2025-03-14"),
    ("NO", "consumer", "notice", [SentStep("reminder", day("2025-03-03"))], "2025-03-18"),
    ("NO", "consumer", "demand", [SentStep("notice", day("2025-03-03"), day("2025-03-05"))], "2025-03-18"),
    ("NO", "consumer", "demand", [SentStep("notice", day("2025-03-03"), day("2025-03-20"))], "2025-03-21"),
    ("NO", "consumer", "heavy_salary", [SentStep("demand", day("2025-03-03"))], "2025-04-15"),
    ("NO", "consumer", "heavy_salary", [SentStep("demand", day("2025-03-03"), day("2025-03-20"))], "2025-04-18"),
    ("SE", "consumer", "demand", [SentStep("reminder", day("2025-03-03"), day("2025-03-17"))], "2025-03-18"),
]


@pytest.mark.parametrize(("country", "debtor", "step", "sent", "on"), NEXT_DAYS)
def test_the_first_day_after_earlier_letters(
    country: Country, debtor: Debtor, step: Step, sent: list[SentStep], on: str
) -> None:
    told = LAW.earliest(country, debtor, step, DUE, sent)
    assert (told.on, told.needs) == (day(on), None)


def test_a_step_without_the_one_before_it_says_what_is_needed() -> None:
    finnish = LAW.earliest("FI", "consumer", "demand", DUE)
    assert (finnish.needs, finnish.on) == ("reminder", DUE + timedelta(days=30))
    norwegian = LAW.earliest("NO", "consumer", "demand", DUE)
    assert (norwegian.needs, norwegian.on) == ("notice", DUE + timedelta(days=29))
    assert LAW.earliest("NO", "consumer", "heavy_salary", DUE).needs == "demand"
    assert LAW.earliest("FI", "business", "second_demand", DUE).needs == "demand"
    reminded = [SentStep("reminder", day("2025-03-03"))]
    assert LAW.earliest("FI", "consumer", "second_demand", DUE, reminded).needs == "demand"


@given(
    st.sampled_from(["FI", "NO"]),
    st.sampled_from(["consumer", "business"]),
    st.sampled_from(["reminder", "demand", "second_demand"]),
    st.dates(date(2021, 6, 1), date(2026, 1, 1)),
    st.lists(
        st.tuples(st.sampled_from(["reminder", "notice", "demand"]), st.integers(1, 90), st.integers(0, 40)),
        max_size=5,
    ),
)
def test_one_more_letter_never_makes_a_step_earlier_than_its_own_days(
    country: Country, debtor: Debtor, step: Step, due: date, letters: list[tuple[Step, int, int]]
) -> None:
    sent = [
        SentStep(kind, due + timedelta(days=after), due + timedelta(days=after + given))
        for kind, after, given in letters
        if (country, kind) != ("FI", "notice")
    ]
    told = LAW.earliest(country, debtor, step, due, sent)
    assert told.on > due
    same = {"demand": {"demand", "second_demand"}, "second_demand": {"demand", "second_demand"}}.get(
        step, {"reminder", "notice"}
    )
    for letter in sent:
        if letter.kind in same and letter == max(
            (other for other in sent if other.kind in same), key=lambda other: other.on
        ):
            assert letter.pay_by is not None
            assert told.on > letter.pay_by


def test_a_step_waits_for_the_longest_day_to_pay_by_that_any_letter_gave() -> None:
    reminded = SentStep("reminder", DUE + timedelta(days=15), DUE + timedelta(days=16))
    demanded = SentStep("demand", reminded.on, DUE + timedelta(days=40))
    for letters in ([reminded, demanded], [demanded, reminded]):
        assert LAW.earliest("FI", "consumer", "second_demand", DUE, letters).on == DUE + timedelta(days=41)


def test_a_step_unknown_to_a_country_is_not_answered() -> None:
    with pytest.raises(ValueError, match="no step in Finland"):
        LAW.earliest("FI", "consumer", "notice", DUE)
    with pytest.raises(ValueError, match="no step in Sweden"):
        LAW.earliest("SE", "consumer", "notice", DUE)


# What a day of another law, a court or a publication asks for.

LETTER_BEFORE_THE_LAW_CHANGED: list[tuple[str, str | None, str]] = [
    ("2022-04-22", None, "2022-04-30"),  # Seven whole days, the last day of the law that said so.
    ("2022-04-23", None, "2022-05-04"),  # The eighth day is 1 May: by then ten whole days must lie between.
    ("2022-04-22", "2022-04-30", "2022-05-03"),  # The letter's own day leads into the new law.
    ("2020-12-31", None, "2021-01-08"),  # Before 2021 no days; the day after the letter is already under the new law.
    ("2020-12-30", None, "2020-12-31"),
]


@pytest.mark.parametrize(("sent", "pay_by", "on"), LETTER_BEFORE_THE_LAW_CHANGED)
def test_the_days_between_are_those_of_the_law_in_force_on_the_new_day(sent: str, pay_by: str | None, on: str) -> None:
    before = [SentStep("demand", day(sent), day(pay_by) if pay_by else None)]
    told = LAW.earliest("FI", "business", "second_demand", day("2020-06-01"), before)
    assert told.on == day(on)


COURT: list[tuple[Country, Debtor, SentStep, str, str | None]] = [
    ("FI", "consumer", SentStep("demand", day("2025-03-03"), day("2025-03-20")), "2025-03-21", None),
    ("FI", "consumer", SentStep("demand", day("2025-03-03")), "2025-03-14", None),
    ("FI", "business", SentStep("demand", day("2025-03-03"), day("2025-03-17")), "2025-03-18", None),
    ("NO", "consumer", SentStep("demand", day("2025-03-03"), day("2025-03-20")), "2025-03-21", "2025-09-03"),
    ("NO", "business", SentStep("demand", day("2025-08-31")), "2025-09-15", "2026-02-28"),
    ("SE", "consumer", SentStep("demand", day("2025-03-03")), "2025-03-12", None),
    ("SE", "business", SentStep("demand", day("2025-03-03"), day("2025-03-17")), "2025-03-18", None),
]


@pytest.mark.parametrize(("country", "debtor", "demand", "on", "latest"), COURT)
def test_court_comes_once_the_days_of_a_demand_have_passed_and_in_norway_within_six_months(
    country: Country, debtor: Debtor, demand: SentStep, on: str, latest: str | None
) -> None:
    told = LAW.earliest(country, debtor, "legal", DUE, [demand])
    assert (told.on, told.needs, told.latest) == (day(on), None, day(latest) if latest else None)
    assert LAW.earliest(country, debtor, "legal", DUE).needs == "demand"


def test_a_tratta_waits_for_the_days_of_a_reminder() -> None:
    alone = LAW.earliest("FI", "business", "tratta", DUE)
    assert (alone.needs, alone.on) == ("reminder", day("2025-01-31"))
    reminded = [SentStep("reminder", day("2025-03-03"), day("2025-03-10"))]
    assert LAW.earliest("FI", "business", "tratta", DUE, reminded).on == day("2025-03-14")
    then = [SentStep("reminder", day("2022-04-10"))]
    assert LAW.earliest("FI", "business", "tratta", day("2022-03-01"), then).on == day("2022-04-18")


TRATTA: list[tuple[str, str, str | None]] = [
    ("2021-09-01", "2021-09-12", None),
    ("2021-09-19", "2021-09-30", None),
    ("2021-09-20", "2021-10-12", None),  # Its eleventh day is 1 October, when 21 days are asked for.
    ("2022-04-08", "2022-04-30", None),
    ("2022-04-10", "2022-05-01", "2022-06-09"),  # The 22nd day is 2 May; 1 May is lawful, as the law asks 14 again.
    ("2025-03-03", "2025-03-18", "2025-05-02"),
]


@pytest.mark.parametrize(("sent", "on", "latest"), TRATTA)
def test_a_tratta_is_published_after_its_days_and_not_after_the_last(sent: str, on: str, latest: str | None) -> None:
    told = LAW.earliest("FI", "business", "publication", day("2021-01-20"), [SentStep("tratta", day(sent))])
    assert (told.on, told.latest) == (day(on), day(latest) if latest else None)
    assert LAW.earliest("FI", "business", "publication", DUE).needs == "tratta"


def test_no_consumer_is_named_in_a_tratta() -> None:
    steps: list[Step] = ["tratta", "publication"]
    for step in steps:
        with pytest.raises(ValueError, match="no step in Finland for a consumer"):
            LAW.earliest("FI", "consumer", step, DUE)


# What is told of a step nothing was sent before, and ties.


@pytest.mark.parametrize(
    ("country", "debtor", "step", "needs", "days"),
    [
        ("NO", "consumer", "heavy_salary", "demand", 44),  # The day after, 14 days of a demand, 28 more, and the next.
        ("FI", "business", "publication", "tratta", 16),
        ("FI", "business", "tratta", "reminder", 11),
        ("FI", "consumer", "demand", "reminder", 30),
        ("NO", "business", "demand", "notice", 29),
    ],
)
def test_the_first_day_of_a_step_that_lacks_another_counts_both(
    country: Country, debtor: Debtor, step: Step, needs: Step, days: int
) -> None:
    told = LAW.earliest(country, debtor, step, DUE)
    assert (told.needs, told.on, told.latest) == (needs, DUE + timedelta(days=days), None)


def test_a_friendly_message_waits_for_nothing() -> None:
    sent = [SentStep("reminder", DUE + timedelta(days=15), DUE + timedelta(days=40))]
    for debtor in get_args(Debtor):
        told = LAW.earliest("FI", debtor, "friendly", DUE, sent)
        assert told.on == DUE + timedelta(days=1)
        assert [(rule.id, rule.our_choice) for rule in told.rules] == [("policy.due", True)]


def test_a_norwegian_second_demand_waits_for_the_days_of_the_first() -> None:
    notice = SentStep("notice", day("2025-02-03"))
    alone = LAW.earliest("NO", "consumer", "second_demand", DUE, [notice])
    assert (alone.needs, alone.on) == ("demand", day("2025-02-18"))
    demand = SentStep("demand", day("2025-03-03"))
    told = LAW.earliest("NO", "consumer", "second_demand", DUE, [notice, demand])
    assert (told.needs, told.on) == (None, day("2025-03-18"))
    assert {rule.id for rule in told.rules} == {
        "NO.demand.after_notice.1989-10-01",
        "NO.notice.days.to_pay.1989-10-01",
        "NO.demand.days.to_pay.1989-10-01",
    }


def test_of_two_letters_of_one_day_the_one_that_gave_longer_counts() -> None:
    short = SentStep("notice", day("2025-02-03"), day("2025-02-17"))
    long = SentStep("notice", day("2025-02-03"), day("2025-02-25"))
    none = SentStep("notice", day("2025-02-03"))
    for letters in ([short, long, none], [none, long, short], [long, none, short]):
        assert LAW.earliest("NO", "consumer", "demand", DUE, letters).on == day("2025-02-26")


def test_before_2021_only_the_days_of_the_reminder_hold_back_a_tratta() -> None:
    reminded = [SentStep("reminder", day("2019-03-01"))]
    assert LAW.earliest("FI", "business", "tratta", day("2019-02-01"), reminded).on == day("2019-03-09")


def test_a_businesss_demand_that_told_no_day_has_run_out_the_next_day() -> None:
    told = LAW.earliest("FI", "business", "legal", DUE, [SentStep("demand", day("2025-03-03"))])
    assert told.on == day("2025-03-04")


def test_a_step_that_is_none_there_says_where_and_for_whom() -> None:
    for country, step, says in (
        ("FI", "notice", "^notice is no step in Finland for a business$"),
        ("NO", "tratta", "^tratta is no step in Norway for a business$"),
        ("SE", "second_demand", "^second_demand is no step in Sweden for a business$"),
    ):
        with pytest.raises(ValueError, match=says):
            LAW.earliest(country, "business", step, DUE)  # type: ignore[arg-type]  # as named above
