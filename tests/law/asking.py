"""The law loaded once for these tests, and short ways to say days and amounts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from shared.law import Country, Law
from shared.money import Money

LAW = Law.load()
VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")
)
CURRENCY: dict[Country, str] = {"FI": "EUR", "NO": "NOK", "SE": "SEK"}


def day(text: str) -> date:
    return date.fromisoformat(text)


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def nok(amount: str) -> Money:
    return Money.of(amount, "NOK")


def sek(amount: str) -> Money:
    return Money.of(amount, "SEK")


def money(country: Country, amount: str) -> Money:
    return Money.of(amount, CURRENCY[country])


def named(cases: list[dict[str, Any]]) -> list[Any]:
    """The cases with a name each, so that a failing one is found in the file."""
    import pytest

    return [pytest.param(case, id=f"{place:03}") for place, case in enumerate(cases)]
