"""The whole of settlement on a real PostgreSQL, told its events as the bus would tell them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest_asyncio

from services.settlement import api, views
from services.settlement.consumers import hears
from services.settlement.deadlines import KINDS, ended_by, set_by
from services.settlement.needs import Needs, wire
from shared.casefile import Casefile
from shared.casestore import CaseStore
from shared.casestore.recorded import Recorded
from shared.deciding import Answer, Cases, Deciding
from shared.documents import Documents
from shared.events import Event, kind_of
from shared.http import make_app
from shared.ids import AGENCY
from shared.projections import Reader, one_by_one
from shared.service import sql_of
from shared.tasks import ended
from tests.casestore.conftest import MASTER, born
from tests.settlement.facts import AGENCY_SET, CASE, CLIENT, CLIENT_SET, LAW, NOW, PARTY, case
from tests.waiting import ByHand

TOKEN = "internal"


async def say(cases: Cases, stream_id: UUID, told: Sequence[Event]) -> Answer:
    await cases.load(Casefile, stream_id)
    await cases.make_key(PARTY)
    return await cases.append(stream_id, told)


@dataclass
class Settlement:
    """A running settlement: its HTTP side, the other services' voices, and the log."""

    store: CaseStore
    others: dict[str, CaseStore]
    web: httpx2.AsyncClient
    reader: Reader
    waiting: ByHand
    documents: Documents
    owner: str
    heard: int = 0

    async def say(self, stream_id: UUID, *told: Event) -> None:
        """As the service that owns each event would."""
        for event in told:
            store = self.others.get(kind_of(event).owner, self.store)
            await Deciding(store, uuid4(), "test", await store.now())(say, stream_id, [event])

    async def hear(self) -> None:
        """Hear everything said so far, and what is said because of it."""
        while told := await self.store.read(self.heard, 500):
            for one in told:
                await self.hear_one(one)
                self.heard = one.position

    async def hear_one(self, one: Recorded) -> None:
        decide = Deciding(self.store, one.event_id, "service:settlement", await self.store.now())
        for function in hears.by_type.get(one.type, []):
            await function(one.stream_id, decide)

    async def until(self, to: datetime) -> None:
        """Let time pass, deadline by deadline."""
        connection = await asyncpg.connect(self.owner)
        try:
            while True:
                await self.hear()
                await self.reader.reached(await self.store.head())
                sql = "select min(at) from waiting.deadlines where service = 'settlement' and not stuck"
                at = await connection.fetchval(sql)
                await connection.execute("select casestore.set_clock($1)", min(at or to, to))
                if at is None or at > to:
                    break
                await self.waiting.fire_due()
        finally:
            await connection.close()

    async def feed(self, raw: bytes) -> dict[str, Any]:
        answer = await self.web.post("/bank-files", content=raw)
        assert answer.status_code == 200, answer.text
        await self.hear()
        body: dict[str, Any] = answer.json()
        return body

    async def get(self, path: str) -> Any:
        answer = await self.web.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def events(self, stream_id: UUID) -> list[Event]:
        return [one.event for one in await self.store.stream(stream_id) if one.event is not None]

    async def all_of(self, *types: type[Event]) -> list[Event]:
        told = await self.store.read(0, 100_000)
        return [one.event for one in told if isinstance(one.event, types)]


@pytest_asyncio.fixture
async def settlement(database: str, tmp_path: Path) -> AsyncIterator[Settlement]:
    installed = await born(database, NOW)
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> CaseStore:
            store = await CaseStore(installed.urls[name], MASTER, name).open()
            stack.push_async_callback(store.close)
            return store

        store = await opened("settlement")
        others = {name: await opened(name) for name in ("gateway", "intake", "contact", "plans")}
        documents = Documents(tmp_path, store.keys)
        waiting = ByHand("settlement", store, set_by, ended_by, KINDS)
        projections = [one_by_one(views.project), waiting.project]
        reader = Reader("settlement", store, sql_of("services.settlement"), projections)
        waiting.reader = reader
        await reader.prepare()
        wire(Needs(store, reader, documents, LAW))
        app = make_app("settlement", store, TOKEN, [api.router], {})
        transport = httpx2.ASGITransport(app=app)
        headers = {"authorization": f"Bearer {TOKEN}", "sovinto-actor": "staff:anna"}
        web = httpx2.AsyncClient(transport=transport, base_url="http://settlement", headers=headers)
        await stack.enter_async_context(web)
        reading = asyncio.create_task(reader.run())
        try:
            made = Settlement(store, others, web, reader, waiting, documents, database)
            await made.say(AGENCY, AGENCY_SET)
            await made.say(CLIENT, CLIENT_SET)
            await made.say(CASE, *case())
            yield made
        finally:
            await ended([reading])


__all__ = ["Settlement", "settlement"]
