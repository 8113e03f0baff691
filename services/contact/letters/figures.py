"""How amounts, days and numbers are written, the way people of each language write them."""

from datetime import date
from decimal import Decimal

from services.contact.letters.letter import Account, Language
from shared.money import Money

UNBROKEN = "\N{NO-BREAK SPACE}"
SIGNS = {"EUR": "€", "NOK": "kr", "SEK": "kr"}
MONTHS: dict[Language, str] = {
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}
NUMERIC: dict[Language, str] = {
    "fi": "{0.day}.{0.month}.{0.year}",
    "nb": "{0:%d.%m.%Y}",
    "sv": "{0:%Y-%m-%d}",
    "en": "{0:%d/%m/%Y}",
}


def amount(money: Money) -> str:
    """`1 234,50 €`, with spaces that no line breaks at."""
    whole, part = divmod(abs(money.minor), 100)
    sign = "−" if money.minor < 0 else ""
    return f"{sign}{whole:,}".replace(",", UNBROKEN) + f",{part:02d}{UNBROKEN}{SIGNS[money.currency]}"


def day(on: date, language: Language) -> str:
    """The day in figures, as in a table: `14.3.2025`, `14.03.2025`, `2025-03-14`."""
    return NUMERIC[language].format(on)


def long_day(on: date, language: Language) -> str:
    """The day as in a sentence: `14.3.2025` in Finnish, `14. mars 2025` in Norwegian."""
    if language not in MONTHS:
        return day(on, language)
    dot = "." if language == "nb" else ""
    return f"{on.day}{dot}{UNBROKEN}{MONTHS[language].split()[on.month - 1]}{UNBROKEN}{on.year}"


def percent(rate: Decimal) -> str:
    """`9,5 %`: no zeros that say nothing."""
    digits = f"{rate:f}"
    plain = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return plain.replace(".", ",") + UNBROKEN + "%"


def account_number(account: Account) -> str:
    """The account in groups: an IBAN by four, a Norwegian account as `1234.56.78901`."""
    if account.bban:
        digits = account.bban
        return f"{digits[:4]}.{digits[4:6]}.{digits[6:]}"
    return in_groups(account.iban, 4)


def reference_number(reference: str, country: str) -> str:
    """A Finnish reference by five from the right, an RF reference by four, a KID in one."""
    if reference.startswith("RF"):
        return in_groups(reference, 4)
    if country == "FI":
        return in_groups(reference[::-1], 5)[::-1]
    return reference


def unbroken(text: str) -> str:
    """The text as one that no line breaks in."""
    return UNBROKEN.join(text.split(" "))


def in_groups(characters: str, size: int) -> str:
    """The characters in groups of a size, from the left."""
    return UNBROKEN.join(characters[at : at + size] for at in range(0, len(characters), size))
