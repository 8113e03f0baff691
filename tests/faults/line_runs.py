"""The line under its faults: killed at every step, at two sizes; and behind a bus that loses, repeats and reorders."""

import asyncio
import json
import random
from uuid import UUID

from tests.faults.hitting import FORGETS, hit, ours, tell
from tests.faults.line import EVENTS_A_CASE, GATES, Line, lined, wrongs
from tests.faults.report import Part, told_of
from tests.faults.steps import APPEND, COUNTING, HEARD, LOADING, READING, SENT, Aim, How, Step, connected
from tests.faults.truth import GAPS, chain

WORKERS = ("intake", "contact")
STOPPED_GATES = GATES * 3 // 4
LOOK_SECONDS, LOOKS_MAX = 0.01, 2_000
COLLIDED = 'violates unique constraint "events'
TRIES_MAX = 8  # Of catching somebody.


def all_aims(*, real: bool = False) -> list[Aim]:
    """Each service at each of its steps, the relay and both servers three times; a real Kafka with what it holds kept,
    and with all forgotten."""
    wanted = [Aim(each, step.of(each), each) for each in WORKERS for step in (HEARD, LOADING, APPEND, COUNTING)]
    wanted += [Aim("relay", step, "relay") for step in (READING, SENT, SENT)]
    wanted += [Aim("PostgreSQL", step.of(who), who) for who, step in (("", APPEND), ("", APPEND), ("relay", SENT))]
    steps = (("intake", COUNTING), ("contact", HEARD), ("relay", SENT))
    hows: tuple[How, ...] = ("SIGKILL", FORGETS) if real else (FORGETS,)
    return wanted + [Aim("broker", step.of(who), who, how) for how in hows for who, step in steps]


def wire_aims() -> list[Aim]:
    """Every wire cut, silent and slow, while somebody at its end is in the middle of a step."""
    service: list[tuple[How, Step]] = [("cut", APPEND), ("silent, then cut", APPEND), ("slow", COUNTING)]
    wanted = [Aim(f"{who} to PostgreSQL", step.of(who), who, how, who) for who in WORKERS for how, step in service]
    relay: list[tuple[How, Step]] = [("cut", SENT), ("silent, then cut", READING), ("slow", SENT)]
    wanted += [Aim("relay to PostgreSQL", step, "relay", how, "relay") for how, step in relay]
    broker: list[tuple[str, How, Step]] = [
        ("relay", "cut", SENT), ("intake", "silent, then cut", COUNTING), ("contact", "slow", HEARD)
    ]  # fmt: skip
    return wanted + [Aim("all to the broker", step.of(who), who, how, "broker") for who, how, step in broker]


def few_aims() -> list[Aim]:
    """What shows whether each protection is there."""
    told = (("intake", LOADING), ("intake", COUNTING), ("intake", COUNTING), ("contact", COUNTING))
    return [Aim(who, step.of(who), who) for who, step in told]


async def run(
    seed: int, events: int, wanted: list[Aim], noise: str = "", *, wired: bool = False, real: bool = False
) -> Part:
    """Tell so much as makes these events, hit everybody meanwhile, and look at what came of it."""
    rng = random.Random(f"line {seed} {events}")  # noqa: S311  (the order of faults, not a secret)
    rng.shuffle(wanted)
    size = f"{events:,} events" if events > EVENTS_A_CASE else f"{EVENTS_A_CASE} events with each fault"
    on = " on real Kafka" if real else ""
    part = Part(f"the line{on}{', a bad bus' if noise else ''}{', bad wires' if wired else ''}, {size}")
    with told_of(part):
        async with lined(noise, wired=wired, real=real) as line:
            wanted = ours(line, wanted, part.notes)
            await _all(line, events, wanted, part)
            await look_at_all(line, part)
    part.wrong += part.lacks((aim.what, aim.how, aim.step.name) for aim in wanted)
    return part


async def _all(line: Line, events: int, wanted: list[Aim], part: Part) -> None:
    """Half of it in peace, with gates that are stopped while there is work behind them; then a share for each fault."""
    cases = events // EVENTS_A_CASE
    await asyncio.gather(line.tell(max(1, cases // 2)), _stop_gates(line))
    await settle(line)
    for aim in wanted:
        await _one(line, aim, max(1, cases // 2 // len(wanted)), part)
    await settle(line)
    while (missing := events - await line.head()) > 0:  # Behind the stopped gates less came of it.
        await line.tell(missing // EVENTS_A_CASE + 1)
        await settle(line)


async def _stop_gates(line: Line) -> None:
    """Each as soon as something was posted behind it, for then more is just being thought about; else after a while."""
    left = set(line.gates[:STOPPED_GATES])
    sql = "select distinct data from casestore.events where type = 'Posted'"
    db = await connected(line.url)
    try:
        for look in range(LOOKS_MAX):
            used = {UUID(json.loads(row["data"])["contact_id"]) for row in await db.fetch(sql)}
            now = left if look == LOOKS_MAX - 1 else left & used
            left -= now
            await asyncio.gather(*map(line.stop_gate, now))
            if not left:
                return
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await db.close(timeout=5)


async def _one(line: Line, aim: Aim, cases: int, part: Part) -> None:
    """A share of the load, with one fault in it."""
    over = asyncio.Event()
    telling = asyncio.create_task(_tell(line, cases, over))
    try:
        for _ in range(TRIES_MAX):
            found = await hit(line, [aim], over)
            if found is not None:
                part.hits.append(found[1])
                tell(found[1])
                break
    finally:
        over.set()
    await telling


async def _tell(line: Line, cases: int, over: asyncio.Event) -> None:
    """So many cases, and then one after the other until it is over, so that there is something to hit."""
    await line.tell(cases)
    while not over.is_set():
        await line.tell(1)


async def look_at_all(line: Line, part: Part) -> None:
    """Once all is heard, and what was parked after it: how many events there are, and what is wrong."""
    await settle(line)
    part.wrong += await line.heal()
    await settle(line)
    part.wrong += await everything_wrong(line)
    part.events = await line.head()


async def everything_wrong(line: Line) -> list[str]:
    """Of the store, and of what came of what was told."""
    return [row["what"] for row in await line.query(GAPS)] + await chain(line.url) + await wrongs(line) + collided(line)


def collided(line: Line) -> list[str]:
    """Appends that came to one position at the same time, as the server says: with the lock there is none."""
    log = line.home / "logs" / "postgresql.log"
    told = log.read_text(errors="replace") if log.exists() else ""
    return [f"two appends at once: {each}" for each in told.splitlines() if COLLIDED in each]


async def settle(line: Line) -> None:
    """Wait until all there is was sent and heard."""
    await line.recovered(await line.head())
