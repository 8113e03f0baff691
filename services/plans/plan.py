"""A plan: a debtor's promise to pay a case in instalments, and what follows when one does not come."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import accumulate
from typing import Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from services.plans.offer import Offer
from shared.balance import kind_of
from shared.calendar import bank_day_on_or_after
from shared.casefile import Casefile
from shared.errors import Refused
from shared.events import NOTHING_SAID, Event, Sealed, plans
from shared.events.gateway import ClientSet
from shared.events.plans import Instalment
from shared.events.settlement import AllocationReversed, DirectPaymentReported, PaymentAllocated
from shared.money import Money

RESCUE = timedelta(days=5)
LOOK_AGAIN = timedelta(days=7)
STALE_LOOK_AGAIN = timedelta(days=1)

# What we know.


class Plan(msgspec.Struct, frozen=True):
    """What plans knows of a case: its file, what was proposed, what is promised, what has come."""

    case: Casefile = Casefile()
    proposed: plans.PlanProposed | None = None
    asked: plans.PlanApprovalAsked | None = None
    reminded: frozenset[date] = frozenset()
    is_open: bool = False
    instalments: tuple[Instalment, ...] = ()
    received: Money = Money(0)
    paid: frozenset[int] = frozenset()
    missed: frozenset[int] = frozenset()
    rescued: frozenset[int] = frozenset()
    next_look: Mapping[int, date] = {}

    @property
    def is_in_force(self) -> bool:
        """Whether instalments are waited for: the promise is open, and so is the case."""
        return self.is_open and self.case.is_open

    @property
    def covered(self) -> frozenset[int]:
        """The instalments the money received is enough for, whether we have said so or not.

        Where the case ended as paid all are: what is a cent short was let go, and its last payment may be a cent more.
        """
        if self.case.closed_because == "paid":
            return frozenset(range(1, len(self.instalments) + 1))
        totals = accumulate(instalment.amount for instalment in self.instalments)
        return frozenset(number for number, whole in enumerate(totals, start=1) if whole <= self.received)

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        plan = replace(self, case=self.case.after(event))
        match event:
            case plans.PlanProposed():
                return replace(plan, proposed=event, asked=None, reminded=frozenset())
            case plans.PlanApprovalAsked():
                return replace(plan, asked=event)
            case plans.PlanApprovalReminded(on=day):
                return replace(plan, reminded=self.reminded | {day})
            case plans.PlanApproved() | plans.PlanRefused():
                return replace(plan, asked=None)
            case plans.PlanStarted(instalments=promised):
                looks = {number: promise.look_on for number, promise in enumerate(promised, start=1)}
                nothing = Money(0, promised[0].amount.currency)
                return type(self)(
                    plan.case, plan.proposed, None, plan.reminded, True, promised, nothing, next_look=looks
                )
            case PaymentAllocated(amount=amount) | DirectPaymentReported(amount=amount):
                return plan._receiving(amount)
            case AllocationReversed(amount=amount):
                return plan._receiving(-amount)
            case plans.InstalmentPaid(number):
                return replace(plan, paid=self.paid | {number})
            case plans.InstalmentMissed(number):
                return replace(plan, missed=self.missed | {number})
            case plans.RescueDecided(number, breaks_on=day):
                return replace(plan, rescued=self.rescued | {number}, next_look={**self.next_look, number: day})
            case plans.RescueWithheld(number, again_on=day):
                return replace(plan, next_look={**self.next_look, number: day or date.max})
            case plans.PlanCompleted() | plans.PlanBroken():
                return replace(plan, is_open=False)
        return plan

    def _receiving(self, amount: Money) -> Self:
        if amount.currency != self.received.currency:
            return self
        return replace(self, received=self.received + amount)


# What we decide.


def propose(plan: Plan, plan_id: UUID, offer: Offer, client: ClientSet, today: date) -> list[Event]:
    """Put an offer to the debtor. Inside the client's mandate it starts; outside it the client is asked first."""
    if not plan.case.is_open:
        raise Refused("the case is not open", "case_not_open")
    if plan.is_in_force:
        if plan.proposed is not None and plan.proposed.plan_id == plan_id:
            return []
        raise Refused("the case has a plan already", "plan_in_force")
    if plan.asked is not None:
        if plan.asked.plan_id == plan_id:
            return []
        raise Refused("the client has not answered about the plan before", "approval_waiting")
    if plan.case.conditions & {"stopped", "suspended_by_rule", "disputed"}:
        raise Refused("the case is stopped, suspended or disputed", "contact_blocked")
    told = plans.PlanProposed(plan_id, offer.instalments, offer.total, offer.charge, offer.outside_mandate)
    if not offer.outside_mandate:
        return [told, plans.PlanStarted(plan_id, offer.instalments, offer.charge)]
    answer_by = today + timedelta(days=client.approval_days)
    remind_on = tuple(
        day for day in (today + timedelta(days=3), answer_by - timedelta(days=1)) if today < day < answer_by
    )
    silence = "starts" if client.silence == "starts_near_mandate" and offer.is_near(client.mandate) else "needs_answer"
    return [told, plans.PlanApprovalAsked(plan_id, answer_by, tuple(sorted(set(remind_on))), silence)]


def remind(plan: Plan, plan_id: UUID, day: date) -> list[Event]:
    """The client has not answered yet: it is asked again."""
    if plan.asked is None or plan.asked.plan_id != plan_id or day in plan.reminded:
        return []
    return [plans.PlanApprovalReminded(plan_id, day)]


def approve(plan: Plan, plan_id: UUID, by: str) -> list[Event]:
    """The client agrees: the plan starts as it was proposed."""
    proposed = _waiting(plan, plan_id)
    if proposed is None:
        return []
    return [
        plans.PlanApproved(plan_id, by),
        plans.PlanStarted(plan_id, proposed.instalments, proposed.charge),
    ]


def refuse(plan: Plan, plan_id: UUID, words: str) -> list[Event]:
    """The client does not agree; the case goes on without this plan."""
    if _waiting(plan, plan_id) is None:
        return []
    said = Sealed((plan.case.party_id,), words) if words else NOTHING_SAID
    return [plans.PlanRefused(plan_id, said=said)]


def hear_silence(plan: Plan, plan_id: UUID) -> list[Event]:
    """The day to answer has passed: silence means what the question said it would."""
    if plan.asked is None or plan.asked.plan_id != plan_id:
        return []
    if plan.asked.silence == "starts":
        return approve(plan, plan_id, "silence")
    return [plans.PlanRefused(plan_id, "no answer")]


def count(plan: Plan) -> list[Event]:
    """Money has come: say which instalments it pays, and whether the promise is kept."""
    if not plan.is_open:
        return []
    told: list[Event] = [plans.InstalmentPaid(number) for number in sorted(plan.covered - plan.paid)]
    if len(plan.covered) == len(plan.instalments):
        told.append(plans.PlanCompleted())
    return told


def look(
    plan: Plan, party: Casefile, client: Casefile, number: int, today: date, *, money_is_fresh: bool
) -> list[Event]:
    """An instalment's day, or the end of its five days, has passed: count the money first, then decide."""
    if number in plan.covered:
        return count(plan)
    if not plan.is_in_force or today < plan.next_look.get(number, date.max):
        return []
    if not money_is_fresh:
        # Yesterday's bank file is not read: nobody is told to have missed what may lie in it.
        return [plans.RescueWithheld(number, ("money_not_fresh",), _bank_day(plan, today + STALE_LOOK_AGAIN))]
    if number in plan.rescued:
        return [plans.PlanBroken(number)]
    return miss(plan, party, client, number, today)


def miss(plan: Plan, party: Casefile, client: Casefile, number: int, today: date) -> list[Event]:
    """The money has not come: one kind message and five days, unless contact is blocked."""
    told: list[Event] = [] if number in plan.missed else [plans.InstalmentMissed(number)]
    match sorted({*plan.case.blocked_by(today), *party.blocked_by(today), *client.blocked_by(today)}):
        case []:
            told.append(plans.RescueDecided(number, breaks_on=_bank_day(plan, today + RESCUE)))
        case because:
            again_on = None if "stopped" in because else _bank_day(plan, today + LOOK_AGAIN)
            told.append(plans.RescueWithheld(number, tuple(because), again_on))
    return told


def _bank_day(plan: Plan, day: date) -> date:
    """That day or the next on which banks are open: only then is there news of money."""
    return bank_day_on_or_after(kind_of(plan.case)[0], day)


def _waiting(plan: Plan, plan_id: UUID) -> plans.PlanProposed | None:
    """The proposal the client is asked about. Refused where this plan was never put to it."""
    if plan.proposed is None or plan.proposed.plan_id != plan_id:
        raise Refused("there is no such plan to answer about", "no_such_plan")
    return plan.proposed if plan.asked is not None and plan.asked.plan_id == plan_id else None
