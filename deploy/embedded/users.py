"""Where PostgreSQL's files live and as whom it runs: it refuses to run as root, who lends it a user."""

import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from deploy.embedded.process import Failed

ELSEWHERE = Path("/var/lib/sovinto")


class AsUser(TypedDict, total=False):
    """What `subprocess.run` takes to become another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Lodging:
    """The folder of data and lock, the binaries, and the user to run as (-1: whoever we are)."""

    folder: Path
    binaries: Path
    user: int = -1
    group: int = -1

    def as_user(self) -> AsUser:
        if self.user < 0:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def hand_over(self, name: str, text: str) -> Path:
        """A file in the folder that only the server's user can read."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            os.fchown(descriptor, self.user, self.group)
            file.write(text)
        return path


def lodge(home: Path, binaries: Path, tell: Callable[[str], None]) -> Lodging:
    """Find the server a place. Nothing outside the data folder changes its mode or owner."""
    folder = home / "postgres"
    if os.geteuid() != 0:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / "lock").touch(0o600)
        except PermissionError:
            raise Failed(f"{home} belongs to another user: run as that user, or set SOVINTO_HOME") from None
        return Lodging(folder, binaries)
    user, group = _lent_user(folder)
    home.chmod(0o711)  # The lent user passes through to its own folder and sees nothing else.
    if not _reaches(home, user, group):
        folder = ELSEWHERE / _name_of(home)
        tell(f"PostgreSQL does not run as root and its user cannot reach {home}: its files are in {folder}.")
        folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not _reaches(binaries, user, group):
        binaries = _copied(binaries)
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "lock").touch(0o600)
    for path in (folder, folder / "lock"):
        os.chown(path, user, group)
    return Lodging(folder, binaries, user, group)


def _lent_user(folder: Path) -> tuple[int, int]:
    """Who owns the files already, or else nobody."""
    if folder.exists() and folder.stat().st_uid != 0:
        return folder.stat().st_uid, folder.stat().st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _reaches(folder: Path, user: int, group: int) -> bool:
    """Whether that user can pass into the folder, found out by trying."""
    found = subprocess.run(  # noqa: S603 - a fixed command.
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=user,
        group=group,
        extra_groups=[],
        timeout=10,
        check=False,
    )
    return found.returncode == 0


def _name_of(home: Path) -> str:
    """The data folder's own name, made once at random, so that a moved folder finds its database again."""
    path = home / "id"
    if not path.exists():
        path.write_text(secrets.token_hex(8))
    return path.read_text().strip()


def _copied(binaries: Path) -> Path:
    """A copy of the wheel's PostgreSQL that any user can run, made once per version."""
    install = binaries.parent
    # Beside the package on Linux, in it on macOS.
    libraries = install.parent.parent / f"{install.parent.name}.libs"
    if not libraries.exists():
        libraries = install.parent / ".dylibs"
    size = sum(path.stat().st_size for path in binaries.iterdir())
    version = hashlib.sha256(f"{size} {sorted(path.name for path in libraries.glob('*'))}".encode()).hexdigest()
    copy = ELSEWHERE / f"postgresql-{version[:12]}"
    if not copy.exists():
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".copying-", dir=ELSEWHERE))
        # The same depths as in the wheel, because the binaries find their libraries relative to themselves.
        ignored = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(install, beside / install.parent.name / install.name, ignore=ignored, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, beside / libraries.relative_to(install.parent.parent))
        beside.chmod(0o755)
        try:
            beside.rename(copy)
        except OSError:  # Another platform was quicker.
            shutil.rmtree(beside, ignore_errors=True)
    return copy / install.parent.name / install.name / binaries.name
