"""How long a letter gives to pay, where a due date falls, and what a payment pays first."""

from pathlib import Path
from typing import get_args

import pytest

from shared.law import Component, Country, Debtor, Letter
from tests.law.asking import DUE, LAW, corrected, day


def test_a_letter_gives_a_finnish_consumer_ten_days_from_its_latest_receipt() -> None:
    assert LAW.days_to_pay("FI", "consumer", "demand", on=DUE).days == 17
    assert LAW.days_to_pay("FI", "consumer", "demand", "email", on=DUE).days == 14
    assert LAW.days_to_pay("FI", "business", "demand", on=DUE).days == 14
    assert LAW.days_to_pay("NO", "consumer", "notice", on=DUE).days == 14
    assert LAW.days_to_pay("NO", "business", "demand", on=DUE).days == 14
    assert LAW.days_to_pay("SE", "consumer", "demand", on=DUE).days == 14
    assert any(rule.our_choice for rule in LAW.days_to_pay("FI", "consumer", "demand", on=DUE).rules)


def test_a_due_date_on_a_day_off_moves_to_the_next_weekday() -> None:
    assert LAW.payable_on("NO", day("2025-06-15")).on == day("2025-06-16")
    assert LAW.payable_on("NO", day("2025-05-17")).on == day("2025-05-19")
    assert LAW.payable_on("FI", day("2025-12-24")).on == day("2025-12-29")
    assert LAW.payable_on("FI", day("2025-06-20")).on == day("2025-06-23")
    assert LAW.payable_on("SE", day("2025-06-06")).on == day("2025-06-09")
    still = LAW.payable_on("FI", day("2025-06-18"))
    assert (still.on, still.rules) == (day("2025-06-18"), ())


def test_costs_come_last_and_where_that_is_our_choice_it_says_so() -> None:
    order = ("interest", "principal", "reminder_cost", "collection_cost")
    consumer = LAW.allocation_order("FI", "consumer", DUE)
    assert consumer.order == order
    assert not consumer.rules[0].our_choice
    chosen: list[tuple[Country, Debtor]] = [("FI", "business"), ("NO", "consumer"), ("NO", "business")]
    for country, debtor in chosen:
        told = LAW.allocation_order(country, debtor, DUE)
        assert told.order == order
        assert told.rules[0].our_choice
        assert "Our choice" in told.rules[0].says


def test_a_swedish_letter_gives_four_bank_days_from_its_receipt_over_holidays_too() -> None:
    plain = LAW.days_to_pay("SE", "consumer", "demand", on=day("2025-03-03"))
    assert plain.days == 14
    # Sent on 18 December and received a week later: 29, 30 December, 2 and 5 January are the four bank days.
    christmas = LAW.days_to_pay("SE", "business", "demand", on=day("2025-12-18"))
    assert christmas.days == (day("2026-01-05") - day("2025-12-18")).days
    assert LAW.days_to_pay("SE", "consumer", "demand", "email", on=day("2025-12-18")).days == 14
    assert "inkassolagen 1974:182 5 §" in [rule.section for rule in christmas.rules]


def test_the_day_to_pay_by_is_counted_as_the_authority_read_it_from_2024_on() -> None:
    for on, confidence in (("2024-10-20", "derived"), ("2024-10-21", "verified")):
        told = LAW.days_to_pay("FI", "consumer", "demand", on=day(on))
        assert (told.days, told.rules[0].confidence) == (17, confidence)


# The payer's own wish.


def test_a_norwegian_payers_wish_decides_what_a_payment_pays() -> None:
    told = LAW.allocation_order("NO", "consumer", DUE, ["collection_cost", "principal"])
    assert told.order == ("collection_cost", "principal", "interest", "reminder_cost")
    assert told.by_wish
    assert [rule.id for rule in told.rules] == ["NO.allocation.wish.1989-10-01", "NO.allocation.consumer.1989-10-01"]
    every: list[Component] = ["reminder_cost", "collection_cost", "principal", "interest"]
    assert LAW.allocation_order("NO", "consumer", DUE, every).order == tuple(every)


@pytest.mark.parametrize("country", ["FI", "SE"])
def test_a_wish_is_not_followed_where_nobody_knows_whether_it_counts(country: Country) -> None:
    usual = LAW.allocation_order(country, "consumer", DUE)
    told = LAW.allocation_order(country, "consumer", DUE, ["collection_cost"])
    assert (told.order, told.rules, told.by_wish) == (usual.order, usual.rules, False)
    assert told.left_out == ("whether the payer's own wish counts for 2025-01-20 missing",)
    assert not usual.left_out


def test_a_wish_that_names_what_there_is_not_is_not_answered() -> None:
    with pytest.raises(ValueError, match="principal, principal is not an order of components"):
        LAW.allocation_order("NO", "consumer", DUE, ["principal", "principal"])
    with pytest.raises(ValueError, match="fees is not an order"):
        LAW.allocation_order("NO", "consumer", DUE, ["fees"])  # type: ignore[list-item]  # that is the point


def test_each_part_of_a_letters_days_counts_by_itself(tmp_path: Path) -> None:
    """Today's two weeks hold the shorter rules; each is asked with the others out of the way."""
    two_weeks = "{from: 2013-03-16, value: 14, section: 513/1999 4 §"
    finnish = corrected(tmp_path, "FI", (two_weeks, two_weeks.replace("value: 14", "value: 1")))
    assert finnish.days_to_pay("FI", "consumer", "demand", "email", on=DUE).days == 10
    assert finnish.days_to_pay("FI", "consumer", "demand", on=DUE).days == 17
    swedish = corrected(tmp_path, "SE", ("value: 14, section", "value: 1, section"))
    assert swedish.days_to_pay("SE", "consumer", "demand", "email", on=day("2025-03-03")).days == 8
    assert swedish.days_to_pay("SE", "consumer", "demand", on=day("2025-03-03")).days == 11
    assert swedish.days_to_pay("SE", "consumer", "demand", "email", on=day("2025-12-22")).days == 11


def test_a_norwegian_letter_names_the_section_of_its_own_kind() -> None:
    sections = {
        kind: [rule.section for rule in LAW.days_to_pay("NO", "consumer", kind, on=DUE).rules]
        for kind in get_args(Letter)
    }
    assert sections["notice"] == sections["reminder"] == ["inkassoloven § 9, inkassoforskriften § 1-3"]
    assert sections["demand"] == sections["second_demand"] == ["inkassoloven § 10"]


def test_a_moved_due_date_names_its_rule_and_only_the_days_the_pack_lists_move(tmp_path: Path) -> None:
    moved = LAW.payable_on("FI", day("2025-06-20"))
    assert [rule.section for rule in moved.rules] == ["622/1947 5 § 2 mom."]
    saturday, sunday, christmas = day("2025-03-01"), day("2025-03-02"), day("2025-12-25")
    old = "value: [saturday, sunday, holiday], section: 622/1947"
    for left, stays in (("sunday, holiday", saturday), ("saturday, holiday", sunday), ("saturday, sunday", christmas)):
        law = corrected(tmp_path, "FI", (old, f"value: [{left}], section: 622/1947"))
        assert law.payable_on("FI", stays).on == stays
        assert LAW.payable_on("FI", stays).on > stays
