"""`make faults`: the whole suite, or the parts named; ends with 1 where anything was lost, doubled or not put right."""

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from deploy.kafka.archives import NotHad, fetched
from tests.faults import line_runs, planted, restoring, sharing, whole
from tests.faults.line_runs import all_aims, few_aims, wire_aims
from tests.faults.report import Part, Report, end, show

Run = Callable[[int, float], Awaitable[Part]]  # With this seed, looking for moments to hit for so many minutes.


async def suite(seed: int, parts: list[str], minutes: float, *, quiet: bool) -> Report:
    """Every part in turn, each told as soon as it has ended."""
    report, began = Report(seed), time.monotonic()
    for name in parts:
        part = await PARTS[name](seed, minutes)
        report.parts.append(part)
        if not quiet:
            show(part)
    report.seconds = time.monotonic() - began
    return report


def on_kafka(run: Run) -> Run:
    """The same part on an Apache Kafka of our own, where one can be had."""

    async def part(seed: int, minutes: float) -> Part:
        try:
            if os.environ.get("SOVINTO_KAFKA"):
                raise NotHad("SOVINTO_KAFKA names one, on which the other parts run")
            await asyncio.to_thread(fetched)
        except NotHad as why:
            return Part("the line on real Kafka", notes=[f"not run: real Kafka ({why})"])
        return await run(seed, minutes)

    return part


PARTS: Mapping[str, Run] = {
    "line": lambda seed, _: line_runs.run(seed, 20, all_aims()),
    "load": lambda seed, _: line_runs.run(seed, 20_000, all_aims()),
    "bus": lambda seed, _: line_runs.run(seed, 600, few_aims(), noise=str(seed)),
    "wires": lambda seed, _: line_runs.run(seed, 600, wire_aims(), wired=True),
    "sharing": lambda seed, _: sharing.run(1_200),
    "restore": lambda seed, _: restoring.run(1_200),
    "kafka-line": on_kafka(lambda seed, _: line_runs.run(seed, 20, all_aims(real=True), real=True)),
    "kafka-bus": on_kafka(lambda seed, _: line_runs.run(seed, 600, few_aims(), noise=str(seed), real=True)),
    "kafka-wires": on_kafka(lambda seed, _: line_runs.run(seed, 600, wire_aims(), wired=True, real=True)),
    "kafka-sharing": on_kafka(lambda seed, _: sharing.run(1_200, real=True)),
    "platform": lambda seed, minutes: whole.run(seed, at_random=4, seconds_max=minutes * 60),
    "clock": lambda seed, _: whole.run_clock(seed),
    "planted": lambda seed, _: planted.run(seed),
}


def main() -> int:
    ask = argparse.ArgumentParser(prog="make faults", description=__doc__)
    ask.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"of {', '.join(PARTS)}; all where none is named")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--minutes", type=float, default=15, help="how long the platform is looked at for moments to hit")
    ask.add_argument("--json", action="store_true", help="print one JSON document at the end")
    told = ask.parse_args()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # That the server went away is what we wanted.
    report = asyncio.run(suite(told.seed, told.parts or list(PARTS), told.minutes, quiet=told.json))
    if told.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        end(report)
    return 0 if report.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
