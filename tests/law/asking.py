"""The law loaded once for these tests, and short ways to say days and amounts."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

from shared.law import ChargedCost, Cost, Country, Debtor, Law, Measure
from shared.law.law import PACKS
from shared.money import Money

LAW = Law.load()
VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")
)
CURRENCY: dict[Country, str] = {"FI": "EUR", "NO": "NOK", "SE": "SEK"}


def corrected(folder: Path, country: Country, *changes: tuple[str, str], live: bool = False) -> Law:
    """The law with a pack in which these texts, each standing once, were replaced: as a lawyer would."""
    packs = Path(copytree(PACKS, folder / f"packs{len(list(folder.iterdir()))}"))
    path = packs / f"{country.lower()}.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return Law.load(packs=packs, live=live)


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


DUE = day("2025-01-20")
LATE = day("2025-06-02")
ONE_DAY = timedelta(days=1)


def fi(
    measure: Measure,
    principal: str = "450",
    on: date = LATE,
    so_far: Sequence[ChargedCost] = (),
    debtor: Debtor = "consumer",
    **more: Any,
) -> Cost:
    return LAW.cost("FI", debtor, measure, eur(principal), on, so_far, due=more.pop("due", DUE), **more)


def no(
    measure: Measure,
    principal: str = "2000",
    on: date = LATE,
    so_far: Sequence[ChargedCost] = (),
    debtor: Debtor = "consumer",
    **more: Any,
) -> Cost:
    return LAW.cost("NO", debtor, measure, nok(principal), on, so_far, due=more.pop("due", DUE), **more)


def named(cases: list[dict[str, Any]]) -> list[Any]:
    """The cases with a name each, so that a failing one is found in the file."""
    import pytest

    return [pytest.param(case, id=f"{place:03}") for place, case in enumerate(cases)]


FI_BOTH: list[Measure] = ["reminder", "demand", "second_demand", "same_group_demand", "extension", "plan"]
NO_BOTH: list[Measure] = ["reminder", "notice", "own_demand", "salary_light", "salary_heavy", "plan"]
MEASURES: dict[tuple[Country, Debtor], list[Measure]] = {
    ("FI", "consumer"): FI_BOTH,
    ("FI", "business"): [*FI_BOTH, "tratta", "bankruptcy_demand", "standard_compensation"],
    ("NO", "consumer"): NO_BOTH,
    ("NO", "business"): [*NO_BOTH, "standard_compensation"],
    ("SE", "consumer"): ["reminder", "demand", "plan"],
    ("SE", "business"): ["reminder", "demand", "plan", "standard_compensation"],
}
