"""What was said to the debtor and the client: one line a message, from decision to delivery; and why one waited."""

from datetime import datetime, timedelta
from uuid import UUID

from services.gateway.progress import Message, Progress
from services.gateway.telling.draft import Draft, Teller
from shared.casestore import Recorded
from shared.events import Event, contact
from shared.events.reasons import Reason

A_WHILE = timedelta(minutes=30)
ANSWERS = ("thanks", "facts", "rescue", "plan", "closed")  # Said because something happened, not as a planned step.


def tell(teller: Teller, one: Recorded, after: Progress) -> Draft | None:
    """The line this event starts or completes, where it belongs to this chapter."""
    event = one.event
    match event:
        case contact.StepWaited(step, reason, again_at):
            return _waited(teller, one, step, reason, again_at, after)
        case contact.ContactDecided():
            return _decided(teller, one, event, after)
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
            return _moved(teller, contact_id, one.recorded_at, event, after)
    return None


def _decided(teller: Teller, one: Recorded, event: contact.ContactDecided, after: Progress) -> Draft:
    message = after.messages[event.contact_id]
    if event.by:
        who = teller.person(event.by)
    elif message.to == "client" or message.kind in ANSWERS:
        who = teller.words("by.agency")
    else:
        who = teller.strategy(event.step, after)
    draft = teller.start(one, "message", f"where.{message.where}", by=who, **_parts(teller, message))
    draft.channel = message.channel
    teller.of["message", event.contact_id] = draft
    if message.pay_by is not None and message.kind != "plan":  # A plan has its own days.
        day, total = teller.words.day(message.pay_by), message.total
        if total is not None:
            teller.detail(draft, "pay_by", day=day, total=teller.words.amount(total))
        else:
            teller.detail(draft, "pay_by_only", day=day)
    teller.because(draft, event.reason)
    teller.charged(draft, event.charge)
    if message.document:
        draft.links.append((message.kind, message.document))
    return draft


def _moved(teller: Teller, contact_id: UUID, at: datetime, event: Event, after: Progress) -> Draft | None:
    draft, message = teller.of.get(("message", contact_id)), after.messages.get(contact_id)
    if draft is None or message is None:
        return None
    draft.what = teller.words(f"where.{message.where}", **_parts(teller, message))
    match event:
        case contact.HandedOver() if message.channel != "letter" and at - draft.at >= A_WHILE:
            # It waited for its hours, and the line's time is of the decision. A letter says when it was posted.
            teller.detail(draft, "left", moment=teller.words.moment(at, teller.country))
        case contact.Posted(on=on):
            teller.detail(draft, "posted_on", day=teller.words.day(on))
        case contact.ContactRecalled(because=because):
            draft.cost, draft.details = None, []
            draft.why = teller.words("why_blocked", reasons=teller.blocked(because))
            return draft  # What it would have cost is not owed: the balance is told anew.
        case contact.Returned(because=because) if because.value and teller.words.has(f"blocked.{because.value}"):
            teller.detail(draft, "came_back", reason=teller.words.of("blocked", because.value))
        case contact.Returned(because=because) if because.value:
            teller.detail(draft, "said", text=because.value)  # The provider's own words.
    return None


def _parts(teller: Teller, message: Message) -> dict[str, str]:
    words = teller.words
    kind = message.kind if words.has(f"message.{message.kind}") else "other"
    return {
        "message": words(f"message.{kind}"),
        "to": words.of("to", message.to),
        "channel": words.of("by_channel", message.channel),
    }


def _waited(
    teller: Teller, one: Recorded, step: str, reason: Reason, again_at: datetime | None, after: Progress
) -> Draft:  # fmt: skip
    words = teller.words
    if teller.waited and teller.waited[:2] == (step, reason.blocked_by):
        draft = teller.waited[2]  # The same step for the same reason: one thing, still waiting.
    else:
        said = {"step": words.of("step", step), "reasons": teller.blocked(reason.blocked_by)}
        draft = teller.start(one, "message", "line.waited", by=teller.strategy(step, after), **said)
        teller.because(draft, reason)
        teller.waited = (step, reason.blocked_by, draft)
    if again_at is not None:
        draft.details = [words("detail.again", moment=words.moment(again_at, teller.country))]
    else:
        draft.details = []
    return draft
