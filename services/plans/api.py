"""What plans answers over HTTP."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.plans import handlers, views
from services.plans.offer import INSTALMENTS_MAX, Offer, options
from shared.balance import kind_of
from shared.calendar import bank_day_on_or_after, local_date
from shared.casefile import Casefile
from shared.errors import NotFound
from shared.http import CalledBy, Decide, TheLaw, TheStore, Written, written
from shared.setup import Client

router = APIRouter()
DAYS_TO_PREPARE = 5  # The first instalment is not so near that its letter comes after it.


class ShownInstalment(BaseModel, frozen=True):
    due: date
    amount_minor: int


class ShownOffer(BaseModel, frozen=True):
    """An offer as it is put to a person: cost and total first, then the instalments."""

    instalments: int
    cost_minor: int
    total_minor: int
    currency: str
    needs_approval: bool
    ends_on: date
    payments: list[ShownInstalment]


class StartPlan(BaseModel, frozen=True, extra="forbid"):
    instalments: Annotated[int, Field(ge=2, le=INSTALMENTS_MAX)]
    first_due: date


class AnswerPlan(BaseModel, frozen=True, extra="forbid"):
    plan_id: UUID
    answer: Literal["approve", "refuse"]
    because: Annotated[str, Field(max_length=500)] = ""


class AtRisk(BaseModel, frozen=True):
    case_id: UUID
    instalments: int
    paid: int


@router.get("/cases/{case_id}/plan/options")
async def plan_options(
    case_id: UUID, caller: CalledBy, store: TheStore, law: TheLaw, payday: Annotated[int, Field(ge=1, le=31)] = 15
) -> list[ShownOffer]:
    """What could be agreed today, instalments following the debtor's payday; cost and total of each. Where nothing
    can, the answer says why."""
    case = await store.fold(Casefile, case_id)
    if not case.is_open:
        raise NotFound("there is no such open case")
    client, party = await store.fold(Client, case.client_id), await store.fold(Casefile, case.party_id)
    country = kind_of(case)[0]
    today = local_date(country, await store.now())
    first = bank_day_on_or_after(country, _after_payday(payday, today))
    return [_shown(made) for made in options(case, party, client.now, law, first, today)]


@router.post("/cases/{case_id}/plan", status_code=201)
async def start_plan(case_id: UUID, ask: StartPlan, decide: Decide, law: TheLaw, response: Response) -> Written:
    plan_id = handlers.plan_id_of(decide.cause)
    answer = await decide(
        handlers.propose_plan, case_id, plan_id, ask.instalments, ask.first_due, law=law, now=decide.now
    )
    return written(answer, response)


@router.post("/cases/{case_id}/plan/answer")
async def answer_plan(case_id: UUID, ask: AnswerPlan, decide: Decide, response: Response) -> Written:
    if ask.answer == "approve":
        return written(await decide(handlers.approve_plan, case_id, ask.plan_id, decide.actor), response)
    return written(await decide(handlers.refuse_plan, case_id, ask.plan_id, ask.because), response)


@router.get("/plans/at-risk")
async def plans_at_risk(request: Request, caller: CalledBy, store: TheStore) -> list[AtRisk]:
    return [AtRisk(**row) for row in await views.at_risk(store.pool)]


def _shown(made: Offer) -> ShownOffer:
    payments = [ShownInstalment(due=each.due, amount_minor=each.amount.minor) for each in made.instalments]
    return ShownOffer(
        instalments=len(payments),
        cost_minor=made.charge.amount.minor if made.charge else 0,
        total_minor=made.total.minor,
        currency=made.total.currency,
        needs_approval=bool(made.outside_mandate),
        ends_on=payments[-1].due,
        payments=payments,
    )


def _after_payday(payday: int, today: date) -> date:
    """The day after the next payday that leaves time to prepare; a short month's last day counts as its payday."""
    day = date.fromordinal(today.toordinal() + DAYS_TO_PREPARE)
    while not _is_payday(date.fromordinal(day.toordinal() - 1), payday):
        day = date.fromordinal(day.toordinal() + 1)
    return day


def _is_payday(day: date, payday: int) -> bool:
    tomorrow = date.fromordinal(day.toordinal() + 1)
    return day.day == payday or (day.day < payday and tomorrow.month != day.month)
