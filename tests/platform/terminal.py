"""A terminal of its own for one command, in which a test can wait for a text and press Ctrl-C."""

import os
import pty
import select
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Terminal:
    """The command runs as that user (None: as we are); what it shows is kept."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str], user: int | None = None) -> None:
        self.shown = b""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            try:
                if user is not None:
                    os.setgroups([])
                    os.setgid(user)
                    os.setuid(user)
                os.chdir(cwd)
                os.execvpe(command[0], list(command), dict(env))  # noqa: S606 - our own command.
            finally:
                os._exit(127)

    def wait_for(self, text: str, seconds: float) -> bool:
        """Whether it shows that text in time; False also when it ends without."""
        deadline = time.monotonic() + seconds
        while text.encode() not in self.shown:
            if time.monotonic() > deadline or not self._read():
                return text.encode() in self.shown
        return True

    def press_ctrl_c(self) -> None:
        os.write(self._terminal, b"\x03")

    def end(self, seconds: float) -> int:
        """Wait until its last process is gone; the exit code, or -9 when it had to be killed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._read():
            pass
        os.close(self._terminal)  # Whoever is still there is hung up on.
        while (ended := os.waitpid(self._pid, os.WNOHANG)) == (0, 0):
            if time.monotonic() > deadline:
                os.killpg(self._pid, signal.SIGKILL)
            time.sleep(0.02)
        return os.waitstatus_to_exitcode(ended[1])

    def text(self) -> str:
        return self.shown.decode(errors="replace")

    def _read(self) -> bool:
        """Take what it shows within a second; False when nobody can show anything any more."""
        if not select.select([self._terminal], [], [], 1)[0]:
            return True
        try:
            more = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.shown += more
        return bool(more)
