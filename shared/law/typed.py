"""The types a value of a pack may have, and how each is written."""

from collections.abc import Callable
from datetime import time
from decimal import Decimal
from typing import Any

import yaml

from shared.law.reader import Reader
from shared.money import Money

Bands = tuple[tuple[int | None, Any], ...]


def decimal_of(reader: Reader, node: yaml.Node, _: str) -> Decimal:
    """A number with a point."""
    number = Decimal(reader.text(node))
    if not number.is_finite():
        raise ValueError
    return number


def amount_of(reader: Reader, node: yaml.Node, currency: str) -> Money:
    """An amount in the pack's currency, never negative."""
    amount = Money.of(reader.text(node), currency)
    if amount.minor < 0:
        raise ValueError
    return amount


def whole_of(reader: Reader, node: yaml.Node, _: str) -> int:
    """A count of days, years or measures."""
    whole = int(reader.text(node))
    if whole < 0:
        raise ValueError
    return whole


def bands_of(reader: Reader, node: yaml.Node, currency: str) -> Bands:
    """`{100: 14, 1000: 24, above: 50}`: up to and including 100, 1000, and all above."""
    return in_bands(reader, node, currency, amount_of)


def factor_bands_of(reader: Reader, node: yaml.Node, currency: str) -> Bands:
    """`{100: 1, above: 2}`: the same with numbers."""
    return in_bands(reader, node, currency, decimal_of)


def in_bands(reader: Reader, node: yaml.Node, currency: str, each: Callable[[Reader, yaml.Node, str], Any]) -> Bands:
    """Limits that rise, the last of them `above`; each with a value of one type."""
    *below, (above, highest) = reader.pairs(node).items()
    bands = [(Money.of(limit, currency).minor, each(reader, value, currency)) for limit, value in below]
    limits = [limit for limit, _ in bands]
    if above != "above" or limits != sorted(set(limits)):
        raise ValueError
    return (*bands, (None, each(reader, highest, currency)))


def hours_of(reader: Reader, node: yaml.Node, _: str) -> tuple[time, time]:
    """`08:00-21:00`; closed on such days: `00:00-00:00`."""
    opens, closes = reader.text(node).split("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


def words_of(reader: Reader, node: yaml.Node, _: str) -> tuple[str, ...]:
    """A list of words."""
    return tuple(reader.text(word) for word in reader.items(node))


def word_of(reader: Reader, node: yaml.Node, _: str) -> str:
    """One word, or a few that stand for one thing."""
    return reader.text(node)


TYPES: dict[str, Callable[[Reader, yaml.Node, str], Any]] = {
    "percent": decimal_of,
    "factor": decimal_of,
    "amount": amount_of,
    "days": whole_of,
    "months": whole_of,
    "years": whole_of,
    "count": whole_of,
    "bands": bands_of,
    "factor_bands": factor_bands_of,
    "hours": hours_of,
    "words": words_of,
    "word": word_of,
}
