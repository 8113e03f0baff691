"""Where a case, a party or a client stands, and what blocks contact. It assigns, it never decides.

The one fold of stage, side conditions, claims and money of a case. The same fold serves party and client, for
all three can be paused, stopped or suspended. Every service's own state builds on it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal, Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared.events import Event, contact, gateway, intake, plans, settlement
from shared.events.reasons import Charge
from shared.events.settlement import Part
from shared.money import Money

NOBODY = UUID(int=0)
Stage = Literal[
    "received", "checking", "needs_info", "rejected", "accepted", "reminding", "demanding", "negotiating",
    "on_plan", "legal_proposed", "legal", "surveillance", "closed",
]  # fmt: skip
Condition = Literal["stopped", "disputed", "suspended_by_rule", "on_hold", "paused"]
REMINDING = ("friendly", "reminder", "notice")
DEMANDING = ("demand", "second_demand")


class Claim(msgspec.Struct, frozen=True):
    """One unpaid invoice as it stands: what it was, what was credited, what was paid of it and when."""

    claim_id: UUID
    number: str
    issued: date
    due: date
    principal: Money
    credited: Money
    source: str
    file_id: UUID
    invoice_reference: str | None = None
    invoice_account: str | None = None
    contract_rate: str | None = None
    interruptions: tuple[date, ...] = ()
    time_barred_on: date | None = None
    paid: tuple[tuple[date, tuple[Part, ...]], ...] = ()  # In the order told; reversals are negative.

    def paid_of(self, component: str) -> int:
        """Minor units paid of one component so far."""
        return sum(part.amount.minor for _, parts in self.paid for part in parts if part.component == component)

    @property
    def open_principal(self) -> Money:
        """What is left of the invoice itself."""
        return Money(self.principal.minor - self.credited.minor - self.paid_of("principal"), self.principal.currency)


class Earned(msgspec.Struct, frozen=True):
    """A cost in force, and the action that earned it."""

    by: UUID  # The contact, plan or claim whose event carries it.
    charge: Charge


class Casefile(msgspec.Struct, frozen=True):
    """What is known of a case (or of a party or a client, where only the conditions mean anything)."""

    client_id: UUID = NOBODY
    party_id: UUID = NOBODY
    country: str = ""
    debtor: str = ""
    currency: str = "EUR"
    language: str = ""
    received_on: date = date.min
    stage: Stage = "received"
    conditions: frozenset[Condition] = frozenset()
    disputes: frozenset[UUID] = frozenset()
    objection_upheld: bool = False  # The debtor was right, in all or in part: that objection was reasonable.
    hold_until: date | None = None
    suspended_because: str | None = None
    number: str = ""
    reference: str = ""
    handler_id: UUID = NOBODY
    claims: Mapping[UUID, Claim] = {}
    earlier: tuple[tuple[UUID, intake.EarlierStep], ...] = ()
    charges: tuple[Earned, ...] = ()
    closed_because: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the case is ours to work: accepted and not closed."""
        return self.stage not in ("received", "checking", "needs_info", "rejected", "closed")

    def blocked_by(self, today: date) -> tuple[str, ...]:
        """The side conditions that keep any message from leaving today. A hold is over after its day."""
        over = self.hold_until is not None and today > self.hold_until
        return tuple(sorted(self.conditions - ({"on_hold"} if over else frozenset())))

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        match event:
            case intake.CaseReceived():
                return replace(
                    self, client_id=event.client_id, party_id=event.party_id, country=event.country,
                    debtor=event.debtor, currency=event.currency, language=event.language,
                    received_on=event.received_on,
                )  # fmt: skip
            case intake.CaseCorrected():
                return replace(
                    self, party_id=event.party_id, country=event.country, debtor=event.debtor,
                    currency=event.currency, language=event.language,
                )  # fmt: skip
            case intake.CreditCheckAsked():
                return replace(self, stage="checking")
            case intake.DefectsFound():
                return replace(self, stage="needs_info")
            case intake.CaseRejected():
                return replace(self, stage="rejected")
            case intake.CaseAccepted():
                return replace(
                    self,
                    stage="accepted",
                    number=event.number,
                    reference=event.reference,
                    handler_id=event.handler_id,
                )
            case intake.ClaimAdded() | intake.EarlierStepTold():
                return self._after_claim(event)
            case contact.ContactDecided() | contact.ContactRecalled() | plans.PlanStarted():
                return self._after_charge(event)
            case contact.DisputeOpened() | contact.DisputeResolved() | contact.DueDateMoved():
                return self._after_dispute(event)
            case contact.CallMade(outcome="wants_plan") | plans.PlanProposed() | plans.PlanBroken():
                return replace(self, stage="negotiating") if self.is_open else self
            case contact.LegalDecisionAsked():
                return replace(self, stage="legal_proposed")
            case contact.LegalDecisionGiven(answer="surveillance"):
                return replace(self, stage="surveillance")
            case settlement.CaseClosed():
                return replace(self, stage="closed", closed_because=event.reason)
            case settlement.CaseReopened():
                return replace(self, stage="negotiating", closed_because=None)
            case (
                settlement.PaymentAllocated()
                | settlement.AllocationReversed()
                | settlement.DirectPaymentReported()
                | settlement.CreditNoteReported()
                | settlement.WrittenOff()
                | settlement.WriteOffReversed()
            ):
                return self._after_money(event)
        return self._after_control(event)

    def _after_control(self, event: Event) -> Self:
        match event:
            case gateway.CollectionPaused():
                return replace(self, conditions=self.conditions | {"paused"})
            case gateway.CollectionResumed():
                return replace(self, conditions=self.conditions - {"paused"})
            case gateway.CollectionStopped():
                return replace(self, conditions=self.conditions | {"stopped"})
            case gateway.ContactSuspended(because):
                return replace(self, conditions=self.conditions | {"suspended_by_rule"}, suspended_because=because)
            case gateway.ContactAllowedAgain():
                return replace(self, conditions=self.conditions - {"suspended_by_rule"}, suspended_because=None)
        return self

    def _after_claim(self, event: intake.ClaimAdded | intake.EarlierStepTold) -> Self:
        if isinstance(event, intake.EarlierStepTold):
            step = event.step
            told = replace(self, earlier=(*self.earlier, (event.claim_id, step)))
            if not step.collectable:
                return told
            charge = Charge(step.kind, step.collectable, step.sent, ())
            return replace(told, charges=(*told.charges, Earned(event.claim_id, charge)))
        nothing = Money(0, event.principal.currency)
        claim = Claim(
            event.claim_id, event.number, event.issued, event.due, event.principal, nothing, event.source,
            event.file_id, event.invoice_reference, event.invoice_account, event.contract_rate, event.interruptions,
            event.time_barred_on,
        )  # fmt: skip
        return replace(self, claims={**self.claims, event.claim_id: claim})

    def _after_charge(self, event: contact.ContactDecided | contact.ContactRecalled | plans.PlanStarted) -> Self:
        match event:
            case contact.ContactRecalled(contact_id):
                return replace(self, charges=tuple(earned for earned in self.charges if earned.by != contact_id))
            case plans.PlanStarted(plan_id, charge=charge):
                return replace(self.earning(plan_id, charge), stage="on_plan")
            case contact.ContactDecided(contact_id, to="debtor", kind=kind, charge=charge):
                stage = self.stage
                if kind in REMINDING and stage == "accepted":
                    stage = "reminding"
                elif kind in DEMANDING and stage in ("accepted", "reminding", "demanding", "negotiating"):
                    stage = "demanding"
                return replace(self.earning(contact_id, charge), stage=stage)
        return self

    def earning(self, by: UUID, charge: Charge | None) -> Self:
        """The same with a charge more, which takes the place of the one it replaces."""
        if charge is None:
            return self
        kept = tuple(earned for earned in self.charges if earned.charge.measure != charge.replaces)
        return replace(self, charges=(*kept, Earned(by, charge)))

    def _after_dispute(self, event: contact.DisputeOpened | contact.DisputeResolved | contact.DueDateMoved) -> Self:
        match event:
            case contact.DisputeOpened(dispute_id):
                return replace(self, disputes=self.disputes | {dispute_id}, conditions=self.conditions | {"disputed"})
            case contact.DueDateMoved(new_due, charge):
                held = replace(self, conditions=self.conditions | {"on_hold"}, hold_until=new_due)
                return held.earning(NOBODY, charge)
            case contact.DisputeResolved(dispute_id, outcome, claim_id, lowered_by, new_due):
                left = self.disputes - {dispute_id}
                conditions = self.conditions if left else self.conditions - {"disputed"}
                right = self.objection_upheld or outcome != "rejected"
                told = replace(self, disputes=left, conditions=conditions, objection_upheld=right)
                if claim_id is not None and claim_id in told.claims and lowered_by is not None:
                    told = told._crediting(claim_id, lowered_by)
                if new_due is not None:
                    told = replace(told, conditions=told.conditions | {"on_hold"}, hold_until=new_due)
                return told
        return self

    def _crediting(self, claim_id: UUID, amount: Money) -> Self:
        claim = self.claims[claim_id]
        return replace(self, claims={**self.claims, claim_id: replace(claim, credited=claim.credited + amount)})

    def _after_money(self, event: Event) -> Self:
        match event:
            case settlement.CreditNoteReported(claim_id, amount) if claim_id in self.claims:
                return self._crediting(claim_id, amount)
            case settlement.PaymentAllocated(claim_id=claim_id, parts=parts, paid_on=day):
                return self._paying(claim_id, day, parts)
            case settlement.DirectPaymentReported(claim_id=claim_id, parts=parts, paid_on=day):
                return self._paying(claim_id, day, parts)
            case settlement.WrittenOff(claim_id=claim_id, parts=parts):
                return self._paying(claim_id, None, parts)
            case settlement.AllocationReversed(claim_id=claim_id, parts=parts, paid_on=day):
                return self._paying(claim_id, day, tuple(Part(part.component, -part.amount) for part in parts))
            case settlement.WriteOffReversed(claim_id=claim_id, parts=parts):
                return self._paying(claim_id, None, tuple(Part(part.component, -part.amount) for part in parts))
        return self

    def _paying(self, claim_id: UUID, day: date | None, parts: tuple[Part, ...]) -> Self:
        claim = self.claims.get(claim_id)
        if claim is None:
            return self
        paid = (*claim.paid, (day or date.max, parts))
        return replace(self, claims={**self.claims, claim_id: replace(claim, paid=paid)})
