"""Money told twice is counted once, also where the second time another case would be found for it."""

import asyncio
from uuid import UUID, uuid4

from services.settlement import handlers
from services.settlement.handlers import FindCase
from shared.deciding import Answer, Deciding
from shared.events.intake import CaseAccepted
from shared.events.settlement import PaymentAllocated, PaymentAssigned, PaymentReceived
from tests.settlement.conftest import Settlement
from tests.settlement.facts import CASE, LAW, NOW, RECEIVED, claim, id_of, payment

OTHER = UUID(int=5)
PAID = payment(50_00)


async def a_payment_and_two_cases(settlement: Settlement) -> UUID:
    await settlement.say(OTHER, RECEIVED, claim(), CaseAccepted("100002", "1000000000021", UUID(int=9)))
    deciding = Deciding(settlement.store, uuid4(), "test", NOW)
    await deciding(handlers.receive_payment, id_of(PAID), PAID)
    return id_of(PAID)


async def assigned(settlement: Settlement, payment_id: UUID, cause: UUID, find: FindCase) -> Answer:
    deciding = Deciding(settlement.store, cause, "service:settlement", NOW)
    return await deciding(handlers.assign_by_reference, payment_id, find, law=LAW, now=NOW)


async def allocated(settlement: Settlement, case_id: UUID) -> list[PaymentAllocated]:
    return [event for event in await settlement.events(case_id) if isinstance(event, PaymentAllocated)]


async def test_a_redelivered_allocation_after_the_claim_moved_to_another_case_is_a_duplicate(
    settlement: Settlement,
) -> None:
    payment_id, cause = await a_payment_and_two_cases(settlement), uuid4()
    claim_is_on = CASE

    async def find(_received: PaymentReceived) -> UUID:
        return claim_is_on

    first = await assigned(settlement, payment_id, cause, find)
    claim_is_on = OTHER
    again = await assigned(settlement, payment_id, cause, find)
    assert (first.outcome, again.outcome) == ("appended", "duplicate")
    assert (again.version, again.position) == (first.version, first.position)
    assert len(await allocated(settlement, CASE)) == 1
    assert await allocated(settlement, OTHER) == []


async def test_an_allocation_delivered_twice_at_once_to_two_cases_is_made_on_one(settlement: Settlement) -> None:
    """Both have loaded before either appends, so that the store alone can tell."""
    payment_id, cause = await a_payment_and_two_cases(settlement), uuid4()
    both_have_loaded = asyncio.Barrier(2)

    def finds(case_id: UUID) -> FindCase:
        async def find(_received: PaymentReceived) -> UUID:
            await both_have_loaded.wait()
            return case_id

        return find

    answers = await asyncio.gather(*(assigned(settlement, payment_id, cause, finds(each)) for each in (CASE, OTHER)))
    assert sorted(answer.outcome for answer in answers) == ["appended", "duplicate"]
    assert len({(answer.version, answer.position) for answer in answers}) == 1
    assert len(await allocated(settlement, CASE) + await allocated(settlement, OTHER)) == 1
    told = await settlement.events(payment_id)
    assert [type(event) for event in told].count(PaymentAssigned) == 1
