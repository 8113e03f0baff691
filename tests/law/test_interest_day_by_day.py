"""Late interest agrees to the cent with a second computation that goes day by day."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from shared.law import Country, Debtor
from shared.money import Money
from tests.law import second
from tests.law.asking import CURRENCY, LAW

CASES, SEEDS = 10_000, 20
FIRST, LAST = date(2015, 1, 1).toordinal(), date(2026, 6, 30).toordinal()
COUNTRIES: list[Country] = ["FI", "NO", "SE"]
DEBTORS: list[Debtor] = ["consumer", "business"]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_second_computation_day_by_day_agrees_to_the_cent(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - cases to try, nothing secret
    for _ in range(CASES // SEEDS):
        country, debtor = random.choice(COUNTRIES), random.choice(DEBTORS)
        due_day = random.randint(FIRST - 1, LAST - 1)
        until_day = min(due_day + random.choice([0, 1, 3, 20, 60, 190, 400, 1500]), LAST)
        due, until = date.fromordinal(due_day), date.fromordinal(until_day)
        principal = random.randint(1, 10 ** random.randint(2, 9))
        payments = [
            (date.fromordinal(random.randint(due_day - 5, until_day + 2)), random.randint(1, principal))
            for _ in range(random.choice([0, 0, 1, 2, 4]))
        ]
        contract = random.choice([None, None, random.randint(0, 2500)])
        currency = CURRENCY[country]
        told = LAW.interest(
            country,
            debtor,
            Money(principal, currency),
            due,
            until,
            [(when, Money(paid, currency)) for when, paid in payments],
            None if contract is None else Decimal(contract) / 100,
        )
        exact = second.interest(country, debtor, principal, due, until, payments, contract)
        case = (country, debtor, principal, due, until, payments, contract)
        assert told.amount.minor == second.half_up(exact), case
        shown = sum((segment.amount for segment in told.segments), Decimal(0))
        assert abs(shown - Decimal(exact.numerator) / exact.denominator / 100) < Decimal("0.0000001"), case
        assert sum(segment.days for segment in told.segments) <= max(until_day - due_day, 0)
