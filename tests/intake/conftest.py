"""The whole of intake on a real PostgreSQL, with the stand-in registry, told its events as the bus would tell them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.standins import World, standins
from services.intake import api, checking, reception, views
from services.intake.consumers import hears
from services.intake.deadlines import KINDS, ended_by, set_by
from services.intake.digests import Digests
from services.intake.forgetting import Forgetting
from services.intake.reception import Reception
from services.intake.registry import Registry
from shared.casestore import CaseStore, install
from shared.casestore.install import as_role, role_of
from shared.deadlines import Waiting
from shared.deciding import Answer, Cases, Deciding
from shared.documents import Documents
from shared.erasures import Erasures, forgetting
from shared.events import Event
from shared.http import make_app
from shared.ids import AGENCY
from shared.projections import Project, Reader, one_by_one
from shared.service import sql_of
from shared.tasks import ended
from tests.casestore.conftest import password
from tests.conftest import Databases
from tests.intake.facts import AGENCY_SET, CLIENT, CLIENT_SET, LAW, MASTER

BORN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TOKEN = "internal"


@dataclass(frozen=True)
class Intake:
    """A running intake: its HTTP side, and what a test needs to look behind it."""

    store: CaseStore
    web: httpx2.AsyncClient
    world: World
    reader: Reader
    documents: Documents
    forgetting: Forgetting
    folder: Path
    owner: str  # The database's superuser, for what no service may do.

    async def events(self, stream_id: str | UUID) -> list[Event]:
        return [one.event for one in await self.store.stream(UUID(str(stream_id))) if one.event is not None]

    async def set_clock(self, to: datetime) -> None:
        connection = await asyncpg.connect(self.owner)
        await connection.execute("select casestore.set_clock($1)", to)
        await connection.close()


async def say(cases: Cases, stream_id: UUID, told: Event) -> Answer:
    return await cases.append(stream_id, [told])


async def hear_all(store: CaseStore) -> None:
    """What the relay and the consumer do, without a broker: each event heard once, in order."""
    position = 0
    while True:
        told = await store.read(position, 100)
        for one in told:
            decide = Deciding(store, one.event_id, "service:intake", await store.now())
            for function in hears.by_type.get(one.type, []):
                await function(one.stream_id, decide)
            position = one.position
        if not told:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def beside(*parts: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield
    finally:
        await ended(tasks)


@pytest_asyncio.fixture(scope="session")
async def set_up(databases: Databases) -> str:
    """A store with an agency and a client, made once; each test gets a copy."""
    url = await databases.fresh()
    installed = await install(url, password, born=BORN)
    gateway = await CaseStore(installed.urls["gateway"], MASTER, "gateway").open()
    decide = Deciding(gateway, uuid4(), "test", BORN)
    await decide(say, AGENCY, AGENCY_SET)
    await decide(say, CLIENT, CLIENT_SET)
    await gateway.close()
    return url


@pytest_asyncio.fixture
async def running(
    set_up: str, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Intake]:
    monkeypatch.setattr(reception, "CHECK_SECONDS_MAX", 60.0)  # However slow the machine, a test sees what came of it.
    database = await databases.fresh(like=urlsplit(set_up).path[1:])
    role = role_of("intake")
    store = await CaseStore(as_role(database, role, password(role)), MASTER, "intake").open()
    digests, documents = Digests(MASTER), Documents(tmp_path, store.keys)
    waiting = Waiting("intake", store, set_by, ended_by, KINDS)
    show = one_by_one(views.projecting(digests))
    projections: list[Project] = [forgetting(store.keys), show, waiting.project]
    reader = Reader("intake", store, sql_of("services.intake"), projections)
    waiting.reader = reader
    forget = Forgetting(store, reader, documents, Erasures(tmp_path / "erasures.jsonl"), LAW)
    projections.append(forget.heard)
    await reader.prepare()
    async with standins(shares={}) as world:
        checking.wired.store, checking.wired.registry = store, Registry(world.url)
        app: FastAPI = make_app("intake", store, TOKEN, [api.router], {})
        app.state.law = LAW
        app.state.reception = Reception(store, reader, documents, digests, LAW)
        app.state.forgetting = forget
        web = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://intake",
            headers={"Authorization": f"Bearer {TOKEN}", "Sovinto-Actor": f"client:{CLIENT}"}, timeout=90,
        )  # fmt: skip
        async with web, beside(reader.run(), waiting.run(), hear_all(store), forget.run()):
            yield Intake(store, web, world, reader, documents, forget, tmp_path, database)
        await checking.wired.registry.close()
    await store.close()
    await databases.drop(database)
