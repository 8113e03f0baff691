"""A line still being told, and what all chapters of a story share: who did it, by which rule, at what cost."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from services.gateway.progress import Progress
from services.gateway.words import Words
from shared.calendar import Country
from shared.casestore import Recorded
from shared.events import contact
from shared.events.reasons import Charge, Reason
from shared.events.settlement import Part
from shared.law import explain
from shared.law.kept import KeptAnswer, answer_of
from shared.money import CURRENCIES, Money

AMOUNT = re.compile(rf"(-?\d+) ({'|'.join(CURRENCIES)})")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass
class Draft:
    """A line: later events may add to it."""

    at: datetime
    what: str
    by: str
    kind: str
    channel: str | None = None
    details: list[str] = field(default_factory=list)
    cost: str | None = None
    balance: Money | None = None
    why: str | None = None
    rules: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    law: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)


class Teller:
    """Remembers the lines told so far, and which line a message, a call, a payment or a plan is on."""

    def __init__(self, words: Words, country: Country, names: Mapping[UUID, str]) -> None:
        self.words, self.country, self.names = words, country, names
        self.drafts: list[Draft] = []
        self.of: dict[tuple[str, object], Draft] = {}
        self.claims: dict[UUID, str] = {}
        self.paid: dict[UUID, Money] = {}
        self.waited: tuple[str, tuple[str, ...], Draft] | None = None

    def hear(self, one: Recorded) -> None:
        """Something else happened: a step that waits again after it is news again."""
        if not isinstance(one.event, contact.StepWaited | contact.StepPlanned):
            self.waited = None

    def start(self, one: Recorded, kind: str, name: str, /, by: str | None = None, **parts: object) -> Draft:
        """A new line."""
        draft = Draft(one.recorded_at, self.words(name, **parts), by or self.actor(one), kind)
        self.drafts.append(draft)
        return draft

    def detail(self, draft: Draft, name: str, /, **parts: object) -> None:
        """One sentence more on a line."""
        draft.details.append(self.words(f"detail.{name}", **parts))

    # Who.

    def actor(self, one: Recorded) -> str:
        """Who did it, by the actor stored with the event."""
        kind, _, name = one.actor.partition(":")
        if kind == "client":
            return self.words("by.you")
        if kind == "staff":
            return self.person(name)
        return self.words("by.agency")

    def person(self, actor: str) -> str:
        """A member of staff by name, from `staff:ID` or the bare id."""
        try:
            return self.names.get(UUID(actor.removeprefix("staff:"))) or self.words("by.somebody")
        except ValueError:
            return self.words("by.somebody")

    def strategy(self, step: str, after: Progress) -> str:
        """`the strategy, step 3`: the place of the step among those planned or taken so far."""
        number = after.steps.index(step) + 1 if step in after.steps else len(after.steps)
        return self.words("by.strategy", number=number)

    # Why, and at what cost.

    def because(self, draft: Draft, reason: Reason) -> None:
        """By which rules, resting on which facts."""
        draft.rules = self.words.sections(rule.section for rule in reason.rules) or None
        # What is missing is named in English, for staff; the other languages say in the why that something is.
        unsaid = () if self.words.language == "en" else ("missing",)
        facts = [each for each in reason.facts if each[0] not in unsaid]
        known = [(name, value) for name, value in facts if self.words.has(f"fact.{name}")]
        draft.facts = tuple((self.words(f"fact.{name}"), self._value(value)) for name, value in known)
        self.by_law(draft, *reason.answers)

    def by_law(self, draft: Draft, *answers: KeptAnswer | None) -> None:
        """What the law answered, a sentence each. A kind of answer that is newer than we are has its sections only."""
        for kept in answers:
            try:
                said = explain(answer_of(kept), self.words.language, self.country) if kept else ""
            except ValueError:
                continue
            if said and said not in draft.law:
                draft.law.append(said)

    def by_rule(self, draft: Draft, section: str | None) -> None:
        """By which section."""
        draft.rules = self.words.sections([section or ""]) or None

    def charged(self, draft: Draft, charge: Charge | None) -> None:
        """What it cost, who bears it, and by which rule."""
        if charge is None or not charge.amount:
            return
        parts = {"measure": self.words.of("measure", charge.measure), "amount": self.words.amount(charge.amount)}
        self.by_law(draft, charge.answer)
        section = next((rule.section for rule in charge.rules if rule.section), "")
        draft.cost = self.words("cost_by" if section else "cost", rule=self.words.section(section), **parts)

    def blocked(self, codes: Sequence[str]) -> str:
        """What spoke against it."""
        return self.words.all_of("blocked", list(codes))

    def named(self, parts: Sequence[Part]) -> str:
        """`principal 100 €, interest 2 €`."""
        shown = [part for part in parts if part.amount]
        return self.words.listed(
            [self.words(f"part.{part.component}", amount=self.words.amount(part.amount)) for part in shown]
        )

    def _value(self, value: str) -> str:
        """A fact's value as a person writes it."""
        if amount := AMOUNT.fullmatch(value):
            return self.words.amount(Money(int(amount[1]), amount[2]))
        if DAY.match(value):
            return self.words.day(date.fromisoformat(value[:10]))
        return self.words.of("fact_value", value)
