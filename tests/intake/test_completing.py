"""The client completes a claim: checked again from the top, silence has an end, and a question has an answer."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from services.intake import claim, completing, correcting
from services.intake.acceptance import accept
from services.intake.channels.invoice import Invoice
from services.intake.claim import Door, Reserved
from services.intake.correcting import Completion, DebtorTold, corrected
from services.intake.deadlines import ended_by, set_by
from services.intake.earlier import Interruption
from services.intake.told import Told
from shared.errors import Refused
from shared.events import Event, Sealed, intake
from shared.events.intake import CreditAnswer, Defect
from shared.money import Money
from tests.given import Given
from tests.intake.facts import (
    AGENCY_SET,
    BAKERY,
    CLIENT,
    CLIENT_SET,
    CONSUMER,
    DIGESTS,
    FINNISH,
    LAW,
    PERSON,
    RECEIVED,
    read_again,
    told,
)

TODAY = RECEIVED + timedelta(days=3)
NOW = datetime(2026, 1, 8, 9, tzinfo=UTC)
NO_DUE = read_again(FINNISH, due=None)
DUE = Completion(due=date(2025, 12, 15))


def waiting(invoice: Told) -> Given[Door]:
    return Given(Door(), claim.receive(Door(), invoice, AGENCY_SET, CLIENT_SET, LAW))


def completed(
    invoice: Invoice, completion: Completion, *, reserved: Reserved | None = None, taken: bool = False, **more: Any
) -> list[Event]:
    first = told(invoice)
    door = waiting(first).state
    again = completing.told_again(door, first.case_id, more.get("party", first.party_id), completion, DIGESTS, TODAY)
    return completing.complete(
        door, reserved or Reserved(), again, completion, AGENCY_SET, CLIENT_SET, LAW, taken=taken
    )


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_what_was_missing_is_told_and_the_claim_goes_on_to_the_credit_check() -> None:
    first = told(NO_DUE)
    door = waiting(first).state
    again = completing.told_again(door, first.case_id, first.party_id, DUE, DIGESTS, TODAY)
    events = completing.complete(door, Reserved(), again, DUE, AGENCY_SET, CLIENT_SET, LAW, taken=False)
    assert kinds(events) == ["InfoReceived", "ClaimDrafted", "ClaimAdded", "CreditCheckAsked"]
    assert events[0] == intake.InfoReceived("due")
    waiting(first).when(completing.complete, Reserved(), again, DUE, AGENCY_SET, CLIENT_SET, LAW, taken=False).then(
        *events
    )


def test_the_completed_claim_is_the_one_it_would_have_been_whole() -> None:
    [added] = [event for event in completed(NO_DUE, DUE) if isinstance(event, intake.ClaimAdded)]
    whole = claim.claim_of(claim.receive(Door(), told(FINNISH), AGENCY_SET, CLIENT_SET, LAW))
    assert (added.claim_id, added.number, added.due, added.principal) == (
        whole.claim_id, whole.number, whole.due, whole.principal,
    )  # fmt: skip


def test_half_an_answer_is_asked_about_again_with_a_new_day() -> None:
    events = completed(read_again(FINNISH, due=None, issued=None), DUE)
    assert kinds(events) == ["InfoReceived", "ClaimDrafted", "DefectsFound"]
    assert isinstance(events[-1], intake.DefectsFound)
    assert [defect.where for defect in events[-1].defects] == ["issued"]
    assert events[-1].answer_by == TODAY + timedelta(days=AGENCY_SET.answer_days)


def test_a_wrong_answer_is_a_defect_like_any_other() -> None:
    wrong = Completion(debtor=DebtorTold(identifier="2917364-3"))
    events = completed(read_again(FINNISH, debtor=replace(BAKERY, business_id=None)), wrong)
    assert isinstance(events[-1], intake.DefectsFound)
    assert events[-1].defects[0].code == "bad_identifier"


def test_sums_that_contradict_stay_wrong_until_the_sum_itself_is_told() -> None:
    broken = replace(FINNISH, defects=(Defect("amounts_do_not_add_up", "total, line 7", "1 and 2 make 3, not 4"),))
    assert kinds(completed(broken, Completion(subject="Hionta")))[-1] == "DefectsFound"
    assert kinds(completed(broken, Completion(total=Money(400_00))))[-1] == "CreditCheckAsked"


def test_telling_who_the_debtor_is_may_make_the_case_a_consumers() -> None:
    nobody = read_again(FINNISH, debtor=replace(BAKERY, business_id=None))
    party = uuid4()
    right = Completion(debtor=DebtorTold(name="Aino Esimerkki", identifier="010190-9123"))
    events = completed(nobody, right, party=party)
    assert kinds(events) == ["InfoReceived", "CaseCorrected", "ClaimDrafted", "ClaimAdded", "CreditCheckAsked"]
    assert events[1] == intake.CaseCorrected(party, "FI", "consumer", "EUR", "fi")
    assert events[0] == intake.InfoReceived("debtor.name, debtor.identifier")


def test_a_completed_claim_is_refused_by_policy_like_any_other() -> None:
    old = read_again(FINNISH, issued=date(2022, 12, 1), due=None)
    barred = completed(old, Completion(due=date(2022, 12, 15)))
    assert isinstance(barred[-1], intake.CaseRejected)
    proof = Completion(due=date(2022, 12, 15), interruptions=(Interruption(date(2024, 5, 2), "haaste.pdf"),))
    assert kinds(completed(old, proof))[-1] == "CreditCheckAsked"


def test_an_invoice_that_turns_out_to_be_on_another_case_is_a_duplicate() -> None:
    elsewhere = uuid4()
    known = Reserved().after(intake.ClaimReserved(CLIENT, elsewhere, told(FINNISH).draft.content))
    events = completed(NO_DUE, DUE, reserved=known, taken=False)
    assert isinstance(events[-1], intake.CaseRejected)
    assert (events[-1].reason, str(elsewhere) in events[-1].policy) == ("duplicate", True)


def test_a_right_number_frees_an_invoice_from_a_taken_one() -> None:
    first = told(replace(FINNISH, payable=Money(400_00)))
    door = Given(Door(), claim.receive(Door(), first, AGENCY_SET, CLIENT_SET, LAW, taken=True)).state
    number = Completion(number="5108")
    again = completing.told_again(door, first.case_id, first.party_id, number, DIGESTS, TODAY)
    assert again.claim_id != first.claim_id
    events = completing.complete(door, Reserved(), again, number, AGENCY_SET, CLIENT_SET, LAW, taken=False)
    assert kinds(events)[-1] == "CreditCheckAsked"
    assert completing.reserve(Reserved(), again, taken=False) == [
        intake.ClaimReserved(CLIENT, first.case_id, again.draft.content)
    ]


def test_a_number_that_is_taken_too_is_asked_about_again() -> None:
    events = completed(NO_DUE, DUE, taken=True)
    assert isinstance(events[-1], intake.DefectsFound)
    assert events[-1].defects[0].code == "same_number_other_content"


def test_nothing_can_be_put_right_that_is_not_asked_about() -> None:
    first = told(NO_DUE)
    more = (intake.CaseRejected("client_silent", "", ""),)
    door = Given(Door(), (*claim.receive(Door(), first, AGENCY_SET, CLIENT_SET, LAW), *more)).state
    again = completing.told_again(door, first.case_id, first.party_id, DUE, DIGESTS, TODAY)
    with pytest.raises(Refused) as refused:
        completing.complete(door, Reserved(), again, DUE, AGENCY_SET, CLIENT_SET, LAW, taken=False)
    assert refused.value.code == "nothing_asked"
    with pytest.raises(Refused):
        completing.told_again(Door(), uuid4(), uuid4(), DUE, DIGESTS, TODAY)


def test_correcting_twice_is_correcting_once() -> None:
    draft = told(NO_DUE).draft
    fields = Completion(due=date(2025, 12, 15), debtor=DebtorTold(identifier="010190-9123", name="Aino Esimerkki"))
    once = corrected(draft, fields, DIGESTS)
    assert corrected(once, fields, DIGESTS) == once
    assert once.invoice.debtor.kind == "consumer"


# Silence and other answers.


def test_silence_after_the_day_to_answer_rejects_the_case_and_not_before() -> None:
    first = told(NO_DUE)
    last_day = RECEIVED + timedelta(days=14)
    rejected = intake.CaseRejected(
        "client_silent", f"no answer by {last_day}", "Hand the claim over again, with what was asked for."
    )
    waiting(first).when(completing.give_up, last_day).then()
    waiting(first).when(completing.give_up, last_day + timedelta(days=1)).then(rejected)


def test_an_answer_ends_the_wait_for_it() -> None:
    asked = intake.DefectsFound((Defect("missing_field", "due", ""),), RECEIVED)
    [deadline] = set_by(asked)
    assert deadline.at.date() == RECEIVED + timedelta(days=1)
    assert ended_by(intake.InfoReceived("due"), deadline)
    assert not ended_by(intake.ClaimReserved(CLIENT, uuid4(), ""), deadline)


STAFF = (UUID(int=1),)


def asked_about(invoice: Told, answer: CreditAnswer, code: str) -> Given[Door]:
    completed_check = intake.CreditCheckCompleted(
        "debt_collection", "a registry", NOW, Sealed((invoice.party_id,), answer), answer.outcome
    )
    asked = intake.DefectsFound((Defect(code, "debtor", ""),), RECEIVED + timedelta(days=14))
    return Given(Door(), (*claim.receive(Door(), invoice, AGENCY_SET, CLIENT_SET, LAW), completed_check, asked))


def test_the_client_may_want_a_marked_debtors_claim_collected_all_the_same() -> None:
    first = told(CONSUMER)
    given = asked_about(first, CreditAnswer("many_marks", 7, ""), "many_marks")
    given.when(completing.answer, first.case_id, Completion(decision="accept"), AGENCY_SET, STAFF).then(
        intake.InfoReceived("many marks accepted"), accept(first.case_id, "EUR", AGENCY_SET, STAFF)
    )


def test_the_client_may_withdraw_what_it_is_asked_about() -> None:
    first = told(NO_DUE)
    waiting(first).when(completing.answer, first.case_id, Completion(decision="withdraw"), AGENCY_SET, STAFF).then(
        intake.InfoReceived("withdrawn"), intake.CaseRejected("withdrawn_by_client", "the client's own decision", "")
    )


def test_missing_facts_cannot_be_accepted_away() -> None:
    first = told(NO_DUE)
    waiting(first).when(completing.answer, first.case_id, Completion(decision="accept"), AGENCY_SET, STAFF).refused(
        "nothing_asked"
    )


def test_the_right_identity_number_of_an_unknown_debtor_is_checked_anew() -> None:
    first, party = told(), uuid4()
    right = Completion(debtor=DebtorTold(identifier="2745519-5"))
    given = asked_about(first, CreditAnswer("unknown", 0, ""), "unknown_debtor")
    given.when(completing.name_debtor, right, party).then(
        intake.InfoReceived("debtor.identifier"),
        intake.CaseCorrected(party, "FI", "business", "EUR", "fi"),
        intake.CreditCheckAsked(2),
    )
    given.when(completing.name_debtor, Completion(), party).refused("nothing_asked")


def test_an_identity_number_is_told_in_any_writing_but_a_right_one() -> None:
    door = waiting(told(replace(FINNISH, debtor=PERSON))).state
    written = correcting.rightly_written(door, Completion(debtor=DebtorTold(identifier=" 010190-9123")))
    assert written.debtor.identifier == "010190-9123"
    with pytest.raises(Refused) as refused:
        correcting.rightly_written(door, Completion(debtor=DebtorTold(identifier="010190-9124")))
    assert refused.value.code == "bad_identifier"
