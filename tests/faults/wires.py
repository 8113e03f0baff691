"""Wires between the processes and their servers, which can be slow, silent or cut: asyncio proxies and nothing else.

Each process has a wire of its own to PostgreSQL. To the broker there is one for all, for a broker tells its clients one
address.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit

from deploy.children import Child
from deploy.embedded.broker import Broker
from deploy.embedded.process import Process

CHUNK = 1 << 18
SLOW_SECONDS = 0.15  # For each piece, in both directions.
Way = Literal["through", "slow", "silent"]
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Whoever connects here is connected there, as the wire's way is at the moment."""

    def __init__(self) -> None:
        self.way: Way = "through"
        self._open: set[asyncio.StreamWriter] = set()
        self._asked: set[asyncio.StreamWriter] = set()  # Where the last that came was a question.
        self._passes = asyncio.Event()
        self._passes.set()

    def become(self, way: Way) -> None:
        """From now on; what is silent holds back what it is given, and gives it on when it is no longer."""
        self.way = way
        if way == "silent":
            self._passes.clear()
        else:
            self._passes.set()

    def cut(self) -> int:
        """Reset every connection, with what was on its way in it; how many there were. New ones can be made."""
        ends, self._open = self._open, set()
        for end in ends:
            end.transport.abort()
        self.become("through")
        return len(ends) // 2

    @property
    def unanswered(self) -> int:
        """On how many connections something was asked and nothing was answered yet."""
        return len(self._asked)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await self._there()
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, back}
        self._open |= ends
        asked, answered = partial(self._asked.add, back), partial(self._asked.discard, back)
        try:
            await asyncio.gather(self._carry(reader, back, asked), self._carry(there, writer, answered))
        finally:
            self._open -= ends
            self._asked.discard(back)
            for end in ends:
                end.transport.abort()

    async def _carry(self, said: asyncio.StreamReader, to: asyncio.StreamWriter, seen: Callable[[], None]) -> None:
        try:
            while what := await said.read(CHUNK):
                seen()
                if self.way == "slow":
                    await asyncio.sleep(SLOW_SECONDS)
                await self._passes.wait()
                to.write(what)
                await to.drain()
        except OSError:
            to.transport.abort()  # Who was reset resets the other end too: it would wait for an answer for ever.
        else:
            to.close()

    async def _there(self) -> Ends:
        raise NotImplementedError

    async def close(self) -> None:
        self._server.close()
        self.cut()

    _server: asyncio.Server


class DatabaseWire(Wire):
    """To the server that a PostgreSQL URL names, a private socket's."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = urlsplit(url)

    async def join(self, folder: Path) -> str:
        """The URL that leads through this wire."""
        folder.mkdir()  # noqa: ASYNC240  (at once)
        self._server = await asyncio.start_unix_server(self._joined, folder / ".s.PGSQL.5432", limit=CHUNK)
        return self._url._replace(query=f"host={quote(str(folder))}&port=5432").geturl()

    async def _there(self) -> Ends:
        named = parse_qs(self._url.query)
        return await asyncio.open_unix_connection(f"{named['host'][0]}/.s.PGSQL.{named['port'][0]}", limit=CHUNK)


class PortWire(Wire):
    """To a loopback port, which may be known only later."""

    port = 0

    def __init__(self, there: int = 0) -> None:
        super().__init__()
        self.there = there

    async def join(self) -> int:
        """The port that leads through this wire."""
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def _there(self) -> Ends:
        return await asyncio.open_connection("127.0.0.1", self.there, limit=CHUNK)


class WiredBroker(Broker):
    """The embedded broker, which tells its clients the wire's address in place of its own."""

    def __init__(self, home: Path, wire: PortWire) -> None:
        super().__init__(home, tell=lambda _: None)
        self.wire = wire

    async def start(self) -> str:
        await super().start()
        return f"127.0.0.1:{self.wire.port}"

    def _server(self) -> Process:
        self.wire.there = self.port
        process = super()._server()
        argv = list(process.argv)
        argv[argv.index("--advertised-listener-url") + 1] = f"tcp://127.0.0.1:{self.wire.port}"
        return replace(process, argv=argv, env={"PATH": os.environ.get("PATH", os.defpath)})


async def through_wires(child: Child, folder: Path, wires: dict[str, Wire]) -> Child:
    """The same process, with wires between it and PostgreSQL, each service it asks, and the providers."""
    env = dict(child.env)
    if url := env.get("SOVINTO_DATABASE_URL"):
        wires[child.name] = wire = DatabaseWire(url)
        env["SOVINTO_DATABASE_URL"] = await wire.join(folder / child.name)
    if child.name == "gateway":
        named = dict(each.split("=", 1) for each in env["SOVINTO_SERVICES"].split())
        urls = {name: await _wired(url, f"gateway to {name}", wires) for name, url in named.items()}
        env["SOVINTO_SERVICES"] = " ".join(f"{name}={url}" for name, url in urls.items())
    for name, whom in PROVIDERS.items():
        if child.name == "contact" and name in env:  # The line's contact has no providers.
            env[name] = await _wired(env[name], f"contact to {whom}", wires)
    return replace(child, env=env)


PROVIDERS = {"SOVINTO_SMTP": "mail", "SOVINTO_SMS_URL": "texts", "SOVINTO_PRINT_URL": "print house"}


async def _wired(where: str, name: str, wires: dict[str, Wire]) -> str:
    """The address, ending in a port of this machine, as it is reached through a wire."""
    before, _, port = where.rpartition(":")
    wires[name] = wire = PortWire(int(port))
    return f"{before}:{await wire.join()}"
