"""What a platform's processes took: processor seconds and memory, by what each process does."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

WORLD = "the world that was played"
SERVICES = ("intake", "contact", "plans", "settlement", "gateway")
NAMES = {
    "watch.py": "supervisor",  # First of all, for it is told what it is to run.
    "deploy.bench.watching": "the watcher",
    **{f"services.{name}": name for name in SERVICES},
    "shared.bus": "relay",
    "shared.casestore": "notary",
    "deploy.standins": "stand-ins",
    "tansu": "broker",
    "postgres": "PostgreSQL",
}


class Seen(msgspec.Struct, frozen=True):
    """One process: its parent, what it was started as, the processor seconds of it and of those it outlived, and the
    bytes of it that are in memory."""

    pid: int
    parent: int
    command: str
    seconds: float
    resident: int


def spent() -> Mapping[str, float]:
    """Processor seconds by what the process does, the busiest first. What we do ourselves is the world played."""
    by_name: defaultdict[str, float] = defaultdict(float)
    for each in _below(os.getpid()):
        by_name[WORLD if each.pid == os.getpid() else _named(each.command)] += each.seconds
    return dict(sorted(by_name.items(), key=lambda each: -each[1]))


def resident(top: int) -> Mapping[str, int]:
    """Bytes in memory by what the process does, of the processes below this one.

    What processes share is counted for each of them, so PostgreSQL's many say nothing and are left out.
    """
    by_name: defaultdict[str, int] = defaultdict(int)
    for each in _below(top):
        by_name[_named(each.command)] += each.resident
    return {name: size for name, size in by_name.items() if name in NAMES.values() and name != "PostgreSQL"}


def _below(top: int) -> Sequence[Seen]:
    """That process and all that came of it."""
    seen = {each.pid: each for each in (_linux(top) if sys.platform == "linux" else _listed())}
    below = {top}
    # Children may be listed before their parents, so look again until there is nobody new.
    while more := {each.pid for each in seen.values() if each.parent in below} - below:
        below |= more
    return [seen[pid] for pid in below & seen.keys()]


def _named(command: str) -> str:
    return next((name for part, name in NAMES.items() if part in command), "other")


def _linux(top: int) -> Iterator[Seen]:
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # It has ended.
            continue
        # Fields 14 and 15 are its own ticks, 16 and 17 those of children that ended; 24 are its pages in memory.
        ticks = [int(each) for each in told[11 : 13 if folder.name == str(top) else 15]]
        yield Seen(int(folder.name), int(told[1]), command, sum(ticks) / tick, int(told[21]) * page)


def _listed() -> Iterator[Seen]:
    command = ["ps", "-A", "-o", "pid=,ppid=,time=,rss=,command="]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - a fixed command.
    for line in shown.stdout.splitlines():
        pid, parent, taken, kilobytes, name = line.split(maxsplit=4)
        yield Seen(int(pid), int(parent), name, _seconds(taken), int(kilobytes) * 1024)


def _seconds(taken: str) -> float:
    """`1:02:03` or `2:03.45`."""
    total = 0.0
    for part in taken.replace("-", ":").split(":"):
        total = total * 60 + float(part)
    return total
