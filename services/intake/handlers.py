"""What intake does: load, decide, append. A stream loaded is a stream relied on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, cast
from uuid import UUID

from services.intake import acceptance, completing, credit, erasure
from services.intake import claim as decide
from services.intake.acceptance import Numbered
from services.intake.claim import Door, Reserved
from services.intake.correcting import Completion
from services.intake.digests import Digests
from services.intake.erasure import Because, Erasable, OfCase, OfPayment
from services.intake.file import File, keep, leave_out
from services.intake.party import Party, meeting
from services.intake.told import Told
from shared.calendar import Country, local_date
from shared.casefile import NOBODY
from shared.deciding import Answer, Cases, S
from shared.events import Event
from shared.events.intake import CaseAccepted, CreditAnswer, FileReceived, NotTaken, ReferenceReserved
from shared.ids import AGENCY, reference_id
from shared.law import Law
from shared.setup import Agency, Client


class Load(Protocol):
    """A stream folded: by a call that then relies on it, or only to look."""

    async def __call__(self, state: type[S], stream_id: UUID) -> S: ...


async def receive_file(cases: Cases, told: FileReceived) -> Answer:
    file = await cases.load(File, told.file_id)
    return await cases.append(told.file_id, keep(file, told))


async def leave_out_of_file(cases: Cases, file_id: UUID, invoices: Sequence[NotTaken]) -> Answer:
    file = await cases.load(File, file_id)
    return await cases.append(file_id, leave_out(file, invoices))


async def receive_claim(cases: Cases, told: Told, same_day: UUID | None, *, law: Law) -> Answer:
    """One invoice: its key, its case and its debtor in one append, or nothing where it is on a case already."""
    reserved = await cases.load(Reserved, told.claim_id)
    owner = await _door(cases, reserved.case_id)
    held_by = reserved.holder(told.draft.content)
    holder = owner if held_by == reserved.case_id else await _door(cases, held_by)
    agency, client = await cases.load(Agency, AGENCY), await cases.load(Client, told.client_id)
    case_id, door = told.case_id, Door()
    if same_day is not None and decide.joins(
        candidate := await _door(cases, same_day), told, agency.now, client.now, law
    ):
        case_id, door = same_day, candidate
    taken = decide.number_is_taken(reserved, owner, told.draft.content)
    on_case = decide.receive(door, told, agency.now, client.now, law, taken=taken)
    key = decide.reserve(reserved, holder, told, on_case, case_id, taken=taken)
    if not key:
        return await cases.append(told.claim_id, [])
    on_party = meeting(await cases.load(Party, told.party_id), told)
    await cases.make_key(told.party_id)
    return await cases.append(told.claim_id, key, also={case_id: on_case, told.party_id: on_party})


async def complete_draft(
    cases: Cases, case_id: UUID, completion: Completion, party_id: UUID, *, law: Law, digests: Digests, today: date
) -> Answer:
    """The client put a waiting claim right. It may have another key now, and another debtor."""
    door = await cases.load(Door, case_id)
    told = completing.told_again(door, case_id, party_id, completion, digests, today)
    reserved = await cases.load(Reserved, told.claim_id)
    owner = await _door(cases, reserved.case_id) if reserved.case_id != case_id else Door()
    agency, client = await cases.load(Agency, AGENCY), await cases.load(Client, told.client_id)
    taken = reserved.case_id != case_id and decide.number_is_taken(reserved, owner, told.draft.content)
    on_case = completing.complete(door, reserved, told, completion, agency.now, client.now, law, taken=taken)
    key = completing.reserve(reserved, told, taken=taken)
    on_party = meeting(await cases.load(Party, party_id), told)
    await cases.make_key(party_id)
    return await cases.append(case_id, on_case, also={told.claim_id: key, party_id: on_party} if on_case else {})


async def name_debtor(cases: Cases, case_id: UUID, completion: Completion, party_id: UUID) -> Answer:
    """The registry did not know the debtor; the right identity number makes it another party."""
    door = await cases.load(Door, case_id)
    was, party = await cases.load(Party, door.case.party_id), await cases.load(Party, party_id)
    on_case = completing.name_debtor(door, completion, party_id)
    on_party = completing.named(was, party, party_id, door, completion)
    await cases.make_key(party_id)
    return await cases.append(case_id, on_case, also={party_id: on_party} if on_case else {})


async def answer_question(cases: Cases, case_id: UUID, completion: Completion, staff: tuple[UUID, ...]) -> Answer:
    door, agency = await cases.load(Door, case_id), await cases.load(Agency, AGENCY)
    told = completing.answer(door, case_id, completion, agency.now, staff)
    return await _append(cases, case_id, door, told, agency)


async def take_credit_answer(
    cases: Cases, case_id: UUID, attempt: int, answer: CreditAnswer, source: str, staff: tuple[UUID, ...],
    *, now: datetime,
) -> Answer:  # fmt: skip
    """The registry has answered. Whether the case is taken relies on the agency's and the client's word of now."""
    door = await cases.load(Door, case_id)
    agency, client = await cases.load(Agency, AGENCY), await cases.load(Client, door.case.client_id)
    today = _today(door, now)
    told = credit.take_answer(door, case_id, attempt, answer, source, now, today, agency.now, client.now, staff)
    return await _append(cases, case_id, door, told, agency)


async def delay_credit_check(cases: Cases, case_id: UUID, attempt: int, because: str, *, now: datetime) -> Answer:
    door = await cases.load(Door, case_id)
    return await cases.append(case_id, credit.delay(door, attempt, because, now))


async def ask_registry_again(cases: Cases, case_id: UUID, attempt: int, *, now: datetime) -> Answer:
    door = await cases.load(Door, case_id)
    return await cases.append(case_id, credit.ask_again(door, attempt))


async def give_up_waiting(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
    door = await cases.load(Door, case_id)
    return await cases.append(case_id, completing.give_up(door, _today(door, now)))


async def warn_of_limitation(cases: Cases, case_id: UUID, claim_id: str, *, now: datetime) -> Answer:
    door = await cases.load(Door, case_id)
    return await cases.append(case_id, decide.warn_of_limitation(door, UUID(claim_id)))


async def erase_party(
    cases: Cases, party_id: UUID, because: Because, ended: Mapping[UUID, date | None], last_days: Mapping[str, date],
    *, law: Law, today: date,
) -> Answer:  # fmt: skip
    """Erase a debtor on whom nothing is collected any more and whose records need not be kept."""
    known = await erasable(cases.load, party_id, ended, last_days)
    return await cases.append(party_id, erasure.erase(known, because, law, today))


async def erase_again(
    cases: Cases, party_id: UUID, ended: Mapping[UUID, date | None], last_days: Mapping[str, date], *, law: Law
) -> Answer:
    """Erase a debtor whom a restored store has brought back."""
    known = await erasable(cases.load, party_id, ended, last_days)
    return await cases.append(party_id, erasure.erase_again(known, law))


async def erasable(
    load: Load, party_id: UUID, ended: Mapping[UUID, date | None], last_days: Mapping[str, date]
) -> Erasable:
    """All that erasing this debtor is decided on: its cases, and the money that came for them."""
    party = await load(Party, party_id)
    on = {case_id: await load(OfCase, case_id) for case_id in ended}
    payments = {payment for each in on.values() for payment in each.payments}
    money = {payment: await load(OfPayment, payment) for payment in sorted(payments)}
    return Erasable(party_id, party.is_there, party.is_erased, on, ended, money, last_days)


async def _append(cases: Cases, case_id: UUID, door: Door, told: Sequence[Event], agency: Agency) -> Answer:
    """Append to the case; where it is accepted, reserve its reference with it, or that of its next number."""
    accepted = next((event for event in told if isinstance(event, CaseAccepted)), None)
    if accepted is None:
        return await cases.append(case_id, told)
    for turn in range(acceptance.TURNS):
        mine = acceptance.renumbered(accepted, case_id, door.case.currency, agency.now, turn)
        stream_id = reference_id(door.case.currency, mine.reference)
        if (await cases.load(Numbered, stream_id)).case_id == NOBODY:
            reserved = ReferenceReserved(door.case.client_id, case_id)
            told = [mine if event is accepted else event for event in told]
            return await cases.append(case_id, told, also={stream_id: [reserved]})
    raise AssertionError("another case has every number this one could have")


async def _door(cases: Cases, case_id: UUID) -> Door:
    return Door() if case_id == NOBODY else await cases.load(Door, case_id)


def _today(door: Door, now: datetime) -> date:
    return local_date(cast("Country", door.case.country), now)
