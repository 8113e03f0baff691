"""Intake's handlers: told twice they append once, and who comes first is who was first."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from services.intake import acceptance, handlers
from services.intake.claim import Door, Reserved
from services.intake.correcting import Completion, DebtorTold
from services.intake.party import Party
from services.intake.told import Told
from shared.deciding import Answer, Deciding
from shared.errors import Conflict
from shared.events import gateway, intake
from shared.events.intake import CreditAnswer, Defect, FileReceived, NotTaken
from shared.ids import AGENCY, reference_id
from shared.money import Money
from tests.intake.facts import (
    AGENCY_SET,
    BAKERY,
    CLIENT,
    CLIENT_SET,
    DIGESTS,
    FINNISH,
    LAW,
    NORWEGIAN,
    RECEIVED,
    read_again,
    told,
)
from tests.memory import MemoryStore

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
GOOD, UNKNOWN = CreditAnswer("good", 0, ""), CreditAnswer("unknown", 0, "")
NO_DUE = read_again(FINNISH, due=None)
DUE = Completion(due=date(2025, 12, 15))
TODAY = RECEIVED + timedelta(days=1)


def a_store() -> MemoryStore:
    store = MemoryStore()
    store.streams[AGENCY], store.streams[CLIENT] = [AGENCY_SET], [CLIENT_SET]
    return store


def deciding(store: MemoryStore, cause: UUID | None = None) -> Deciding:
    return Deciding(store, cause or uuid4(), "test", NOW)


async def take(store: MemoryStore, invoice: Told, same_day: UUID | None = None, cause: UUID | None = None) -> Answer:
    return await deciding(store, cause)(handlers.receive_claim, invoice, same_day, law=LAW)


def events(store: MemoryStore) -> int:
    return sum(map(len, store.streams.values()))


def door(store: MemoryStore, case_id: UUID) -> Door:
    return reduce(Door.after, store.streams[case_id], Door())


def holder(store: MemoryStore, invoice: Told) -> UUID:
    return reduce(Reserved.after, store.streams[invoice.claim_id], Reserved()).case_id


async def a_case(invoice: Told, *answers: CreditAnswer) -> MemoryStore:
    store = a_store()
    await take(store, invoice)
    for number, answer in enumerate(answers, 1):
        await deciding(store)(handlers.take_credit_answer, invoice.case_id, number, answer, "registry", (), now=NOW)
    return store


# Whatever is told twice appends once, whatever happened between.


OTHER = told(replace(FINNISH, number="5108"))
FILE_RECEIVED = FileReceived(CLIENT, uuid4(), "document", "json", 7, RECEIVED)
NOT_TAKEN = NotTaken(3, (Defect("not_readable", "line 1", ""),))
RIGHT_DEBTOR = Completion(debtor=DebtorTold(identifier="2745519-5"))

Tell = Callable[[Deciding, Told], Awaitable[Answer]]
CLEAN: list[CreditAnswer] = []
TOLD: dict[str, tuple[Any, list[CreditAnswer], Tell]] = {
    "an invoice": (NO_DUE, CLEAN, lambda decide, _: decide(handlers.receive_claim, OTHER, None, law=LAW)),
    "a file": (FINNISH, CLEAN, lambda decide, _: decide(handlers.receive_file, FILE_RECEIVED)),
    "what was left out of it": (
        FINNISH, CLEAN, lambda decide, each: decide(handlers.leave_out_of_file, each.file_id, (NOT_TAKEN,)),
    ),
    "the registry's answer": (
        FINNISH, CLEAN,
        lambda decide, each: decide(handlers.take_credit_answer, each.case_id, 1, GOOD, "registry", (), now=NOW),
    ),
    "that the registry is away": (
        FINNISH, CLEAN, lambda decide, each: decide(handlers.delay_credit_check, each.case_id, 1, "away", now=NOW),
    ),
    "that it is time to ask again": (
        FINNISH, CLEAN, lambda decide, each: decide(handlers.ask_registry_again, each.case_id, 1, now=NOW),
    ),
    "what was missing": (
        NO_DUE, CLEAN,
        lambda decide, each: decide(
            handlers.complete_draft, each.case_id, DUE, each.party_id, law=LAW, digests=DIGESTS, today=TODAY
        ),
    ),
    "the right debtor": (
        FINNISH, [UNKNOWN],
        lambda decide, each: decide(handlers.name_debtor, each.case_id, RIGHT_DEBTOR, UUID(int=9)),
    ),
    "a withdrawal": (
        NO_DUE, CLEAN,
        lambda decide, each: decide(handlers.answer_question, each.case_id, Completion(decision="withdraw"), ()),
    ),
    "that the client is silent": (
        NO_DUE, CLEAN,
        lambda decide, each: decide(handlers.give_up_waiting, each.case_id, now=NOW + timedelta(days=20)),
    ),
    "that limitation is near": (
        FINNISH, CLEAN,
        lambda decide, each: decide(handlers.warn_of_limitation, each.case_id, str(each.claim_id), now=NOW),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TOLD)
async def test_told_twice_with_something_else_between_it_appends_once(what: str) -> None:
    invoice, answers, tell = TOLD[what]
    each, cause = told(invoice), uuid4()
    store = await a_case(each, *answers)
    before = events(store)
    first = await tell(deciding(store, cause), each)
    between = events(store)
    assert (first.outcome, between > before) == ("appended", True)
    await take(store, told(replace(FINNISH, number="6000")))
    store.streams[CLIENT].append(gateway.CollectionPaused())
    unrelated = events(store)
    again = await tell(deciding(store, cause), each)
    assert (again.outcome, events(store)) == ("duplicate", unrelated)


async def test_the_same_decision_for_another_cause_appends_nothing_either() -> None:
    first = told(NO_DUE)
    store = await a_case(first)
    for _ in range(2):
        await deciding(store)(
            handlers.complete_draft, first.case_id, DUE, first.party_id, law=LAW, digests=DIGESTS, today=TODAY
        )
    assert len([each for each in store.streams[first.case_id] if isinstance(each, intake.ClaimAdded)]) == 1


# One invoice, one claim.


async def test_an_invoice_its_key_and_its_debtor_are_one_append() -> None:
    invoice = told()
    store = await a_case(invoice)
    assert holder(store, invoice) == invoice.case_id
    assert [type(each) for each in store.streams[invoice.party_id]] == [intake.PartyIdentified]
    assert door(store, invoice.case_id).case.stage == "checking"


async def test_the_same_invoice_in_another_import_is_answered_with_nothing_new() -> None:
    invoice, again = told(), told()
    store = await a_case(invoice)
    before = events(store)
    assert (await take(store, again)).outcome == "nothing"
    assert (events(store), holder(store, again)) == (before, invoice.case_id)


async def test_when_two_bring_one_invoice_at_once_the_second_meets_the_first() -> None:
    store, first, second = a_store(), told(), told()

    def meanwhile() -> None:
        store.streams[first.claim_id].append(intake.ClaimReserved(CLIENT, first.case_id, first.draft.content))

    store.meanwhile = meanwhile
    assert (await take(store, second)).outcome == "nothing"
    assert store.streams[second.case_id] == []


async def test_another_invoice_with_its_number_is_kept_on_a_case_that_waits() -> None:
    first, other = told(), told(replace(FINNISH, total=Money(500_00), payable=Money(500_00)))
    store = await a_case(first)
    await take(store, other)
    assert door(store, other.case_id).case.stage == "needs_info"
    assert holder(store, other) == first.case_id
    assert (await take(store, told(other.draft.invoice))).outcome == "nothing"


async def test_its_right_number_gives_it_a_key_of_its_own() -> None:
    first, other = told(), told(replace(FINNISH, total=Money(500_00), payable=Money(500_00)))
    store = await a_case(first)
    await take(store, other)
    number = Completion(number="5109")
    await deciding(store)(
        handlers.complete_draft, other.case_id, number, other.party_id, law=LAW, digests=DIGESTS, today=TODAY
    )
    assert door(store, other.case_id).case.stage == "checking"
    assert holder(store, told(replace(other.draft.invoice, number="5109"))) == other.case_id
    assert holder(store, first) == first.case_id


async def test_a_completed_invoice_still_meets_the_incomplete_one_it_was() -> None:
    first = told(NO_DUE)
    store = await a_case(first)
    await deciding(store)(
        handlers.complete_draft, first.case_id, DUE, first.party_id, law=LAW, digests=DIGESTS, today=TODAY
    )
    assert (await take(store, told(NO_DUE))).outcome == "nothing"
    assert (await take(store, told(FINNISH))).outcome == "nothing"


async def test_a_claim_whose_case_was_stopped_comes_again_as_a_new_case() -> None:
    first, again = told(), told()
    store = await a_case(first, GOOD)
    store.streams[first.case_id].append(gateway.CollectionStopped())
    assert (await take(store, again)).outcome == "appended"
    assert holder(store, again) == again.case_id


# Norway, the registry, stop.


async def test_norwegian_claims_of_one_day_share_a_case_and_one_credit_check() -> None:
    first = told(NORWEGIAN)
    second = told(replace(NORWEGIAN, number="89"), party_id=first.party_id)
    store = await a_case(first, GOOD)
    await take(store, second, same_day=first.case_id)
    assert len(door(store, first.case_id).case.claims) == 2
    assert store.streams[second.case_id] == []
    assert holder(store, second) == first.case_id


async def test_stop_wins_between_the_answer_and_its_append() -> None:
    invoice = told()
    store = await a_case(invoice)
    store.meanwhile = lambda: store.streams[invoice.case_id].append(gateway.CollectionStopped())
    await deciding(store)(handlers.take_credit_answer, invoice.case_id, 1, GOOD, "registry", (), now=NOW)
    assert door(store, invoice.case_id).case.stage == "rejected"


async def test_a_change_of_policy_between_reading_and_appending_is_heeded() -> None:
    store, consumer = a_store(), told(read_again(FINNISH, debtor=replace(BAKERY, kind="consumer", business_id=None)))
    businesses_only = replace(AGENCY_SET, businesses_only_from=RECEIVED)
    whole = told(replace(consumer.draft.invoice, warnings=()))
    store.meanwhile = lambda: store.streams[AGENCY].append(businesses_only)
    await take(store, whole)
    assert door(store, whole.case_id).case.stage == "rejected"


async def test_who_never_gets_through_is_told_to_try_again() -> None:
    store, invoice = a_store(), told()

    def always() -> None:
        store.streams[CLIENT].append(CLIENT_SET)
        store.meanwhile = always

    store.meanwhile = always
    with pytest.raises(Conflict):
        await take(store, invoice)
    assert store.streams[invoice.case_id] == []


# Who is who.


def party(store: MemoryStore, party_id: UUID) -> intake.Person:
    person = reduce(Party.after, store.streams[party_id], Party()).person
    assert person is not None
    return person


async def test_another_client_s_word_never_moves_a_debtor_we_know() -> None:
    first = told()
    store = await a_case(first)
    moved = replace(BAKERY, address=("Toinen katu 2",), town="Vaasa", email="muu@example.org")
    await take(store, told(replace(FINNISH, number="7", debtor=moved), party_id=first.party_id))
    assert (party(store, first.party_id).street, len(store.streams[first.party_id])) == ("Ratastie 11", 1)


async def test_what_was_not_known_of_a_debtor_is_filled_in() -> None:
    without = told(replace(FINNISH, debtor=replace(BAKERY, address=(), phone=None)))
    store = await a_case(without)
    await take(store, told(replace(FINNISH, number="7"), party_id=without.party_id))
    assert party(store, without.party_id).street == "Ratastie 11"
    assert party(store, without.party_id).phone == BAKERY.phone


async def test_a_wrong_identity_number_identifies_nobody() -> None:
    invoice = told(read_again(FINNISH, debtor=replace(BAKERY, business_id="2917364-3")))
    store = await a_case(invoice)
    assert party(store, invoice.party_id).identifier is None


async def test_a_debtor_named_anew_keeps_its_address_under_the_right_number() -> None:
    first = told()
    store = await a_case(first, UNKNOWN)
    right = UUID(int=9)
    await deciding(store)(handlers.name_debtor, first.case_id, RIGHT_DEBTOR, right)
    assert (party(store, right).identifier, party(store, right).street) == ("2745519-5", "Ratastie 11")
    assert door(store, first.case_id).case.party_id == right
    assert party(store, first.party_id).identifier == BAKERY.business_id


async def test_a_reference_another_case_has_is_never_given_again() -> None:
    invoice = told(FINNISH)
    store = await a_case(invoice)
    first = acceptance.accept(invoice.case_id, "EUR", AGENCY_SET, ())
    store.streams[reference_id("EUR", first.reference)] = [intake.ReferenceReserved(CLIENT, uuid4())]
    await deciding(store)(handlers.take_credit_answer, invoice.case_id, 1, GOOD, "registry", (), now=NOW)
    accepted = store.streams[invoice.case_id][-1]
    assert isinstance(accepted, intake.CaseAccepted)
    assert accepted.reference != first.reference
    held = store.streams[reference_id("EUR", accepted.reference)]
    assert held == [intake.ReferenceReserved(CLIENT, invoice.case_id)]
