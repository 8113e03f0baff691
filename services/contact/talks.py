"""What people say: calls and what came of them, objections and how they end, more time, the client's last word."""

from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from services.contact.known import Around, Known
from services.contact.timing import open_claims
from shared.errors import NotFound, Refused
from shared.events import Event, Sealed, contact
from shared.money import Money

Outcome = Literal["not_reached", "will_pay", "forgot", "wants_plan", "disputes", "cannot_pay", "wrong_person"]
Ended = Literal["upheld", "adjusted", "rejected"]
Legal = Literal["court", "close", "surveillance"]

# What we decide.


def record_call(
    known: Known, around: Around, task_id: UUID, outcome: Outcome, summary: str, by: str, dispute_id: UUID, today: date
) -> list[Event]:
    """A person called: a fact. Where the debtor objected, the objection is opened with it."""
    call = known.calls.get(task_id)
    if call is None:
        raise NotFound("there is no such call to make")
    if call.outcome is not None:
        raise Refused("this call was made already", "call_made")
    sealed = Sealed((known.case.party_id,), summary)
    told: list[Event] = [contact.CallMade(task_id, outcome, sealed, by)]
    if outcome == "disputes" and known.case.is_open:
        told.append(_opened(known, around, dispute_id, None, summary, today))
    return told


def open_dispute(
    known: Known, around: Around, dispute_id: UUID, claim_id: UUID | None, text: str, today: date
) -> list[Event]:
    """The debtor objects: contact stops, and the client is asked for its side."""
    _must_be_open(known)
    if dispute_id in known.disputes:
        return []
    if claim_id is not None and claim_id not in known.case.claims:
        raise NotFound("there is no such claim on this case")
    return [_opened(known, around, dispute_id, claim_id, text, today)]


def add_evidence(known: Known, dispute_id: UUID, text: str) -> list[Event]:
    """Facts on an objection, from either side."""
    if dispute_id not in known.disputes:
        raise NotFound("there is no such dispute")
    return [contact.EvidenceAdded(dispute_id, Sealed((known.case.party_id,), text))]


def resolve_dispute(
    known: Known, dispute_id: UUID, outcome: Ended, claim_id: UUID | None, lowered_by: Money | None,
    new_due: date | None, today: date,
) -> list[Event]:  # fmt: skip
    """How an objection ends. Refused where the amounts make no sense; said again it says nothing."""
    opened = known.disputes.get(dispute_id)
    if opened is None:
        raise NotFound("there is no such dispute")
    if dispute_id not in known.case.disputes:
        return []
    about = claim_id or opened.claim_id or _only_claim(known)
    if about is not None and about not in known.case.claims:
        raise NotFound("there is no such claim on this case")
    left = known.case.claims[about].open_principal if about else None
    if outcome == "upheld":
        # The debtor was right: of that claim nothing is owed any more.
        return [contact.DisputeResolved(dispute_id, outcome, about, left, None)]
    if outcome == "rejected" and lowered_by is not None:
        raise Refused("a rejected objection lowers nothing", "lowered_though_rejected")
    if outcome == "adjusted":
        _check_lowering(about, left, lowered_by)
    if new_due is not None and new_due < today:
        raise Refused("the new due day has passed", "due_in_the_past")
    return [contact.DisputeResolved(dispute_id, outcome, about, lowered_by, new_due)]


def move_due_date(known: Known, new_due: date, today: date) -> list[Event]:
    """The debtor gets more time, at no cost."""
    _must_be_open(known)
    if known.case.stage == "on_plan":
        raise Refused("a plan is in force; its instalments have their own days", "plan_in_force")
    if new_due <= today:
        raise Refused("the new due day has passed", "due_in_the_past")
    if known.case.hold_until == new_due and "on_hold" in known.case.conditions:
        return []
    return [contact.DueDateMoved(new_due)]


def give_legal_decision(known: Known, question_id: UUID, answer: Legal) -> list[Event]:
    """The client says how to go on."""
    if known.question is None or known.question.question_id != question_id:
        raise NotFound("there is no such question")
    if known.answer is not None:
        if known.answer == answer:
            return []
        raise Refused("the question was answered already", "answered")
    _must_be_open(known)
    return [contact.LegalDecisionGiven(question_id, answer)]


def _opened(
    known: Known, around: Around, dispute_id: UUID, claim_id: UUID | None, text: str, today: date
) -> contact.DisputeOpened:
    answer_by = today + timedelta(days=around.agency.now.answer_days)
    return contact.DisputeOpened(dispute_id, claim_id, Sealed((known.case.party_id,), text), answer_by)


def _only_claim(known: Known) -> UUID | None:
    claims = open_claims(known)
    return claims[0].claim_id if len(claims) == 1 else None


def _check_lowering(claim_id: UUID | None, left: Money | None, lowered_by: Money | None) -> None:
    if claim_id is None or left is None:
        raise Refused("say which claim is adjusted", "which_claim")
    if lowered_by is None or lowered_by.minor <= 0:
        raise Refused("say by how much the claim is lowered", "lowered_by_nothing")
    if lowered_by.currency != left.currency or lowered_by > left:
        raise Refused("a claim cannot be lowered by more than is left of it", "lowered_too_much")


def _must_be_open(known: Known) -> None:
    if not known.case.is_open:
        raise Refused("the case is not open", "case_not_open")
