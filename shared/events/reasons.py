"""Why: the rules asked, what was charged and for what, what spoke against a step. Kept in the events they justify."""

from datetime import date

import msgspec

from shared.law.kept import KeptAnswer
from shared.money import Money


class RuleAsked(msgspec.Struct, frozen=True):
    """A rule of law that an answer rests on."""

    rule: str
    section: str
    source: str


class Charge(msgspec.Struct, frozen=True):
    """A cost laid on the debtor. It lives on the event of the action that earned it, and falls if that is recalled."""

    measure: str
    amount: Money
    on: date  # The day of the action: it selects the law.
    rules: tuple[RuleAsked, ...]
    replaces: str | None = None  # The measure whose charge this one takes the place of.
    answer: KeptAnswer | None = None  # What the law answered: the highest amount, the cap, what was left out.


class Reason(msgspec.Struct, frozen=True):
    """Why a step was taken or not: the same function given these facts gives the same answer.

    `answers` are what the law was asked and said, a cost it refused too; each can be told in a sentence again.
    """

    step: str
    rules: tuple[RuleAsked, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()  # Balance, freshness, last contacts: name and value, no personal data.
    blocked_by: tuple[str, ...] = ()
    answers: tuple[KeptAnswer, ...] = ()
