"""A service's process, asked over Kafka: what is done, and what is refused, is what it is over HTTP."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from shared.bus import Asking
from shared.bus.spoken import Answered
from shared.tasks import ended
from tests.whole.platform import Whole


async def test_a_plan_is_agreed_over_kafka_as_over_http(whole: Whole) -> None:
    client = await whole.client("asked-over-kafka", "kaamos")
    due = await whole.today() - timedelta(days=20)
    case = await whole.accepted(client, await whole.invoice(whole.debtor("FI"), "300.00", due))
    [offer, *_] = await whole.sovinto.get(f"/cases/{case}/plan/options")
    values = {"case_id": case, "instalments": offer["instalments"], "first_due": offer["payments"][0]["due"]}
    epoch = await whole.database.fetchval("select epoch from casestore.store")
    asking = Asking("gateway", epoch, whole.servers.kafka, whole.servers.secret("internal_token"))
    running = asyncio.create_task(asking.run())

    async def ask(command_id: UUID) -> Answered:
        return await asking.ask("plans", "start_plan", values, "service:gateway", command_id, 100)

    try:
        command_id = uuid4()
        done = await ask(command_id)
        again, anew = await ask(command_id), await ask(uuid4())
    finally:
        await ended([running])
    assert (done.outcome, again) == ("appended", done)
    proposed = [each for each in await whole.events(case) if each["type"] == "PlanProposed"]
    assert [each["actor"] for each in proposed] == ["service:gateway"]
    body = {name: value for name, value in values.items() if name != "case_id"}
    over_http = await whole.refused(whole.sovinto.post(f"/cases/{case}/plan", body))
    assert anew == Answered("refused", code=over_http)
