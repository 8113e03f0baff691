"""What the demo remembers while it plays: who is who, what each life has come to, and what is still to happen."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from deploy.demo.bank import Bank, Movement
from deploy.demo.person import Person
from deploy.demo.reach import No, Outside, Sovinto

AT_ONCE = 8
Intended = tuple[int, str, "Life", tuple[Any, ...]]  # The person's number, what is meant to be done, and about what.


@dataclass
class Life:
    """A person's case so far, as the world knows it."""

    person: Person
    case: str = ""
    read: set[str] = field(default_factory=set)  # Messages the person has read, by their ids.
    asked_by: int = 0  # How many messages asked for money.
    pays_on: date = date.min  # The day of the last payment made or meant.
    payments: int = 0
    plan: str = ""  # The plan whose payments are in the person's calendar.
    missed: int = 0  # The instalment that was left out, to be paid when somebody kindly asks.
    spoke: bool = False  # Asked for a plan, objected, or paid the client: once is enough.
    question_since: dict[str, date] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)


@dataclass
class Scene:
    """Everything the demo holds in its hands."""

    sovinto: Sovinto
    outside: Outside
    bank: Bank
    lives: list[Life]
    first_day: date
    today: date
    agenda: dict[date, list[Intended]] = field(default_factory=lambda: defaultdict(list))
    refusals: Counter[str] = field(default_factory=Counter)
    received: dict[str, int] = field(default_factory=lambda: {"EUR": 0, "NOK": 0})
    booked: int = 0  # Payments the platform booked from our bank files.
    payouts_seen: int = 0
    paid_lists: dict[str, date] = field(default_factory=dict)
    slips: dict[tuple[str, int, str], Life] = field(default_factory=dict)  # Payments with a wrong reference.
    sent_back: set[str] = field(default_factory=set)
    hands_off_from: date = date.max  # From then on calls and questions are left to whoever looks at the portal.

    def __post_init__(self) -> None:
        self._limit = asyncio.Semaphore(AT_ONCE)
        self.by_address: dict[str, Life] = {}
        for life in self.lives:
            person = life.person
            for address in (person.email, person.phone, person.street):
                self.by_address[address.lower()] = life
        self.by_case: dict[str, Life] = {}
        self.by_bill = {bill.number: life for life in self.lives for bill in life.person.bills}

    def later(self, day: date, life: Life, what: str, *about: Any) -> None:
        """Something to be done in the morning of that day, or of the next one that is lived: a name of `day.DEEDS`."""
        self.agenda[max(day, self.today + timedelta(days=1))].append((life.person.number, what, life, about))

    def due(self) -> list[Intended]:
        """What is to be done this morning, person by person."""
        days = [day for day in sorted(self.agenda) if day <= self.today]
        return sorted((each for day in days for each in self.agenda.pop(day)), key=lambda each: each[:2])

    async def each(self, deeds: Iterable[Awaitable[object]]) -> None:
        """A few at once; they are about different people, so their order does not matter."""

        async def one(deed: Awaitable[object]) -> None:
            async with self._limit:
                await deed

        await asyncio.gather(*map(one, deeds))

    async def case(self, life: Life) -> dict[str, Any]:
        """The person's case as the client sees it."""
        found: dict[str, Any] = await self.sovinto.get(f"/cases/{life.case}", of=life.person.client)
        return found

    async def try_(self, asked: Awaitable[object]) -> bool:
        """Do it; where the platform says no because life went another way meanwhile, that is counted and no more."""
        try:
            await asked
        except No as no:
            if no.status >= 500 or no.status in (401, 403, 422):
                raise
            self.refusals[no.code] += 1
            return False
        return True

    def pay(self, life: Life, on: date, minor: int, reference: str) -> Movement:
        """The person pays us. Each payment has the payer's own id, as banks carry it."""
        person = life.person
        life.payments += 1
        life.pays_on = max(life.pays_on, on)
        payment = Movement(
            "payment", minor, person.currency, on, person.name, person.account,
            f"P{person.number}-{life.payments}", reference,
        )  # fmt: skip
        self.bank.pay(payment)
        return payment


def in_order(lives: Iterable[Life]) -> list[Life]:
    """Each once, by the person's number: nothing depends on who was heard of first."""
    return sorted({id(life): life for life in lives}.values(), key=lambda life: life.person.number)
