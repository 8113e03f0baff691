"""From what is known to an SMS or an e-mail: to the debtor, or to the client about its case."""

from datetime import date
from typing import Any, cast

from services.contact.itemising import claims_of, with_basis
from services.contact.known import Around, Known
from services.contact.letter_facts import Told, account_of, agency_of, instalments_of, payee_of
from services.contact.letters.letter import Instalment
from services.contact.messages.message import Defect, Message
from services.contact.timing import due_day, group_of, open_claims, strategy_of
from shared.balance import balance
from shared.money import Money, total


def message(known: Known, around: Around, told: Told) -> Message:
    """The message that was decided, with every fact its text may name."""
    decided = told.decided
    if decided.to == "client":
        return to_client(known, around, told)
    payee = payee_of(known, around, decided.kind)
    strategy = strategy_of(known)
    manner = strategy.groups[group_of(known, told.written_on)] if strategy else None
    on = decided.pay_by or told.written_on
    rescue = known.rescue
    missed = instalments_of(known.plan)[rescue.number - 1] if known.plan and rescue else None
    return Message(
        kind=cast("Any", decided.kind),
        channel=cast("Any", decided.channel),
        language=cast("Any", decided.language),
        country=known.case.country,
        agency=agency_of(around),
        handler=told.handler or around.agency.now.name,
        creditor=around.client.now.name,
        case_number=known.case.number,
        invoices=invoices(known),
        claims=with_basis(known, claims_of(known, around.law, decided, on)),
        total=decided.total,
        due=due_day(known, around.law),
        pay_by=decided.pay_by,
        account=account_of(payee),
        reference=payee.reference,
        options=cast("Any", manner.options if manner else ("call", "plan", "later", "object")),
        instalments=instalments_of(known.plan) if known.plan else (),
        missed=missed if decided.kind == "rescue" else None,
        until=rescue.breaks_on if rescue and decided.kind == "rescue" else None,
    )


def to_client(known: Known, around: Around, told: Told) -> Message:
    """A message to the client about one of its cases."""
    decided = told.decided
    instalments = proposed(known) if decided.kind.startswith("approval") else ()
    whole = total((part.amount for part in instalments), known.case.currency) if instalments else None
    numbers = invoices(known)
    near = known.limitation if decided.kind == "limitation" else None
    if near is not None and near.claim_id in known.case.claims:
        numbers = (known.case.claims[near.claim_id].number,)
    return Message(
        kind=cast("Any", decided.kind),
        channel="email",
        language=cast("Any", decided.language),
        country=around.client.now.country,
        agency=agency_of(around),
        handler=told.handler or around.agency.now.name,
        creditor=around.client.now.name,
        case_number=known.case.number or "–",
        invoices=numbers,
        total=whole or (owed(known, around, told.written_on) if decided.kind == "legal_decision" else None),
        instalments=instalments,
        file=", ".join(numbers) or "–",
        defects=defects(known),
        answer_by=answer_by(known, decided.kind),
        silence=silence(known),
        until=near.barred_on if near else None,
    )


def invoices(known: Known) -> tuple[str, ...]:
    """The numbers of the invoices, the oldest first; before there are claims, those of their drafts."""
    return tuple(claim.number for claim in open_claims(known)) or tuple(sorted(known.drafts.values()))


def owed(known: Known, around: Around, on: date) -> Money | None:
    """What is owed today; none before the case has its country."""
    return balance(known.case, on, around.law).total if known.case.country and known.case.claims else None


def proposed(known: Known) -> tuple[Instalment, ...]:
    """The plan the client is asked about."""
    parts = known.proposed.instalments if known.proposed else ()
    return tuple(Instalment(due=part.due, amount=part.amount) for part in parts)


def defects(known: Known) -> tuple[Defect, ...]:
    """What was found wrong with the claim."""
    found = known.defects.defects if known.defects else ()
    return tuple(Defect(code=each.code, where=each.where, what=each.what) for each in found)


def answer_by(known: Known, kind: str) -> date | None:
    """By when the client is to answer this question."""
    match kind:
        case "defects":
            return known.defects.answer_by if known.defects else None
        case "approval" | "approval_reminder":
            return known.approval.answer_by if known.approval else None
        case "legal_decision":
            return known.question.answer_by if known.question else None
        case "dispute":
            return max((each.answer_by for each in known.disputes.values()), default=None)
    return None


def silence(known: Known) -> Any:
    """What it means when the client does not answer."""
    return "starts" if known.approval is not None and known.approval.silence == "starts" else "waits"
