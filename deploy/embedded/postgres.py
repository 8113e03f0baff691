"""PostgreSQL 18 of our own: from a wheel, as our own child, reached through a private socket only."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

import asyncpg

from deploy.embedded.cluster import environment, initialise, installed_binaries, is_locked, socket_folder
from deploy.embedded.process import Failed, Process, say
from deploy.embedded.secrets import secret
from deploy.embedded.server import Server
from deploy.embedded.users import Lodging, lodge

OWNER = "sovinto"
ANSWER_SECONDS_MAX = 60.0  # Silence for so long is a failure; a server that says it is recovering may take hours.
HELPERS_SECONDS_MAX = 5.0
TELL_EVERY_SECONDS = 5.0


class Postgres(Server):
    """`start()` answers the owner's URL; `stop()` leaves the files as a clean start expects them.

    Args:
        home: its folder.
        shared_buffers: as PostgreSQL reads it.
        fsync: False only where nothing is to be kept, as in tests that make and drop a database each.
        tell: hears what a person should know.
    """

    def __init__(
        self, home: Path, *, shared_buffers: str = "512MB", fsync: bool = True, tell: Callable[[str], None] = say
    ) -> None:
        self.home = home.absolute()
        self.shared_buffers, self.fsync = shared_buffers, fsync
        self.tell = tell
        self._socket: Path | None = None

    async def start(self, database: str = OWNER) -> str:
        """Bring it up, making the cluster and that database if they are not there; the owner's URL to it."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lodging = lodge(self.home, installed_binaries(), self.tell)
        await self._wait_for_lock(lodging)
        if not (lodging.folder / "data").exists():
            await asyncio.to_thread(initialise, lodging, OWNER, secret(self.home, "postgres"))
        # We hold no lock, but saw that nobody else does: what the last server left behind means nothing.
        (lodging.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        if self._socket is None:
            self._socket = socket_folder()
        os.chown(self._socket, lodging.user, lodging.group)
        self._process = self._server(lodging)
        self._process.start()
        try:
            await self._until_ready()
            return await self.create_database(database)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop it in order; connections still open are closed by the server."""
        await super().stop()
        if self._socket is not None:
            shutil.rmtree(self._socket, ignore_errors=True)
            self._socket = None

    async def checkpoint(self) -> None:
        """Write everything to the files now, which makes a stop soon after short."""
        if not self.is_running:
            return
        connection = await asyncpg.connect(self.url("postgres"), timeout=10)
        try:
            await connection.execute("checkpoint")
        finally:
            await connection.close()

    async def kill(self) -> None:
        """End it as a power cut would; its helpers notice at once that it is gone, and end too."""
        if self._process is None or self._process.lock is None:
            return
        await self._process.kill()
        deadline = time.monotonic() + HELPERS_SECONDS_MAX
        while is_locked(self._process.lock):
            if time.monotonic() > deadline:
                raise self._process.failed("left processes behind")
            await asyncio.sleep(0.01)

    def url(self, database: str = OWNER) -> str:
        """Where the owner, a superuser, reaches that database."""
        # The port is in the socket's name; left out, clients would take it from the user's PGPORT.
        password = secret(self.home, "postgres")
        return f"postgresql://{OWNER}:{password}@/{quote(database)}?host={self._socket}&port=5432"

    async def create_database(self, name: str, template: str = "template1") -> str:
        """Make that database if it is not there; the owner's URL to it."""
        connection = await asyncpg.connect(self.url("postgres"), timeout=10)
        try:
            known = await connection.fetchval("select 1 from pg_database where datname = $1", name)
            if not known:
                names = [part.replace('"', '""') for part in (name, template)]
                await connection.execute('create database "{}" template "{}"'.format(*names))
        finally:
            await connection.close()
        return self.url(name)

    def _server(self, lodging: Lodging) -> Process:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket),
            "unix_socket_permissions": "0700",
            "shared_buffers": self.shared_buffers,
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "dynamic_shared_memory_type": "mmap",
            "max_connections": "200",
            "fsync": "on" if self.fsync else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        data = lodging.folder / "data"
        return Process(
            "PostgreSQL",
            [str(lodging.binaries / "postgres"), "-D", str(data), *options],
            env=environment(),
            log=self.home / "logs" / "postgresql.log",
            cwd=lodging.folder if lodging.user < 0 else Path("/"),
            stop_signal=SIGINT,  # Its "fast" stop: sessions are ended, everything is written.
            grace_seconds=6.0,
            user=lodging.user,
            group=lodging.group,
            lock=lodging.folder / "lock",
            remove_when_alone=self._socket,
        )

    async def _wait_for_lock(self, lodging: Lodging) -> None:
        """A server whose platform was killed stops by itself; wait until its last process is gone."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        told = False
        while is_locked(lodging.folder / "lock"):
            if time.monotonic() > deadline:
                raise Failed(f"another PostgreSQL still uses {lodging.folder}")
            if not told:
                self.tell("An earlier PostgreSQL is still stopping; waiting for it.")
                told = True
            await asyncio.sleep(0.1)

    async def _until_ready(self) -> None:
        """Ask by connecting. Recovery may take as long as it takes, as long as the server says so."""
        process = self._process
        assert process is not None, "started just before"  # noqa: S101 - for the type checker.
        started = told = heard = time.monotonic()
        while True:
            if not process.is_running:
                raise process.failed(f"ended with {process.exit_code} before it was ready")
            now = time.monotonic()
            try:
                connection = await asyncpg.connect(self.url("postgres"), timeout=5)
            except asyncpg.CannotConnectNowError:
                heard = now
                if now - told > TELL_EVERY_SECONDS:
                    told = now
                    self.tell(f"PostgreSQL is recovering after an unclean stop ({now - started:.0f} s).")
            except (OSError, TimeoutError, asyncpg.PostgresError):
                if now - heard > ANSWER_SECONDS_MAX:
                    raise process.failed(f"did not answer for {ANSWER_SECONDS_MAX:.0f} s") from None
            else:
                await connection.close()
                return
            await asyncio.sleep(0.03)
