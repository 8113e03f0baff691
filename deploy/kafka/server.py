"""One Apache Kafka (KRaft, broker and controller in one process), reached on the loopback interface only.

Unlike the embedded broker it keeps what it holds: stopped or killed and started again, its topics are still there.
"""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.embedded.broker import answers
from deploy.embedded.process import Failed, Process
from deploy.embedded.server import Server
from deploy.kafka.archives import fetched, java
from deploy.ports import free_port

HEAP = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC")  # It shares a small machine with the tests.
READY_SECONDS_MAX = 120.0
FORMAT_SECONDS_MAX = 120.0
CLUSTER = "SovintosOwnForTestsAAA"  # 22 letters of base64, as Kafka wants; each server is alone in its cluster.
TOPICS = "topics"  # The folder of all that it holds.
LOG4J = Path(__file__).with_name("log4j2.properties")

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://{address}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={topics}
# One broker has one replica of everything.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Fifty partitions of offsets for a few groups only make it start and stop slowly.
offsets.topic.num.partitions=4
# The relay makes the topic; one made by somebody's question would be too small.
auto.create.topics.enable=false
# A group's first member need not wait three seconds for others.
group.initial.rebalance.delay.ms=0
"""


class Kafka(Server):
    """`start()` answers host and port; started again, it has the port and the topics it had.

    `reached_at` is the loopback port clients are told, where it is another than its own. Raises archives.NotHad where
    no Apache Kafka can be had here.
    """

    def __init__(self, home: Path, reached_at: int = 0) -> None:
        self.home = home.absolute()
        self.port, self._controller = free_port(), free_port()
        self.address = f"127.0.0.1:{reached_at or self.port}"
        self._archives = fetched()

    async def start(self) -> str:
        """Bring it up, formatting its storage where there is none."""
        if not (self.home / TOPICS).exists():
            await asyncio.to_thread(self._format)
        argv = self._java("kafka.Kafka", str(self.home / "server.properties"))
        log = self.home / "logs" / "kafka.log"
        self._process = Process("Kafka", argv, _environment(), log, self.home, grace_seconds=20.0)
        self._process.start()
        try:
            await self._until_ready(self._process)
        except BaseException:
            await self.stop()
            raise
        return self.address

    async def forget(self) -> None:
        """What it holds is gone: the next start finds an empty disk. Only for one that does not run."""
        await asyncio.to_thread(shutil.rmtree, self.home / TOPICS)

    def _format(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings = self.home / "server.properties"
        settings.write_text(self._settings())
        done = subprocess.run(  # noqa: S603 - the program is Java, the arguments ours.
            self._java("kafka.tools.StorageTool", "format", "--config", str(settings), "--cluster-id", CLUSTER),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment(),
            timeout=FORMAT_SECONDS_MAX, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Failed(f"Kafka could not format its storage in {self.home}:\n{done.stdout}")

    def _settings(self) -> str:
        topics = self.home / TOPICS
        return SETTINGS.format(topics=topics, port=self.port, address=self.address, controller=self._controller)

    def _java(self, main: str, *arguments: str) -> Sequence[str]:
        return [java(), *HEAP, f"-Dlog4j2.configurationFile={LOG4J}", "-cp", f"{self._archives}/*", main, *arguments]

    async def _until_ready(self, process: Process) -> None:
        """Until it answers a metadata request."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            if not process.is_running:
                raise process.failed(f"ended with {process.exit_code} before it was ready")
            if await answers(self.address):
                return
            await asyncio.sleep(0.1)
        raise process.failed(f"did not answer for {READY_SECONDS_MAX:.0f} s")


def _environment() -> dict[str, str]:
    """What Java sees of our environment: where programs are, and none of its own switches."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
