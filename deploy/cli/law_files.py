"""The files a question to the law may come with: what was sent and charged, past contacts, and an invoice.

They are JSON. Amounts are text with a decimal point, days `"2026-01-31"`; a name that is not known is an error, for it
may be one that was needed. `deploy/examples/law-*.json` shows one of each.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from deploy.cli.saying import Told
from shared.calendar import zone
from shared.law import Channel, ChargedCost, Condition, Country, Debtor, Measure, PastContact, SentStep, Step
from shared.money import Money

BYTES_MAX = 1024 * 1024
LINES_MAX = 1_000  # Of letters, of costs, of payments and of contacts.
FIRST_DAY, LAST_DAY = date(2015, 1, 1), date(2100, 12, 31)
AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?")
CURRENCY: dict[Country, str] = {"FI": "EUR", "NO": "NOK", "SE": "SEK"}
SEE = "deploy/examples/law-*.json shows one of each, and --help says what may stand in it."
T = TypeVar("T")
Many = Annotated[list[T], msgspec.Meta(max_length=LINES_MAX)]


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter sent before: what it was, when, and the day it gave for paying."""

    kind: Step
    on: date
    pay_by: date | None = None


class Charged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cost charged before. `full`: what it would have been, had the standard compensation not held it."""

    measure: Measure
    on: date
    amount: str
    full: str | None = None


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contact made with the debtor. A moment without its offset is local time there."""

    at: str
    channel: Channel


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was paid of the principal, on its value day."""

    on: date
    amount: str


class SoFar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was sent and charged before the day that is asked about."""

    sent: Many[Sent] = []
    charged: Many[Charged] = []


class InvoiceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A claim as the law is asked about it. The first three are needed; all else is what happened to it since.

    `invoice_sent`: the day the invoice was sent. `fixed_due_date`: agreed without a separate notice (Finland).
    `agreed`: a reminder's cost was agreed (Sweden). `arose`: the day the debt arose (Sweden). `interrupted`: days on
    which limitation was interrupted. `conditions`: what is true of the debt or the debtor now.
    """

    debtor: Debtor
    principal: str
    due: date
    invoice_sent: date | None = None
    fixed_due_date: bool = False
    enforceable: bool = False
    can_deduct_vat: bool = True
    agreed: bool = False
    arose: date | None = None
    interrupted: Many[date] = []
    payments: Many[Payment] = []
    sent: Many[Sent] = []
    charged: Many[Charged] = []
    contacts: Many[Contact] = []
    conditions: Many[Condition] = []


class Wrong(ValueError):
    """Something in a file that no law can be asked about: where it stands, and what is wrong."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(what)
        self.where = where


def read(file: Path, of: type[T]) -> T:
    """A file as this type. Raises Told with the place of what is wrong in it."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(BYTES_MAX + 1)
    except OSError as wrong:
        raise Told(f"{file} cannot be read: {wrong.strerror}.", "not_readable") from None
    if len(raw) > BYTES_MAX:
        raise Told(f"{file} is larger than a megabyte; it should hold one claim's letters and costs.", "too_large")
    try:
        return msgspec.json.decode(raw, type=of)
    except msgspec.ValidationError as wrong:
        what, _, place = str(wrong).partition(" - at ")
        where = place.strip("`").removeprefix("$").removeprefix(".") or "the file"
        raise bad(file, Wrong(where, what[:1].lower() + what[1:])) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        byte = re.search(r"\(byte (\d+)\)", str(wrong))
        line = raw.count(b"\n", 0, int(byte[1]) if byte else 0) + 1
        raise bad(file, Wrong(f"line {line}", f"this is not JSON: {wrong}")) from None


def in_file(file: Path, ask: Callable[[], T]) -> T:
    """What is asked with a file's content. Raises Told where something in it is Wrong."""
    try:
        return ask()
    except Wrong as wrong:
        raise bad(file, wrong) from None


def bad(file: Path, wrong: Wrong) -> Told:
    """What is wrong in a file, where, and what to look at."""
    defect = {"where": wrong.where, "code": "bad_file", "what": str(wrong)}
    return Told(f"{file} cannot be used. {SEE}", "bad_file", [defect])


# What stands in them, as the law asks for it. Each raises Wrong.


def money(text: str, country: Country, where: str) -> Money:
    """An amount in the country's currency."""
    if not AMOUNT.fullmatch(text):
        raise Wrong(where, f'{text[:30]!r} is no amount; write it as "1000.00", at most nine digits before the point')
    return Money.of(Decimal(text), CURRENCY[country])


def day(told: date, where: str, until: date = LAST_DAY) -> date:
    """A day the law can be asked about, and not after another."""
    if told < FIRST_DAY:
        raise Wrong(where, f"{told} is before {FIRST_DAY}, the first day the packs answer for")
    if told > until:
        what = "the last day that is taken" if until == LAST_DAY else "the day that is asked about"
        raise Wrong(where, f"{told} is after {until}, {what}")
    return told


def sent_steps(told: Sequence[Sent], known: Sequence[Step], on: date) -> tuple[SentStep, ...]:
    """The letters; `known` are the steps the country has."""
    steps = []
    for place, each in enumerate(told):
        where = f"sent[{place}]"
        if each.kind not in known:
            raise Wrong(f"{where}.kind", f"{each.kind} is no letter there; known are {', '.join(known)}")
        if each.pay_by is not None:
            day(each.pay_by, f"{where}.pay_by")
            if each.pay_by < each.on:
                raise Wrong(f"{where}.pay_by", f"{each.pay_by} is before {each.on}, the day it was sent")
        steps.append(SentStep(each.kind, day(each.on, f"{where}.on", on), each.pay_by))
    return tuple(steps)


def charged_costs(told: Sequence[Charged], country: Country, on: date) -> tuple[ChargedCost, ...]:
    """The costs."""
    return tuple(
        ChargedCost(
            each.measure,
            day(each.on, f"charged[{place}].on", on),
            money(each.amount, country, f"charged[{place}].amount"),
            None if each.full is None else money(each.full, country, f"charged[{place}].full"),
        )
        for place, each in enumerate(told)
    )


def payments(told: Sequence[Payment], country: Country, on: date) -> tuple[tuple[date, Money], ...]:
    """The payments."""
    return tuple(
        (day(each.on, f"payments[{place}].on", on), money(each.amount, country, f"payments[{place}].amount"))
        for place, each in enumerate(told)
    )


def contacts(told: Sequence[Contact], country: Country) -> tuple[PastContact, ...]:
    """The contacts."""
    return tuple(
        PastContact(moment(each.at, country, f"contacts[{place}].at"), each.channel) for place, each in enumerate(told)
    )


def moment(text: str, country: Country, where: str) -> datetime:
    """`2026-01-31T09:30`, with an offset from UTC or in the country's local time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(where, f"{text[:30]!r} is no moment; write it as 2026-01-31T09:30") from None
    if "T" not in text and " " not in text:
        raise Wrong(where, f"{text[:30]!r} does not say the time; write it as 2026-01-31T09:30")
    day(at.date(), where)
    return at if at.tzinfo is not None else at.replace(tzinfo=zone(country))
