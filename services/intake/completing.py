"""The client completes a claim: what it tells now takes the place of what it told before, and all is checked again."""

from datetime import date
from typing import cast
from uuid import UUID

from msgspec.structs import replace

from services.intake import policy
from services.intake.acceptance import accept
from services.intake.claim import MARKS_ACCEPTED, Door, Reserved, answer_by, defects_of, other_content
from services.intake.correcting import Completion, corrected
from services.intake.digests import Digests
from services.intake.party import Party, meet
from services.intake.told import Told, added, drafted, in_clear, kind_of, language_of
from shared.casefile import NOBODY
from shared.errors import Refused
from shared.events import Event, intake
from shared.events.gateway import AgencySet, ClientSet
from shared.events.intake import CaseRejected, Country, DebtorKind, Person
from shared.law import Law


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
