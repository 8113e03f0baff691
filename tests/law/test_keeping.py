"""How long the record of a collection and the vouchers of the accounts are kept."""

import pytest

from shared.law import Unknown
from tests.law.asking import LAW, day


def test_the_record_of_a_collection_is_kept_from_its_end() -> None:
    kept = LAW.records_kept("FI", day("2024-02-29"))
    assert (kept.day, kept.rule.section) == (day("2029-02-28"), "411/2018 12 §")


def test_vouchers_are_kept_from_the_end_of_the_year_they_are_booked_in() -> None:
    kept = LAW.accounts_kept("FI", day("2024-03-05"))
    assert (kept.day.month, kept.day.day) == (12, 31)
    assert kept.day.year > 2024
    assert kept.rule.id.startswith("FI.accounts.years.")


def test_how_long_is_not_guessed_where_no_pack_says_it() -> None:
    with pytest.raises(Unknown, match=r"^how long must be kept \(records.years\) missing$") as unknown:
        LAW.records_kept("SE", day("2024-03-05"))
    assert (unknown.value.country, unknown.value.name) == ("SE", "records.years")
