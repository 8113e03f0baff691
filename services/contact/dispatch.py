"""Outside: a message is given to its provider, only by the one whose append started the hand-over, and only in time."""

import asyncio
import email.policy
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from uuid import UUID, uuid5

import structlog

from services.contact import handlers
from services.contact.channels.provider import UNKNOWN, NotKnown, NotTaken, Outgoing
from services.contact.known import Contact, Known, Party
from services.contact.reach import e164
from services.contact.wired import Outside, outside
from shared.casestore.appending import GONE
from shared.deciding import Answer, Deciding
from shared.errors import Away
from shared.ids import AGENCY
from shared.setup import Agency, Client
from shared.tasks import hear_cancellation

ACTOR = "service:contact"
ASK_SECONDS_MAX = 5.0
RECORD_TRIES = 20
RECORD_PAUSE_SECONDS = 0.5

log = structlog.get_logger()


async def dispatch(case_id: UUID, contact_id: str, attempt: int, *, cause: UUID) -> None:
    """Hand one message over and record what came of it. Never raises: what it cannot say, the deadline says."""
    try:
        await _dispatch(outside(), case_id, UUID(contact_id), attempt, cause)
    except Exception:
        log.exception("a hand-over failed", case=str(case_id))


async def _dispatch(world: Outside, case_id: UUID, contact_id: UUID, attempt: int, cause: UUID) -> None:
    known = await world.store.fold(Known, case_id)
    each = known.contacts[contact_id]
    if each.state != "leaving" or each.attempt != attempt or each.leave_by is None:
        return
    now = await world.store.now()
    made = Deciding(world.store, uuid5(cause, "outcome"), ACTOR, now)
    try:
        message = await prepared(world, known, each, now)
        seconds = (each.leave_by - await world.store.now()).total_seconds()
        if seconds <= 0:
            raise NotTaken("too late to leave", again=True)
        async with asyncio.timeout(seconds):
            provider = world.providers[each.decided.channel]
            provider_id = await provider.send(message, seconds)
    except NotTaken as no:
        again, because = no.again, no.because
        await _recorded(
            lambda: made(
                handlers.record_failed, case_id, contact_id, each.attempt, because, again=again, now=now
            )
        )  # fmt: skip
    except (NotKnown, TimeoutError) as lost:
        because = str(lost) or "no answer in time"
        await _recorded(lambda: made(handlers.record_not_known, case_id, contact_id, each.attempt, because))
    else:
        name = provider.name
        await _recorded(
            lambda: made(handlers.record_handed_over, case_id, contact_id, each.attempt, name, provider_id)
        )  # fmt: skip


async def inquire(case_id: UUID, contact_id: str, attempt: int, number: int, *, cause: UUID) -> None:
    """Ask the provider what came of a hand-over and record what it says. Never raises: it is asked again."""
    try:
        await _inquire(outside(), case_id, UUID(contact_id), attempt, cause)
    except Exception:
        log.exception("a question to a provider failed", case=str(case_id), number=number)


async def _inquire(world: Outside, case_id: UUID, contact_id: UUID, attempt: int, cause: UUID) -> None:
    each = (await world.store.fold(Known, case_id)).contacts[contact_id]
    if each.state != "unknown" or each.attempt != attempt:
        return
    provider = world.providers[each.decided.channel]
    try:
        async with asyncio.timeout(ASK_SECONDS_MAX):
            said = await provider.asked(key_of(contact_id, attempt), ASK_SECONDS_MAX)
    except TimeoutError:
        said = UNKNOWN
    now = await world.store.now()
    made = Deciding(world.store, uuid5(cause, "answer"), ACTOR, now)
    match said.came:
        case "taken":
            await made(handlers.record_handed_over, case_id, contact_id, attempt, provider.name, said.provider_id)
            await recall_letters(world, made, case_id)  # Whoever stopped it meanwhile could not take it back.
        case "not_taken":
            await made(handlers.record_failed, case_id, contact_id, attempt, "never came", again=True, now=now)
        case "unknown":
            log.warning("the provider does not say what came of a hand-over", case=str(case_id), provider=provider.name)


def key_of(contact_id: UUID, attempt: int) -> str:
    """The idempotency key of one attempt: by it a provider knows it, and is asked about it."""
    return f"{contact_id}|{attempt}"


async def prepared(world: Outside, known: Known, each: Contact, now: datetime) -> Outgoing:
    """The message with its address. Raises NotTaken where it can no longer be read or addressed."""
    decided = each.decided
    content = await world.opened(decided.document)
    if content is None:
        raise NotTaken("the message was erased", again=False)
    key, at = key_of(decided.contact_id, each.attempt), now.isoformat()
    agency = (await world.store.fold(Agency, AGENCY)).now
    if decided.channel == "email":
        head = BytesHeaderParser(policy=email.policy.SMTP).parsebytes(content)
        to = parseaddr(str(head["To"]))[1]
        name = f"<{decided.contact_id}.{each.attempt}@{agency.email.rpartition('@')[2]}>"
        return Outgoing(key, at, content, agency.email, to, message_id=name)
    party = await world.store.fold(Party, known.case.party_id)
    if party.person is None:
        raise NotTaken("the debtor was erased", again=False)
    if decided.channel == "letter":
        person = party.person
        address = (person.name, person.street or "", f"{person.postcode or ''} {person.town or ''}".strip())
        return Outgoing(key, at, content, agency.name, address=address)
    to = e164(party.person, known.case.country) or ""
    if not to:
        raise NotTaken("no mobile number any more", again=False)
    in_whose_name = (await world.store.fold(Client, known.case.client_id)).now.name
    return Outgoing(key, at, content, in_whose_name if decided.kind == "friendly" else agency.name, to)


async def recall_letters(world: Outside, decide: Deciding, case_id: UUID) -> None:
    """Take back from the print house what should not be posted any more. Asking twice harms nothing."""
    for each in await handlers.letters_to_recall(world.store, case_id, decide.now):
        if await world.recalls(each.provider_id):
            contact_id = each.decided.contact_id
            item = Deciding(
                decide.store, uuid5(decide.cause, str(contact_id)), decide.actor, decide.now, decide.trace
            )  # fmt: skip
            await item(handlers.record_recalled, case_id, contact_id, now=decide.now)


async def _recorded(record: Callable[[], Awaitable[Answer]]) -> None:
    """Record an outcome, as long as the store does not answer: what happened outside must not be forgotten."""
    for _ in range(RECORD_TRIES):
        try:
            await record()
        except (Away, *GONE):
            hear_cancellation()
            await asyncio.sleep(RECORD_PAUSE_SECONDS)
        else:
            return
    log.error("the outcome of a hand-over could not be recorded")
