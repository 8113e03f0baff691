"""What a bank file holds: money that came and went, and what is held because nothing may be guessed."""

from datetime import date, datetime
from typing import Literal

import msgspec

from shared.money import Money

Kind = Literal["camt.052", "camt.053", "camt.054"]
Direction = Literal["in", "out"]
ReferenceSource = Literal["structured", "unstructured", "end_to_end"]


class Split(msgspec.Struct, frozen=True):
    """The payer says that this part of the payment is for this reference; a credit note counts against it."""

    reference: str | None
    amount: Money
    document: str | None = None


class Transaction(msgspec.Struct, frozen=True):
    """Money that came to or left an account. `amount` is positive, `direction` says which way.

    `key` is the same whenever the bank tells the same transaction again. `paid_on` is the day that counts in
    law: when the payer paid, where the bank says it, else the value day, else the booking day.
    """

    key: str
    where: str
    account: str
    amount: Money
    direction: Direction
    paid_on: date
    booked_on: date | None = None
    value_on: date | None = None
    reference: str | None = None  # Set only where the file gives exactly one.
    reference_source: ReferenceSource | None = None
    references: tuple[str, ...] = ()  # Every reference found, in the order of the file.
    splits: tuple[Split, ...] = ()  # Only where the stated parts add up to the amount.
    end_to_end: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    payee_name: str | None = None
    payee_account: str | None = None
    text: str = ""
    charges: Money | None = None
    is_return: bool = False  # A payment came back: ours where it is "in", a debtor's where it is "out".
    return_reason: str | None = None
    is_reversal: bool = False  # The bank takes back an entry of its own.
    reverses: str | None = None  # The end-to-end id of the payment that came back, where it is told.


class Held(msgspec.Struct, frozen=True):
    """Something the bank tells that is not booked, with the reason. `amount` is None where there is none to
    read.
    """

    where: str
    code: str
    what: str
    amount: Money | None = None
    direction: Direction | None = None
    account: str | None = None
    key: str | None = None
    transactions: int = 1  # How many the bank says it stands for.
    booked_on: date | None = None
    references: tuple[str, ...] = ()

    @property
    def is_booked(self) -> bool:
        """Whether money has moved, although we cannot book it."""
        return self.code != "not_booked"


class Notification(msgspec.Struct, frozen=True):
    """What one notification, statement or report says about one account."""

    account: str
    currency: str | None
    id: str
    created: datetime | None
    from_: datetime | None
    to: datetime | None
    transactions: tuple[Transaction, ...]
    held: tuple[Held, ...]


class Sum(msgspec.Struct, frozen=True):
    """What the booked money of a file adds up to in one currency, what is held included where it can be read."""

    incoming: Money
    outgoing: Money


class BankFile(msgspec.Struct, frozen=True):
    """What a bank file holds."""

    message_id: str
    kind: Kind
    notifications: tuple[Notification, ...]
    sums: tuple[Sum, ...]

    @property
    def count(self) -> int:
        """How many transactions the file tells of, those that are held included."""
        return len(self.transactions) + sum(each.transactions for each in self.held)

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        return tuple(each for told in self.notifications for each in told.transactions)

    @property
    def held(self) -> tuple[Held, ...]:
        return tuple(each for told in self.notifications for each in told.held)
