"""Each service as one process, as three, and as one again, under load: who leaves is killed, or goes in order."""

import asyncio
import time

from tests.faults.line import EVENTS_A_CASE, Line, lined, worker
from tests.faults.line_runs import WORKERS, look_at_all, settle
from tests.faults.report import Hit, Part, told_of
from tests.faults.stage import RECOVERY_SECONDS_MAX, kill
from tests.faults.steps import BEHIND

JOINED = '"event": "in the group"'


async def run(events: int, *, real: bool = False) -> Part:
    """Tell a third with one process each, a third while two more join, and a third while these go."""
    on = " on real Kafka" if real else ""
    part, cases = Part(f"the line{on}, one process, three and one again, {events:,} events"), events // EVENTS_A_CASE
    with told_of(part):
        await _share(part, cases, real=real)
    return part


async def _share(part: Part, cases: int, *, real: bool) -> None:
    async with lined(real=real) as line:
        await line.tell(cases // 3)
        telling = asyncio.create_task(line.tell(cases // 3))
        part.hits += [await more(line, service) for service in WORKERS]
        await telling
        telling = asyncio.create_task(line.tell(cases - 2 * (cases // 3)))
        part.hits += [await fewer(line, service) for service in WORKERS]
        await telling
        await look_at_all(line, part)


async def more(line: Line, service: str) -> Hit:
    """Two more processes join the group."""
    began, unfinished = time.monotonic(), await _unfinished(line, service)
    names = [f"{service}-{number}" for number in (2, 3)]
    for name in names:
        line.servers.children[name] = worker(name, service, line.servers, line.installed)
        await line.servers.start_child(name)
    deadline = time.monotonic() + RECOVERY_SECONDS_MAX
    for name in names:
        while JOINED not in (line.home / "logs" / f"{name}.log").read_text():
            if time.monotonic() > deadline:
                raise AssertionError(f"{name} was not in its group after {RECOVERY_SECONDS_MAX:.0f} s")
            await asyncio.sleep(0.1)
    await settle(line)
    return Hit(service, "one process, then three", "joining", unfinished, round(time.monotonic() - began, 2))


async def fewer(line: Line, service: str) -> Hit:
    """One of the three is killed and one goes in order."""
    began, unfinished = time.monotonic(), await _unfinished(line, service)
    kill(line.pid(f"{service}-2"))
    await line.servers.stop_child(f"{service}-3")
    await settle(line)
    return Hit(service, "three processes, then one", "leaving", unfinished, round(time.monotonic() - began, 2))


async def _unfinished(line: Line, service: str) -> str:
    [row] = await line.query(BEHIND, service)
    return f"{row['count']} partitions with unfinished messages"
