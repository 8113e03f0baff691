"""What contact does when people say something: calls, objections, more time, a last word; and a provider's word."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.contact import delivery, talks
from services.contact.handlers import look
from services.contact.known import Known
from services.contact.reach import country_of
from services.contact.talks import Ended, Legal, Outcome
from shared.calendar import local_date
from shared.casefile import NOBODY
from shared.deciding import Answer, Cases
from shared.errors import NotFound
from shared.events import Event, contact
from shared.money import Money


async def record_call(
    cases: Cases, case_id: UUID, task_id: UUID, outcome: Outcome, summary: str, by: str, dispute_id: UUID,
    *, now: datetime,
) -> Answer:  # fmt: skip
    """A call was made: it is also a contact of the debtor's budget, on the day it was made."""
    known, around = await look(cases, case_id)
    told = talks.record_call(known, around, task_id, outcome, summary, by, dispute_id, _today(known, now))
    taken: Sequence[Event] = [contact.ContactTaken(task_id, "call", now)]
    also = {known.case.party_id: taken} if known.case.party_id != NOBODY else {}
    return await cases.append(case_id, told, also=also)


async def open_dispute(
    cases: Cases, case_id: UUID, dispute_id: UUID, claim_id: UUID | None, text: str, *, now: datetime
) -> Answer:
    """The debtor objects."""
    known, around = await look(cases, case_id)
    told = talks.open_dispute(known, around, dispute_id, claim_id, text, _today(known, now))
    return await cases.append(case_id, told)


async def add_evidence(cases: Cases, case_id: UUID, dispute_id: UUID, text: str) -> Answer:
    """Either side gives facts on an objection."""
    known = await cases.load(Known, case_id)
    return await cases.append(case_id, talks.add_evidence(known, dispute_id, text))


async def resolve_dispute(
    cases: Cases, case_id: UUID, dispute_id: UUID, outcome: Ended, claim_id: UUID | None, lowered_by_minor: int | None,
    new_due: date | None, *, now: datetime,
) -> Answer:  # fmt: skip
    """An objection ends; the strategy goes on from what is now true."""
    known = await cases.load(Known, case_id)
    lowered_by = Money(lowered_by_minor, known.case.currency) if lowered_by_minor else None
    told = talks.resolve_dispute(known, dispute_id, outcome, claim_id, lowered_by, new_due, _today(known, now))
    return await cases.append(case_id, told)


async def move_due_date(cases: Cases, case_id: UUID, new_due: date, *, now: datetime) -> Answer:
    """The debtor gets more time."""
    known = await cases.load(Known, case_id)
    return await cases.append(case_id, talks.move_due_date(known, new_due, _today(known, now)))


async def give_legal_decision(cases: Cases, case_id: UUID, question_id: UUID, answer: Legal) -> Answer:
    """The client answers how to go on."""
    known = await cases.load(Known, case_id)
    return await cases.append(case_id, talks.give_legal_decision(known, question_id, answer))


async def told_by_provider(
    cases: Cases, case_id: UUID, contact_id: UUID, what: Literal["posted", "delivered", "returned"], because: str,
    *, now: datetime,
) -> Answer:  # fmt: skip
    """A provider says what became of a message."""
    known = await cases.load(Known, case_id)
    told = delivery.told_by_provider(known, contact_id, what, because, _today(known, now))
    return await cases.append(case_id, told)


def _today(known: Known, now: datetime) -> date:
    if not known.case.country:
        raise NotFound("there is no such case")
    return local_date(country_of(known.case.country), now)
