"""Late interest: edges of rates and years, agreed rates, and what must always hold."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.law import Country, Debtor, Interest, Law, Segment, Unknown
from shared.money import Money
from tests.law import second
from tests.law.asking import CURRENCY, LAW, corrected, day, eur, money, nok, sek

LAST_KNOWN = date(2026, 6, 30)

days_known = st.dates(date(2015, 1, 1), LAST_KNOWN)
principals = st.integers(0, 10**9)
countries: st.SearchStrategy[Country] = st.sampled_from(["FI", "NO", "SE"])
debtors: st.SearchStrategy[Debtor] = st.sampled_from(["consumer", "business"])


contracts = st.none() | st.decimals(0, 30, places=2)
payments_made = st.lists(st.tuples(days_known, principals), max_size=4)


def exactly(told: Interest) -> Decimal:
    """What an answer shows, to ten decimals a segment."""
    return sum((each.amount for each in told.segments), Decimal(0))


@given(countries, debtors, principals, st.tuples(days_known, days_known, days_known), contracts, payments_made)
def test_interest_adds_up_over_split_periods(
    country: Country,
    debtor: Debtor,
    principal: int,
    days: tuple[date, date, date],
    contract: Decimal | None,
    paid: list[tuple[date, int]],
) -> None:
    first, middle, last = sorted(days)
    currency = CURRENCY[country]
    payments = [(when, Money(amount, currency)) for when, amount in paid]
    left = max(principal - sum(amount for when, amount in paid if when <= middle), 0)
    after = [payment for payment in payments if payment[0] > middle]
    whole = LAW.interest(country, debtor, Money(principal, currency), first, last, payments, contract)
    one = LAW.interest(country, debtor, Money(principal, currency), first, middle, payments, contract)
    two = LAW.interest(country, debtor, Money(left, currency), middle, last, after, contract)
    assert abs(exactly(whole) - exactly(one) - exactly(two)) < Decimal("0.00000001")
    assert abs(whole.amount.minor - one.amount.minor - two.amount.minor) <= 1


@given(
    countries, debtors, principals, days_known, days_known, st.integers(0, 500), st.integers(0, 10**6), contracts,
    payments_made,
)  # fmt: skip
def test_interest_never_falls_with_time_or_principal_and_is_never_negative(
    country: Country,
    debtor: Debtor,
    principal: int,
    due: date,
    until: date,
    later: int,
    more: int,
    contract: Decimal | None,
    paid: list[tuple[date, int]],
) -> None:
    currency = CURRENCY[country]
    payments = [(when, Money(amount, currency)) for when, amount in paid]

    def run(owed: int, to: date) -> Money:
        return LAW.interest(country, debtor, Money(owed, currency), due, to, payments, contract).amount

    told = run(principal, until)
    assert told.minor >= 0
    assert run(principal, min(until + timedelta(days=later), LAST_KNOWN)) >= told
    assert run(principal + more, until) >= told


@given(countries, debtors, principals, days_known, days_known, payments_made)
def test_a_payment_never_makes_interest_more_and_its_order_does_not_matter(
    country: Country, debtor: Debtor, principal: int, due: date, until: date, paid: list[tuple[date, int]]
) -> None:
    currency = CURRENCY[country]
    payments = [(when, Money(amount, currency)) for when, amount in paid]
    amount = Money(principal, currency)
    told = LAW.interest(country, debtor, amount, due, until, payments)
    assert told == LAW.interest(country, debtor, amount, due, until, payments[::-1])
    assert told.amount <= LAW.interest(country, debtor, amount, due, until).amount


HALF_YEARS = [date(year, month, 1) for year in range(2015, 2027) for month in (1, 7)][1:-1]


@pytest.mark.parametrize("first", HALF_YEARS, ids=str)
@pytest.mark.parametrize("country", ["FI", "NO", "SE"])
def test_each_half_years_rate_counts_from_its_first_day(country: Country, first: date) -> None:
    for debtor in ("consumer", "business"):
        for on in (first - timedelta(days=1), first, first + timedelta(days=1)):
            told = LAW.interest(country, debtor, money(country, "1000"), on - timedelta(days=1), on)
            assert [segment.rate * second.PARTS for segment in told.segments] == [second.statutory(country, debtor, on)]


def test_nothing_runs_on_the_due_date_and_one_day_runs_on_the_next() -> None:
    due = day("2025-03-10")
    assert LAW.interest("FI", "consumer", eur("1000"), due, due).amount == eur("0")
    assert LAW.interest("FI", "consumer", eur("1000"), due, day("2025-03-09")).segments == ()
    one = LAW.interest("FI", "consumer", eur("1000"), due, day("2025-03-11"))
    assert one.amount == eur("0.29")
    assert one.segments[0].days == 1


def test_the_rate_changes_on_the_first_day_of_the_half_year() -> None:
    told = LAW.interest("FI", "business", eur("1000"), day("2023-06-29"), day("2023-07-01"))
    assert [(str(s.from_), str(s.to), str(s.rate)) for s in told.segments] == [
        ("2023-06-30", "2023-06-30", "10.5"),
        ("2023-07-01", "2023-07-01", "12"),
    ]


@pytest.mark.parametrize(("country", "year_days"), [("FI", [365, 365]), ("NO", [365, 366]), ("SE", [365, 365])])
def test_a_leap_year_is_longer_in_norway_only(country: Country, year_days: list[int]) -> None:
    assert [
        segment.year_days
        for half in ("2023-12-30", "2023-12-31")
        for segment in LAW.interest(
            country, "consumer", money(country, "100"), day(half), day(half) + timedelta(1)
        ).segments
    ] == year_days


def test_a_payment_counts_from_the_day_after_it_came() -> None:
    paid = [(day("2025-03-20"), eur("600"))]
    told = LAW.interest("FI", "consumer", eur("1000"), day("2025-03-10"), day("2025-03-30"), paid)
    assert [(s.days, s.principal) for s in told.segments] == [(10, eur("1000")), (10, eur("400"))]


def test_a_payment_before_the_due_date_counts_from_the_start_and_too_much_ends_it() -> None:
    early = LAW.interest(
        "FI", "consumer", eur("1000"), day("2025-03-10"), day("2025-03-30"), [(day("2025-03-01"), eur("400"))]
    )
    assert [s.principal for s in early.segments] == [eur("600")]
    paid = LAW.interest(
        "FI", "consumer", eur("1000"), day("2025-03-10"), day("2025-03-30"), [(day("2025-03-11"), eur("1500"))]
    )
    assert [s.days for s in paid.segments] == [1]


def test_a_consumer_never_pays_more_than_the_statutory_rate_but_a_business_pays_what_it_agreed() -> None:
    def rates(debtor: Debtor, contract: str) -> list[Decimal]:
        told = LAW.interest(
            "FI",
            debtor,
            eur("1000"),
            day("2023-06-29"),
            day("2023-07-01"),
            contract_rate=Decimal(contract),
        )
        return [segment.rate for segment in told.segments]

    assert rates("consumer", "16") == [Decimal("9.5"), Decimal(11)]
    assert rates("consumer", "10") == [Decimal("9.5"), Decimal(10)]
    assert rates("consumer", "4") == [Decimal(4)]
    assert rates("business", "16") == [Decimal(16)]


def test_a_credits_own_higher_rate_goes_on_for_180_days_in_finland() -> None:
    due = day("2024-01-31")

    def rates(debtor: Debtor, credit: str, contract: str | None = None) -> list[tuple[int, Decimal]]:
        told = LAW.interest(
            "FI",
            debtor,
            eur("1000"),
            due,
            day("2024-12-31"),
            contract_rate=Decimal(contract) if contract else None,
            credit_rate=Decimal(credit),
        )
        return [(segment.days, segment.rate) for segment in told.segments]

    assert rates("consumer", "15") == [(180, Decimal(15)), (155, Decimal("11.5"))]
    assert rates("consumer", "11.5") == [(335, Decimal("11.5"))]  # Not higher: the Act's own runs.
    assert rates("consumer", "15", "10") == [(180, Decimal(15)), (155, Decimal(10))]
    assert rates("business", "15", "10") == [(335, Decimal(10))]  # Between businesses what was agreed for lateness.


def test_a_rate_that_equals_the_acts_is_told_as_the_acts() -> None:
    asked = (eur("1000"), day("2024-01-31"), day("2024-03-31"))
    plain = LAW.interest("FI", "consumer", *asked)
    assert LAW.interest("FI", "consumer", *asked, credit_rate=Decimal("11.5")) == plain
    assert LAW.interest("FI", "consumer", *asked, contract_rate=Decimal("11.5")) == plain
    lower = LAW.interest("FI", "consumer", *asked, contract_rate=Decimal("11.49"))
    assert lower.rules[0].section == "korkolaki 633/1982 2 § 2 mom."


def test_the_smallest_part_below_half_a_cent_is_rounded_down_and_half_a_cent_up() -> None:
    below = LAW.interest(
        "FI", "business", eur("20.03"), day("2024-01-31"), day("2024-09-18"), contract_rate=Decimal("0.039443")
    )
    assert [segment.days for segment in below.segments] == [231]
    assert 2003 * 231 * 39443 == 365 * 10**8 // 2 - 1  # In parts of a cent, one less than half of one.
    assert below.amount == eur("0")
    half = LAW.interest(
        "FI", "business", eur("1825"), day("2024-01-31"), day("2024-02-01"), contract_rate=Decimal("0.001")
    )
    assert (half.segments[0].amount, half.amount) == (Decimal("0.00005"), eur("0"))
    exactly = LAW.interest(
        "FI", "business", eur("1825"), day("2024-01-31"), day("2024-02-01"), contract_rate=Decimal("0.1")
    )
    assert (exactly.segments[0].amount, exactly.amount) == (Decimal("0.005"), eur("0.01"))


def test_every_part_of_a_segment_is_told() -> None:
    told = LAW.interest("NO", "business", nok("1000"), day("2024-01-30"), day("2024-02-02"))
    assert told.segments == (
        Segment(
            from_=day("2024-01-31"),
            to=day("2024-02-02"),
            days=3,
            rate=Decimal("12.5"),
            amount=Decimal("1.0245901639"),
            principal=nok("1000"),
            year_days=366,
        ),
    )
    assert told.amount == nok("1.02")


def test_a_credits_own_rate_goes_on_only_where_a_section_says_so() -> None:
    asked = (nok("1000"), day("2025-01-31"), day("2025-12-31"))
    assert LAW.interest("NO", "consumer", *asked, credit_rate=Decimal(20)) == LAW.interest("NO", "consumer", *asked)
    finnish = (eur("1000"), day("2025-01-31"), day("2025-03-31"))
    told = LAW.interest("FI", "consumer", *finnish, credit_rate=Decimal(20))
    assert "korkolaki 633/1982 4 § 2 mom." in [rule.section for rule in told.rules]
    assert told.amount == eur("32.33")


def test_a_contract_rate_is_limited_where_the_pack_says_so_and_not_by_the_kind_of_debtor(tmp_path: Path) -> None:
    agreed = corrected(tmp_path, "SE", ("value: never above the statutory rate", "value: as agreed"))
    asked = (sek("1000"), day("2025-01-31"), day("2025-03-31"), (), Decimal(20))
    assert LAW.interest("SE", "consumer", *asked).segments[0].rate == 11
    assert agreed.interest("SE", "consumer", *asked).segments[0].rate == 20


def test_a_rate_that_is_missing_is_named_and_never_guessed() -> None:
    LAW.interest("FI", "consumer", eur("1000"), day("2026-01-10"), day("2026-06-30"))
    with pytest.raises(Unknown, match="rate for 2026-H2 missing") as missing:
        LAW.interest("FI", "consumer", eur("1000"), day("2026-01-10"), day("2026-07-01"))
    assert missing.value.country == "FI"
    with pytest.raises(Unknown, match="rate for 2027-H1 missing"):
        LAW.interest("NO", "consumer", nok("1000"), day("2026-12-10"), day("2027-01-01"))
    agreed = LAW.interest(
        "FI", "business", eur("1000"), day("2026-12-10"), day("2027-01-10"), contract_rate=Decimal(10)
    )
    assert agreed.amount == eur("8.49")


def test_what_is_missing_says_of_which_country_rule_and_source_it_is() -> None:
    with pytest.raises(Unknown, match=r"^rate for 2026-H2 missing$") as not_seen:
        LAW.interest("FI", "consumer", eur("1000"), day("2026-06-30"), day("2026-07-01"))
    assert (not_seen.value.country, not_seen.value.name) == ("FI", "interest.reference")
    assert not_seen.value.rule is not None
    assert not_seen.value.rule.id == "FI.interest.reference.2026-07-01"
    for due, missing in (("2014-12-30", "2014-H2"), ("2026-12-31", "2027-H1"), ("2027-06-29", "2027-H1")):
        with pytest.raises(Unknown, match=rf"^rate for {missing} missing$") as outside:
            LAW.interest("NO", "consumer", nok("1000"), day(due), day(due) + timedelta(days=1))
        assert (outside.value.country, outside.value.name, outside.value.rule) == ("NO", "interest.rate", None)


def test_a_credits_own_rate_runs_on_its_180th_day_too_where_a_half_year_begins_there() -> None:
    told = LAW.interest("FI", "consumer", eur("1000"), day("2024-01-03"), day("2024-07-03"), credit_rate=Decimal(15))
    assert [(str(each.to), each.rate) for each in told.segments] == [
        ("2024-07-01", 15),
        ("2024-07-03", Decimal("11.5")),
    ]


def test_a_rate_known_only_from_memory_is_refused_in_a_live_store() -> None:
    live = Law.load(live=True)
    assert live.interest("FI", "consumer", eur("1000"), day("2025-05-10"), day("2025-06-30")).amount
    with pytest.raises(Unknown, match="rate for 2025-H2 missing"):
        live.interest("FI", "consumer", eur("1000"), day("2025-05-10"), day("2025-07-01"))


def test_what_makes_no_sense_is_not_answered() -> None:
    due, until = day("2025-03-10"), day("2025-03-30")
    with pytest.raises(ValueError, match="not the currency"):
        LAW.interest("FI", "consumer", nok("1"), due, until)
    with pytest.raises(ValueError, match=r"^a principal is not negative$"):
        LAW.interest("FI", "consumer", eur("-1"), due, until)
    with pytest.raises(ValueError, match=r"^a payment is not negative$"):
        LAW.interest("FI", "consumer", eur("1"), due, until, [(due, eur("-1"))])
    with pytest.raises(ValueError, match="not a rate"):
        LAW.interest("FI", "business", eur("1"), due, until, contract_rate=Decimal(-1))


def test_the_answer_names_each_rule_once_with_its_source() -> None:
    told = LAW.interest("FI", "consumer", eur("1000"), day("2025-05-10"), day("2026-03-01"))
    assert [rule.id for rule in told.rules] == [
        "FI.interest.reference.2025-01-01",
        "FI.interest.margin.consumer.2002-07-01",
        "FI.interest.reference.2025-07-01",
        "FI.interest.reference.2026-01-01",
        "FI.interest.day_count.1983-01-01",
    ]
    assert all(rule.section and rule.source for rule in told.rules)
