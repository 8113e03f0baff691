"""The credit check: nobody is accepted unchecked, and each answer leads where it must."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from services.intake import claim, credit
from services.intake.acceptance import accept, handler_of, number_of, reference_of
from services.intake.claim import Door
from services.intake.deadlines import ended_by, set_by
from services.intake.handlers import ask_registry_again
from services.intake.told import Told
from shared import references
from shared.casefile import NOBODY
from shared.events import Event, Sealed, gateway, intake
from shared.events.gateway import ClientSet, ReferenceKind
from shared.events.intake import CreditAnswer, Defect
from tests.given import Given, When
from tests.intake.facts import AGENCY_SET, CLIENT_SET, CONSUMER, LAW, RECEIVED, told

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
STAFF = (UUID(int=1), UUID(int=2), UUID(int=3))
GOOD, BANKRUPT = CreditAnswer("good", 0, "a1"), CreditAnswer("bankrupt", 1, "a2")
MARKED, UNKNOWN = CreditAnswer("many_marks", 7, "a3"), CreditAnswer("unknown", 0, "a4")
BY = RECEIVED + timedelta(days=14)


def checking(invoice: Told, *more: Event) -> Given[Door]:
    return Given(Door(), (*claim.receive(Door(), invoice, AGENCY_SET, CLIENT_SET, LAW), *more))


def answered(
    invoice: Told, answer: CreditAnswer, *more: Event, client: ClientSet = CLIENT_SET, attempt: int = 1
) -> When[Door]:
    return checking(invoice, *more).when(
        credit.take_answer, invoice.case_id, attempt, answer, "a registry", NOW, RECEIVED, AGENCY_SET, client, STAFF
    )


def kept(invoice: Told, answer: CreditAnswer) -> intake.CreditCheckCompleted:
    sealed = Sealed((invoice.party_id,), answer)
    return intake.CreditCheckCompleted("debt_collection", "a registry", NOW, sealed, answer.outcome)


def test_a_good_answer_is_kept_sealed_and_the_case_accepted() -> None:
    invoice = told()
    answered(invoice, GOOD).then(kept(invoice, GOOD), accept(invoice.case_id, "EUR", AGENCY_SET, STAFF))


def test_a_bankrupt_debtors_case_is_rejected_with_advice_to_lodge_the_claim() -> None:
    invoice = told()
    rejected = intake.CaseRejected("debtor_bankrupt", "no collection against a bankrupt debtor", credit.LODGE)
    answered(invoice, BANKRUPT).then(kept(invoice, BANKRUPT), rejected)


def test_nobody_known_by_that_number_is_asked_of_the_client() -> None:
    invoice = told()
    defect = Defect("unknown_debtor", "debtor.identifier", credit.ASK_UNKNOWN)
    answered(invoice, UNKNOWN).then(kept(invoice, UNKNOWN), intake.DefectsFound((defect,), BY))


def test_many_marks_on_a_person_are_the_clients_to_decide() -> None:
    invoice = told(CONSUMER)
    defect = Defect("many_marks", "debtor", credit.ASK_MARKS)
    answered(invoice, MARKED).then(kept(invoice, MARKED), intake.DefectsFound((defect,), BY))


def test_the_agencys_number_of_marks_is_many() -> None:
    invoice, exactly = told(CONSUMER), CreditAnswer("many_marks", AGENCY_SET.marks_many, "a6")
    defect = Defect("many_marks", "debtor", credit.ASK_MARKS)
    answered(invoice, exactly).then(kept(invoice, exactly), intake.DefectsFound((defect,), BY))


def test_a_client_may_have_decided_about_many_marks_beforehand() -> None:
    invoice = told(CONSUMER)
    accepts = replace(CLIENT_SET, marks_many_route="accept")
    rejects = replace(CLIENT_SET, marks_many_route="reject")
    taken = accept(invoice.case_id, "EUR", AGENCY_SET, STAFF)
    policy = "5 payment-default marks or more, and the client's agreement"
    answered(invoice, MARKED, client=accepts).then(kept(invoice, MARKED), taken)
    answered(invoice, MARKED, client=rejects).then(
        kept(invoice, MARKED), intake.CaseRejected("many_marks", policy, credit.ADVISE_COURT)
    )


def test_marks_below_the_agencys_number_and_marks_on_a_company_stop_nothing() -> None:
    few = CreditAnswer("many_marks", AGENCY_SET.marks_many - 1, "a5")
    person, company = told(CONSUMER), told()
    answered(person, few).then(kept(person, few), accept(person.case_id, "EUR", AGENCY_SET, STAFF))
    answered(company, MARKED).then(kept(company, MARKED), accept(company.case_id, "EUR", AGENCY_SET, STAFF))


def test_a_case_stopped_while_it_was_checked_is_not_accepted() -> None:
    invoice = told()
    told_events = credit.take_answer(
        checking(invoice, gateway.CollectionStopped()).state, invoice.case_id, 1, GOOD, "a registry", NOW,
        RECEIVED, AGENCY_SET, CLIENT_SET, STAFF,
    )  # fmt: skip
    assert isinstance(told_events[-1], intake.CaseRejected)
    assert told_events[-1].reason == "stopped"


def test_an_answer_to_an_earlier_question_decides_nothing() -> None:
    delayed = intake.CreditCheckDelayed(1, "away", NOW)
    answered(told(), GOOD, delayed, intake.CreditCheckAsked(2), attempt=1).then()


def test_a_registry_that_is_away_leaves_the_case_visibly_waiting_longer_each_time() -> None:
    invoice = told()
    first = intake.CreditCheckDelayed(1, "away", NOW + timedelta(minutes=5))
    second = intake.CreditCheckDelayed(2, "away", NOW + timedelta(minutes=15))
    checking(invoice).when(credit.delay, 1, "away", NOW).then(first)
    checking(invoice, first, intake.CreditCheckAsked(2)).when(credit.delay, 2, "away", NOW).then(second)
    assert checking(invoice, first).state.case.stage == "checking"


def test_the_wait_for_the_registry_grows_to_a_day_and_no_longer() -> None:
    waits = [credit.wait_after(attempt) for attempt in range(1, 40)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=5), timedelta(days=1))


def test_when_the_wait_is_over_the_registry_is_asked_again() -> None:
    delayed = intake.CreditCheckDelayed(1, "away", NOW)
    checking(told(), delayed).when(credit.ask_again, 1).then(intake.CreditCheckAsked(2))
    [deadline] = set_by(delayed)
    assert (deadline.then, deadline.about, deadline.at) == (ask_registry_again, (1,), NOW)
    assert ended_by(kept(told(), GOOD), deadline)
    assert not ended_by(intake.LimitationNear(uuid4(), RECEIVED), deadline)


# What acceptance gives a case.


@pytest.mark.parametrize(
    ("kind", "valid"),
    [
        (ReferenceKind("EUR", "viitenumero", 13), references.valid_viitenumero),
        (ReferenceKind("EUR", "rf", 17), references.valid_rf),
        (ReferenceKind("SEK", "ocr", 14), references.valid_ocr),
        (ReferenceKind("NOK", "kid_mod10", 13), lambda written: references.valid_kid(written, "mod10", [13])),
        (ReferenceKind("NOK", "kid_mod10", 25), lambda written: references.valid_kid(written, "mod10", [25])),
        (ReferenceKind("NOK", "kid_mod11", 16), lambda written: references.valid_kid(written, "mod11", [16])),
    ],
)
def test_every_case_has_a_reference_the_bank_takes_with_its_number_in_it(kind: ReferenceKind, valid: object) -> None:
    assert callable(valid)
    for _ in range(300):  # One number in eleven has no check digit by mod11: among these are some.
        number = number_of(uuid4())
        reference = reference_of(number, kind)
        assert valid(reference), reference
        assert number[1:] in reference


def test_a_case_keeps_its_number_and_handler_whoever_asks() -> None:
    case_id = UUID(int=7 * 10**11 + 42)
    assert number_of(case_id) == "100000000042"
    assert all(handler_of(UUID(int=n), STAFF) == handler_of(UUID(int=n), STAFF[::-1]) for n in range(9))
    assert {handler_of(uuid4(), STAFF) for _ in range(200)} == set(STAFF)
    assert handler_of(case_id, ()) == NOBODY
