"""The whole platform under a portfolio's life while its processes and servers are killed, one after the other.

The world goes on meanwhile: it asks again with the same ids until it is answered. At the end everything that must be
true is looked at, and each life is held against the same life on a platform that nothing was done to.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from deploy.demo import day
from deploy.demo.play import Asked
from shared.tasks import ended
from tests.faults.hitting import FORGETS, hit, hit_at_random, ours, tell
from tests.faults.report import Hit, Part, told_of
from tests.faults.stage import Stage, people, staged
from tests.faults.steps import (
    APPEND,
    COUNTING,
    HEARD,
    LOADING,
    PAYING,
    READING,
    SENT,
    SHOWING,
    SIGNING,
    UNSIGNED,
    Aim,
    How,
    Step,
    caught,
)  # fmt: skip
from tests.faults.truth import Life, differences, lives, wrongs

CLOCK_OPPORTUNITY_SECONDS_MAX = 120.0
PROOF_EVERY_SECONDS = 2.0
CONSUMERS = ("intake", "contact", "plans", "settlement")
CASES, DAYS = 90, 240  # Some are handed over on most days until the 144th: nobody is without work for long.
CLOCK_CASES, CLOCK_DAYS = 12, 20


def aims(rng: random.Random, *, real: bool = False) -> list[Aim]:
    """Everybody three times at steps of their own, in an order of chance. Where Kafka is real, everybody once at each
    of them, and the broker comes back with what it held, and once with all forgotten."""
    wanted = [Aim(each, step.of(each), each) for each in CONSUMERS for step in (LOADING, APPEND, COUNTING)]
    wanted += [Aim("settlement", PAYING, "settlement")]
    wanted += [Aim("gateway", step.of("gateway"), "gateway") for step in (SHOWING, SHOWING, APPEND)]
    wanted += [Aim("relay", step, "relay") for step in (READING, SENT, SENT)]
    wanted += [Aim("notary", step, "notary") for step in (UNSIGNED, SIGNING, SIGNING)]
    wanted += [Aim("PostgreSQL", step.of(who), who) for who, step in (("", APPEND), ("", APPEND), ("relay", SENT))]
    wanted += [
        Aim("broker", step.of(who), who, "SIGKILL" if real else FORGETS)
        for who, step in (("settlement", COUNTING), ("contact", HEARD), ("relay", SENT))
    ]
    documents = (("contact", LOADING), ("intake", APPEND), ("settlement", LOADING))
    wanted += [Aim("documents' disk", step, who, "full") for who, step in documents]
    if real:
        wanted = [*dict.fromkeys(wanted), Aim("broker", COUNTING.of("contact"), "contact", FORGETS)]
    rng.shuffle(wanted)
    return wanted


def wire_aims(rng: random.Random) -> list[Aim]:
    """Every wire there is: to PostgreSQL and the broker, from the gateway to whom it asks, and to the providers."""
    hows: tuple[How, ...] = ("cut", "silent, then cut", "slow")
    steps = dict.fromkeys((*CONSUMERS, "gateway"), APPEND) | {"relay": SENT, "notary": UNSIGNED}
    wanted = [
        Aim(f"{who} to PostgreSQL", step, who, hows[number % 3], who)
        for number, (who, step) in enumerate(steps.items())
    ]
    asked: list[tuple[str, Step, How]] = [
        ("intake", APPEND, "cut"), ("settlement", APPEND, "silent, then cut"), ("contact", APPEND, "slow"),
        ("plans", APPEND, "cut"), ("notary", SIGNING, "silent, then cut"),
    ]  # fmt: skip
    wanted += [Aim(f"gateway to {who}", step, who, how, f"gateway to {who}", True) for who, step, how in asked]
    for whom, how in zip(("mail", "texts", "print house"), hows, strict=True):
        wanted.append(Aim(f"contact to {whom}", APPEND, "contact", how, f"contact to {whom}"))
    wanted += [Aim("all to the broker", SENT, "relay", how, "broker") for how in hows]
    rng.shuffle(wanted)
    return wanted


async def run(seed: int, at_random: int, seconds_max: float, *, wired: bool = False, real: bool = False) -> Part:
    """Play while everything is killed, or every wire cut; then play the same again in peace, and compare. In peace the
    broker is the embedded one: a life is the same on either."""
    rng = random.Random(f"faults {seed}")  # noqa: S311  (which process, not a secret)
    on = " on real Kafka" if real else ""
    part = Part(f"the whole platform{on}, {CASES} people, {'bad wires' if wired else 'killed'}")
    asked, wanted = people(CASES, DAYS, seed), wire_aims(rng) if wired else aims(rng, real=real)
    with told_of(part):
        began = time.monotonic()
        async with staged(asked, wired=wired, real=real) as stage:
            if stage.disk is None and not wired:
                part.notes.append("not run: a full disk (no file system could be mounted for the documents)")
                wanted = [aim for aim in wanted if aim.how != "full"]
            wanted = ours(stage, wanted, part.notes)
            played = await _played(stage, wanted, at_random, part, rng, began + seconds_max)
            part.wrong += await wrongs(stage)
            lived = await lives(stage)
            part.events = await stage.head()
        part.notes.append(f"{played} days, in {time.monotonic() - began:.0f} s, and then in peace")
        compare(part, lived, await undisturbed(asked, played))
    part.wrong += part.lacks((aim.what, aim.how, aim.step.name) for aim in wanted)
    return part


async def _played(
    stage: Stage, wanted: Sequence[Aim], at_random: int, part: Part, rng: random.Random, deadline: float
) -> int:
    """Let people live while everybody is hit. For how many days they did."""
    over = asyncio.Event()
    playing = asyncio.create_task(play(stage, over))
    try:
        async with _proofs_asked(stage):
            await _hit_all(stage, list(wanted), part, deadline, playing)
            await _hit_at_random(stage, at_random, part, rng)
            over.set()
            return await playing
    finally:
        await ended([playing])


def compare(part: Part, ours: Mapping[int, Life], peaceful: Mapping[int, Life]) -> None:
    """Hold each life against the undisturbed one."""
    found, excused = differences(ours, peaceful)
    part.wrong += found
    part.notes.append(f"{len(ours)} lives as in an undisturbed run, but for {excused} whose hand-over's end is unknown")


async def undisturbed(asked: Asked, played: int) -> Mapping[int, Life]:
    """The same lives for as many days, with nothing done to the platform."""
    async with staged(asked) as stage:
        for number in range(played):
            await day.live(stage.scene, stage.scene.first_day + timedelta(days=number))
        await stage.scene.sovinto.rest()
        return await lives(stage)


async def play(stage: Stage, over: asyncio.Event) -> int:
    """Live day after day until it is over. How many."""
    number = 0
    while not over.is_set():
        await day.live(stage.scene, stage.scene.first_day + timedelta(days=number))
        number += 1
    await stage.scene.sovinto.rest()
    return number


@asynccontextmanager
async def _proofs_asked(stage: Stage) -> AsyncIterator[None]:
    """Somebody asks for proofs all the time, so that the notary signs more often than once a minute."""

    async def ask() -> None:
        while True:
            await stage.proven()
            await asyncio.sleep(PROOF_EVERY_SECONDS)

    asking = asyncio.create_task(ask())
    try:
        yield
        if asking.done():
            asking.result()
    finally:
        await ended([asking])


async def _hit_all(stage: Stage, wanted: list[Aim], part: Part, deadline: float, playing: "asyncio.Task[int]") -> None:
    while wanted and time.monotonic() < deadline and not playing.done():
        found = await hit(stage, wanted)
        if found is None:
            continue
        wanted.remove(found[0])
        part.hits.append(found[1])
        tell(found[1])
    if playing.done():
        await playing  # It only ends before we let it when it failed.


async def _hit_at_random(stage: Stage, times: int, part: Part, rng: random.Random) -> None:
    """Anybody at any moment, as long as it has something in hand."""
    among: Sequence[str] = (*CONSUMERS, "gateway", "relay", "notary")
    for _ in range(times):
        done = await hit_at_random(stage, among, rng)
        if done is None:
            part.wrong.append("at random: nobody had anything in hand")
            continue
        part.hits.append(done)
        tell(done)


async def run_clock(seed: int) -> Part:
    """The store's clock jumps three days on, again and again, in the middle of work; and is asked to go back."""
    part = Part(f"the whole platform, {CLOCK_CASES} people, the clock jumps")
    wanted = [Aim("the clock", step) for step in (APPEND, LOADING, APPEND)]
    with told_of(part):
        async with staged(people(CLOCK_CASES, CLOCK_DAYS, seed)) as stage:
            over = asyncio.Event()
            playing = asyncio.create_task(play(stage, over))
            try:
                for aim in wanted:
                    await _jump(stage, aim, part)
                over.set()
                await playing
            finally:
                await ended([playing])
            part.wrong += await wrongs(stage)
            part.events = await stage.head()
    part.wrong += part.lacks((aim.what, "three days on", aim.step.name) for aim in wanted)
    return part


async def _jump(stage: Stage, aim: Aim, part: Part) -> None:
    async with caught(stage, [aim], CLOCK_OPPORTUNITY_SECONDS_MAX) as found:
        began = time.monotonic()
        [row] = await stage.query("select casestore.set_clock(casestore.clock() + interval '3 days') as now")
    if found is not None:
        await stage.recovered(await stage.head())
        took = round(time.monotonic() - began, 2)
        part.hits.append(Hit(aim.what, "three days on", found[1].step, found[1].in_hand, took))
    back = await stage.query("select casestore.set_clock(casestore.clock() - interval '5 days') as now")
    part.wrong += ["the clock went back"] if back[0]["now"] < row["now"] else []
