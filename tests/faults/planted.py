"""Bugs planted in a copy of the source: each protection switched off in turn must make the suite fail.

Nothing of this is in the product. The copy lies in a temporary folder, one text in it is replaced, and the suite's part
`bus` is run from there, as anybody would run it.
"""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.faults.report import Part, Report, told_of

PROJECT = Path(__file__).parents[2]
COPIED = ("shared", "deploy", "tests/faults")
RUN_SECONDS_MAX = 900.0
AT_ONCE = 2  # Each mostly waits for a group to notice that somebody is gone.


@dataclass(frozen=True)
class Bug:
    """A protection, and how it is switched off: in this file, this text becomes that."""

    protection: str
    changes: tuple[tuple[str, str, str], ...]


BUGS = (
    Bug("the lock in append", (("shared/casestore/schema.sql", "perform pg_advisory_xact_lock(727001);", ""),)),
    Bug(
        "counted as handled only after the work",
        (
            (
                "shared/bus/consumer.py",
                "        if streams:\n            parked, now = await",
                "        await self._counted.count(then)\n        if streams:\n            parked, now = await",
            ),
        ),
    ),
    Bug(
        "(handler, cause)",
        (
            ("shared/casestore/schema.sql", "if 0 < any (versions) then", "if false then"),
            ("shared/casestore/schema.sql", "create unique index events_by_cause", "create index events_by_cause"),
            ("shared/casestore/store.py", "        if own:\n", "        if False:\n"),
        ),
    ),
    Bug(
        "streams relied on",
        (
            (
                "shared/casestore/store.py",
                "relied = [OnStream(each, version) for each, version in self._seen.items() if each not in wanted]",
                "relied: list[OnStream] = []",
            ),
        ),
    ),
    Bug(
        "what follows a parked event is parked",
        (
            ("shared/bus/doing.py", "                parked_from = parked_from or one.position\n", ""),
            ("shared/bus/doing.py", "wrong = FOLLOWS if is_parked else one.unread", "wrong = one.unread"),
        ),
    ),
    Bug("a jump in positions is not passed over", (("shared/bus/message.py", "if each.before > at:", "if False:"),)),
)


async def run(seed: int) -> Part:
    """The suite without a bug, which must pass, and with each, which must fail."""
    part = Part("planted bugs")
    with told_of(part):
        await _planted(part, seed)
    return part


async def _planted(part: Part, seed: int) -> None:
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(bug: Bug | None) -> list[str]:
        async with limit:
            wrong = await found_with(bug, seed)
            print(f"  {_noted(bug, wrong)}", file=sys.stderr)
            return wrong

    tried = (None, *BUGS)
    for bug, wrong in zip(tried, await asyncio.gather(*map(one, tried)), strict=True):
        part.notes.append(_noted(bug, wrong))
        if bug is None and wrong:
            part.wrong.append(f"without a planted bug: {wrong[0]}")
        elif bug is not None and not wrong:
            part.wrong.append(f"not noticed without: {bug.protection}")


def _noted(bug: Bug | None, wrong: list[str]) -> str:
    told = f"{wrong[0]} ({len(wrong)} in all)" if wrong else "nothing found"
    return f"switched off: {bug.protection if bug else 'nothing'}: {told}"


async def found_with(bug: Bug | None, seed: int) -> list[str]:
    """What the suite finds wrong; a fault that hit nobody is no finding."""
    copy = Path(tempfile.mkdtemp(prefix="sovinto-planted-"))
    try:
        await asyncio.to_thread(plant, copy, bug)
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults", "bus", "--seed", str(seed), "--json",
            cwd=copy, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            answer, said = await asyncio.wait_for(running.communicate(), RUN_SECONDS_MAX)
        except TimeoutError:
            running.terminate()
            await running.wait()
            return [f"not done after {RUN_SECONDS_MAX:.0f} s"]
    finally:
        await asyncio.to_thread(shutil.rmtree, copy)
    try:
        report = msgspec.json.decode(answer, type=Report)
    except msgspec.DecodeError:
        return [f"it ended with {running.returncode}: {said.decode().strip().splitlines()[-1:]}"]
    return [wrong for part in report.parts for wrong in part.wrong if " times of " not in wrong]


def plant(copy: Path, bug: Bug | None) -> None:
    """A copy of the source with the bug in it. Raises ValueError where the text to be replaced is not there once."""
    for name in COPIED:
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, was, now in bug.changes if bug else ():
        path = copy / name
        text = path.read_text(encoding="utf-8")
        if text.count(was) != 1:
            raise ValueError(
                f"{name} holds {text.count(was)} times what {bug.protection if bug else ''} changes: {was}"
            )
        path.write_text(text.replace(was, now), encoding="utf-8")
