"""A person of the demo: who they are, what they did not pay, and how they are about it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from deploy.demo.agency import CLIENT_ACCOUNTS, CURRENCIES, ClientName
from deploy.demo.names import Country

Kind = Literal["forgot", "short", "unwilling", "disputes", "paid_client", "insolvent", "flawed", "surplus"]
Flaw = Literal[
    "", "no_identifier", "wrong_identifier", "sums_differ", "paid_already", "time_barred", "no_due_day"
]  # fmt: skip
Keeps = Literal["kept", "missed_one", "broken"]
Resolution = Literal["upheld", "adjusted", "rejected"]
Registry = Literal["good", "bankrupt", "many_marks", "unknown"]
Surplus = Literal["", "over", "twice", "taken_back"]


@dataclass(frozen=True)
class OwnStep:
    """What the client did itself before handing over, and asks a cost for."""

    kind: Literal["reminder", "notice"]
    sent: date
    cost: str
    pay_by: date


@dataclass(frozen=True)
class Bill:
    """One unpaid invoice."""

    number: str
    issued: date
    due: date
    minor: int
    reference: str
    subject: str
    flaw: Flaw = ""
    own_step: OwnStep | None = None


@dataclass(frozen=True)
class Habits:
    """How a person is. `moved_by` is the message that moves them, the first being 1; `days` how long they then take."""

    moved_by: int = 1
    days: int = 2
    under: int = 0  # Percent left unpaid the first time.
    slips: bool = False  # Writes the reference wrongly.
    phones: bool = False  # Asks for a plan without being called.
    instalments: int = 3
    keeps: Keeps = "kept"
    stumbles_at: int = 2  # The instalment that goes wrong, where one does.
    recovers: bool = False  # Pays after all, later.
    surplus: Surplus = ""
    registry: Registry = "good"
    resolution: Resolution = "rejected"
    credited: bool = False  # The client credits the invoice instead of reporting a payment.
    client_says: Literal["court", "close", "surveillance"] = "court"
    client_agrees: bool = True
    answers_in: int = 2  # Days the client takes for an answer about this person.


@dataclass(frozen=True)
class Person:
    """One debtor: the world's side of a case."""

    number: int
    kind: Kind
    country: Country
    business: bool
    client: ClientName
    name: str
    identifier: str
    street: str
    postcode: str
    town: str
    email: str
    phone: str
    account: str
    payday: int
    handed_over: date
    bills: tuple[Bill, ...]
    habits: Habits = field(default_factory=Habits)

    @property
    def currency(self) -> str:
        return CURRENCIES[self.country]

    @property
    def language(self) -> str:
        return "fi" if self.country == "FI" else "nb"

    @property
    def client_account(self) -> str:
        return CLIENT_ACCOUNTS[self.client]
