"""Somebody is killed, and it counts: it had a message unfinished or an append open, at a step that is known."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from shared.casestore.install import role_of
from tests.faults import steps
from tests.faults.report import Hit
from tests.faults.stage import AWAY, Rig, kill, patiently
from tests.faults.steps import Caught, Step, caught

SERVERS = ("PostgreSQL", "broker")
OPPORTUNITY_SECONDS_MAX = 20.0  # Then somebody else is tried first.
RANDOM_TRIES = 400


@dataclass(frozen=True)
class Aim:
    """Who is to be killed, and caught by whose step."""

    what: str
    step: Step | None  # None: at random.
    who: str = ""


async def hit(rig: Rig, aim: Aim, rng: random.Random, done: asyncio.Event | None = None) -> Hit | None:
    """Kill once, and see it come back. `done` is set as soon as it is killed. None: nothing was in hand in time."""
    try:
        if aim.step is None:
            found = await _kill_at_random(rig, aim.what, rng)
        else:
            async with caught(rig.url, aim.who, aim.step, OPPORTUNITY_SECONDS_MAX) as found:
                if found is not None:
                    await _end(rig, aim.what)
    except AWAY:
        return None
    if found is None:
        return None
    if done is not None:
        done.set()
    began = time.monotonic()
    await rig.is_up(aim.what)
    await rig.recovered(await rig.head(), "" if aim.what in SERVERS else aim.what)
    fault = "SIGKILL at random" if aim.step is None else "SIGKILL"
    return Hit(aim.what, fault, found.step, found.in_hand, round(time.monotonic() - began, 2))


async def _end(rig: Rig, what: str) -> None:
    if what == "PostgreSQL":
        assert rig.servers.postgres is not None
        await rig.servers.postgres.kill()
    elif what == "broker":
        assert rig.servers.broker is not None
        await rig.servers.broker.kill()
    else:
        kill(rig.pid(what))


async def _kill_at_random(rig: Rig, what: str, rng: random.Random) -> Caught | None:
    """Stop it at some moment, look what it has in hand, and kill it, or let it go on where it has nothing."""
    for _ in range(RANDOM_TRIES):
        await asyncio.sleep(rng.uniform(0, 0.05))
        pid = rig.pid(what)
        if not pid:
            continue
        os.kill(pid, signal.SIGSTOP)
        try:
            found = await _seen(rig, what)
            if found.counts:
                kill(pid)
                return found
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    return None


async def _seen(rig: Rig, what: str) -> Caught:
    """What a stopped process has in hand, and what it last asked the database."""
    sql = """select split_part(ltrim(query, E' \\n'), E'\\n', 1) as said from pg_stat_activity
             where usename = $1 and state <> 'idle' limit 1"""
    doing: Sequence[object] = await rig.query(sql, role_of(what))
    step = f"stopped while the server ran: {doing[0]['said'][:60]}" if doing else "between two questions to the store"  # type: ignore[index]

    async def ask() -> Caught:
        connection = await steps.connected(rig.url)
        try:
            return await steps.in_hand(connection, what, step)
        finally:
            await connection.close(timeout=5)

    found: Caught = await patiently(ask)
    return found


def tell(done: Hit) -> None:
    """Say it at once, for whoever watches."""
    print(f"  {done.what} {done.fault}: {done.step}; back after {done.recovered_seconds:.1f} s", file=sys.stderr)
