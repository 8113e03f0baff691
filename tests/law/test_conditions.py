"""What a dispute, a suspension request, a representative, a guardian or a child changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shared.law import ChargedCost, Condition, ContactPolicy, Country, Debtor
from tests.law.asking import DUE, LATE, LAW, day, eur, fi, money, no, nok

MONDAY = datetime(2025, 3, 3, 12, tzinfo=ZoneInfo("Europe/Helsinki"))
COUNTRIES: list[Country] = ["FI", "NO", "SE"]

SILENT: list[tuple[Condition, Debtor, str | None, bool]] = [
    ("disputed", "consumer", None, True),
    ("disputed", "business", None, True),
    ("objection_upheld", "consumer", None, False),
    ("represented", "consumer", "representative", True),
    ("represented", "business", "representative", True),
    ("guardian", "consumer", "guardian", True),
    ("guardian", "business", None, False),
    ("minor", "consumer", "guardian", True),
    ("minor", "business", None, False),
]


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize(("condition", "debtor", "instead", "silent"), SILENT)
@pytest.mark.parametrize("policy", [None, ContactPolicy()])
def test_who_may_not_be_asked_and_who_is_asked_instead(
    country: Country,
    condition: Condition,
    debtor: Debtor,
    instead: str | None,
    silent: bool,
    policy: ContactPolicy | None,
) -> None:
    told = LAW.may_contact(country, "letter", MONDAY, conditions=[condition], debtor=debtor, policy=policy)
    assert (told.allowed, told.instead) == (not silent, instead)
    if silent:
        assert (told.reason, told.earliest) == (condition, None)
        assert told.rules[0].id.startswith(f"{country}.condition.{condition}.")


def test_after_a_suspension_request_the_law_leaves_what_is_free_and_the_agency_is_silent() -> None:
    asked: list[Condition] = ["suspension_request"]
    assert LAW.may_contact("FI", "letter", MONDAY, conditions=asked, policy=None).allowed
    silent = LAW.may_contact("FI", "letter", MONDAY, conditions=asked)
    assert (silent.allowed, silent.reason) == (False, "suspension_request")
    assert [rule.section for rule in silent.rules] == ["agency policy", "513/1999 4 c §"]
    going_on = ContactPolicy(after_suspension=True)
    assert LAW.may_contact("FI", "letter", MONDAY, conditions=asked, policy=going_on).allowed
    assert LAW.may_contact("FI", "letter", MONDAY, conditions=asked, debtor="business").allowed
    assert LAW.may_contact("NO", "letter", MONDAY, conditions=asked).allowed  # A right of Finnish consumers.


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("condition", ["disputed", "objection_upheld", "minor"])
def test_nothing_is_charged_for_what_is_disputed_or_was_wrong_or_from_a_child(
    country: Country, condition: Condition
) -> None:
    measure = "reminder" if country == "NO" else "demand"
    asked = {"due": DUE, "conditions": [condition]}
    told = LAW.cost(country, "consumer", measure, money(country, "450"), LATE, **asked)  # type: ignore[arg-type]  # as named
    assert (told.allowed, told.reason, told.charge) == (False, condition, money(country, "0"))
    assert told.amount  # What it would be is told all the same, and its rule first.
    assert told.rules[0].id.startswith((f"{country}.consumer.demand", f"{country}.notice", f"{country}.both.demand"))
    assert told.rules[-1].id.startswith(f"{country}.condition.{condition}.")
    assert told.earliest is None


def test_a_suspension_request_ends_a_consumers_costs_and_not_a_businesss() -> None:
    assert fi("demand", conditions=["suspension_request"]).reason == "suspension_request"
    assert fi("demand", debtor="business", conditions=["suspension_request"]).allowed
    assert no("notice", conditions=["suspension_request"]).allowed


@pytest.mark.parametrize("condition", ["represented", "guardian"])
def test_who_is_asked_instead_changes_no_cost(condition: Condition) -> None:
    assert fi("demand", conditions=[condition]).charge == eur("24")


def test_a_reasonable_objection_ends_every_norwegian_cost() -> None:
    notice = [ChargedCost("notice", day("2025-03-03"), nok("35"))]
    assert no("salary_light", so_far=notice).allowed
    told = no("salary_light", so_far=notice, conditions=["objection_upheld"])
    assert told.reason == "objection_upheld"
    assert told.rules[-1].section == "inkassoloven § 17 andre ledd"


def test_the_first_of_several_reasons_is_the_dispute() -> None:
    both: list[Condition] = ["minor", "disputed"]
    assert LAW.may_contact("FI", "letter", MONDAY, conditions=both).reason == "disputed"
    assert fi("demand", conditions=both).reason == "disputed"
