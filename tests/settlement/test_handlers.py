"""Each thing settlement hears, told twice with another change between: the second time nothing happens."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from services.settlement import handlers
from shared.deciding import Answer, Deciding
from shared.errors import NotFound, Refused
from shared.events import Event, Sealed
from shared.events import settlement as told
from shared.events.gateway import CollectionStopped
from shared.events.settlement import PaymentReceived, RemittanceLine
from shared.ids import AGENCY
from shared.money import Money
from tests.memory import MemoryStore
from tests.settlement.facts import (
    AGENCY_SET,
    CASE,
    CLAIM,
    CLIENT,
    CLIENT_SET,
    LAW,
    NOW,
    PAID_ON,
    PARTY,
    TODAY,
    case,
    id_of,
    payment,
)  # fmt: skip

CAME = payment(60_00)
PAYMENT = id_of(CAME)
RUN = told.RemittanceRunStarted(UUID(int=51), TODAY, NOW)


class Shelf:
    """Documents kept, and what for."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, tuple[UUID, ...]]] = []

    async def keep(self, content: bytes, media_type: str, parties: Sequence[UUID]) -> str:
        self.kept.append((media_type, tuple(parties)))
        return f"document {len(self.kept)}"


async def the_case(_payment: PaymentReceived) -> UUID | None:
    return CASE


async def no_case(_payment: PaymentReceived) -> UUID | None:
    return None


def a_store(*on_case: Event, on_payment: Sequence[Event] = (CAME,), on_client: Sequence[Event] = ()) -> MemoryStore:
    store = MemoryStore()
    store.streams[AGENCY] = [AGENCY_SET]
    store.streams[CLIENT] = [CLIENT_SET, *on_client]
    store.streams[CASE] = list(case(*on_case))
    store.streams[PAYMENT] = list(on_payment)
    return store


async def lines(_client: UUID) -> list[RemittanceLine]:
    nothing = Money(0)
    part = (told.Part("principal", Money(60_00)),)
    return [RemittanceLine(CASE, "1", part, nothing, nothing, nothing, Money(60_00), RUN.run_id, (PAID_ON,))]


ALLOCATED = told.PaymentAllocated(
    PAYMENT, CLAIM, Money(60_00), (told.Part("principal", Money(60_00)),), PAID_ON, "r", "s"
)
READ = told.BankFileRead("d", "n", "EUR", TODAY, 1, Money(1), ())
BACK = told.RefundDecided(UUID(int=71), Money(60_00), TODAY, CAME.payer)
Call = Callable[[Deciding], Awaitable[Answer]]

TWICE: dict[str, tuple[MemoryStore, Call]] = {
    "a payment received": (
        a_store(on_payment=()),
        lambda decide: decide(handlers.receive_payment, PAYMENT, CAME),
    ),
    "a payment assigned": (
        a_store(),
        lambda decide: decide(handlers.assign_by_reference, PAYMENT, the_case, law=LAW, now=NOW),
    ),
    "a payment nobody knows": (
        a_store(),
        lambda decide: decide(handlers.assign_by_reference, PAYMENT, no_case, law=LAW, now=NOW),
    ),
    "a payment assigned by hand": (
        a_store(),
        lambda decide: decide(handlers.assign_payment, PAYMENT, CASE, "staff:anna", law=LAW, now=NOW),
    ),
    "a payment taken back": (
        a_store(
            ALLOCATED, on_payment=(CAME, told.PaymentAssigned(CASE, "reference", Money(60_00), Money(0), Money(0)))
        ),
        lambda decide: decide(handlers.take_back_payment, PAYMENT, TODAY, "MD06", "k9", law=LAW),
    ),
    "a refund asked for": (a_store(), lambda decide: decide(handlers.refund_payment, PAYMENT, now=NOW)),
    "a refund to be sent": (
        a_store(on_payment=(CAME, BACK)),
        lambda decide: decide(handlers.send_refunds, PAYMENT, documents=Shelf(), law=LAW, now=NOW),
    ),
    "a bank file": (a_store(), lambda decide: decide(handlers.read_bank_file, UUID(int=81), READ)),
    "a direct payment": (
        a_store(),
        lambda decide: decide(handlers.report_direct_payment, CASE, CLAIM, Money(10_00), PAID_ON, law=LAW),
    ),
    "a credit note": (
        a_store(),
        lambda decide: decide(handlers.report_credit_note, CASE, CLAIM, Money(10_00), "H", TODAY, law=LAW),
    ),
    "a stop": (
        a_store(CollectionStopped()),
        lambda decide: decide(handlers.end_case, CASE, law=LAW, now=NOW),
    ),
    "a client": (a_store(), lambda decide: decide(handlers.plan_runs, CLIENT, now=NOW)),
    "a run's day": (a_store(), lambda decide: decide(handlers.start_run, CLIENT, now=NOW)),
    "a share": (
        a_store(ALLOCATED, on_client=(RUN,)),
        lambda decide: decide(handlers.set_share_aside, CASE, CLIENT),
    ),
    "a run's end": (
        a_store(on_client=(RUN,)),
        lambda decide: decide(handlers.finish_run, CLIENT, lines, documents=Shelf(), now=NOW),
    ),
}


@pytest.mark.parametrize("what", TWICE)
async def test_told_twice_with_another_change_between_the_second_time_appends_nothing(what: str) -> None:
    store, call = TWICE[what]
    cause = uuid4()
    first = await call(Deciding(store, cause, "test", NOW))
    assert first.outcome == "appended"
    for stream_id in (CASE, CLIENT, PARTY, UUID(int=99)):
        store.streams[stream_id].append(told.PaymentHeld("something else"))
    before = {stream_id: list(events) for stream_id, events in store.streams.items()}
    again = await call(Deciding(store, cause, "test", NOW))
    assert again.outcome == "duplicate"
    assert {stream_id: events for stream_id, events in store.streams.items() if events} == before


async def test_a_payment_is_assigned_on_what_is_true_when_it_is_appended_and_not_before() -> None:
    store = a_store()
    store.meanwhile = lambda: store.streams[CASE].append(told.CaseClosed("paid", Money(0)))
    await Deciding(store, uuid4(), "test", NOW)(handlers.assign_by_reference, PAYMENT, the_case, law=LAW, now=NOW)
    assert store.streams[PAYMENT][1:] == [told.PaymentHeld("case_closed", "refund")]


async def test_two_runs_told_at_once_pay_the_same_money_once() -> None:
    store, shelf = a_store(on_client=(RUN,)), Shelf()
    asked = 0

    async def once(client_id: UUID) -> list[RemittanceLine]:
        # What the first run paid on is not among the lines any more when the second one asks again.
        nonlocal asked
        asked += 1
        created = [each for events in store.streams.values() for each in events if is_payout(each)]
        return [] if created else await lines(client_id)

    def is_payout(event: Event) -> bool:
        return isinstance(event, told.RemittanceCreated)

    async def finish(decide: Deciding) -> Any:
        return await decide(handlers.finish_run, CLIENT, once, documents=shelf, now=NOW)

    await finish(Deciding(store, uuid4(), "test", NOW))
    again = await finish(Deciding(store, uuid4(), "test", NOW))
    assert again.outcome == "nothing"
    assert sum(is_payout(each) for events in store.streams.values() for each in events) == 1


async def test_a_refund_no_bank_would_take_waits_for_a_person_and_leaves_no_file() -> None:
    odd = payment(60_00, account="??")
    back = told.RefundDecided(UUID(int=71), Money(60_00), TODAY, odd.payer)
    store, shelf = a_store(on_payment=(odd, back)), Shelf()
    await Deciding(store, uuid4(), "test", NOW)(handlers.send_refunds, PAYMENT, documents=shelf, law=LAW, now=NOW)
    assert store.streams[PAYMENT][2:] == [
        told.RefundWithdrawn(UUID(int=71), Money(60_00), "account_not_payable"),
        told.PaymentHeld("account_not_payable"),
    ]
    assert shelf.kept == []


async def test_a_refund_to_a_payer_that_was_erased_is_withdrawn() -> None:
    erased = told.RefundDecided(UUID(int=71), Money(60_00), TODAY, Sealed((PARTY,)))
    store = a_store(on_payment=(CAME, erased))
    await Deciding(store, uuid4(), "test", NOW)(handlers.send_refunds, PAYMENT, documents=Shelf(), law=LAW, now=NOW)
    assert store.streams[PAYMENT][-1] == told.PaymentHeld("payer_erased")


async def test_a_refunds_file_is_a_voucher_with_a_key_of_its_own() -> None:
    store, shelf = a_store(on_payment=(CAME, BACK)), Shelf()
    await Deciding(store, uuid4(), "test", NOW)(handlers.send_refunds, PAYMENT, documents=shelf, law=LAW, now=NOW)
    assert shelf.kept == [("application/xml", (BACK.refund_id,))]


async def test_what_is_not_there_cannot_be_assigned_or_refunded() -> None:
    store = a_store()
    decide = Deciding(store, uuid4(), "test", NOW)
    with pytest.raises(NotFound):
        await decide(handlers.assign_payment, uuid4(), CASE, "staff:anna", law=LAW, now=NOW)
    with pytest.raises(NotFound):
        await decide(handlers.assign_payment, PAYMENT, uuid4(), "staff:anna", law=LAW, now=NOW)
    with pytest.raises(NotFound):
        await decide(handlers.refund_payment, uuid4(), now=NOW)


async def test_a_payment_given_to_one_case_is_not_given_to_another() -> None:
    given = told.PaymentAssigned(UUID(int=98), "reference", Money(60_00), Money(0), Money(0))
    store = a_store(on_payment=(CAME, given))
    with pytest.raises(Refused) as no:
        await Deciding(store, uuid4(), "t", NOW)(handlers.assign_payment, PAYMENT, CASE, "s", law=LAW, now=NOW)
    assert no.value.code == "already_assigned"


async def test_a_run_whose_payout_no_bank_would_take_carries_its_money_over() -> None:
    store = a_store(on_client=(RUN,))
    store.streams[AGENCY] = [replace(AGENCY_SET, accounts=())]
    await Deciding(store, uuid4(), "t", NOW)(handlers.finish_run, CLIENT, lines, documents=Shelf(), now=NOW)
    carried = told.Carried(Money(60_00), "payout_not_payable")
    assert store.streams[CLIENT][-1] == told.RemittanceRunEnded(RUN.run_id, (carried,))
