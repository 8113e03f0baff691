from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from deploy.demo.summary import ALLOCATED, CASES, RECEIVED, Summary, summed_up, table

TOLD: dict[str, Any] = {
    "cases": 4, "accepted": 2, "rejected": {"already_paid": 1}, "needs_info": 1, "waiting": 0,
    "open": {"demanding": 1}, "closed": {"paid": 1}, "contacts": {"letter": 2}, "plans": {"started": 1},
    "received": {"EUR": 100_00, "NOK": 0}, "allocated": {"EUR": 80_00, "NOK": 0},
    "unallocated": {"EUR": 5_00, "NOK": 0}, "to_refund": {"EUR": 5_00, "NOK": 0}, "refunded": {"EUR": 5_00, "NOK": 0},
    "reversed": {"EUR": 5_00, "NOK": 0}, "kept": {"EUR": 10_00, "NOK": 0}, "commission": {"EUR": 5_00, "NOK": 0},
    "held": {"EUR": 5_00, "NOK": 0}, "remitted": {"EUR": 60_00, "NOK": 0},
}  # fmt: skip


def summed(**other: Any) -> Summary:
    return summed_up(TOLD | other, 3, 120, 2.0, balanced=True, chain_ok=True)


def broken(summary: Summary) -> set[str]:
    return {name for name, found in summary.checks.items() if not all(each.holds for each in found.values())}


def test_a_demo_in_which_everything_adds_up_is_well() -> None:
    summary = summed()
    assert (broken(summary), summary.is_well, summary.events_per_second) == (set(), True, 60.0)


@pytest.mark.parametrize(
    ("name", "identities"),
    [("received", {RECEIVED}), ("allocated", {RECEIVED, ALLOCATED}), ("refunded", {RECEIVED}), ("held", {ALLOCATED})],
)
def test_a_cent_too_much_is_named_by_the_identity_it_breaks(name: str, identities: set[str]) -> None:
    summary = summed(**{name: {**TOLD[name], "EUR": TOLD[name]["EUR"] + 1}})
    assert broken(summary) == identities
    assert not summary.is_well


def test_a_case_that_is_nowhere_is_missed() -> None:
    assert broken(summed(cases=5)) == {CASES}


@pytest.mark.parametrize(("balanced", "chain_ok"), [(False, True), (True, False)])
def test_numbers_that_add_up_are_not_enough(balanced: bool, chain_ok: bool) -> None:
    assert not summed_up(TOLD, 3, 120, 2.0, balanced=balanced, chain_ok=chain_ok).is_well


def test_people_read_a_table() -> None:
    console = Console(width=200, file=StringIO())
    with console.capture() as captured:
        console.print(table(summed()))
    shown = captured.get()
    assert "4: 2 accepted, 1 waiting for information" in shown
    assert "1 already paid" in shown
    assert "100.00 EUR" in shown
    assert "BROKEN" not in shown
