"""How many answers the law gives a second on one core, and how long a whole portfolio takes to be priced anew.

Every question is another one, drawn from a seed, and nothing of one answer serves the next: what is remembered is the
packs, as they are loaded once, and the calendar's holidays.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any, TypeVar

import msgspec

from deploy.pricing.portfolio import CURRENCY, invented, price
from shared.law import ChargedCost, Country, Debtor, Law, Measure, SentStep, Step
from shared.money import Money

ON = date(2026, 6, 30)  # The last day for which every country's rates are in the packs.
FIRST_DUE = date(2015, 1, 1)
AT_ONCE = 5_000  # Questions and cases are made so many at a time, beside the clock, and let go of again.
QUESTIONS_MAX = 1_000_000
INTEREST_DAYS_MAX = 1_200
MEASURES: dict[Country, tuple[Measure, ...]] = {
    "FI": ("reminder", "demand", "second_demand", "plan", "extension", "tratta", "standard_compensation"),
    "NO": ("reminder", "notice", "own_demand", "salary_light", "salary_heavy", "plan", "standard_compensation"),
    "SE": ("reminder", "demand", "plan", "standard_compensation"),
}
Tell = Callable[[int, int], None]
T = TypeVar("T")


class Measured(msgspec.Struct, frozen=True):
    """What was asked and how long it took: seconds by the clock, and of them those of this one process's core."""

    asked: int
    seconds: float
    processor_seconds: float

    @property
    def told(self) -> dict[str, float]:
        """For a machine; `per_second` is by the clock, whatever else the machine did meanwhile."""
        return {
            "asked": self.asked,
            "seconds": round(self.seconds, 3),
            "processor_seconds": round(self.processor_seconds, 3),
            "per_second": int(self.asked / self.seconds),
            "per_processor_second": int(self.asked / self.processor_seconds),
        }


def interest(law: Law, count: int, seed: int, tell: Tell) -> Measured:
    """So many questions about late interest."""
    return measured(lambda asked: law.interest(*asked), interest_questions(seed, count), count, tell)


def costs(law: Law, count: int, seed: int, tell: Tell) -> Measured:
    """So many questions about what a measure may cost."""
    return measured(lambda asked: law.cost(*asked[0], **asked[1]), cost_questions(seed, count), count, tell)


def portfolio(law: Law, count: int, seed: int, tell: Tell) -> Measured:
    """A portfolio priced anew: the interest of each case, and what may be done and charged next."""
    return measured(lambda case: price(law, case, ON), invented(law, count, seed, ON), count, tell)


def measured(ask: Callable[[T], object], questions: Iterator[T], count: int, tell: Tell) -> Measured:
    """Each question asked once. Making the questions is not counted."""
    seconds = processor = 0.0
    asked = 0
    while batch := list(islice(questions, AT_ONCE)):
        began, began_processor = time.perf_counter(), time.process_time()
        for question in batch:
            ask(question)
        seconds += time.perf_counter() - began
        processor += time.process_time() - began_processor
        asked += len(batch)
        tell(asked, count)
    return Measured(asked, seconds, processor)


# The questions. Up to QUESTIONS_MAX of them no two have the same principal.


def interest_questions(seed: int, count: int) -> Iterator[tuple[Any, ...]]:
    """Any country, kind of debtor and days since 2015; some with part payments or an agreed rate."""
    rng = Random(f"interest {seed}")  # noqa: S311 - invented questions, no secret.
    for number in range(count):
        country, debtor, principal, due = drawn(rng, number)
        until = min(due + timedelta(days=rng.randrange(INTEREST_DAYS_MAX)), ON)
        days = (until - due).days + 1
        paid = [
            (due + timedelta(days=rng.randrange(days)), Money(rng.randrange(1, principal.minor), principal.currency))
            for _ in range(rng.choice((0, 0, 1, 2)))
        ]
        rate = Decimal(rng.randrange(1_600)) / 100 if rng.randrange(10) == 0 else None
        yield country, debtor, principal, due, until, paid, rate


def cost_questions(seed: int, count: int) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Any country, kind of debtor, measure and day since 2015, after some letters and costs."""
    rng = Random(f"cost {seed}")  # noqa: S311 - invented questions, no secret.
    first: dict[Country, Step] = {"FI": "reminder", "NO": "notice", "SE": "reminder"}
    for number in range(count):
        country, debtor, principal, due = drawn(rng, number)
        on = min(due + timedelta(days=rng.randrange(1, 200)), ON)
        day = due + timedelta(days=rng.randrange(14, 40))
        sent, charged = [], []  # type: list[SentStep], list[ChargedCost]
        if rng.randrange(3):
            sent = [SentStep(first[country], day, day + timedelta(days=rng.randrange(14, 30)))]
            charged = [ChargedCost("notice" if country == "NO" else "reminder", day, Money(5_00, principal.currency))]
        more = {
            "due": due, "previous": sent, "instalments": rng.randrange(1, 13), "extension_days": rng.randrange(7, 30),
            "can_deduct_vat": rng.randrange(4) > 0, "invoice_sent": due - timedelta(days=rng.randrange(7, 30)),
        }  # fmt: skip
        yield (country, debtor, rng.choice(MEASURES[country]), principal, on, charged), more


def drawn(rng: Random, number: int) -> tuple[Country, Debtor, Money, date]:
    """What every question has: a country, a kind of debtor, a principal of its own, and a due date."""
    country: Country = rng.choice(("FI", "NO", "SE"))
    debtor: Debtor = rng.choice(("consumer", "business"))
    minor = 10_00 + number + rng.choice((0, 0, 0, 1, 2, 20)) * QUESTIONS_MAX
    due = FIRST_DUE + timedelta(days=rng.randrange((ON - FIRST_DUE).days))
    return country, debtor, Money(minor, CURRENCY[country]), due
