"""What plans hears."""

from services.plans import handlers
from shared.bus import Decide, Hears, StreamId
from shared.events.settlement import AllocationReversed, CaseClosed, DirectPaymentReported, PaymentAllocated

hears = Hears("plans")


@hears(PaymentAllocated, DirectPaymentReported, AllocationReversed, CaseClosed)
async def on_money(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.count_payments, case_id)
