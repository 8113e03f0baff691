"""Who may see and do what, and what stop, pause and set-up come to: rules, without a server."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway import access, control, standing
from services.gateway.access import KeptKey, NotAllowed, NotKnown, Viewer
from services.gateway.control import Controlled
from services.gateway.standing import Standing
from shared.errors import NotFound
from shared.events import NOTHING_SAID, Sealed, gateway, settlement
from shared.events.gateway import KeyIssued
from shared.ids import staff_id
from tests.gateway.life import CASE, CLIENT, LIFE, OTHER, PARTY, SET_UP, a_client, euro
from tests.given import Given

SECRET = "0123456789abcdef" * 4
KEY_ID = UUID(int=7)
OPENED = [event for append in LIFE[:4] for event in append.events]
ENOUGH = Sealed((PARTY,), "enough")
STOPPED, PAUSED = gateway.CollectionStopped(ENOUGH), gateway.CollectionPaused(ENOUGH)
CLOSED = settlement.CaseClosed("paid", euro(0))


def a_kept_key(**changes: object) -> KeptKey:
    told = {"key_id": KEY_ID, "hash": access.hash_of(SECRET), "owner": "client", "id": CLIENT} | changes
    return KeptKey(**told)  # type: ignore[arg-type]  # Fields are named by the tests.


# Keys.


@given(st.uuids(), st.binary(min_size=32, max_size=32))
def test_a_key_reads_back_as_it_was_made(key_id: UUID, secret: bytes) -> None:
    shown = access.read_key(access.key_text(key_id, secret.hex()))
    assert shown == access.ShownKey(key_id, secret.hex())


@given(st.text(max_size=120))
def test_no_text_makes_reading_a_key_fail(text: str) -> None:
    assert access.read_key(text) is None or text.strip().startswith("sovinto_")


def test_what_is_kept_of_a_key_does_not_show_it() -> None:
    assert SECRET not in access.hash_of(SECRET)
    assert len(access.hash_of(SECRET)) == 64


def test_a_key_opens_for_its_owner() -> None:
    viewer = access.opened_by(access.ShownKey(KEY_ID, SECRET), a_kept_key())
    assert (viewer.actor, viewer.client_id, viewer.is_staff) == (f"client:{CLIENT}", CLIENT, False)


@pytest.mark.parametrize("kept", [None, a_kept_key(hash=access.hash_of("other")), a_kept_key(revoked=True)])
def test_a_wrong_an_unknown_and_a_revoked_key_open_nothing_alike(kept: KeptKey | None) -> None:
    with pytest.raises(NotKnown) as no:
        access.opened_by(access.ShownKey(KEY_ID, SECRET), kept)
    assert str(no.value) == "this key opens nothing"


def test_the_operators_key_is_staff_and_an_unset_one_opens_nothing() -> None:
    viewer = access.opened_by_operator("first", "first")
    assert viewer is not None
    assert viewer.actor == f"staff:{staff_id('operator')}"
    assert access.opened_by_operator("", "") is None
    assert access.opened_by_operator("wrong", "first") is None


def test_a_client_sees_itself_and_nobody_else() -> None:
    viewer = Viewer("client", CLIENT, KEY_ID)
    access.see_client(viewer, CLIENT)
    with pytest.raises(NotFound):
        access.see_client(viewer, OTHER)


def test_staff_see_every_client_and_only_staff_do_what_staff_do() -> None:
    access.see_client(Viewer("staff", uuid4(), KEY_ID), CLIENT)
    access.be_staff(Viewer("staff", uuid4(), KEY_ID))
    with pytest.raises(NotAllowed):
        access.be_staff(Viewer("client", CLIENT, KEY_ID))


# Stop, pause, resume, suspend.


def test_stop_is_recorded_with_its_reason_and_only_once() -> None:
    Given(Controlled(), OPENED).when(control.stop, ENOUGH).then(STOPPED)


def test_a_stop_after_a_pause_is_still_a_stop() -> None:
    Given(Controlled(), [*OPENED, PAUSED]).when(control.stop, ENOUGH).then(STOPPED)


def test_what_has_ended_is_not_stopped() -> None:
    Given(Controlled(), [*OPENED, CLOSED]).when(control.stop, ENOUGH).refused("closed")


def test_a_pause_and_its_end() -> None:
    Given(Controlled(), OPENED).when(control.pause, ENOUGH).then(PAUSED)
    Given(Controlled(), [*OPENED, PAUSED]).when(control.resume).then(gateway.CollectionResumed())


def test_what_is_said_of_a_case_is_sealed_for_its_debtor_and_of_a_client_for_the_client() -> None:
    assert Given(Controlled(), OPENED).state.said(CASE, "we know them") == Sealed((PARTY,), "we know them")
    assert Controlled().said(CLIENT, "a holiday") == Sealed((CLIENT,), "a holiday")
    assert Controlled().said(CLIENT, "") == NOTHING_SAID


def test_what_was_stopped_for_good_is_not_paused_nor_resumed() -> None:
    Given(Controlled(), [*OPENED, STOPPED]).when(control.pause, NOTHING_SAID).refused("stopped")
    Given(Controlled(), [*OPENED, PAUSED, STOPPED]).when(control.resume).refused("stopped")


def test_resuming_what_is_not_paused_says_nothing() -> None:
    Given(Controlled(), OPENED).when(control.resume).then()


def test_what_is_not_there_cannot_be_stopped() -> None:
    with pytest.raises(NotFound):
        control.stop(Controlled(), NOTHING_SAID)


def test_a_debtors_own_request_names_the_finnish_section() -> None:
    party = list(SET_UP[-1].events)
    told = gateway.ContactSuspended("suspension_request", "Laki saatavien perinnästä 4 c §")
    Given(Controlled(), party).when(control.suspend, "suspension_request").then(told)


def test_a_wrong_person_is_suspended_without_a_section_and_allowed_again() -> None:
    party = list(SET_UP[-1].events)
    told = gateway.ContactSuspended("wrong_person", None)
    Given(Controlled(), party).when(control.suspend, "wrong_person").then(told)
    Given(Controlled(), [*party, told]).when(control.allow_again).then(gateway.ContactAllowedAgain())


# Set-up.


def test_setting_a_client_anew_changes_it_and_saying_the_same_says_nothing() -> None:
    before, now = a_client("Malli Oy"), a_client("Malli ja Pojat Oy")
    Given(Standing(), [before]).when(standing.set_client, now).then(now)
    Given(Standing(), [before]).when(standing.set_client, before).then()


def test_a_key_needs_its_client_and_staff_need_the_agency() -> None:
    key = KeyIssued(KEY_ID, "hash", "client")
    Given(Standing(), [a_client("Malli Oy")]).when(standing.issue_key, key).then(key)
    with pytest.raises(NotFound):
        standing.issue_key(Standing(), key)
    Given(Standing(), []).when(standing.issue_key, KeyIssued(KEY_ID, "hash", "staff", CASE)).refused("agency_missing")


def test_a_key_taken_back_stays_so() -> None:
    key = KeyIssued(KEY_ID, "hash", "client")
    Given(Standing(), [a_client("Malli Oy"), key]).when(standing.revoke_key, KEY_ID).then(gateway.KeyRevoked(KEY_ID))


def test_a_paid_list_is_confirmed_up_to_today_and_never_back() -> None:
    client, today = a_client("Malli Oy"), date(2025, 3, 3)
    told = gateway.PaidListConfirmed(today)
    Given(Standing(), [client]).when(standing.confirm_paid_list, today, today).then(told)
    Given(Standing(), [client, told]).when(standing.confirm_paid_list, date(2025, 3, 1), today).then()
    Given(Standing(), [client]).when(standing.confirm_paid_list, date(2025, 3, 4), today).refused("day_to_come")
