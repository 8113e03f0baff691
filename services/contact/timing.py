"""Which step is next, and its first day: asked of the law, moved later by the strategy, never earlier."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import cast

from services.contact.known import Around, Contact, Known
from services.contact.reach import channels_of, country_of
from services.contact.strategy import LETTERS, Group, Step, Strategy, strategies
from shared.balance import kind_of
from shared.calendar import add_bank_days, bank_day_on_or_after, local_date
from shared.casefile import Claim
from shared.events.contact import ContactDecided
from shared.law import Answer, Law, SentStep
from shared.law import Step as LawStep

DAY = timedelta(days=1)
PROVABLE: tuple[LawStep, ...] = ("reminder", "notice")


def strategy_of(known: Known) -> Strategy | None:
    """The strategy this case was given."""
    return strategies().get(known.strategy)


def group_of(known: Known, today: date) -> Group:
    """Which of the three kinds of people who have not paid, by what happened; never by a guess."""
    if known.planned_before or known.call_outcomes & {"cannot_pay", "wants_plan"}:
        return "cannot"
    run_out = any(each.decided.pay_by is not None and each.decided.pay_by < today for each in known.messages("demand"))
    answered = known.call_outcomes & {"will_pay", "forgot"}
    return "will_not" if run_out and not answered else "forgot"


def open_claims(known: Known) -> list[Claim]:
    """The claims something is left of, the oldest first; all of them where nothing is."""
    ordered = sorted(known.case.claims.values(), key=lambda claim: (claim.due, claim.number))
    return [claim for claim in ordered if claim.open_principal] or ordered


def due_day(known: Known, law: Law) -> date:
    """The day from which the law counts: the last of the claims to fall due, so that no claim is early."""
    country = kind_of(known.case)[0]
    return max(law.payable_on(country, claim.due).on for claim in open_claims(known))


def sent_steps(known: Known) -> list[SentStep]:
    """What was sent before: ours, and of the client's own what is proven and lawful for every claim."""
    return [*proven_steps(known), *(_as_told(each, known) for each in known.messages(*LETTERS) if _is_step(each))]


def proven_steps(known: Known) -> list[SentStep]:
    """The client's own steps that are proven and lawful for every open claim; the latest day of each kind counts."""
    claims = {claim.claim_id for claim in open_claims(known)}
    found = []
    for kind in PROVABLE:
        lawful = [(of, step) for of, step in known.case.earlier if step.kind == kind and step.lawful and step.proven]
        if claims and claims <= {of for of, _ in lawful}:
            last = max((step for _, step in lawful), key=lambda step: step.sent)
            found.append(SentStep(kind, last.sent, last.pay_by, last.charged))
    return found


def last_message(known: Known) -> ContactDecided | None:
    """The last message with a pay-by date."""
    dated = [each.decided for each in known.messages(*LETTERS) if each.decided.pay_by is not None]
    return dated[-1] if dated else None


def next_step(known: Known, around: Around, now: datetime) -> Step | None:
    """The first step of the strategy that is not taken. Read off the facts, so none is stepped over."""
    strategy = strategy_of(known)
    steps = strategy.from_step(known.first_step) if strategy else ()
    return next((step for step in steps if not _is_done(step, known, around, now)), None)


def earliest_day(known: Known, around: Around, step: Step) -> tuple[date, tuple[Answer, ...]]:
    """The first day of a step, and what the law answered. Raises Unknown where the law is not known."""
    country, debtor = kind_of(known.case)
    last = last_message(known)
    day, answers = due_day(known, around.law), ()  # type: tuple[date, tuple[Answer, ...]]
    if step.kind == "call" and last is not None and last.pay_by is not None:
        day = add_bank_days(country, last.pay_by, -step.before)
    elif step.kind == "ask":
        day = (last.pay_by if last and last.pay_by else day) + timedelta(days=step.days)
    else:
        after_due = day + timedelta(days=step.days)
        kinds = dict.fromkeys((step.kind, step.law or step.kind))
        firsts = tuple(
            around.law.earliest(country, debtor, cast("LawStep", kind), day, sent_steps(known)) for kind in kinds
        )
        day, answers = max(after_due, *(first.on for first in firsts)), firsts
        if last is not None and last.pay_by is not None:
            day = max(day, last.pay_by + DAY)  # What was said stands: nobody is asked again before that day.
    if "on_hold" in known.case.conditions and known.case.hold_until is not None:
        day = max(day, known.case.hold_until + DAY)
    return day, answers


def pay_by(known: Known, around: Around, step: Step, channel: str, today: date) -> tuple[date, tuple[Answer, ...]]:
    """The day to pay by: as many days as the law and the strategy give, and a bank day; and what the law answered."""
    country, debtor = kind_of(known.case)
    days, answers = step.to_pay, ()  # type: tuple[int, tuple[Answer, ...]]
    if step.kind != "friendly":
        answer = around.law.days_to_pay(
            country, debtor, cast("LawStep", step.kind), "letter" if channel == "letter" else "email", on=today
        )
        days, answers = max(days, answer.days), (answer,)
    return bank_day_on_or_after(country, today + timedelta(days=days)), answers


def _is_done(step: Step, known: Known, around: Around, now: datetime) -> bool:
    if step.kind == "ask":
        return known.question is not None
    if step.kind != "call":
        return any(each.decided.step == step.step for each in known.messages(step.kind))
    if any(call.task.step == step.step and not call.withdrawn for call in known.calls.values()):
        return True
    if known.messages(*(each.kind for each in _after(known, step))):
        return True  # What it was to come before has been said.
    last = last_message(known)
    today = local_date(country_of(known.case.country), now)
    too_late = last is None or last.pay_by is None or today > last.pay_by
    return too_late or "call" not in channels_of(around.party.person, known.case.country)


def _after(known: Known, step: Step) -> tuple[Step, ...]:
    strategy = strategy_of(known)
    return strategy.from_step(step.step)[1:] if strategy else ()


def _is_step(each: Contact) -> bool:
    return each.decided.kind != "friendly"


def _as_told(each: Contact, known: Known) -> SentStep:
    decided = each.decided
    on = local_date(country_of(known.case.country), decided.leaves_at) if decided.leaves_at else date.min
    cost = decided.charge.amount if decided.charge else None
    return SentStep(cast("LawStep", decided.kind), on, decided.pay_by, cost)


def first_step(known: Known, strategy: Strategy, law: Law, today: date, *, payable_to_client: bool) -> str:
    """Where a case begins: kindly while it is fresh, at the demand only where a reminder is proven."""
    proven: Sequence[str] = [step.kind for step in proven_steps(known)]
    fresh = today <= due_day(known, law) + timedelta(days=strategy.still_fresh)
    for step in strategy.steps:
        if step.kind == "friendly" and (not fresh or known.case.earlier or not payable_to_client):
            continue
        if step.kind in proven:
            continue
        return step.step
    return strategy.steps[-1].step
