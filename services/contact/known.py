"""What contact knows: of a case what was said and what came of it, of a debtor how to reach it and how often it was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared.casefile import Casefile
from shared.events import Event, contact, gateway, intake, plans, settlement
from shared.events.intake import Person
from shared.law import Law, PastContact
from shared.setup import Agency, Client, MoneyKnown

State = Literal["decided", "leaving", "left", "failed", "unknown", "recalled", "given_up"]
SENT: frozenset[State] = frozenset({"decided", "leaving", "left", "failed", "unknown"})  # In force as a step.
ON_THE_WAY: frozenset[State] = frozenset({"decided", "failed"})  # Decided, and not with a provider.


class Contact(msgspec.Struct, frozen=True):
    """One message as it stands. `attempt` is the last hand-over begun; 0 before the first."""

    decided: contact.ContactDecided
    state: State = "decided"
    attempt: int = 0
    leave_by: datetime | None = None
    provider_id: str = ""
    posted: bool = False
    asked: int = 0  # How often the provider was asked what came of the last hand-over.

    @property
    def counts(self) -> bool:
        """Whether the step it took is taken."""
        return self.state in SENT


class Call(msgspec.Struct, frozen=True):
    """One call task: open, made, or withdrawn."""

    task: contact.CallTaskCreated
    outcome: str | None = None
    withdrawn: bool = False

    @property
    def is_open(self) -> bool:
        return self.outcome is None and not self.withdrawn


class Known(msgspec.Struct, frozen=True):
    """What contact knows of a case."""

    case: Casefile = Casefile()
    basis: Mapping[UUID, str] = {}
    drafts: Mapping[UUID, str] = {}  # Numbers of invoices that are not claims yet.
    strategy: str = ""
    first_step: str = ""
    planned: contact.StepPlanned | None = None
    waited: contact.StepWaited | None = None
    waits: int = 0  # How often the planned step has waited in a row.
    contacts: Mapping[UUID, Contact] = {}
    calls: Mapping[UUID, Call] = {}
    disputes: Mapping[UUID, contact.DisputeOpened] = {}
    nothing_left: bool = False  # The debtor was right about all that was left: settlement ends the case.
    question: contact.LegalDecisionAsked | None = None
    answer: str | None = None
    approval: plans.PlanApprovalAsked | None = None
    reminded: str = ""  # The plan and day the client was last reminded of.
    proposed: plans.PlanProposed | None = None
    plan: plans.PlanStarted | None = None
    rescue: plans.RescueDecided | None = None
    planned_before: bool = False  # A plan was proposed at some time.
    defects: intake.DefectsFound | None = None
    limitation: intake.LimitationNear | None = None

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        known = replace(self, case=self.case.after(event))
        match event:
            case intake.ClaimAdded(claim_id=claim_id, basis=basis):
                return replace(known, basis={**self.basis, claim_id: basis.value or ""})
            case intake.ClaimDrafted(claim_id=claim_id, number=number) if number:
                return replace(known, drafts={**self.drafts, claim_id: number})
            case intake.DefectsFound():
                return replace(known, defects=event)
            case intake.LimitationNear():
                return replace(known, limitation=event)
            case contact.StrategyAssigned(strategy, first_step):
                return replace(known, strategy=strategy, first_step=first_step)
            case contact.StepPlanned():
                return replace(known, planned=event, waited=None, waits=0)
            case contact.StepWaited(step=step) if self.planned is not None and self.planned.step == step:
                return replace(known, waited=event, waits=self.waits + 1)
            case contact.DisputeOpened():
                return replace(known, disputes={**self.disputes, event.dispute_id: event})
            case contact.DisputeResolved(outcome=outcome, claim_id=claim_id):
                left = {each.claim_id for each in known.case.claims.values() if each.open_principal.minor > 0}
                whole = outcome == "upheld" and (claim_id is None or left <= {claim_id})
                return replace(known, nothing_left=self.nothing_left or whole)
            case contact.LegalDecisionAsked():
                return replace(known, question=event, answer=None, planned=None, waited=None)
            case contact.LegalDecisionGiven(answer=answer):
                return replace(known, answer=answer)
            case settlement.CaseClosed():
                return replace(known, planned=None, waited=None, waits=0)
        return known._after_plan(event)

    def _after_plan(self, event: Event) -> Self:
        match event:
            case plans.PlanProposed():
                return replace(self, proposed=event, planned_before=True)
            case plans.PlanApprovalAsked():
                return replace(self, approval=event)
            case plans.PlanApprovalReminded(plan_id, day):
                return replace(self, reminded=f"{plan_id} {day}")
            case plans.PlanApproved() | plans.PlanRefused():
                return replace(self, approval=None)
            case plans.PlanStarted():
                return replace(self, plan=event, approval=None)
            case plans.RescueDecided():
                return replace(self, rescue=event)
        return self._after_contact(event)

    def _after_contact(self, event: Event) -> Self:
        match event:
            case contact.ContactDecided(contact_id=contact_id, step=step):
                taken = self.planned is not None and self.planned.step == step
                known = replace(self, planned=None, waited=None, waits=0) if taken else self
                return replace(known, contacts={**self.contacts, contact_id: Contact(event)})
            case contact.CallTaskCreated(task_id=task_id):
                known = replace(self, planned=None, waited=None, waits=0)
                return replace(known, calls={**self.calls, task_id: Call(event)})
            case contact.CallMade(task_id=task_id, outcome=outcome) if task_id in self.calls:
                return self._call(replace(self.calls[task_id], outcome=outcome))
            case contact.CallTaskWithdrawn(task_id=task_id) if task_id in self.calls:
                return self._call(replace(self.calls[task_id], withdrawn=True))
            case contact.HandOverStarted(contact_id, attempt, leave_by):
                return self._contact(contact_id, "leaving", attempt=attempt, leave_by=leave_by, asked=0)
            case contact.HandedOver(contact_id, provider_id=provider_id):
                return self._contact(contact_id, "left", provider_id=provider_id)
            case contact.HandOverFailed(contact_id, again_at=again_at):
                return self._contact(contact_id, "failed" if again_at else "given_up")
            case contact.HandOverUnknown(contact_id):
                return self._contact(contact_id, "unknown")
            case contact.OutcomeAsked(contact_id, number=number) if contact_id in self.contacts:
                return self._contact(contact_id, self.contacts[contact_id].state, asked=number)
            case contact.ContactRecalled(contact_id):
                return self._contact(contact_id, "recalled")
            case contact.Posted(contact_id) | contact.Delivered(contact_id) | contact.Returned(contact_id):
                return self._contact(contact_id, "left", posted=True)
        return self

    def _contact(self, contact_id: UUID, state: State, **more: object) -> Self:
        before = self.contacts.get(contact_id)
        if before is None or (before.state == "given_up" and state == "recalled"):
            return self
        return replace(self, contacts={**self.contacts, contact_id: replace(before, state=state, **more)})

    def _call(self, call: Call) -> Self:
        return replace(self, calls={**self.calls, call.task.task_id: call})

    def messages(self, *kinds: str) -> list[Contact]:
        """The messages to the debtor of these kinds that count, the earliest first."""
        own = (each for each in self.contacts.values() if each.decided.to == "debtor" and each.counts)
        return [each for each in own if each.decided.kind in kinds]

    @property
    def call_outcomes(self) -> frozenset[str]:
        """What came of the calls so far."""
        return frozenset(call.outcome for call in self.calls.values() if call.outcome)


class Party(msgspec.Struct, frozen=True):
    """A debtor: what blocks contact with it, who it is, and every contact made over all its cases."""

    file: Casefile = Casefile()
    country: str = ""
    kind: str = ""
    language: str = ""
    person: Person | None = None
    taken: Mapping[UUID, PastContact] = {}

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        party = replace(self, file=self.file.after(event))
        match event:
            case intake.PartyIdentified(country, kind, language, person):
                return replace(party, country=country, kind=kind, language=language, person=person.value)
            case intake.PartyCorrected(person, language):
                return replace(party, language=language, person=person.value)
            case contact.ContactTaken(contact_id, channel, at):
                return replace(party, taken={**self.taken, contact_id: PastContact(at, channel)})
            case contact.ContactGivenBack(contact_id):
                return replace(party, taken={key: past for key, past in self.taken.items() if key != contact_id})
        return party

    @property
    def history(self) -> tuple[PastContact, ...]:
        """Every contact made or about to be made."""
        return tuple(self.taken.values())


class Handler(msgspec.Struct, frozen=True):
    """A member of staff, as a letter names it."""

    name: str = ""

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        if isinstance(event, gateway.StaffAdded):
            return replace(self, name=event.name.value or "")
        return self


class Around(msgspec.Struct, frozen=True):
    """What a decision on a case looks at besides the case: all of it loaded, so relied on; and the law."""

    case_id: UUID
    party: Party
    client: Client
    agency: Agency
    money: MoneyKnown
    law: Law
