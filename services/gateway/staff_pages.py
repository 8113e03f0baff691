"""What the agency's staff work with: calls due, payments without a case, disputes, suspensions, the demo's next day."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData

from services.gateway import access, asking, casepage, control, demo, handlers, looking, views
from services.gateway.access import Viewer
from services.gateway.pages import DecideByForm, Form, LoggedIn
from services.gateway.rendering import go, own_path, page, words_for
from services.gateway.sessions import Session
from services.gateway.wired import Made, Wired, is_id, up_to_date
from services.gateway.words import Words
from shared.errors import NotFound, Refused
from shared.events import contact, settlement
from shared.money import Money

router = APIRouter(include_in_schema=False)
OUTCOMES = ("not_reached", "will_pay", "forgot", "wants_plan", "disputes", "cannot_pay", "wrong_person")
RESOLUTIONS = ("upheld", "adjusted", "rejected")


async def _staff(session: LoggedIn) -> Session:
    access.be_staff(session.viewer)
    return session


StaffHere = Annotated[Session, Depends(_staff)]

# Calls.


@router.get("/calls")
async def calls(request: Request, session: StaffHere, made: Made, after: int | None = None) -> Response:
    """Calls to make."""
    ready = await up_to_date(made, after)
    said = words_for(request)
    rows = [_call(row, said) for row in await views.list_calls(made.as_staff)]
    return await page(request, made, session, "calls.html", calls=rows, updating=not ready)


def _call(row: views.Row, said: Words) -> dict[str, Any]:
    call_from, call_by = (said.moment(row[name], row["country"]) for name in ("call_from", "call_by"))
    return {**row, "from": call_from, "by": call_by, "amount": said.amount(Money(row["principal"], row["currency"]))}


@router.get("/calls/{task}")
async def call(request: Request, task: str, session: StaffHere, made: Made) -> Response:
    """One call: the facts for the talk, and what came of it."""
    case_id = await _case_of_call(made, task)
    seen = await looking.see_case(made, session.viewer, str(case_id))
    said = words_for(request)
    facts = casepage.whole(made, seen, said)
    return await page(
        request, made, session, "call.html", task=task, outcomes=OUTCOMES, person=seen.person,
        telephone=seen.person.phone if seen.person else None, **facts,
    )  # fmt: skip


@router.post("/calls/{task}")
async def call_made(task: str, session: StaffHere, form: Form, made: Made) -> Response:
    """Record a call."""
    case_id = await _case_of_call(made, task)
    told = {"outcome": str(form.get("outcome", "")), "summary": str(form.get("summary", "")).strip()}
    if told["outcome"] not in OUTCOMES or not told["summary"]:
        raise Refused("choose an outcome and write a summary", "incomplete")
    await _told(made, session.viewer, "contact", f"/cases/{case_id}/calls/{task}", told)
    return go(f"/cases/{case_id}?done=called")


async def _case_of_call(made: Wired, task: str) -> UUID:
    task_id = is_id(task)
    found = await views.find_call(made.as_staff, task_id) if task_id else None
    if found is None:
        raise NotFound("there is no such call, or it was made")
    return found


# Payments.


@router.get("/payments")
async def payments(request: Request, session: StaffHere, made: Made, after: int | None = None) -> Response:
    """Money that belongs to no case yet."""
    ready = await up_to_date(made, after)
    said = words_for(request)
    rows = [await _payment(made, row, said) for row in await views.list_payments(made.as_staff)]
    return await page(request, made, session, "payments.html", payments=rows, updating=not ready)


async def _payment(made: Wired, row: Any, said: Words) -> dict[str, Any]:
    payer = None
    for one in await made.store.stream(row["payment_id"]):
        if isinstance(one.event, settlement.PaymentReceived):
            payer = one.event.payer.value
    return {
        "payment_id": str(row["payment_id"]),
        "amount": said.amount(Money(row["amount"], row["currency"])),
        "booked": said.day(row["booked_on"]),
        "reference": row["reference"],
        "payer": payer,
        "because": said.of("held", row["because"]),
        "proposed": said.of("held", row["proposed"]) if row["proposed"] else None,
    }


@router.post("/payments/{payment}/assignment")
async def assign(payment: UUID, session: StaffHere, form: Form, made: Made) -> Response:
    """Put a payment on a case."""
    case_id = await looking.look_up_case(made, session.viewer, str(form.get("case", "")).strip())
    position = await _told(
        made, session.viewer, "settlement", f"/payments/{payment}/assignment", {"case_id": str(case_id)}
    )
    return go(f"/payments?done=assigned{position}")


@router.post("/payments/{payment}/refund")
async def refund(payment: UUID, session: StaffHere, form: Form, made: Made) -> Response:
    """Give a payment back."""
    position = await _told(made, session.viewer, "settlement", f"/payments/{payment}/refund", {})
    return go(f"/payments?done=refunded{position}")


# Disputes.


@router.get("/disputes")
async def disputes(request: Request, session: StaffHere, made: Made) -> Response:
    """Disputes still open."""
    rows = await views.list_disputes(made.as_staff, None)
    return await page(request, made, session, "disputes.html", disputes=rows)


@router.get("/cases/{case}/disputes/{dispute}")
async def dispute(request: Request, case: str, dispute: str, session: StaffHere, made: Made) -> Response:
    """One dispute: what was said by whom, and how it ends."""
    seen = await looking.see_case(made, session.viewer, case)
    said = words_for(request)
    texts = []
    for one in seen.told:
        match one.event:
            case contact.DisputeOpened(dispute_id, objection=objection) if str(dispute_id) == dispute:
                texts.append((said("by.customer"), objection.value or ""))
            case contact.EvidenceAdded(dispute_id, text) if str(dispute_id) == dispute:
                texts.append((said.moment(one.recorded_at, seen.country), text.value or ""))
    if is_id(dispute) not in seen.case.disputes:
        raise NotFound("there is no such dispute, or it was settled")
    claims = [
        (str(claim.claim_id), claim.number, said.amount(claim.open_principal)) for claim in seen.case.claims.values()
    ]
    return await page(
        request, made, session, "dispute.html", head=casepage.head(seen, said), dispute=dispute, texts=texts,
        claims=claims, resolutions=RESOLUTIONS, currency=seen.case.currency,
    )  # fmt: skip


@router.post("/cases/{case}/disputes/{dispute}")
async def resolve(case: str, dispute: UUID, session: StaffHere, form: Form, made: Made) -> Response:
    """Settle a dispute, or add what was found out."""
    seen = await looking.see_case(made, session.viewer, case)
    path = f"/cases/{seen.case_id}/disputes/{dispute}"
    text = str(form.get("text", "")).strip()
    if text:
        await _told(made, session.viewer, "contact", f"{path}/evidence", {"text": text[:4000]})
        return go(f"/cases/{seen.case_id}/disputes/{dispute}?done=evidence")
    await _told(made, session.viewer, "contact", f"{path}/resolution", _resolution(form, seen.case.currency))
    return go(f"/cases/{seen.case_id}?done=resolved")


def _resolution(form: FormData, currency: str) -> dict[str, Any]:
    lowered = str(form.get("lowered_by", "")).strip()
    minor = asking.amount(lowered, currency).minor if lowered else None
    return {
        "outcome": str(form.get("outcome", "")),
        "claim_id": str(form.get("claim_id", "")) or None,
        "lowered_by_minor": minor,
        "new_due": str(form.get("new_due", "")) or None,
    }


# Suspension, and the demo's clock.


@router.post("/cases/{case}/suspension")
async def suspend(case: str, session: StaffHere, form: Form, made: Made, decide: DecideByForm) -> Response:
    """A rule stops contact with this case's debtor, in all its cases."""
    seen = await looking.see_case(made, session.viewer, case)
    because = next((each for each in control.SUSPENSIONS if each == form.get("because")), None)
    if because is None:
        raise Refused("choose why", "no_reason")
    await decide(handlers.suspend, seen.case.party_id, because)
    return go(f"/cases/{seen.case_id}?done=suspended")


@router.post("/cases/{case}/suspension/end")
async def allow(case: str, session: StaffHere, form: Form, made: Made, decide: DecideByForm) -> Response:
    """What had suspended contact is over."""
    seen = await looking.see_case(made, session.viewer, case)
    for stream_id in (seen.case.party_id, seen.case_id):
        await decide(handlers.allow_again, stream_id)
    return go(f"/cases/{seen.case_id}?done=allowed")


@router.post("/clock/next-day")
async def next_day(session: StaffHere, form: Form, made: Made) -> Response:
    """Let a demo store live until the next evening."""
    await demo.live_until(made.store, await demo.next_evening(made.store))
    await made.reader.reached(await made.store.head())
    to = own_path(str(form.get("to", "/"))).partition("?")[0]
    return go(f"{to}?done=next_day")


async def _told(made: Wired, viewer: Viewer, service: str, path: str, told: object) -> str:
    """Ask another service. Where its answer says the log's position, a list can wait for it."""
    body = (await made.neighbours.ask(service, "POST", path, viewer, json=told)).body
    position = body.get("position") if isinstance(body, dict) else None
    return f"&after={position}" if isinstance(position, int) else ""
