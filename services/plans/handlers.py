"""What plans does: load, decide, append. A stream loaded is a stream relied on."""

from asyncio import gather
from datetime import date, datetime
from uuid import UUID, uuid5

from services.plans import plan as decide
from services.plans.offer import offer
from services.plans.plan import Plan
from shared.balance import kind_of
from shared.calendar import local_date
from shared.casefile import Casefile
from shared.deciding import Answer, Cases
from shared.ids import AGENCY, account_id
from shared.law import Law
from shared.setup import Agency, Client, MoneyKnown


async def propose_plan(
    cases: Cases, case_id: UUID, plan_id: UUID, instalments: int, first_due: date, *, law: Law, now: datetime
) -> Answer:
    """A person chose an offer. The mandate decides whether the client is asked."""
    plan = await cases.load(Plan, case_id)
    client = await cases.load(Client, plan.case.client_id)
    today = local_date(kind_of(plan.case)[0], now)
    party = await cases.load(Casefile, plan.case.party_id)
    chosen = offer(plan.case, party, client.now, law, instalments, first_due, today)
    return await cases.append(case_id, decide.propose(plan, plan_id, chosen, client.now, today))


async def remind_of_approval(cases: Cases, case_id: UUID, plan_id: str, day: str, *, now: datetime) -> Answer:
    plan = await cases.load(Plan, case_id)
    return await cases.append(case_id, decide.remind(plan, UUID(plan_id), date.fromisoformat(day)))


async def hear_silence(cases: Cases, case_id: UUID, plan_id: str, *, now: datetime) -> Answer:
    plan = await cases.load(Plan, case_id)
    return await cases.append(case_id, decide.hear_silence(plan, UUID(plan_id)))


async def approve_plan(cases: Cases, case_id: UUID, plan_id: UUID, by: str) -> Answer:
    plan = await cases.load(Plan, case_id)
    return await cases.append(case_id, decide.approve(plan, plan_id, by))


async def refuse_plan(cases: Cases, case_id: UUID, plan_id: UUID, because: str) -> Answer:
    plan = await cases.load(Plan, case_id)
    return await cases.append(case_id, decide.refuse(plan, plan_id, because))


async def count_payments(cases: Cases, case_id: UUID) -> Answer:
    plan = await cases.load(Plan, case_id)
    return await cases.append(case_id, decide.count(plan))


async def look_at_instalment(cases: Cases, case_id: UUID, number: int, *, now: datetime) -> Answer:
    """May end in a decision to contact, so it relies on the party, the client and the account's bank files too."""
    plan = await cases.load(Plan, case_id)
    party, client, agency = await gather(
        cases.load(Casefile, plan.case.party_id),
        cases.load(Casefile, plan.case.client_id),
        cases.load(Agency, AGENCY),
    )
    country = kind_of(plan.case)[0]
    today = local_date(country, now)
    account = agency.account(plan.case.currency)
    known = await cases.load(MoneyKnown, account_id(account.iban)) if account else MoneyKnown()
    told = decide.look(plan, party, client, number, today, money_is_fresh=known.is_fresh(country, today))
    return await cases.append(case_id, told)


def plan_id_of(cause: UUID) -> UUID:
    """A plan's id: the same request again means the same plan."""
    return uuid5(cause, "plan")
