"""How long what has ended must be kept: the record of a collection, and the vouchers of the accounts."""

import pytest

from shared.law import Unknown
from tests.law.asking import LAW, day


def test_a_finnish_collection_is_kept_five_years_from_the_day_it_ended() -> None:
    kept = LAW.records_kept("FI", day("2025-03-10"))
    assert (kept.day, kept.rule.section, kept.rule.confidence) == (day("2030-03-10"), "411/2018 12 §", "verified")
    assert LAW.records_kept("FI", day("2024-02-29")).day == day("2029-02-28")


@pytest.mark.parametrize(("booked", "last"), [("2025-01-02", "2031-12-31"), ("2025-12-31", "2031-12-31")])
def test_a_finnish_voucher_is_kept_six_years_from_the_end_of_its_year(booked: str, last: str) -> None:
    kept = LAW.accounts_kept("FI", day(booked))
    assert (kept.day, kept.rule.section) == (day(last), "kirjanpitolaki 1336/1997 2 luku 10 § 2 mom.")


def test_norwegian_accounts_are_kept_five_years_from_the_end_of_their_year_and_a_case_as_long_from_its_end() -> None:
    assert LAW.accounts_kept("NO", day("2025-06-01")).day == day("2030-12-31")
    kept = LAW.records_kept("NO", day("2025-06-01"))
    assert (kept.day, kept.rule.our_choice) == (day("2030-06-01"), True)


def test_what_is_not_known_of_sweden_is_not_guessed() -> None:
    for ask, name in ((LAW.records_kept, "records.years"), (LAW.accounts_kept, "accounts.years")):
        with pytest.raises(Unknown, match="how long") as told:
            ask("SE", day("2025-06-01"))
        assert (told.value.country, told.value.name) == ("SE", name)
