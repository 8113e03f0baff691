"""Erasing a debtor on a real store: keys, lists, files, the list outside, and a store that was restored."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.intake import forgetting
from shared.deciding import Deciding
from shared.erasures import Erasures
from shared.events import intake as told
from tests.cancelled import Driver
from tests.erasure.keeper import Keeper
from tests.intake.conftest import BORN, Intake
from tests.intake.test_service import AS_JSON, hand_in

STAFF = {"Sovinto-Actor": f"staff:{uuid4()}"}
JSON = dict[str, Any]


async def a_rejected_case(running: Intake, **changes: Any) -> UUID:
    """A case that was never collected on, for its client took it back; its debtor."""
    [answer] = await hand_in(running, AS_JSON | {"total": "", **changes})
    withdrawn = await running.web.post(f"/cases/{answer['case']}/information", json={"decision": "withdraw"})
    assert withdrawn.json()["result"] == "rejected"
    received = (await running.events(answer["case"]))[0]
    assert isinstance(received, told.CaseReceived)
    return received.party_id


async def erase(running: Intake, party: UUID, because: str = "asked") -> JSON:
    answer = await running.web.post(f"/parties/{party}/erasure", json={"because": because}, headers=STAFF)
    assert answer.status_code == 200, answer.text
    done: JSON = answer.json()
    return done


async def person(running: Intake, party: UUID) -> told.Person | None:
    first = (await running.events(party))[0]
    assert isinstance(first, told.PartyIdentified)
    return first.person.value


async def test_who_is_erased_is_read_nowhere_any_more_and_who_asked_is_on_record(running: Intake) -> None:
    party = await a_rejected_case(running)
    assert await person(running, party) is not None
    done = await erase(running, party, "authority")
    assert (done["outcome"], done["destroyed"], done["erased"]) == ("appended", True, True)
    assert await person(running, party) is None
    [event] = [one for one in await running.store.stream(party) if one.type == "PartyErased"]
    assert event.actor == STAFF["Sovinto-Actor"]
    assert isinstance(event.event, told.PartyErased)
    assert event.event.because == "authority"


async def test_the_digest_by_which_somebody_is_known_again_goes_with_them(running: Intake) -> None:
    first = await a_rejected_case(running)
    assert await running.store.pool.fetchval("select count(*) from parties") == 1
    await erase(running, first)
    assert await running.store.pool.fetchval("select count(*) from parties") == 0
    again = await a_rejected_case(running, number="5108")
    assert again != first
    assert await person(running, again) is not None


async def test_the_file_somebody_came_in_is_closed_with_them_and_the_others_records_stay(running: Intake) -> None:
    other = AS_JSON | {
        "number": "5109", "total": "", "debtor": AS_JSON["debtor"] | {"name": "Toinen Oy", "identifier": "1234567-1"},
    }  # fmt: skip
    both = await hand_in(running, msgspec.json.encode([AS_JSON | {"total": ""}, other]))
    records = [await _source(running, each["case"]) for each in both]
    files = [one for one in await running.store.read(0, 100) if isinstance(one.event, told.FileReceived)]
    [file] = [one.event for one in files if isinstance(one.event, told.FileReceived)]
    opened = [(await running.documents.open(name)).content or b"" for name in (file.document, *records)]
    assert [b"Toinen" in each for each in opened] == [True, False, True]
    assert [b"Lumikoira" in each for each in opened] == [True, True, False]
    for each in both:
        await running.web.post(f"/cases/{each['case']}/information", json={"decision": "withdraw"})
    received = (await running.events(both[0]["case"]))[0]
    assert isinstance(received, told.CaseReceived)
    await erase(running, received.party_id)
    closed = [(await running.documents.open(name)).content is None for name in (file.document, *records)]
    assert closed == [True, True, False]


async def _source(running: Intake, case: str) -> str:
    [draft] = [each for each in await running.events(case) if isinstance(each, told.ClaimDrafted)]
    return draft.source


async def test_a_files_key_is_destroyed_by_itself_after_its_last_day(running: Intake) -> None:
    await hand_in(running, AS_JSON)
    [file] = [one.event for one in await running.store.read(0, 100) if isinstance(one.event, told.FileReceived)]
    await running.set_clock(BORN + timedelta(days=90))
    await running.forgetting.catch_up()
    assert (await running.documents.open(file.document)).content is not None
    await running.set_clock(BORN + timedelta(days=91))
    await running.forgetting.catch_up()
    assert (await running.documents.open(file.document)).content is None


async def test_nobody_is_erased_while_a_case_is_open_and_the_answer_says_why(running: Intake) -> None:
    [answer] = await hand_in(running, AS_JSON)
    received = (await running.events(answer["case"]))[0]
    assert isinstance(received, told.CaseReceived)
    looked = (await running.web.get(f"/parties/{received.party_id}/erasure", headers=STAFF)).json()
    assert [each["obstacle"] for each in looked["against"]] == ["case_open"]
    refused = await running.web.post(
        f"/parties/{received.party_id}/erasure", json={"because": "asked"}, headers=STAFF
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (409, "may_not_be_erased")
    assert await person(running, received.party_id) is not None


async def test_nobody_who_is_not_there_is_erased_and_no_words_are_taken_as_a_reason(running: Intake) -> None:
    body = {"because": "asked"}
    assert (await running.web.post(f"/parties/{uuid4()}/erasure", json=body, headers=STAFF)).status_code == 404
    wordy = {"because": "Matti asked us to"}
    assert (await running.web.post(f"/parties/{uuid4()}/erasure", json=wordy, headers=STAFF)).status_code == 422


async def test_an_erasure_is_noted_outside_of_the_database_before_it_is_answered(running: Intake) -> None:
    party = await a_rejected_case(running)
    await erase(running, party)
    assert [each.party for each in Erasures(running.folder / "erasures.jsonl").noted()] == [party]


async def test_what_a_restored_store_brings_back_is_erased_again(running: Intake) -> None:
    """The list knows of an erasure that the store does not: this is how a store looks after a restore."""
    party = await a_rejected_case(running)
    Erasures(running.folder / "erasures.jsonl").note(party, BORN + timedelta(days=1))
    await running.forgetting.again()
    await running.reader.reached(await running.store.head(), 30)
    assert await person(running, party) is None
    assert await running.store.pool.fetchval("select count(*) from parties") == 0
    [event] = [each for each in await running.events(party) if isinstance(each, told.PartyErased)]
    assert event.because == "restored"
    await running.forgetting.again()
    assert [type(each).__name__ for each in await running.events(party)].count("PartyErased") == 1


async def test_who_is_handed_over_anew_after_a_restore_is_not_taken_for_the_one_who_was_erased(running: Intake) -> None:
    """The same request, sent again to a store restored to before it, makes the same party."""
    party = await a_rejected_case(running)
    for noted in (party, uuid4()):
        Erasures(running.folder / "erasures.jsonl").note(noted, BORN - timedelta(days=1))
    await running.forgetting.again()
    assert await person(running, party) is not None


async def test_a_key_service_that_is_away_delays_an_erasure_and_is_asked_until_it_answers(
    running: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = await a_rejected_case(running)
    keeper = Keeper()
    keeper.away = True
    monkeypatch.setattr(running.store.keys, "_by", keeper)
    monkeypatch.setattr(forgetting, "BACK_OFF_SECONDS_MAX", 0.1)
    decide = Deciding(running.store, uuid4(), STAFF["Sovinto-Actor"], BORN)
    _, destroyed = await running.forgetting.erase(party, "asked", decide)
    assert not destroyed
    keeper.away = False
    await running.forgetting.catch_up()
    assert party in keeper.destroyed


async def test_forgetting_ends_when_it_was_cancelled(running: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setattr(running.forgetting, "catch_up", driver)
    await driver.sees_the_end_of(running.forgetting.run())
    await driver.sees_the_end_of(running.forgetting._done(uuid4(), 0))
