"""An answer of the law as a sentence a person can read, with the sections it rests on."""

import re
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal

from shared.calendar import local
from shared.law.answers import (
    AllocationOrder,
    Answer,
    ContactAnswer,
    Cost,
    Country,
    DaysToPay,
    EarlierStep,
    Earliest,
    Instead,
    Interest,
    Limitation,
    NextSteps,
    PayableOn,
    Rule,
    Segment,
)
from shared.law.not_known import NOT_KNOWN
from shared.law.words import COMPONENTS, LANGUAGES, MEASURES, REASONS, SECTIONS, SENTENCES, Language
from shared.money import Money

__all__ = ["Language", "explain"]

SYMBOLS = {"EUR": "€", "NOK": "kr", "SEK": "kr"}
NARROW = "\N{NO-BREAK SPACE}"
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Speaking:
    """One language: its words, and how it writes days and amounts."""

    def __init__(self, language: Language, country: Country | None = None) -> None:
        self.language, self.country = language, country
        self.column = LANGUAGES.index(language)

    def say(self, name: str, **parts: object) -> str:
        return SENTENCES[name][self.column].format(**parts)

    def reason(self, code: str) -> str:
        return REASONS[code][self.column]

    def measure(self, name: str) -> str:
        return MEASURES[name][self.column]

    def day(self, day: date) -> str:
        if self.language == "en":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        if self.language == "sv":
            return day.isoformat()
        return f"{day.day}.{day.month}.{day.year}"

    def time(self, time: time) -> str:
        return f"{time.hour}.{time:%M}" if self.language == "fi" else f"{time:%H:%M}"

    def number(self, number: Decimal) -> str:
        text = f"{number:,f}"
        if self.language == "en":
            return text
        return text.replace(",", NARROW).replace(".", ",")

    def amount(self, amount: Money) -> str:
        if self.language == "en":
            return f"{amount.currency}{NARROW}{self.number(amount.decimal)}"
        return f"{self.number(amount.decimal)}{NARROW}{SYMBOLS[amount.currency]}"


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def explain(answer: Answer, language: Language, country: Country | None = None) -> str:
    """The answer in one sentence, with its sections in brackets. With its country a moment is told to the minute."""
    speaking = Speaking(language, country)
    return f"{sentence(answer, speaking)}{sections(answer.rules, speaking)}."


def sentence(answer: Answer, speaking: Speaking) -> str:
    match answer:
        case Interest():
            return interest(answer, speaking)
        case Cost():
            return cost(answer, speaking)
        case Earliest(step, on, _, needs, latest):
            said = speaking.say("earliest", measure=capital(speaking.measure(step)), day=speaking.day(on))
            said += speaking.say("latest", day=speaking.day(latest)) if latest else ""
            return said + (speaking.say("needs", measure=speaking.measure(needs)) if needs else "")
        case NextSteps(steps, reason, _, _, instead):
            if reason is None:
                return "; ".join(sentence(step.earliest, speaking) for step in steps)
            return speaking.say("nothing_follows", reason=speaking.reason(reason)) + turned_to(instead, speaking)
        case DaysToPay(days):
            return speaking.say("days_to_pay", days=days)
        case PayableOn(on):
            return speaking.say("payable_on", day=speaking.day(on))
        case AllocationOrder(order, _, by_wish, unknown):
            named = ", ".join(COMPONENTS[component][speaking.column] for component in order)
            said = speaking.say("order", order=named) + (speaking.say("by_wish") if by_wish else "")
            return said + (left_out(unknown, speaking) if unknown else "")
        case Limitation(barred, barred_on):
            return speaking.say("barred" if barred else "not_barred", day=speaking.day(barred_on))
        case ContactAnswer():
            return contact(answer, speaking)
        case EarlierStep(_, _, collectable, reason):
            lawful = speaking.say("earlier")
            said = lawful if reason is None else speaking.say("not_earlier", reason=speaking.reason(reason))
            if collectable:
                return said + speaking.say("collected", amount=speaking.amount(collectable))
            return said if reason is None else said + speaking.say("not_collected")


def interest(answer: Interest, speaking: Speaking) -> str:
    if not answer.segments:
        return speaking.say("no_interest")
    whole = len({each.principal for each in answer.segments}) == 1
    rates = ", ".join(rate(each, speaking, told=not whole) for each in answer.segments)
    first, last = answer.segments[0].from_, answer.segments[-1].to
    return speaking.say(
        "interest",
        amount=speaking.amount(answer.amount),
        first=speaking.day(first),
        last=speaking.day(last),
        rates=rates,
    )


def rate(each: Segment, speaking: Speaking, *, told: bool) -> str:
    """Days at a rate; with the principal where it is not the same throughout."""
    name = "rate_one" if each.days == 1 else "rate"
    said = speaking.say(name, days=each.days, rate=speaking.number(each.rate.normalize()))
    return said + (speaking.say("on_principal", principal=speaking.amount(each.principal)) if told else "")


def cost(answer: Cost, speaking: Speaking) -> str:
    measure = capital(speaking.measure(answer.measure))
    if answer.reason is None and answer.amount is not None:
        amount, charge = speaking.amount(answer.amount), speaking.amount(answer.charge)
        name = "whole_cost" if answer.charge == answer.amount else "cost"
        said = speaking.say(name, measure=measure, amount=amount, charge=charge)
    else:
        said = speaking.say("no_cost", measure=measure, reason=speaking.reason(f"{answer.reason}"))
    if answer.earliest:
        said += speaking.say("from", day=speaking.day(answer.earliest))
    if answer.replaces:
        said += speaking.say("replaces", measure=speaking.measure(answer.replaces))
    if answer.vat_on_top:
        said += speaking.say("vat", amount=speaking.amount(answer.vat_on_top))
    if answer.left_out:
        said += left_out(answer.left_out, speaking)
    return said


def contact(answer: ContactAnswer, speaking: Speaking) -> str:
    if answer.reason is None:
        return speaking.say("contact")
    said = speaking.say("no_contact", reason=speaking.reason(answer.reason))
    if answer.earliest is not None and speaking.country is not None:
        here = local(speaking.country, answer.earliest)
        said += speaking.say("from_moment", day=speaking.day(here.date()), time=speaking.time(here.time()))
    elif answer.earliest is not None:
        said += speaking.say("from", day=speaking.day(answer.earliest.date()))
    return said + turned_to(answer.instead, speaking)


def turned_to(instead: Instead | None, speaking: Speaking) -> str:
    """Who may be asked in the debtor's place."""
    if instead is None:
        return ""
    who = "the_guardian" if instead == "guardian" else "representative"
    return speaking.say("instead", who=speaking.say(who))


def left_out(missing: Sequence[str], speaking: Speaking) -> str:
    """What is not known, in the language's own words: told apart are what it is called and when."""
    told = []
    for each in missing:
        called, _, when = each.removesuffix(" missing").rpartition(" for ")
        words = NOT_KNOWN.get(called)
        when = speaking.day(date.fromisoformat(when)) if ISO_DAY.fullmatch(when) else when
        told.append(f"{words[speaking.column]} ({when})" if words else each)
    return speaking.say("left_out", what=", ".join(told))


def sections(rules: Sequence[Rule], speaking: Speaking) -> str:
    """Each section once, in the order it was asked."""
    own = {name: words[speaking.column] for name, words in SECTIONS.items()}
    named = "; ".join(dict.fromkeys(own.get(rule.section, rule.section) for rule in rules))
    return f" ({named})" if named else ""


def capital(text: str) -> str:
    return text[0].upper() + text[1:]
