"""Late interest: from the day after the due date, day by day at the rate of the day, rounded once."""

from bisect import bisect_right
from calendar import isleap
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from shared.law.answers import Debtor, Interest, Rule, Segment
from shared.law.pack import FIRST_DAY, Pack, Unknown
from shared.money import Money

RATE_PARTS = 10**6  # A rate is kept in millionths of a per cent, so that every sum of days is a whole number.
SHOWN_DECIMALS = 10
FULL_YEAR, LEAP_YEAR = 365, 366
CREDIT_DAYS = "interest.credit.days"


class Rate(msgspec.Struct, frozen=True):
    """What runs up to a day (an ordinal), the day included: a rate in parts, or what is missing."""

    last: int
    parts: int
    rules: tuple[Rule, ...]
    missing: str | None = None


class Rates:
    """One debtor kind's rates in one country, worked out once when the packs are loaded."""

    def __init__(self, pack: Pack, debtor: Debtor) -> None:
        self.pack, self.debtor = pack, debtor
        self.name = "interest.rate" if pack.has("interest.rate") else "interest.reference"
        day_count = pack.at("interest.day_count", FIRST_DAY)
        self.by_calendar_year: bool = day_count.value == "act/act"
        self.day_count_rule = day_count.rule
        contract = pack.at(f"interest.contract.{debtor}", FIRST_DAY)
        self.contract_rule, self.as_agreed = contract.rule, contract.value == "as agreed"
        dated = tuple(periods(pack, debtor))
        self.starts = [first for first, _ in dated]
        self.periods = [rate for _, rate in dated]

    def statutory(self, day: int) -> Rate:
        """The Act's rate on a day. Raises Unknown where it is not known."""
        place = bisect_right(self.starts, day)
        rate = self.periods[place - 1] if place else None
        if rate is None or day > rate.last:
            missing = self.pack.rules[self.name].missing(date.fromordinal(day))
            raise Unknown(self.pack.country, self.name, missing)
        if rate.missing is not None:
            raise Unknown(self.pack.country, self.name, rate.missing, rate.rules[0])
        return rate

    def on(self, day: int, agreed: "Agreed") -> Rate:
        """The rate that runs: the agreed one, but from a consumer never more than the Act's.

        A credit's own higher rate goes on for the days the Act gives it.
        """
        if agreed.credit is not None and day <= agreed.credit.last:
            act = self.statutory(day)
            if agreed.credit.parts > act.parts:
                return Rate(min(act.last, agreed.credit.last), agreed.credit.parts, agreed.credit.rules)
        if agreed.contract is None:
            return self.statutory(day)
        if self.as_agreed:
            return Rate(date.max.toordinal(), agreed.contract, (self.contract_rule,))
        act = self.statutory(day)
        if agreed.contract >= act.parts:
            return act
        return Rate(act.last, agreed.contract, (self.contract_rule,))

    def agreed(self, due: date, contract: Decimal | None, credit: Decimal | None) -> "Agreed":
        """What was agreed, as parts; a credit's own rate only where the country lets it go on after the due date."""
        found = None
        if credit is not None and not self.as_agreed and self.pack.has(CREDIT_DAYS):
            value = self.pack.at(CREDIT_DAYS, due)
            found = Rate(due.toordinal() + value.value, parts_of(credit), (value.rule,))
        return Agreed(None if contract is None else parts_of(contract), found)


class Agreed(msgspec.Struct, frozen=True):
    """The rates two people agreed on: for late payment, and of a credit while it ran."""

    contract: int | None = None
    credit: Rate | None = None


def periods(pack: Pack, debtor: Debtor) -> Iterable[tuple[int, Rate]]:
    """From which day (an ordinal) each value of the rate runs, or of the reference rate with its margin."""
    reference = not pack.has("interest.rate")
    dated = pack.rules["interest.reference" if reference else "interest.rate"]
    margin = pack.at(f"interest.margin.{debtor}", FIRST_DAY) if reference else None
    for value in dated.values:
        last = (value.to or date.max).toordinal()
        if not pack.usable(value):
            missing = dated.missing(value.from_)
            yield value.from_.toordinal(), Rate(last, 0, (value.rule,), missing)
            continue
        percent = value.value + (margin.value if margin else 0)
        rules = (value.rule, margin.rule) if margin else (value.rule,)
        yield value.from_.toordinal(), Rate(last, parts_of(percent), rules)


def parts_of(percent: Decimal) -> int:
    """A rate in parts. Raises ValueError where it is negative or finer than a millionth of a per cent."""
    parts = percent * RATE_PARTS
    if parts < 0 or parts != parts.to_integral_value():
        raise ValueError(f"{percent} is not a rate")
    return int(parts)


class Run(msgspec.Struct):
    """Days at one rate on one principal, while they are being added up."""

    first: int
    last: int
    principal: int
    parts: int
    year_days: int

    @property
    def days(self) -> int:
        return self.last - self.first + 1

    @property
    def weight(self) -> int:
        """Principal times days times rate; divided by the year's days it is the interest."""
        return self.principal * self.days * self.parts

    def goes_on(self, other: "Run") -> bool:
        same = (self.principal, self.parts, self.year_days) == (other.principal, other.parts, other.year_days)
        return same and self.last + 1 == other.first


def interest(
    rates: Rates,
    principal: Money,
    due: date,
    until: date,
    payments: Sequence[tuple[date, Money]],
    contract_rate: Decimal | None,
    credit_rate: Decimal | None = None,
) -> Interest:
    """Late interest from the day after `due` to `until`, both included; a payment counts from the day after it.

    `principal` is what was owed on the due date; payments reduce it, never below zero.
    Raises Unknown where a rate is missing, ValueError where a sum or rate is negative.
    """
    if principal.minor < 0:
        raise ValueError("a principal is not negative")
    agreed = rates.agreed(due, contract_rate, credit_rate)
    runs, rules = run(rates, balances(principal, due, payments), until.toordinal(), agreed)
    if runs:
        rules.append(rates.day_count_rule)
    return Interest(
        amount=Money(rounded(runs), principal.currency),
        segments=tuple(segment(each, principal.currency) for each in runs),
        rules=tuple(dict.fromkeys(rules)),
    )


def balances(principal: Money, due: date, payments: Sequence[tuple[date, Money]]) -> list[tuple[int, int]]:
    """From which day (an ordinal) how much is owed."""
    left = principal.minor
    steps = {due.toordinal() + 1: left}
    for day, amount in sorted(payments):
        paid = principal.in_same_currency(amount)
        if paid < 0:
            raise ValueError("a payment is not negative")
        left = max(left - paid, 0)
        steps[max(day, due).toordinal() + 1] = left
    return sorted(steps.items())


def run(rates: Rates, steps: list[tuple[int, int]], end: int, agreed: Agreed) -> tuple[list[Run], list[Rule]]:
    """The days split where rate, principal or the length of the year changes, and the rules used."""
    runs: list[Run] = []
    rules: list[Rule] = []
    for place, (first, owed) in enumerate(steps):
        last = min(steps[place + 1][0] - 1, end) if place + 1 < len(steps) else end
        day = first
        while owed and day <= last:
            rate = rates.on(day, agreed)
            year_days, year_end = year_of(day) if rates.by_calendar_year else (FULL_YEAR, last)
            upto = min(last, rate.last, year_end)
            new = Run(day, upto, owed, rate.parts, year_days)
            if runs and runs[-1].goes_on(new):
                runs[-1].last = upto
            else:
                runs.append(new)
            rules.extend(rate.rules)
            day = upto + 1
    return runs, rules


def year_of(day: int) -> tuple[int, int]:
    """The days of that day's calendar year, and its last day."""
    year = date.fromordinal(day).year
    return (LEAP_YEAR if isleap(year) else FULL_YEAR), date(year, 12, 31).toordinal()


def rounded(runs: Iterable[Run]) -> int:
    """The whole sum in minor units, exact until it is rounded here, half up."""
    full = leap = 0
    for each in runs:
        if each.year_days == FULL_YEAR:
            full += each.weight
        else:
            leap += each.weight
    below = FULL_YEAR * LEAP_YEAR * 100 * RATE_PARTS
    return (2 * (full * LEAP_YEAR + leap * FULL_YEAR) + below) // (2 * below)


def segment(each: Run, currency: str) -> Segment:
    """A run of days as the answer shows it."""
    # Minor units over per cent times parts are ten decimals of a whole unit, whatever the amounts.
    shown = (2 * each.weight + each.year_days) // (2 * each.year_days)
    return Segment(
        from_=date.fromordinal(each.first),
        to=date.fromordinal(each.last),
        days=each.days,
        rate=(Decimal(each.parts) / RATE_PARTS),
        amount=Decimal(shown).scaleb(-SHOWN_DECIMALS),
        principal=Money(each.principal, currency),
        year_days=each.year_days,
    )
