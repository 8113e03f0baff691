"""How a case ends when something other than money is decided, and when nothing ends it."""

from datetime import date
from functools import reduce
from uuid import UUID

import pytest

from services.settlement.ending import end
from services.settlement.owed import Owed
from shared.casefile import Casefile
from shared.events import Event
from shared.events import settlement as told
from shared.events.contact import DisputeOpened, DisputeResolved, LegalDecisionGiven
from shared.events.gateway import CollectionPaused, CollectionStopped, ContactSuspended
from shared.events.plans import Instalment, PlanCompleted, PlanStarted
from shared.events.settlement import Part
from shared.money import Money
from shared.setup import Client
from tests.given import Given
from tests.settlement.facts import CLAIM, CLIENT_SET, LATER_CLAIM, LAW, TODAY, case, claim, letter

ASKED = UUID(int=31)
OWED_TODAY = Money(101_67)  # 100 € × 9.5 % × 64 days / 365.
STOPPED = CollectionStopped()
NOBODY = Casefile()


def given(*events: Event) -> Given[Owed]:
    return Given(Owed(), case(*events))


def look(state: Owed, party: Casefile = NOBODY, client: Client | None = None) -> list[Event]:
    return end(state, party, client or Client().after(CLIENT_SET), LAW, TODAY)


def upheld(claim_id: UUID | None, lowered: int | None = None) -> DisputeResolved:
    return DisputeResolved(ASKED, "upheld", claim_id, Money(lowered) if lowered else None, None)


def paid(minor: int, interest: int = 0) -> told.PaymentAllocated:
    parts = (Part("interest", Money(interest)), Part("principal", Money(minor)))
    return told.PaymentAllocated(UUID(int=41), CLAIM, Money(minor + interest), parts, TODAY, "r", "s")


def test_a_case_stopped_by_its_client_ends_as_withdrawn_with_what_was_still_owed() -> None:
    given(STOPPED).when(look).then(told.CaseClosed("withdrawn_by_client", OWED_TODAY))


def test_a_client_that_stops_everything_withdraws_each_of_its_cases() -> None:
    client = reduce(Client.after, (CLIENT_SET, STOPPED), Client())
    given().when(look, client=client).then(told.CaseClosed("withdrawn_by_client", OWED_TODAY))


def test_a_pause_ends_nothing() -> None:
    given(CollectionPaused()).when(look).then()


@pytest.mark.parametrize(
    ("because", "reason"),
    [("wrong_person", "wrong_person"), ("deceased", "debtor_deceased"), ("minor", "debtor_minor")],
)
def test_a_debtor_nothing_can_be_asked_of_ends_the_case(because: str, reason: str) -> None:
    suspended = ContactSuspended(because, None)  # type: ignore[arg-type]  # One of its words, given by parametrize.
    given(suspended).when(look).then(told.CaseClosed(reason, OWED_TODAY))
    given().when(look, NOBODY.after(suspended)).then(told.CaseClosed(reason, OWED_TODAY))


@pytest.mark.parametrize("because", ["guardian", "suspension_request"])
def test_a_request_to_stop_contact_keeps_the_case_open(because: str) -> None:
    given(ContactSuspended(because, None)).when(look).then()  # type: ignore[arg-type]  # As above.


@pytest.mark.parametrize(
    ("answer", "reason"), [("court", "returned_to_client_for_court"), ("close", "uneconomic"), ("surveillance", None)]
)
def test_the_clients_answer_about_legal_steps_ends_the_case_or_does_not(answer: str, reason: str | None) -> None:
    decided = LegalDecisionGiven(ASKED, answer)  # type: ignore[arg-type]  # As above.
    given(decided).when(look).then(*([told.CaseClosed(reason, OWED_TODAY)] if reason else []))


def test_a_dispute_upheld_over_the_whole_case_ends_it() -> None:
    given(upheld(None)).when(look).then(told.CaseClosed("dispute_upheld", OWED_TODAY))


def test_a_dispute_upheld_over_the_only_claim_ends_the_case() -> None:
    given(upheld(CLAIM)).when(look).then(told.CaseClosed("dispute_upheld", OWED_TODAY))
    nothing = told.CaseClosed("dispute_upheld", Money(0))
    given(upheld(CLAIM, 100_00)).when(look).then(nothing)


def test_a_dispute_upheld_over_one_of_two_claims_leaves_the_other_to_be_collected() -> None:
    given(claim(50_00, LATER_CLAIM), upheld(CLAIM, 100_00)).when(look).then()


def test_a_dispute_that_lowers_a_claim_to_what_was_paid_ends_the_case_as_paid() -> None:
    opened = DisputeOpened(ASKED, CLAIM, None, date(2026, 5, 9))  # type: ignore[arg-type]  # What was said is not read.
    lowered = DisputeResolved(ASKED, "adjusted", CLAIM, Money(60_00), None)
    given(opened, paid(40_00, interest=67), lowered).when(look).then(told.CaseClosed("paid", Money(0)))


def test_a_dispute_rejected_ends_nothing() -> None:
    given(DisputeResolved(ASKED, "rejected", CLAIM, None, None)).when(look).then()


def test_a_plan_that_was_kept_ends_the_case_and_the_interest_run_meanwhile_is_let_go() -> None:
    costs = letter(Money(120_00), TODAY, cost=20_00)
    started = PlanStarted(ASKED, (Instalment(TODAY, Money(100_00), TODAY),), None)
    given(costs, started, paid(100_00), PlanCompleted()).when(look).then(
        told.WrittenOff(CLAIM, Money(21_67), (Part("interest", Money(1_67)), Part("collection_cost", Money(20_00)))),
        told.CaseClosed("paid", Money(0)),
    )


def test_a_case_that_is_closed_already_is_not_closed_again() -> None:
    given(told.CaseClosed("paid", Money(0)), STOPPED).when(look).then()
