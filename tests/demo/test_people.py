from collections import Counter
from datetime import date

import phonenumbers
import pytest

from deploy.demo.agency import AGENCY, CLIENTS, OURS, PAYOUT_ACCOUNTS, client
from deploy.demo.people import SHARES, invent
from services.gateway.bodies import AgencyBody, ClientBody, StaffBody
from shared.calendar import is_bank_day
from shared.identifiers import valid_iban, valid_identifier
from shared.references import valid_kid, valid_viitenumero

FIRST_DAY = date(2025, 1, 2)
PEOPLE = invent(200, 365, 1, FIRST_DAY)


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert invent(200, 365, 1, FIRST_DAY) == PEOPLE
    assert invent(200, 365, 2, FIRST_DAY) != PEOPLE


@pytest.mark.parametrize("cases", [1, 7, 20, 200, 333])
def test_there_are_as_many_people_as_asked_for(cases: int) -> None:
    people = invent(cases, 100, 3, FIRST_DAY)
    assert [person.number for person in people] == list(range(1, cases + 1))


def test_why_people_have_not_paid_has_the_shares_of_life() -> None:
    kinds = Counter(person.kind for person in PEOPLE)
    assert {kind: number * 100 // 200 for kind, number in kinds.items()} == dict(SHARES)
    assert Counter(person.country for person in PEOPLE) == {"FI": 130, "NO": 70}
    assert sum(person.business for person in PEOPLE) == 80


def test_twenty_people_hold_every_kind() -> None:
    assert {person.kind for person in invent(20, 120, 1, FIRST_DAY)} == set(SHARES)


def test_no_two_people_can_be_taken_for_each_other() -> None:
    for facts in ("identifier", "street", "email", "phone", "account"):
        assert len({getattr(person, facts) for person in PEOPLE}) == len(PEOPLE)
    numbers = [bill.number for person in PEOPLE for bill in person.bills]
    assert len(set(numbers)) == len(numbers)


def test_their_numbers_are_right_and_nobodys() -> None:
    for person in PEOPLE:
        assert valid_identifier(person.country, "business" if person.business else "consumer", person.identifier)
        if not person.business:  # Only a temporary or made-up number is refused where those are.
            assert not valid_identifier(person.country, "consumer", person.identifier, allow_temporary=False)
        number = phonenumbers.parse(person.phone)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        assert person.email.endswith("@example.net")
        assert valid_iban(person.account)


def test_their_invoices_carry_references_that_banks_take() -> None:
    for person in PEOPLE:
        valid = valid_viitenumero if person.country == "FI" else valid_kid
        assert all(valid(bill.reference) and bill.minor > 0 for bill in person.bills)


def test_everybody_is_handed_over_on_a_bank_day_of_the_first_part() -> None:
    for person in PEOPLE:
        assert is_bank_day(person.country, person.handed_over)
        assert 0 < (person.handed_over - FIRST_DAY).days < 365 * 65 // 100


def test_a_norwegian_now_and_then_owes_two_invoices_of_one_day() -> None:
    assert {len(person.bills) for person in PEOPLE if person.country == "NO"} == {1, 2}
    assert {len(person.bills) for person in PEOPLE if person.country == "FI"} == {1}


def test_the_agency_and_its_clients_are_set_up_by_what_a_user_would_write() -> None:
    AgencyBody.model_validate(AGENCY)
    assert sorted(CLIENTS.values()) == ["FI", "FI", "NO"]
    for name in CLIENTS:
        ClientBody.model_validate(client(name))
    StaffBody.model_validate({"id": "anni", "name": "Anni", "telephone": "1"})
    assert all(map(valid_iban, (*OURS.values(), *PAYOUT_ACCOUNTS.values())))
