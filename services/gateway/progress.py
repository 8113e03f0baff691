"""How far a case has come: what is planned next, what waits for whom, what has left and what was promised.

Folded from the case's own stream. The case's page, the lists and the answer to stop all read this one.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal, Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared.casefile import Casefile
from shared.events import Event, contact, intake, plans, settlement
from shared.events.plans import Instalment
from shared.money import Money

Whereabouts = Literal[
    "decided", "leaving", "handed_over", "posted", "delivered", "returned", "recalled", "failed", "lost"
]
QuestionKind = Literal["plan", "legal_decision", "information", "dispute"]
NO_PLAN = UUID(int=0)
SETTLED = ("paid", "paid_to_creditor", "credited", "small_difference", "dispute_upheld")  # Nothing is owed any more.


class Message(msgspec.Struct, frozen=True):
    """A message to the debtor or the client, and where it is by now."""

    to: str
    kind: str
    channel: str
    document: str
    where: Whereabouts
    pay_by: date | None = None
    leave_by: datetime | None = None
    total: Money | None = None

    @property
    def is_out_of_our_hands(self) -> bool:
        """Its provider has it or is being given it, and that it is posted we have not heard."""
        return self.where in ("leaving", "lost") or (self.where == "handed_over" and self.channel == "letter")


class Question(msgspec.Struct, frozen=True):
    """Something the client is asked, by that day."""

    kind: QuestionKind
    answer_by: date


class CallDue(msgspec.Struct, frozen=True):
    """A call a person is to make."""

    step: str
    call_from: datetime
    call_by: datetime


class NextStep(msgspec.Struct, frozen=True):
    """The strategy's next step, when it is looked at, and what it waits for."""

    step: str
    at: datetime | None
    waits_for: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """A plan put to the debtor, and how much of it was kept."""

    plan_id: UUID
    instalments: tuple[Instalment, ...]
    cost: Money | None = None
    in_force: bool = False
    paid: frozenset[int] = frozenset()
    missed: frozenset[int] = frozenset()
    breaks_on: date | None = None

    @property
    def next_instalment(self) -> tuple[int, Instalment] | None:
        """The first one not paid yet."""
        numbered = enumerate(self.instalments, start=1)
        return next(((number, each) for number, each in numbered if number not in self.paid), None)


class Progress(msgspec.Struct, frozen=True):
    """A case as people look at it."""

    case: Casefile = Casefile()
    messages: Mapping[UUID, Message] = {}
    questions: Mapping[UUID, Question] = {}
    calls: Mapping[UUID, CallDue] = {}
    next_step: NextStep | None = None
    plan: Plan | None = None
    plans_started: int = 0
    closed_on: date | None = None
    rejected_because: str | None = None
    steps: tuple[str, ...] = ()  # In the order they were first planned or taken.

    @property
    def coming(self) -> tuple[str, datetime | None]:
        """What comes next and when, in a word, for a list; empty where nothing does."""
        if self.calls:
            return "call", min(call.call_by for call in self.calls.values())
        plan = self.plan_in_force
        if plan is not None and plan.next_instalment is not None:
            due = plan.next_instalment[1].due
            return "instalment", datetime(due.year, due.month, due.day, 12, tzinfo=UTC)
        return (self.next_step.step, self.next_step.at) if self.next_step else ("", None)

    @property
    def plan_in_force(self) -> Plan | None:
        return self.plan if self.plan is not None and self.plan.in_force else None

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        known = replace(self, case=self.case.after(event))
        match event:
            case intake.CaseRejected(reason):
                return replace(known, rejected_because=reason, questions={})
            case intake.DefectsFound(answer_by=day):
                return known.asked(NO_PLAN, Question("information", day))
            case intake.InfoReceived() | intake.CaseAccepted():
                return known.answered(NO_PLAN)
            case settlement.CaseClosed():
                return replace(known, next_step=None, questions={}, calls={}, plan=None)
            case (
                contact.StepPlanned()
                | contact.StepWaited()
                | contact.CallTaskCreated()
                | contact.CallMade()
                | contact.CallTaskWithdrawn()
            ):
                return known._after_step(event)
        return known._after_message(event)._after_question(event)._after_plan(event)

    def _after_step(self, event: Event) -> Self:
        match event:
            case contact.StepPlanned(step, at):
                return replace(self.stepping(step), next_step=NextStep(step, at))
            case contact.StepWaited(step, reason, again_at):
                return replace(self.stepping(step), next_step=NextStep(step, again_at, reason.blocked_by))
            case contact.CallTaskCreated(task_id, step, call_from, call_by):
                calls = {**self.calls, task_id: CallDue(step, call_from, call_by)}
                return replace(self.stepping(step).past(step), calls=calls)
            case contact.CallMade(task_id) | contact.CallTaskWithdrawn(task_id):
                return replace(self, calls={each: call for each, call in self.calls.items() if each != task_id})
        return self

    def stepping(self, step: str) -> Self:
        """The same with this step among those planned or taken."""
        return self if step in self.steps else replace(self, steps=(*self.steps, step))

    def past(self, step: str) -> Self:
        """The same where this step is no longer the next one."""
        return replace(self, next_step=None) if self.next_step and self.next_step.step == step else self

    def _after_message(self, event: Event) -> Self:
        match event:
            case contact.ContactDecided(contact_id, to, step, kind, channel, _, document, total, pay_by):
                message = Message(to, kind, channel, document, "decided", pay_by, None, total)
                known = self if event.by is not None or to == "client" else self.stepping(step).past(step)
                return replace(known, messages={**self.messages, contact_id: message})
            case contact.HandOverStarted(contact_id, leave_by=leave_by):
                return self._moved(contact_id, "leaving", leave_by)
            case contact.HandedOver(contact_id):
                return self._moved(contact_id, "handed_over")
            case contact.HandOverFailed(contact_id):
                return self._moved(contact_id, "failed")
            case contact.HandOverUnknown(contact_id):
                return self._moved(contact_id, "lost")
            case contact.Posted(contact_id):
                return self._moved(contact_id, "posted")
            case contact.Delivered(contact_id):
                return self._moved(contact_id, "delivered")
            case contact.Returned(contact_id):
                return self._moved(contact_id, "returned")
            case contact.ContactRecalled(contact_id):
                return self._moved(contact_id, "recalled")
        return self

    def _moved(self, contact_id: UUID, where: Whereabouts, leave_by: datetime | None = None) -> Self:
        message = self.messages.get(contact_id)
        if message is None:
            return self
        moved = replace(message, where=where, leave_by=leave_by)
        return replace(self, messages={**self.messages, contact_id: moved})

    def _after_question(self, event: Event) -> Self:
        match event:
            case plans.PlanApprovalAsked(plan_id, answer_by):
                return self.asked(plan_id, Question("plan", answer_by))
            case plans.PlanApproved(plan_id) | plans.PlanRefused(plan_id) | plans.PlanStarted(plan_id):
                return self.answered(plan_id)
            case contact.LegalDecisionAsked(question_id, answer_by):
                return self.asked(question_id, Question("legal_decision", answer_by))
            case contact.DisputeOpened(dispute_id, answer_by=answer_by):
                return self.asked(dispute_id, Question("dispute", answer_by))
            case contact.LegalDecisionGiven(question_id):
                return self.answered(question_id)
            case contact.DisputeResolved(dispute_id):
                return self.answered(dispute_id)
        return self

    def asked(self, question_id: UUID, question: Question) -> Self:
        """The same with a question more to the client."""
        return replace(self, questions={**self.questions, question_id: question})

    def answered(self, question_id: UUID) -> Self:
        """The same without that question."""
        return replace(self, questions={each: q for each, q in self.questions.items() if each != question_id})

    def _after_plan(self, event: Event) -> Self:
        match event:
            case plans.PlanProposed(plan_id, instalments, charge=charge):
                return replace(self, plan=Plan(plan_id, instalments, charge.amount if charge else None))
            case plans.PlanStarted(plan_id, instalments, charge):
                plan = Plan(plan_id, instalments, charge.amount if charge else None, in_force=True)
                return replace(self, plan=plan, plans_started=self.plans_started + 1, next_step=None)
            case plans.PlanRefused() | plans.PlanBroken() | plans.PlanCompleted():
                return replace(self, plan=None)
            case plans.InstalmentPaid(number) if self.plan:
                paid = replace(self.plan, paid=self.plan.paid | {number}, breaks_on=None)
                return replace(self, plan=paid)
            case plans.InstalmentMissed(number) if self.plan:
                return replace(self, plan=replace(self.plan, missed=self.plan.missed | {number}))
            case plans.RescueDecided(breaks_on=breaks_on) if self.plan:
                return replace(self, plan=replace(self.plan, breaks_on=breaks_on))
        return self
