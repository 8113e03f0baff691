"""A rule pack: the dated values of one country's law, read from a file a lawyer can read, and checked at start."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from shared.law.answers import Confidence, Country, Rule

FIRST_DAY = date(2015, 1, 1)
ONE_DAY = timedelta(days=1)


class BadPack(Exception):
    """A pack cannot be used: what is wrong, with file and line."""


class Unknown(Exception):
    """The law has a value that we do not know or have not confirmed. Nothing is guessed in its place."""

    def __init__(self, country: str, name: str, missing: str, rule: Rule | None = None) -> None:
        super().__init__(missing)
        self.country, self.name, self.missing, self.rule = country, name, missing, rule


class Value(msgspec.Struct, frozen=True):
    """What one rule says from one day to another; `value` is none where the law gives no amount."""

    from_: date
    to: date | None
    value: Any
    rule: Rule
    known: bool
    line: int = 0


class Dated:
    """One rule's values in order of time, without gaps."""

    def __init__(self, name: str, called: str, half_yearly: bool, values: Sequence[Value]) -> None:
        self.name, self.called, self.half_yearly = name, called, half_yearly
        self.values = tuple(values)
        self.starts = [value.from_.toordinal() for value in values]
        self.last_day = values[-1].to

    def at(self, day: date) -> Value | None:
        """The value in force on a day; none before the first and after the last."""
        place = bisect_right(self.starts, day.toordinal())
        if not place or (self.last_day is not None and day > self.last_day):
            return None
        return self.values[place - 1]

    def missing(self, day: date) -> str:
        """How a missing value is called: `rate for 2026-H2 missing`."""
        when = f"{day.year}-H{1 if day.month <= 6 else 2}" if self.half_yearly else day.isoformat()
        return f"{self.called} for {when} missing"


class Pack:
    """One country's rules. In a live store a value known only from memory is unknown until someone confirms it."""

    def __init__(
        self,
        country: Country,
        currency: str,
        rules: Mapping[str, Dated],
        letters: Mapping[str, tuple[tuple[str, Value], ...]],
        *,
        live: bool,
    ) -> None:
        self.country, self.currency, self.live = country, currency, live
        self.rules, self.letters = rules, letters

    def at(self, name: str, day: date) -> Value:
        """The value of a rule on a day. Raises Unknown where it is not known, or not confirmed in a live store."""
        rule = self.rules[name]
        found = rule.at(day)
        if found is None:
            raise Unknown(self.country, name, rule.missing(day))
        if not self.usable(found):
            raise Unknown(self.country, name, rule.missing(day), found.rule)
        return found

    def first_day(self, name: str, after: date, from_: date, reading: str | None = None) -> tuple[date, list[Rule]]:
        """The first day, not before `from_`, that lies as many days after `after` as the rule of that very day says.

        A new law may ask for more days than the one it follows: a day lawful under the old one is then not lawful
        under the new. `reading` is a rule of days more, where there are any. Raises Unknown as `at` does.
        """
        day = max(after, from_)
        while True:
            found = self.at(name, day)
            days, rules = found.value, [found.rule]
            if days and reading is not None:
                more = self.at(reading, day)
                days, rules = days + more.value, [found.rule, more.rule]
            first = max(after + timedelta(days=days or 0), day)
            if found.to is None or first <= found.to:
                return first, rules
            day = found.to + ONE_DAY

    def has(self, name: str) -> bool:
        """Whether this country has the rule at all."""
        return name in self.rules

    def usable(self, found: Value) -> bool:
        """Whether a value may be decided on in this store."""
        return found.known and not (self.live and found.rule.confidence == "from-memory")

    def unknowns(self) -> list[tuple[str, Value]]:
        """Every value that stops or shortens an answer in this store, by rule."""
        return [(name, value) for name, rule in self.rules.items() for value in rule.values if not self.usable(value)]


def confidence_of(text: str) -> Confidence | None:
    """The five degrees of confidence, and no other word."""
    match text:
        case "verified" | "secondary" | "from-memory" | "derived" | "unknown":
            return text
    return None
