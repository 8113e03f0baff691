"""Keeps one process only as long as the platform lives: when whoever started it is gone, so is the process.

Run as a program of its own, so it imports little and nothing of ours. Its standard input is a pipe whose
other end the platform holds. When that closes, because it was asked to or because the platform was killed,
the process gets its stop signal and, if it is still there after the grace, SIGKILL. SIGTERM to this program
means: kill the process now.

Arguments: number of the stop signal, grace in seconds, user and group id (-1: keep ours), a file to hold
locked for as long as any process of the server lives ("" for none), a folder to remove at the end when the
platform was lost ("" for none), then the program and its arguments.
"""

import ctypes
import fcntl
import os
import select
import signal
import sys
import time
from types import FrameType


def start(user: int, group: int, lock: str, stop_signal: int, argv: list[str]) -> int:
    """Start the program as that user; it inherits the lock, so that the lock ends with its last process."""
    held = -1
    if lock:
        held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    pid = os.fork()
    if pid:
        if held >= 0:
            os.close(held)
        return pid
    try:
        if held >= 0:
            os.set_inheritable(held, True)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        if user >= 0:
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
        if sys.platform == "linux":
            # The pipe sees the platform die; this sees the watcher itself killed. 1 is PR_SET_PDEATHSIG.
            ctypes.CDLL(None).prctl(1, stop_signal)
        signal.set_wakeup_fd(-1)
        for each in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        os.execv(argv[0], argv)  # noqa: S606 - starting the program it was given is what it is for.
    except BaseException as error:
        os.write(2, f"cannot start {argv[0]}: {error}\n".encode())
    finally:
        os._exit(127)


def ended(pid: int) -> int | None:
    """The exit status of the process, or None while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def wait(pid: int, stop_signal: int, grace: float) -> tuple[int, bool]:
    """Wait for the end of the process: its exit status, and whether the platform was gone first."""
    wake, waker = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGCHLD, note)
    signal.signal(signal.SIGTERM, note)
    deadline: float | None = None
    watched = [0, wake]
    while True:
        status = ended(pid)
        if status is not None:
            return status, deadline is not None
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if signal.SIGTERM in asked or left == 0.0:
            os.kill(pid, signal.SIGKILL)
            asked.clear()
            left = None
        ready, _, _ = select.select(watched, [], [], left)
        if wake in ready:
            os.read(wake, 4096)
        if 0 in ready and not os.read(0, 4096):
            watched.remove(0)
            deadline = time.monotonic() + grace
            os.kill(pid, stop_signal)


def remove(folder: str) -> None:
    """Remove the socket folder; it holds only the server's socket and its lock file."""
    try:
        for name in os.listdir(folder):  # noqa: PTH208 - pathlib would double this program's memory.
            os.unlink(os.path.join(folder, name))  # noqa: PTH108, PTH118 - the same.
        os.rmdir(folder)  # noqa: PTH106 - the same.
    except OSError:
        return


def main(arguments: list[str]) -> int:
    """Start, wait, tidy up; the process's own exit status is ours."""
    number, grace, user, group, lock, folder, *argv = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    pid = start(int(user), int(group), lock, int(number), argv)
    status, was_alone = wait(pid, int(number), float(grace))
    if folder and was_alone:
        remove(folder)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
