"""A payout is made once for the same money, wherever settlement is killed; and what came back gets out again."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from services.settlement import money
from services.settlement.needs import Needs, needs, wire
from services.settlement.pain001 import read_back
from services.settlement.payment import Payment
from shared.documents import Documents
from shared.errors import Refused
from shared.events import Sealed
from shared.events import settlement as told
from shared.money import Money
from tests.settlement.conftest import Settlement
from tests.settlement.facts import CLIENTS, PARTY, PAYERS, REFERENCE, TODAY, Line, came, camt054, payment
from tests.settlement.test_service import FRIDAY, sound


class Killed(BaseException):
    """The process ends here: nobody hears this, and nothing after it is done."""


class LastWritten:
    """The documents of a process that is killed as soon as it has written so many more."""

    def __init__(self, documents: Documents, left: int) -> None:
        self.documents, self.left = documents, left

    async def keep(self, content: bytes, media_type: str, parties: Sequence[UUID]) -> str:
        name = await self.documents.keep(content, media_type, parties)
        self.left -= 1
        if not self.left:
            raise Killed
        return name


def killed_once_written(settlement: Settlement, files: int) -> None:
    own = needs()
    wire(Needs(own.store, own.reader, LastWritten(settlement.documents, files), own.law))  # type: ignore[arg-type]


def started_again(settlement: Settlement) -> None:
    own = needs()
    wire(Needs(own.store, own.reader, settlement.documents, own.law))


async def paid_out(settlement: Settlement) -> dict[str, int]:
    """The sum of the payout files that are given out, by kind; each money in one."""
    await settlement.reader.reached(await settlement.store.head())
    sums: dict[str, int] = {}
    for payout in await settlement.get("/payouts"):
        [line] = read_back((await settlement.web.get(f"/payouts/{payout['document']}")).content)
        assert payout["kind"] not in sums, "one payout is expected"
        sums[payout["kind"]] = line.amount.minor
    return sums


@pytest.mark.parametrize("files", [1, 2])
async def test_killed_between_writing_a_payout_to_the_client_and_recording_it(
    settlement: Settlement, files: int
) -> None:
    await settlement.feed(camt054([Line("102.00", REFERENCE)]))
    killed_once_written(settlement, files)
    with pytest.raises(Killed):
        await settlement.until(FRIDAY)
    assert await settlement.all_of(told.RemittanceCreated) == []
    assert await paid_out(settlement) == {}, "what was written and is not recorded is given to nobody"

    started_again(settlement)
    await settlement.until(FRIDAY + timedelta(hours=1))
    figures = await sound(settlement)
    assert await paid_out(settlement) == {"remittance": figures["remitted"]}
    assert len(await settlement.all_of(told.RemittanceCreated)) == 1


async def test_killed_between_writing_a_refund_and_recording_it(settlement: Settlement) -> None:
    assert (await settlement.web.post("/bank-files", content=camt054([Line("150.00", REFERENCE)]))).is_success
    killed_once_written(settlement, 1)
    with pytest.raises(Killed):
        await settlement.hear()
    assert len(await settlement.all_of(told.RefundDecided)) == 1
    assert await settlement.all_of(told.RefundSent) == []
    assert await paid_out(settlement) == {}

    started_again(settlement)
    await settlement.hear()
    assert await paid_out(settlement) == {"refund": (await sound(settlement))["refunded"]}
    assert len(await settlement.all_of(told.RefundSent)) == 1


async def test_killed_after_recording_a_payout_and_before_counting_what_it_heard(settlement: Settlement) -> None:
    """Everything is heard again, by a process that knows nothing of what was done."""
    await settlement.feed(camt054([Line("150.00", REFERENCE)]))
    await settlement.until(FRIDAY)
    before, position = await paid_out(settlement), await settlement.store.head()
    assert set(before) == {"refund", "remittance"}
    settlement.heard = 0
    await settlement.hear()
    assert (await paid_out(settlement), await settlement.store.head()) == (before, position)


# What came back, or never could go back by itself.


@pytest.mark.parametrize("because", ["refund_returned", "no_account_to_refund", "account_not_payable"])
def test_what_has_no_way_back_goes_to_another_account_of_the_payer_and_only_once(because: str) -> None:
    received = payment(30_00, account=None if because == "no_account_to_refund" else PAYERS)
    waiting = came(received, told.PaymentHeld(because))
    [back] = money.refund_elsewhere(waiting, CLIENTS, TODAY)
    assert isinstance(back, told.RefundDecided)
    assert (back.amount, back.to.parties) == (Money(30_00), received.payer.parties)
    assert back.to.value == told.Payer("Maija Malli", CLIENTS, None)
    assert refused(waiting.after(back)) == "nothing_to_refund"


def test_what_has_its_own_way_back_goes_to_no_other_account() -> None:
    assert refused(came(payment(30_00), told.PaymentHeld("no_reference"))) == "account_known"
    assert refused(came(payment(30_00))) == "account_known"


def test_to_a_payer_that_was_erased_nothing_goes_back() -> None:
    erased = replace(payment(30_00), payer=Sealed[told.Payer]((PARTY,)))
    assert refused(came(erased, told.PaymentHeld("refund_returned"))) == "payer_erased"


def refused(waiting: Payment) -> str:
    with pytest.raises(Refused) as no:
        money.refund_elsewhere(waiting, CLIENTS, TODAY)
    return no.value.code
