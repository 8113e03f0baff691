"""A message on its way: handed over once, within its five seconds; taken back while it can be; what came of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec.structs import replace

from services.contact import timing
from services.contact.blocks import blocked, conditions
from services.contact.known import ON_THE_WAY, Around, Contact, Known
from services.contact.reach import country_of, slot
from services.contact.step import plan
from services.contact.strategy import LETTERS
from shared.balance import balance
from shared.calendar import local_date, next_slot
from shared.casefile import NOBODY
from shared.errors import NotFound, Refused
from shared.events import NOTHING_SAID, Event, Sealed, contact
from shared.events.reasons import Reason

LEAVE_WITHIN = timedelta(seconds=5)
ATTEMPTS_MAX = 5
# Before a next attempt, and before a next question what came of one. The first is much longer than a request can be on
# its way, so that "never came" is not said of one that still comes; all together are shorter than a working day.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
FRESHNESS = ("money_not_fresh", "paid_list_too_old")
PRINTED_WITHIN = timedelta(days=3)  # After that a letter is in the post, whether anybody told us or not.
NOT_RIGHT = ("slot_missed", "balance_changed")
STOPS = frozenset({"stopped", "paused", "disputed", "suspended_by_rule"})
ANSWERS = ("facts", "plan")  # The answer to a talk: it may follow on the same day, and is no contact of its own.

# What we decide.


def start(known: Known, around: Around, contact_id: UUID, attempt: int, now: datetime) -> list[Event]:
    """The slot has come: the message may leave within five seconds, unless something now speaks against it."""
    each = known.contacts.get(contact_id)
    if each is None or each.state not in ON_THE_WAY or attempt != each.attempt + 1:
        return []
    because = against(known, around, each, now)
    if because:
        recalled = contact.ContactRecalled(contact_id, because)
        return [recalled, *_planned_anew(known, around, recalled, now)]
    later = _outside_hours(around, each, now)
    if later is not None:
        return [contact.HandOverFailed(contact_id, attempt - 1, "outside_hours", later)]
    return [contact.HandOverStarted(contact_id, attempt, now + LEAVE_WITHIN)]


def against(known: Known, around: Around, each: Contact, now: datetime) -> tuple[str, ...]:
    """What now speaks against a message that was decided. Messages to the client are not contact with the debtor."""
    decided = each.decided
    if decided.to == "client":
        return ()
    today = local_date(country_of(known.case.country), now)
    if decided.kind == "thanks":
        return tuple(sorted(conditions(known, around, today)))
    if decided.kind not in LETTERS:
        ignored = {"on_plan"} if decided.kind in ("plan", "rescue") else set()
        return tuple(each for each in blocked(known, around, today) if each not in ignored)
    strategy = timing.strategy_of(known)
    step = strategy.step(decided.step) if strategy else None
    found = list(blocked(known, around, today, step.fresh if step else ()))
    if _total_changed(known, around, each):
        found.append("balance_changed")
    if decided.leaves_at is not None and local_date(country_of(known.case.country), decided.leaves_at) != today:
        found.append("slot_missed")  # Its date and its pay-by day are no longer right.
    return tuple(sorted(found))


def withdraw(known: Known, around: Around, now: datetime) -> list[Event]:
    """Something has changed: messages that may no longer leave are recalled, and calls nobody should make withdrawn."""
    told: list[Event] = []
    today = local_date(country_of(known.case.country), now)
    for contact_id, each in known.contacts.items():
        found = against(known, around, each, _leaves(each, now)) if each.state in ON_THE_WAY else ()
        because = tuple(name for name in found if name not in FRESHNESS)  # That is asked when it leaves.
        if because:
            told.append(contact.ContactRecalled(contact_id, because))
    blocks = blocked(known, around, today)
    if blocks:
        calls = known.calls.items()
        told += [contact.CallTaskWithdrawn(task_id, blocks) for task_id, call in calls if call.is_open]
        return [*told, *_held(known, around, blocks, today)]
    return [*told, *(plan(*_after(known, around, told), now) if told else [])]


def may_be_recalled(known: Known, around: Around, now: datetime) -> list[Contact]:
    """Letters at the print house that should not be posted any more."""
    lately = (each for each in known.contacts.values() if _leaves(each, now) - PRINTED_WITHIN <= _left_at(each, now))
    return [each for each in lately if _is_printing(each) and _stops(known, around, each, now)]


def recall_printed(known: Known, around: Around, contact_id: UUID, now: datetime) -> list[Event]:
    """The print house gave a letter back before it was printed: it never left."""
    each = known.contacts.get(contact_id)
    if each is None or not _is_printing(each):
        return []
    return [contact.ContactRecalled(contact_id, _stops(known, around, each, now) or ("recalled",))]


# What came of a hand-over: facts, never refused.


def handed_over(known: Known, contact_id: UUID, attempt: int, provider: str, provider_id: str) -> list[Event]:
    """The provider took it."""
    each = known.contacts.get(contact_id)
    if each is None or each.attempt != attempt or each.state not in ("leaving", "unknown"):
        return []
    return [contact.HandedOver(contact_id, attempt, provider, provider_id)]


def failed(
    known: Known, around: Around, contact_id: UUID, attempt: int, because: str, *, again: bool, now: datetime
) -> list[Event]:
    """The provider did not take it. After five attempts, or where it never will, the step goes another way."""
    each = known.contacts.get(contact_id)
    if each is None or each.attempt != attempt or each.state not in ("leaving", "unknown"):
        return []
    if again and attempt < ATTEMPTS_MAX:
        return [contact.HandOverFailed(contact_id, attempt, because, now + PAUSES[attempt - 1])]
    told: list[Event] = [contact.HandOverFailed(contact_id, attempt, because, None)]
    told.append(contact.ContactRecalled(contact_id, ("not_handed_over",)))
    return [*told, *(plan(*_after(known, around, told), now) if each.decided.kind in LETTERS else [])]


def not_known(
    known: Known, contact_id: UUID, attempt: int, because: str, *, can_be_asked: frozenset[str]
) -> list[Event]:
    """Nothing was heard of a hand-over: its provider is asked, if this channel's can be; else a person finds out."""
    each = known.contacts.get(contact_id)
    if each is None or each.attempt != attempt or each.state != "leaving" or each.leave_by is None:
        return []
    ask_at = each.leave_by + PAUSES[0] if each.decided.channel in can_be_asked else None
    return [contact.HandOverUnknown(contact_id, attempt, because, ask_at)]


def ask(known: Known, contact_id: UUID, attempt: int, number: int, now: datetime) -> list[Event]:
    """The provider is asked what came of a hand-over. After the last pause a person finds out."""
    each = known.contacts.get(contact_id)
    if each is None or each.attempt != attempt or each.state != "unknown" or number != each.asked + 1:
        return []
    again_at = now + PAUSES[number] if number < len(PAUSES) else None
    return [contact.OutcomeAsked(contact_id, attempt, number, again_at)]


def not_taken(known: Known, around: Around, contact_id: UUID, now: datetime) -> list[Event]:
    """A person found that a message of which nothing was known never left: tried again, if it still may."""
    each = known.contacts.get(contact_id)
    if each is None:
        raise NotFound("there is no such message on this case")
    if each.state != "unknown":
        raise Refused("what came of this message is known", "outcome_known")
    return failed(known, around, contact_id, each.attempt, "never left", again=True, now=now)


def told_by_provider(
    known: Known, contact_id: UUID, what: Literal["posted", "delivered", "returned"], because: str, today: date
) -> list[Event]:
    """A fact about a message that was handed over, whatever has happened since."""
    each = known.contacts.get(contact_id)
    if each is None:
        raise NotFound("there is no such message on this case")
    match what:
        case "posted":
            return [] if each.posted else [contact.Posted(contact_id, today)]
        case "delivered":
            return [contact.Delivered(contact_id)]
    return [contact.Returned(contact_id, Sealed((known.case.party_id,), because) if because else NOTHING_SAID)]


def on_party(known: Known, told: Sequence[Event]) -> Mapping[UUID, Sequence[Event]]:
    """What these events do to the debtor's budget, for the same append: contacts taken and given back."""
    decided = {contact_id: each.decided for contact_id, each in known.contacts.items()}
    budget: list[Event] = []
    for event in told:
        match event:
            case contact.ContactDecided(contact_id=contact_id, leaves_at=datetime() as at) if _in_budget(event):
                decided[contact_id] = event
                budget.append(contact.ContactTaken(contact_id, event.channel, at))
            case contact.ContactRecalled(contact_id) if contact_id in decided and _in_budget(decided[contact_id]):
                budget.append(contact.ContactGivenBack(contact_id))
    return {known.case.party_id: budget} if budget and known.case.party_id != NOBODY else {}


def _in_budget(decided: contact.ContactDecided) -> bool:
    return decided.to == "debtor" and decided.kind not in ANSWERS


def _planned_anew(known: Known, around: Around, recalled: contact.ContactRecalled, now: datetime) -> list[Event]:
    """Where only its day or its amount was wrong, the step is planned again at once."""
    if set(recalled.because) - {*NOT_RIGHT, *FRESHNESS}:
        return []
    return plan(*_after(known, around, [recalled]), now)


def _held(known: Known, around: Around, blocks: tuple[str, ...], today: date) -> list[Event]:
    """The step that was to come does not, and why: told when people stop it, not only on its day."""
    if known.planned is None or known.waited is not None or not STOPS & conditions(known, around, today):
        return []
    step = known.planned.step
    return [contact.StepWaited(step, Reason(step, blocked_by=blocks), None)]


def _after(known: Known, around: Around, told: Sequence[Event]) -> tuple[Known, Around]:
    """What is known once this has happened, the debtor's budget included."""
    party = around.party
    for event in told:
        known = known.after(event)
        if isinstance(event, contact.ContactRecalled):
            party = party.after(contact.ContactGivenBack(event.contact_id))
    return known, replace(around, party=party)


def _total_changed(known: Known, around: Around, each: Contact) -> bool:
    """Whether the debtor would be asked for another amount than is owed on the message's own day."""
    decided = each.decided
    if decided.total is None or decided.pay_by is None:
        return False
    owed = balance(known.case, decided.pay_by, around.law)
    return decided.total != (owed.principal if decided.kind == "friendly" else owed.total)


def _outside_hours(around: Around, each: Contact, now: datetime) -> datetime | None:
    """The next moment of the day at which it may leave, where now is none."""
    decided = each.decided
    country = country_of(around.party.country or around.client.now.country)
    if decided.to == "client":
        country = country_of(around.client.now.country)
        free = next_slot(country, "message", now)
        return None if free <= now else free
    party = type(around.party)() if decided.kind in ANSWERS else around.party
    answer = slot(around, party, country, decided.channel, now, decided.contact_id)
    return None if answer.allowed or answer.earliest is None else answer.earliest


def _left_at(each: Contact, now: datetime) -> datetime:
    return each.decided.leaves_at or now


def _is_printing(each: Contact) -> bool:
    is_letter = each.decided.channel == "letter" and each.decided.to == "debtor"
    return is_letter and each.state == "left" and not each.posted


def _stops(known: Known, around: Around, each: Contact, now: datetime) -> tuple[str, ...]:
    """What forbids a message outright; not that its day or amount is no longer right."""
    found = against(known, around, each, _leaves(each, now))
    return tuple(name for name in found if name not in (*NOT_RIGHT, *FRESHNESS))


def _leaves(each: Contact, now: datetime) -> datetime:
    """The moment a message is to leave, for asking what speaks against it then."""
    return max(now, each.decided.leaves_at or now)
