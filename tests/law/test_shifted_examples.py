"""Every worked example, shifted by a day and by a cent, gives what an independent computation gives."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from shared.law import Component, SentStep
from shared.money import Money
from tests.law import second
from tests.law.asking import CURRENCY, LAW, VECTORS, day, money, named

SHIFTS = [(days, cents) for days in (-1, 0, 1) for cents in (-1, 0, 1)]


def shifted(case: dict[str, Any], *days_of: str) -> Iterator[tuple[int, dict[str, date]]]:
    """The principal a cent to each side, and each of the days a day to each side, together and alone."""
    principal = money(case["country"], case["principal"]).minor
    for name in days_of:
        for days, cents in SHIFTS:
            dates = {each: day(case[each]) for each in days_of}
            dates[name] += timedelta(days=days)
            yield max(principal + cents, 0), dates


@pytest.mark.parametrize("case", named(VECTORS["interest"]))
def test_interest_of_the_shifted_example_is_the_second_computations(case: dict[str, Any]) -> None:
    country, debtor = case["country"], case["debtor"]
    for principal, dates in shifted(case, "due", "paid"):
        told = LAW.interest(country, debtor, Money(principal, CURRENCY[country]), dates["due"], dates["paid"])
        exact = second.interest(country, debtor, principal, dates["due"], dates["paid"])
        assert told.amount.minor == second.half_up(exact), (principal, dates)


@pytest.mark.parametrize("case", named(VECTORS["interest_at_a_told_rate"]))
def test_interest_at_an_agreed_rate_of_the_shifted_example(case: dict[str, Any]) -> None:
    due, principal = day("2023-03-01"), money("FI", case["principal"]).minor
    for days, cents in SHIFTS:
        until = due + timedelta(days=case["days"] + days)
        rate = int(Fraction(case["rate"]) * second.PARTS)
        told = LAW.interest("FI", "business", Money(principal + cents), due, until, contract_rate=Decimal(case["rate"]))
        exact = second.interest("FI", "business", principal + cents, due, until, contract=rate)
        assert told.amount.minor == second.half_up(exact)


@pytest.mark.parametrize("case", named(VECTORS["cost"]))
def test_a_cost_of_the_shifted_example_is_the_second_computations(case: dict[str, Any]) -> None:
    country, debtor, measure = case["country"], case["debtor"], case["measure"]
    more = {key: case[key] for key in ("enforceable", "instalments", "can_deduct_vat") if key in case}
    for principal, dates in shifted(case, "on", "due"):
        amount = second.cost(country, debtor, measure, principal, dates["on"], dates["due"], **more)
        told = LAW.cost(
            country,
            debtor,
            measure,
            Money(principal, CURRENCY[country]),
            dates["on"],
            due=dates["due"],
            agreed=case.get("agreed", False),
            **more,
        )
        assert (told.amount.minor if told.amount else None) == amount, (principal, dates)


@pytest.mark.parametrize("case", named(VECTORS["cap"]))
def test_a_cap_of_the_shifted_example_is_the_second_computations(case: dict[str, Any]) -> None:
    kinds = {"enforceable": case["enforceable"], "bankruptcy": case["bankruptcy"]}
    for principal, dates in shifted(case, "on"):
        told = LAW.cost(
            "FI",
            case["debtor"],
            "bankruptcy_demand" if case["bankruptcy"] else "demand",
            Money(principal),
            dates["on"],
            due=day("2025-01-20"),
            enforceable=case["enforceable"],
        )
        assert told.cap_left == Money(second.cap(case["debtor"], principal, dates["on"], **kinds) or 0)


@pytest.mark.parametrize("case", named(VECTORS["earliest"]))
def test_the_first_day_of_the_shifted_example_is_the_second_computations(case: dict[str, Any]) -> None:
    country, debtor, what = case["country"], case["debtor"], case["step"]
    letters = [(kind, day(on), day(pay_by) if pay_by else None) for kind, on, pay_by in case["previous"]]
    for moved in range(len(letters) + 1):
        for days in range(-20, 21):
            shift = timedelta(days=days)
            due = day(case["due"]) + (shift if moved == 0 else timedelta(0))
            sent = [
                (kind, on + (shift if moved == place + 1 else timedelta(0)), pay_by)
                for place, (kind, on, pay_by) in enumerate(letters)
            ]
            told = LAW.earliest(country, debtor, what, due, [SentStep(*each) for each in sent])
            assert told.on == second.earliest(country, debtor, what, due, sent), (due, sent)


@pytest.mark.parametrize("case", named(VECTORS["limitation"]))
def test_the_last_day_of_the_shifted_example_is_the_second_computations(case: dict[str, Any]) -> None:
    for days in (-1, 0, 1):
        due = day(case["due"]) + timedelta(days=days)
        interrupted = [day(each) + timedelta(days=days) for each in case["interrupted"]]
        told = LAW.time_barred(case["country"], case["debtor"], due, day("2026-01-01"), interrupted)
        last = second.last_day(max([due, *interrupted]), 3)
        assert told.barred_on == last + timedelta(days=1)


@pytest.mark.parametrize("case", named(VECTORS["allocation"]))
def test_a_payment_of_the_shifted_example_pays_interest_then_principal_then_costs(case: dict[str, Any]) -> None:
    names: list[Component] = ["interest", "principal", "collection_cost"]
    owed = {name: money("FI", case["owed"][name]).minor for name in names}
    for cents in (-1, 0, 1):
        payment = money("FI", case["payment"]).minor + cents
        left, paid = payment, {}
        for component in LAW.allocation_order(case["country"], case["debtor"], day("2025-03-03")).order:
            paid[component] = min(owed.get(component, 0), left)
            left -= paid[component]
        first = min(payment, owed["interest"])
        then = min(payment - first, owed["principal"])
        expected = {"interest": first, "principal": then, "collection_cost": payment - first - then}
        assert {name: paid[name] for name in names} == expected


@pytest.mark.parametrize(("at", "allowed"), VECTORS["calls_in_norway"])
def test_the_hours_of_the_shifted_example_are_the_second_computations(at: str, allowed: bool) -> None:
    shown = second.oslo(at)
    assert second.may_call(shown.date(), shown.hour, shown.minute) is allowed
    for minutes in (-1, 0, 1):
        for days in (-1, 0, 1):
            instant = shown + timedelta(days=days, minutes=minutes)
            told = LAW.may_contact("NO", "call", instant, policy=None)
            assert told.allowed is second.may_call(instant.date(), instant.hour, instant.minute)
