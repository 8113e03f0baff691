"""A claim at the door: read already, is it whole, is it known, may we take it? One claim is one invoice."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from services.intake import policy
from services.intake.channels.invoice import Invoice
from services.intake.told import Draft, Told, added, drafted, in_clear, opened
from shared.casefile import NOBODY, Casefile
from shared.events import Event, contact, intake
from shared.events.gateway import AgencySet, ClientSet
from shared.events.intake import Defect
from shared.law import Law

COMES_AGAIN = ("stopped", "withdrawn_by_client", "returned_to_client_for_court", "moved_to_other_agency")

# What we know.


class Reserved(msgspec.Struct, frozen=True):
    """A claim's stream: the case that holds it, and every content that came under its number."""

    case_id: UUID = NOBODY
    contents: Mapping[str, UUID] = {}

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        match event:
            case intake.ClaimReserved(case_id=case_id, content=content):
                return replace(self, case_id=case_id, contents={**self.contents, content: case_id})
            case intake.ClaimQuestioned(case_id, content):
                return replace(self, contents={**self.contents, content: case_id})
        return self

    def holder(self, content: str) -> UUID:
        """The case this very invoice is on; else the one that has its number; else nobody."""
        return self.contents.get(content, self.case_id)


class Door(msgspec.Struct, frozen=True):
    """What intake knows of a case: its file, what it waits for, what the registry said."""

    case: Casefile = Casefile()
    draft: Draft | None = None
    file: tuple[UUID, str] | None = None  # The file and document its draft was read from.
    defects: tuple[Defect, ...] = ()
    answer_by: date | None = None
    attempt: int = 0
    delayed: int = 0  # The last attempt the registry did not answer.
    outcome: str | None = None
    marks_accepted: bool = False
    rejected: intake.CaseRejected | None = None
    contacted: bool = False
    warned_of_limitation: frozenset[UUID] = frozenset()

    @property
    def is_there(self) -> bool:
        return self.case.client_id != NOBODY

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        door = replace(self, case=self.case.after(event))
        match event:
            case intake.ClaimDrafted():
                told = event.draft.value
                draft = msgspec.json.decode(told, type=Draft) if told else None
                return replace(door, draft=draft, file=(event.file_id, event.source))
            case intake.DefectsFound(defects, answer_by):
                return replace(door, defects=defects, answer_by=answer_by)
            case intake.InfoReceived(what):
                return replace(door, marks_accepted=self.marks_accepted or MARKS_ACCEPTED in what)
            case intake.CreditCheckAsked(attempt):
                return replace(door, attempt=attempt, outcome=None, defects=(), answer_by=None)
            case intake.CreditCheckDelayed(attempt):
                return replace(door, delayed=attempt)
            case intake.CreditCheckCompleted(outcome=outcome):
                return replace(door, outcome=outcome)
            case intake.CaseRejected():
                return replace(door, rejected=event)
            case contact.ContactDecided():
                return replace(door, contacted=True)
            case intake.LimitationNear(claim_id):
                return replace(door, warned_of_limitation=self.warned_of_limitation | {claim_id})
        return door


MARKS_ACCEPTED = "many marks accepted"

# What we decide.


def number_is_taken(reserved: Reserved, owner: Door, content: str) -> bool:
    """Whether another invoice with this number is on a case that has not let go of it. `owner` is that case."""
    if reserved.case_id in (NOBODY, reserved.contents.get(content)):
        return False
    return owner.rejected is None and not _has_let_go(owner)


def reserve(
    reserved: Reserved, holder: Door, told: Told, on_case: Sequence[Event], case_id: UUID, *, taken: bool
) -> list[Event]:
    """The claim's own key. Nothing where this very invoice is on a case; a question where another has its number.

    What was rejected may come again where the answer would now be another; what was stopped or withdrawn always may.
    """
    content = told.draft.content
    if content in reserved.contents and not _may_come_again(holder, on_case):
        return []
    if taken:
        return [intake.ClaimQuestioned(case_id, content)]
    return [intake.ClaimReserved(told.client_id, case_id, content)]


def _may_come_again(holder: Door, on_case: Sequence[Event]) -> bool:
    if _has_let_go(holder):
        return True
    if holder.rejected is None or holder.outcome in ("bankrupt", "many_marks"):
        return False
    now = next((event.reason for event in on_case if isinstance(event, intake.CaseRejected)), None)
    return holder.rejected.reason != now


def _has_let_go(holder: Door) -> bool:
    return "stopped" in holder.case.conditions or holder.case.closed_because in COMES_AGAIN


def receive(
    door: Door, told: Told, agency: AgencySet, client: ClientSet, law: Law, *, taken: bool = False
) -> list[Event]:
    """Open a case with this invoice, or add it to one: refused, waiting for the client, or on to the credit check."""
    if told.claim_id in door.case.claims or (door.draft is not None and door.draft.content == told.draft.content):
        return []
    opening = [] if door.is_there else [opened(told)]
    case = door.case.after(opening[0]) if opening else door.case
    defects = defects_of(told.draft.invoice)
    no = policy.refused_by_its_own_words(defects)
    if no is not None:
        return [*opening, drafted(told), no]
    if taken:
        defects = (*defects, other_content(told.draft.invoice))
    if defects:
        return [*opening, drafted(told), intake.DefectsFound(in_clear(defects), answer_by(told.today, agency))]
    claim = added(case, told, law)
    no = policy.refused(case, claim_of(claim).due, told.draft.earlier, agency, client, law)
    if no is not None:
        return [*opening, *claim, no]
    return [*opening, *claim, *([intake.CreditCheckAsked(1)] if opening else [])]


def joins(same_day: Door, told: Told, agency: AgencySet, client: ClientSet, law: Law) -> bool:
    """Norway: claims of one client against one debtor handed over the same day become one case (process §1)."""
    case = same_day.case
    if case.country != "NO" or case.stage not in ("checking", "accepted") or same_day.contacted or case.conditions:
        return False
    if (case.client_id, case.party_id, case.received_on) != (told.client_id, told.party_id, told.received_on):
        return False
    now = receive(same_day, told, agency, client, law)
    return bool(now) and all(isinstance(event, intake.ClaimAdded | intake.EarlierStepTold) for event in now)


def warn_of_limitation(door: Door, claim_id: UUID) -> list[Event]:
    """Half a year before a claim is barred its client is told."""
    claim = door.case.claims.get(claim_id)
    if claim is None or claim.time_barred_on is None or claim_id in door.warned_of_limitation:
        return []
    if door.case.stage in ("rejected", "closed"):
        return []
    return [intake.LimitationNear(claim_id, claim.time_barred_on)]


def claim_of(events: list[Event]) -> intake.ClaimAdded:
    """The claim among what was just decided."""
    return next(event for event in events if isinstance(event, intake.ClaimAdded))


def defects_of(invoice: Invoice) -> tuple[Defect, ...]:
    """What the client has to put right. Without an identifier nobody can be credit-checked, so that is one too."""
    missing = [
        Defect("missing_identifier", defect.where, "without the debtor's identity number no credit check can be made")
        for defect in invoice.warnings
        if defect.code == "missing_identifier"
    ]
    return (*invoice.defects, *missing)


def other_content(invoice: Invoice) -> Defect:
    """Two invoices with one number: never merged, never dropped; the client says which is which."""
    what = "an invoice with this number and year, but with other content, is on another case: tell its right number"
    return Defect("same_number_other_content", "number", f"{invoice.number}: {what}")


def answer_by(today: date, agency: AgencySet) -> date:
    """The last day the client has to answer."""
    return today + timedelta(days=agency.answer_days)
