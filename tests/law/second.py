"""A second computation of the law, written from the sources and asking nothing of shared.law: plain tables, day by day.

Amounts are minor units (cents, øre). Where the two disagree, one of them is wrong.
"""

from calendar import isleap
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)

# Interest. Half-year by half-year from 2015-H1, written down again, so that a slip in a pack is seen.

FI_REFERENCE = [*["0.5"] * 3, *["0"] * 13, "2.5", "4", "4.5", "4.5", "3.5", "2.5", "2.5"]  # … 2026-H1
NO_RATE = [
    *["9.25", "9", "8.75", "8.5", "8.5", "8.5", "8.5", "8.5", "8.75", "9.25", "9.5", "8"],
    *["8", "8", "8.5", "9.25", "10.75", "11.75", "12.5", "12.5", "12.5", "12.25", "12", "12.25"],
]  # … 2026-H2
SE_REFERENCE = [
    *["0", "0", "0", "-0.5", "-0.5", "-0.5", "-0.5", "-0.5", "-0.5", "0", "0", "0", "0", "0", "0"],
    *["0.5", "2.5", "3.5", "4", "4", "3", "2", "2"],
]  # … 2026-H1
PARTS = 100  # A rate in hundredths of a per cent.


def half_year(on: date) -> int:
    return (on.year - 2015) * 2 + (on.month > 6)


def statutory(country: str, debtor: str, on: date) -> int:
    """The Act's rate of the day, in hundredths of a per cent."""
    half = half_year(on)
    if country == "NO":
        rate = Fraction(NO_RATE[half])
    elif country == "SE":
        rate = Fraction(SE_REFERENCE[half]) + 8
    else:
        rate = Fraction(FI_REFERENCE[half]) + (8 if debtor == "business" else 7)
    assert (rate * PARTS).denominator == 1
    return int(rate * PARTS)


def known_rates() -> dict[tuple[str, str], list[int]]:
    """Every day's rate from 2015-01-01 to 2026-06-30, by country and debtor."""
    days = [date(2015, 1, 1) + number * DAY for number in range((date(2026, 6, 30) - date(2015, 1, 1)).days + 1)]
    return {
        (country, debtor): [statutory(country, debtor, on) for on in days]
        for country in ("FI", "NO", "SE")
        for debtor in ("consumer", "business")
    }


RATES = known_rates()
FIRST = date(2015, 1, 1).toordinal()


def interest(
    country: str,
    debtor: str,
    principal: int,
    due: date,
    until: date,
    payments: Sequence[tuple[date, int]] = (),
    contract: int | None = None,
) -> Fraction:
    """The interest unrounded, one day at a time; `contract` in hundredths of a per cent."""
    rates = RATES[country, debtor]
    by_year = {365: 0, 366: 0}
    on, last = due.toordinal() + 1, until.toordinal()
    days_of_payment = sorted(payments)
    while on <= last:
        owed = principal
        for when, paid in days_of_payment:
            if when.toordinal() < on:
                owed -= paid
        if owed <= 0:
            break
        rate = rates[on - FIRST]
        if contract is not None:
            rate = contract if debtor == "business" else min(contract, rate)
        long_year = country == "NO" and isleap(date.fromordinal(on).year)
        by_year[366 if long_year else 365] += owed * rate
        on += 1
    return sum((Fraction(sum_, year * 100 * PARTS) for year, sum_ in by_year.items()), Fraction(0))


def half_up(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))


# Costs: what a measure costs at the most. None where the law gives no amount.


def step(principal: int, *edges: tuple[int | None, int | str]) -> Fraction:
    """The first amount whose edge (in whole units) the principal does not pass."""
    for edge, amount in edges:
        if edge is None or principal <= edge * 100:
            return Fraction(amount)
    raise AssertionError(principal)


def units(amount: Fraction | int | str) -> int:
    """Whole units as minor ones, cut off below."""
    return int(Fraction(amount) * 100)


def fi_consumer(measure: str, principal: int, instalments: int, *, enforceable: bool) -> int | None:
    demand = Fraction(14) if enforceable else step(principal, (100, 14), (1000, 24), (None, 50))
    plan = step(principal, (100, 20), (1000, 30), (None, 50))
    if enforceable or instalments <= 4:
        plan = Fraction(20)
    fixed = {"reminder": Fraction(5), "same_group_demand": Fraction(5), "extension": Fraction(5)}
    return units({**fixed, "demand": demand, "second_demand": demand / 2, "plan": plan}[measure])


def fi_business(measure: str, principal: int, on: date, instalments: int, *, enforceable: bool) -> int | None:
    if measure == "standard_compensation":
        return units(40)
    if on < date(2021, 1, 1):
        return None
    if on < date(2022, 5, 1):
        demand, few = step(principal, (500, 50), (None, 80)), Fraction(30)
        plan = few if instalments <= 4 else step(principal, (500, 30), (None, 60))
        tratta, reminder = Fraction(100), Fraction(10)
        if enforceable and measure in {"demand", "second_demand", "plan", "tratta"}:
            return None
    else:
        demand = Fraction(50) if enforceable else step(principal, (500, 50), (2500, 70), (10000, 90), (None, 110))
        plan = step(principal, (500, 30), (2500, 45), (10000, 60), (None, 75))
        tratta, reminder = step(principal, (500, 110), (2500, 125), (10000, 140), (None, 155)), Fraction(12)
        if enforceable or instalments <= 4:
            plan = Fraction(30)
        if enforceable:
            tratta = Fraction(110)
    plan += 5 * max(instalments - 6, 0)
    fixed = {"reminder": reminder, "same_group_demand": reminder}
    fixed |= {"extension": Fraction(10), "bankruptcy_demand": Fraction(100)}
    return units({**fixed, "demand": demand, "second_demand": demand / 2, "plan": plan, "tratta": tratta}[measure])


SATS = {2015: 650, 2016: 670, **dict.fromkeys(range(2017, 2026), 700), 2026: 750}
COMPENSATION = {
    (2016, 2): 370,
    (2017, 1): 360,
    (2018, 1): 380,
    (2019, 2): 390,
    (2020, 2): 430,
    (2021, 2): 400,
    (2022, 1): 390,
    (2022, 2): 400,
    (2023, 1): 410,
    (2024, 1): 470,
    (2025, 1): 470,
    (2026, 1): 460,
    (2026, 2): 430,
}


def norway(
    measure: str, principal: int, on: date, due: date, instalments: int, *, business: bool, deducts: bool
) -> int | None:
    sats, late = SATS[on.year], due >= date(2020, 10, 1)
    if measure == "standard_compensation":
        found = COMPENSATION.get(((due + DAY).year, 1 + ((due + DAY).month > 6)))
        return None if found is None else units(found)
    if measure in {"reminder", "notice"}:
        return units(int(Fraction(sats, 20 if late else 10) + Fraction(1, 2)))
    if measure == "own_demand":
        return units(int(Fraction(3 * sats, 20 if late else 10) + Fraction(1, 2))) if due.year >= 2017 else None
    more = 1 if deducts else Fraction(5, 4)
    if measure == "plan":
        return units(Fraction(3, 2) * sats * more) if instalments > 4 else None
    edges_late = ((500, "0.25"), (1000, "0.35"), (2500, "0.4"), (10000, "0.8"), (50000, "1.6"), (250000, "3.6"))
    times = (
        step(principal, *edges_late, (None, "7.2"))
        if late
        else step(principal, (2500, "0.5"), (10000, 1), (50000, 2), (250000, 4), (None, 8))
    )
    light = units(times * sats * (Fraction(3, 2) if business else 1) * more)
    return 2 * light if measure == "salary_heavy" else light


def cost(
    country: str,
    debtor: str,
    measure: str,
    principal: int,
    on: date,
    due: date,
    instalments: int = 0,
    *,
    enforceable: bool = False,
    can_deduct_vat: bool = True,
) -> int | None:
    """What a measure costs at the most."""
    business = debtor == "business"
    if country == "NO":
        return norway(measure, principal, on, due, instalments, business=business, deducts=can_deduct_vat)
    if country == "SE":
        return units({"reminder": 60, "demand": 180, "plan": 170, "standard_compensation": 450}[measure])
    if business:
        return fi_business(measure, principal, on, instalments, enforceable=enforceable)
    return fi_consumer(measure, principal, instalments, enforceable=enforceable)


def cap(debtor: str, principal: int, on: date, *, enforceable: bool = False, bankruptcy: bool = False) -> int | None:
    """The highest total in Finland; none where there is none (or none known)."""
    if debtor == "consumer":
        return units(51 if enforceable else step(principal, (100, 60), (1000, 120), (None, 210)))
    if on < date(2021, 1, 1) or (enforceable and on < date(2022, 5, 1)):
        return None
    if on < date(2022, 5, 1):
        return units(step(principal, (500, 230), (None, 410 if on < date(2021, 7, 1) else 480)))
    if enforceable:
        return units(314 if bankruptcy else 214)
    return units(step(principal, (500, 250), (2500, 470), (10000, 550), (None, 620)))


# Days.


def earliest(country: str, debtor: str, what: str, due: date, sent: Sequence[tuple[str, date, date | None]]) -> date:
    """The first lawful day, found by trying one day after the other."""
    on = due + DAY
    while not lawful(country, debtor, what, due, sent, on):
        on += DAY
    return on


def lawful(
    country: str, debtor: str, what: str, due: date, sent: Sequence[tuple[str, date, date | None]], on: date
) -> bool:
    """Whether the step may be taken on that day. Every letter's own day to pay must have passed."""
    if country == "NO":
        return lawful_in_norway(what, due, sent, on)
    whole_days = 14 if debtor == "consumer" else 7 if on < date(2022, 5, 1) else 10
    if debtor == "business" and on < date(2021, 1, 1):
        whole_days = 0
    if what == "reminder" and debtor == "consumer" and (on - due).days <= 14:
        return False
    for _, day, pay_by in sent:
        between = (on - day).days
        if on <= (pay_by or day) or (whole_days and between <= whole_days):
            return False
    return True


def lawful_in_norway(what: str, due: date, sent: Sequence[tuple[str, date, date | None]], on: date) -> bool:
    notices = [(day, pay_by) for kind, day, pay_by in sent if kind in {"reminder", "notice"}]
    demands = [(day, pay_by) for kind, day, pay_by in sent if kind in {"demand", "second_demand"}]
    past = {"reminder": notices, "notice": notices, "demand": notices + demands, "heavy_salary": demands}[what]
    over = 28 if what == "heavy_salary" else 0
    if what in {"reminder", "notice"} and (on - due).days < 14:
        return False
    return all((on - max(pay_by or day, day + 14 * DAY)).days > over for day, pay_by in past)


def last_day(start: date, years: int) -> date:
    """The last day on which a debt is not barred."""
    on = start
    while (on.year - start.year, on.month, on.day) < (years, start.month, start.day):
        on += DAY
    if (on.month, on.day) != (start.month, start.day):
        on -= DAY  # Started on 29 February: the day before 1 March.
    return on


def may_call(on: date, hour: int, minute: int) -> bool:
    """Norway's hours on an ordinary day: weekdays 8 to 21, Saturdays 8 to 15, no Sundays."""
    closes = {5: 15, 6: 0}.get(on.weekday(), 21)
    return 8 * 60 <= hour * 60 + minute < closes * 60


def oslo(at: str) -> datetime:
    return datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Europe/Oslo"))
