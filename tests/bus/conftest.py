"""A bus of its own for each test: a real store, a real broker, the relay and the consumers in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio

from shared.bus import Consumer, Decide, Hears, Relay, StreamId
from shared.casefile import Casefile
from shared.casestore import CaseStore, Installed, install
from shared.deciding import Answer, Cases, Deciding
from shared.events import intake as told
from shared.tasks import ended
from tests.casestore.conftest import BORN, MASTER, password
from tests.casestore.test_store import open_case

SECONDS_MAX = 40.0


class Bus:
    """A store, and a relay and consumers over it that come and go as a test wants."""

    def __init__(self, installed: Installed, store: CaseStore, kafka: str) -> None:
        self.installed, self.store, self.kafka = installed, store, kafka
        self.group = f"intake-test-{uuid4().hex[:8]}"  # A group is named for its service.
        self.relay = Relay(installed.urls["relay"], kafka)
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.consumers: dict[str, Consumer] = {}

    def hears(self, name: str = "") -> Hears:
        return Hears(f"{self.group}{name}")

    async def start_relay(self) -> None:
        self.relay = Relay(self.installed.urls["relay"], self.kafka)
        self.tasks["relay"] = asyncio.create_task(self.relay.run())

    async def start(self, hears: Hears) -> None:
        """Let a group hear."""
        self.consumers[hears.group] = Consumer(hears, self.store, self.kafka)
        self.tasks[hears.group] = asyncio.create_task(self.consumers[hears.group].run())

    async def end(self, name: str) -> None:
        """Stop the relay, or a group, as a service's own stop does."""
        task = self.tasks.pop(name)
        task.cancel()
        if name in self.consumers:
            await self.consumers.pop(name).stop()
        await ended([task])

    async def close(self) -> None:
        for name in list(self.tasks):
            await self.end(name)

    async def a_case(self) -> UUID:
        """A case, just received; it makes two events, on the case and on its party."""
        case = uuid4()
        await self.deciding()(open_case, case, uuid4(), uuid4())
        return case

    def deciding(self, trace: str = "") -> Deciding:
        return Deciding(self.store, uuid4(), "test", BORN, trace)

    async def types(self, stream: UUID) -> list[str]:
        return [one.type for one in await self.store.stream(stream)]

    async def handled(self, group: str) -> dict[int, int]:
        sql = "select partition, position from bus.handled where group_name = $1"
        return {row["partition"]: row["position"] for row in await self.store.pool.fetch(sql, group)}

    async def all_heard(self, group: str, seconds_max: float = SECONDS_MAX) -> None:
        """Wait until the group has dealt with everything there is."""
        sql = """select (select position from bus.relay) = (select max(position) from casestore.events)
                 and not exists (select from bus.sent s left join bus.handled h
                     on h.group_name = $1 and h.partition = s.partition where coalesce(h.position, 0) < s.position)"""
        await until(lambda: self.store.pool.fetchval(sql, group), seconds_max)


async def until(true: Callable[[], Awaitable[Any]], seconds_max: float = SECONDS_MAX) -> Any:
    """Wait for something of other tasks to become true."""
    async with asyncio.timeout(seconds_max):
        while not (answer := await true()):  # noqa: ASYNC110  (what is waited for is in the database)
            await asyncio.sleep(0.02)
    return answer


async def ask_once(cases: Cases, case_id: UUID) -> Answer:
    """A decision as services take them: what was asked once is not asked again."""
    case = await cases.load(Casefile, case_id)
    return await cases.append(case_id, [] if case.stage == "checking" else [told.CreditCheckAsked(1)])


def asking(bus: Bus, name: str = "") -> Hears:
    """A group that hears of received cases and asks about each."""
    hears = bus.hears(name)

    @hears(told.CaseReceived)
    async def on_case_received(case_id: StreamId, decide: Decide) -> None:
        await decide(ask_once, case_id)

    return hears


@pytest_asyncio.fixture
async def bus(database: str, broker: str) -> AsyncIterator[Bus]:
    made = await new_bus(database, broker)
    await made.start_relay()
    yield made
    await made.close()
    await made.store.close()


@pytest_asyncio.fixture
async def installed(database: str) -> Installed:
    return await install(database, password, born=BORN)


@pytest_asyncio.fixture
async def intake(installed: Installed) -> AsyncIterator[CaseStore]:
    store = await CaseStore(installed.urls["intake"], MASTER, "intake").open()
    yield store
    await store.close()


@pytest_asyncio.fixture
async def gateway(installed: Installed) -> AsyncIterator[CaseStore]:
    store = await CaseStore(installed.urls["gateway"], MASTER, "gateway").open()
    yield store
    await store.close()


async def new_bus(database: str, kafka: str) -> Bus:
    """A bus over a store made in this database; nothing of it runs yet."""
    installed = await install(database, password, born=BORN)
    store = await CaseStore(installed.urls["intake"], MASTER, "intake").open()
    return Bus(installed, store, kafka)
