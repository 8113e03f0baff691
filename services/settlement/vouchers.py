"""Vouchers: files about many people's money, which the law on accounts keeps after those people are erased."""

from datetime import date

from shared.calendar import Country
from shared.law import Law, Unknown


def voucher_kept(law: Law, country: Country, booked: date) -> date | None:
    """The last day of a voucher; its key is destroyed the day after. None, for good, where the law is not known."""
    try:
        return law.accounts_kept(country, booked).day
    except Unknown:
        return None
