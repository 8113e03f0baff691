"""A claim at the door: whole or not, known or not, ours to take or not."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from services.intake import claim, policy
from services.intake.channels.invoice import Invoice
from services.intake.claim import Door, Reserved
from services.intake.earlier import Earlier, Interruption, ToldStep
from services.intake.told import Told, in_clear
from shared.events import Event, Sealed, contact, gateway, intake, settlement
from shared.events.intake import Defect
from shared.events.reasons import Reason
from shared.law import Law, explain
from shared.law.kept import answer_of, kept
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
    NORWEGIAN,
    PERSON,
    RECEIVED,
    read_again,
    told,
)

DAY = timedelta(days=1)
DOLLAR = Money(1_00, "USD")
BUSINESSES_ONLY = replace(AGENCY_SET, businesses_only_from=RECEIVED)


def taken_in(invoice: Told, agency: gateway.AgencySet = AGENCY_SET, **more: Any) -> list[Event]:
    return claim.receive(Door(), invoice, agency, CLIENT_SET, LAW, **more)


def last(events: list[Event]) -> Any:
    return events[-1]


def codes(events: list[Event]) -> list[str]:
    return [defect.code for event in events if isinstance(event, intake.DefectsFound) for defect in event.defects]


def rejected(invoice: Told, because: str = "client_silent") -> tuple[Event, ...]:
    return (*taken_in(invoice), intake.CaseRejected(because, "", ""))


# Reading is done; what is missing or wrong goes back to the client.


def test_a_whole_invoice_opens_a_case_and_goes_on_to_the_credit_check() -> None:
    invoice = told()
    barred = LAW.time_barred("FI", "business", date(2025, 12, 15), RECEIVED)
    Given(Door(), ()).when(claim.receive, invoice, AGENCY_SET, CLIENT_SET, LAW).then(
        intake.CaseReceived(CLIENT, invoice.party_id, "FI", "business", "EUR", "fi", RECEIVED),
        intake.ClaimAdded(
            invoice.claim_id, "5107", date(2025, 12, 1), date(2025, 12, 15), Money(426_70),
            Sealed((invoice.party_id,), "Tiskin hionta ja lakkaus"), "document", invoice.file_id, "51075",
            FINNISH.payee_account, "10.5", (), barred.barred_on, kept(barred),
        ),
        intake.CreditCheckAsked(1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("missing_field", {"number": None}),
        ("missing_field", {"issued": None}),
        ("missing_field", {"due": None}),
        ("missing_debtor", {"debtor": replace(BAKERY, name=None)}),
        ("missing_identifier", {"debtor": replace(BAKERY, business_id=None)}),
        ("bad_identifier", {"debtor": replace(BAKERY, business_id="2917364-3")}),
        ("bad_identifier", {"debtor": replace(PERSON, person_id="010190-9124")}),
        ("amounts_do_not_add_up", {"payable": Money(500_00)}),
        ("bad_amount", {"total": Money(-1_00), "payable": Money(-1_00)}),
        ("bad_amount", {"total": Money(0), "payable": Money(0)}),
    ],
)
def test_what_is_missing_or_wrong_is_asked_of_the_client_with_a_day_to_answer(code: str, facts: dict[str, Any]) -> None:
    events = taken_in(told(read_again(FINNISH, **facts)))
    assert code in codes(events)
    assert last(events).answer_by == RECEIVED + timedelta(days=AGENCY_SET.answer_days)
    assert not any(isinstance(event, intake.ClaimAdded) for event in events)


def test_a_waiting_claim_is_asked_about_once() -> None:
    invoice = told(read_again(FINNISH, due=None))
    events = tuple(taken_in(invoice))
    Given(Door(), events).when(claim.receive, invoice, AGENCY_SET, CLIENT_SET, LAW).then()


def test_a_debtor_of_unknown_kind_is_protected_as_a_consumer() -> None:
    invoice = read_again(FINNISH, debtor=replace(PERSON, kind=None, person_id=None))
    [opening, *_] = taken_in(told(invoice))
    assert isinstance(opening, intake.CaseReceived)
    assert opening.debtor == "consumer"


def test_what_stood_in_a_wrong_field_is_not_quoted_in_an_event() -> None:
    quoting = Defect("bad_amount", "total", "'Aino Esimerkki' is no amount such as 1234,50")
    [clear] = in_clear([quoting])
    assert clear.what == "'…' is no amount such as 1234,50"
    assert in_clear([Defect("bad_amount", "total", "'12,3,4' is no amount")])[0].what == "'12,3,4' is no amount"


def test_a_claim_without_words_of_its_own_is_still_said_what_it_is_for() -> None:
    added = claim.claim_of(taken_in(told(replace(FINNISH, subject=""))))
    assert added.basis.value == "Lasku 5107"


# Refused: without a case where there can be none, with a case and advice where a rule said no.


@pytest.mark.parametrize(
    ("code", "invoice"),
    [
        ("country_not_ours", read_again(FINNISH, debtor=replace(BAKERY, country="SE"))),
        ("country_not_ours", read_again(FINNISH, debtor=replace(BAKERY, country="DE"))),
        (
            "currency_not_ours",
            read_again(FINNISH, currency="USD", total=DOLLAR, payable=DOLLAR),
        ),
        ("currency_not_ours", replace(FINNISH, currency="NOK", total=Money(1, "NOK"), payable=Money(1, "NOK"))),
        ("credit_note", replace(FINNISH, kind="credit_note")),
        ("not_an_invoice", replace(FINNISH, defects=(Defect("not_an_invoice", "kind", "an offer"),))),
    ],
)
def test_what_can_be_no_case_here_is_refused_by_name(code: str, invoice: Invoice) -> None:
    assert [defect.code for defect in policy.no_case(invoice, AGENCY_SET)] == [code]


def test_a_currency_the_agency_has_no_account_in_is_refused() -> None:
    finnish_only = replace(AGENCY_SET, accounts=AGENCY_SET.accounts[:1])
    assert [defect.code for defect in policy.no_case(NORWEGIAN, finnish_only)] == ["currency_not_ours"]
    assert policy.no_case(NORWEGIAN, AGENCY_SET) == ()


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        ("already_paid", {"status": "PAID"}),
        ("already_paid", {"payable": Money(0)}),
        ("factored", {"factored": True}),
    ],
)
def test_an_invoice_that_says_itself_there_is_nothing_for_us_is_rejected(reason: str, facts: dict[str, Any]) -> None:
    assert last(taken_in(told(read_again(FINNISH, **facts)))).reason == reason


def test_a_consumer_claim_is_refused_from_the_day_of_the_policy_with_the_guide() -> None:
    no = last(taken_in(told(CONSUMER), BUSINESSES_ONLY))
    assert (no.reason, str(RECEIVED) in no.policy, "https://oikeus.fi" in no.advice) == ("businesses_only", True, True)


def test_what_was_received_before_the_policy_is_still_taken() -> None:
    assert last(taken_in(told(CONSUMER, received_on=RECEIVED - DAY), BUSINESSES_ONLY)) == intake.CreditCheckAsked(1)


def test_a_client_with_an_agreement_on_consumers_is_not_refused() -> None:
    by_agreement = replace(CLIENT_SET, consumers_by_agreement=True)
    events = claim.receive(Door(), told(CONSUMER), BUSINESSES_ONLY, by_agreement, LAW)
    assert last(events) == intake.CreditCheckAsked(1)


def test_a_claim_against_a_business_is_taken_under_the_same_policy() -> None:
    assert last(taken_in(told(), BUSINESSES_ONLY)) == intake.CreditCheckAsked(1)


OLD = replace(FINNISH, issued=date(2022, 12, 1), due=date(2022, 12, 15))


def test_a_time_barred_claim_is_refused_with_its_section() -> None:
    no = last(taken_in(told(OLD)))
    assert (no.reason, "728/2003" in no.policy) == ("time_barred", True)
    assert explain(answer_of(no.answer), "en").startswith("The debt was barred on ")


@pytest.mark.parametrize(
    "earlier",
    [
        Earlier(interruptions=(Interruption(date(2024, 5, 2), "haaste.pdf"),)),
        Earlier((ToldStep("reminder", date(2024, 5, 2), proof="kirje.pdf"),)),
    ],
)
def test_a_proven_interruption_keeps_a_claim_alive(earlier: Earlier) -> None:
    added = claim.claim_of(events := taken_in(told(OLD, earlier=earlier)))
    assert last(events) == intake.CreditCheckAsked(1)
    assert added.interruptions == (date(2024, 5, 2),)


def test_a_reminder_nobody_can_show_interrupts_nothing() -> None:
    earlier = Earlier((ToldStep("reminder", date(2024, 5, 2)),))
    assert last(taken_in(told(OLD, earlier=earlier))).reason == "time_barred"


def test_what_a_live_store_does_not_know_lengthens_no_debt() -> None:
    live = Law.load(live=True)
    reminded = Earlier((ToldStep("reminder", date(2024, 5, 2), proof="brev.pdf"),))
    assert reminded.broke_limitation("SE", LAW) == (date(2024, 5, 2),)
    assert reminded.broke_limitation("SE", live) == ()
    assert reminded.broke_limitation("FI", live) == (date(2024, 5, 2),)


def test_in_norway_a_letter_interrupts_nothing() -> None:
    old = replace(NORWEGIAN, issued=date(2022, 12, 1), due=date(2022, 12, 15))
    earlier = Earlier((ToldStep("notice", date(2024, 5, 2), proof="varsel.pdf"),))
    assert last(taken_in(told(old, earlier=earlier))).reason == "time_barred"


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


# What waits.


def test_a_claim_not_yet_due_is_taken_and_waits() -> None:
    assert last(taken_in(told(replace(FINNISH, due=RECEIVED + 5 * DAY)))) == intake.CreditCheckAsked(1)


def test_half_a_year_before_limitation_the_client_is_told_once() -> None:
    invoice = told()
    barred = LAW.time_barred("FI", "business", date(2025, 12, 15), RECEIVED).barred_on
    taken = taken_in(invoice)
    Given(Door(), taken).when(claim.warn_of_limitation, invoice.claim_id).then(
        intake.LimitationNear(invoice.claim_id, barred)
    )
    Given(Door(), (*taken, intake.CaseRejected("stopped", "", ""))).when(
        claim.warn_of_limitation, invoice.claim_id
    ).then()


def test_a_silent_client_s_invoice_with_a_taken_number_is_asked_about_again() -> None:
    first, other = told(), told(replace(FINNISH, total=Money(500_00), payable=Money(500_00)))
    known = reserved_by(first).after(intake.ClaimQuestioned(other.case_id, other.draft.content))
    owner, holder = Given(Door(), taken_in(first)).state, Given(Door(), rejected(other)).state
    again = told(other.draft.invoice)
    assert claim.number_is_taken(known, owner, again.draft.content)
    key = claim.reserve(known, holder, again, taken_in(again, taken=True), again.case_id, taken=True)
    assert key == [intake.ClaimQuestioned(again.case_id, again.draft.content)]
