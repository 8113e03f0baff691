"""A step of a strategy: planned on its first lawful day, and at its moment taken, or made to wait with its reason."""

from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from msgspec.structs import replace

from services.contact import timing
from services.contact.blocks import MONEY, UNTIL_TOLD, again_at, blocked
from services.contact.charging import charge_of
from services.contact.known import Around, Known
from services.contact.paying import pay_to
from services.contact.reach import channel_for, country_of, first_slot, silence, slot
from services.contact.reasons import reason
from services.contact.strategy import Step, strategy_for
from services.contact.tongues import letter_language, message_language
from shared.balance import balance
from shared.calendar import MESSAGES_UNTIL, at_local, local_date, next_slot
from shared.events import Event, contact
from shared.events.contact import Channel
from shared.law import Answer, Unknown
from shared.money import Money

ASK_DAYS = timedelta(days=60)  # Looked at again where no slot is free for two months.

# What we decide.


def assign(known: Known, around: Around, now: datetime) -> list[Event]:
    """The case was accepted: it gets its strategy and its first step. Refused where there is no strategy for it."""
    if known.strategy or not known.case.is_open:
        return []
    strategy = strategy_for(known.case, around.client.now)
    payable = pay_to(known, around, "client") is not None
    today = local_date(country_of(known.case.country), now)
    first = timing.first_step(known, strategy, around.law, today, payable_to_client=payable)
    assigned = contact.StrategyAssigned(strategy.name, first)
    return [assigned, *plan(known.after(assigned), around, now)]


def plan(known: Known, around: Around, now: datetime) -> list[Event]:
    """Say which step is next and when it is looked at, unless that is said already."""
    if not known.case.is_open or known.case.stage == "on_plan" or known.nothing_left:
        return []
    step = timing.next_step(known, around, now)
    if step is None:
        return []
    is_planned = known.planned is not None and known.planned.step == step.step and known.waited is None
    at, answers, facts = _when(known, around, step, now)
    if is_planned and known.planned is not None and (at == known.planned.at or known.planned.at <= now):
        return []
    return [contact.StepPlanned(step.step, at, reason(step.step, answers, facts))]


def plan_again(known: Known, around: Around, now: datetime) -> list[Event]:
    """Something has changed: a step that waited is planned anew, unless what it waits for is still to be told."""
    strategy = timing.strategy_of(known)
    waited = known.waited
    step = strategy.step(waited.step) if strategy and waited else None
    if step is not None and waited is not None:
        because = set(blocked(known, around, local_date(country_of(known.case.country), now), step.fresh))
        same_money = because & MONEY & set(waited.reason.blocked_by) and waited.again_at is not None
        if because & UNTIL_TOLD or same_money:
            return []
    return plan(known, around, now)


def take(known: Known, around: Around, name: str, now: datetime) -> list[Event]:
    """The step's moment has come: it is taken, planned later, or waits with its reason."""
    if known.planned is None or known.planned.step != name or now < known.planned.at or _still_waits(known, now):
        return []
    strategy = timing.strategy_of(known)
    step = strategy.step(name) if strategy else None
    if step is None:
        return []
    today = local_date(country_of(known.case.country), now)
    try:
        because = blocked(known, around, today, step.fresh)
        if UNTIL_TOLD & set(because):
            return [wait(known, around, step, because, (), now)]
        if timing.next_step(known, around, now) != step:
            return plan(replace(known, planned=None), around, now)
        day, answers = timing.earliest_day(known, around, step)
        if because:
            return [wait(known, around, step, because, answers, now)]
        if today < day:
            return plan(replace(known, planned=None), around, now)
        if step.kind == "ask":
            return [_ask(known, around, now)]
        return (_call if step.kind == "call" else _say)(known, around, step, answers, now)
    except Unknown as unknown:
        code = "rate_missing" if unknown.name.startswith("interest") else "unknown"
        return [wait(known, around, step, (code,), (), now, missing=unknown.missing)]


def wait(
    known: Known, around: Around, step: Step, because: tuple[str, ...], answers: tuple[Answer, ...], now: datetime,
    until: datetime | None = None, missing: str = "",
) -> Event:  # fmt: skip
    """The step is not taken now, and why. `missing` names what of the law is not known."""
    facts = (*_money_facts(around), *((("missing", missing),) if missing else ()))
    why = reason(step.step, (*silence(known, around, now), *answers), facts, because)
    return contact.StepWaited(step.step, why, until or again_at(known, because, now))


def cannot_be_written(known: Known, step: str, missing: str, now: datetime) -> list[Event]:
    """A message lacks something it must carry: it does not leave half, and the step says what is missing."""
    why = reason(step, facts=(("missing", missing),), blocked_by=("letter_incomplete",))
    is_planned = known.planned is not None and known.planned.step == step
    return [contact.StepWaited(step, why, again_at(known, why.blocked_by, now) if is_planned else None)]


def contact_id_of(known: Known, case_id: UUID) -> UUID:
    """The id of the next message of this case: the same decision again makes the same one."""
    return uuid5(case_id, f"contact|{len(known.contacts) + 1}")


# How each kind of step is taken.


def _say(known: Known, around: Around, step: Step, answers: tuple[Answer, ...], now: datetime) -> list[Event]:
    """A message to the debtor, in its slot, by the first channel that leads to it."""
    country = country_of(known.case.country)
    today = local_date(country, now)
    channel = channel_for(step.channels, around.party, _failed(known, step))
    if channel is None:
        return [wait(known, around, step, ("no_address",), answers, now)]
    free = slot(around, around.party, country, channel, now)
    answers = (*answers, free)
    if free.earliest is None or local_date(country, free.earliest) != today:
        return [wait(known, around, step, (free.reason or "no_slot",), answers, now, free.earliest)]
    if pay_to(known, around, step.pays) is None:
        return [wait(known, around, step, ("no_account",), answers, now)]
    decided = _decided(known, around, step, channel, answers, now, free.earliest)
    calls = _overdue_calls(known)
    taken = replace(around, party=around.party.after(contact.ContactTaken(decided.contact_id, channel, free.earliest)))
    return [*calls, decided, *plan(known.after(decided), taken, now)]


def _decided(
    known: Known, around: Around, step: Step, channel: Channel, answers: tuple[Answer, ...], now: datetime, at: datetime
) -> contact.ContactDecided:
    today = local_date(country_of(known.case.country), now)
    day, more = timing.pay_by(known, around, step, channel, today)
    charge, costs = charge_of(known, around, step, now)
    contact_id = contact_id_of(known, around.case_id)
    owed = balance(known.case.earning(contact_id, charge), day, around.law)
    total = owed.principal if step.kind == "friendly" else owed.total
    language = (
        letter_language(around.party.language, known.case.country, step.kind)
        if channel == "letter"
        else message_language(around.party.language, known.case.country)
    )
    why = reason(step.step, (*answers, *more, *costs), (*_facts(known, around, total, today), ("chosen", f"{channel}")))
    return contact.ContactDecided(
        contact_id, "debtor", step.step, step.kind, channel, language, "", total, day, charge, why, None, at
    )


def _call(known: Known, around: Around, step: Step, answers: tuple[Answer, ...], now: datetime) -> list[Event]:
    """A person is asked to call before the demand's day has passed."""
    country, last = country_of(known.case.country), timing.last_message(known)
    if last is None or last.pay_by is None:
        return []
    free = slot(around, around.party, country, "call", now)
    by = at_local(country, last.pay_by, MESSAGES_UNTIL)
    if free.earliest is None or local_date(country, free.earliest) != local_date(country, now):
        return [wait(known, around, step, (free.reason or "no_slot",), (*answers, free), now, free.earliest)]
    task_id = uuid5(around.case_id, f"call|{len(known.calls) + 1}")
    total = balance(known.case, last.pay_by, around.law).total
    why = reason(step.step, (*answers, free), _facts(known, around, total, local_date(country, now)))
    made = contact.CallTaskCreated(task_id, step.step, free.earliest, by, why)
    return [made, *plan(known.after(made), around, now)]


def _ask(known: Known, around: Around, now: datetime) -> Event:
    """All steps are taken: the client decides. Legal steps are never automatic."""
    today = local_date(country_of(known.case.country), now)
    question_id = uuid5(around.case_id, "question")
    return contact.LegalDecisionAsked(question_id, today + timedelta(days=around.agency.now.answer_days))


def _overdue_calls(known: Known) -> list[Event]:
    """Calls nobody made in time: the next message says what they would have said."""
    return [contact.CallTaskWithdrawn(task_id, ("overdue",)) for task_id, call in known.calls.items() if call.is_open]


def _failed(known: Known, step: Step) -> frozenset[Channel]:
    """The channels by which this step was tried and given up."""
    tried = (each for each in known.contacts.values() if each.state == "given_up" and each.decided.step == step.step)
    return frozenset(each.decided.channel for each in tried)


def _still_waits(known: Known, now: datetime) -> bool:
    return known.waited is not None and (known.waited.again_at is None or now < known.waited.again_at)


def _when(
    known: Known, around: Around, step: Step, now: datetime
) -> tuple[datetime, tuple[Answer, ...], tuple[tuple[str, str], ...]]:
    country = country_of(known.case.country)
    try:
        day, answers = timing.earliest_day(known, around, step)
    except Unknown:
        day, answers = local_date(country, now), ()  # Looked at, and told to be unknown, at the next slot.
    facts = (("due", timing.due_day(known, around.law).isoformat()), ("earliest", day.isoformat()))
    if step.kind == "ask":
        return next_slot(country, "message", max(now, at_local(country, day, time.min))), answers, facts
    channel = channel_for(step.channels, around.party, _failed(known, step)) or step.channels[-1]
    at = first_slot(around, country, channel, day, now)
    return at or now + ASK_DAYS, answers, facts


def _facts(known: Known, around: Around, total: Money, today: date) -> tuple[tuple[str, str], ...]:
    group = timing.group_of(known, today)
    strategy = timing.strategy_of(known)
    last = max((past.at for past in around.party.history), default=None)
    return (
        ("total", f"{total.minor} {total.currency}"),
        *_money_facts(around),
        ("last_contact", last.isoformat() if last else "none"),
        ("payer_group", group),
        ("tone", strategy.groups[group].tone if strategy else "warm"),
    )


def _money_facts(around: Around) -> tuple[tuple[str, str], ...]:
    bank, client = around.money.up_to, around.client.paid_list_up_to
    return (
        ("money_known_to", bank.isoformat() if bank else "never"),
        ("paid_list_known_to", client.isoformat() if client else "never"),
    )
