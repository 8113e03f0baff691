"""One process of the platform: started, watched, stopped, its last lines shown when it fails."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM, Signals

POLL_SECONDS = 0.02
WATCH = Path(__file__).with_name("watch.py")


class Failed(Exception):
    """A server or service did not come up, or ended by itself; says which, and its last lines."""


def say(line: str) -> None:
    """Tell whoever started us, without disturbing what is printed on stdout."""
    with suppress(OSError):  # Nobody reads it any more, as when a terminal is closed: that keeps nothing from going on.
        print(line, file=sys.stderr, flush=True)


@dataclass
class Process:
    """A process that cannot outlive us: it is started through `watch.py`, which see."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    cwd: Path | None = None
    stop_signal: Signals = SIGTERM
    grace_seconds: float = 10.0
    user: int = -1
    group: int = -1
    lock: Path | None = None
    remove_when_alone: Path | None = None
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log_start: int = 0

    def start(self) -> None:
        """Start it; its output goes to the end of its log."""
        watched = [
            *(str(int(self.stop_signal)), str(self.grace_seconds), str(self.user), str(self.group)),
            *(str(self.lock or ""), str(self.remove_when_alone or ""), *self.argv),
        ]
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            opened = self.log.open("ab")
        except OSError as error:
            raise Failed(f"{self.name} cannot write its log {self.log}: {error.strerror}") from None
        with opened as log:
            self._log_start = log.tell()
            # A session of its own: Ctrl-C in the terminal reaches the platform, which stops all in order.
            self._running = subprocess.Popen(  # noqa: S603 - the program is chosen by us, never by input.
                [sys.executable, "-I", "-S", str(WATCH), *watched],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=dict(self.env),
                cwd=self.cwd,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        return self._running is not None and self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs or when it was never started."""
        if self._running is None or self._running.poll() is None:
            return None
        self._close_pipe()
        return self._running.returncode

    async def stop(self) -> None:
        """Ask it to stop; after its grace it is killed. Stopping what has ended already is fine."""
        if self._running is None:
            return
        self._close_pipe()
        await self._gone(self.grace_seconds + 5)

    async def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._running is None:
            return
        if self.is_running:
            self._running.send_signal(SIGTERM)
        await self._gone(10)

    async def _gone(self, seconds: float) -> None:
        running = self._running
        assert running is not None, "only called for a started process"  # noqa: S101 - for the type checker.
        deadline = time.monotonic() + seconds
        while running.poll() is None:
            if time.monotonic() > deadline:
                raise Failed(f"{self.name} did not stop within {seconds:.0f} s")
            await asyncio.sleep(POLL_SECONDS)
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self._running is not None and self._running.stdin is not None:
            self._running.stdin.close()

    def last_lines(self, count: int = 15) -> str:
        """The end of what it wrote since it was last started."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - 20_000))
                lines = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"  {line}" for line in lines[-count:])

    def failed(self, what: str) -> Failed:
        """The error to raise when it did not do what it should; names its log and shows the end of it."""
        return Failed(f"{self.name} {what}; its last lines ({self.log}):\n{self.last_lines()}")
