"""An answer of the law as a sentence a person can read, with the sections it rests on."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from shared.law.answers import (
    AllocationOrder,
    Answer,
    ContactAnswer,
    Cost,
    DaysToPay,
    EarlierStep,
    Earliest,
    Instead,
    Interest,
    Limitation,
    NextSteps,
    PayableOn,
    Rule,
)
from shared.law.words import COMPONENTS, LANGUAGES, MEASURES, REASONS, SECTIONS, SENTENCES, Language
from shared.money import Money

__all__ = ["Language", "explain"]

SYMBOLS = {"EUR": "€", "NOK": "kr", "SEK": "kr"}
NARROW = "\N{NO-BREAK SPACE}"


class Speaking:
    """One language: its words, and how it writes days and amounts."""

    def __init__(self, language: Language) -> None:
        self.language = language
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


def explain(answer: Answer, language: Language) -> str:
    """The answer in one sentence, with its sections in brackets."""
    speaking = Speaking(language)
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
        case AllocationOrder(order, _, by_wish, left_out):
            named = ", ".join(COMPONENTS[component][speaking.column] for component in order)
            said = speaking.say("order", order=named) + (speaking.say("by_wish") if by_wish else "")
            return said + (speaking.say("left_out", what=", ".join(left_out)) if left_out else "")
        case Limitation(barred, barred_on):
            return speaking.say("barred" if barred else "not_barred", day=speaking.day(barred_on))
        case ContactAnswer():
            return contact(answer, speaking)
        case EarlierStep(_, _, collectable, reason):
            amount = speaking.amount(collectable)
            if reason is None:
                return speaking.say("earlier", amount=amount)
            return speaking.say("not_earlier", reason=speaking.reason(reason), amount=amount)


def interest(answer: Interest, speaking: Speaking) -> str:
    if not answer.segments:
        return speaking.say("no_interest")
    rates = ", ".join(
        speaking.say("rate", days=each.days, rate=speaking.number(plain(each.rate))) for each in answer.segments
    )
    first, last = answer.segments[0].from_, answer.segments[-1].to
    return speaking.say(
        "interest",
        amount=speaking.amount(answer.amount),
        first=speaking.day(first),
        last=speaking.day(last),
        rates=rates,
    )


def cost(answer: Cost, speaking: Speaking) -> str:
    measure = capital(speaking.measure(answer.measure))
    if answer.reason is not None or answer.amount is None:
        reason = speaking.reason(answer.reason or "no_statutory_amount")
        said = speaking.say("no_cost", measure=measure, reason=reason)
    else:
        amount, charge = speaking.amount(answer.amount), speaking.amount(answer.charge)
        said = speaking.say("cost", measure=measure, amount=amount, charge=charge)
    if answer.earliest:
        said += speaking.say("from", day=speaking.day(answer.earliest))
    if answer.replaces:
        said += speaking.say("replaces", measure=speaking.measure(answer.replaces))
    if answer.vat_on_top:
        said += speaking.say("vat", amount=speaking.amount(answer.vat_on_top))
    if answer.left_out:
        said += speaking.say("left_out", what=", ".join(answer.left_out))
    return said


def contact(answer: ContactAnswer, speaking: Speaking) -> str:
    if answer.reason is None:
        return speaking.say("contact")
    said = speaking.say("no_contact", reason=speaking.reason(answer.reason))
    if isinstance(answer.earliest, datetime):
        said += speaking.say("from", day=speaking.day(answer.earliest.date()))
    return said + turned_to(answer.instead, speaking)


def turned_to(instead: Instead | None, speaking: Speaking) -> str:
    """Who may be asked in the debtor's place."""
    if instead is None:
        return ""
    who = "the_guardian" if instead == "guardian" else "representative"
    return speaking.say("instead", who=speaking.say(who))


def sections(rules: Sequence[Rule], speaking: Speaking) -> str:
    """Each section once, in the order it was asked."""
    own = {name: words[speaking.column] for name, words in SECTIONS.items()}
    named = "; ".join(dict.fromkeys(own.get(rule.section, rule.section) for rule in rules))
    return f" ({named})" if named else ""


def plain(number: Decimal) -> Decimal:
    """Without ending zeros: 7.5 and 7, not 7.50 and 7.0."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def capital(text: str) -> str:
    return text[0].upper() + text[1:]
