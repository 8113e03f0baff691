"""The fields of a bank file, read strictly: what could mean two things raises a doubt, and the entry is held."""

import re
from datetime import date

from lxml import etree

from shared.money import Money
from shared.xml import shown, text_of

_AMOUNT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,5})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Doubt(Exception):
    """Why something is held."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code, self.what = code, what


def amount_of(element: etree._Element, path: str) -> Money | None:
    """A positive amount of at most two decimals that say something, or a doubt."""
    found = element.find(path)
    written = text_of(found)
    if found is None or written is None:
        return None
    currency = found.get("Ccy") or ""
    if not _CURRENCY.fullmatch(currency) or not _AMOUNT.fullmatch(written):
        raise Doubt("bad_amount", f"{shown(written)} is no amount")
    try:
        amount = Money.of(written, currency)
    except ValueError:
        raise Doubt("bad_amount", f"{written} has more than two decimals") from None
    if amount.minor <= 0:
        raise Doubt("bad_amount", f"{written} is not above zero")
    return amount


def charges(element: etree._Element, currency: str) -> Money | None:
    """What the bank took: the sum of its records where it lists them, else the total it states."""
    found = []
    for charge in element.findall("Chrgs"):
        records = charge.findall("Rcrd") or [charge]
        stated = [(record.find("Amt"), text_of(record, "CdtDbtInd")) for record in records]
        if stated[0][0] is None:
            stated = [(charge.find("TtlChrgsAndTaxAmt"), None)]
        found += stated
    minor = 0
    for amount, way in found:
        written = text_of(amount) or ""
        if amount is None or amount.get("Ccy") != currency or not _AMOUNT.fullmatch(written):
            return None
        try:
            minor += Money.of(written, currency).minor * (-1 if way == "CRDT" else 1)
        except ValueError:
            return None
    return Money(minor, currency) if minor > 0 else None


def day(element: etree._Element, path: str) -> date | None:
    """A day, which some banks write with a time of day."""
    found = element.find(path)
    return day_of(text_of(found, "Dt") or text_of(found, "DtTm"))


def day_of(written: str | None) -> date | None:
    """The day as the bank writes it, in its own time; a time of day or a time zone behind it is left off."""
    if written is None:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        raise Doubt("bad_date", f"{shown(written)} is no day of the calendar") from None


def name(parties: etree._Element | None, role: str) -> str | None:
    """The name of a party, which stands one level deeper since version .08; a bank may be the party itself."""
    party = parties.find(role) if parties is not None else None
    return text_of(party, "Nm") or text_of(party, "Pty/Nm") or text_of(party, "Agt/FinInstnId/Nm")


def account(parties: etree._Element | None, role: str) -> str | None:
    """A party's account: an IBAN, or what the bank writes in its place."""
    found = parties.find(f"{role}/Id") if parties is not None else None
    return text_of(found, "IBAN") or text_of(found, "Othr/Id")
