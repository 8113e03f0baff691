"""What a measure may cost the debtor. What is common to all countries; each has its own file beside this one."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from shared.law.answers import ChargedCost, Condition, Cost, Debtor, Measure, Refusal, Rule, SentStep
from shared.law.conditions import effects_of
from shared.law.pack import Pack, Unknown, Value
from shared.money import Money

OfCountry = Callable[["Weighing"], Cost]
LETTERS: frozenset[Measure] = frozenset(
    {"reminder", "other_reminder", "notice", "demand", "second_demand", "own_demand", "same_group_demand", "tratta"}
)


class Asked(msgspec.Struct, frozen=True):
    """The question: which measure, on which claim, on which day, after what."""

    debtor: Debtor
    measure: Measure
    principal: Money
    on: date
    due: date
    so_far: tuple[ChargedCost, ...] = ()
    previous: tuple[SentStep, ...] = ()
    letters_told: bool = False  # Whether `previous` is all that was sent; otherwise it is not known.
    instalments: int = 0
    enforceable: bool = False
    can_deduct_vat: bool = True
    invoice_sent: date | None = None
    fixed_due_date: bool = False
    extension_days: int = 0
    agreed: bool = False
    conditions: tuple[Condition, ...] = ()

    @property
    def nothing(self) -> Money:
        return Money(0, self.principal.currency)

    def charged(self, *measures: Measure) -> list[ChargedCost]:
        """What was charged for these measures before."""
        return [cost for cost in self.so_far if cost.measure in measures]

    def sent(self, *steps: str) -> list[SentStep]:
        """The letters of these kinds sent before, the earliest first."""
        return sorted((step for step in self.previous if step.kind in steps), key=lambda step: step.on)


class Weighing:
    """An answer in the making: the rules asked for, what refuses, and what was left out."""

    def __init__(self, pack: Pack, asked: Asked) -> None:
        self.pack, self.asked = pack, asked
        self.rules: dict[str, Rule] = {}
        self.because: dict[str, Rule] = {}  # Told last: the first rule of an answer is the amount's.
        self.left_out: list[str] = []
        self.amount: Money | None = None  # What the measure costs, once that much is known.
        self.refusals: list[tuple[Refusal, date | None]] = []

    def ask(self, name: str, day: date | None = None) -> Any:
        """What a rule says on the day of the measure, or on another; the rule goes into the answer."""
        return self.found(name, day).value

    def found(self, name: str, day: date | None = None) -> Value:
        try:
            value = self.pack.at(name, self.asked.on if day is None else day)
        except Unknown as unknown:
            if unknown.rule is not None:
                self.rules[unknown.rule.id] = unknown.rule
            raise
        self.rules[value.rule.id] = value.rule
        return value

    def first_day(self, name: str, after: date, reading: str | None = None) -> date:
        """The first day, from the day of the measure on, that lies a rule's days after another."""
        day, rules = self.pack.first_day(name, after, self.asked.on, reading)
        self.rules.update((rule.id, rule) for rule in rules)
        return day

    def refuse(self, reason: Refusal, earliest: date | None = None) -> None:
        self.refusals.append((reason, earliest))

    def answer(self, amount: Money | None, **more: Any) -> Cost:
        """The answer: what was asked for is charged only where nothing refuses it."""
        reason, earliest = self.first_refusal(amount)
        allowed = reason is None
        charge = more.pop("charge", None)
        return Cost(
            measure=self.asked.measure,
            amount=amount,
            allowed=allowed,
            reason=reason,
            earliest=earliest,
            cap_left=more.pop("cap_left", None),
            charge=charge if allowed and charge is not None else self.asked.nothing,
            rules=tuple((self.rules | self.because).values()),
            left_out=tuple(self.left_out),
            **more,
        )

    def first_refusal(self, amount: Money | None) -> tuple[Refusal | None, date | None]:
        """A refusal that time does not heal comes before one that it does."""
        final = [reason for reason, earliest in self.refusals if earliest is None]
        if final:
            return final[0], None
        if amount is None:
            return "no_statutory_amount", None
        return self.refusals[0] if self.refusals else (None, None)


def cost(pack: Pack, asked: Asked, of_country: OfCountry) -> Cost:
    """One country's answer. An unknown amount could only add to what the debtor pays, so it is left out."""
    check(pack, asked)
    weighing = Weighing(pack, asked)
    try:
        refuse_by_conditions(weighing)
        return of_country(weighing)
    except Unknown as unknown:
        weighing.left_out.append(unknown.missing)
        weighing.refuse("unknown")
        return weighing.answer(weighing.amount)


def check(pack: Pack, asked: Asked) -> None:
    """Raises ValueError where the question makes no sense."""
    if asked.principal.currency != pack.currency:
        raise ValueError(f"{asked.principal.currency} is not the currency of {pack.country}")
    if asked.principal.minor < 0:
        raise ValueError("a principal is not negative")
    if asked.measure == "plan" and asked.instalments < 1:
        raise ValueError("a plan has at least one instalment")


def refuse_by_conditions(weighing: Weighing) -> None:
    """Nothing is charged while the debt is disputed, after a suspension request, or where the debtor was right."""
    asked = weighing.asked
    for condition, effects, rule in effects_of(weighing.pack, asked.on, asked.conditions, asked.debtor):
        if "no cost" in effects:
            weighing.because[rule.id] = rule
            weighing.refuse(condition)


def band(bands: Sequence[tuple[int | None, Any]], principal: Money) -> Any:
    """The value of the band a principal falls into; a band's edge is still in it."""
    for limit, value in bands:
        if limit is None or principal.minor <= limit:
            return value
    raise ValueError("the bands do not end")


def times(amount: Money, factor: Decimal) -> Money:
    """Part of a highest amount, rounded down to the cent: what is above it is not owed."""
    return Money(int(amount.minor * factor), amount.currency)


def standard_compensation(weighing: Weighing) -> Cost:
    """What is due beside costs charged already: together they are the compensation, or the costs if those are more."""
    asked = weighing.asked
    name = "business.standard_compensation"
    if asked.debtor == "consumer" or not weighing.pack.has(name):
        weighing.refuse("no_such_measure")
        return weighing.answer(None)
    first_late_day = asked.due + timedelta(days=1)
    amount: Money | None = weighing.ask(name, first_late_day)
    if asked.charged("standard_compensation"):
        weighing.refuse("charged_already")
    if asked.on < first_late_day:
        weighing.refuse("too_early", first_late_day)
    if amount is None:
        return weighing.answer(None)
    others = sum_of(asked.so_far, asked.nothing)
    if others >= amount:
        weighing.refuse("within_standard_compensation")
    return weighing.answer(amount, charge=amount - min(others, amount))


def above_compensation(weighing: Weighing, amount: Money) -> Money:
    """What of a cost may be charged beside the compensation: the costs together, less what was charged."""
    asked = weighing.asked
    compensations = asked.charged("standard_compensation")
    if not compensations:
        return amount
    weighing.ask("business.standard_compensation", asked.due + timedelta(days=1))
    charged = sum_of(asked.so_far, asked.nothing)
    costs = amount
    for each in asked.so_far:
        if each.measure != "standard_compensation":
            costs += each.full or each.amount
    over = costs - min(costs, charged)
    if not over:
        weighing.refuse("within_standard_compensation")
    return min(over, amount)


def sum_of(costs: Sequence[ChargedCost], nothing: Money) -> Money:
    """What was charged together."""
    whole = nothing
    for each in costs:
        whole += each.amount
    return whole


def vat(weighing: Weighing, name: str, charge: Money) -> Money | None:
    """The tax on top, where the creditor cannot deduct it; left out where it is not known."""
    if weighing.asked.can_deduct_vat:
        return None
    dated = weighing.pack.rules[name]
    value = dated.at(weighing.asked.on)
    if value is None or not weighing.pack.usable(value):
        weighing.left_out.append(dated.missing(weighing.asked.on))
        return None
    weighing.rules[value.rule.id] = value.rule
    return None if value.value is None else charge.share(value.value)
