"""Messages that are no step of a strategy: facts after a call, rescue, a plan in writing, thanks; and the client's."""

from datetime import date, datetime

from services.contact.blocks import blocked, conditions
from services.contact.delivery import ANSWERS
from services.contact.known import Around, Known, Party
from services.contact.reach import channel_for, country_of, slot
from services.contact.reasons import reason
from services.contact.step import contact_id_of
from services.contact.timing import last_message
from services.contact.tongues import letter_language, message_language
from shared.balance import balance
from shared.calendar import local_date, next_slot
from shared.events import Event, contact
from shared.events.contact import Channel
from shared.money import Money

ENDED_WELL = frozenset({"paid", "paid_to_creditor"})
ABOUT = "about"  # The call, plan or question a message answers, by its id.
SHOULD_HEAR = frozenset({"will_pay", "forgot", "wants_plan", "cannot_pay", "disputes"})

# What we decide.


def facts_after_call(known: Known, around: Around, now: datetime) -> list[Event]:
    """After a talk the facts go out by e-mail on the same day. An answer to a talk, so it takes no contact."""
    made = [call for call in known.calls.values() if call.outcome in SHOULD_HEAR]
    if not made:
        return []
    about = str(made[-1].task.task_id)
    today = _today(known, now)
    last = last_message(known)
    day = max(last.pay_by if last and last.pay_by else today, today)
    total = balance(known.case, day, around.law).total
    return _say(known, around, "facts", about, ("email",), blocked(known, around, today), total, day, now)


def rescue(known: Known, around: Around, now: datetime) -> list[Event]:
    """An instalment did not come: one kind message, with the day the plan can be saved until."""
    if known.rescue is None or known.plan is None:
        return []
    because = tuple(name for name in blocked(known, around, _today(known, now)) if name != "on_plan")
    missed = known.plan.instalments[known.rescue.number - 1]
    about = f"{known.plan.plan_id} {known.rescue.number}"
    until = known.rescue.breaks_on
    return _say(known, around, "rescue", about, ("sms", "email"), because, missed.amount, until, now)


def plan_confirmed(known: Known, around: Around, now: datetime) -> list[Event]:
    """The plan in writing: by letter where it costs or no e-mail is known."""
    if known.plan is None:
        return []
    because = tuple(name for name in blocked(known, around, _today(known, now)) if name != "on_plan")
    channels: tuple[Channel, ...] = ("letter", "email") if known.plan.charge else ("email", "letter")
    promised = known.plan.instalments
    whole = Money(sum(each.amount.minor for each in promised), promised[0].amount.currency)
    about = str(known.plan.plan_id)
    return _say(known, around, "plan", about, channels, because, whole, promised[0].due, now)


def thanks(known: Known, around: Around, now: datetime) -> list[Event]:
    """A case that ended well says so to the debtor, where we had written to it."""
    if known.case.closed_because not in ENDED_WELL or not known.messages("friendly", *_ASKED):
        return []
    because = tuple(sorted(conditions(known, around, _today(known, now))))
    return [] if because else _say(known, around, "thanks", "", ("email", "sms"), because, None, None, now)


def to_client(known: Known, around: Around, kind: str, now: datetime, *, again: bool = False) -> list[Event]:
    """A message to the client by e-mail, in its office hours. It is no contact with the debtor: no stop holds it."""
    about = _asked_about(known, kind)
    about = f"{about} again" if about and again else about
    if about is None or _said(known, kind, about):
        return []
    client = around.client.now
    at = next_slot(country_of(client.country), "message", now)
    language = message_language(client.language, client.country)
    contact_id = contact_id_of(known, around.case_id)
    why = reason(kind, facts=((ABOUT, about),))
    return [
        contact.ContactDecided(contact_id, "client", kind, kind, "email", language, "", None, None, None, why, None, at)
    ]


_ASKED = ("reminder", "notice", "demand", "second_demand", "plan")


def _say(
    known: Known, around: Around, kind: str, about: str, channels: tuple[Channel, ...], because: tuple[str, ...],
    total: Money | None, day: date | None, now: datetime,
) -> list[Event]:  # fmt: skip
    """The message in its slot; or, recorded with its reason, that it is not sent."""
    if _said(known, kind, about):
        return []
    country = country_of(known.case.country)
    channel = channel_for(channels, around.party, frozenset())
    because = because or (() if channel else ("no_address",))
    if because or channel is None:
        return [contact.StepWaited(kind, reason(kind, blocked_by=because), None)]
    party = Party() if kind in ANSWERS else around.party
    free = slot(around, party, country, channel, now)
    if free.earliest is None:
        return [contact.StepWaited(kind, reason(kind, (free,), blocked_by=("no_slot",)), None)]
    language = (
        letter_language(around.party.language, known.case.country, kind)
        if channel == "letter"
        else message_language(around.party.language, known.case.country)
    )
    why = reason(kind, (free,), _why(kind, about, channel))
    return [
        contact.ContactDecided(
            contact_id_of(known, around.case_id), "debtor", kind, kind, channel, language, "", total, day, None,
            why, None, free.earliest,
        )
    ]  # fmt: skip


def _asked_about(known: Known, kind: str) -> str | None:
    """What the client is told or asked about; none where that is over."""
    match kind:
        case "defects":
            return f"{known.defects.answer_by}" if known.defects and known.case.stage == "needs_info" else None
        case "approval":
            return str(known.approval.plan_id) if known.approval else None
        case "approval_reminder":
            return known.reminded if known.approval else None
        case "legal_decision":
            return str(known.question.question_id) if known.question and known.answer is None else None
        case "dispute":
            return " ".join(sorted(map(str, known.case.disputes))) or None
        case "limitation":
            return str(known.limitation.claim_id) if known.limitation and known.case.is_open else None
        case "closed":
            return "closed" if known.case.closed_because in ENDED_WELL else None
    return None


def _said(known: Known, kind: str, about: str) -> bool:
    """Whether this was said about this already."""
    same = (each for each in known.contacts.values() if each.decided.kind == kind and each.counts)
    return any((ABOUT, about) in each.decided.reason.facts for each in same)


def _why(kind: str, about: str, channel: Channel) -> tuple[tuple[str, str], ...]:
    facts = ((ABOUT, about), ("chosen", f"{channel}"))
    return (*facts, ("budget", "an answer to a talk is no contact of its own")) if kind in ANSWERS else facts


def _today(known: Known, now: datetime) -> date:
    return local_date(country_of(known.case.country), now)
