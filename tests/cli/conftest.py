"""The `sovinto` command as a user has it: arguments in; exit code, stdout and stderr out; and a platform that runs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.folder import read_facts
from tests.platform.stage import PROJECT, folder

COMMAND = "import sys; from deploy.cli.main import app; sys.exit(app())"
RUNNER = CliRunner()
SECONDS_MAX = 240.0
# What the user's own environment says of other platforms and servers is not for these tests.
OWN = ("SOVINTO_URL", "SOVINTO_KEY", "SOVINTO_DATABASE_URL", "SOVINTO_KAFKA", "SOVINTO_WORLD")


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Here:
    """A folder from which the command is run."""

    home: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def sovinto(self, *arguments: str | Path, **more: str) -> Ran:
        """Run the command to its end, in this process: a new one each time would take a second of a busy machine."""
        kept = dict.fromkeys(OWN) | {"SOVINTO_HOME": str(self.home), **self.env, **more}
        done = RUNNER.invoke(app, [str(each) for each in arguments], env=kept)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.stdout, done.stderr)

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """Run the command and leave it running."""
        return subprocess.Popen(  # noqa: S603 - our own program.
            [sys.executable, "-c", COMMAND, *arguments],
            cwd=PROJECT,
            env=self.environment(more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OWN}
        return {**kept, "SOVINTO_HOME": str(self.home), "PYTHONWARNINGS": "default", **self.env, **more}

    @property
    def database_url(self) -> str:
        return str(read_facts(self.home)["database_url"])


@pytest.fixture
def nothing(tmp_path: Path) -> Here:
    """A folder in which no platform has ever run."""
    return Here(tmp_path / "nothing")


@pytest.fixture(scope="session")
def outside() -> Iterator[Mapping[str, str]]:
    """Stand-ins named as real providers would be, so that a platform has nobody to play a portfolio with."""
    running = subprocess.Popen(
        [sys.executable, "-m", "deploy.standins"], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    with running:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        named = dict.fromkeys(("SOVINTO_SMS_URL", "SOVINTO_PRINT_URL", "SOVINTO_REGISTRY_URL"), told["http"])
        yield {**named, "SOVINTO_SMTP": f"{told['smtp_host']}:{told['smtp_port']}"}
        running.terminate()


def until_up(running: "subprocess.Popen[str]") -> str:
    """What a platform printed until it was up; fails with all it told where it never was."""
    assert running.stdout is not None
    printed = ""
    for line in running.stdout:
        printed += line
        if "Ctrl-C stops everything" in line:
            return printed
    assert running.stderr is not None
    raise AssertionError(printed + running.stderr.read())


def stopped(running: "subprocess.Popen[str]") -> tuple[int, str]:
    """Press Ctrl-C: the exit code and what was told."""
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=SECONDS_MAX)
    return running.returncode, told


@pytest.fixture(scope="session")
def here(outside: Mapping[str, str]) -> Iterator[Here]:
    """A platform that runs, empty but for its agency, one client and one who works there."""
    with folder() as home:
        found = Here(home)
        running = found.start("run", **outside)
        try:
            until_up(running)
            for made in (
                ("agency", "set", "deploy/examples/agency.json"),
                ("client", "set", "deploy/examples/client-fi.json"),
                ("staff", "add", "--name", "Anna Malli", "--telephone", "+358 9 4245 0100"),
            ):
                done = found.sovinto(*made)
                assert done.code == 0, done.err
            yield found
        finally:
            code, told = stopped(running)
        assert code == 0, told
