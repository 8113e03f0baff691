"""How long after a press on stop something can still leave: `python -m tests.stop.measured`, on the running platform.

A client's letters are all due at one moment. While they are being written and handed over, the client stops everything;
a watch at the stand-ins says when the last letter came. What must hold of the log is looked at too.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2
import msgspec
import uvloop

from tests.whole.platform import Whole, running

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LOOK_SECONDS = 0.005
LEAVE_WITHIN_SECONDS = 5.0
WATCHED_SECONDS = 12.0  # After the answer to stop: longer than anything may take.
DECIDES = ("ContactDecided", "HandOverStarted", "CallTaskCreated", "RescueDecided")


class Round(msgspec.Struct, frozen=True):
    """One press on stop. Seconds are counted from the press."""

    cases: int
    pressed_after: float
    left_before: int
    left_after: int
    answered: float
    last_left: float  # 0 where nothing came after the press.
    last_left_after_answer: float
    wrong: tuple[str, ...]


class Watch:
    """Looks at the print house all the time, and notes when it sees each letter: never before it came."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.AsyncClient(base_url=url.rstrip("/"), timeout=10, trust_env=False)
        self.seen: dict[str, float] = {}
        self.last = 0

    async def look(self) -> None:
        answer = await self.http.get("/kept/letters", params={"after": self.last})
        told, now = answer.raise_for_status().json(), time.monotonic()
        self.last = told["last"]
        for each in told["kept"]:
            self.seen.setdefault(each["key"], now)

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)


async def main(rounds: int, cases: int) -> Sequence[Round]:
    """Press stop so many times, each time on so many cases, a little later each time."""
    async with running() as whole:
        watch = Watch(whole.platform.world.registry_url)
        told = [await one_round(whole, watch, number, cases, 0.25 * number) for number in range(rounds)]
        await watch.http.aclose()
        return told


async def one_round(whole: Whole, watch: Watch, number: int, cases: int, after: float) -> Round:
    client = await whole.client(f"stopped-{number}", "kaamos")
    due = await whole.today() - 20 * DAY
    invoices = [await whole.invoice(whole.debtor("FI"), "130.00", due) for _ in range(cases)]
    of_client = [each["case"] for each in await whole.hand_in(client, *invoices)]
    for case in of_client:
        await whole.eventually(lambda case=case: whole.told(case, "StepPlanned"), 120)  # type: ignore[misc]
    planned = (await whole.told(of_client[0], "StepPlanned"))[-1]
    step_at = datetime.fromisoformat(planned["at"].replace("Z", "+00:00"))
    await whole.live_until(step_at - MINUTE)
    await watch.look()
    before = set(watch.seen)
    looking = asyncio.create_task(watch.run())
    await whole.database.execute("select casestore.set_clock($1)", step_at)
    await whole.eventually(lambda: asyncio.sleep(0, len(watch.seen) > len(before)), 60)
    await asyncio.sleep(after)
    pressed = time.monotonic()
    await whole.sovinto.post(f"/clients/{client}/stop", {"because": "measured"}, of=client)
    answered = time.monotonic()
    await asyncio.sleep(WATCHED_SECONDS)
    looking.cancel()
    came = {key: at for key, at in watch.seen.items() if key not in before}
    late = [at - pressed for at in came.values() if at > pressed]
    wrong = await against(whole, of_client, came)
    if late and max(late) > LEAVE_WITHIN_SECONDS:
        wrong.append(f"a letter came {max(late):.2f} s after the press")
    return Round(
        cases, after, len(came) - len(late), len(late), round(answered - pressed, 3), round(max(late, default=0.0), 3),
        round(max(0.0, *(each - (answered - pressed) for each in (0.0, *late))), 3), tuple(wrong),
    )  # fmt: skip


async def against(whole: Whole, cases: Sequence[str], came: dict[str, float]) -> list[str]:
    """What the log says against it: a decision after the stop, or a letter whose hand-over was not recorded."""
    sql = """select position, type, data from casestore.events
             where stream_id = any($1) or type = 'CollectionStopped' order by position"""
    rows = await whole.database.fetch(sql, [UUID(case) for case in cases])
    stopped = max(row["position"] for row in rows if row["type"] == "CollectionStopped")
    told = [(row["position"], row["type"], json.loads(row["data"])) for row in rows]
    debtors = {each["contact_id"] for _, type_, each in told if type_ == "ContactDecided" and each["to"] == "debtor"}
    wrong = [
        f"{type_} at {position} after the stop at {stopped}"
        for position, type_, each in told
        if position > stopped and type_ in DECIDES and each.get("contact_id", "") in {"", *debtors}
    ]
    started = {f"{each['contact_id']}|{each['attempt']}" for _, type_, each in told if type_ == "HandOverStarted"}
    return [*wrong, *(f"{key} came and no hand-over is recorded" for key in came if key not in started)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--cases", type=int, default=40)
    asked = parser.parse_args()
    told = uvloop.run(main(asked.rounds, asked.cases))
    for one in told:
        print(msgspec.json.encode(one).decode())
    worst, load = max(one.last_left for one in told), os.getloadavg()[0]
    after_answer = max(one.last_left_after_answer for one in told)
    after, left = sum(one.left_after for one in told), sum(one.left_before for one in told)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {load:.1f} on {os.cpu_count()} cores: the last letter came "
          f"{worst:.2f} s after the press, {after_answer:.2f} s after its answer; "
          f"{after} after a press, {left} before")  # fmt: skip
    sys.exit(any(one.wrong for one in told))
