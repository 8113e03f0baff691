"""Identity numbers of Finland, Norway and Sweden, made up for tests, and account numbers published by banks."""

import pytest

from shared import identifiers
from shared.identifiers import Kind, valid_identifier


@pytest.mark.parametrize(
    ("country", "kind", "value"),
    [
        ("FI", "business", "1234567-1"),
        ("FI", "business", "12345671"),
        ("FI", "business", "FI12345671"),
        ("FI", "consumer", "010190-901R"),
        ("FI", "consumer", "060602A9019"),
        ("NO", "business", "912345602"),
        ("NO", "business", "NO 912 345 602 MVA"),
        ("NO", "consumer", "01019010046"),
        ("NO", "consumer", "41819010186"),  # A D-number of a synthetic person: day + 40, month + 80.
        ("NO", "consumer", "01819010001"),  # Synthetic: month + 80.
        ("NO", "consumer", "01669010075"),  # Synthetic: month + 65.
        ("NO", "consumer", "81010010160"),  # FH-number.
        ("NO", "consumer", "01419010029"),  # H-number: month + 40.
        ("SE", "business", "556677-8899"),
        ("SE", "business", "640823-3234"),  # A sole trader.
        ("SE", "consumer", "640823-3234"),
        ("SE", "consumer", "19640823-3234"),
        ("SE", "consumer", "701063-2391"),  # Samordningsnummer: day + 60.
        ("SE", "consumer", "811228+9841"),
    ],
)
def test_an_identity_number_is_valid(country: str, kind: Kind, value: str) -> None:
    assert valid_identifier(country, kind, value)


@pytest.mark.parametrize(
    ("country", "kind", "value"),
    [
        ("FI", "business", "1234567-8"),
        ("FI", "business", "CL12221"),
        ("FI", "consumer", "010190-901S"),
        ("FI", "consumer", "310290-901R"),
        ("NO", "business", "912345603"),
        ("NO", "consumer", "01019010047"),
        ("NO", "consumer", "0101901004"),
        ("SE", "business", "551677-8899"),
        ("SE", "consumer", "556677-8899"),
        ("SE", "consumer", "640823-3235"),
        ("SE", "consumer", "x"),
        ("DK", "business", "12345674"),
        ("FI", "consumer", ""),
        ("FI", "consumer", "010190-901R\x00"),
    ],
)
def test_an_identity_number_with_a_mistake_is_not(country: str, kind: Kind, value: str) -> None:
    assert not valid_identifier(country, kind, value)


@pytest.mark.parametrize(("country", "value"), [("FI", "010190-901R"), ("NO", "01819010001"), ("NO", "01669010075")])
def test_numbers_of_people_who_do_not_exist_can_be_refused(country: str, value: str) -> None:
    assert not valid_identifier(country, "consumer", value, allow_temporary=False)


@pytest.mark.parametrize(
    ("country", "kind", "one", "other"),
    [
        ("FI", "business", "FI12345671", "1234567-1"),
        ("FI", "consumer", " 010190-901r ", "010190-901R"),
        ("NO", "business", "NO 912 345 602 MVA", "912345602"),
        ("SE", "consumer", "196408233234", "640823-3234"),
    ],
)
def test_two_writings_of_a_number_meet(country: str, kind: Kind, one: str, other: str) -> None:
    assert identifiers.print_identifier(country, kind, one) == identifiers.print_identifier(country, kind, other)
    assert identifiers.print_identifier(country, kind, other) == other


@pytest.mark.parametrize(
    "account",
    [
        "FI2112345600000785",
        "FI37 1590 3000 0007 76",
        "FI5542345670000081",
        "NO9386011117947",
        "SE4550000000058398257466",
    ],
)
def test_published_accounts_are_valid(account: str) -> None:
    assert identifiers.valid_iban(account)


@pytest.mark.parametrize("account", ["FI1431313001234567", "FI2112345600000786", "86011117947", "FI21", ""])
def test_what_is_no_iban_is_refused(account: str) -> None:
    assert not identifiers.valid_iban(account)


def test_a_norwegian_account_number_and_its_iban_are_one_account() -> None:
    assert identifiers.account_key("8601 11 17947") == identifiers.account_key("NO93 8601 1117 947")
    assert identifiers.account_country("86011117947") == "NO"
    assert identifiers.account_country("50001520000081") is None


def test_the_bic_is_known_or_left_out() -> None:
    assert identifiers.bic_of("FI2112345600000785") == "NDEAFIHH"
    assert identifiers.bic_of("NO9386011117947") is not None
    assert identifiers.bic_of("FI1431313001234567") is None
    assert identifiers.bic_of("86011117947") == identifiers.bic_of("NO9386011117947")
