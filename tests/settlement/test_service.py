"""The whole of settlement over a real PostgreSQL: bank files in, payouts out, and a ledger that agrees with both."""

from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from services.settlement import pain001
from shared.events import settlement as told
from shared.schemas import schema
from tests.settlement.conftest import Settlement
from tests.settlement.facts import CASE, CLIENTS, REFERENCE, Line, camt054

FRIDAY = datetime(2026, 5, 8, 12, 1, tzinfo=ZoneInfo("Europe/Helsinki"))


async def test_a_payment_is_allocated_closes_its_case_and_is_paid_on_to_the_cent(settlement: Settlement) -> None:
    fed = await settlement.feed(camt054([Line("102.00", REFERENCE)]))
    assert (fed["transactions"], fed["booked"], fed["held"], fed["duplicate"]) == (1, 1, [], False)
    assert isinstance((await settlement.events(CASE))[-1], told.CaseClosed)

    await settlement.until(FRIDAY)
    [payout] = await settlement.get("/payouts")
    raw = (await settlement.web.get(f"/payouts/{payout['document']}")).content
    [line] = pain001.read_back(raw)
    summary = await settlement.get("/summary")
    assert (line.amount.minor, line.account) == (summary["remitted"]["EUR"], CLIENTS)
    assert summary["held"]["EUR"] == 0
    assert all(summary["checks"].values())
    schema("pain.001.001.09").assertValid(etree.fromstring(raw))
    assert await settlement.get("/check") == {"balanced": True, "faults": []}
