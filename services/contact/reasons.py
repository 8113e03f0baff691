"""Why a step is taken or not, as its event keeps it: the law's answers with their rules, the facts, what blocks it."""

from collections.abc import Sequence

from shared.events.reasons import Reason, RuleAsked
from shared.law import Answer
from shared.law.kept import kept


def reason(
    step: str,
    answers: Sequence[Answer] = (),
    facts: tuple[tuple[str, str], ...] = (),
    blocked_by: tuple[str, ...] = (),
) -> Reason:
    """The reason, each rule once."""
    return Reason(step, asked(*answers), facts, blocked_by, tuple(kept(answer) for answer in answers))


def asked(*answers: Answer) -> tuple[RuleAsked, ...]:
    """The rules that answers rest on, each once, in the order they were asked."""
    rules = {rule.id: rule for answer in answers for rule in answer.rules}
    return tuple(RuleAsked(rule.id, rule.section, rule.source) for rule in rules.values())
