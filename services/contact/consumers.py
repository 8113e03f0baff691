"""What contact hears. An event on a client, a party or an account is about each of its cases, one append a case."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from services.contact import handlers
from services.contact.dispatch import recall_letters
from services.contact.wired import outside
from shared.bus import Decide, Hears, StreamId
from shared.deciding import Deciding
from shared.events.contact import CallMade, DisputeOpened, DisputeResolved, DueDateMoved, LegalDecisionAsked
from shared.events.gateway import (
    CollectionPaused,
    CollectionResumed,
    CollectionStopped,
    ContactAllowedAgain,
    ContactSuspended,
    PaidListConfirmed,
)
from shared.events.intake import CaseAccepted, DefectsFound, LimitationNear, PartyCorrected
from shared.events.plans import (
    PlanApprovalAsked,
    PlanApprovalReminded,
    PlanBroken,
    PlanRefused,
    PlanStarted,
    RescueDecided,
)
from shared.events.settlement import (
    AllocationReversed,
    BankFileRead,
    CaseClosed,
    CaseReopened,
    CreditNoteReported,
    DirectPaymentReported,
    PaymentAllocated,
    WrittenOff,
)

hears = Hears("contact")

# The strategy.


@hears(CaseAccepted)
async def on_case_accepted(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.assign_strategy, case_id, now=decide.now)


@hears(PlanBroken, PlanRefused, DisputeResolved, CaseReopened, AllocationReversed)
async def on_the_way_free_again(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.plan_step, case_id, now=decide.now)


@hears(CollectionResumed, ContactAllowedAgain)
async def on_contact_allowed(stream_id: StreamId, decide: Decide) -> None:
    for case_id, each in of_cases(await outside().cases_of(stream_id), decide):
        await each(handlers.plan_step, case_id, now=decide.now)


@hears(BankFileRead)
async def on_bank_file_read(_account: StreamId, decide: Decide) -> None:
    for case_id, each in of_cases(await outside().waiting_for("money_not_fresh", None), decide):
        await each(handlers.plan_step, case_id, now=decide.now)


@hears(PaidListConfirmed)
async def on_paid_list_confirmed(client_id: StreamId, decide: Decide) -> None:
    for case_id, each in of_cases(await outside().waiting_for("paid_list_too_old", client_id), decide):
        await each(handlers.plan_step, case_id, now=decide.now)


@hears(PartyCorrected)
async def on_party_corrected(party_id: StreamId, decide: Decide) -> None:
    for case_id, each in of_cases(await outside().waiting_for("no_address", party_id), decide):
        await each(handlers.plan_step, case_id, now=decide.now)


# What stops a message that is on its way.


@hears(CollectionStopped, CollectionPaused, ContactSuspended, DisputeOpened, CaseClosed)
async def on_contact_stopped(stream_id: StreamId, decide: Decide) -> None:
    for case_id, each in of_cases(await outside().cases_of(stream_id), decide):
        await each(handlers.withdraw, case_id, now=decide.now)
        await recall_letters(outside(), each, case_id)


@hears(PaymentAllocated, DirectPaymentReported, CreditNoteReported, WrittenOff)
async def on_less_owed(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.withdraw, case_id, now=decide.now)
    await recall_letters(outside(), decide, case_id)


@hears(DueDateMoved)
async def on_due_date_moved(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.withdraw, case_id, now=decide.now)
    await decide(handlers.plan_step, case_id, now=decide.now)


# Messages to the debtor outside the strategy.


@hears(CallMade)
async def on_call_made(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.say_facts, case_id, now=decide.now)


@hears(RescueDecided)
async def on_rescue_decided(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.say_rescue, case_id, now=decide.now)


@hears(PlanStarted)
async def on_plan_started(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.withdraw, case_id, now=decide.now)
    await decide(handlers.confirm_plan, case_id, now=decide.now)


@hears(CaseClosed)
async def on_case_closed(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.say_thanks, case_id, now=decide.now)
    await decide(handlers.tell_client, case_id, "closed", now=decide.now)


# Messages to the client.


@hears(DefectsFound)
async def on_defects_found(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.tell_client, case_id, "defects", now=decide.now)


@hears(PlanApprovalAsked)
async def on_plan_approval_asked(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.tell_client, case_id, "approval", now=decide.now)


@hears(PlanApprovalReminded)
async def on_plan_approval_reminded(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.tell_client, case_id, "approval_reminder", now=decide.now)


@hears(LegalDecisionAsked)
async def on_legal_decision_asked(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.tell_client, case_id, "legal_decision", now=decide.now)


@hears(LimitationNear)
async def on_limitation_near(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.tell_client, case_id, "limitation", now=decide.now)


@hears(DisputeOpened)
async def on_dispute_opened(case_id: StreamId, decide: Decide) -> None:
    await decide(handlers.tell_client, case_id, "dispute", now=decide.now)


def of_cases(case_ids: Sequence[UUID], decide: Deciding) -> list[tuple[UUID, Deciding]]:
    """An entry for each case: with a cause of its own, for one append a case is one thing each."""
    return [
        (
            case_id,
            Deciding(decide.store, uuid5(decide.cause, str(case_id)), decide.actor, decide.now, decide.trace),
        )
        for case_id in case_ids
    ]
