"""What the client did itself before handing over: checked against the law, and charged only where it was lawful."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from shared.errors import Refused
from shared.events.intake import Country, DebtorKind, EarlierStep
from shared.law import Law, Rule, SentStep, Unknown
from shared.law.kept import kept
from shared.money import Money


class ToldStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step as the client tells it. `cost` is text with a decimal point; `invoice` limits it to one number."""

    kind: Literal["friendly", "reminder", "notice"]
    sent: date
    channel: Literal["letter", "email", "sms", "call", "einvoice"] = "letter"
    cost: str | None = None
    pay_by: date | None = None
    proof: str | None = None  # Name of the document that shows it.
    invoice: str | None = None


class Interruption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day from which the years of limitation run anew, and the document that shows it."""

    on: date
    proof: str
    invoice: str | None = None


class Earlier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the client tells of its own work before the hand-over."""

    steps: tuple[ToldStep, ...] = ()
    interruptions: tuple[Interruption, ...] = ()

    def of(self, number: str | None) -> "Earlier":
        """What of it is about the invoice with this number."""
        steps = tuple(step for step in self.steps if step.invoice in (None, number))
        return Earlier(steps, tuple(each for each in self.interruptions if each.invoice in (None, number)))

    @property
    def in_order(self) -> tuple[ToldStep, ...]:
        """The steps, oldest first."""
        return tuple(sorted(self.steps, key=lambda each: each.sent))

    def broke_limitation(self, country: Country, law: Law) -> tuple[date, ...]:
        """The proven interruptions, and the proven letters that name the debt where the law says that those are one."""
        letters = {step.sent for step in self.steps if step.proof and step.kind in ("reminder", "notice")}
        days = {each.on for each in self.interruptions}
        return tuple(sorted(days | {day for day in letters if _interrupts(law, country, day)}))


NOTHING_EARLIER = Earlier()


def read_earlier(text: str | None) -> Earlier:
    """A JSON list of steps, or an object of `steps` and `interruptions`. Raises Refused (`bad_earlier`)."""
    if text is None or not text.strip():
        return NOTHING_EARLIER
    try:
        if text.lstrip().startswith("["):
            told = Earlier(msgspec.json.decode(text, type=tuple[ToldStep, ...]))
        else:
            told = msgspec.json.decode(text, type=Earlier)
        for step in told.steps:
            _cost(step, "EUR")
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as mistake:
        raise Refused(f"the earlier steps are not in the form they are taken in: {mistake}", "bad_earlier") from None
    return told


def check_steps(
    earlier: Earlier, country: Country, debtor: DebtorKind, principal: Money, due: date, law: Law
) -> list[EarlierStep]:
    """Each step with what of its charge may be collected, oldest first. What did not count is not built on."""
    before: list[SentStep] = []
    checked: list[EarlierStep] = []
    for step in earlier.in_order:
        charged = _cost(step, principal.currency)
        sent = SentStep(step.kind, step.sent, step.pay_by, charged or None)
        nothing = Money(0, principal.currency)
        lawful, collectable, because, section, answered = True, nothing, None, None, None
        try:
            answer = law.check_earlier_step(country, debtor, sent, principal, due, before)
        except Unknown as unknown:
            lawful, because = not charged, "unknown"  # What could only add to the debt is left out.
            section = str(unknown)
        else:
            lawful, collectable, because = answer.lawful, answer.cost_collectable, answer.reason
            answered = kept(answer)
            section = None if answer.lawful else section_of(answer.rules, answer.reason or "")
            if answer.counts:
                before.append(SentStep(step.kind, step.sent, step.pay_by, collectable or None))
        checked.append(
            EarlierStep(
                step.kind, step.sent, step.channel, charged, collectable, lawful, because, section, step.pay_by,
                step.proof is not None, answered,
            )
        )  # fmt: skip
    return checked


def section_of(rules: Sequence[Rule], because: str) -> str | None:
    """The section a client is shown: the one on days where a step came too early, else the first."""
    on_days = [rule for rule in rules if ".days." in rule.id]
    fitting = on_days if because in ("too_early", "too_little_time", "notice_running") and on_days else rules
    return fitting[0].section if fitting else None


def _interrupts(law: Law, country: Country, day: date) -> bool:
    """Whether a letter does. What is not known lengthens no debt."""
    try:
        return law.interrupts(country, "demand", day)
    except Unknown:
        return False


def _cost(step: ToldStep, currency: str) -> Money:
    charged = Money.of(step.cost or "0", currency)
    if charged.minor < 0:
        raise ValueError("a cost is not negative")
    return charged
