"""What the gateway passes on: who may ask is decided here, what is asked is decided by the service that owns it."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from fastapi import APIRouter, Request, Response

from services.gateway import access, looking, shown
from services.gateway.access import Viewer
from services.gateway.neighbours import ANSWER_SECONDS_MAX, FILE_SECONDS_MAX
from services.gateway.wired import Asking, Made, Wired

router = APIRouter()
JSON, FORM = "application/json", "multipart/form-data"
FILES = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}},
        "earlier": {"type": "string", "description": "What was done before the case came to us, as JSON."},
        "received": {"type": "string", "format": "date", "description": "When it was received, if not today."},
    },
}
Who = Literal["case", "client", "staff"]  # A case the viewer sees; a client the viewer is or serves; staff only.


class Passed(msgspec.Struct, frozen=True):
    """One route: who may ask it, which service answers, and what a reader should know."""

    method: str
    path: str
    service: str
    who: Who
    says: str
    takes: str = JSON


PASSED = (
    Passed("POST", "/clients/{client}/files", "intake", "client",
           "Hand in a file of invoices (Finvoice XML or JSON): `file`, optional `earlier` and `received`.",
           FORM),
    Passed("POST", "/cases/{case}/information", "intake", "case", "Complete a case whose facts were missing or wrong."),
    Passed("GET", "/cases/{case}/result", "intake", "case", "What became of a case that was handed in."),
    Passed("POST", "/cases/{case}/calls/{task_id}", "contact", "staff", "What came of a call: `outcome`, `summary`."),
    Passed("POST", "/cases/{case}/disputes", "contact", "case", "The debtor objects: `claim_id` or none, `text`."),
    Passed("POST", "/cases/{case}/disputes/{dispute_id}/evidence", "contact", "case", "Facts on a dispute: `text`."),
    Passed("POST", "/cases/{case}/disputes/{dispute_id}/resolution", "contact", "staff",
           "How a dispute ended: `outcome`, `claim_id`, `lowered_by_minor`, `new_due`."),
    Passed("POST", "/cases/{case}/due-date", "contact", "case", "Give the debtor until a new day: `new_due`."),
    Passed("POST", "/cases/{case}/legal-decision", "contact", "case", "How to go on: `question_id`, `answer`."),
    Passed("GET", "/parties/{party}/erasure", "intake", "staff",
           "What erasing a debtor would come to: what speaks against it, what the law keeps, who else is meant."),
    Passed("POST", "/parties/{party}/erasure", "intake", "staff",
           "Erase a debtor for good: `because` is asked, no_longer_needed or authority."),
    Passed("POST", "/contacts/{contact_id}/posted", "contact", "staff", "The print house posted a letter."),
    Passed("GET", "/hand-overs/unknown", "contact", "staff", "Messages whose provider cannot say whether they left."),
    Passed("POST", "/contacts/{contact_id}/not-taken", "contact", "staff", "One of these never left: try it again."),
    Passed("POST", "/contacts/{contact_id}/delivered", "contact", "staff", "A message reached its address."),
    Passed("POST", "/contacts/{contact_id}/returned", "contact", "staff", "A message came back."),
    Passed("GET", "/cases/{case}/plan/options", "plans", "case", "Plans that could be agreed today; `payday` 1 to 31."),
    Passed("POST", "/cases/{case}/plan", "plans", "staff", "Put a plan to the debtor: `instalments`, `first_due`."),
    Passed("POST", "/cases/{case}/plan/answer", "plans", "case", "Answer a plan: `plan_id`, `answer`, `because`."),
    Passed("POST", "/bank-files", "settlement", "staff", "A bank's camt.054 as it is.", "application/xml"),
    Passed("POST", "/cases/{case}/direct-payments", "settlement", "case", "The debtor paid the client directly."),
    Passed("POST", "/cases/{case}/credit-notes", "settlement", "case", "The client credited part of a claim."),
    Passed("POST", "/payments/{payment_id}/assignment", "settlement", "staff",
           "This payment is that case's: `case_id`; `wish`: what the payer said it is for, first things first."),
    Passed("POST", "/payments/{payment_id}/refund", "settlement", "staff", "Give this payment back."),
    Passed("POST", "/payments/{payment_id}/refund-elsewhere", "settlement", "staff",
           "Give it back to another account the payer has named: its own is closed, or the bank never told it."),
    Passed("POST", "/clients/{client}/remittance-runs", "settlement", "staff", "Pay a client on now."),
    Passed("GET", "/payouts", "settlement", "staff", "Payout files written, oldest first; `after` so many."),
    Passed("GET", "/payouts/{document}", "settlement", "staff", "One payout file (pain.001)."),
    Passed("GET", "/check", "settlement", "staff", "Whether the ledger balances, and what does not."),
)  # fmt: skip


async def pass_on(what: Passed, made: Wired, viewer: Viewer, request: Request) -> Response:
    """Ask the service that owns it, on behalf of someone who may."""
    named = dict(request.path_params)
    if what.who == "staff":
        access.be_staff(viewer)
    if "case" in named:
        found = await looking.look_up_case(made, viewer, named["case"])
        await looking.own_stream(made, viewer, found)
        named["case"] = str(found)
    if "client" in named:
        named["client"] = str(await looking.look_up_client(made, viewer, named["client"]))
    body = await request.body() if what.method == "POST" else None
    path = what.path.format(**named)
    query = request.url.query
    came = await made.neighbours.ask(
        what.service, what.method, path, viewer, headers=dict(request.headers), content=body, query=query,
        seconds_max=ANSWER_SECONDS_MAX if what.takes == JSON else FILE_SECONDS_MAX,
    )  # fmt: skip
    return shown.passed_back(came)


def _route(what: Passed) -> Callable[..., Awaitable[Response]]:
    async def route(request: Request, viewer: Asking, made: Made) -> Response:
        return await pass_on(what, made, viewer, request)

    route.__name__ = f"{what.method.lower()}{what.path.replace('/', '_').replace('-', '_').translate(NO_BRACES)}"
    return route


NO_BRACES = str.maketrans("", "", "{}")


def _described(what: Passed) -> dict[str, Any]:
    named = [part[1:-1] for part in what.path.split("/") if part.startswith("{")]
    told: dict[str, Any] = {
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in named]
    }
    if what.method == "POST":
        told["requestBody"] = {"content": {what.takes: {"schema": FILES if what.takes == FORM else {}}}}
    return told


for each in PASSED:
    router.add_api_route(
        each.path, _route(each), methods=[each.method], summary=each.says, openapi_extra=_described(each)
    )
