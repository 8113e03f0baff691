"""Erasing a debtor: what speaks against it, what the law keeps all the same, which keys go."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from msgspec.structs import replace

from services.intake import erasure
from services.intake.erasure import Erasable, OfCase, OfPayment
from services.intake.party import Party
from shared.errors import NotFound, Refused
from shared.events import Event, Sealed, intake, settlement
from shared.events.intake import Kept, PartyErased
from shared.money import Money
from tests.given import Given
from tests.intake.facts import IBAN, LAW

PARTY, CLIENT, CASE, FILE, PAYMENT, CLAIM, REFUND = (UUID(int=each) for each in range(1, 8))
EURO = Money(100_00, "EUR")
ENDED = date(2025, 3, 10)
LAST = date(2030, 3, 10)  # Five years on: 411/2018 12 §.
AFTER = date(2030, 3, 11)
RECEIVED = intake.CaseReceived(CLIENT, PARTY, "FI", "consumer", "EUR", "fi", date(2025, 1, 2))
DRAFTED = intake.ClaimDrafted(CLAIM, "17", None, None, None, "source", FILE, Sealed((PARTY,), "{}"))
ALLOCATED = settlement.PaymentAllocated(PAYMENT, CLAIM, EURO, (), ENDED, "rule", "section")
CLOSED = settlement.CaseClosed("paid", Money(0, "EUR"))
CAME = settlement.PaymentReceived(
    IBAN, EURO, ENDED, ENDED, ENDED, None, Sealed((PARTY,)), "key", "bank file"
)  # fmt: skip
REFUNDED = settlement.RefundDecided(REFUND, EURO, ENDED, Sealed((PARTY,)))
SENT = settlement.RefundSent(REFUND, "payout", EURO)
PAID = settlement.RefundPaid(REFUND, EURO, ENDED, "key 2", "bank file 2")


def a_debtor(
    *on_case: Event, ended: date | None = ENDED, on_payment: Sequence[Event] = (), country: str = "FI"
) -> Erasable:
    case = Given(OfCase(), [replace(RECEIVED, country=country), DRAFTED, *on_case]).state
    paid = {PAYMENT: Given(OfPayment(), [CAME, *on_payment]).state} if case.payments else {}
    return Erasable(PARTY, True, False, {CASE: case}, {CASE: ended}, paid, {})


def codes(known: Erasable, today: date) -> list[str]:
    return [each.obstacle for each in erasure.against(known, LAW, today)]


def test_nobody_is_erased_while_a_case_is_open() -> None:
    for on_case in ((), (CLOSED, settlement.CaseReopened("payment taken back"))):
        assert codes(a_debtor(*on_case, ended=None), AFTER) == ["case_open"]


def test_the_record_of_a_collection_is_kept_five_years_and_the_law_is_named() -> None:
    [reason] = erasure.against(a_debtor(CLOSED), LAW, LAST)
    assert (reason.obstacle, reason.until, reason.section) == ("records_kept", LAST, "411/2018 12 §")
    assert codes(a_debtor(CLOSED), AFTER) == []


def test_what_was_never_collected_on_may_be_erased_at_once() -> None:
    assert codes(a_debtor(intake.CaseRejected("withdrawn_by_client", "", ""), ended=None), date(2025, 1, 3)) == []


def test_nobody_is_erased_while_money_is_to_go_back_to_them() -> None:
    withdrawn = settlement.RefundWithdrawn(REFUND, EURO, "account_not_payable")
    back = settlement.PayoutReturned(ENDED, "AC04", EURO, "key 3", REFUND)
    for told in ((REFUNDED,), (REFUNDED, SENT), (REFUNDED, withdrawn), (REFUNDED, SENT, PAID, back)):
        assert codes(a_debtor(ALLOCATED, CLOSED, on_payment=told), AFTER) == ["refund_under_way"]
    assert codes(a_debtor(ALLOCATED, CLOSED, on_payment=(REFUNDED, SENT, PAID)), AFTER) == []


def test_what_the_law_does_not_tell_us_is_not_guessed() -> None:
    assert codes(a_debtor(CLOSED, country="SE"), date(2099, 1, 1)) == ["law_unknown"]


def test_a_refusal_says_every_reason_and_nothing_is_erased() -> None:
    with pytest.raises(Refused, match="its stage is received") as no:
        erasure.erase(a_debtor(ended=None), "asked", LAW, AFTER)
    assert no.value.code == "may_not_be_erased"


def test_nobody_who_is_not_there_is_erased() -> None:
    with pytest.raises(NotFound):
        erasure.erase(replace(a_debtor(CLOSED), is_there=False), "asked", LAW, AFTER)


def test_the_partys_key_goes_and_those_of_the_files_it_came_in() -> None:
    [erased] = erasure.erase(a_debtor(CLOSED), "no_longer_needed", LAW, AFTER)
    assert erased == PartyErased("no_longer_needed", (CASE,), (PARTY, FILE), ())


def test_who_was_erased_is_not_erased_again() -> None:
    assert erasure.erase(replace(a_debtor(CLOSED), is_erased=True), "asked", LAW, AFTER) == []
    assert Given(Party(), [PartyErased("asked", (), (PARTY,), ())]).state.is_erased


def test_the_accounts_stay_and_vouchers_up_to_their_last_day_each_with_its_section() -> None:
    paid = a_debtor(ALLOCATED, CLOSED, on_payment=(REFUNDED, SENT, PAID))
    known = replace(paid, last_days=dict.fromkeys(("bank file", "bank file 2", "payout"), date(2031, 12, 31)))
    section = "kirjanpitolaki 1336/1997 2 luku 10 § 2 mom."
    assert erasure.kept(known, LAW) == (
        Kept("accounts", (), None, section),
        Kept("bank_files", ("bank file", "bank file 2"), date(2031, 12, 31), section),
        Kept("payouts", ("payout",), date(2031, 12, 31), section),
    )


def test_what_is_closed_already_is_not_said_to_be_kept() -> None:
    assert [each.what for each in erasure.kept(a_debtor(ALLOCATED, CLOSED), LAW)] == ["accounts"]
    assert erasure.kept(a_debtor(CLOSED), LAW) == ()


def test_after_a_restore_it_is_done_again_unasked() -> None:
    [again] = erasure.erase_again(a_debtor(ended=None), LAW)
    assert isinstance(again, PartyErased)
    assert again.because == "restored"
    assert erasure.erase_again(replace(a_debtor(), is_erased=True), LAW) == []
