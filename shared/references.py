"""Payment references: what a debtor writes on a payment so that the money finds its claim.

Finland: viitenumero and its international form RF (ISO 11649). Norway: KID. Sweden: OCR number.
All of them are text, never numbers: a KID keeps its leading zeros.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

from shared.money import Money

KidAlgorithm = Literal["mod10", "mod11"]

VIITE_DIGITS_MIN, VIITE_DIGITS_MAX = 4, 20
KID_DIGITS_MIN, KID_DIGITS_MAX = 4, 25
OCR_DIGITS_MIN, OCR_DIGITS_MAX = 2, 25
BARCODE_MINOR_MAX = 999_999_99  # The bank bar code has six digits for euros; a larger amount is written as zeros.
QR_BYTES_MAX = 331
QR_NAME_MAX, QR_TEXT_MAX = 70, 140
QR_MINOR_MAX = 999_999_999_99


def same_reference(one: str, other: str, country: str = "FI") -> bool:
    """Whether two writings mean one reference: `RF34 1234 561`, `1234561` and `00000000000001234561` do."""
    return reference_key(one, country) == reference_key(other, country)


def reference_key(reference: str, country: str = "FI") -> str:
    """The one writing under which a reference is looked up.

    In Finland padding zeros mean nothing, and an RF reference stands for its body where that is a
    viitenumero. In Norway and Sweden every digit counts: KID 0000531 is another than 531.
    """
    written = compact(reference)
    if country != "FI":
        return written
    if valid_rf(written):
        body = rf_body(written)
        return body if _is_viite_body(body) else written
    return written.lstrip("0") if written.isdecimal() else written


def compact(reference: str) -> str:
    """Without the blanks people and banks put in, in capital letters."""
    return "".join(reference.split()).upper()


def found_in(text: str, country: str | None = "FI") -> tuple[str, ...]:
    """The references in free text whose check digits are right, in its order, without blanks.

    Any number may look like one by chance, so what is found here counts only where we have given it to
    somebody.
    """
    found: list[str] = []
    for written in re.findall(
        r"RF[0-9]{2}(?: ?[0-9A-Z]{1,4})+|(?<![0-9A-Z])[0-9]+(?: [0-9]+)*(?![0-9A-Z])", text.upper()
    ):
        whole = compact(written)
        pieces = [whole] if _is_valid_in(whole, country) else written.split()
        found += [piece for piece in pieces if _is_valid_in(piece, country) and piece not in found]
    return tuple(found)


def _is_valid_in(reference: str, country: str | None) -> bool:
    if valid_rf(reference):
        return True
    match country:
        case "FI":
            return valid_viitenumero(reference)
        case "NO":
            return valid_kid(reference)
        case "SE":
            return len(reference) >= VIITE_DIGITS_MIN and valid_ocr(reference)
    return valid_viitenumero(reference) or valid_kid(reference)


# Finland.


def viitenumero(base: int | str) -> str:
    """A base of 3 to 19 digits with its check digit. Raises ValueError where the base is none."""
    digits = str(base)
    if not _is_digits(digits) or not VIITE_DIGITS_MIN <= len(digits) + 1 <= VIITE_DIGITS_MAX:
        raise ValueError(f"a viitenumero is made of 3 to 19 digits, not {digits!r}")
    return digits + _check_digit_731(digits)


def valid_viitenumero(reference: str) -> bool:
    """4 to 20 digits, the last of them the check digit. Padding zeros up to 20 digits are allowed, not
    counted.
    """
    digits = compact(reference)
    significant = digits.lstrip("0")
    return len(digits) <= VIITE_DIGITS_MAX and len(significant) >= VIITE_DIGITS_MIN and _is_viite_body(significant)


def print_viitenumero(reference: str) -> str:
    """As a letter shows it: no leading zeros, in groups of five from the right."""
    digits = compact(reference).lstrip("0")
    first = len(digits) % 5
    groups = [digits[:first]] + [digits[start : start + 5] for start in range(first, len(digits), 5)]
    return " ".join(group for group in groups if group)


def rf(viite: str) -> str:
    """The international form of a viitenumero, also of a short one such as `0013`. Raises ValueError for
    others.
    """
    digits = compact(viite)
    body = digits.lstrip("0")
    if not VIITE_DIGITS_MIN <= len(digits) <= VIITE_DIGITS_MAX or not _is_viite_body(body):
        raise ValueError(f"{viite!r} is not a viitenumero")
    return f"RF{98 - _mod_97(body + 'RF00'):02d}{body}"


def valid_rf(reference: str) -> bool:
    """`RF`, two check digits and 1 to 21 letters or digits, mod 97 (ISO 11649)."""
    written = compact(reference)
    return re.fullmatch(r"RF[0-9]{2}[0-9A-Z]{1,21}", written) is not None and (_mod_97(written[4:] + written[:4]) == 1)


def rf_body(reference: str) -> str:
    """What an RF reference carries, without the padding zeros."""
    return compact(reference)[4:].lstrip("0")


def print_rf(reference: str) -> str:
    """As a letter shows it: in groups of four from the left."""
    written = compact(reference)
    return " ".join(written[start : start + 4] for start in range(0, len(written), 4))


# Norway.


def kid(number: int | str, length: int, algorithm: KidAlgorithm = "mod10") -> str:
    """A KID of the agreed length: the number, zeros before it, the check digit after it.

    Raises ValueError where the number does not fit, or has no check digit by mod11 (1 of 11 has none: take
    the next).
    """
    base = str(number).zfill(length - 1)
    if not _is_digits(base) or not KID_DIGITS_MIN <= length <= KID_DIGITS_MAX or len(base) != length - 1:
        raise ValueError(f"{number!r} does not make a KID of {length} digits")
    check = kid_check_digit(base, algorithm)
    if check == "-":
        raise ValueError(f"{number!r} has no check digit by mod11")
    return base + check


def kid_check_digit(base: str, algorithm: KidAlgorithm) -> str:
    """The check digit, or `-` where mod11 leaves 1: the specification writes a minus, most issuers skip the
    number.
    """
    if algorithm == "mod10":
        return _check_digit_luhn(base)
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(base)))
    left = weighted % 11
    return "0" if left == 0 else "-" if left == 1 else str(11 - left)


def valid_kid(reference: str, algorithm: KidAlgorithm | None = None, lengths: Iterable[int] = ()) -> bool:
    """A check digit by the agreed algorithm (by either where none is given) and one of the agreed lengths, if
    given.
    """
    written = compact(reference)
    if not _is_digits(written[:-1]) or not KID_DIGITS_MIN <= len(written) <= KID_DIGITS_MAX:
        return False
    agreed = tuple(lengths)
    if agreed and len(written) not in agreed:
        return False
    algorithms: tuple[KidAlgorithm, ...] = (algorithm,) if algorithm else ("mod10", "mod11")
    return any(kid_check_digit(written[:-1], each) == written[-1] for each in algorithms)


# Sweden.


def ocr(base: int | str, *, with_length: bool = True) -> str:
    """An OCR number: the base, the length digit (total length mod 10) where agreed, and the check digit."""
    digits = str(base)
    length = len(digits) + (2 if with_length else 1)
    if not _is_digits(digits) or not OCR_DIGITS_MIN <= length <= OCR_DIGITS_MAX:
        raise ValueError(f"{digits!r} does not make an OCR number")
    body = digits + (str(length % 10) if with_length else "")
    return body + _check_digit_luhn(body)


def valid_ocr(reference: str, *, with_length: bool = False) -> bool:
    """The check digit is right, and the length digit too where one is agreed."""
    digits = compact(reference)
    if not _is_digits(digits) or not OCR_DIGITS_MIN <= len(digits) <= OCR_DIGITS_MAX:
        return False
    if with_length and (len(digits) < 3 or int(digits[-2]) != len(digits) % 10):
        return False
    return _check_digit_luhn(digits[:-1]) == digits[-1]


# What a letter carries for a telephone to read.


def virtual_barcode(iban: str, amount: Money, reference: str, due: date | None) -> str:
    """The 54 digits of the Finnish bank bar code: version 4 for a viitenumero, 5 for an RF of digits.

    Raises ValueError where the account is not Finnish, the amount is not euros, or the reference is neither.
    """
    account = compact(iban)
    if re.fullmatch(r"FI[0-9]{16}", account) is None:
        raise ValueError("the bank bar code is for Finnish accounts")
    if amount.currency != "EUR" or amount.minor < 0:
        raise ValueError("the bank bar code is for euros")
    euros = f"{amount.minor:08d}" if amount.minor <= BARCODE_MINOR_MAX else "0" * 8
    day = due.strftime("%y%m%d") if due else "0" * 6
    written = compact(reference)
    if valid_rf(written) and _is_digits(rf_body(written)):
        return "5" + account[2:] + euros + written[2:4] + rf_body(written).zfill(21) + day
    if valid_viitenumero(written):
        return "4" + account[2:] + euros + "000" + written.lstrip("0").zfill(20) + day
    raise ValueError("the bank bar code needs a viitenumero or an RF reference of digits")


def epc_qr(name: str, iban: str, amount: Money, *, reference: str = "", text: str = "", bic: str = "") -> str:
    """What a European payment QR code says (EPC069-12, version 002): euros to an account, one reference or a
    text.

    A viitenumero is written in its RF form. Raises ValueError where a bank would refuse the code.
    """
    if amount.currency != "EUR" or not 0 < amount.minor <= QR_MINOR_MAX:
        raise ValueError("a payment QR code is for 0.01 to 999999999.99 euros")
    if bool(reference) == bool(text) or len(text) > QR_TEXT_MAX:
        raise ValueError(f"a payment QR code has a reference or a text of at most {QR_TEXT_MAX} characters")
    written = compact(reference)
    if reference and not valid_rf(written):
        written = rf(written)
    lines = ["BCD", "002", "1", "SCT", bic, name[:QR_NAME_MAX], compact(iban), f"EUR{amount.decimal}", ""]
    content = "\n".join([*lines, written, text]).rstrip("\n")
    if len(content.encode()) > QR_BYTES_MAX:
        raise ValueError(f"a payment QR code holds {QR_BYTES_MAX} bytes")
    return content


# Check digits.


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _is_viite_body(digits: str) -> bool:
    return len(digits) > 1 and _is_digits(digits) and _check_digit_731(digits[:-1]) == digits[-1]


def _check_digit_731(digits: str) -> str:
    weighted = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def _check_digit_luhn(digits: str) -> str:
    products = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return str(-sum(product // 10 + product % 10 for product in products) % 10)


def _mod_97(text: str) -> int:
    return int("".join(str(int(character, 36)) for character in text)) % 97
