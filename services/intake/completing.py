"""The client completes a claim: what it tells now takes the place of what it told before, and all is checked again."""

from datetime import date
from typing import Literal, cast
from uuid import UUID

import msgspec
from msgspec.structs import replace

from services.intake import policy
from services.intake.acceptance import accept
from services.intake.channels import checks
from services.intake.channels.invoice import InvoiceDebtor
from services.intake.claim import MARKS_ACCEPTED, Door, Reserved, answer_by, defects_of, other_content
from services.intake.digests import Digests
from services.intake.earlier import Earlier, Interruption
from services.intake.party import Party, meet
from services.intake.told import Draft, Told, added, drafted, in_clear, kind_of, language_of
from shared.casefile import NOBODY
from shared.errors import Refused
from shared.events import Event, intake
from shared.events.gateway import AgencySet, ClientSet
from shared.events.intake import CaseRejected, Country, DebtorKind, Defect, Person
from shared.identifiers import print_identifier, valid_identifier
from shared.law import Law
from shared.money import Money

# A contradiction that lay in parts of the file we do not keep stays until the sum itself is told anew.
STAYS_UNTIL_TOTAL = ("amounts_do_not_add_up", "bad_amount")
OWN_FIELDS = ("number", "issued", "due", "subject")
DEBTOR_FIELDS = ("name", "post_code", "town", "email", "phone", "language")


class DebtorTold(msgspec.Struct, frozen=True):
    """What the client puts right about the debtor; what is left out stays as it was."""

    name: str | None = None
    kind: DebtorKind | None = None
    identifier: str | None = None
    address: tuple[str, ...] = ()
    post_code: str | None = None
    town: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None


class Completion(msgspec.Struct, frozen=True):
    """What the client puts right about a claim, or decides about it."""

    number: str | None = None
    issued: date | None = None
    due: date | None = None
    total: Money | None = None
    subject: str | None = None
    interruptions: tuple[Interruption, ...] = ()
    debtor: DebtorTold = DebtorTold()
    decision: Literal["accept", "withdraw"] | None = None

    @property
    def named(self) -> str:
        """Which facts were told, never what they say."""
        own = [field for field in (*OWN_FIELDS, "total") if getattr(self, field) is not None]
        debtor = [f"debtor.{field}" for field in self.debtor.__struct_fields__ if getattr(self.debtor, field)]
        return ", ".join([*own, *(["interruptions"] if self.interruptions else []), *debtor]) or "nothing new"


def corrected(draft: Draft, told: Completion, digests: Digests) -> Draft:
    """The invoice with what was told now, read again by the same checks as at first."""
    before = draft.invoice
    facts = {
        field: new for field in ("number", "issued", "due", "subject") if (new := getattr(told, field)) is not None
    }
    if told.total is not None:
        facts |= {"total": told.total, "payable": told.total, "currency": told.total.currency}
    found = checks.Findings(str)
    if told.total is None:
        found.defects += [defect for defect in before.defects if defect.code in STAYS_UNTIL_TOTAL]
    debtor = _debtor(before.debtor, told.debtor, found)
    invoice = replace(before, **facts, debtor=debtor, defects=(), warnings=())
    checked = checks.checked(1, invoice, found).invoice
    whole = replace(checked, defects=_once(checked.defects), warnings=_once(checked.warnings)) if checked else invoice
    known = draft.earlier.interruptions
    more = tuple(each for each in told.interruptions if each not in known)
    return Draft(whole, digests.content(whole), Earlier(draft.earlier.steps, (*known, *more)))


def _debtor(before: InvoiceDebtor, told: DebtorTold, found: checks.Findings) -> InvoiceDebtor:
    facts = {field: new for field in DEBTOR_FIELDS if (new := getattr(told, field)) is not None}
    debtor = replace(before, **facts, address=told.address or before.address)
    written = told.identifier or before.business_id or before.person_id
    kind = told.kind or (None if told.identifier else before.kind)
    return checks.identified(debtor, written, kind, debtor.country or "", found)


def _once(defects: tuple[Defect, ...]) -> tuple[Defect, ...]:
    """The same defect, kept from before and found again, is one."""
    return tuple({defect.code + defect.where.partition(",")[0]: defect for defect in reversed(defects)}.values())[::-1]


def rightly_written(door: Door, told: Completion) -> Completion:
    """The debtor's identity number in its one usual writing. Raises Refused where it is none."""
    written, kind = told.debtor.identifier, cast("DebtorKind", told.debtor.kind or door.case.debtor)
    if written is None:
        return told
    if not valid_identifier(door.case.country, kind, written):
        raise Refused("this is no identity number: its form or check digit is wrong", "bad_identifier")
    usual = print_identifier(door.case.country, kind, written)
    return replace(told, debtor=replace(told.debtor, identifier=usual))


def told_again(door: Door, case_id: UUID, party_id: UUID, told: Completion, digests: Digests, today: date) -> Told:
    """The case's invoice as it reads now. Raises Refused where none waits to be put right."""
    if door.draft is None or door.case.client_id == NOBODY:
        raise Refused("nothing is asked about this case", "nothing_asked")
    draft = corrected(door.draft, told, digests)
    file = door.file
    if file is None:
        raise Refused("nothing is asked about this case", "nothing_asked")
    case = door.case
    return Told(case.client_id, case_id, party_id, file[0], file[1], case.received_on, today, draft)


# What we decide.


def complete(
    door: Door, reserved: Reserved, told: Told, completion: Completion, agency: AgencySet, client: ClientSet, law: Law,
    *, taken: bool,
) -> list[Event]:  # fmt: skip
    """A draft put right: it becomes a claim and goes on to the credit check, or the client is asked for the rest."""
    if door.draft is None or told.draft == door.draft:
        return []
    if door.case.stage != "needs_info":
        raise Refused("nothing is asked about this case", "nothing_asked")
    heard: list[Event] = [intake.InfoReceived(completion.named)]
    facts = _facts(door, told)
    case = door.case
    if facts is not None:
        heard.append(facts)
        case = case.after(facts)
    heard.append(drafted(told))
    elsewhere = reserved.contents.get(told.draft.content, told.case_id)
    if elsewhere != told.case_id:
        policy_text = f"this invoice is on the case {elsewhere} already"
        return [*heard, CaseRejected("duplicate", policy_text, "Follow it there.")]
    invoice = told.draft.invoice
    no = policy.refused_by_its_own_words(invoice.defects)
    if no is not None:
        return [*heard, no]
    defects = defects_of(invoice)
    if taken:
        defects = (*defects, other_content(invoice))
    if defects:
        return [*heard, intake.DefectsFound(in_clear(defects), answer_by(told.today, agency))]
    due = invoice.due or told.received_on
    no = policy.refused(case, due, told.draft.earlier, agency, client, law)
    return [*heard, *added(case, told, law), no or intake.CreditCheckAsked(door.attempt + 1)]


def reserve(reserved: Reserved, told: Told, *, taken: bool) -> list[Event]:
    """The claim's key for the invoice as it reads now; where another case has the number, a question about it."""
    if told.draft.content in reserved.contents:
        return []
    if taken:
        return [intake.ClaimQuestioned(told.case_id, told.draft.content)]
    return [intake.ClaimReserved(told.client_id, told.case_id, told.draft.content)]


def answer(
    door: Door, case_id: UUID, completion: Completion, agency: AgencySet, staff: tuple[UUID, ...]
) -> list[Event]:
    """The client withdraws the claim, or wants it collected although the debtor has many marks."""
    withdrawn = "withdrawn_by_client"
    if completion.decision == "withdraw":
        if door.rejected is not None and door.rejected.reason == withdrawn:
            return []
        if door.case.stage == "needs_info":
            return [intake.InfoReceived("withdrawn"), CaseRejected(withdrawn, "the client's own decision", "")]
    elif door.marks_accepted:
        return []
    elif door.case.stage == "needs_info" and door.outcome == "many_marks":
        return [intake.InfoReceived(MARKS_ACCEPTED), accept(case_id, door.case.currency, agency, staff)]
    raise Refused("nothing is asked that this would answer", "nothing_asked")


def name_debtor(door: Door, told: Completion, party_id: UUID) -> list[Event]:
    """The registry did not know the debtor; the client tells the right identity number, and it is asked again."""
    if party_id == door.case.party_id:
        return []
    if door.case.stage != "needs_info" or door.outcome != "unknown" or not told.debtor.identifier:
        raise Refused("nothing is asked about the debtor of this case", "nothing_asked")
    case = door.case
    kind = cast("DebtorKind", told.debtor.kind or case.debtor)
    right = intake.CaseCorrected(party_id, cast("Country", case.country), kind, case.currency, case.language)
    return [intake.InfoReceived(told.named), right, intake.CreditCheckAsked(door.attempt + 1)]


def named(was: Party, party: Party, party_id: UUID, door: Door, told: Completion) -> list[Event]:
    """The debtor under its right identity number: all else that was known of it stays."""
    case = door.case
    person = was.person or Person("")
    right = replace(person, identifier=told.debtor.identifier, name=told.debtor.name or person.name)
    kind = told.debtor.kind or case.debtor
    return meet(party, party_id, cast("Country", case.country), cast("DebtorKind", kind), case.language, right)


def give_up(door: Door, today: date) -> list[Event]:
    """The day to answer has passed and the client has not."""
    if door.case.stage != "needs_info" or door.answer_by is None or today <= door.answer_by:
        return []
    policy_text = f"no answer by {door.answer_by}"
    return [CaseRejected("client_silent", policy_text, "Hand the claim over again, with what was asked for.")]


def _facts(door: Door, told: Told) -> intake.CaseCorrected | None:
    """What the case is about, where that has changed."""
    case, debtor = door.case, told.draft.invoice.debtor
    now = (told.party_id, kind_of(debtor), language_of(debtor))
    if now == (case.party_id, case.debtor, case.language):
        return None
    return intake.CaseCorrected(told.party_id, cast("Country", case.country), now[1], case.currency, now[2])
