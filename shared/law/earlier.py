"""Was a step the client took before us lawful, and may its charge be collected?"""

from datetime import date, timedelta

import msgspec

from shared.law import costs, timing
from shared.law.answers import (
    ChargedCost,
    Cost,
    Country,
    Debtor,
    EarlierReason,
    EarlierStep,
    Measure,
    Rule,
    SentStep,
    Step,
)
from shared.law.costs import Asked
from shared.law.pack import Pack
from shared.money import Money

DEMANDS: tuple[Step, ...] = ("demand", "second_demand")
# What a client's own letter costs by. A Norwegian creditor's own demand has an amount of its own.
MEASURES: dict[Country, dict[Step, Measure]] = {
    "FI": {"reminder": "reminder", "demand": "demand", "second_demand": "second_demand"},
    "NO": {"reminder": "reminder", "notice": "notice", "demand": "own_demand", "second_demand": "own_demand"},
    "SE": {"reminder": "reminder", "demand": "demand"},
}
MISSING: dict[Step, EarlierReason] = {
    "reminder": "reminder_missing",
    "notice": "notice_missing",
    "demand": "demand_missing",
}
# How many days a letter must have given from its sending.
GIVEN: dict[tuple[Country, Step], str] = {
    ("NO", "notice"): "notice.days.to_pay",
    ("NO", "demand"): "demand.days.to_pay",
    ("NO", "second_demand"): "demand.days.to_pay",
    ("SE", "demand"): "demand.days.to_pay",
}


class Taken(msgspec.Struct, frozen=True):
    """A step the client took, with what is known about its claim."""

    country: Country
    debtor: Debtor
    step: SentStep
    principal: Money
    due: date
    previous: tuple[SentStep, ...]
    invoice_sent: date | None = None
    fixed_due_date: bool = False
    agreed: bool = False


def check(pack: Pack, costs_of: costs.OfCountry, taken: Taken) -> EarlierStep:
    """The step itself first, then its charge; a charge above the highest is collected up to it."""
    step, nothing = taken.step, Money(0, taken.principal.currency)
    if step.on <= taken.due:
        return EarlierStep(lawful=False, counts=False, cost_collectable=nothing, reason="before_due", rules=())
    broken = too_little_time(pack, step) or sent_too_soon(pack, taken)
    if broken is not None:
        reason, rules = broken
        return EarlierStep(lawful=False, counts=False, cost_collectable=nothing, reason=reason, rules=rules)
    if not step.cost:
        return EarlierStep(lawful=True, counts=True, cost_collectable=nothing, reason=None, rules=())
    return charged(pack, costs_of, taken, step.cost)


def charged(pack: Pack, costs_of: costs.OfCountry, taken: Taken, asked_for: Money) -> EarlierStep:
    """What of a charge may be collected; the step itself counts whatever it cost."""
    nothing = Money(0, taken.principal.currency)
    measure = MEASURES[taken.country].get(taken.step.kind)
    if measure is None:
        return EarlierStep(lawful=False, counts=True, cost_collectable=nothing, reason="no_such_measure", rules=())
    cost: Cost = costs.cost(pack, question(taken, measure), costs_of)
    if not cost.allowed:
        return EarlierStep(lawful=False, counts=True, cost_collectable=nothing, reason=cost.reason, rules=cost.rules)
    if asked_for > cost.charge:
        return EarlierStep(
            lawful=False, counts=True, cost_collectable=cost.charge, reason="above_maximum", rules=cost.rules
        )
    return EarlierStep(lawful=True, counts=True, cost_collectable=asked_for, reason=None, rules=cost.rules)


def question(taken: Taken, measure: Measure) -> Asked:
    """What the measure might have cost on its day, after the client's steps before it."""
    before = [sent for sent in taken.previous if sent.on <= taken.step.on]
    measures = MEASURES[taken.country]
    return Asked(
        debtor=taken.debtor,
        measure=measure,
        principal=taken.principal,
        on=taken.step.on,
        due=taken.due,
        so_far=tuple(
            ChargedCost(measures[sent.kind], sent.on, sent.cost)
            for sent in before
            if sent.cost and sent.kind in measures
        ),
        previous=tuple(before),
        invoice_sent=taken.invoice_sent,
        fixed_due_date=taken.fixed_due_date,
        agreed=taken.agreed,
    )


Broken = tuple[EarlierReason, tuple[Rule, ...]]


def too_little_time(pack: Pack, step: SentStep) -> Broken | None:
    """Whether a notice or demand gave too few days, in Norway and Sweden; a day not told is taken as given."""
    name = GIVEN.get((pack.country, step.kind))
    if step.pay_by is None or name is None:
        return None
    value = pack.at(name, step.on)
    given = step.pay_by - step.on
    return ("too_little_time", (value.rule,)) if given < timedelta(days=value.value) else None


def sent_too_soon(pack: Pack, taken: Taken) -> Broken | None:
    """Whether a demand was one that might not be sent that day at all; a reminder sent early only costs nothing."""
    step = taken.step
    bans = taken.country == "NO" or (taken.country == "FI" and taken.debtor == "consumer")
    if step.kind not in DEMANDS or not bans:
        return None
    before = [sent for sent in taken.previous if sent.on <= step.on]
    if taken.country == "FI":
        # That we wait for the day a letter gave is our own choice; the Act counts the days from its sending.
        before = [SentStep(sent.kind, sent.on) for sent in before]
    first = timing.earliest(pack, taken.debtor, step.kind, taken.due, before)
    if first.needs is not None:
        return MISSING[first.needs], first.rules
    return ("too_early", first.rules) if step.on < first.on else None
