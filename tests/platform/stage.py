"""A small platform for the tests: real servers and two pretended services. Run as a program, it stays up."""

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.children import Child, Role
from deploy.embedded.users import ELSEWHERE
from deploy.ports import free_port
from deploy.supervisor import Supervisor

PRETEND = Path(__file__).with_name("pretend.py")
PROJECT = Path(__file__).parents[2]
PACKAGES = sysconfig.get_path("purelib")
WAIT_SECONDS_MAX = 30.0


def pretended(home: Path) -> list[Child]:
    """A service and a gateway that answer that they are ready."""
    env = {"PATH": os.environ["PATH"]}
    roles: list[tuple[str, Role]] = [("intake", "service"), ("gateway", "gateway")]
    return [
        Child(name, [sys.executable, str(PRETEND), str(port), str(home)], env, port=port, role=role)
        for (name, role), port in ((each, free_port()) for each in roles)
    ]


def platform(home: Path) -> Supervisor:
    """The platform of the tests, not started yet."""
    return Supervisor(home, pretended(home), shared_buffers="16MB")


@contextmanager
def folder(name: str = "home", mode: int = 0o711) -> Iterator[Path]:
    """A folder of that name, removed afterwards; what PostgreSQL put elsewhere for it is removed too."""
    outer = Path(tempfile.mkdtemp(prefix="sovinto-stage-"))
    outer.chmod(mode)
    home = outer / name
    home.mkdir(parents=True)
    try:
        yield home
    finally:
        if (home / "id").is_file():
            shutil.rmtree(ELSEWHERE / (home / "id").read_text().strip(), ignore_errors=True)
        shutil.rmtree(outer)


def processes(home: Path) -> list[int]:
    """The processes that have that folder among their arguments: all of a platform's but the broker itself."""
    if sys.platform == "linux":
        rows = [(int(path.parent.name), arguments(path)) for path in Path("/proc").glob("[0-9]*/cmdline")]
    else:
        listed = subprocess.run(["/bin/ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True)
        split = (line.split(maxsplit=1) for line in listed.stdout.splitlines())
        rows = [(int(pid), told) for pid, told in split]
    return [pid for pid, told in rows if str(home) in told and pid != os.getpid()]


def arguments(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:  # It has ended.
        return ""


@contextmanager
def started(
    home: Path, more: Mapping[str, str] = {}, *, python: str = sys.executable, user: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A platform in a process of its own, which has said that it is up or has ended; killed if left running."""
    running = subprocess.Popen(  # noqa: S603 - our own program.
        [python, "-m", "tests.platform.stage", str(home)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{PACKAGES}", **more},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        try:
            assert running.stdout is not None
            running.stdout.readline()
            yield running
        finally:
            running.kill()


def ended(running: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for its end: the exit code and what it told."""
    _, told = running.communicate(timeout=WAIT_SECONDS_MAX)
    return running.returncode, told


def until(true: Callable[[], bool]) -> bool:
    """Wait for something to become true; whether it did in time."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def somebody() -> tuple[str, int]:
    """A Python that an unprivileged user can run, and that user; tests that have neither do not run."""
    if os.geteuid() != 0:
        pytest.skip("not run: only root can become another user")
    user = pwd.getpwnam("nobody").pw_uid
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        tried = ["/bin/sh", "-c", 'cd "$1" && cd "$2" && "$3" -I -c ""', "sh", str(PROJECT), PACKAGES, python]
        done = subprocess.run(  # noqa: S603 - a fixed command.
            tried, user=user, group=user, extra_groups=[], capture_output=True, check=False
        )
        if done.returncode == 0:
            return python, user
    pytest.skip(f"not run: no {name} or no {PROJECT} that an unprivileged user can reach")


async def up(here: Supervisor) -> None:
    print("up", here.database_url, here.kafka, flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(platform(Path(sys.argv[1])).run(up)))
