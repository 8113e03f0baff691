"""What intake hears."""

from services.intake.checking import check
from shared.bus import Decide, Hears, StreamId
from shared.events.intake import CreditCheckAsked

hears = Hears("intake")


@hears(CreditCheckAsked)
async def on_credit_check_asked(case_id: StreamId, decide: Decide) -> None:
    await check(case_id, decide)
