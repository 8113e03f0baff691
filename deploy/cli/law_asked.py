"""How a question to the law is written on the command line: days, amounts, rates, and which version of the law."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import typer

from deploy.cli.law_files import AMOUNT, Wrong
from deploy.cli.law_files import day as checked_day
from deploy.cli.saying import Told, misused
from shared.law import BadPack, Channel, Country, Debtor, Language, Law

RATE = re.compile(r"\d{1,3}(\.\d{1,4})?")


def day_of(text: str) -> date:
    """A day since 2015. Raises typer.BadParameter, which ends as any wrong usage does."""
    try:
        return checked_day(date.fromisoformat(text), "")
    except Wrong as wrong:
        raise typer.BadParameter(str(wrong)) from None
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write it as 2026-01-31") from None


def amount_of(text: str) -> Decimal:
    """An amount in whole units of the country's currency."""
    if not AMOUNT.fullmatch(text):
        raise typer.BadParameter(
            f"{text!r} is no amount; write it as 1000.00, with a point and at most nine digits before it"
        )
    return Decimal(text)


def rate_of(text: str) -> Decimal:
    """A yearly rate in per cent."""
    if not RATE.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no rate; write per cent a year as 7.5, with at most four decimals")
    return Decimal(text)


def payment_of(text: str) -> tuple[date, Decimal]:
    """`2025-03-01:100.00`: a payment on its value day."""
    on, colon, amount = text.partition(":")
    if not colon:
        raise typer.BadParameter(f"{text!r} is no payment; write it as 2025-03-01:100.00")
    return day_of(on), amount_of(amount)


def chosen(told: Sequence[str] | None, known: Any, option: str) -> tuple[Any, ...]:
    """The words of an option that may be repeated; `known` is the literal type that lists them."""
    words = tuple(told or ())
    for word in words:
        if word not in get_args(known):
            misused(f"{option}: {word!r} is none of {', '.join(get_args(known))}.")
    return words


class Version(msgspec.Struct, frozen=True):
    """Which law is asked: as a live store reads the packs or as a demo does, with an overlay or without."""

    live: bool = False
    overlay: Path | None = None

    def law(self) -> Law:
        """The packs, read and checked. Raises Told with file and line of what is wrong."""
        try:
            return Law.load(live=self.live, overlay=self.overlay)
        except BadPack as wrong:
            raise Told(f"The packs cannot be used: {wrong}.", "bad_pack") from None


InCountry = Annotated[Country, typer.Option("--country", help="Whose law.")]
OfDebtor = Annotated[Debtor, typer.Option("--debtor", help="Of which kind the debtor is.")]
ByChannel = Annotated[Channel, typer.Option("--channel", help="By which channel.")]
Principal = Annotated[
    Decimal, typer.Option("--principal", parser=amount_of, metavar="AMOUNT", help="What is owed, as 1000.00.")
]
Conditions = Annotated[
    list[str] | None,
    typer.Option("--condition", metavar="CONDITION", help="What is so now, see above; repeat it."),
]
InLanguage = Annotated[Language, typer.Option("--language", help="Of the sentence.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
