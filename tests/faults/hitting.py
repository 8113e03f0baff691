"""Somebody is killed, and it counts: it had a message unfinished or an append open, at a step that is known."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from shared.casestore.install import role_of
from tests.faults import steps
from tests.faults.report import Hit
from tests.faults.stage import AWAY, Rig, kill, patiently
from tests.faults.steps import Aim, Caught, How, caught

OPPORTUNITY_SECONDS_MAX = 20.0
RANDOM_TRIES = 400
FORGETS: How = "SIGKILL, all forgotten"
WIRE_SECONDS = 8.0  # Slow or silent for so long: a broker gives a silent member up after six.


def ours(rig: Rig, wanted: Sequence[Aim], notes: list[str]) -> list[Aim]:
    """Those that can be aimed at: a server that was named from outside is not ours to kill."""
    named = {"PostgreSQL": rig.servers.postgres, "broker": rig.servers.broker}
    notes += [f"not run: {what} killed (it was named from outside)" for what, server in named.items() if server is None]
    return [aim for aim in wanted if named.get(aim.what, aim) is not None]


async def hit(rig: Rig, wanted: Sequence[Aim], done: asyncio.Event | None = None) -> tuple[Aim, Hit] | None:
    """Hit whoever of those comes first to where it is wanted, and see all come back. `done` is set as soon as it is
    hit. None: nobody came there with something in hand in time."""
    try:
        async with caught(rig, wanted, OPPORTUNITY_SECONDS_MAX) as found:
            if found is not None:
                await HITS[found[0].how](rig, found[0])
    except AWAY as away:
        missed(wanted, type(away).__name__)
        return None
    if found is None:
        missed(wanted, "nobody came in time")
        return None
    if done is not None:
        done.set()
    aim, had = found
    return aim, await _back(rig, aim.what, aim.how, had)


async def hit_at_random(rig: Rig, among: Sequence[str], rng: random.Random) -> Hit | None:
    """Kill one of these at some moment. None: none of them had anything in hand."""
    try:
        found = await _kill_at_random(rig, among, rng)
    except AWAY:
        return None
    return None if found is None else await _back(rig, found[0], "SIGKILL at random", found[1])


async def _back(rig: Rig, what: str, fault: str, had: Caught) -> Hit:
    """See it come back, and all that there was before done."""
    began = time.monotonic()
    while rig.later:
        await rig.later.pop()
    await rig.is_up(what)
    await rig.recovered(await rig.head(), what if what in rig.servers.children else "")
    return Hit(what, fault, had.step, had.in_hand, round(time.monotonic() - began, 2))


async def _end(rig: Rig, aim: Aim) -> None:
    what = aim.what
    if what == "PostgreSQL":
        assert rig.servers.postgres is not None
        await rig.servers.postgres.kill()
    elif what == "broker":
        await _end_broker(rig, forgets=aim.how == FORGETS)
    else:
        kill(rig.pid(what))
        if aim.step.is_unsaid:
            await rig.query(steps.END, role_of(what), aim.step.query)


async def _end_broker(rig: Rig, *, forgets: bool) -> None:
    """A real Kafka keeps what it holds, and is made to forget it where that is the fault; the embedded one forgets."""
    assert rig.servers.broker is not None
    if not forgets or rig.kafka is None:
        await rig.servers.broker.kill()
        return
    rig.servers._keeping.resting.add("broker")
    await rig.kafka.kill()
    await rig.kafka.forget()
    rig.servers._keeping.resting.discard("broker")


async def _on_wire(rig: Rig, aim: Aim) -> None:
    """Cut the wire now, or let it be slow or silent for a while."""
    wire = rig.wires[aim.wire]
    if aim.how == "cut":
        wire.cut()
        return
    wire.become("slow" if aim.how == "slow" else "silent")

    async def end() -> None:
        await asyncio.sleep(WIRE_SECONDS)
        if aim.how == "slow":
            wire.become("through")
        else:
            wire.cut()

    rig.later.append(asyncio.create_task(end()))


async def _kill_at_random(rig: Rig, among: Sequence[str], rng: random.Random) -> tuple[str, Caught] | None:
    """Stop one at some moment, look what it has in hand, and kill it, or let it go on where it has nothing."""
    for _ in range(RANDOM_TRIES):
        await asyncio.sleep(rng.uniform(0, 0.05))
        what = rng.choice(among)
        pid = rig.pid(what)
        if not pid:
            continue
        os.kill(pid, signal.SIGSTOP)
        try:
            found = await _seen(rig, what)
            if found.counts:
                kill(pid)
                return what, found
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
            return await steps.in_hand(rig, connection, what, step)
        finally:
            await connection.close(timeout=5)

    found: Caught = await patiently(ask)
    return found


async def _fill(rig: Rig, _: Aim) -> None:
    """Documents cannot be written for a while."""
    disk = rig.disk
    if disk is None:
        raise AssertionError("the documents have no disk of their own to be filled")
    await asyncio.to_thread(disk.fill)

    async def end() -> None:
        await asyncio.sleep(WIRE_SECONDS)
        await asyncio.to_thread(disk.free)

    rig.later.append(asyncio.create_task(end()))


HITS: Mapping[How, Callable[[Rig, Aim], Awaitable[None]]] = {
    "SIGKILL": _end, FORGETS: _end, "cut": _on_wire, "silent, then cut": _on_wire, "slow": _on_wire, "full": _fill,
}  # fmt: skip


def missed(wanted: Sequence[Aim], why: str) -> None:
    """Say who was waited for in vain, for whoever watches."""
    told = ", ".join(sorted({f"{aim.what}: {aim.step.name}" for aim in wanted}))
    print(f"  not hit ({why}): {told}", file=sys.stderr)


def tell(done: Hit) -> None:
    """Say it at once, for whoever watches."""
    print(f"  {done.what} {done.fault}: {done.step}; back after {done.recovered_seconds:.1f} s", file=sys.stderr)
