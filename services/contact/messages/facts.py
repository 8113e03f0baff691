"""The facts of a message as its texts name them: one that is named must be there."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.contact.letters.figures import account_number, amount, day, long_day, reference_number
from services.contact.letters.letter import Language
from services.contact.letters.page import in_a_row
from services.contact.letters.words import fill
from services.contact.messages.message import Message

TEXTS = Path(__file__).parent / "texts"


class MissingFact(ValueError):
    """The message's text names a fact that the message does not hold."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"the message lacks {fact}")
        self.fact = fact


def filled(message: Message, text: str | Mapping[str, str]) -> str:
    """The text with its facts in place; it may have a form for one invoice and one for many."""
    return fill(text, Present(known(message)), many=len(message.invoices) > 1)


class Present(dict[str, str]):
    """Facts by name. Asking for one that is empty raises MissingFact."""

    def __missing__(self, fact: str) -> str:
        raise MissingFact(fact)


def known(message: Message) -> Mapping[str, str]:
    """The facts the message holds, as its texts name them."""
    language, word = message.language, texts(message.language)
    dates = {
        "due": message.due,
        "pay_by": message.pay_by,
        "until": message.until,
        "answer_by": message.answer_by,
        "missed_due": message.missed and message.missed.due,
        "first_due": message.instalments[0].due if message.instalments else None,
    }
    sums = {"total": message.total, "missed_amount": message.missed.amount if message.missed else None}
    named = word["the_invoices"]["many" if len(message.invoices) > 1 else "one"]
    facts = {
        "agency": message.agency.name,
        "telephone": message.agency.telephone,
        "hours": message.agency.telephone_hours,
        "email": message.agency.email,
        "handler": message.handler,
        "creditor": message.creditor,
        "case": message.case_number,
        "the_invoices": message.invoices and named.format(numbers=in_a_row(message.invoices, word["and"])),
        "account": message.account and account_number(message.account),
        "account_plain": message.account and (message.account.bban or message.account.iban),
        "payee": message.account and message.account.holder,
        "reference": message.reference and reference_number(message.reference, message.country),
        "reference_plain": message.reference,
        "until_day": message.until and day(message.until, language),
        "file": message.file,
        "count": message.instalments and f"{len(message.instalments)}",
        "defect_count": message.defects and f"{len(message.defects)}",
        "silence": message.silence and word["silence"][message.silence],
        "link": message.link,
        **{name: on and long_day(on, language) for name, on in dates.items()},
        **{name: money is not None and amount(money) for name, money in sums.items()},
    }
    return {name: fact for name, fact in facts.items() if fact}


def facts_shown(message: Message, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The facts a reader looks for, each with its label."""
    label, present = texts(message.language)["labels"], Present(known(message))
    for name in names:
        yield label[name], present[name]


@cache
def texts(language: Language) -> Mapping[str, Any]:
    """A language's messages, read once from `texts/<language>.yaml`."""
    parsed: Mapping[str, Any] = yaml.safe_load((TEXTS / f"{language}.yaml").read_text(encoding="utf-8"))
    return parsed
