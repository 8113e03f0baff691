"""The README as a newcomer follows it: an empty folder, an empty home, no rights, nothing set up.

Every line of the README's ```sh blocks is run, in order, in a fresh clone. `git clone` and `cd` into it are done
already; `make run` stays up, in a terminal, for the lines after it, until Ctrl-C before the next `make`.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.platform.stage import PROJECT, folder
from tests.platform.terminal import Terminal

INSIDE = "SOVINTO_FRESH_CLONE"
COMMAND_SECONDS_MAX = 1800.0
STOP_SECONDS_MAX = 30.0
PASSED_ON = re.compile(r"PIP_.*|.*_PROXY|SSL_CERT_FILE|SOVINTO_CHROMIUM", re.IGNORECASE)
SUITABLE = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
NO_NETWORK = re.compile(r"error sending request|NewConnectionError|Temporary failure|No matching distribution")


def commands(readme: str) -> list[str]:
    """The lines of its ```sh blocks; a line that ends with a backslash goes on."""
    blocks = re.findall(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    told = [line.split(" #")[0].strip() for line in lines]
    return [line for line in told if line and not line.startswith(("#", "git clone", "cd "))]


def test_the_commands_are_read_from_the_readme() -> None:
    readme = "Text\n```sh\ngit clone x\ncd x\nmake run   # brings it up\ncurl \\\n  -f y\n```\n```text\nno\n```\n"
    assert commands(readme) == ["make run", "curl    -f y"]


@pytest.mark.newcomer
def test_a_newcomer_without_rights_follows_the_readme() -> None:
    if os.environ.get(INSIDE):
        pytest.skip("not run: this is the newcomer's own run")
    told = commands((PROJECT / "README.md").read_text())
    assert "make run" in told
    assert "make test" in told
    with fresh_clone() as (clone, env, user):
        follow(["make setup", *told], clone, env, user)


@contextmanager
def fresh_clone() -> Iterator[tuple[Path, dict[str, str], int | None]]:
    """The clone, an environment with nothing of ours in it, and the user to be (None: we have no rights)."""
    for needed in ("git", "make"):
        if not shutil.which(needed):
            pytest.skip(f"not run: no {needed}")
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    with folder("a newcomer's clöne") as clone, folder("home") as home:
        subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(clone)], check=True)  # noqa: S603, S607 - fixed.
        if user is not None:
            for path in (clone, home, *clone.rglob("*")):
                os.chown(path, user, user, follow_symlinks=False)
        env = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        # All tests have run in the run that this is part of; here it is seen that the command works from nothing.
        env |= {"HOME": str(home), "TERM": "dumb", INSIDE: "1", "PYTEST_ADDOPTS": "-k plan"}
        env["PATH"] = reachable_path(user)
        yield clone, env, user


def reachable_path(user: int | None) -> str:
    """The folders of our PATH where that user finds programs, if a suitable Python is among them."""
    folders = [*os.environ["PATH"].split(os.pathsep), "/usr/local/bin", "/usr/bin", "/bin"]
    path = os.pathsep.join(each for each in dict.fromkeys(folders) if as_user(["test", "-x", each], "/bin", user))
    for name in ("python3.14", "python3.13", "python3.12", "python3.11", "python3"):
        if as_user([name, "-I", "-c", SUITABLE], path, user):
            return path
    pytest.skip("not run: no Python 3.11 or newer that an unprivileged user can run")


def as_user(command: list[str], path: str, user: int | None) -> bool:
    """Whether the command does well as that user."""
    done = subprocess.run(  # noqa: S603 - our own command.
        ["/bin/sh", "-c", '"$@"', "sh", *command],
        env={"PATH": path},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def follow(told: list[str], clone: Path, env: dict[str, str], user: int | None) -> None:
    """Do as told, one command after the other, as a person at a terminal would."""
    running: Terminal | None = None
    for command in told:
        if command.startswith("make") and running:
            stop(running)
            running = None
        terminal = Terminal(["/bin/sh", "-c", command], clone, env, user)
        if command == "make run":
            running = terminal
            assert terminal.wait_for("http://", COMMAND_SECONDS_MAX), terminal.text()
            continue
        code = terminal.end(COMMAND_SECONDS_MAX)
        if command == "make setup" and code and NO_NETWORK.search(terminal.text()):
            pytest.skip("not run: no package index can be reached")
        print(f"$ {command}\n{terminal.text()[-3000:]}")
        assert code == 0, f"{command} ended with {code}"
    if running:
        stop(running)


def stop(running: Terminal) -> None:
    """Press Ctrl-C; a good end is one without an error."""
    running.press_ctrl_c()
    assert running.end(STOP_SECONDS_MAX) == 0, running.text()[-3000:]
