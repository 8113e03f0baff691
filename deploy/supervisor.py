"""Runs the whole platform in one folder: PostgreSQL, the broker, every service; and stops it in order."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Self

from deploy.children import STOP_ORDER, Child, is_building, is_ready
from deploy.embedded.broker import PARTITIONS, Broker, create_topic
from deploy.embedded.postgres import Postgres
from deploy.embedded.process import Failed, Process, say
from deploy.embedded.secrets import secret
from deploy.folder import Folder, data_folder
from deploy.foreground import until_asked
from deploy.keeping import Keeping, Runs

READY_SECONDS_MAX = 120.0


class Supervisor:
    """`async with Supervisor(home, children) as platform`: all is ready inside, and nothing is left after.

    `children` is a list, or a function called when the servers answer, which may make schemas and roles first
    and then says what to run: `database_url` (the owner's), `kafka` and `secret(name)` are known by then.
    """

    def __init__(
        self,
        home: Path | None = None,
        children: "Sequence[Child] | Prepare" = (),
        *,
        shared_buffers: str = "512MB",
        tell: Callable[[str], None] = say,
    ) -> None:
        self.home = (home or data_folder()).absolute()
        self.tell = tell
        self.database_url = os.environ.get("SOVINTO_DATABASE_URL", "")
        self.kafka = os.environ.get("SOVINTO_KAFKA", "")
        self.postgres = None if self.database_url else Postgres(self.home, shared_buffers=shared_buffers, tell=tell)
        self.broker = None if self.kafka else Broker(self.home, tell=tell)
        self.children: dict[str, Child] = {}
        self._wanted = children
        self._folder = Folder(self.home)
        self._processes: dict[str, Process] = {}
        self._topics: dict[str, int] = {}
        self._keeping = Keeping(tell)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def secret(self, name: str) -> str:
        """The password of that name, made on first asking and kept in the data folder."""
        return secret(self.home, name)

    def publish(self, **facts: object) -> None:
        """Write where the platform is reached to `run.json`, for whoever comes next to read."""
        self._folder.publish(**facts)

    async def create_topic(self, name: str, partitions: int = PARTITIONS) -> None:
        """Make the topic, now and whenever the broker, which forgets it, is started again."""
        self._topics[name] = partitions
        await create_topic(self.kafka, name, partitions)

    # Up and down.

    async def start(self) -> None:
        """Servers, then children; all of them ready, or all of them stopped again and the reason raised."""
        self._folder.take()
        try:
            if self.postgres:
                self.database_url = await self.postgres.start()
            await self.start_broker()
            wanted = self._wanted
            listed = await wanted(self) if callable(wanted) else wanted
            self.children = {child.name: child for child in listed}
            for child in listed:
                self._begin(child)
            async with asyncio.TaskGroup() as waiting:
                for child in listed:
                    waiting.create_task(self._until_ready(child))
            self._keep_all()
            ports = {child.name: child.port for child in listed if child.port}
            self.publish(database_url=self.database_url, kafka=self.kafka, ports=ports)
        except BaseException as error:
            await self.stop()
            if isinstance(error, ExceptionGroup):
                raise error.exceptions[0] from None
            raise

    async def stop(self) -> None:
        """Gateway, services, relay, broker, PostgreSQL: each finishes what it has in hand."""
        await self._keeping.end()
        # PostgreSQL writes what it has to write while the others stop, so that its own stop is short.
        writing = asyncio.create_task(self.postgres.checkpoint()) if self.postgres else None
        for role in STOP_ORDER:
            names = [name for name, child in self.children.items() if child.role == role]
            await asyncio.gather(*(self._processes[name].stop() for name in names if name in self._processes))
        if self.broker:
            await self.broker.stop()
        if writing:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        if self.postgres:
            await self.postgres.stop()
        self._folder.leave()

    async def stop_now(self) -> None:
        """Everything at once; PostgreSQL recovers at the next start."""
        await self._keeping.end()
        ended = [process.kill() for process in self._processes.values()]
        if self.broker:
            ended.append(self.broker.kill())
        if self.postgres:
            ended.append(self.postgres.kill())
        await asyncio.gather(*ended)

    async def run(self, when_up: "Callable[[Supervisor], Awaitable[None]] | None" = None) -> int:
        """Stay up until Ctrl-C or SIGTERM; a second one waits for nothing. The exit code to end with."""
        try:
            await until_asked(self._live(when_up), self.stop_now, self.tell)
        except Failed as failure:
            self.tell(str(failure))
            return 1
        return 0

    async def _live(self, when_up: "Callable[[Supervisor], Awaitable[None]] | None") -> None:
        async with self:
            if when_up:
                await when_up(self)
            await asyncio.Event().wait()

    # One at a time, for operators and tests.

    async def start_child(self, name: str) -> None:
        """Start a child that was stopped, and wait until it is ready."""
        self._keeping.resting.discard(name)
        self._begin(self.children[name])
        await self._until_ready(self.children[name])

    async def stop_child(self, name: str) -> None:
        """Stop a child in order; it stays away until it is started again."""
        self._keeping.resting.add(name)
        await self._processes[name].stop()

    async def kill_child(self, name: str) -> None:
        """End a child as a crash would; it is started again like any that ends by itself."""
        await self._processes[name].kill()

    async def start_broker(self) -> None:
        """Start the broker, on the port it had, with the topics it had, and nothing in them."""
        self._keeping.resting.discard("broker")
        if self.broker:
            self.kafka = await self.broker.start()
        for name, partitions in self._topics.items():
            await create_topic(self.kafka, name, partitions)

    async def stop_broker(self) -> None:
        """Stop the broker; it stays away until it is started again."""
        self._keeping.resting.add("broker")
        if self.broker:
            await self.broker.stop()

    # Keeping them up.

    def _begin(self, child: Child) -> None:
        process = self._processes[child.name] = child.process(self.home)
        process.start()

    async def _until_ready(self, child: Child) -> None:
        process = self._processes[child.name]
        deadline = time.monotonic() + READY_SECONDS_MAX
        while child.port is not None and not await is_ready(child.port):
            if not process.is_running:
                raise process.failed(f"ended with {process.exit_code} before it was ready")
            if await is_building(child.port):
                deadline = time.monotonic() + READY_SECONDS_MAX  # It says how far it is: a long history takes its time.
            if time.monotonic() > deadline:
                raise process.failed(f"was not ready within {READY_SECONDS_MAX:.0f} s")
            await asyncio.sleep(0.1)

    def _keep_all(self) -> None:
        for name in self.children:
            self._keeping.keep(name, partial(self._processes.__getitem__, name), partial(self.start_child, name))
        if self.broker:
            self._keeping.keep("broker", partial(_same, self.broker), self.start_broker)
        if self.postgres:
            self._keeping.keep("PostgreSQL", partial(_same, self.postgres), self.postgres.start)


def _same(server: Runs) -> Runs:
    return server


Prepare = Callable[[Supervisor], Awaitable[Sequence[Child]]]
