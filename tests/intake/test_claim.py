"""A claim at the door: whole or not, ours to take or not."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.intake import claim, policy
from services.intake.channels.invoice import Invoice
from services.intake.claim import Door
from services.intake.earlier import Earlier, Interruption, ToldStep
from services.intake.told import in_clear
from shared.events import Sealed, intake
from shared.events.intake import Defect
from shared.law import Law, explain
from shared.law.kept import answer_of, kept
from shared.money import Money
from tests.given import Given
from tests.intake.facts import (
    AGENCY_SET,
    BAKERY,
    BUSINESSES_ONLY,
    CLIENT,
    CLIENT_SET,
    CONSUMER,
    FINNISH,
    LAW,
    NORWEGIAN,
    PERSON,
    RECEIVED,
    codes,
    last,
    read_again,
    taken_in,
    told,
)

DAY = timedelta(days=1)
DOLLAR = Money(1_00, "USD")


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
