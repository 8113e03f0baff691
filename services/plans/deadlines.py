"""What plans waits for: an instalment's day and the end of its rescue, and the client's answer about a plan."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from services.plans import handlers
from shared.deadlines import Deadline
from shared.events import Event, plans
from shared.events.settlement import CaseClosed

# After the bank's morning file (07:30 local) in every country we work in, whatever the season.
MORNING = time(8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def set_by(event: Event) -> Sequence[Deadline]:
    """The moments an event makes us wait for. A deadline ends with the append it caused, or as below."""
    match event:
        case plans.PlanStarted(instalments=promised):
            return [_look(number, promise.look_on) for number, promise in enumerate(promised, start=1)]
        case plans.RescueDecided(number, breaks_on=day):
            return [_look(number, day)]
        case plans.RescueWithheld(number, again_on=date() as day):
            return [_look(number, day)]
        case plans.PlanApprovalAsked(plan_id, answer_by, remind_on):
            reminders = [
                Deadline(_morning(day), handlers.remind_of_approval, (str(plan_id), day.isoformat()))
                for day in remind_on
            ]
            return [*reminders, Deadline(_morning(answer_by + DAY), handlers.hear_silence, (str(plan_id),))]
    return []


def ended_by(event: Event, deadline: Deadline) -> bool:
    """Whether there is nothing left to wait for."""
    match event:
        case plans.InstalmentPaid(number):
            return deadline.then is handlers.look_at_instalment and deadline.about == (number,)
        case plans.PlanCompleted() | plans.PlanBroken():
            return deadline.then is handlers.look_at_instalment
        case plans.PlanApproved() | plans.PlanRefused():
            return deadline.then is not handlers.look_at_instalment
    return isinstance(event, CaseClosed)


def _look(number: int, day: date) -> Deadline:
    return Deadline(_morning(day), handlers.look_at_instalment, (number,))


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING)


KINDS = (
    _look(1, date.max),
    Deadline(_morning(date.max), handlers.remind_of_approval),
    Deadline(_morning(date.max), handlers.hear_silence),
)
