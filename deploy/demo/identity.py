"""Numbers that look right and belong to nobody: identity numbers, telephones and accounts of invented people."""

from random import Random

from deploy.demo.names import Country
from shared.identifiers import valid_iban, valid_identifier

HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
ORGNR_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
YTUNNUS_WEIGHTS = (7, 9, 10, 5, 8, 4, 2)
BIRTH_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
BIRTH_WEIGHTS_LAST = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def identifier(country: Country, *, business: bool, rng: Random) -> str:
    """A number that passes every check and that no authority has given to anybody."""
    make = {
        ("FI", True): ytunnus, ("FI", False): hetu, ("NO", True): orgnr, ("NO", False): fodselsnummer,
    }[country, business]  # fmt: skip
    while True:
        made = make(rng)
        if made and valid_identifier(country, "business" if business else "consumer", made):
            return made


def hetu(rng: Random) -> str:
    """A temporary Finnish personal code: 900 to 999 are given to no person."""
    day, month, year, number = rng.randint(1, 28), rng.randint(1, 12), rng.randint(45, 99), rng.randint(900, 999)
    born = f"{day:02d}{month:02d}{year:02d}"
    return f"{born}-{number}{HETU_LETTERS[int(f'{born}{number}') % 31]}"


def ytunnus(rng: Random) -> str:
    """A Finnish business id from numbers far above those in use."""
    digits = f"9{rng.randint(0, 999_999):06d}"
    left = sum(int(digit) * weight for digit, weight in zip(digits, YTUNNUS_WEIGHTS, strict=True)) % 11
    return "" if left == 1 else f"{digits}-{(11 - left) % 11}"


def orgnr(rng: Random) -> str:
    """A Norwegian organisation number that starts with 3, as the Tax Administration's made-up businesses do."""
    digits = f"3{rng.randint(0, 9_999_999):07d}"
    check = -sum(int(digit) * weight for digit, weight in zip(digits, ORGNR_WEIGHTS, strict=True)) % 11
    return "" if check == 10 else f"{digits}{check}"


def fodselsnummer(rng: Random) -> str:
    """A Norwegian birth number with 80 added to the month, as the Tax Administration's made-up people have."""
    day, month, year, number = rng.randint(1, 28), rng.randint(81, 92), rng.randint(45, 99), rng.randint(0, 499)
    digits = f"{day:02d}{month:02d}{year:02d}{number:03d}"
    first = -sum(int(digit) * weight for digit, weight in zip(digits, BIRTH_WEIGHTS, strict=True)) % 11
    digits += str(first)
    if first == 10:
        return ""
    last = -sum(int(digit) * weight for digit, weight in zip(digits, BIRTH_WEIGHTS_LAST, strict=True)) % 11
    return "" if last == 10 else digits + str(last)


def telephone(country: Country, number: int) -> str:
    """A mobile number. Neither country keeps a range free for fiction that we know of, so these begin with zeros."""
    return f"+3585000{number:05d}" if country == "FI" else f"+47400{number:05d}"


def iban(country: Country, number: int) -> str:
    """The nth account of that country: mod 97 right, and in Norway the account's own check digit too."""
    for tried in range(100):
        bban = f"799779{number:06d}{tried:02d}" if country == "FI" else _kontonr(number * 100 + tried)
        code = "".join(str(int(letter, 36)) for letter in f"{country}00")
        made = bban and f"{country}{98 - int(bban + code) % 97:02d}{bban}"
        if made and valid_iban(made):
            return made
    raise AssertionError("a hundred numbers and none has right check digits")


def _kontonr(number: int) -> str:
    digits = f"9710{number:06d}"
    check = -sum(int(digit) * weight for digit, weight in zip(digits, BIRTH_WEIGHTS_LAST, strict=True)) % 11
    return "" if check == 10 else f"{digits}{check}"
