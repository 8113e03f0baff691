"""Claims that meet: the same invoice again, another with its number, and Norway's claims of one day."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from services.intake import claim
from services.intake.claim import Door, Reserved
from services.intake.told import Told
from shared.events import Event, Sealed, contact, gateway, intake, settlement
from shared.events.reasons import Reason
from shared.money import Money
from tests.given import Given
from tests.intake.facts import (
    AGENCY_SET,
    BAKERY,
    BUSINESSES_ONLY,
    CLIENT,
    CLIENT_SET,
    CONSUMER,
    DIGESTS,
    FINNISH,
    LAW,
    NORWEGIAN,
    RECEIVED,
    codes,
    read_again,
    taken_in,
    told,
)

DAY = timedelta(days=1)

# The same invoice meets itself; another with its number does not take its place.


def reserved_by(invoice: Told) -> Reserved:
    return Reserved().after(intake.ClaimReserved(CLIENT, invoice.case_id, invoice.draft.content))


def test_a_new_claim_reserves_its_key() -> None:
    invoice = told()
    key = claim.reserve(Reserved(), Door(), invoice, [], invoice.case_id, taken=False)
    assert key == [intake.ClaimReserved(CLIENT, invoice.case_id, invoice.draft.content)]


def test_the_same_invoice_again_tells_nothing() -> None:
    first, again = told(), told()
    holder = Given(Door(), taken_in(first)).state
    assert not claim.number_is_taken(reserved_by(first), holder, again.draft.content)
    assert claim.reserve(reserved_by(first), holder, again, taken_in(again), again.case_id, taken=False) == []


def test_the_same_number_with_other_content_waits_for_the_client() -> None:
    first, other = told(), told(replace(FINNISH, total=Money(500_00), payable=Money(500_00)))
    holder = Given(Door(), taken_in(first)).state
    assert claim.number_is_taken(reserved_by(first), holder, other.draft.content)
    on_case = taken_in(other, taken=True)
    assert codes(on_case) == ["same_number_other_content"]
    key = claim.reserve(reserved_by(first), holder, other, on_case, other.case_id, taken=True)
    assert key == [intake.ClaimQuestioned(other.case_id, other.draft.content)]
    known = reserved_by(first).after(key[0])
    assert (known.case_id, known.holder(other.draft.content)) == (first.case_id, other.case_id)


@pytest.mark.parametrize(
    "end",
    [
        (intake.CaseRejected("client_silent", "", ""),),
        (gateway.CollectionStopped(),),
        (settlement.CaseClosed("stopped", Money(1)),),
    ],
)
def test_a_claim_its_case_has_let_go_of_may_come_again(end: tuple[Event, ...]) -> None:
    first, again = told(), told()
    holder = Given(Door(), (*taken_in(first), *end)).state
    key = claim.reserve(reserved_by(first), holder, again, taken_in(again), again.case_id, taken=False)
    assert key == [intake.ClaimReserved(CLIENT, again.case_id, again.draft.content)]


@pytest.mark.parametrize("end", [intake.CaseRejected("client_silent", "", ""), gateway.CollectionStopped()])
def test_a_number_its_case_has_let_go_of_is_free_for_another_invoice(end: Event) -> None:
    first, other = told(), told(replace(FINNISH, total=Money(500_00), payable=Money(500_00)))
    owner = Given(Door(), (*taken_in(first), end)).state
    assert not claim.number_is_taken(reserved_by(first), owner, other.draft.content)
    key = claim.reserve(reserved_by(first), Door(), other, taken_in(other), other.case_id, taken=False)
    assert key == [intake.ClaimReserved(CLIENT, other.case_id, other.draft.content)]


def rejected(invoice: Told, because: str = "client_silent") -> tuple[Event, ...]:
    return (*taken_in(invoice), intake.CaseRejected(because, "", ""))


def test_a_silent_client_s_invoice_with_a_taken_number_is_asked_about_again() -> None:
    first, other = told(), told(replace(FINNISH, total=Money(500_00), payable=Money(500_00)))
    known = reserved_by(first).after(intake.ClaimQuestioned(other.case_id, other.draft.content))
    owner, holder = Given(Door(), taken_in(first)).state, Given(Door(), rejected(other)).state
    again = told(other.draft.invoice)
    assert claim.number_is_taken(known, owner, again.draft.content)
    key = claim.reserve(known, holder, again, taken_in(again, taken=True), again.case_id, taken=True)
    assert key == [intake.ClaimQuestioned(again.case_id, again.draft.content)]


def test_what_was_refused_is_refused_once_and_taken_when_the_policy_changes() -> None:
    first, again = told(CONSUMER), told(CONSUMER)
    holder = Given(Door(), taken_in(first, BUSINESSES_ONLY)).state
    known = reserved_by(first)
    same = claim.reserve(known, holder, again, taken_in(again, BUSINESSES_ONLY), again.case_id, taken=False)
    changed = claim.reserve(known, holder, again, taken_in(again), again.case_id, taken=False)
    assert (same, len(changed)) == ([], 1)


def test_a_bankrupt_debtors_claim_is_not_checked_again_and_again() -> None:
    first, again = told(), told()
    answer = Sealed((first.party_id,), intake.CreditAnswer("bankrupt", 1, ""))
    checked = intake.CreditCheckCompleted("p", "s", None, answer, "bankrupt")  # type: ignore[arg-type]  # no time needed
    holder = Given(Door(), (*taken_in(first), checked, intake.CaseRejected("debtor_bankrupt", "", ""))).state
    assert claim.reserve(reserved_by(first), holder, again, taken_in(again), again.case_id, taken=False) == []


def test_an_invoice_without_a_number_meets_itself_by_its_content() -> None:
    nameless = read_again(FINNISH, number=None)
    assert told(nameless).claim_id == told(nameless).claim_id != told(replace(nameless, due=RECEIVED)).claim_id


def test_the_content_of_an_invoice_is_the_same_whatever_format_told_it() -> None:
    barely = replace(FINNISH, subject="", reference=None, rows=0, debtor=replace(BAKERY, name="Lumikoira", email=None))
    assert DIGESTS.content(barely) == DIGESTS.content(FINNISH)


def test_two_debtors_never_share_a_digest_because_their_parts_read_alike() -> None:
    assert DIGESTS.identity("FI", "123") != DIGESTS.identity("F", "I123")
    assert DIGESTS.identity("FI", " 010190-9123") == DIGESTS.identity("FI", "010190-9123")
    assert DIGESTS.identity("FI", None) is DIGESTS.identity(None, "123") is None


# Norway: one day, one debtor, one case.


def norwegian(number: str, party: Any, day: date = RECEIVED) -> Told:
    return told(replace(NORWEGIAN, number=number), party_id=party, received_on=day)


def a_norwegian_case(party: Any, *more: Event) -> Door:
    return Given(Door(), (*taken_in(norwegian("88", party)), *more)).state


def test_norwegian_claims_of_one_day_against_one_debtor_become_one_case() -> None:
    party = uuid4()
    second = norwegian("89", party)
    door = a_norwegian_case(party)
    assert claim.joins(door, second, AGENCY_SET, CLIENT_SET, LAW)
    told_of_it = claim.receive(door, second, AGENCY_SET, CLIENT_SET, LAW)
    assert [type(event) for event in told_of_it] == [intake.ClaimAdded]


SENT = contact.ContactDecided(
    uuid4(), "debtor", "friendly", "friendly", "sms", "nb", "document", None, None, None, Reason("friendly")
)  # fmt: skip


@pytest.mark.parametrize(
    "case",
    [
        lambda party: (a_norwegian_case(party), norwegian("89", party, RECEIVED - DAY)),
        lambda party: (a_norwegian_case(party), norwegian("89", uuid4())),
        lambda party: (a_norwegian_case(party, intake.CaseRejected("stopped", "", "")), norwegian("89", party)),
        lambda party: (a_norwegian_case(party, gateway.CollectionPaused()), norwegian("89", party)),
        lambda party: (a_norwegian_case(party, SENT), norwegian("89", party)),
        lambda party: (a_norwegian_case(party), told(read_again(NORWEGIAN, number="89", due=None), party_id=party)),
        lambda party: (
            Given(Door(), taken_in(told(party_id=party))).state,
            told(replace(FINNISH, number="89"), party_id=party),
        ),
    ],
    ids=["another day", "another debtor", "rejected", "paused", "contacted", "not whole", "Finland"],
)
def test_a_claim_opens_a_case_of_its_own_otherwise(case: Any) -> None:
    door, second = case(uuid4())
    assert not claim.joins(door, second, AGENCY_SET, CLIENT_SET, LAW)
