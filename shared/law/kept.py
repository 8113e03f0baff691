"""An answer of the law as an event keeps it, so that what it justified can be explained when the packs have moved on.

It is kept as JSON under its kind's name: the law's answers may grow, and what was kept stays as it was told. Of each
rule the id, section, source and confidence are kept; what the rule says stands in the pack under that id.
"""

from typing import Any

import msgspec

from shared.law.answers import (
    AllocationOrder,
    Answer,
    ContactAnswer,
    Cost,
    DaysToPay,
    EarlierStep,
    Earliest,
    Interest,
    Limitation,
    PayableOn,
)

KINDS: dict[str, type[Any]] = {
    "interest": Interest,
    "cost": Cost,
    "earliest": Earliest,
    "days_to_pay": DaysToPay,
    "payable_on": PayableOn,
    "allocation_order": AllocationOrder,
    "limitation": Limitation,
    "contact": ContactAnswer,
    "earlier_step": EarlierStep,
}
NAMES = {kind: name for name, kind in KINDS.items()}


class KeptAnswer(msgspec.Struct, frozen=True):
    """An answer and what kind of answer it is."""

    kind: str
    told: dict[str, Any]


def kept(answer: Answer) -> KeptAnswer:
    """The answer as an event keeps it. Raises KeyError for a kind that justifies no event."""
    name = NAMES[type(answer)]
    told = msgspec.to_builtins(answer)
    told["rules"] = [{key: value for key, value in rule.items() if key != "says" and value} for rule in told["rules"]]
    return KeptAnswer(name, told)


def answer_of(one: KeptAnswer) -> Answer:
    """The answer again, to be explained. Raises ValueError where it is none that is known here."""
    if one.kind not in KINDS:
        raise ValueError(f"{one.kind} is no kind of answer")
    rules = [{"says": "", **rule} for rule in one.told.get("rules", ())]
    try:
        answer: Answer = msgspec.convert({**one.told, "rules": rules}, KINDS[one.kind])
    except msgspec.ValidationError as error:
        raise ValueError(f"this is no {one.kind}: {error}") from error
    return answer
