"""What settlement answers over HTTP."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, Field

from services.settlement import check, handlers, views
from services.settlement.feeding import Feeding
from services.settlement.needs import needs
from shared.errors import NotFound
from shared.events.settlement import Component
from shared.http import CalledBy, Decide, Written, written
from shared.identifiers import account_key
from shared.money import Money

router = APIRouter()
Minor = Annotated[int, Field(gt=0)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


def _each_once(wish: tuple[Component, ...]) -> tuple[Component, ...]:
    if len(set(wish)) != len(wish):
        raise ValueError("a wish names each part once")
    return wish


class DirectPayment(BaseModel, frozen=True, extra="forbid"):
    claim_id: UUID
    amount_minor: Minor
    currency: Currency
    paid_on: date


class CreditNote(BaseModel, frozen=True, extra="forbid"):
    claim_id: UUID
    amount_minor: Minor
    currency: Currency
    number: Annotated[str, Field(min_length=1, max_length=50)]
    on: date


class Assignment(BaseModel, frozen=True, extra="forbid"):
    case_id: UUID
    wish: Annotated[tuple[Component, ...], AfterValidator(_each_once)] = ()  # What the payer said it is for, in order.


class Elsewhere(BaseModel, frozen=True, extra="forbid"):
    account: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9 .]{3,40}$"), AfterValidator(account_key)]


@router.post("/bank-files")
async def feed_bank_file(request: Request, decide: Decide) -> dict[str, Any]:
    fed = await Feeding(needs(), decide.actor, decide.now).feed(await request.body())
    held = [{"where": each.where, "code": each.code, "what": each.what} for each in fed.held]
    return {
        "file": fed.file, "transactions": fed.transactions, "sums": fed.sums, "outgoing": fed.outgoing,
        "booked": fed.booked, "held": held, "duplicate": fed.duplicate,
    }  # fmt: skip


@router.post("/cases/{case_id}/direct-payments", status_code=201)
async def report_direct_payment(case_id: UUID, ask: DirectPayment, decide: Decide, response: Response) -> Written:
    amount = Money(ask.amount_minor, ask.currency)
    answer = await decide(handlers.report_direct_payment, case_id, ask.claim_id, amount, ask.paid_on, law=needs().law)
    return written(answer, response)


@router.post("/cases/{case_id}/credit-notes", status_code=201)
async def report_credit_note(case_id: UUID, ask: CreditNote, decide: Decide, response: Response) -> Written:
    amount = Money(ask.amount_minor, ask.currency)
    answer = await decide(
        handlers.report_credit_note, case_id, ask.claim_id, amount, ask.number, ask.on, law=needs().law
    )
    return written(answer, response)


@router.post("/payments/{payment_id}/assignment")
async def assign_payment(payment_id: UUID, ask: Assignment, decide: Decide, response: Response) -> Written:
    answer = await decide(
        handlers.assign_payment, payment_id, ask.case_id, decide.actor, ask.wish, law=needs().law, now=decide.now
    )
    return written(answer, response)


@router.post("/payments/{payment_id}/refund")
async def refund_payment(payment_id: UUID, decide: Decide, response: Response) -> Written:
    return written(await decide(handlers.refund_payment, payment_id, now=decide.now), response)


@router.post("/payments/{payment_id}/refund-elsewhere")
async def refund_elsewhere(payment_id: UUID, ask: Elsewhere, decide: Decide, response: Response) -> Written:
    return written(await decide(handlers.refund_elsewhere, payment_id, ask.account, now=decide.now), response)


@router.get("/payments/waiting")
async def payments_waiting(caller: CalledBy) -> list[dict[str, Any]]:
    """Payments a person has to look at: why, and what we would do."""
    await needs().caught_up()
    return [dict(row) for row in await views.waiting_payments(needs().store.pool)]


@router.get("/cases/{case_id}/payments")
async def payments_of(case_id: UUID, caller: CalledBy) -> list[dict[str, Any]]:
    """What came for a case, payment by payment."""
    await needs().caught_up()
    return [dict(row) for row in await views.payments_of(needs().store.pool, case_id)]


@router.post("/clients/{client_id}/remittance-runs", status_code=201)
async def start_run(client_id: UUID, decide: Decide, response: Response) -> Written:
    return written(await decide(handlers.start_run_now, client_id, now=decide.now), response)


@router.get("/payouts")
async def payouts(caller: CalledBy, after: int = 0) -> list[dict[str, Any]]:
    """Payout files written, oldest first. `after` is the position of the last one seen."""
    await needs().caught_up()
    return [dict(row) for row in await views.payouts_after(needs().store.pool, after)]


@router.get("/payouts/{document}")
async def payout(document: str, caller: CalledBy) -> Response:
    """A payout file, or a statement, as it was written."""
    kept = await needs().documents.open(document)
    if kept.content is None:
        raise NotFound("the payer was erased, and with him this document")
    return Response(kept.content, media_type=kept.media_type)


@router.get("/summary")
async def summary(caller: CalledBy) -> dict[str, Any]:
    """Where all the money is, in minor units by currency, and whether it adds up."""
    await needs().caught_up()
    return shown(await views.summary(needs().store.pool))


@router.get("/check")
async def check_all(caller: CalledBy) -> dict[str, Any]:
    """The ledger made anew from events, beside the one shown, the bank's files and our payouts."""
    await needs().caught_up()
    faults = await check.check_shown(needs().store, needs().documents)
    return {
        "balanced": not faults,
        "faults": [{"where": each.where, "code": each.code, "what": each.what} for each in faults],
    }


def shown(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures by name and then by currency, and the identities."""
    names = ("received", "allocated", "unallocated", "to_refund", "refunded", "reversed", "kept", "commission",
             "held", "remitted", "written_off")  # fmt: skip
    by_name = {name: {currency: getattr(each, name) for currency, each in figures.items()} for name in names}
    checks = {
        "received = allocated + unallocated + to_refund + refunded + reversed": all(
            each.received_adds_up for each in figures.values()
        ),
        "allocated = remitted + kept + commission + held": all(each.allocated_adds_up for each in figures.values()),
    }
    return {**by_name, "checks": checks}
