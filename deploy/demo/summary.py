"""What came of it all: the platform's own numbers, the identities they must keep, and a table to read."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rich.table import Table

from shared.money import Money

By = dict[str, int]

RECEIVED = "received = allocated + unallocated + to_refund + refunded + reversed"
ALLOCATED = "allocated = remitted + kept + commission + held"
CASES = "cases = accepted + rejected + needs_info"
ACCEPTED = "accepted = closed + open"


class Check(msgspec.Struct, frozen=True):
    """An identity with both its sides."""

    holds: bool
    left: int
    right: int


class Summary(msgspec.Struct, frozen=True):
    """A demo in numbers. Money is in minor units by currency."""

    cases: int
    accepted: int
    rejected: By
    needs_info: int
    open: By
    closed: By
    contacts: By
    plans: By
    payments: int
    received: By
    allocated: By
    unallocated: By
    to_refund: By
    refunded: By
    reversed: By
    kept: By
    commission: By
    held: By
    remitted: By
    checks: dict[str, dict[str, Check]]
    events: int
    wall_seconds: float
    events_per_second: float
    ledger_balanced: bool
    chain_ok: bool

    @property
    def is_well(self) -> bool:
        """Whether everything that must hold does."""
        return self.ledger_balanced and self.chain_ok and all(
            check.holds for by_currency in self.checks.values() for check in by_currency.values()
        )  # fmt: skip


MONEY = ("received", "allocated", "unallocated", "to_refund", "refunded", "reversed", "kept", "commission", "held",
         "remitted")  # fmt: skip


def summed_up(
    told: Mapping[str, Any], payments: int, events: int, wall_seconds: float, *, balanced: bool, chain_ok: bool
) -> Summary:
    """From what `GET /summary` told."""
    counted: By = {name: told[name] for name in ("cases", "accepted", "needs_info")}
    by_name = {name: dict(sorted(told[name].items())) for name in ("rejected", "open", "closed", "contacts", "plans")}
    money = {name: dict(sorted(told[name].items())) for name in MONEY}
    found: dict[str, Any] = {**counted, **by_name, **money}
    return Summary(
        **found,
        payments=payments,
        checks=checks(counted, by_name, money),
        events=events,
        wall_seconds=round(wall_seconds, 2),
        events_per_second=round(events / wall_seconds, 1),
        ledger_balanced=balanced,
        chain_ok=chain_ok,
    )  # fmt: skip


def checks(counted: By, by_name: Mapping[str, By], money: Mapping[str, By]) -> dict[str, dict[str, Check]]:
    """The identities, per currency and per run."""
    by_currency: dict[str, dict[str, Check]] = {RECEIVED: {}, ALLOCATED: {}}
    for currency in money["received"]:
        of = {name: amounts.get(currency, 0) for name, amounts in money.items()}
        came = sum(of[name] for name in ("allocated", "unallocated", "to_refund", "refunded", "reversed"))
        went = sum(of[name] for name in ("remitted", "kept", "commission", "held"))
        by_currency[RECEIVED][currency] = _check(of["received"], came)
        by_currency[ALLOCATED][currency] = _check(of["allocated"], went)
    taken = counted["accepted"] + sum(by_name["rejected"].values()) + counted["needs_info"]
    lives = sum(by_name["closed"].values()) + sum(by_name["open"].values())
    run = {CASES: {"run": _check(counted["cases"], taken)}, ACCEPTED: {"run": _check(counted["accepted"], lives)}}
    return by_currency | run


def _check(left: int, right: int) -> Check:
    return Check(left == right, left, right)


def table(summary: Summary) -> Table:
    """The same for people."""
    shown = Table(show_header=False, box=None, pad_edge=False)
    shown.add_column(style="bold")
    shown.add_column()
    shown.add_row(
        "Cases", f"{summary.cases}: {summary.accepted} accepted, {summary.needs_info} waiting for information"
    )
    shown.add_row("Rejected", _list(summary.rejected))
    shown.add_row("Closed", _list(summary.closed))
    shown.add_row("Open", _list(summary.open))
    shown.add_row("Contacts", _list(summary.contacts))
    shown.add_row("Plans", _list(summary.plans))
    shown.add_row("Payments", str(summary.payments))
    for name in MONEY:
        shown.add_row(name.replace("_", " ").capitalize(), _amounts(getattr(summary, name)))
    for identity, found in summary.checks.items():
        wrong = [f"{of}: {check.left} is not {check.right}" for of, check in found.items() if not check.holds]
        shown.add_row("Holds" if not wrong else "BROKEN", "; ".join([identity, *wrong]))
    shown.add_row("Ledger", "balanced" if summary.ledger_balanced else "NOT BALANCED")
    shown.add_row("Chains", "whole" if summary.chain_ok else "BROKEN")
    shown.add_row("Took", f"{summary.wall_seconds} s for {summary.events} events, {summary.events_per_second} a second")
    return shown


def _list(by: By) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in by.items()) or "none"


def _amounts(by: By) -> str:
    return "  ".join(
        f"{Money(minor, currency).decimal:>14,} {currency}".replace(",", " ") for currency, minor in by.items()
    )
