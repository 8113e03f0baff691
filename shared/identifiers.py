"""Who is who: business and personal identity numbers, and accounts, of Finland, Norway and Sweden.

Only the form and the check digits are looked at, never a register and never a clock.
"""

import re
from datetime import date
from typing import Literal

from stdnum import iban, luhn
from stdnum.fi import hetu, ytunnus
from stdnum.no import fodselsnummer, kontonr, orgnr

Kind = Literal["consumer", "business"]
COUNTRIES = ("FI", "NO", "SE")


def valid_identifier(country: str, kind: Kind, value: str, *, allow_temporary: bool = True) -> bool:
    """Whether this is a well-formed identity number of a person or a business of that country.

    Temporary and test people's numbers (FI 900-999, NO synthetic) are let through unless told otherwise:
    nobody real has one, and a register will say so. A country we do not know has no valid identifiers.
    """
    match country, kind:
        case "FI", "business":
            return bool(ytunnus.is_valid(value))
        case "FI", "consumer":
            return bool(hetu.is_valid(value, allow_temporary=allow_temporary))
        case "NO", "business":
            return bool(orgnr.is_valid(_bare(value).removeprefix("NO").removesuffix("MVA")))
        case "NO", "consumer":
            return valid_fodselsnummer(value, allow_synthetic=allow_temporary)
        case "SE", "business":
            return valid_se_orgnr(value) or valid_personnummer(value)  # A sole trader's is the person's own.
        case "SE", "consumer":
            return valid_personnummer(value)
    return False


def print_identifier(country: str, kind: Kind, value: str) -> str:
    """The one usual writing of a valid identifier, so that two writings of it meet; any other is only
    trimmed.
    """
    if not valid_identifier(country, kind, value):
        return value.strip()
    match country, kind:
        case "FI", "business":
            return str(ytunnus.format(value))
        case "NO", "business":
            return _bare(value).removeprefix("NO").removesuffix("MVA")
        case "SE", _:
            digits = re.sub(r"[^0-9]", "", value)[-10:]
            return f"{digits[:6]}{'+' if '+' in value else '-'}{digits[6:]}"
    return _bare(value)


def valid_fodselsnummer(value: str, *, allow_synthetic: bool = True) -> bool:
    """A Norwegian birth, D- or H-number: 11 digits, two check digits, a day that exists.

    The Tax Administration's made-up people (Tenor) have 80 or 65 added to the month. From 2032 the check may
    leave 0 to 3 and the number no longer tells the sex, so neither the sex nor an age is ever taken from it.
    """
    digits = re.sub(r"[ -]", "", value)
    if re.fullmatch(r"[0-9]{11}", digits) is None:
        return False
    checks = str(fodselsnummer.calc_check_digit1(digits)) + str(fodselsnummer.calc_check_digit2(digits))
    if digits[-2:] != checks:
        return False
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    if day > 80:
        return True  # An FH-number, given where nothing else is known, holds no date.
    added = next((added for added in (80, 65, 40) if month > added), 0)
    if added in (80, 65) and not allow_synthetic:
        return False
    return _exists(year, month - added, day - 40 if day > 40 else day)


def valid_personnummer(value: str) -> bool:
    """A Swedish personal number, or a coordination number (samordningsnummer), whose day has 60 added."""
    written = re.fullmatch(r"([0-9]{2})?([0-9]{6})[-+]?([0-9]{4})", value.replace(" ", ""))
    if written is None or not luhn.is_valid(written[2] + written[3]):
        return False
    year, month, day = int(written[2][:2]), int(written[2][2:4]), int(written[2][4:])
    return _exists(year, month, day - 60 if day > 60 else day)


def valid_se_orgnr(value: str) -> bool:
    """A Swedish organisation number: 10 digits, Luhn, the third at least 2 so that it is nobody's birthday."""
    digits = re.sub(r"[ -]", "", value)
    return re.fullmatch(r"[0-9]{2}[2-9][0-9]{7}", digits) is not None and bool(luhn.is_valid(digits))


# Accounts.


def valid_iban(value: str) -> bool:
    """Mod 97, the country's length, and the national check where there is one."""
    return bool(iban.is_valid(value))


def account_key(account: str) -> str:
    """The one writing of an account: without blanks, and a Norwegian account number as its IBAN."""
    written = re.sub(r"[ .]", "", account).upper()
    if re.fullmatch(r"[0-9]{11}", written) and kontonr.is_valid(written):
        return re.sub(r"\s", "", str(kontonr.to_iban(written)))
    return written


def account_country(account: str) -> str | None:
    """The country of an account, where its writing shows it."""
    written = account_key(account)
    return written[:2] if re.match(r"[A-Z]{2}[0-9]{2}", written) else None


def bic_of(account: str) -> str | None:
    """The bank's BIC, where it is known. SEPA needs none, so None is no mistake."""
    # Imported here: it reads every bank of the world from its files, a third of a second that only letters
    # need.
    import warnings

    from schwifty import IBAN

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It says of Swedish banks that it did not verify them.
        try:
            bic = IBAN(account_key(account)).bic
        except ValueError:
            return None
    return str(bic) if bic else None


def _bare(value: str) -> str:
    return re.sub(r"\s", "", value).upper()


def _exists(year: int, month: int, day: int) -> bool:
    """Two digits do not tell the century, and in one of the centuries 29 February has been there."""
    for century in (1800, 1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False
