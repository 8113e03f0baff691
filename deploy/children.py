"""One child of the platform: a service, the relay or the gateway, and how one sees that it is ready."""

import asyncio
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.embedded.process import Process

Role = Literal["gateway", "service", "relay"]

# First nobody can ask for anything new, then what is in hand is finished, then nothing more is sent.
STOP_ORDER: tuple[Role, ...] = ("gateway", "service", "relay")
GRACE_SECONDS: Mapping[Role, float] = {"gateway": 2.0, "service": 4.0, "relay": 2.0}
LOG_BYTES_MAX = 20_000_000


@dataclass(frozen=True)
class Child:
    """A process to run beside the servers. It is ready when `/readyz` on its port answers 200."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    port: int | None = None
    role: Role = "service"

    def process(self, home: Path) -> Process:
        """The process to start; what it printed before is kept, once, when it grows too long."""
        log = home / "logs" / f"{self.name}.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".old.log"))
        return Process(self.name, self.argv, self.env, log, grace_seconds=GRACE_SECONDS[self.role])


async def is_ready(port: int, path: str = "/readyz") -> bool:
    """Whether the service on that port says that it can do its work."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status.split()[1:2] == [b"200"]


def memory_bytes(of: int | None = None) -> int:
    """The memory of a process and all below it; shared memory is counted once where the system tells."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss="],  # noqa: S607 - the system's own, wherever it is.
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    wanted = {of or os.getpid()}
    # A process is listed after its parent or before it; going over it until nothing is new needs no order.
    while more := {pid for pid, parent, _ in rows if parent in wanted} - wanted:
        wanted |= more
    return sum(_proportional(pid) or kilobytes * 1024 for pid, _, kilobytes in rows if pid in wanted)


def _proportional(pid: int) -> int:
    """What Linux counts as this process's own share, or 0 where it does not say."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
