"""What is true of a debt or a debtor and changes what may be done: a dispute, a suspension request, a guardian."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import get_args

from shared.law.answers import Condition, Debtor, Rule
from shared.law.pack import Pack

ORDER: tuple[Condition, ...] = get_args(Condition)
ONLY_CONSUMERS: tuple[Condition, ...] = ("suspension_request", "minor", "guardian")


def effects_of(
    pack: Pack, day: date, conditions: Collection[Condition], debtor: Debtor
) -> Iterator[tuple[Condition, tuple[str, ...], Rule]]:
    """What each of these conditions changes in this country on that day, with the rule that says so.

    A condition that only people can be in changes nothing for a business; one that a country's law does not know
    changes nothing there.
    """
    for condition in ORDER:
        if condition not in conditions or (debtor != "consumer" and condition in ONLY_CONSUMERS):
            continue
        if pack.has(f"condition.{condition}"):
            value = pack.at(f"condition.{condition}", day)
            yield condition, value.value, value.rule
