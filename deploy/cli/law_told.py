"""What the law answered: for people a sentence and tables, for machines one JSON document."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from deploy.cli.saying import Told, document, note, say, show, table
from deploy.cli.saying import amount as said
from shared.calendar import local
from shared.law import (
    ContactAnswer,
    Cost,
    Country,
    Interest,
    Language,
    NextStep,
    NextSteps,
    PayableOn,
    Rule,
    Unknown,
    explain,
)
from shared.money import Money

JSON = dict[str, Any]
CONFIRM = (
    "Nothing is guessed in its place: ask about days for which it is known, or confirm it in an overlay (--overlay)."
)


def wrong(why: Told | Unknown) -> Told:
    """Why there is no answer. A value that is not known is named."""
    if isinstance(why, Told):
        return why
    return Told(f"{why.country}: {why.missing}. {CONFIRM}", "unknown")


def interest(answer: Interest, due: date, payable: PayableOn, language: Language, *, as_json: bool) -> None:
    """Late interest, stretch by stretch."""
    if payable.on != due:
        note(f"On {due} nothing needs to be paid: the claim falls due on {payable.on}. Ask with that day as --due.")
    if as_json:
        document(
            {
                "interest": decimal(answer.amount),
                "currency": answer.amount.currency,
                "segments": [
                    {**msgspec.to_builtins(each), "principal": decimal(each.principal)} for each in answer.segments
                ],
                "rules": rules(answer.rules),
                "explanation": explain(answer, language),
            }
        )
        return
    say(explain(answer, language), style="bold")
    numbers = ("days", "per cent", "on", "interest")
    shown = table("from", "to", *numbers, right=numbers)
    for each in answer.segments:
        on = said(each.principal.minor, each.principal.currency)
        shown.add_row(str(each.from_), str(each.to), str(each.days), f"{each.rate:f}", on, f"{each.amount:f}")
    if answer.segments:
        say()
        show(shown)
    show_rules(answer.rules)


def cost(answer: Cost, due: date, language: Language, *, as_json: bool) -> None:
    """What a measure costs, or why it costs nothing."""
    if as_json:
        document({**costed(answer), "due": str(due), "explanation": explain(answer, language)})
        return
    say(explain(answer, language), style="bold")
    if answer.amount is not None and not answer.allowed:
        say(f"Where it is allowed it costs at most {written(answer.amount)}.")
    if answer.cap_left is not None:
        say(f"Before it the total cap leaves {written(answer.cap_left)}.")
    say(f"Asked of a claim that fell due on {due}.")
    show_rules(answer.rules)


def contact(
    answer: ContactAnswer, ours: ContactAnswer, country: Country, at: datetime, language: Language, *, as_json: bool
) -> None:
    """Whether the law leaves that moment, and beside it what the agency's own policy says."""
    if as_json:
        beside = contacted(ours, country, language)
        document({**contacted(answer, country, language), "at": moment(at, country), "agency_policy": beside})
        return
    say(explain(answer, language, country), style="bold")
    say(f"By the agency's own policy: {explain(ours, language, country)}")
    show_rules(answer.rules)


def next_steps(answer: NextSteps, on: date, country: Country, language: Language, *, as_json: bool) -> None:
    """What may be done next and from when; the first step is the one that is next."""
    first = answer.steps[0] if answer.steps else None
    if as_json:
        document(
            {
                "next": first.step if first else None,
                "earliest": moment(first.lawful_from, country) if first else None,
                "allowed": first is not None and first.earliest.on <= on,
                "reason": answer.reason,
                "rules": rules(answer.rules),
                "steps": [followed(each, on, country, language) for each in answer.steps],
                "instead": answer.instead,
                "barred_on": str(answer.barred.barred_on) if answer.barred else None,
                "explanation": explain(answer, language),
            }
        )
        return
    say(explain(answer, language), style="bold")
    if answer.steps:
        say()
        shown = table("step", "lawful from", "the agency's policy leaves", "may cost then", right=("may cost then",))
        for each in answer.steps:
            ours = moment(each.agency_from, country) if each.agency_from else "nothing within two months"
            costs = written(each.cost.charge) if each.cost else ""
            shown.add_row(each.step.replace("_", " "), moment(each.lawful_from, country), ours, costs)
        show(shown)
        for each in answer.steps:
            if each.cost is not None:
                say(f"On {max(each.earliest.on, on)}: {explain(each.cost, language)}")
    if answer.barred is not None and answer.reason != "time_barred":
        say(explain(answer.barred, language))
    show_rules(answer.rules)


# Parts of answers.


def costed(answer: Cost) -> JSON:
    """A cost: `amount` is what it costs, `charge` what may be charged now."""
    return {
        "measure": answer.measure,
        "amount": decimal(answer.amount),
        "currency": answer.charge.currency,
        "allowed": answer.allowed,
        "reason": answer.reason,
        "earliest": str(answer.earliest) if answer.earliest else None,
        "cap_left": decimal(answer.cap_left),
        "charge": decimal(answer.charge),
        "vat_on_top": decimal(answer.vat_on_top),
        "replaces": answer.replaces,
        "left_out": list(answer.left_out),
        "rules": rules(answer.rules),
    }


def contacted(answer: ContactAnswer, country: Country, language: Language) -> JSON:
    """Whether, why not, and from which moment in local time."""
    return {
        "allowed": answer.allowed,
        "reason": answer.reason,
        "earliest": moment(answer.earliest, country) if answer.earliest else None,
        "instead": answer.instead,
        "rules": rules(answer.rules),
        "explanation": explain(answer, language, country),
    }


def followed(each: NextStep, on: date, country: Country, language: Language) -> JSON:
    """A step that may follow."""
    costs = {**costed(each.cost), "explanation": explain(each.cost, language)} if each.cost else None
    return {
        "step": each.step,
        "earliest": moment(each.lawful_from, country),
        "allowed": each.earliest.on <= on,
        "latest": str(each.earliest.latest) if each.earliest.latest else None,
        "agency_policy_from": moment(each.agency_from, country) if each.agency_from else None,
        "cost": costs,
        "rules": rules(each.earliest.rules),
        "explanation": explain(each.earliest, language),
    }


def rules(used: Sequence[Rule]) -> list[JSON]:
    """The rules an answer rests on."""
    found: list[JSON] = msgspec.to_builtins(used)
    return found


def show_rules(used: Sequence[Rule]) -> None:
    """The same as a table, under the answer."""
    if not used:
        return
    say()
    shown = table("section", "says", "source", "confidence")
    for rule in used:
        shown.add_row(*(text.replace("[", "\\[") for text in (rule.section, rule.says, rule.source, rule.confidence)))
    show(shown)


def decimal(amount: Money | None) -> str | None:
    """An amount as text with two decimals."""
    return None if amount is None else str(amount.decimal)


def written(amount: Money) -> str:
    """An amount as people read it."""
    return said(amount.minor, amount.currency)


def moment(at: datetime, country: Country) -> str:
    """A moment in local time, to the minute, with its offset."""
    return local(country, at).isoformat(timespec="minutes")
