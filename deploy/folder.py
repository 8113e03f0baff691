"""The data folder of a platform: taken by one platform at a time, and saying where that one is reached."""

import fcntl
import json
import os
from pathlib import Path

from deploy.embedded.process import Failed

CHECKPOINTS = "checkpoints"  # The notary's files, in the data folder.


class AlreadyRuns(Failed):
    """A platform runs in this folder already; says where."""


def data_folder() -> Path:
    """Where a platform keeps everything: `.sovinto` here, or what SOVINTO_HOME names."""
    return Path(os.environ.get("SOVINTO_HOME") or ".sovinto").absolute()


class Folder:
    """Held by a lock of the kernel's, which ends with the process that took it, however that ends."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._lock = -1
        self._facts: dict[str, object] = {}

    def take(self) -> None:
        """Make it if it is not there, and hold it; raises AlreadyRuns where another platform does."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            why = "belongs to another user" if isinstance(error, PermissionError) else error.strerror
            raise Failed(f"{self.home} cannot be used ({why}): set SOVINTO_HOME to a folder of yours") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = -1
            facts = read_facts(self.home)
            at = facts.get("portal") or f"process {facts.get('pid', 'unknown')}"
            raise AlreadyRuns(f"Sovinto runs in {self.home} already: {at}") from None
        self._facts = {"pid": os.getpid()}
        self.publish()

    def publish(self, **facts: object) -> None:
        """Add these facts to what `run.json` says; it holds passwords, so only its owner can read it."""
        self._facts.update(facts)
        beside = self.home / "run.json.new"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self._facts, file, indent=1)
        beside.replace(self.home / "run.json")

    def leave(self) -> None:
        """Let go of it; leaving what was not taken does nothing."""
        if self._lock < 0:
            return
        (self.home / "run.json").unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = -1


def read_facts(home: Path) -> dict[str, object]:
    """What the platform in that folder says of itself; empty when none does."""
    try:
        facts: dict[str, object] = json.loads((home / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return facts
