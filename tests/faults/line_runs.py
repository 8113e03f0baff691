"""The line under its faults: killed at every step, at two sizes; and behind a bus that loses, repeats and reorders."""

import asyncio
import random
import time
import traceback
from collections import Counter

from tests.faults.hitting import Aim, hit, tell
from tests.faults.line import EVENTS_A_CASE, GATES, Line, lined, wrongs
from tests.faults.report import Part
from tests.faults.steps import APPEND, COUNTING, HEARD, LOADING, READING, SENT
from tests.faults.truth import GAPS, chain

WORKERS = ("intake", "contact")
STOPPED_GATES = GATES // 2
TRIES_MAX = 4  # Of catching somebody.


def all_aims() -> list[Aim]:
    """Each service at each of its steps, the relay and both servers three times."""
    wanted = [Aim(each, step.of(each), each) for each in WORKERS for step in (HEARD, LOADING, APPEND, COUNTING)]
    wanted += [Aim("relay", step, "relay") for step in (READING, SENT, SENT)]
    wanted += [Aim("PostgreSQL", step.of(who), who) for who, step in (("", APPEND), ("", APPEND), ("relay", SENT))]
    steps = (("intake", COUNTING), ("contact", HEARD), ("relay", SENT))
    return wanted + [Aim("broker", step.of(who), who) for who, step in steps]


def few_aims() -> list[Aim]:
    """What shows whether each protection is there."""
    return [Aim("intake", LOADING.of("intake"), "intake"), Aim("contact", COUNTING.of("contact"), "contact")]


async def run(seed: int, events: int, wanted: list[Aim], noise: str = "") -> Part:
    """Tell so much as makes these events, hit everybody meanwhile, and look at what came of it."""
    rng = random.Random(f"line {seed} {events}")  # noqa: S311  (the order of faults, not a secret)
    rng.shuffle(wanted)
    part = Part(f"the line{', a bad bus' if noise else ''}, {events:,} events")
    began = time.monotonic()
    try:
        async with lined(noise) as line:
            await _all(line, events, wanted, rng, part)
            part.events = await line.head()
    except Exception as failed:  # It is told with the rest, for the report is what people read.
        traceback.print_exc()
        part.wrong.append(f"it did not get to its end: {type(failed).__name__}: {failed}")
    part.wrong += part.lacks(Counter(aim.what for aim in wanted))
    part.seconds = time.monotonic() - began
    return part


async def _all(line: Line, events: int, wanted: list[Aim], rng: random.Random, part: Part) -> None:
    cases = events // EVENTS_A_CASE
    for number, aim in enumerate(wanted):
        share = cases * (number + 1) // len(wanted) - cases * number // len(wanted)
        await _one(line, aim, max(1, share), number, rng, part)
    await _settle(line)
    part.wrong += await line.heal()
    await _settle(line)
    part.wrong += [row["what"] for row in await line.query(GAPS)] + await chain(line.url) + await wrongs(line)


async def _one(line: Line, aim: Aim, cases: int, number: int, rng: random.Random, part: Part) -> None:
    """One slice of the load, with one fault in it and, for some, a gate that is stopped."""
    over = asyncio.Event()
    telling = asyncio.create_task(_tell(line, cases, over))
    try:
        for _ in range(TRIES_MAX):
            done = await hit(line, aim, rng, over)
            if done is not None:
                part.hits.append(done)
                tell(done)
                break
        if number < STOPPED_GATES:
            await line.stop_gate(number)
    finally:
        over.set()
    await telling


async def _tell(line: Line, cases: int, over: asyncio.Event) -> None:
    """So many cases, and then one after the other until it is over, so that there is something to hit."""
    await line.tell(cases)
    while not over.is_set():
        await line.tell(1)


async def _settle(line: Line) -> None:
    await line.recovered(await line.head())
