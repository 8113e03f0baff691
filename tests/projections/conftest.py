"""The projections of all five services over one real store, wired as their processes wire them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import msgspec
import pytest
import pytest_asyncio

import services.contact.deadlines as contact_deadlines
import services.intake.deadlines as intake_deadlines
import services.plans.deadlines as plans_deadlines
import services.settlement.deadlines as settlement_deadlines
from services.contact import views as contact_views
from services.gateway.main import make_reader
from services.gateway.people import Beginnings
from services.intake import views as intake_views
from services.intake.digests import Digests
from services.plans import views as plans_views
from services.settlement import views as settlement_views
from shared.casestore import SERVICES, CaseStore
from shared.deadlines import Waiting
from shared.deciding import Deciding
from shared.events import kind_of
from shared.events.intake import PartyErased
from shared.ids import AGENCY
from shared.projections import Reader, one_by_one
from shared.rebuilding import ask, beside
from shared.service import sql_of
from shared.standing import STOPPED
from shared.tables import Digest, digests
from shared.tasks import ended
from tests.bus.conftest import until
from tests.casestore.conftest import MASTER, born, gateway, installed, intake
from tests.gateway.conftest import tell
from tests.gateway.life import ANNA, CASE, CLIENT, LIFE, OTHER, PARTY, RUGGED, SET_UP, Told

__all__ = ("gateway", "installed", "intake")  # Fixtures of the store's own tests, used here as they are.
SHARED = {AGENCY, ANNA, CLIENT, OTHER}  # What many lives have in common.
PROJECTS = {
    "intake": (intake_views.projecting(Digests(MASTER)), intake_deadlines),
    "contact": (contact_views.project, contact_deadlines),
    "plans": (plans_views.project, plans_deadlines),
    "settlement": (settlement_views.project, settlement_deadlines),
}


@dataclass
class Platform:
    """A store, each service's way into it and its projections, and the store's owner."""

    owner: asyncpg.Connection
    stores: dict[str, CaseStore]
    readers: dict[str, Reader]

    async def live(self, life: Sequence[Told], number: int = 0) -> None:
        """Let this happen, told by whoever owns each event; with a number, to another debtor."""
        for each in life:
            for event in each.events:
                store = self.stores[kind_of(event).owner]
                mine = another(event, number) if number else event
                await Deciding(store, uuid4(), each.actor, each.when)(tell, another(each.stream, number), [mine])

    async def lives(self, number: int) -> None:
        """A whole life of a debtor's case, in Finland or rugged in Norway; every third debtor is erased afterwards."""
        erased = Told(RUGGED[-1].when, PARTY, "service:intake", (PartyErased("asked", (CASE,), (PARTY,), ()),))
        await self.live([SET_UP[-1], *(LIFE, RUGGED)[number % 2], *([erased] if number % 3 == 0 else [])], number)

    async def shown(self, service: str) -> None:
        """Let a service's projections read to the end."""
        while await self.readers[service].move_on():
            pass

    async def digests(self, service: str) -> dict[str, Digest]:
        async with self.owner.transaction():
            return dict(await digests(self.owner, service, service))

    async def rebuilt(self, service: str) -> asyncpg.Record:
        """Ask for a rebuild as the command does, and wait until it is done: what the tables say of it."""
        before = await self.owner.fetchval(f"select at from {service}.built")  # noqa: S608  (a service's name)
        await ask(self.owner, service)
        sql = "select not exists (select from casestore.readers where reader = $1)"
        await until(lambda: self.owner.fetchval(sql, beside(service)))
        built = await self.owner.fetchrow(f"select * from {service}.built")  # noqa: S608  (the same)
        assert built is not None
        assert before is None or built["at"] > before
        return built


def another(value: Any, number: int) -> Any:
    """The same with ids of its own."""
    if isinstance(value, UUID):
        return value if value in SHARED or not number else uuid5(value, str(number))
    if isinstance(value, tuple):
        return tuple(another(each, number) for each in value)
    if isinstance(value, msgspec.Struct):
        fields = {name: another(getattr(value, name), number) for name in value.__struct_fields__}
        return type(value)(**fields)
    return value


def reader_of(service: str, store: CaseStore) -> Reader:
    """A service's projections, as its own main wires them."""
    if service == "gateway":
        return make_reader(store, Beginnings(MASTER))
    project, waits = PROJECTS[service]
    waiting = Waiting(service, store, waits.set_by, waits.ended_by, waits.KINDS)
    return Reader(service, store, sql_of(f"services.{service}"), [one_by_one(project), waiting.project])


@pytest.fixture(autouse=True)
def no_alarm() -> None:
    """A process begins without any; what an earlier test left in this one is no alarm of the next."""
    STOPPED.clear()


@pytest_asyncio.fixture
async def platform(database: str) -> AsyncIterator[Platform]:
    """Agency, clients and staff are set up; the readers are prepared, and each test moves them itself."""
    installed = await born(database, SET_UP[0].when)
    async with AsyncExitStack() as stack:
        owner = await asyncpg.connect(database)
        stack.push_async_callback(owner.close)
        stores = {name: await CaseStore(installed.urls[name], MASTER, name).open() for name in SERVICES}
        for store in stores.values():
            stack.push_async_callback(store.close)
        readers = {name: reader_of(name, stores[name]) for name in SERVICES}
        for reader in readers.values():
            await reader.prepare()
        made = Platform(owner, stores, readers)
        await made.live(SET_UP)
        yield made


@pytest_asyncio.fixture
async def running(platform: Platform) -> AsyncIterator[Platform]:
    """The same, with its readers at work as in their processes."""
    tasks = [asyncio.create_task(reader.run()) for reader in platform.readers.values()]
    yield platform
    await ended(tasks)
