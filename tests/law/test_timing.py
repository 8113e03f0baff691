"""When a step may be taken, how long a letter gives, where due dates fall, when a debt is barred."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.law import Country, Debtor, Law, SentStep, Step, Unknown
from tests.law.asking import LAW, day, eur, nok, sek

DUE = day("2025-01-20")
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


def test_a_letter_gives_a_finnish_consumer_ten_days_from_its_latest_receipt() -> None:
    assert LAW.days_to_pay("FI", "consumer", "demand", on=DUE).days == 17
    assert LAW.days_to_pay("FI", "consumer", "demand", "email", on=DUE).days == 14
    assert LAW.days_to_pay("FI", "business", "demand", on=DUE).days == 14
    assert LAW.days_to_pay("NO", "consumer", "notice", on=DUE).days == 14
    assert LAW.days_to_pay("NO", "business", "demand", on=DUE).days == 14
    assert LAW.days_to_pay("SE", "consumer", "demand", on=DUE).days == 14
    assert any(rule.our_choice for rule in LAW.days_to_pay("FI", "consumer", "demand", on=DUE).rules)


def test_a_due_date_on_a_day_off_moves_to_the_next_weekday() -> None:
    assert LAW.payable_on("NO", day("2025-06-15")).on == day("2025-06-16")
    assert LAW.payable_on("NO", day("2025-05-17")).on == day("2025-05-19")
    assert LAW.payable_on("FI", day("2025-12-24")).on == day("2025-12-29")
    assert LAW.payable_on("FI", day("2025-06-20")).on == day("2025-06-23")
    assert LAW.payable_on("SE", day("2025-06-06")).on == day("2025-06-09")
    still = LAW.payable_on("FI", day("2025-06-18"))
    assert (still.on, still.rules) == (day("2025-06-18"), ())


def test_costs_come_last_and_where_that_is_our_choice_it_says_so() -> None:
    order = ("interest", "principal", "reminder_cost", "collection_cost")
    consumer = LAW.allocation_order("FI", "consumer", DUE)
    assert consumer.order == order
    assert not consumer.rules[0].our_choice
    chosen: list[tuple[Country, Debtor]] = [("FI", "business"), ("NO", "consumer"), ("NO", "business")]
    for country, debtor in chosen:
        told = LAW.allocation_order(country, debtor, DUE)
        assert told.order == order
        assert told.rules[0].our_choice
        assert "Our choice" in told.rules[0].says


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


# The client's own earlier steps.


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
