"""The run: set up an agency, its clients and the people who owe them, and let them live day by day."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.demo import agency, day
from deploy.demo.bank import Bank
from deploy.demo.people import invent
from deploy.demo.person import Person
from deploy.demo.reach import Outside, Sovinto
from deploy.demo.scene import Life, Scene
from deploy.demo.stage import Stage, named, own
from deploy.demo.summary import Summary, summed_up
from shared.calendar import local_date
from shared.money import Money

FIRST_DAY = date(2025, 1, 2)  # A Thursday: nothing in a demo depends on today.
SMALL_CASES, SMALL_DAYS, SMALL_SEED = 14, 75, 8
LEFT_TO_DO_DAYS = 10  # Of the small one, so that whoever looks finds calls to make and questions to answer.
VERIFY = "import sys; from deploy.cli.main import app; sys.exit(app())"
Look = Callable[[Stage, list[Person]], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """What kind of demo is wanted."""

    cases: int = 200
    days: int = 365
    seed: int = 1
    first_day: date = FIRST_DAY


def run_demo(
    cases: int = 200, days: int = 365, seed: int = 1, first_day: date = FIRST_DAY, *, home: Path | None = None,
    look: Look | None = None, tell: Callable[[str], None] | None = None,
) -> Summary:  # fmt: skip
    """Play a demo from beginning to end on servers of its own, or on the platform that the environment names.

    Args:
        cases, days, seed, first_day: how many people, how long, which ones, and from which day.
        home: a folder to keep everything in; else it is temporary.
        look: called at the end, while everything still runs.
        tell: where to say what goes on before the first day; nobody is told otherwise.
    """
    return asyncio.run(_demo(Asked(cases, days, seed, first_day), home, look, tell or (lambda _: None)))


async def _demo(asked: Asked, home: Path | None, look: Look | None, tell: Callable[[str], None]) -> Summary:
    stage = named()
    if stage is not None:
        return await play(stage, asked, look)
    tell("Starting a platform of the demo's own.")
    async with own(asked.first_day, tell, home) as stage:
        return await play(stage, asked, look)


async def play(
    stage: Stage, asked: Asked, look: Look | None = None, turn: Callable[[], Awaitable[None]] | None = None,
    days: int | None = None,
) -> Summary:  # fmt: skip
    """Play it there, or only its first days. `look` is called at the end, `turn` waited for before each request once
    all is set up."""
    began = time.monotonic()
    scene = await set_up(stage.url, stage.key, stage.world_url, asked)
    scene.sovinto.turn = turn or scene.sovinto.turn
    try:
        await live(scene, asked.days if days is None else days)
        told = await scene.sovinto.get("/summary")
        check = await scene.sovinto.get("/check")
        took = time.monotonic() - began
        verified = await verify(stage)
        whole = bool(verified.get("chain_ok")) and verified.get("checkpoints_ok") is not False
        if look is not None:
            await look(stage, [life.person for life in scene.lives])
    finally:
        await scene.sovinto.close()
        await scene.outside.close()
    return summed_up(
        told, scene.booked, int(verified.get("events", 0)), took,
        balanced=bool(check["balanced"]), chain_ok=whole,
    )  # fmt: skip


async def small(url: str, operator_key: str, world_url: str) -> None:
    """A small portfolio on an empty demo platform, so that there is something to look at: lives in every stage."""
    scene = await set_up(url, operator_key, world_url, Asked(SMALL_CASES, SMALL_DAYS, SMALL_SEED))
    scene.hands_off_from = scene.first_day + timedelta(days=SMALL_DAYS - LEFT_TO_DO_DAYS)
    try:
        await live(scene, SMALL_DAYS)
    finally:
        await scene.sovinto.close()
        await scene.outside.close()


async def set_up(url: str, key: str, world_url: str, asked: Asked) -> Scene:
    """What a new user does first: the agency, its people, its clients, and a key for each."""
    sovinto, outside = Sovinto(url, key), Outside(world_url)
    first_day = max(asked.first_day, local_date("FI", await sovinto.now()))
    people = invent(asked.cases, asked.days, asked.seed, first_day)
    await outside.skip_what_came()
    await outside.registry_says(
        [{"country": each.country, "identifier": each.identifier, "outcome": each.habits.registry} for each in people]
    )
    await sovinto.put("/agency", agency.AGENCY)
    for person in agency.STAFF:
        await sovinto.post("/staff", person)
    for name in agency.CLIENTS:
        await sovinto.put(f"/clients/{name}", agency.client(name))
        sovinto.keys[name] = (await sovinto.post("/keys", {"client": name}))["key"]
    sovinto.staff_key = (await sovinto.post("/keys", {"staff": agency.STAFF[0]["id"]}))["key"]
    return Scene(sovinto, outside, Bank(first_day), [Life(person) for person in people], first_day, first_day)


async def live(scene: Scene, days: int) -> None:
    """Day after day, with a bar for whoever watches."""
    columns = (
        TextColumn("{task.fields[day]}"), BarColumn(), TextColumn("{task.fields[cases]} cases"),
        TextColumn("received {task.fields[received]}"), TimeRemainingColumn(),
    )  # fmt: skip
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        shown = progress.add_task("", total=days, day=scene.first_day, cases=0, received="")
        for number in range(days):
            today = scene.first_day + timedelta(days=number)
            await day.live(scene, today)
            progress.update(shown, advance=1, day=today, cases=len(scene.by_case), received=_amounts(scene.received))


def _amounts(received: dict[str, int]) -> str:
    return ", ".join(f"{Money(minor, currency).decimal} {currency}" for currency, minor in received.items())


async def verify(stage: Stage) -> dict[str, Any]:
    """Ask `sovinto verify`, as anybody would, about the platform just played on."""
    env = {**os.environ, "SOVINTO_URL": "", "SOVINTO_KEY": ""}
    if stage.home is not None:
        env["SOVINTO_HOME"] = str(stage.home)
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", VERIFY, "verify", "--json", env=env, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    answer, _ = await running.communicate()
    try:
        told: dict[str, Any] = json.loads(answer)
    except ValueError:
        return {}
    return told
