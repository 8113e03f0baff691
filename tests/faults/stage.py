"""A whole platform to be broken: real servers and processes, the demo's people, and a look at what is true."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import msgspec

from deploy.children import Child, is_ready
from deploy.demo import reach
from deploy.demo.play import FIRST_DAY, Asked, set_up
from deploy.demo.scene import Scene
from deploy.embedded.process import Process
from deploy.embedded.users import ELSEWHERE
from deploy.folder import CHECKPOINTS
from deploy.kafka.server import Kafka
from deploy.platform import DEMO_BORN, Platform, World
from deploy.ports import free_port
from deploy.supervisor import Supervisor
from shared.casestore.appending import GONE
from shared.casestore.checkpoints import Signed
from tests.faults.disk import Disk
from tests.faults.wires import PortWire, Wire, WiredBroker, through_wires

AWAY = (*GONE, asyncpg.PostgresError)
PATIENCE_SECONDS = 600.0  # How long the world asks again; the machine may be slow and the platform is being broken.
RECOVERY_SECONDS_MAX = 300.0
LOOK_SECONDS = 0.05
# Who is not as far as this position, or these in their partitions.
UNSENT = "select 'the relay at ' || position as who from bus.relay where position < $1"
UNHEARD = """select g.group_name || ' at ' || coalesce(h.position, 0) || ' in partition ' || s.partition as who
             from unnest($1::int[], $2::bigint[]) as s (partition, position)
             cross join (select distinct group_name from bus.handled) g left join bus.handled h
                 on h.partition = s.partition and h.group_name = g.group_name
             where coalesce(h.position, 0) < s.position
             union all select reader || '''s views at ' || position from casestore.readers where position < $3"""
LAST_CASE = "select stream_id from casestore.events where kind = 'case' order by position desc limit 1"


class Patient(reach.Sovinto):
    """The world, which asks again with the same id until it is answered."""

    async def ask(self, method: str, path: str, *, of: str = "", **what: Any) -> httpx2.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        headers = {"Idempotency-Key": str(uuid4()), **what.pop("headers", {})}
        while True:
            try:
                return await super().ask(method, path, of=of, headers=headers, **what)
            except httpx2.TransportError:
                if time.monotonic() > deadline:
                    raise
            except reach.No as no:
                if (no.status != reach.AWAY and no.code != "still_busy") or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.5)


@dataclass
class Rig:
    """Servers and processes that run, to be broken and looked at."""

    servers: Supervisor
    wires: Mapping[str, Wire] = field(default_factory=dict, kw_only=True)  # By child, and "broker".
    disk: Disk | None = field(default=None, kw_only=True)  # The documents', where it is one of their own.
    kafka: Kafka | None = field(default=None, kw_only=True)  # A real one in the embedded broker's place.
    later: list["asyncio.Task[None]"] = field(default_factory=list, kw_only=True)  # What ends a fault by itself.

    @property
    def url(self) -> str:
        """The owner's, straight to the server."""
        return self.servers.database_url

    @property
    def home(self) -> Path:
        return self.servers.home

    async def query(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """Ask the database as its owner, and again while it is away."""
        rows: list[asyncpg.Record] = await patiently(lambda: _fetched(self.url, sql, *values))
        return rows

    async def head(self) -> int:
        """The last position there is."""
        [row] = await self.query("select coalesce(max(position), 0) as head from casestore.events")
        return int(row["head"])

    def signed_to(self) -> int:
        """The last position the notary has written down as signed; 0 where there is no notary."""
        files = list((self.home / CHECKPOINTS).glob("*.jsonl"))
        lines = files[0].read_bytes().splitlines() if files else []
        return msgspec.json.decode(lines[-1], type=Signed).checkpoint.last if lines else 0

    async def is_up(self, server: str) -> None:
        """Wait until a server that was killed runs again; of anything else nothing is waited for."""
        runs = {"PostgreSQL": self.servers.postgres, "broker": self.servers.broker}.get(server)
        deadline = time.monotonic() + RECOVERY_SECONDS_MAX
        while runs is not None and not runs.is_running:
            if time.monotonic() > deadline:
                raise AssertionError(f"{server} was not started again in {RECOVERY_SECONDS_MAX:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)

    def pid(self, name: str) -> int:
        """The process itself, not the one that watches over it. 0: it does not run."""
        return pid_of(self.servers._processes[name])

    async def recovered(self, head: int, child: str = "") -> float:
        """Seconds until everything up to that position is sent, heard and shown, and the child is ready."""
        began = time.monotonic()
        deadline = began + RECOVERY_SECONDS_MAX
        await self._until_none(lambda: self.query(UNSENT, head), deadline)
        sent = {row["partition"]: row["position"] for row in await self.query("select * from bus.sent")}
        await self._until_none(lambda: self.query(UNHEARD, list(sent), list(sent.values()), head), deadline)
        while child and not await self._is_ready(child):
            if time.monotonic() > deadline:
                raise AssertionError(f"{child} did not come back in {RECOVERY_SECONDS_MAX:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)
        return time.monotonic() - began

    async def _until_none(self, asked: Callable[[], Awaitable[list[asyncpg.Record]]], deadline: float) -> None:
        while behind := await asked():
            if time.monotonic() > deadline:
                told = ", ".join(row["who"] for row in behind)
                raise AssertionError(f"not there after {RECOVERY_SECONDS_MAX:.0f} s: {told}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _is_ready(self, child: str) -> bool:
        port = self.servers.children[child].port
        return self.servers._processes[child].is_running and (port is None or await is_ready(port))


@dataclass
class Stage(Rig):
    """A platform that runs, and the scene that is played on it."""

    platform: Platform
    scene: Scene

    async def recovered(self, head: int, child: str = "") -> float:
        """The same; and that the notary is back is seen by a proof it makes."""
        began = time.monotonic()
        await super().recovered(head, child)
        if child == "notary":
            await self.proven()
        return time.monotonic() - began

    async def proven(self) -> None:
        """Ask for the proof of the case that something happened on last, for which that is signed first."""
        for row in await self.query(LAST_CASE):
            await self.scene.sovinto.get(f"/cases/{row['stream_id']}/proof")


@asynccontextmanager
async def staged(asked: Asked, *, wired: bool = False, real: bool = False) -> AsyncIterator[Stage]:
    """A platform in a temporary folder with its people set up, gone afterwards. Wired, there are wires between its
    processes and all that they ask; real, its broker is an Apache Kafka, where each process has a name of its own, as
    is for a user to give. Raises NotHad."""
    outer = temporary()
    home = outer / "home"
    disk = Disk(home)
    disk.mount()
    platform = Platform(World.from_environment().with_standins(), DEMO_BORN, free_port())
    wires: dict[str, Wire] = {}

    async def prepare(servers: Supervisor) -> Sequence[Child]:
        children = await platform.prepare(servers)
        if real:
            children = [replace(each, env={**each.env, "SOVINTO_INSTANCE": each.name}) for each in children]
        return [await through_wires(each, outer, wires) for each in children] if wired else children

    servers = Supervisor(home, prepare, shared_buffers="64MB", tell=lambda _: None)
    if wired:
        wires["broker"] = wire = PortWire()
        await wire.join()
        servers.broker = WiredBroker(home, wire)
    kafka = await kafka_instead(servers, outer / "kafka") if real else None
    if servers.postgres:
        servers.postgres.fsync = False  # A killed server loses nothing that the kernel has; power is not cut here.
    try:
        async with servers:
            scene = await set_up(platform.portal, platform.operator_key, platform.world.registry_url, asked)
            patient = Patient(platform.portal, scene.sovinto.staff_key)
            patient.keys = scene.sovinto.keys
            await scene.sovinto.close()
            scene.sovinto = patient
            try:
                there = disk if disk.is_there else None
                yield Stage(servers, platform, scene, disk=there, wires=wires, kafka=kafka)
            finally:
                await patient.close()
                await scene.outside.close()
    finally:
        for each in wires.values():
            await each.close()
        disk.unmount()
        remove(outer)


async def kafka_instead(servers: Supervisor, folder: Path, reached_at: int = 0) -> Kafka:
    """An Apache Kafka in the embedded broker's place, before anything is started. Raises NotHad."""
    kafka = await asyncio.to_thread(Kafka, folder, reached_at)
    servers.broker = kafka  # type: ignore[assignment]  # It starts, stops and is killed like the embedded one.
    return kafka


def remove(outer: Path) -> None:
    """A temporary folder with all that a platform kept in it, and elsewhere."""
    if (outer / "home" / "id").is_file():
        shutil.rmtree(ELSEWHERE / (outer / "home" / "id").read_text().strip(), ignore_errors=True)
    shutil.rmtree(outer, ignore_errors=True)


def people(cases: int, days: int, seed: int) -> Asked:
    """So many people who owe, handed over in the first part of so many days."""
    return Asked(cases, days, seed, FIRST_DAY)


def temporary() -> Path:
    """A folder that PostgreSQL can reach, to be removed afterwards."""
    outer = Path(tempfile.mkdtemp(prefix="sovinto-faults-"))
    outer.chmod(0o711)  # PostgreSQL runs as another user where we are root, and has to get there.
    return outer


async def patiently(asked: Callable[[], Awaitable[Any]], away: tuple[type[Exception], ...] = AWAY) -> Any:
    """Ask until there is an answer."""
    deadline = time.monotonic() + RECOVERY_SECONDS_MAX
    while True:
        try:
            return await asked()
        except away:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.1)


async def _fetched(url: str, sql: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url, timeout=10, command_timeout=60)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(sql, *values)
        return rows
    finally:
        await connection.close(timeout=5)


def pid_of(process: Process) -> int:
    """The process that `watch.py` watches over. 0: there is none."""
    if process._running is None or not process.is_running:
        return 0
    asked = ["pgrep", "-P", str(process._running.pid)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603  (a fixed command)
    return int(told.stdout.split()[0]) if told.stdout.split() else 0


def kill(pid: int) -> None:
    """As a crash would: no word, no leave."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
