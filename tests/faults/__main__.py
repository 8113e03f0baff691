"""`make faults`: the whole suite, or the parts named; ends with 1 where anything was lost, doubled or not put right."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from deploy import keeping
from deploy.kafka.archives import NotHad, fetched
from tests.faults import line_runs, planted, restoring, sharing, whole
from tests.faults.line_runs import all_aims, few_aims, wire_aims
from tests.faults.report import Part, Report, end, show

AT_ONCE = 3
PART_SECONDS_MAX = 1_800.0
Run = Callable[[int, float], Awaitable[Part]]  # With this seed, looking for moments to hit for so many minutes.


async def suite(seed: int, parts: list[str], minutes: float, *, quiet: bool) -> Report:
    """Each part as a process of its own, three at a time, for they mostly wait; told as soon as it has ended."""
    report, began, limit = Report(seed), time.monotonic(), asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Part:
        async with limit:
            part = await _apart(name, seed, minutes)
        if not quiet:
            show(part)
        return part

    report.parts += await asyncio.gather(*map(one, parts))
    report.seconds = time.monotonic() - began
    return report


async def _apart(name: str, seed: int, minutes: float) -> Part:
    asked = (name, "--seed", str(seed), "--minutes", str(minutes), "--json")
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults", *asked, stdout=asyncio.subprocess.PIPE
    )
    try:
        answer, _ = await asyncio.wait_for(running.communicate(), PART_SECONDS_MAX)
        [part] = msgspec.json.decode(answer, type=Report).parts
    except TimeoutError:
        return Part(name, wrong=[f"it was not done after {PART_SECONDS_MAX:.0f} s"])
    except msgspec.DecodeError:
        return Part(name, wrong=[f"it ended with {running.returncode} and no report"])
    finally:
        if running.returncode is None:
            running.send_signal(signal.SIGINT)  # It puts away what it made.
            await running.wait()
    return part


async def alone(seed: int, name: str, minutes: float) -> Report:
    """One part in this process."""
    part = await PARTS[name](seed, minutes)
    return Report(seed, [part], part.seconds)


def on_kafka(run: Run) -> Run:
    """The same part on an Apache Kafka of our own, where one can be had."""

    async def part(seed: int, minutes: float) -> Part:
        try:
            if os.environ.get("SOVINTO_KAFKA"):
                raise NotHad("SOVINTO_KAFKA names one, on which the other parts run")
            await asyncio.to_thread(fetched)
        except NotHad as why:
            return Part("on real Kafka", notes=[f"not run: real Kafka ({why})"])
        return await run(seed, minutes)

    return part


PARTS: Mapping[str, Run] = {  # The longest first.
    "platform": lambda seed, minutes: whole.run(seed, at_random=4, seconds_max=minutes * 60),
    "kafka-platform": on_kafka(lambda seed, minutes: whole.run(seed, at_random=2, seconds_max=minutes * 60, real=True)),
    "load": lambda seed, _: line_runs.run(seed, 20_000, all_aims()),
    "platform-wires": lambda seed, minutes: whole.run(seed, at_random=0, seconds_max=minutes * 60, wired=True),
    "planted": lambda seed, _: planted.run(seed),
    "line": lambda seed, _: line_runs.run(seed, 20, all_aims()),
    "kafka-line": on_kafka(lambda seed, _: line_runs.run(seed, 20, all_aims(real=True), real=True)),
    "wires": lambda seed, _: line_runs.run(seed, 600, wire_aims(), wired=True),
    "kafka-wires": on_kafka(lambda seed, _: line_runs.run(seed, 600, wire_aims(), wired=True, real=True)),
    "clock": lambda seed, _: whole.run_clock(seed),
    "bus": lambda seed, _: line_runs.run(seed, 600, few_aims(), noise=str(seed)),
    "kafka-bus": on_kafka(lambda seed, _: line_runs.run(seed, 600, few_aims(), noise=str(seed), real=True)),
    "sharing": lambda seed, _: sharing.run(1_200),
    "kafka-sharing": on_kafka(lambda seed, _: sharing.run(1_200, real=True)),
    "restore": lambda seed, _: restoring.run(1_200),
}


def main() -> int:
    ask = argparse.ArgumentParser(prog="make faults", description=__doc__)
    ask.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"of {', '.join(PARTS)}; all where none is named")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--minutes", type=float, default=15, help="how long the platform is looked at for moments to hit")
    ask.add_argument("--json", action="store_true", help="print one JSON document at the end")
    told = ask.parse_args()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # That the server went away is what we wanted.
    keeping.STEADY_SECONDS = 0.0  # Everybody ends again and again here: that each is waited for longer proves nothing.
    parts = told.parts or list(PARTS)
    if len(parts) == 1:
        report = asyncio.run(alone(told.seed, parts[0], told.minutes))
        if not told.json:
            show(report.parts[0])
    else:
        report = asyncio.run(suite(told.seed, parts, told.minutes, quiet=told.json))
    if told.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        end(report)
    return 0 if report.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
