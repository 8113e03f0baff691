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


async def welcome(home: Path, platform: Platform, database_url: str) -> None:
    """Play the small portfolio into an empty demo store, then say where to look and with which key."""
    is_demo = platform.born is not None
    keys: Mapping[str, str] = {}
    if is_demo:
        if await _is_empty(database_url):
            await _play_small(platform)
        keys = await asyncio.to_thread(_keys, home, platform)
    say()
    say(f"Sovinto is up: {platform.portal}", style="bold")
    for whose, key in keys.items():
        say(f"  key of {whose}: {key}")
    if not is_demo:
        say("  a live store with the real clock; first of all: sovinto agency set FILE, client set FILE, key new")
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
    """The demo's people need stand-ins to write to; where real providers were named, nothing is played."""
    if not platform.world.standins:
        return
    note("The store is empty: playing a small portfolio into it, so that there is something to look at.")
    try:
        await small(platform.portal, platform.operator_key, platform.world.registry_url)
    except Exception as wrong:  # What is only there to look at must not take the platform down.
        note(f"The small portfolio was not played to its end: {wrong}")


def _keys(home: Path, platform: Platform) -> Mapping[str, str]:
    """Keys for a demo, made once and kept beside it: a demo's keys are there to be shown again."""
    kept = home / "demo-keys.json"
    if kept.exists():
        told: dict[str, str] = json.loads(kept.read_text())
        return told
    try:
        made = _new_keys(platform)
    except Told as wrong:
        note(f"No demo keys could be made: {wrong}")
        return {}
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(made, file, indent=1)
    return made


def _new_keys(platform: Platform) -> dict[str, str]:
    made: dict[str, str] = {}
    with Portal(platform.portal, platform.operator_key) as portal:
        clients = sorted(portal.get("/clients"), key=lambda each: -each["cases"])
        for client in clients[:2]:
            made[f"the client {client['name']}"] = portal.post("/keys", {"client": client["client_id"]})["key"]
        if clients:  # The portfolio was played, and with it its agency set up.
            made["staff"] = portal.post("/keys", {"staff": STAFF[0]["id"]})["key"]
    return made
