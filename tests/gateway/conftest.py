"""A gateway on a real PostgreSQL, with neighbours that only keep what they are asked, and lives told into its store."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import msgspec
import pytest
import pytest_asyncio
from fastapi import FastAPI

from services.gateway import access
from services.gateway.main import make_public_app, make_reader
from services.gateway.neighbours import Neighbours
from services.gateway.people import Beginnings
from services.gateway.wired import Wired
from shared.casefile import Casefile
from shared.casestore import SERVICES, Audience, CaseStore, install
from shared.casestore.install import as_role, role_of
from shared.deciding import Answer, Cases, Deciding
from shared.documents import Documents
from shared.events import Event, gateway, kind_of
from shared.ids import AGENCY
from shared.law import Law
from tests.casestore.conftest import MASTER, password
from tests.conftest import Databases
from tests.gateway.life import ANNA, CLIENT, LIFE, OTHER, SET_UP, Told

BORN = SET_UP[0].when
OPERATOR_KEY = "operator-key-of-the-tests"
SECRETS = {CLIENT: "1" * 64, OTHER: "2" * 64, ANNA: "3" * 64}
KEY_IDS = {CLIENT: UUID(int=1), OTHER: UUID(int=2), ANNA: UUID(int=3)}
KEYS = {owner: access.key_text(KEY_IDS[owner], secret) for owner, secret in SECRETS.items()}


class AskedOfNeighbour(msgspec.Struct, frozen=True):
    """A request that reached another service."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Around:
    """The other services: they keep what they are asked and answer what they are told to, or are away."""

    asked: list[AskedOfNeighbour] = field(default_factory=list)
    answer: dict[str, object] = field(default_factory=lambda: {"outcome": "appended", "version": 1, "position": 1})
    status: int = 200
    away: bool = False

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if self.away:
            raise httpx2.ConnectError("nobody there")
        self.asked.append(AskedOfNeighbour(request.method, str(request.url), dict(request.headers), request.content))
        return httpx2.Response(self.status, json=self.answer)


@dataclass
class Platform:
    """The gateway, what is around it, and a way to tell it what happened."""

    made: Wired
    app: FastAPI
    around: Around
    stores: dict[str, CaseStore]

    async def live(self, life: Sequence[Told]) -> None:
        """Let this happen, at its own time, told by whoever owns each event."""
        for each in life:
            await self.made.pool.execute("select casestore.set_clock($1)", each.when)
            runs: list[list[Event]] = []
            for event in each.events:
                if runs and kind_of(runs[-1][0]).owner == kind_of(event).owner:
                    runs[-1].append(event)
                else:
                    runs.append([event])
            for run in runs:
                store = self.stores[kind_of(run[0]).owner]
                await Deciding(store, uuid4(), each.actor, each.when)(tell, each.stream, run)
        await self.shown()

    async def shown(self) -> None:
        """Let the projections read on to the end."""
        while await self.made.reader.move_on():
            pass

    def browser(self, key: str | None = None) -> httpx2.AsyncClient:
        """A client of the gateway over ASGI, showing this key."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://gateway.test", headers=headers)


async def tell(cases: Cases, stream_id: UUID, events: Sequence[Event]) -> Answer:
    await cases.load(Casefile, stream_id)
    for event in events:
        for name in kind_of(event).sealed:
            for party in getattr(event, name).parties:
                await cases.make_key(party)
    return await cases.append(stream_id, events)


@asynccontextmanager
async def running(database: str, folder: Path) -> AsyncIterator[Platform]:
    """A gateway on this store."""
    urls = {name: as_role(database, role_of(name), password(role_of(name))) for name in (*SERVICES, "client", "staff")}
    async with AsyncExitStack() as stack:
        stores: dict[str, CaseStore] = {}
        for name in SERVICES:
            stores[name] = await CaseStore(urls[name], MASTER, name).open()
            stack.push_async_callback(stores[name].close)
        looking = {}
        for name in ("client", "staff"):
            looking[name] = await Audience(urls[name], stores["gateway"], "gateway").open()
            stack.push_async_callback(looking[name].close)
        around = Around()
        http = await stack.enter_async_context(httpx2.AsyncClient(transport=httpx2.MockTransport(around)))
        others = {name: f"http://{name}.test" for name in SERVICES if name != "gateway"}
        store = stores["gateway"]
        beginnings = Beginnings(MASTER)
        reader = make_reader(store, beginnings)
        await reader.prepare()
        made = Wired(
            store=store, as_client=looking["client"], as_staff=looking["staff"], reader=reader, beginnings=beginnings,
            documents=Documents(folder, store.keys), law=Law.load(), neighbours=Neighbours(others, "internal", http),
            operator_key=OPERATOR_KEY,
        )  # fmt: skip
        yield Platform(made, make_public_app(made, "internal", {}), around, stores)


def name_of(url: str) -> str:
    return urlsplit(url).path[1:]


@pytest_asyncio.fixture(scope="session")
async def empty_store(databases: Databases) -> str:
    """A store that was just installed, to be copied."""
    url = await databases.fresh()
    await install(url, password, born=BORN)
    return url


@pytest_asyncio.fixture(scope="session")
async def lived_store(databases: Databases, empty_store: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The agency, two clients and Anna are set up with their keys, and one case of the first client has lived."""
    url = await databases.fresh(name_of(empty_store))
    async with running(url, tmp_path_factory.mktemp("documents")) as platform:
        await platform.live(SET_UP)
        for owner in (CLIENT, OTHER):
            key = gateway.KeyIssued(KEY_IDS[owner], access.hash_of(SECRETS[owner]), "client")
            await platform.live([Told(SET_UP[-1].when, owner, "staff:operator", (key,))])
        key = gateway.KeyIssued(KEY_IDS[ANNA], access.hash_of(SECRETS[ANNA]), "staff", ANNA)
        await platform.live([Told(SET_UP[-1].when, AGENCY, "staff:operator", (key,))])
        await platform.live(LIFE)
    return url


@pytest_asyncio.fixture
async def platform(databases: Databases, empty_store: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """A gateway on an empty store."""
    url = await databases.fresh(name_of(empty_store))
    async with running(url, tmp_path) as made:
        yield made
    await databases.drop(url)


@pytest_asyncio.fixture
async def lived(databases: Databases, lived_store: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """A gateway on a store in which one case has lived."""
    url = await databases.fresh(name_of(lived_store))
    async with running(url, tmp_path) as made:
        await made.shown()
        yield made
    await databases.drop(url)
