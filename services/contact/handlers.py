"""What contact does about a case: load, decide, write the message, append. A stream loaded is a stream relied on."""

from asyncio import gather
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from msgspec.structs import replace
from prometheus_client import Counter

from services.contact import answers, delivery
from services.contact import step as steps
from services.contact.blocks import MONEY
from services.contact.delivery import on_party
from services.contact.known import Around, Contact, Handler, Known, Party
from services.contact.letter_facts import Told
from services.contact.reach import country_of
from services.contact.wired import outside, the_documents, the_law
from services.contact.writing import INCOMPLETE, written
from shared.calendar import local_date
from shared.casefile import NOBODY
from shared.casestore import CaseStore
from shared.deciding import Answer, Cases
from shared.events import Event, contact
from shared.ids import AGENCY, account_id
from shared.setup import Agency, Client, MoneyKnown

log = structlog.get_logger()
UNKNOWN = Counter("sovinto_hand_overs_unknown_total", "Hand-overs of which nobody knows whether they left")
STALE = Counter("sovinto_money_stale_total", "Steps that waited two days and more for money to be known", ["because"])


async def look(cases: Cases, case_id: UUID) -> tuple[Known, Around]:
    """A case and all a decision about it relies on: debtor, client, ourselves, and our account's bank files."""
    known = await cases.load(Known, case_id)
    if known.case.client_id == NOBODY:
        return known, Around(case_id, Party(), Client(), Agency(), MoneyKnown(), the_law())
    party, client, agency = await gather(
        cases.load(Party, known.case.party_id),
        cases.load(Client, known.case.client_id),
        cases.load(Agency, AGENCY),
    )
    account = agency.account(known.case.currency) if agency.said else None
    money = await cases.load(MoneyKnown, account_id(account.iban)) if account else MoneyKnown()
    return known, Around(case_id, party, client, agency, money, the_law())


async def letters_to_recall(store: CaseStore, case_id: UUID, now: datetime) -> Sequence[Contact]:
    """The letters at the print house that should not be posted any more: looked at, not decided on."""
    known = await store.fold(Known, case_id)
    if not any(each.state == "left" and each.decided.channel == "letter" for each in known.contacts.values()):
        return ()
    party, client = await store.fold(Party, known.case.party_id), await store.fold(Client, known.case.client_id)
    around = Around(case_id, party, client, await store.fold(Agency, AGENCY), MoneyKnown(), the_law())
    return delivery.may_be_recalled(known, around, now)


async def append(cases: Cases, known: Known, around: Around, told: Sequence[Event], now: datetime) -> Answer:
    """Append what was decided: each message written and kept first, and the debtor's budget moved with it."""
    handler = ""
    if any(isinstance(event, contact.ContactDecided) for event in told) and known.case.handler_id != NOBODY:
        handler = (await cases.load(Handler, known.case.handler_id)).name
    try:
        finished = [await _written(known, around, event, handler, now) for event in told]
    except INCOMPLETE as lacks:
        log.error("a message cannot be written", case=str(around.case_id), because=str(lacks))
        [step] = [event.step for event in told if isinstance(event, contact.ContactDecided)]
        finished = list(steps.cannot_be_written(known, step, str(lacks), now))
    return await cases.append(around.case_id, finished, also=on_party(known, finished))


async def _written(known: Known, around: Around, event: Event, handler: str, now: datetime) -> Event:
    if not isinstance(event, contact.ContactDecided):
        return event
    day = local_date(country_of(known.case.country or around.client.now.country), event.leaves_at or now)
    made = await written(known, around, Told(event, day, handler))
    party = known.case.party_id
    parties = (party,) if party != NOBODY else (known.case.client_id,)
    return replace(event, document=await the_documents().keep(made.content, made.media_type, parties))


# The strategy.


async def assign_strategy(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    if not known.case.is_open:
        return await cases.append(case_id, [])
    return await append(cases, known, around, steps.assign(known, around, now), now)


async def plan_step(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    if not known.case.is_open or not known.strategy:
        return await cases.append(case_id, [])
    return await append(cases, known, around, steps.plan_again(known, around, now), now)


async def take_step(cases: Cases, case_id: UUID, name: str, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    told = steps.take(known, around, name, now)
    answer = await append(cases, known, around, told, now)
    if answer.outcome == "appended" and known.waits:
        alarm(case_id, told)
    return answer


def alarm(case_id: UUID, told: Sequence[Event]) -> None:
    """Two days have passed and the money is still not known: someone must read a file or ask a client."""
    for event in told:
        if isinstance(event, contact.StepWaited):
            for because in MONEY & set(event.reason.blocked_by):
                STALE.labels(because).inc()
                log.warning("step waits for money", case=str(case_id), step=event.step, because=because)


async def withdraw(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    if not known.strategy:
        return await cases.append(case_id, [])
    return await append(cases, known, around, delivery.withdraw(known, around, now), now)


# Messages outside the strategy.


async def say_facts(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    return await append(cases, known, around, answers.facts_after_call(known, around, now), now)


async def say_rescue(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    return await append(cases, known, around, answers.rescue(known, around, now), now)


async def confirm_plan(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    return await append(cases, known, around, answers.plan_confirmed(known, around, now), now)


async def say_thanks(cases: Cases, case_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    return await append(cases, known, around, answers.thanks(known, around, now), now)


async def tell_client(cases: Cases, case_id: UUID, kind: str, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    return await append(cases, known, around, answers.to_client(known, around, kind, now), now)


# Hand-overs.


async def start_hand_over(cases: Cases, case_id: UUID, contact_id: str, attempt: int, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    told = delivery.start(known, around, UUID(contact_id), attempt, now)
    return await append(cases, known, around, told, now)


async def give_up_waiting(cases: Cases, case_id: UUID, contact_id: str, attempt: int, *, now: datetime) -> Answer:
    return await record_not_known(cases, case_id, UUID(contact_id), attempt, "no answer in time")


async def record_handed_over(
    cases: Cases, case_id: UUID, contact_id: UUID, attempt: int, provider: str, provider_id: str
) -> Answer:
    known = await cases.load(Known, case_id)
    return await cases.append(case_id, delivery.handed_over(known, contact_id, attempt, provider, provider_id))


async def record_not_known(cases: Cases, case_id: UUID, contact_id: UUID, attempt: int, because: str) -> Answer:
    known = await cases.load(Known, case_id)
    can_be_asked = frozenset(name for name, each in outside().providers.items() if each.can_be_asked)
    told = delivery.not_known(known, contact_id, attempt, because, can_be_asked=can_be_asked)
    answer = await cases.append(case_id, told)
    if answer.outcome == "appended":
        UNKNOWN.inc()
        log.warning("hand-over unknown", case=str(case_id), contact=str(contact_id), because=because)
    return answer


async def ask_provider(
    cases: Cases, case_id: UUID, contact_id: str, attempt: int, number: int, *, now: datetime
) -> Answer:
    known = await cases.load(Known, case_id)
    return await cases.append(case_id, delivery.ask(known, UUID(contact_id), attempt, number, now))


async def record_failed(
    cases: Cases, case_id: UUID, contact_id: UUID, attempt: int, because: str, *, again: bool, now: datetime
) -> Answer:
    known, around = await look(cases, case_id)
    told = delivery.failed(known, around, contact_id, attempt, because, again=again, now=now)
    return await append(cases, known, around, told, now)


async def record_not_taken(cases: Cases, case_id: UUID, contact_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    return await append(cases, known, around, delivery.not_taken(known, around, contact_id, now), now)


async def record_recalled(cases: Cases, case_id: UUID, contact_id: UUID, *, now: datetime) -> Answer:
    known, around = await look(cases, case_id)
    return await append(cases, known, around, delivery.recall_printed(known, around, contact_id, now), now)


async def remind_client(cases: Cases, case_id: UUID, question_id: str, *, now: datetime) -> Answer:
    """The client has not said how to go on: it is asked again, and nothing is done until it answers."""
    del question_id  # There is one question a case.
    known, around = await look(cases, case_id)
    told = answers.to_client(known, around, "legal_decision", now, again=True)
    return await append(cases, known, around, told, now)
