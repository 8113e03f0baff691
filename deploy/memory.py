"""How much memory the whole platform takes."""

import os
import subprocess
import sys
from pathlib import Path


def memory_bytes(of: int | None = None) -> int:
    """The memory of a process (None: this one) and all below it; what they share is counted once on Linux."""
    parents = _parents_linux() if sys.platform == "linux" else {pid: row[0] for pid, row in _listed().items()}
    wanted = {of or os.getpid()}
    # Children may be listed before their parents, so look again until there is nobody new.
    while more := {pid for pid, parent in parents.items() if parent in wanted} - wanted:
        wanted |= more
    if sys.platform == "linux":
        return sum(_share(pid) for pid in wanted)
    listed = _listed()
    return sum(listed[pid][1] for pid in wanted if pid in listed)


def _parents_linux() -> dict[int, int]:
    # Not every Linux has `ps`.
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # It has ended.
            continue
        found[int(stat.parent.name)] = int(after_name[1])
    return found


def _share(pid: int) -> int:
    """A process's own memory and its part of what it shares; a process that has ended has none."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _listed() -> dict[int, tuple[int, int]]:
    """By process: its parent and its memory in bytes."""
    command = ["ps", "-A", "-o", "pid=,ppid=,rss="]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - a fixed command.
    rows = [[int(part) for part in line.split()] for line in shown.stdout.splitlines()]
    return {pid: (parent, kilobytes * 1024) for pid, parent, kilobytes in rows}
