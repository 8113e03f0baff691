"""A disk of its own for the documents, small enough to be filled; only where we may mount one."""

import subprocess
from contextlib import suppress
from pathlib import Path

SIZE = 48 * 1024 * 1024
PIECE = 64 * 1024


class Disk:
    """Mounted on the documents' folder of a platform that has not started yet."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "documents"
        self.is_there = False

    def mount(self) -> None:
        """Where we may; elsewhere `is_there` says that we may not."""
        self.folder.mkdir(parents=True, mode=0o700)
        self.folder.parent.chmod(0o700)
        asked = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(self.folder)]
        with suppress(FileNotFoundError):
            self.is_there = subprocess.run(asked, capture_output=True, check=False).returncode == 0  # noqa: S603

    def fill(self) -> None:
        """Nothing more can be written from now on."""
        with (self.folder / "filled").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0" * PIECE)
        with (self.folder / "last").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0")

    def free(self) -> None:
        """There is room again."""
        for name in ("filled", "last"):
            (self.folder / name).unlink(missing_ok=True)

    def unmount(self) -> None:
        if self.is_there:
            subprocess.run(["umount", str(self.folder)], check=True)  # noqa: S603, S607  (a fixed command)
