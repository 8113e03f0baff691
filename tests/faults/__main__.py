"""`make faults`: the whole suite, or the parts named; ends with 1 where anything was lost, doubled or not put right."""

import argparse
import asyncio
import logging
import sys

import msgspec

from tests.faults import line_runs, planted, restoring, sharing, whole
from tests.faults.report import Part, Report, show


async def suite(seed: int, parts: list[str], minutes: float, *, quiet: bool) -> Report:
    """Every part in turn, each told as soon as it has ended."""
    report = Report(seed)
    for name in parts:
        part = await PARTS[name](seed, minutes)
        report.parts.append(part)
        if not quiet:
            show(part)
    return report


async def killed(seed: int, minutes: float) -> Part:
    return await whole.run(seed, cases=30, days=20, at_random=4, seconds_max=minutes * 60)


async def line_small(seed: int, minutes: float) -> Part:
    return await line_runs.run(seed, 20, line_runs.all_aims())


async def line_large(seed: int, minutes: float) -> Part:
    return await line_runs.run(seed, 20_000, line_runs.all_aims())


async def bad_bus(seed: int, minutes: float) -> Part:
    return await line_runs.run(seed, 600, line_runs.few_aims(), noise=str(seed))


async def bad_wires(seed: int, minutes: float) -> Part:
    return await line_runs.run(seed, 600, line_runs.wire_aims(), wired=True)


async def shared(seed: int, minutes: float) -> Part:
    return await sharing.run(1_200)


async def restored(seed: int, minutes: float) -> Part:
    return await restoring.run(1_200)


async def jumps(seed: int, minutes: float) -> Part:
    return await whole.run_clock(seed, cases=12, days=10)


async def bugs(seed: int, minutes: float) -> Part:
    return await planted.run(seed)


PARTS = {
    "line": line_small,
    "load": line_large,
    "bus": bad_bus,
    "wires": bad_wires,
    "sharing": shared,
    "restore": restored,
    "platform": killed,
    "clock": jumps,
    "planted": bugs,
}


def main() -> int:
    ask = argparse.ArgumentParser(prog="make faults", description=__doc__)
    ask.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"of {', '.join(PARTS)}; all where none is named")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--minutes", type=float, default=25, help="how long a part goes on looking for moments to hit")
    ask.add_argument("--json", action="store_true", help="print one JSON document at the end")
    told = ask.parse_args()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # That the server went away is what we wanted.
    report = asyncio.run(suite(told.seed, told.parts or list(PARTS), told.minutes, quiet=told.json))
    if told.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    return 0 if report.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
