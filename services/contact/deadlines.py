"""What contact waits for: a step's moment, a message's slot, a provider's answer or when to ask for it, the client."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from services.contact import handlers
from services.contact.dispatch import dispatch, inquire
from shared.deadlines import Deadline
from shared.events import Event, contact
from shared.events.settlement import CaseClosed

MORNING = time(8, 0, tzinfo=UTC)
REMIND_BEFORE = timedelta(days=3)


def set_by(event: Event) -> Sequence[Deadline]:
    """The moments an event makes us wait for. A deadline ends with the append it caused, or as below."""
    match event:
        case contact.StepPlanned(step, at):
            return [Deadline(at, handlers.take_step, (step,))]
        case contact.StepWaited(step, again_at=datetime() as again_at):
            return [Deadline(again_at, handlers.take_step, (step,))]
        case contact.ContactDecided(contact_id=contact_id, leaves_at=datetime() as at):
            return [_hand_over(at, f"{contact_id}", 1)]
        case contact.HandOverFailed(contact_id, attempt, again_at=datetime() as again_at):
            return [_hand_over(again_at, f"{contact_id}", attempt + 1)]
        case contact.HandOverStarted(contact_id, attempt, leave_by):
            about = (f"{contact_id}", attempt)
            return [Deadline(leave_by, handlers.give_up_waiting, about, outgoing=True)]
        case contact.HandOverUnknown(contact_id, attempt, ask_at=datetime() as ask_at):
            return [_question(ask_at, f"{contact_id}", attempt, 1)]
        case contact.OutcomeAsked(contact_id, attempt, number, again_at=datetime() as again_at):
            return [_question(again_at, f"{contact_id}", attempt, number + 1)]
        case contact.LegalDecisionAsked(question_id, answer_by):
            at = datetime.combine(answer_by - REMIND_BEFORE, MORNING)
            return [Deadline(at, handlers.remind_client, (f"{question_id}",))]
    return []


def ended_by(event: Event, deadline: Deadline) -> bool:
    """Whether there is nothing left to wait for."""
    about = deadline.about[0] if deadline.about else ""
    match event:
        case contact.StepPlanned() | contact.LegalDecisionAsked():
            return deadline.then is handlers.take_step
        case contact.ContactDecided(step=step) | contact.CallTaskCreated(step=step) | contact.StepWaited(step):
            return deadline.then is handlers.take_step and about == step
        case contact.HandOverUnknown(contact_id):
            return deadline.then is handlers.give_up_waiting and about == f"{contact_id}"
        case contact.HandedOver(contact_id) | contact.HandOverFailed(contact_id):
            return deadline.then in (handlers.give_up_waiting, handlers.ask_provider) and about == f"{contact_id}"
        case contact.Posted(contact_id) | contact.Delivered(contact_id) | contact.Returned(contact_id):
            return deadline.then is handlers.ask_provider and about == f"{contact_id}"
        case contact.HandOverStarted(contact_id) | contact.ContactRecalled(contact_id):
            return deadline.then is handlers.start_hand_over and about == f"{contact_id}"
        case contact.LegalDecisionGiven():
            return deadline.then is handlers.remind_client
        case CaseClosed():
            return deadline.then in (handlers.take_step, handlers.remind_client)
    return False


def _hand_over(at: datetime, contact_id: str, attempt: int) -> Deadline:
    return Deadline(at, handlers.start_hand_over, (contact_id, attempt), act=dispatch)


def _question(at: datetime, contact_id: str, attempt: int, number: int) -> Deadline:
    return Deadline(at, handlers.ask_provider, (contact_id, attempt, number), act=inquire)


_SOME = datetime.combine(date.max, MORNING)
KINDS = (
    Deadline(_SOME, handlers.take_step),
    _hand_over(_SOME, "", 1),
    Deadline(_SOME, handlers.give_up_waiting, outgoing=True),
    _question(_SOME, "", 1, 1),
    Deadline(_SOME, handlers.remind_client),
)
