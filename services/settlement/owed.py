"""A case as settlement knows it: what is owed, what came from which payment, what was paid on, how it may end."""

from collections.abc import Mapping
from datetime import date
from typing import Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from services.settlement.allocation import Allotted
from shared.casefile import Casefile
from shared.events import Event, contact, plans, settlement
from shared.events.settlement import Part
from shared.money import Money


class Taken(msgspec.Struct, frozen=True):
    """What a case got of one payment."""

    paid_on: date
    shares: tuple[Allotted, ...] = ()
    kept: Money | None = None


class Letter(msgspec.Struct, frozen=True):
    """What a letter asked for until a day, and how much had been paid before it."""

    contact_id: UUID
    total: Money
    pay_by: date
    paid_before: int


class Owed(msgspec.Struct, frozen=True):
    """A case and its money."""

    case: Casefile = Casefile()
    taken: Mapping[UUID, Taken] = {}
    received: Mapping[str, int] = {}  # By component, what our bank got and did not give back.
    set_aside: Mapping[str, int] = {}  # By component, what went into a run.
    runs: frozenset[UUID] = frozenset()
    days: tuple[date, ...] = ()  # Of the payments that are in no run yet, and of those taken back.
    paid: int = 0  # In all, to us or to the client.
    letters: tuple[Letter, ...] = ()
    written_off: tuple[Allotted, ...] = ()
    upheld: frozenset[UUID | None] = frozenset()  # Claims the debtor was right about; None is the whole case.
    legal_answer: str | None = None
    plan_kept: bool = False

    @property
    def to_pay_on(self) -> tuple[Part, ...]:
        """By component, what came and is in no run yet; below zero where a reversal takes back what was paid on."""
        open_ = {name: minor - self.set_aside.get(name, 0) for name, minor in self.received.items()}
        return tuple(
            Part(component, Money(open_[component], self.case.currency))
            for component in COMPONENTS
            if open_.get(component)
        )

    @property
    def last_paid_on(self) -> date:
        """The latest day of payment of what the case holds."""
        return max((taken.paid_on for taken in self.taken.values()), default=date.min)

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        owed = replace(self, case=self.case.after(event))
        match event:
            case contact.ContactDecided(contact_id, to="debtor", total=Money() as asked, pay_by=date() as pay_by):
                return replace(owed, letters=(*self.letters, Letter(contact_id, asked, pay_by, self.paid)))
            case contact.ContactRecalled(contact_id):
                return replace(owed, letters=tuple(each for each in self.letters if each.contact_id != contact_id))
            case contact.DisputeResolved(outcome="upheld", claim_id=claim_id):
                return replace(owed, upheld=self.upheld | {claim_id})
            case contact.LegalDecisionGiven(answer=answer):
                return replace(owed, legal_answer=answer)
            case plans.PlanStarted():
                return replace(owed, plan_kept=False)
            case plans.PlanCompleted():
                return replace(owed, plan_kept=True)
        return owed._after_money(event)

    def _after_money(self, event: Event) -> Self:
        match event:
            case settlement.PaymentAllocated(payment_id, claim_id, amount, parts, paid_on):
                before = self.taken.get(payment_id, Taken(paid_on))
                share = replace(before, shares=(*before.shares, Allotted(claim_id, parts)))
                whole = {**self.taken, payment_id: share}
                return self._receiving(parts, amount.minor, paid_on, whole)
            case settlement.AllocationReversed(payment_id, _, amount, parts, paid_on):
                left = {each: taken for each, taken in self.taken.items() if each != payment_id}
                back = tuple(Part(part.component, -part.amount) for part in parts)
                return self._receiving(back, -amount.minor, paid_on, left)
            case settlement.OverpaymentFound(payment_id, amount, refund=False):
                before = self.taken.get(payment_id, Taken(date.min))
                return replace(self, taken={**self.taken, payment_id: replace(before, kept=amount)})
            case settlement.DirectPaymentReported(amount=amount):
                return replace(self, paid=self.paid + amount.minor)
            case settlement.WrittenOff(claim_id, _, parts):
                return replace(self, written_off=(*self.written_off, Allotted(claim_id, parts)))
            case settlement.WriteOffReversed():
                return replace(self, written_off=())
            case settlement.CaseReopened():
                return replace(self, legal_answer=None, plan_kept=False)
            case settlement.ShareSetAside(run_id, received):
                return replace(self, set_aside=_adding(self.set_aside, received), runs=self.runs | {run_id}, days=())
        return self

    def _receiving(self, parts: tuple[Part, ...], minor: int, day: date, taken: Mapping[UUID, Taken]) -> Self:
        days = self.days if day in self.days else (*self.days, day)
        received = _adding(self.received, parts)
        return replace(self, received=received, paid=self.paid + minor, days=days, taken=taken)


COMPONENTS: tuple[settlement.Component, ...] = ("principal", "interest", "reminder_cost", "collection_cost")


def _adding(sums: Mapping[str, int], parts: tuple[Part, ...]) -> dict[str, int]:
    new = dict(sums)
    for part in parts:
        new[part.component] = new.get(part.component, 0) + part.amount.minor
    return new
