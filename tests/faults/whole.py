"""The whole platform under a portfolio's life while its processes and servers are killed, one after the other.

The world goes on meanwhile: it asks again with the same ids until it is answered. At the end everything that must be
true is looked at, and each life is held against the same life on a platform that nothing was done to.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from deploy.demo import day
from tests.faults.hitting import Aim, hit, ours, tell
from tests.faults.report import Hit, Part
from tests.faults.stage import Stage, people, staged
from tests.faults.steps import APPEND, COUNTING, HEARD, LOADING, READING, SENT, SHOWING, caught
from tests.faults.truth import Life, differences, lives, wrongs

CLOCK_OPPORTUNITY_SECONDS_MAX = 120.0
CONSUMERS = ("intake", "contact", "plans", "settlement")


def aims(rng: random.Random, at_random: int) -> list[Aim]:
    """Everybody three times at steps of their own, and then at random, in an order of chance."""
    wanted = [Aim(each, step.of(each), each) for each in CONSUMERS for step in (LOADING, APPEND, COUNTING)]
    wanted += [Aim("gateway", step.of("gateway"), "gateway") for step in (SHOWING, SHOWING, APPEND)]
    wanted += [Aim("relay", step, "relay") for step in (READING, SENT, SENT)]
    wanted += [Aim("PostgreSQL", step.of(who), who) for who, step in (("", APPEND), ("", APPEND), ("relay", SENT))]
    wanted += [
        Aim("broker", step.of(who), who)
        for who, step in (("settlement", COUNTING), ("contact", HEARD), ("relay", SENT))
    ]
    wanted += [Aim(rng.choice((*CONSUMERS, "gateway", "relay")), None) for _ in range(at_random)]
    rng.shuffle(wanted)
    return wanted


async def run(seed: int, cases: int, days: int, at_random: int, seconds_max: float) -> Part:
    """Play while everything is killed; then play the same again in peace, and compare."""
    rng = random.Random(f"faults {seed}")  # noqa: S311  (which process, not a secret)
    part, began = Part(f"the whole platform, {cases} people, killed"), time.monotonic()
    asked = people(cases, seed)
    wanted = aims(rng, at_random)
    async with staged(asked) as stage:
        if stage.disk is None:
            part.notes.append("not run: a full disk (no file system could be mounted for the documents)")
        else:
            full = Aim("documents' disk", LOADING, "contact", "full")
            wanted += [full, replace(full, step=APPEND, who="intake"), replace(full, who="settlement")]
        wanted = sorted(
            ours(stage, wanted, part.notes), key=lambda aim: aim.who != "intake"
        )  # It has work only at first.
        over = asyncio.Event()
        playing = asyncio.create_task(play(stage, days, over))
        try:
            await _kill_all(stage, list(wanted), part, rng, began + seconds_max, playing)
        finally:
            over.set()
        played = await playing
        part.wrong += await wrongs(stage)
        lived = await lives(stage)
        part.events = await stage.head()
    part.wrong += part.lacks(Counter(aim.what for aim in wanted if aim.step is not None))
    compare(part, lived, await undisturbed(seed, cases, played))
    part.seconds = time.monotonic() - began
    return part


def compare(part: Part, ours: Mapping[int, Life], peaceful: Mapping[int, Life]) -> None:
    """Hold each life against the undisturbed one."""
    found, excused = differences(ours, peaceful)
    part.wrong += found
    part.notes.append(f"{len(ours)} lives as in an undisturbed run, but for {excused} whose hand-over's end is unknown")


async def undisturbed(seed: int, cases: int, played: int) -> Mapping[int, Life]:
    """The same lives for as many days, with nothing done to the platform."""
    async with staged(people(cases, seed)) as stage:
        for number in range(played):
            await day.live(stage.scene, stage.scene.first_day + timedelta(days=number))
        await stage.scene.sovinto.rest()
        return await lives(stage)


async def play(stage: Stage, days: int, over: asyncio.Event) -> int:
    """Live day after day until it is over, and so many at least. How many."""
    number = 0
    while number < days or not over.is_set():
        await day.live(stage.scene, stage.scene.first_day + timedelta(days=number))
        number += 1
    await stage.scene.sovinto.rest()
    return number


async def _kill_all(
    stage: Stage, wanted: list[Aim], part: Part, rng: random.Random, deadline: float, playing: "asyncio.Task[int]"
) -> None:
    while wanted and time.monotonic() < deadline and not playing.done():
        aim = wanted.pop(0)
        done = await hit(stage, aim, rng)
        if done is None:
            wanted.append(aim)
        else:
            part.hits.append(done)
            tell(done)
    if playing.done():
        await playing  # It only ends before we let it when it failed.


async def run_clock(seed: int, cases: int, days: int) -> Part:
    """The store's clock jumps three days on, again and again, in the middle of work; and is asked to go back."""
    part, began = Part(f"the whole platform, {cases} people, the clock jumps"), time.monotonic()
    async with staged(people(cases, seed)) as stage:
        over = asyncio.Event()
        playing = asyncio.create_task(play(stage, days, over))
        for step in (APPEND, LOADING, APPEND):
            async with caught(stage.url, "", step, CLOCK_OPPORTUNITY_SECONDS_MAX) as found:
                jump = time.monotonic()
                [row] = await stage.query("select casestore.set_clock(casestore.clock() + interval '3 days') as now")
            if found is not None:
                await stage.recovered(await stage.head())
                part.hits.append(
                    Hit("the clock", "three days on", step.name, found.in_hand, round(time.monotonic() - jump, 2))
                )
            back = await stage.query("select casestore.set_clock(casestore.clock() - interval '5 days') as now")
            part.wrong += ["the clock went back"] if back[0]["now"] < row["now"] else []
        over.set()
        await playing
        part.wrong += await wrongs(stage)
        part.events = await stage.head()
    part.wrong += part.lacks(Counter({"the clock": 3}))
    part.seconds = time.monotonic() - began
    return part
