"""What a client is told about an invoice: what the file says (`read`), what we do (`result`), and every defect."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from services.intake.channels.invoice import Invoice
from services.intake.claim import Door
from shared.events.intake import Defect
from shared.money import Money

Result = Literal["accepted", "needs_info", "rejected", "refused", "checking"]


class ShownDefect(BaseModel, frozen=True):
    code: str
    where: str
    what: str


class FileResult(BaseModel, frozen=True):
    """One invoice of a file. `refused` means that no case was made; `case` then is the one that has it already."""

    file: str
    format: str | None
    read: dict[str, Any] | None
    result: Result
    case: UUID | None
    defects: list[ShownDefect]


class CaseResult(BaseModel, frozen=True):
    """Where a case stands at the door."""

    case: UUID
    result: Result
    stage: str
    number: str | None
    reference: str | None
    defects: list[ShownDefect]
    answer_by: str | None
    reason: str | None
    policy: str | None
    advice: str | None


def shown(defects: tuple[Defect, ...]) -> list[ShownDefect]:
    """Defects as HTTP shows them."""
    return [ShownDefect(code=each.code, where=each.where, what=each.what) for each in defects]


def case_result(case_id: UUID, door: Door) -> CaseResult:
    """What became of a case, from its own events."""
    rejected = door.rejected
    return CaseResult(
        case=case_id,
        result=result_of(door),
        stage=door.case.stage,
        number=door.case.number or None,
        reference=door.case.reference or None,
        defects=shown(defects_of(door)),
        answer_by=door.answer_by.isoformat() if door.answer_by and door.case.stage == "needs_info" else None,
        reason=rejected.reason if rejected else None,
        policy=rejected.policy if rejected else None,
        advice=rejected.advice if rejected else None,
    )


def result_of(door: Door) -> Result:
    """The stage at the door in the words of an import; whatever comes after acceptance is accepted."""
    match door.case.stage:
        case "needs_info" | "rejected" | "checking" as stage:
            return stage
        case "received":
            return "checking"
    return "accepted"


def defects_of(door: Door, claim_id: UUID | None = None) -> tuple[Defect, ...]:
    """Everything the client should know of: what is asked, why it was refused, and what holds though it was taken."""
    found: list[Defect] = []
    if door.case.stage == "needs_info":
        found += door.defects
    if door.rejected is not None:
        found.append(Defect(door.rejected.reason, "claim", f"{door.rejected.policy}. {door.rejected.advice}".strip()))
    for claim in door.case.claims.values():
        if claim_id in (None, claim.claim_id) and claim.due >= door.case.received_on:
            what = f"due on {claim.due}: it was taken, and nothing leaves before that day has passed"
            found.append(Defect("not_yet_due", "due", what))
    for of, step in door.case.earlier:
        if claim_id in (None, of) and not step.lawful:
            what = f"the {step.kind} of {step.sent}: {step.because}; {step.collectable.decimal} of "
            what += f"{step.charged.decimal} {step.charged.currency} is collected ({step.section or 'no section'})"
            found.append(Defect("earlier_step_unlawful", "earlier", what))
    return tuple(found)


def as_read(index: int, invoice: Invoice) -> dict[str, Any]:
    """What the file says, for whoever sent it: nothing is decided here."""
    debtor = invoice.debtor
    return {
        "index": index, "number": invoice.number, "kind": invoice.kind, "issued": _text(invoice.issued),
        "due": _text(invoice.due), "currency": invoice.currency, "total": _amount(invoice.total),
        "payable": _amount(invoice.payable), "principal": _amount(invoice.principal), "reference": invoice.reference,
        "account": invoice.payee_account, "overdue_rate": _text(invoice.overdue_rate), "rows": invoice.rows,
        "status": invoice.status, "original_number": invoice.original_number,
        "seller": {"name": invoice.seller.name, "business_id": invoice.seller.business_id},
        "debtor": {
            "name": debtor.name, "kind": debtor.kind, "identifier": debtor.business_id or debtor.person_id,
            "country": debtor.country,
        },
    }  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _amount(money: Money | None) -> str | None:
    return None if money is None else str(money.decimal)
