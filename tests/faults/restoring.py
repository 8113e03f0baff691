"""The store is restored to an earlier point, as from a backup, and has another epoch: what came after it never was."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from deploy.embedded.cluster import installed_binaries
from deploy.embedded.postgres import Postgres
from deploy.embedded.users import lodge
from tests.faults.line import EVENTS_A_CASE, Line, lined
from tests.faults.line_runs import WORKERS, look_at_all, settle
from tests.faults.report import Hit, Part, told_of
from tests.faults.stage import patiently

RESTORED = "update casestore.store set epoch = gen_random_uuid()"


async def run(events: int) -> Part:
    """Tell a third and back it up in the middle of the work; tell a third and lose it; restore, and tell the rest."""
    part = Part(f"the line, restored to an earlier point, {events:,} events")
    with told_of(part):
        await _restore(part, events // EVENTS_A_CASE // 3)
    return part


async def _restore(part: Part, cases: int) -> None:
    async with lined() as line:
        await line.tell(cases)
        known = {case: list(told) for case, told in line.told.items()}
        backup = line.home.parent / "backup"
        await _without_postgres(line, lambda data: _copied(data, backup))
        await line.tell(cases)
        await settle(line)
        lost = await line.head()
        for name in ("relay", *WORKERS):
            await line.servers.stop_child(name)
        restored = time.monotonic()
        await _without_postgres(line, lambda data: _copied(backup, data))
        await line.query(RESTORED)
        line.told = known
        line.poisoned &= known.keys()
        at = await line.head()
        for name in ("relay", *WORKERS):
            await line.servers.start_child(name)
        await settle(line)
        took = round(time.monotonic() - restored, 2)
        part.hits.append(
            Hit("the store", "restored", f"from position {lost} to {at}", f"{lost - at} events lost", took)
        )
        await line.tell(cases)
        await look_at_all(line, part)


async def _without_postgres(line: Line, do: Callable[[Path], None]) -> None:
    """Kill the server, do something with its files, and start it again where it was."""
    postgres = line.servers.postgres
    if postgres is None:
        raise AssertionError("not run: a server that was named is not ours to restore")
    line.servers._keeping.resting.add("PostgreSQL")
    await postgres.kill()
    await asyncio.to_thread(do, _data(postgres))
    await postgres.start()
    line.servers._keeping.resting.discard("PostgreSQL")
    await patiently(line.head)


def _data(postgres: Postgres) -> Path:
    return lodge(postgres.home, installed_binaries(), postgres.tell).folder / "data"


def _copied(source: Path, target: Path) -> None:
    """With owners and rights, in the place of what was there."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)  # noqa: S603, S607  (a fixed command)
