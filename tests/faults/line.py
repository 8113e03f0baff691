"""The line: the real store, relay, broker and consumers with two small services, fast enough for tens of thousands.

What is told is known here, so what must come of it is known to the event: each thing told is asked about once and in
its order, each question is answered by one post, and nothing is posted behind a stopped gate.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from deploy.children import Child
from deploy.kafka.server import Kafka
from deploy.ports import free_port
from deploy.supervisor import Supervisor
from shared.bus.doing import FOLLOWS
from shared.bus.parked import decide
from shared.casestore import CaseStore, Installed, install
from shared.casestore.appending import GONE
from shared.deciding import Answer, Cases, Deciding
from shared.errors import Away, Conflict
from shared.events import Event, Sealed, gateway, intake
from tests.faults.stage import Rig, kafka_instead, patiently, remove, temporary
from tests.faults.steps import OUTSIDE
from tests.faults.wires import PortWire, Wire, WiredBroker, through_wires
from tests.faults.worker import DAY, MASTER, POISON, Seen

BORN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
TOLD_A_CASE = 6  # With what comes of each, and with its beginning, a case has twenty events.
EVENTS_A_CASE = 2 + 3 * TOLD_A_CASE
GATES = 8
POISONED_EVERY = 10  # Case.
WRITERS = 32
HEAL_SECONDS_MAX = 120.0
# Done, and heard again after a kill before it was counted, while a later one of its stream was parked already: it is
# parked as if it followed that, and taken up again by itself.
TAKEN_UP_SOON = f"""select 'parked before what it follows: ' || stream_id as who from (
                        select distinct on (group_name, stream_id) stream_id, because from bus.parked
                        order by group_name, stream_id, position) as first where because = '{FOLLOWS}'"""  # noqa: S608


@dataclass
class Line(Rig):
    """The running line, and what was told to it."""

    installed: Installed
    store: CaseStore
    gatekeeper: CaseStore
    gates: list[UUID] = field(default_factory=list)
    stopped: set[UUID] = field(default_factory=set)
    told: dict[UUID, list[UUID]] = field(default_factory=dict)  # A case, and the events told on it, in their order.
    gate_of: dict[UUID, UUID] = field(default_factory=dict)
    poisoned: set[UUID] = field(default_factory=set)

    @property
    def healed(self) -> Path:
        return self.home / "healed"

    @property
    def open_gates(self) -> Sequence[UUID]:
        return [gate for gate in self.gates if gate not in self.stopped]

    async def make_gates(self) -> None:
        self.gates = [uuid4() for _ in range(GATES)]
        for gate in self.gates:
            await self._do(self.store, gate, received(gate, gate))

    async def tell(self, cases: int) -> None:
        """So many cases, twenty events each if all goes well, by many writers at once."""
        limit = asyncio.Semaphore(WRITERS)

        async def one(number: int) -> None:
            async with limit:
                await self._tell(number)

        first = len(self.told)
        await asyncio.gather(*(one(first + number) for number in range(cases)))

    async def _tell(self, number: int) -> None:
        case, gate = uuid4(), self.open_gates[number % len(self.open_gates)]
        self.told[case], self.gate_of[case] = [], gate
        await self._do(self.store, case, received(gate, uuid4()))
        for each in range(TOLD_A_CASE):
            is_poison = number % POISONED_EVERY == 1 and each == 1
            if is_poison:
                self.poisoned.add(case)
            await self._do(self.store, case, intake.InfoReceived(POISON if is_poison else str(each)))

    async def stop_gate(self, gate: UUID) -> None:
        """Nothing may be posted behind it from now on; and no case is told of behind it any more."""
        self.stopped.add(gate)
        await self._do(self.gatekeeper, gate, gateway.CollectionStopped())

    async def _do(self, store: CaseStore, stream: UUID, event: Event) -> None:
        """Append one event, asked again with the same cause until it is answered."""
        cause = uuid4()

        async def append(cases: Cases, stream_id: UUID) -> Answer:
            if not isinstance(event, intake.CaseReceived):
                await cases.load(Seen, stream_id)
                return await cases.append(stream_id, [event])
            await cases.make_key(event.party_id)
            person = intake.PartyIdentified("FI", "consumer", "fi", Sealed((event.party_id,), PERSON))
            others = {event.party_id: [person]} if event.party_id != stream_id else {}
            return await cases.append(stream_id, [event], also=others)

        async def ask() -> None:
            await Deciding(store, cause, "test", BORN)(append, stream)

        await patiently(ask, (Away, Conflict, *GONE))
        if isinstance(event, intake.InfoReceived):
            [one] = [
                each for each in await patiently(lambda: store.stream(stream), (Away, *GONE)) if each.cause == cause
            ]
            self.told[stream].append(one.event_id)

    async def heal(self) -> list[str]:
        """Look that of each poisoned stream everything later waits; then let a person have it tried again."""
        sql = "select stream_id, event_id from bus.parked where group_name = 'intake' order by position"
        await self._until_none(lambda: self.query(TAKEN_UP_SOON), time.monotonic() + HEAL_SECONDS_MAX)
        left = "select count(*) from bus.parked"
        parked: dict[UUID, list[UUID]] = {}
        for row in await self.query(sql):
            parked.setdefault(row["stream_id"], []).append(row["event_id"])
        wrong = [
            f"parked of a poisoned stream: {len(parked.get(case, []))} of {len(self.told[case]) - 1}: {case}"
            for case in self.poisoned
            if parked.get(case) != self.told[case][1:]
        ]
        wrong += [f"parked and not poisoned: {case}" for case in parked.keys() - self.poisoned]
        self.healed.touch()
        owner = await asyncpg.connect(self.url)
        for case in parked:
            await decide(owner, "replay", "intake", case, "the fault suite", "healed")
        await owner.close()
        async with asyncio.timeout(HEAL_SECONDS_MAX):
            while (await self.query(left))[0]["count"]:  # noqa: ASYNC110  (what is waited for is in the database)
                await asyncio.sleep(0.1)
        self.poisoned.clear()
        self.healed.unlink()
        return wrong


def received(gate: UUID, party: UUID) -> intake.CaseReceived:
    return intake.CaseReceived(gate, party, "FI", "consumer", "EUR", "fi", DAY)


PERSON = intake.Person("Koekaiku 1", street="Utukuja 1")


@asynccontextmanager
async def lined(noise: str = "", *, wired: bool = False, real: bool = False) -> AsyncIterator[Line]:
    """A line in a temporary folder, gone afterwards. With noise, its relay's producer is a bad one; wired, there are
    wires between its processes and its servers; real, its broker is an Apache Kafka. Raises NotHad."""
    outer = temporary()
    made: list[Installed] = []
    wires: dict[str, Wire] = {}
    kafka: Kafka | None = None

    async def prepare(servers: Supervisor) -> Sequence[Child]:
        made.append(await install(servers.database_url, servers.secret, BORN))
        listed = children(servers, made[0], noise)
        return [await through_wires(each, outer, wires) for each in listed] if wired else listed

    servers = Supervisor(outer / "home", prepare, shared_buffers="64MB", tell=lambda _: None)
    if servers.postgres:
        servers.postgres.fsync = False  # A killed server loses nothing that the kernel has; power is not cut here.
    if wired:
        wires["broker"] = wire = PortWire()
        await wire.join()
        servers.broker = WiredBroker(servers.home, wire)
    if real:
        kafka = await kafka_instead(servers, outer / "kafka", wire.port if wired else 0)
        if wired:
            wire.there = kafka.port
    try:
        async with servers:
            store = await CaseStore(outside(made[0].urls["intake"]), MASTER).open()
            gatekeeper = await CaseStore(outside(made[0].urls["gateway"]), MASTER).open()
            line = Line(servers, made[0], store, gatekeeper, wires=wires, kafka=kafka)
            await line.make_gates()
            try:
                yield line
            finally:
                await store.close()
                await gatekeeper.close()
    finally:
        for each in wires.values():
            await each.close()
        remove(outer)


def outside(url: str) -> str:
    """The same role, but known as the suite's own."""
    return f"{url}{'&' if '?' in url else '?'}application_name={OUTSIDE}"


def children(servers: Supervisor, installed: Installed, noise: str) -> list[Child]:
    port = free_port()
    relay = {**common(servers, noise), "SOVINTO_DATABASE_URL": installed.urls["relay"], "SOVINTO_PORT": str(port)}
    module = "tests.faults.noisy" if noise else "shared.bus"
    listed = [Child("relay", [sys.executable, "-m", module], relay, port, "relay")]
    return listed + [worker(name, name, servers, installed) for name in ("intake", "contact")]


def worker(name: str, service: str, servers: Supervisor, installed: Installed) -> Child:
    """One process of a service."""
    env = {**common(servers), "SOVINTO_DATABASE_URL": installed.urls[service], "SOVINTO_INSTANCE": name}
    return Child(name, [sys.executable, "-m", "tests.faults.worker", service], env)


def common(servers: Supervisor, noise: str = "") -> Mapping[str, str]:
    """What every process is told."""
    return {
        "PATH": os.environ["PATH"], "SOVINTO_KAFKA": servers.kafka, "SOVINTO_NOISE": noise,
        "SOVINTO_HEALED": str(servers.home / "healed"), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip


async def wrongs(line: Line) -> list[str]:
    """Everything that is not as it must be."""
    sql = """select stream_id, type, event_id, cause, position from casestore.events
             where type in ('InfoReceived', 'CreditCheckAsked', 'Posted', 'CollectionStopped') order by position"""
    by_case: dict[UUID, dict[str, list[asyncpg.Record]]] = {}
    stopped: dict[UUID, int] = {}
    for row in await line.query(sql):
        if row["type"] == "CollectionStopped":
            stopped[row["stream_id"]] = row["position"]
        by_case.setdefault(row["stream_id"], {}).setdefault(row["type"], []).append(row)
    found = []
    for case, told in line.told.items():
        of = by_case.get(case, {})
        infos, asks, posts = (of.get(name, []) for name in ("InfoReceived", "CreditCheckAsked", "Posted"))
        if [row["event_id"] for row in infos] != told:
            found.append(f"told {len(told)} times, stored {len(infos)}: {case}")
        found += compared("asked", [row["cause"] for row in asks], told, case)
        last = stopped.get(line.gate_of[case])
        answered = [row["event_id"] for row in asks]
        if last is None:
            found += compared("posted", [row["cause"] for row in posts], answered, case)
        else:
            found += [f"posted behind a stopped gate: {case}" for row in posts if row["position"] > last]
            found += compared("posted", [row["cause"] for row in posts], answered[: len(posts)], case)
    return found


def compared(what: str, got: Sequence[UUID], wanted: Sequence[UUID], case: UUID) -> list[str]:
    """What is lost, done twice or in another order."""
    if list(got) == list(wanted):
        return []
    lost, twice = len(set(wanted) - set(got)), len(got) - len(set(got))
    order = ", in another order" if sorted(got) == sorted(wanted) else ""
    return [f"{what}: {lost} lost, {twice} twice{order}: {case}"]
