"""A payment: money that came to a client-money account, and where each cent of it is now."""

from collections.abc import Mapping
from typing import Literal, Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared.events import Event, settlement
from shared.ids import payment_id
from shared.money import Money, total


class Refund(msgspec.Struct, frozen=True):
    """What goes back to the payer, and how far it has come."""

    decided: settlement.RefundDecided
    state: Literal["decided", "sent", "paid", "withdrawn", "returned"] = "decided"


class Payment(msgspec.Struct, frozen=True):
    """What has happened to a payment."""

    received: settlement.PaymentReceived | None = None
    case_id: UUID | None = None
    allocated: int = 0
    kept: int = 0
    held: settlement.PaymentHeld | None = None
    refunds: Mapping[UUID, Refund] = {}
    reversed: Money | None = None

    @property
    def payment_id(self) -> UUID:
        assert self.received is not None  # noqa: S101  (asked only of a payment that has come)
        return payment_id(self.received.account, self.received.key)

    @property
    def waiting(self) -> Money:
        """What belongs to no case and is on no way back. Below zero where more was given back than stayed with us."""
        assert self.received is not None  # noqa: S101  (as above)
        amount = self.received.amount
        away = total((each.decided.amount for each in self.refunds.values() if is_away(each)), amount.currency)
        return Money(
            amount.minor - self.allocated - self.kept - away.minor - (self.reversed.minor if self.reversed else 0),
            amount.currency,
        )

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        match event:
            case settlement.PaymentReceived():
                return replace(self, received=event)
            case settlement.PaymentAssigned(case_id, allocated=allocated, kept=kept):
                return replace(self, case_id=case_id, allocated=allocated.minor, kept=kept.minor, held=None)
            case settlement.PaymentHeld():
                return replace(self, held=event)
            case settlement.RefundDecided(refund_id):
                return replace(self, refunds={**self.refunds, refund_id: Refund(event)}, held=None)
            case settlement.RefundSent(refund_id):
                return self._moving(refund_id, "sent")
            case settlement.RefundPaid(refund_id):
                return self._moving(refund_id, "paid")
            case settlement.RefundWithdrawn(refund_id):
                return self._moving(refund_id, "withdrawn")
            case settlement.PayoutReturned(refund_id=UUID() as refund_id):
                return self._moving(refund_id, "returned")
            case settlement.PaymentReversed(amount=amount):
                return replace(self, reversed=amount, allocated=0, kept=0)
        return self

    def _moving(self, refund_id: UUID, state: Literal["decided", "sent", "paid", "withdrawn", "returned"]) -> Self:
        refund = self.refunds.get(refund_id)
        if refund is None:
            return self
        return replace(self, refunds={**self.refunds, refund_id: replace(refund, state=state)})


def is_away(refund: Refund) -> bool:
    """Whether this money is the payer's already, on its way or with him."""
    return refund.state in ("decided", "sent", "paid")
