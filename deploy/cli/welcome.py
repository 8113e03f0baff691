"""What `sovinto run` shows once all is up: the portal's address, keys to try it with, and what it takes."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from deploy.cli.portal import Portal
from deploy.cli.saying import Told, answers, note, say
from deploy.demo.agency import STAFF
from deploy.demo.play import small
from deploy.memory import memory_bytes
from deploy.platform import Platform
from shared.casestore import look

KEPT = "demo-keys.json"


async def welcome(home: Path, platform: Platform, database_url: str) -> None:
    """Play the small portfolio into an empty demo store, then say where to look and with which key."""
    is_demo = platform.born is not None
    if is_demo and platform.world.standins and await _is_empty(database_url):
        await _play_small(platform)
        await asyncio.to_thread(_make_keys, home, platform)
    keys = _kept_keys(home)
    say()
    say(f"Sovinto is up: {platform.portal}", style="bold")
    for whose, key in keys.items():
        say(f"  key of {whose}: {key}")
    if not keys:
        begun = "no keys of the demo's" if is_demo else "this platform is live, with the real clock"
        say(f"  {begun}: set up with `sovinto agency set`, `client set`, `staff add` and `key new`")
    taken = memory_bytes() / 1024 / 1024
    say(f"  memory in use: {taken:.0f} MB; everything is kept in {home}; Ctrl-C stops everything")
    answers.file.flush()


async def _is_empty(database_url: str) -> bool:
    connection = await asyncpg.connect(database_url)
    try:
        return await look.head(connection) == 0
    finally:
        await connection.close()


async def _play_small(platform: Platform) -> None:
    note("The store is empty: playing a small portfolio into it, so that there is something to look at.")
    try:
        await small(platform.portal, platform.operator_key, platform.world.registry_url)
    except Exception as wrong:  # What is only there to look at must not take the platform down.
        note(f"The small portfolio was not played to its end: {wrong}")


def _make_keys(home: Path, platform: Platform) -> None:
    """Keys to try the demo with, kept beside it: unlike a live platform's they are there to be shown again."""
    made: dict[str, str] = {}
    try:
        with Portal(platform.portal, platform.operator_key) as portal:
            clients = sorted(portal.get("/clients"), key=lambda each: -each["cases"])
            for client in clients[:2]:
                made[f"the client {client['name']}"] = portal.post("/keys", {"client": client["client_id"]})["key"]
            made["staff"] = portal.post("/keys", {"staff": STAFF[0]["id"]})["key"]
    except Told as wrong:
        note(f"Keys for the demo could not be made: {wrong}")
    with os.fdopen(os.open(home / KEPT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(made, file, indent=1)


def _kept_keys(home: Path) -> Mapping[str, str]:
    try:
        kept: dict[str, str] = json.loads((home / KEPT).read_text())
    except FileNotFoundError:
        return {}
    return kept
