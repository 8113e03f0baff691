"""`make` in a terminal: Ctrl-C on a running platform is a good end."""

import os
import pty
import select
import sys
import time
from pathlib import Path

from tests.platform.stage import PROJECT, folder, processes


def in_terminal(command: list[str], cwd: Path, awaited: bytes) -> tuple[int, str]:
    """Run it in a terminal of its own, press Ctrl-C once it says the awaited; exit code and what was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.environ["PYTHONPATH"] = str(PROJECT)
        os.execvp(command[0], command)  # noqa: S606 - our own command.
    shown, deadline, pressed = b"", time.monotonic() + 30, False
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # The last process of the terminal has ended.
            break
        if awaited in shown and not pressed:
            os.write(terminal, b"\x03")
            pressed = True
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode(errors="replace")


def test_ctrl_c_in_a_terminal_ends_make_without_an_error() -> None:
    with folder() as home:
        recipe = f"run:\n\t@'{sys.executable}' -m tests.platform.stage '{home / 'kept'}'\n"
        (home / "Makefile").write_text(recipe)
        code, shown = in_terminal(["make", "run"], home, b"up postgresql")
        assert code == 0, shown
        assert "Stopping" in shown
        assert "rror" not in shown
        assert processes(home / "kept") == []
