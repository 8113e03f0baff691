"""Where a platform's processor time went: seconds by process, for those below this one."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

WORLD = "the world that was played"
NAMES = {
    "services.intake": "intake",
    "services.contact": "contact",
    "services.plans": "plans",
    "services.settlement": "settlement",
    "services.gateway": "gateway",
    "shared.bus": "relay",
    "shared.casestore": "notary",
    "deploy.standins": "stand-ins",
    "tansu": "broker",
    "postgres": "PostgreSQL",
    "watch.py": "supervisor",
}


class Seen(msgspec.Struct, frozen=True):
    """One process: its parent, what it was started as, and the processor seconds of it and of those it outlived."""

    pid: int
    parent: int
    command: str
    seconds: float


def spent() -> Mapping[str, float]:
    """Processor seconds by what the process does, the busiest first. What we do ourselves is the world played."""
    seen = {each.pid: each for each in (_linux() if sys.platform == "linux" else _listed())}
    below = {os.getpid()}
    while more := {each.pid for each in seen.values() if each.parent in below} - below:
        below |= more
    by_name: defaultdict[str, float] = defaultdict(float)
    for pid in below & seen.keys():
        by_name[WORLD if pid == os.getpid() else _named(seen[pid].command)] += seen[pid].seconds
    return dict(sorted(by_name.items(), key=lambda each: -each[1]))


def _named(command: str) -> str:
    return next((name for part, name in NAMES.items() if part in command), "other")


def _linux() -> Iterator[Seen]:
    tick = os.sysconf("SC_CLK_TCK")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # It has ended.
            continue
        own = int(folder.name) == os.getpid()
        # Fields 14 and 15 are its own ticks, 16 and 17 those of children that ended.
        ticks = [int(each) for each in told[11 : 13 if own else 15]]
        yield Seen(int(folder.name), int(told[1]), command, sum(ticks) / tick)


def _listed() -> Iterator[Seen]:
    command = ["ps", "-A", "-o", "pid=,ppid=,time=,command="]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603 - a fixed command.
    for line in shown.stdout.splitlines():
        pid, parent, taken, name = line.split(maxsplit=3)
        yield Seen(int(pid), int(parent), name, _seconds(taken))


def _seconds(taken: str) -> float:
    """`1:02:03` or `2:03.45`."""
    total = 0.0
    for part in taken.replace("-", ":").split(":"):
        total = total * 60 + float(part)
    return total
