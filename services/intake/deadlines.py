"""What intake waits for: the registry to answer again, the client to complete a claim, limitation to come near."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from services.intake import handlers
from shared.deadlines import Deadline
from shared.events import Event, intake
from shared.events.settlement import CaseClosed

MORNING = time(8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HALF_A_YEAR = timedelta(days=182)
ASKED = (intake.InfoReceived, intake.CaseRejected, intake.CaseAccepted, intake.CreditCheckAsked, intake.DefectsFound)


def set_by(event: Event) -> Sequence[Deadline]:
    """The moments an event makes us wait for. A deadline ends with the append it caused, or as below."""
    match event:
        case intake.CreditCheckDelayed(attempt, again_at=again_at):
            return [Deadline(again_at, handlers.ask_registry_again, (attempt,))]
        case intake.DefectsFound(answer_by=answer_by):
            return [Deadline(_morning(answer_by + DAY), handlers.give_up_waiting)]
        case intake.ClaimAdded(claim_id, time_barred_on=date() as barred_on):
            return [Deadline(_morning(barred_on - HALF_A_YEAR), handlers.warn_of_limitation, (str(claim_id),))]
    return []


def ended_by(event: Event, deadline: Deadline) -> bool:
    """Whether there is nothing left to wait for."""
    if deadline.then is handlers.warn_of_limitation:
        return isinstance(event, intake.CaseRejected | CaseClosed)
    if deadline.then is handlers.give_up_waiting:
        return isinstance(event, ASKED)
    return isinstance(event, intake.CreditCheckCompleted | intake.CaseRejected)


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING)


KINDS = (
    Deadline(_morning(date.max), handlers.ask_registry_again),
    Deadline(_morning(date.max), handlers.give_up_waiting),
    Deadline(_morning(date.max), handlers.warn_of_limitation),
)
