"""What is said to the debtor and to the client, and what came of it. Owner: contact."""

from datetime import date
from typing import Any, ClassVar, Literal
from uuid import UUID

from shared.events import NOTHING_SAID, Event, Moment, Sealed, said_in_clear
from shared.events.reasons import Charge, Reason
from shared.money import Money

Channel = Literal["letter", "email", "sms", "call"]


class StrategyAssigned(Event, frozen=True):
    """The planned steps of this case, by the strategy's name, from this step on."""

    strategy: str
    first_step: str


class StepPlanned(Event, frozen=True):
    """The next step and the moment it is looked at."""

    step: str
    at: Moment
    reason: Reason


class StepWaited(Event, frozen=True):
    """The step was due and could not be taken; it is looked at again then, or never where the reason is final."""

    step: str
    reason: Reason
    again_at: Moment | None


class ContactDecided(Event, frozen=True):
    """A message is to leave. A recall takes it back, with its charge, until it is handed over."""

    may_be_ignored: ClassVar[bool] = False
    contact_id: UUID
    to: Literal["debtor", "client"]
    step: str
    kind: str  # friendly, reminder, notice, demand, second_demand, facts, rescue, plan, thanks, defects, approval …
    channel: Channel
    language: str
    document: str  # The exact message as it leaves, sealed.
    total: Money | None
    pay_by: date | None
    charge: Charge | None
    reason: Reason
    by: str | None = None  # The staff member who asked for it; None is the strategy.
    leaves_at: Moment | None = None  # The slot it is handed over in; None is at once.


class ContactTaken(Event, frozen=True):
    """On the party's stream: one contact of its budget was taken, by whichever case."""

    contact_id: UUID
    channel: Channel
    at: Moment


class ContactGivenBack(Event, frozen=True):
    """On the party's stream: a contact was recalled and left the budget again."""

    contact_id: UUID


class ContactRecalled(Event, frozen=True):
    """The message did not leave, and will not; what it would have cost is not owed."""

    may_be_ignored: ClassVar[bool] = False
    contact_id: UUID
    because: tuple[str, ...]


class HandOverStarted(Event, frozen=True):
    """The message may be given to its provider until then; after that, never under this attempt."""

    may_be_ignored: ClassVar[bool] = False
    contact_id: UUID
    attempt: int
    leave_by: Moment


class HandedOver(Event, frozen=True):
    """The provider took the message."""

    contact_id: UUID
    attempt: int
    provider: str
    provider_id: str


class HandOverFailed(Event, frozen=True):
    """The provider did not take it; tried again then, or never."""

    contact_id: UUID
    attempt: int
    because: str
    again_at: Moment | None


class HandOverUnknown(Event, frozen=True):
    """Whether the provider took it is not known. It is not sent again until somebody says that it never left.

    Where the provider can be asked it is asked then; else a person finds out.
    """

    contact_id: UUID
    attempt: int
    because: str
    ask_at: Moment | None = None


class OutcomeAsked(Event, frozen=True):
    """The provider is asked whether it took a message, for this time; again then, or never: a person finds out."""

    contact_id: UUID
    attempt: int
    number: int
    again_at: Moment | None


class Posted(Event, frozen=True):
    """The print house posted the letter."""

    true_on: ClassVar[str | None] = "on"
    contact_id: UUID
    on: date


class Delivered(Event, frozen=True):
    """The message reached its address."""

    contact_id: UUID


class Returned(Event, frozen=True):
    """The letter came back, or the message bounced."""

    class_version: ClassVar[int] = 2
    contact_id: UUID
    because: Sealed[str] = NOTHING_SAID  # A code of ours, or the provider's own words.

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> dict[str, Any]:
        """The words stood in the clear."""
        return {**data, "because": said_in_clear(data["because"])}


class CallTaskCreated(Event, frozen=True):
    """A person is to call the debtor, no earlier than and no later than these moments."""

    task_id: UUID
    step: str
    call_from: Moment
    call_by: Moment
    reason: Reason


class CallTaskWithdrawn(Event, frozen=True):
    """The call is no longer to be made."""

    task_id: UUID
    because: tuple[str, ...]


class CallMade(Event, frozen=True):
    """A person called: what came of it, and a summary the client can read."""

    task_id: UUID
    outcome: Literal["not_reached", "will_pay", "forgot", "wants_plan", "disputes", "cannot_pay", "wrong_person"]
    summary: Sealed[str]
    by: str


class LegalDecisionAsked(Event, frozen=True):
    """All planned steps are taken: the client is asked how to go on. No answer means nothing is done."""

    may_be_ignored: ClassVar[bool] = False
    question_id: UUID
    answer_by: date


class LegalDecisionGiven(Event, frozen=True):
    """The client answered."""

    may_be_ignored: ClassVar[bool] = False
    question_id: UUID
    answer: Literal["court", "close", "surveillance"]


class DisputeOpened(Event, frozen=True):
    """The debtor objects; contact stops until it is resolved. Without a claim, the whole case is meant."""

    may_be_ignored: ClassVar[bool] = False
    dispute_id: UUID
    claim_id: UUID | None
    objection: Sealed[str]
    answer_by: date  # The client is asked for its side by then.


class EvidenceAdded(Event, frozen=True):
    """The client or the debtor gave facts on the dispute."""

    dispute_id: UUID
    text: Sealed[str]


class DisputeResolved(Event, frozen=True):
    """How the dispute ended: the debtor was right (upheld), partly (adjusted), or not (rejected)."""

    may_be_ignored: ClassVar[bool] = False
    dispute_id: UUID
    outcome: Literal["upheld", "adjusted", "rejected"]
    claim_id: UUID | None
    lowered_by: Money | None
    new_due: date | None


class DueDateMoved(Event, frozen=True):
    """The debtor got more time; nothing leaves before that day has passed."""

    may_be_ignored: ClassVar[bool] = False
    new_due: date
    charge: Charge | None = None
