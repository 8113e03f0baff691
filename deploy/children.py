"""One child of the platform: a service, the relay or the gateway, and how one sees that it is ready."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.embedded.process import Process

Role = Literal["gateway", "service", "relay"]

# First nobody can ask for anything new, then what is in hand is finished, then nothing more is sent.
STOP_ORDER: tuple[Role, ...] = ("gateway", "service", "relay")
GRACE_SECONDS: Mapping[Role, float] = {"gateway": 2.0, "service": 4.0, "relay": 2.0}
PROJECT = Path(__file__).parents[1]
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
        # Our own code is found wherever the platform was started from.
        env = {"PYTHONPATH": str(PROJECT), **self.env}
        return Process(self.name, self.argv, env, log, grace_seconds=GRACE_SECONDS[self.role])


async def is_ready(port: int) -> bool:
    """Whether the service on that port says that it can do its work."""
    return (await _readiness(port)).split(maxsplit=2)[1:2] == [b"200"]


async def is_building(port: int) -> bool:
    """Whether it says that it is not ready because what it shows is being built anew."""
    return b'"building' in await _readiness(port)


async def _readiness(port: int) -> bytes:
    """The whole answer of `/readyz`; nothing where nobody answers."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                return await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""
