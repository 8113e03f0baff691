"""Contact on a real store with the stand-ins around it, without a broker: the log itself says what happened."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from deploy.standins.world import World, standins
from services.contact import views
from services.contact.channels.email import Email
from services.contact.channels.printing import PrintHouse
from services.contact.channels.sms import Sms
from services.contact.consumers import hears
from services.contact.deadlines import KINDS, ended_by, set_by
from services.contact.wired import Outside, wired
from shared.casestore import CaseStore
from shared.deciding import Answer, Cases, Deciding
from shared.documents import Documents
from shared.events import Event, kind_of
from shared.ids import AGENCY
from shared.law import Law
from shared.projections import Reader, one_by_one
from shared.service import sql_of
from shared.tasks import ended
from tests.casestore.conftest import MASTER, born
from tests.contact.people import (
    ACCOUNT,
    AGENCY_SET,
    CLIENT,
    CLIENT_SET,
    HANDLER,
    NO_ACCOUNT,
    STAFF,
    at,
    bank_read,
    paid_list,
)  # fmt: skip
from tests.waiting import ByHand

SERVICES = ("intake", "gateway", "settlement", "plans", "contact")
DAY = timedelta(days=1)


class Nothing:
    """A state that knows nothing: loading it is enough to rely on a stream."""

    def after(self, _event: Event) -> "Nothing":
        return self


async def tell(cases: Cases, stream_id: UUID, events: Sequence[Event], keys: Sequence[UUID]) -> Answer:
    """Append what another service would."""
    await cases.load(Nothing, stream_id)
    for key in keys:
        await cases.make_key(key)
    return await cases.append(stream_id, events)


class Life:
    """A demo store, contact at work on it, and the world outside."""

    def __init__(self, stores: dict[str, CaseStore], owner: asyncpg.Connection, world: World, parts: "Parts") -> None:
        self.stores, self.owner, self.world, self.parts = stores, owner, world, parts
        self.heard = 0

    @property
    def contact(self) -> CaseStore:
        return self.stores["contact"]

    async def told(self, stream_id: UUID, *events: Event, keys: Sequence[UUID] = ()) -> None:
        """Something happened that another service tells."""
        now = await self.contact.now()
        made = Deciding(self.stores[kind_of(events[0]).owner], uuid4(), "test", now)
        await made(tell, stream_id, events, keys)

    async def morning(self, day: date) -> None:
        """The bank's files of the day before are read, and the client has told what it was paid."""
        await self.live_until(at(day, 5, 30))
        await self.told(ACCOUNT, bank_read(day - DAY))
        await self.told(NO_ACCOUNT, bank_read(day - DAY, "NOK"))
        await self.told(CLIENT, paid_list(day - DAY))
        await self.rest()

    async def days(self, first: date, last: date) -> None:
        """Day by day, mornings and slots."""
        day = first
        while day <= last:
            await self.morning(day)
            await self.live_until(at(day, 20))
            day += DAY

    async def live_until(self, until: datetime) -> None:
        """Let time pass from deadline to deadline."""
        while True:
            await self.rest()
            due = await self.owner.fetchval("select min(at) from waiting.deadlines where not stuck")
            now = await self.contact.now()
            if now >= until:
                return
            await self.owner.execute("select casestore.set_clock($1)", min(due, until) if due else until)

    async def rest(self) -> None:
        """Everything told is read, heard and fired."""
        while True:
            head = await self.contact.head()
            assert await self.parts.reader.reached(head, 20)
            if await self.hear() or await self.parts.waiting.fire_due():
                continue
            if await self.contact.head() == head:
                return

    async def hear(self) -> bool:
        told = await self.contact.read(self.heard, 500)
        for one in told:
            for function in hears.by_type.get(one.type, ()):
                decide = Deciding(self.contact, one.event_id, "service:contact", await self.contact.now())
                await function(one.stream_id, decide)
            self.heard = one.position
        return bool(told)

    async def stream(self, stream_id: UUID) -> list[Event]:
        return [one.event for one in await self.contact.stream(stream_id) if one.event is not None]

    async def stuck(self) -> int:
        return int(await self.owner.fetchval("select count(*) from waiting.deadlines where stuck"))


class Parts:
    """What runs on the store: the reader and the deadlines."""

    def __init__(self, reader: Reader, waiting: ByHand) -> None:
        self.reader, self.waiting = reader, waiting


@contextlib.asynccontextmanager
async def life(database: str, moment: datetime, law: Law) -> AsyncIterator[Life]:
    """A fresh store with agency, client and handler set, contact wired to stand-ins."""
    installed = await born(database, moment)
    owner = await asyncpg.connect(database)
    with tempfile.TemporaryDirectory() as folder:
        async with standins() as world:
            stores = {name: await CaseStore(installed.urls[name], MASTER, name).open() for name in SERVICES}
            contact = stores["contact"]
            documents = Documents(Path(folder), contact.keys)
            waiting = ByHand("contact", contact, set_by, ended_by, KINDS)
            schema = sql_of("services.contact")
            reader = Reader("contact", contact, schema, [one_by_one(views.project), waiting.project])
            waiting.reader = reader
            await reader.prepare()
            running = asyncio.create_task(reader.run())
            fanning = views.Fanning(reader, contact.pool, contact.head)
            house = PrintHouse(world.url)

            async def opened(name: str) -> bytes | None:
                return (await documents.open(name)).content

            wired.law, wired.documents = law, documents
            wired.outside = Outside(
                store=contact,
                opened=opened,
                providers={
                    "letter": house, "email": Email(f"127.0.0.1:{world.smtp_port}"), "sms": Sms(world.url),
                },
                recalls=house.recall,
                cases_of=fanning.cases_of,
                waiting_for=fanning.waiting_for,
            )  # fmt: skip
            lived = Life(stores, owner, world, Parts(reader, waiting))
            await lived.told(AGENCY, AGENCY_SET)
            await lived.told(CLIENT, CLIENT_SET)
            await lived.told(STAFF, HANDLER, keys=(STAFF,))
            try:
                yield lived
            finally:
                await ended([running])
                assert running.cancelled(), "the reader ended by itself"
                for store in stores.values():
                    await store.close()
                await owner.close()
