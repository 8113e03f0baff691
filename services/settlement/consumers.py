"""What settlement hears."""

from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from services.settlement import handlers
from services.settlement.needs import needs
from shared.bus import Decide, Hears, StreamId
from shared.deciding import Answer
from shared.events.contact import DisputeResolved, LegalDecisionGiven
from shared.events.gateway import ClientSet, CollectionStopped, ContactSuspended
from shared.events.intake import CaseAccepted
from shared.events.plans import PlanCompleted
from shared.events.settlement import PaymentReceived, RefundDecided, RemittanceRunStarted

AT_ONCE = 16  # Cases of one client that are loaded together, for it may have any number of them.

hears = Hears("settlement")


@hears(PaymentReceived)
async def on_payment_received(payment_id: StreamId, decide: Decide) -> None:
    own = needs()
    await decide(handlers.assign_by_reference, payment_id, own.find_case, law=own.law, now=decide.now)


@hears(RefundDecided)
async def on_refund_decided(payment_id: StreamId, decide: Decide) -> None:
    await decide(handlers.send_refunds, payment_id, documents=needs().documents, law=needs().law, now=decide.now)


@hears(CaseAccepted, DisputeResolved, LegalDecisionGiven, PlanCompleted)
async def on_decision(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.end_case, case_id, law=needs().law, now=decide.now)


@hears(CollectionStopped, ContactSuspended)
async def on_stop(stream_id: StreamId, decide: Decide) -> None:
    """Of a case, or of a client or a party: one append a case."""
    case_ids = await needs().open_cases_of(stream_id)
    await _each(case_ids, lambda case_id: decide(handlers.end_case, case_id, law=needs().law, now=decide.now))


@hears(ClientSet)
async def on_client_set(client_id: StreamId, decide: Decide) -> None:
    await decide(handlers.plan_runs, client_id, now=decide.now)


@hears(RemittanceRunStarted)
async def on_run_started(client_id: StreamId, decide: Decide) -> None:
    """One append a case, and then the payouts of all that is set aside."""
    own = needs()
    case_ids = await own.cases_to_pay_on(client_id)
    await _each(case_ids, lambda case_id: decide(handlers.set_share_aside, case_id, client_id))
    await decide(handlers.finish_run, client_id, own.lines_of, documents=own.documents, now=decide.now)


async def _each(case_ids: Sequence[UUID], decide: Callable[[UUID], Awaitable[Answer]]) -> None:
    """One append a case, of so many cases at a time."""
    for first in range(0, len(case_ids), AT_ONCE):
        await gather(*map(decide, case_ids[first : first + AT_ONCE]))
