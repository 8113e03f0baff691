"""What people said to each other: calls, disputes, more time, and how the client wants to go on."""

from services.gateway.progress import Progress
from services.gateway.telling.draft import Draft, Teller
from shared.casestore import Recorded
from shared.events import contact


def tell(teller: Teller, one: Recorded, after: Progress) -> Draft | None:
    """The line this event starts or completes, where it belongs to this chapter."""
    words, event = teller.words, one.event
    match event:
        case contact.CallTaskCreated(task_id, step, _, call_by, reason):
            day = words.moment(call_by, teller.country)
            draft = teller.start(one, "call", "line.call_planned", by=teller.strategy(step, after), day=day)
            draft.channel = "call"
            teller.because(draft, reason)
            teller.of["call", task_id] = draft
            return draft
        case contact.CallMade():
            return _called(teller, one, event)
        case contact.CallTaskWithdrawn(task_id, because):
            planned = teller.of.pop(("call", task_id), None)
            if planned is not None:
                planned.what = words("line.call_withdrawn")
                planned.why = words("why_blocked", reasons=teller.blocked(because))
            return None
        case contact.LegalDecisionAsked(answer_by=day):
            draft = teller.start(one, "question", "line.legal_asked", by=words("by.agency"))
            teller.detail(draft, "answer_by", day=words.day(day))
            return draft
        case contact.LegalDecisionGiven(answer=answer):
            return teller.start(one, "question", f"line.legal.{answer}")
        case contact.DueDateMoved(new_due, charge):
            draft = teller.start(one, "plan", "line.due_date_moved", day=words.day(new_due))
            teller.charged(draft, charge)
            return draft
    return _dispute(teller, one)


def _called(teller: Teller, one: Recorded, event: contact.CallMade) -> Draft:
    planned = teller.of.pop(("call", event.task_id), None)
    if planned is not None:
        teller.drafts.remove(planned)  # That it was due is no longer news.
    draft = teller.start(one, "call", f"line.call.{event.outcome}", by=teller.person(event.by))
    draft.channel = "call"
    if event.summary.value:
        teller.detail(draft, "said", text=event.summary.value)
    return draft


def _dispute(teller: Teller, one: Recorded) -> Draft | None:
    words = teller.words
    match one.event:
        case contact.DisputeOpened(objection=objection, answer_by=day):
            draft = teller.start(one, "question", "line.dispute_opened", by=words("by.customer"))
            if objection.value:
                teller.detail(draft, "said", text=objection.value)
            teller.detail(draft, "answer_by", day=words.day(day))
            return draft
        case contact.EvidenceAdded(text=text):
            draft = teller.start(one, "question", "line.evidence")
            if text.value:
                teller.detail(draft, "said", text=text.value)
            return draft
        case contact.DisputeResolved(outcome=outcome, lowered_by=lowered, new_due=new_due):
            draft = teller.start(one, "question", f"line.dispute.{outcome}")
            if lowered:
                teller.detail(draft, "lowered", amount=words.amount(lowered))
            if new_due:
                teller.detail(draft, "new_due", day=words.day(new_due))
            return draft
    return None
