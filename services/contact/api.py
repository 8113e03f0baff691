"""What contact answers over HTTP."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid5

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.contact import conversations, handlers, views
from services.contact.talks import Ended, Legal, Outcome
from shared.http import CalledBy, Decide, TheStore, Written, written

router = APIRouter()
Text = Annotated[str, Field(min_length=1, max_length=4000)]


class RecordCall(BaseModel, frozen=True, extra="forbid"):
    outcome: Outcome
    summary: Text


class OpenDispute(BaseModel, frozen=True, extra="forbid"):
    claim_id: UUID | None = None
    text: Text


class Evidence(BaseModel, frozen=True, extra="forbid"):
    text: Text


class Resolve(BaseModel, frozen=True, extra="forbid"):
    outcome: Ended
    claim_id: UUID | None = None
    lowered_by_minor: Annotated[int, Field(gt=0)] | None = None
    new_due: date | None = None


class MoveDueDate(BaseModel, frozen=True, extra="forbid"):
    new_due: date


class LegalDecision(BaseModel, frozen=True, extra="forbid"):
    question_id: UUID
    answer: Legal


class OfCase(BaseModel, frozen=True, extra="forbid"):
    case_id: UUID


class FromProvider(BaseModel, frozen=True, extra="forbid"):
    case_id: UUID
    because: Annotated[str, Field(max_length=200)] = ""


class CallDue(BaseModel, frozen=True):
    task_id: UUID
    case_id: UUID
    call_from: datetime
    call_by: datetime


class ShownContact(BaseModel, frozen=True):
    contact_id: UUID
    case_id: UUID
    to_whom: str
    step: str
    kind: str
    channel: str
    state: str
    leaves_at: datetime | None
    pay_by: date | None
    document: str
    cost_minor: int
    currency: str


class Unknown(BaseModel, frozen=True):
    contact_id: UUID
    case_id: UUID
    kind: str
    channel: str
    leaves_at: datetime | None


class WaitingStep(BaseModel, frozen=True):
    case_id: UUID
    step: str
    because: list[str]
    since: datetime
    again_at: datetime | None


class OpenedDispute(BaseModel, frozen=True):
    dispute_id: UUID
    case_id: UUID
    claim_id: UUID | None
    answer_by: date


class ByChannel(BaseModel, frozen=True):
    channel: str
    kind: str
    messages: int


@router.post("/cases/{case_id}/calls/{task_id}", status_code=201)
async def record_call(case_id: UUID, task_id: UUID, ask: RecordCall, decide: Decide, response: Response) -> Written:
    dispute_id = uuid5(decide.cause, "dispute")
    answer = await decide(
        conversations.record_call, case_id, task_id, ask.outcome, ask.summary, decide.actor, dispute_id, now=decide.now
    )
    return written(answer, response)


@router.post("/cases/{case_id}/disputes", status_code=201)
async def open_dispute(case_id: UUID, ask: OpenDispute, decide: Decide, response: Response) -> Written:
    dispute_id = uuid5(decide.cause, "dispute")
    answer = await decide(
        conversations.open_dispute, case_id, dispute_id, ask.claim_id, ask.text, now=decide.now
    )  # fmt: skip
    return written(answer, response)


@router.post("/cases/{case_id}/disputes/{dispute_id}/evidence", status_code=201)
async def add_evidence(
    case_id: UUID, dispute_id: UUID, ask: Evidence, decide: Decide, response: Response
) -> Written:  # fmt: skip
    return written(await decide(conversations.add_evidence, case_id, dispute_id, ask.text), response)


@router.post("/cases/{case_id}/disputes/{dispute_id}/resolution")
async def resolve_dispute(
    case_id: UUID, dispute_id: UUID, ask: Resolve, decide: Decide, response: Response
) -> Written:  # fmt: skip
    answer = await decide(
        conversations.resolve_dispute, case_id, dispute_id, ask.outcome, ask.claim_id, ask.lowered_by_minor,
        ask.new_due, now=decide.now,
    )  # fmt: skip
    return written(answer, response)


@router.post("/cases/{case_id}/due-date")
async def move_due_date(case_id: UUID, ask: MoveDueDate, decide: Decide, response: Response) -> Written:
    return written(await decide(conversations.move_due_date, case_id, ask.new_due, now=decide.now), response)


@router.post("/cases/{case_id}/legal-decision")
async def give_legal_decision(case_id: UUID, ask: LegalDecision, decide: Decide, response: Response) -> Written:
    return written(await decide(conversations.give_legal_decision, case_id, ask.question_id, ask.answer), response)


@router.post("/contacts/{contact_id}/not-taken")
async def not_taken(contact_id: UUID, ask: OfCase, decide: Decide, response: Response) -> Written:
    return written(await decide(handlers.record_not_taken, ask.case_id, contact_id, now=decide.now), response)


@router.post("/contacts/{contact_id}/{what}")
async def told_by_provider(
    contact_id: UUID, what: Literal["posted", "delivered", "returned"], ask: FromProvider, decide: Decide,
    response: Response,
) -> Written:  # fmt: skip
    answer = await decide(
        conversations.told_by_provider, ask.case_id, contact_id, what, ask.because, now=decide.now
    )  # fmt: skip
    return written(answer, response)


@router.get("/calls/due")
async def calls_due(caller: CalledBy, store: TheStore) -> list[CallDue]:
    return [CallDue(**row) for row in await views.calls_due(store.pool, await store.now())]


@router.get("/cases/{case_id}/contacts")
async def contacts_of(case_id: UUID, caller: CalledBy, store: TheStore) -> list[ShownContact]:
    return [ShownContact(**row) for row in await views.contacts_of(store.pool, case_id)]


@router.get("/contacts/by-channel")
async def contacts_by_channel(caller: CalledBy, store: TheStore) -> list[ByChannel]:
    return [ByChannel(**row) for row in await views.contacts_by_channel(store.pool)]


@router.get("/hand-overs/unknown")
async def hand_overs_unknown(caller: CalledBy, store: TheStore) -> list[Unknown]:
    return [Unknown(**row) for row in await views.hand_overs_unknown(store.pool)]


@router.get("/steps/waiting")
async def steps_waiting(caller: CalledBy, store: TheStore) -> list[WaitingStep]:
    return [WaitingStep(**row) for row in await views.steps_waiting(store.pool)]


@router.get("/disputes/open")
async def disputes_open(caller: CalledBy, store: TheStore) -> list[OpenedDispute]:
    return [OpenedDispute(**row) for row in await views.disputes_open(store.pool)]
