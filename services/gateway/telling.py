"""How each event is told: which line it starts, or which line it completes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.gateway.progress import Message, Progress
from services.gateway.words import Words
from shared.calendar import Country
from shared.casestore import Recorded
from shared.events import Event, contact, gateway, intake, plans, settlement
from shared.events.reasons import Charge, Reason
from shared.events.settlement import Part
from shared.money import Money

OUTSIDE = {"bank", "register", "customer", "agency", "plan", "money"}


@dataclass
class Draft:
    """A line still being told: later events may add to it."""

    at: datetime
    what: str
    by: str
    kind: str
    channel: str | None = None
    details: list[str] = field(default_factory=list)
    cost: str | None = None
    balance: Money | None = None
    why: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    links: list[tuple[str, str]] = field(default_factory=list)


class Story:
    """Tells events in order. `tell` answers the line an event started or completed, or None where it says nothing."""

    def __init__(self, words: Words, country: Country, names: Mapping[UUID, str]) -> None:
        self.words, self.country, self.names = words, country, names
        self.drafts: list[Draft] = []
        self._of: dict[tuple[str, object], Draft] = {}  # The line of a message, call, payment, plan, question.
        self._waited: tuple[str, tuple[str, ...], Draft] | None = None

    def tell(self, one: Recorded, after: Progress) -> Draft | None:
        """Tell one event; `after` is the case once it has happened."""
        event = one.event
        assert event is not None  # noqa: S101  (the caller leaves out what it does not know)
        if not isinstance(event, contact.StepWaited | contact.StepPlanned):
            self._waited = None
        for telling in (self._intake, self._message, self._call_or_question, self._plan, self._money, self._control):
            draft = telling(one, event, after)
            if draft is not None:
                return draft
        return None

    # Where lines come from.

    def _start(self, one: Recorded, kind: str, name: str, by: str | None = None, **parts: object) -> Draft:
        draft = Draft(one.recorded_at, self.words(name, **parts), by or self._actor(one), kind)
        self.drafts.append(draft)
        return draft

    def _actor(self, one: Recorded) -> str:
        """Who did it, by the actor stored with the event."""
        kind, _, name = one.actor.partition(":")
        if kind == "client":
            return self.words("by.you")
        if kind == "staff":
            return self._person(name)
        return self.words("by.agency")

    def _person(self, staff_id: str) -> str:
        try:
            return self.names.get(UUID(staff_id)) or self.words("by.somebody")
        except ValueError:
            return staff_id or self.words("by.somebody")

    def _strategy(self, step: str, after: Progress) -> str:
        number = after.steps.index(step) + 1 if step in after.steps else len(after.steps)
        return self.words("by.strategy", number=number)

    def _detail(self, draft: Draft, name: str, **parts: object) -> None:
        draft.details.append(self.words(f"detail.{name}", **parts))

    def _because(self, draft: Draft, reason: Reason) -> None:
        sections = list(dict.fromkeys(rule.section for rule in reason.rules if rule.section))
        if sections:
            draft.why = self.words("why_allowed", sections="; ".join(sections))
        draft.facts = reason.facts

    def _charged(self, draft: Draft, charge: Charge | None) -> None:
        if charge is None or not charge.amount:
            return
        parts = {"measure": self.words.of("measure", charge.measure), "amount": self.words.amount(charge.amount)}
        section = next((rule.section for rule in charge.rules if rule.section), "")
        draft.cost = self.words("cost_by" if section else "cost", rule=section, **parts)

    def _blocked(self, codes: Sequence[str]) -> str:
        return self.words.all_of("blocked", list(codes))

    # What is told.

    def _intake(self, one: Recorded, event: Event, after: Progress) -> Draft | None:
        match event:
            case intake.CaseReceived():
                draft = self._start(one, "case", "line.received", by=self.words("by.you"), claims="…")
                self._of["received", 0] = draft
                return draft
            case intake.ClaimAdded():
                return self._claim(one, event, after)
            case intake.EarlierStepTold(step=step):
                return self._earlier(one, step)
            case intake.DefectsFound(defects, answer_by):
                what = self.words.listed([defect.what for defect in defects])
                draft = self._start(one, "question", "line.defects", by=self.words("by.agency"), what=what)
                self._detail(draft, "answer_by", day=self.words.day(answer_by))
                return draft
            case intake.InfoReceived():
                return self._start(one, "case", "line.information", by=self.words("by.you"))
            case intake.CreditCheckAsked() | intake.CreditCheckDelayed() | intake.CreditCheckCompleted():
                return self._credit(one, event)
            case intake.CaseAccepted(number, _, handler_id):
                handler = self.names.get(handler_id)
                name = "line.accepted" if handler else "line.accepted_nobody"
                draft = self._start(one, "case", name, by=self.words("by.agency"), number=number, handler=handler)
                self._of["accepted", 0] = draft
                return draft
            case intake.CaseRejected(reason, policy, advice):
                said = self.words.of("rejected", reason)
                draft = self._start(one, "case", "line.rejected", by=self.words("by.agency"), reason=said)
                draft.details += [policy] if policy else []
                if advice:
                    self._detail(draft, "advice", advice=advice)
                return draft
        return None

    def _claim(self, one: Recorded, event: intake.ClaimAdded, after: Progress) -> Draft:
        claims = [
            self.words("line.claim", number=each.number, amount=self.words.amount(each.principal),
                       day=self.words.day(each.due))
            for each in after.case.claims.values()
        ]  # fmt: skip
        first = self._of.get(("received", 0))
        if first is not None and "accepted" not in {key for key, _ in self._of}:
            first.what = self.words("line.received", claims=self.words.listed(claims))
            draft = first
        else:
            draft = self._start(one, "case", "line.claim_added", claims=claims[-1])
        if ("source", event.source) not in draft.links:
            draft.links.append(("source", event.source))
        return draft

    def _earlier(self, one: Recorded, step: intake.EarlierStep) -> Draft:
        said = {"step": self.words.of("step", step.kind), "day": self.words.day(step.sent)}
        draft = self._start(one, "message", "line.earlier", by=self.words("by.you"), **said)
        draft.channel = step.channel
        if step.collectable:
            self._detail(draft, "earlier_collected", amount=self.words.amount(step.collectable))
        elif step.charged:
            because = "; ".join(
                part for part in (self.words.of("blocked", step.because or "too_early"), step.section) if part
            )
            self._detail(draft, "earlier_dropped", amount=self.words.amount(step.charged), because=because)
        if step.proof:
            draft.links.append(("proof", step.proof))
        return draft

    def _credit(self, one: Recorded, event: Event) -> Draft:
        draft = self._of.get(("credit", 0))
        if draft is None:
            draft = self._of["credit", 0] = self._start(one, "case", "line.credit.asked", by=self.words("by.agency"))
        match event:
            case intake.CreditCheckDelayed(again_at=again_at):
                draft.what = self.words("line.credit.delayed")
                draft.details = [self.words("detail.again", moment=self.words.moment(again_at, self.country))]
            case intake.CreditCheckCompleted(outcome=outcome):
                draft.what, draft.by = self.words(f"line.credit.{outcome}"), self.words("by.register")
                draft.details = []
        return draft

    def _message(self, one: Recorded, event: Event, after: Progress) -> Draft | None:
        match event:
            case contact.StepWaited(step, reason, again_at):
                return self._wait(one, step, reason, again_at, after)
            case contact.ContactDecided(contact_id, step=step, by=by, charge=charge, reason=reason):
                message = after.messages[contact_id]
                who = self._person(by) if by else self._strategy(step, after)
                if message.to == "client" or message.kind in ("thanks", "facts", "rescue", "plan", "closed"):
                    who = self._person(by) if by else self.words("by.agency")
                draft = self._start(one, "message", f"where.{message.where}", by=who, **self._parts(message))
                draft.channel = message.channel
                self._of["message", contact_id] = draft
                self._pay_by(draft, message)
                self._charged(draft, charge)
                self._because(draft, reason)
                draft.links.append((message.kind, message.document))
                return draft
            case (
                contact.HandOverStarted(contact_id)
                | contact.HandedOver(contact_id)
                | contact.HandOverFailed(contact_id)
                | contact.HandOverUnknown(contact_id)
                | contact.Posted(contact_id)
                | contact.Delivered(contact_id)
                | contact.Returned(contact_id)
                | contact.ContactRecalled(contact_id)
            ):
                return self._moved(contact_id, event, after)
        return None

    def _moved(self, contact_id: UUID, event: Event, after: Progress) -> Draft | None:
        draft, message = self._of.get(("message", contact_id)), after.messages.get(contact_id)
        if draft is None or message is None:
            return None
        draft.what = self.words(f"where.{message.where}", **self._parts(message))
        match event:
            case contact.Posted(on=on):
                self._detail(draft, "posted_on", day=self.words.day(on))
            case contact.ContactRecalled(because=because):
                draft.cost, draft.details = None, []
                draft.why = self.words("why_blocked", reasons=self._blocked(because))
                return draft  # What it would have cost is not owed: the balance is told anew.
            case contact.Returned(because=because) | contact.HandOverUnknown(because=because):
                self._detail(draft, "because", reasons=self.words.of("blocked", because))
        return None

    def _parts(self, message: Message) -> dict[str, str]:
        kind = message.kind if self.words.has(f"message.{message.kind}") else "other"
        return {
            "message": self.words(f"message.{kind}"),
            "to": self.words.of("to", message.to),
            "channel": self.words.of("by_channel", message.channel),
        }

    def _pay_by(self, draft: Draft, message: Message) -> None:
        if message.pay_by is None:
            return
        day = self.words.day(message.pay_by)
        if message.total is not None:
            self._detail(draft, "pay_by", day=day, total=self.words.amount(message.total))
        else:
            self._detail(draft, "pay_by_only", day=day)

    def _wait(self, one: Recorded, step: str, reason: Reason, again_at: datetime | None, after: Progress) -> Draft:
        again = (
            self.words("detail.never")
            if again_at is None
            else self.words("detail.again", moment=self.words.moment(again_at, self.country))
        )
        if self._waited and self._waited[:2] == (step, reason.blocked_by):
            draft = self._waited[2]  # The same step for the same reason: one thing, still waiting.
        else:
            said = {"step": self.words.of("step", step), "reasons": self._blocked(reason.blocked_by)}
            draft = self._start(one, "message", "line.waited", by=self._strategy(step, after), **said)
            self._because(draft, reason)
            self._waited = (step, reason.blocked_by, draft)
        draft.details = [again]
        return draft

    def _call_or_question(self, one: Recorded, event: Event, after: Progress) -> Draft | None:
        match event:
            case contact.CallTaskCreated(task_id, step, _, call_by, reason):
                day = self.words.moment(call_by, self.country)
                draft = self._start(one, "call", "line.call_planned", by=self._strategy(step, after), day=day)
                draft.channel = "call"
                self._because(draft, reason)
                self._of["call", task_id] = draft
                return draft
            case contact.CallMade(task_id, outcome, summary, by):
                planned = self._of.pop(("call", task_id), None)
                if planned is not None:
                    self.drafts.remove(planned)  # That it was due is no longer news.
                draft = self._start(one, "call", f"line.call.{outcome}", by=self._person(by))
                draft.channel = "call"
                if summary.value:
                    self._detail(draft, "said", text=summary.value)
                return draft
            case contact.CallTaskWithdrawn(task_id, because):
                found = self._of.pop(("call", task_id), None)
                if found is not None:
                    found.what = self.words("line.call_withdrawn")
                    found.why = self.words("detail.because", reasons=self._blocked(because))
                return found
            case contact.LegalDecisionAsked(answer_by=day):
                draft = self._start(one, "question", "line.legal_asked", by=self.words("by.agency"))
                self._detail(draft, "answer_by", day=self.words.day(day))
                return draft
            case contact.LegalDecisionGiven(answer=answer):
                return self._start(one, "question", f"line.legal.{answer}")
        return self._dispute(one, event)

    def _dispute(self, one: Recorded, event: Event) -> Draft | None:
        match event:
            case contact.DisputeOpened(objection=objection, answer_by=day):
                draft = self._start(one, "question", "line.dispute_opened", by=self.words("by.customer"))
                if objection.value:
                    self._detail(draft, "said", text=objection.value)
                self._detail(draft, "answer_by", day=self.words.day(day))
                return draft
            case contact.EvidenceAdded(text=text):
                draft = self._start(one, "question", "line.evidence")
                if text.value:
                    self._detail(draft, "said", text=text.value)
                return draft
            case contact.DisputeResolved(outcome=outcome, lowered_by=lowered, new_due=new_due):
                draft = self._start(one, "question", f"line.dispute.{outcome}")
                if lowered:
                    self._detail(draft, "lowered", amount=self.words.amount(lowered))
                if new_due:
                    self._detail(draft, "new_due", day=self.words.day(new_due))
                return draft
            case contact.DueDateMoved(new_due, charge):
                draft = self._start(one, "plan", "line.due_date_moved", day=self.words.day(new_due))
                self._charged(draft, charge)
                return draft
        return None

    def _plan(self, one: Recorded, event: Event, after: Progress) -> Draft | None:
        match event:
            case plans.PlanProposed(plan_id, instalments, total, charge):
                said: dict[str, Any] = {"count": len(instalments), "total": self.words.amount(total)}
                draft = self._of["plan", plan_id] = self._start(one, "plan", "line.plan_proposed", **said)
                if charge and charge.amount:
                    self._detail(draft, "cost_of_plan", amount=self.words.amount(charge.amount))
                if event.outside_mandate:
                    self._detail(draft, "outside", reasons=self.words.all_of("outside", list(event.outside_mandate)))
                return draft
            case plans.PlanApprovalAsked(plan_id, answer_by, silence=silence) if ("plan", plan_id) in self._of:
                draft = self._of["plan", plan_id]
                self._detail(draft, "answer_by", day=self.words.day(answer_by))
                self._detail(draft, "silence_starts" if silence == "starts" else "silence_waits")
                return None
            case plans.PlanApprovalReminded(plan_id, on) if ("plan", plan_id) in self._of:
                self._detail(self._of["plan", plan_id], "reminded", day=self.words.day(on))
                return None
            case plans.PlanApproved(by=by):
                name = "line.plan_approved_silence" if by == "silence" else "line.plan_approved"
                return self._start(one, "plan", name)
            case plans.PlanRefused(because=because):
                draft = self._start(one, "plan", "line.plan_refused")
                if because:
                    self._detail(draft, "said", text=self.words.of("blocked", because))
                return draft
            case plans.PlanStarted(instalments=instalments, charge=charge):
                said = {"count": len(instalments), "amount": self.words.amount(instalments[0].amount)}
                said |= {"first": self.words.day(instalments[0].due), "last": self.words.day(instalments[-1].due)}
                draft = self._start(one, "plan", "line.plan_started", **said)
                self._charged(draft, charge)
                return draft
        return self._instalment(one, event)

    def _instalment(self, one: Recorded, event: Event) -> Draft | None:
        match event:
            case plans.InstalmentPaid(number):
                paid = self._of.get(("payment", "last"))
                if paid is None:
                    return self._start(one, "plan", "line.instalment_paid", by=self.words("by.plan"), number=number)
                self._detail(paid, "instalments_paid", numbers=number)
                return None
            case plans.InstalmentMissed(number):
                draft = self._start(one, "plan", "line.instalment_missed", by=self.words("by.plan"), number=number)
                self._of["missed", number] = draft
                return draft
            case plans.RescueDecided(number, breaks_on) if ("missed", number) in self._of:
                self._detail(self._of["missed", number], "rescue", day=self.words.day(breaks_on))
            case plans.RescueWithheld(number, because) if ("missed", number) in self._of:
                self._detail(self._of["missed", number], "rescue_withheld", reasons=self._blocked(because))
            case plans.PlanCompleted():
                return self._start(one, "plan", "line.plan_completed", by=self.words("by.customer"))
            case plans.PlanBroken(number):
                return self._start(one, "plan", "line.plan_broken", by=self.words("by.plan"), number=number)
        return None

    def _money(self, one: Recorded, event: Event, after: Progress) -> Draft | None:
        bank = self.words("by.bank")
        match event:
            case settlement.PaymentAllocated():
                return self._payment(one, event)
            case settlement.OverpaymentFound(payment_id, amount, refund):
                paid = self._of.get(("payment", payment_id)) or self._start(
                    one, "money", "line.overpaid", by=bank, amount=self.words.amount(amount)
                )
                self._detail(paid, "overpaid_refund" if refund else "overpaid_kept", amount=self.words.amount(amount))
                return paid
            case settlement.AllocationReversed(amount=amount):
                return self._start(one, "money", "line.payment_reversed", by=bank, amount=self.words.amount(amount))
            case settlement.DirectPaymentReported(amount=amount, parts=parts):
                draft = self._start(one, "money", "line.direct", amount=self.words.amount(amount))
                self._detail(draft, "parts", parts=self._named(parts))
                self._of["payment", "last"] = draft
                return draft
            case settlement.CreditNoteReported(amount=amount, number=number):
                return self._start(one, "money", "line.credit_note", amount=self.words.amount(amount), number=number)
            case settlement.WrittenOff(amount=amount):
                return self._start(one, "money", "line.written_off", amount=self.words.amount(amount))
            case settlement.ShareSetAside(net=net, kept=kept, commission=commission, vat=vat):
                draft = self._start(
                    one, "money", "line.set_aside", by=self.words("by.agency"), net=self.words.amount(net)
                )
                if kept:
                    self._detail(draft, "kept", amount=self.words.amount(kept))
                if commission:
                    said = {"commission": self.words.amount(commission), "vat": self.words.amount(vat)}
                    self._detail(draft, "commission", **said)
                return draft
            case settlement.CaseClosed(reason):
                return self._start(
                    one, "case", "line.closed", by=self._ending(one), reason=self.words.of("closed", reason)
                )
            case settlement.CaseReopened(because):
                return self._start(one, "case", "line.reopened", reason=self.words.of("reopened", because))
        return None

    def _ending(self, one: Recorded) -> str:
        return self._actor(one)

    def _payment(self, one: Recorded, event: settlement.PaymentAllocated) -> Draft:
        draft = self._of.get(("payment", event.payment_id))
        if draft is None:
            bank = self.words("by.bank")
            draft = self._start(one, "money", "line.payment", by=bank, amount=self.words.amount(event.amount))
            draft.why = self.words("why_allowed", sections=event.section) if event.section else None
        self._detail(draft, "parts", parts=self._named(event.parts))
        self._of["payment", event.payment_id] = self._of["payment", "last"] = draft
        return draft

    def _named(self, parts: Sequence[Part]) -> str:
        return self.words.listed(
            [self.words(f"part.{part.component}", amount=self.words.amount(part.amount)) for part in parts]
        )

    def _control(self, one: Recorded, event: Event, after: Progress) -> Draft | None:
        whose = one.kind if one.kind in ("case", "party", "client") else "case"
        match event:
            case gateway.CollectionStopped(because):
                return self._said(self._start(one, "control", f"line.stopped.{whose}"), because)
            case gateway.CollectionPaused(because):
                return self._said(self._start(one, "control", f"line.paused.{whose}"), because)
            case gateway.CollectionResumed():
                return self._start(one, "control", f"line.resumed.{whose}")
            case gateway.ContactSuspended(because, section):
                said = self.words.of("blocked", because)
                draft = self._start(one, "control", "line.suspended", because=said)
                draft.why = self.words("why_allowed", sections=section) if section else None
                return draft
            case gateway.ContactAllowedAgain():
                return self._start(one, "control", "line.allowed")
        return None

    def _said(self, draft: Draft, because: str) -> Draft:
        if because:
            self._detail(draft, "said", text=because)
        return draft
