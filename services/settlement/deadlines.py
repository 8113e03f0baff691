"""What settlement waits for: a client's next remittance run."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.settlement import handlers
from shared.deadlines import Deadline
from shared.events import Event, settlement


def set_by(event: Event) -> Sequence[Deadline]:
    """The moments an event makes us wait for. A deadline ends with the append it caused, or as below."""
    match event:
        case (
            settlement.RemittanceRunPlanned(next_at)
            | settlement.RemittanceRunStarted(next_at=next_at)
            | settlement.RemittanceRunRefused(next_at=next_at)
        ):
            return [Deadline(next_at, handlers.start_run)]
    return []


def ended_by(event: Event, deadline: Deadline) -> bool:
    """Whether there is nothing left to wait for: each of these says anew when the next run is."""
    return bool(set_by(event)) and deadline.then is handlers.start_run


KINDS = (Deadline(datetime.max.replace(tzinfo=UTC), handlers.start_run),)
