"""Was a step the client took before us lawful, and may its charge be collected?"""

from collections.abc import Sequence
from datetime import date, timedelta

from shared.law import costs, timing
from shared.law.answers import ChargedCost, Cost, Debtor, EarlierStep, Measure, Rule, SentStep, Step
from shared.law.costs import Asked
from shared.law.pack import Pack, Unknown
from shared.money import Money

# What a client's own letter costs by. A Norwegian creditor's own demand has an amount of its own.
MEASURES: dict[Step, Measure] = {
    "reminder": "reminder",
    "notice": "notice",
    "demand": "demand",
    "second_demand": "second_demand",
}


def check(
    pack: Pack,
    costs_of: costs.OfCountry,
    debtor: Debtor,
    step: SentStep,
    principal: Money,
    due: date,
    previous: Sequence[SentStep],
) -> EarlierStep:
    """The step itself first, then its charge; a charge above the highest is collected up to it."""
    nothing = Money(0, principal.currency)
    if step.on <= due:
        return EarlierStep(lawful=False, counts=False, cost_collectable=nothing, reason="before_due", rules=())
    short = too_little_time(pack, step)
    if short is not None:
        return EarlierStep(
            lawful=False, counts=False, cost_collectable=nothing, reason="too_little_time", rules=(short,)
        )
    banned = sending_ban(pack, debtor, step, due, previous)
    if banned:
        return EarlierStep(lawful=False, counts=False, cost_collectable=nothing, reason="too_early", rules=banned)
    if step.cost is None or not step.cost:
        return EarlierStep(lawful=True, counts=True, cost_collectable=nothing, reason=None, rules=())
    return charged(pack, costs_of, debtor, step, principal, due, previous)


def charged(
    pack: Pack,
    costs_of: costs.OfCountry,
    debtor: Debtor,
    step: SentStep,
    principal: Money,
    due: date,
    previous: Sequence[SentStep],
) -> EarlierStep:
    """What of a charge may be collected."""
    nothing = Money(0, principal.currency)
    asked_for = step.cost or nothing
    measure = MEASURES.get(step.kind)
    if pack.country == "NO" and measure in {"demand", "second_demand"}:
        measure = "own_demand"
    if measure is None:
        return EarlierStep(lawful=False, counts=True, cost_collectable=nothing, reason="no_such_measure", rules=())
    asked = Asked(
        debtor=debtor,
        measure=measure,
        principal=principal,
        on=step.on,
        due=due,
        so_far=tuple(charges(previous)),
        previous=tuple(previous),
        agreed=True,
    )
    cost: Cost = costs.cost(pack, asked, costs_of)
    if not cost.allowed:
        return EarlierStep(lawful=False, counts=True, cost_collectable=nothing, reason=cost.reason, rules=cost.rules)
    if asked_for > cost.charge:
        return EarlierStep(
            lawful=False, counts=True, cost_collectable=cost.charge, reason="above_maximum", rules=cost.rules
        )
    return EarlierStep(lawful=True, counts=True, cost_collectable=asked_for, reason=None, rules=cost.rules)


def charges(previous: Sequence[SentStep]) -> list[ChargedCost]:
    """What the earlier steps cost."""
    return [
        ChargedCost(MEASURES[sent.kind], sent.on, sent.cost) for sent in previous if sent.cost and sent.kind in MEASURES
    ]


def too_little_time(pack: Pack, step: SentStep) -> Rule | None:
    """The rule on days to pay that a Norwegian notice or demand broke; a day not told is taken as given."""
    names: dict[Step, str] = {"notice": "notice.days.to_pay", "demand": "demand.days.to_pay"}
    if pack.country != "NO" or step.pay_by is None or step.kind not in names:
        return None
    value = pack.at(names[step.kind], step.on)
    return value.rule if step.pay_by < step.on + timedelta(days=value.value) else None


def sending_ban(
    pack: Pack, debtor: Debtor, step: SentStep, due: date, previous: Sequence[SentStep]
) -> tuple[Rule, ...]:
    """The rules that forbade sending a demand that day at all; a reminder sent early only costs nothing."""
    if step.kind not in {"demand", "second_demand"} or (pack.country == "FI" and debtor == "business"):
        return ()
    if pack.country == "SE":
        return ()
    try:
        answer = timing.earliest(pack, debtor, step.kind, due, [sent for sent in previous if sent.on <= step.on])
    except Unknown:
        return ()
    return answer.rules if step.on < answer.on or answer.needs else ()
