"""Writing the file that tells the bank to pay: pain.001.001.09, one order per currency."""

from datetime import date, datetime

import msgspec

from shared.money import Money


class PayoutLine(msgspec.Struct, frozen=True):
    """One payment. `end_to_end_id` is our own id of it: a payment that comes back, and the bank's answer,
    name it.
    """

    end_to_end_id: str
    amount: Money
    to_name: str
    to_account: str
    reference: str | None = None
    text: str | None = None
    to_bic: str | None = None


class Payout(msgspec.Struct, frozen=True):
    """What is paid from one account on one day."""

    message_id: str
    created: datetime
    debtor_name: str
    debtor_account: str
    execute_on: date
    lines: tuple[PayoutLine, ...]
    debtor_bic: str | None = None


class PaidLine(msgspec.Struct, frozen=True):
    """What a payout file says about one payment."""

    end_to_end_id: str
    amount: Money
    account: str


def write(payout: Payout) -> bytes:
    """The file. Raises ValueError where a bank would refuse it."""
    raise NotImplementedError


def read_back(raw: bytes) -> tuple[PaidLine, ...]:
    """The payments in a file we wrote. Raises Unreadable."""
    raise NotImplementedError
