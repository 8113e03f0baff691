"""What happens to the payment plan of a case. Instalment 1 is the first. Owner: plans."""

from datetime import date
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events import NOTHING_SAID, Event, Sealed, said_in_clear
from shared.events.reasons import Charge
from shared.money import Money


class Instalment(msgspec.Struct, frozen=True):
    """One promised payment. Whether it came is looked at on the bank day after, when its money is known."""

    due: date
    amount: Money
    look_on: date


class PlanProposed(Event, frozen=True):
    """These instalments were put to the debtor, with their cost and total, before anything was agreed."""

    plan_id: UUID
    instalments: tuple[Instalment, ...]
    total: Money
    charge: Charge | None
    outside_mandate: tuple[str, ...]  # What the mandate does not allow; empty needs no approval.


class PlanApprovalAsked(Event, frozen=True):
    """The client is asked to agree by that day; silence then means what is said here."""

    may_be_ignored: ClassVar[bool] = False
    plan_id: UUID
    answer_by: date
    remind_on: tuple[date, ...]
    silence: str  # starts or needs_answer


class PlanApprovalReminded(Event, frozen=True):
    """The client was asked again."""

    plan_id: UUID
    on: date


class PlanApproved(Event, frozen=True):
    """The client agreed, or its silence did."""

    plan_id: UUID
    by: str


class PlanRefused(Event, frozen=True):
    """The client did not agree, or the debtor did not."""

    class_version: ClassVar[int] = 2
    plan_id: UUID
    because: Literal["no answer"] | None = None
    said: Sealed[str] = NOTHING_SAID  # In the words of who answered.

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> dict[str, Any]:
        """Silence and anybody's words stood in one field, in the clear."""
        if data["because"] == "no answer":
            return data
        return {**data, "because": None, "said": said_in_clear(data["because"])}


class PlanStarted(Event, frozen=True):
    """The debtor promised these instalments, earliest first."""

    may_be_ignored: ClassVar[bool] = False
    plan_id: UUID
    instalments: tuple[Instalment, ...]
    charge: Charge | None


class InstalmentPaid(Event, frozen=True):
    """The money received since the plan started is enough for this instalment and all before it."""

    number: int


class InstalmentMissed(Event, frozen=True):
    """The due day passed and the money had not come."""

    number: int


class RescueDecided(Event, frozen=True):
    """One kind message is to leave; unless the money comes, the plan breaks on that day."""

    number: int
    breaks_on: date


class RescueWithheld(Event, frozen=True):
    """No message may leave, and why; asked again on that day, or never where the reason is final."""

    number: int
    because: tuple[str, ...]
    again_on: date | None


class PlanCompleted(Event, frozen=True):
    """The debtor kept the promise: every instalment is paid."""

    may_be_ignored: ClassVar[bool] = False


class PlanBroken(Event, frozen=True):
    """This instalment was not paid after its rescue message; the case goes on without a plan."""

    may_be_ignored: ClassVar[bool] = False
    number: int
