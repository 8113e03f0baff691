"""`python -m tests.faults.worker SERVICE`: one small service of the line, whose every decision may be taken only once.

Real services look at what has happened and decide nothing twice, which would hide a broken bus: these do not look.
Intake hears what was told and asks; contact hears that it asked and posts, unless the gate it relies on was stopped.
"""

import asyncio
import os
import random
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Self
from uuid import UUID

import msgspec
import uvloop

from shared import telemetry
from shared.bus import Consumer, Decide, Hears, StreamId
from shared.casestore.appending import GONE
from shared.casestore.store import CaseStore
from shared.deciding import Answer, Cases
from shared.events import Event, contact, gateway, intake
from shared.tasks import ended

MASTER = bytes(range(32))
THINKS_SECONDS = 0.2  # Between loading and appending, as a letter takes time to be written.
POISON = "what nobody can do until it is healed"
DAY = date(2026, 1, 5)


class Seen(msgspec.Struct, frozen=True):
    """What the line's services know of a stream: whose gate it has, and whether it was stopped."""

    gate: UUID = UUID(int=0)
    stopped: bool = False

    def after(self, event: Event) -> Self:
        match event:
            case intake.CaseReceived(client_id=gate):
                return type(self)(gate, self.stopped)
            case gateway.CollectionStopped():
                return type(self)(self.gate, True)
        return self


async def ask(cases: Cases, case_id: UUID) -> Answer:
    await cases.load(Seen, case_id)
    return await cases.append(case_id, [intake.CreditCheckAsked(1)])


async def post(cases: Cases, case_id: UUID) -> Answer:
    seen = await cases.load(Seen, case_id)
    gate = await cases.load(Seen, seen.gate)
    await asyncio.sleep(random.uniform(0, THINKS_SECONDS))  # noqa: S311  (how long it thinks is no secret)
    return await cases.append(case_id, [] if gate.stopped else [contact.Posted(seen.gate, DAY)])


def hearing(service: str, store: CaseStore, healed: Path) -> Hears:
    """What the service of that name hears."""
    hears = Hears(service)
    if service == "contact":

        @hears(intake.CreditCheckAsked)
        async def on_asked(case_id: StreamId, decide: Decide) -> None:
            await decide(post, case_id)

        return hears

    @hears(intake.InfoReceived)
    async def on_told(case_id: StreamId, decide: Decide) -> None:
        told = [one.event for one in await store.stream(case_id) if one.event_id == decide.cause]
        if told == [intake.InfoReceived(POISON)] and not healed.exists():  # noqa: ASYNC240  (at once)
            raise RuntimeError("poison")
        await decide(ask, case_id)

    return hears


async def main(service: str) -> None:
    """Be in the group until told to stop; ended by an error, whoever keeps us up starts us again."""
    store = await opened(os.environ["SOVINTO_DATABASE_URL"])
    hears = hearing(service, store, Path(os.environ["SOVINTO_HEALED"]))
    consumer = Consumer(hears, store, os.environ["SOVINTO_KAFKA"], os.environ["SOVINTO_INSTANCE"])
    running, stop = asyncio.create_task(consumer.run()), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    await consumer.stop()
    await ended([running, stopping])
    await store.close()


async def opened(url: str) -> CaseStore:
    """The store, waited for."""
    while True:
        try:
            return await CaseStore(url, MASTER).open()
        except GONE:
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    from tests.faults import worker  # Under its name, for handlers are stored by the name of their module.

    telemetry.set_up(sys.argv[1])
    uvloop.run(worker.main(sys.argv[1]))
