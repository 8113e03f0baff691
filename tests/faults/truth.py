"""What must be true whatever was broken: gapless streams, whole chains, balanced books, each letter once, none parked.

And what an undisturbed run with the same seed says: on each case the same events, days and amounts.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from deploy.demo.play import VERIFY
from shared.casestore.verify import verify
from tests.faults.stage import Stage, patiently

Life = Counter[tuple[str, str, tuple[int, ...]]]  # An event's type, its day, and the amounts in it.
GAPS = """
    select 'positions are not gapless' as what where (select count(*) from casestore.events)
        <> coalesce((select max(position) from casestore.events), 0)
    union all select 'a stream is not gapless: ' || stream_id from casestore.events
        group by stream_id having max(version) <> count(*) or min(version) <> 1
    union all select 'done twice: ' || min(handler) || ' on ' || stream_id from casestore.events where first
        group by stream_id, handler, cause having count(*) > 1
    union all select 'parked: ' || group_name || ' ' || type || ' because ' || because from bus.parked
    union all select 'stuck: ' || service || ' ' || handler from waiting.deadlines where stuck
"""
UNKNOWN = "HandOverUnknown"


async def wrongs(stage: Stage) -> list[str]:
    """Everything that is not as it must be, in words; nothing where all is well."""
    found = [row["what"] for row in await stage.query(GAPS)]
    return found + await verified(stage) + await letters(stage)


async def verified(stage: Stage) -> list[str]:
    """What `sovinto verify` finds wrong: chains, checkpoints, documents, the ledger beside bank and payout files."""
    env = {**os.environ, "SOVINTO_HOME": str(stage.home), "SOVINTO_URL": "", "SOVINTO_KEY": ""}
    asked = (sys.executable, "-c", VERIFY, "verify", "--json")
    running = await asyncio.create_subprocess_exec(*asked, env=env, stdout=PIPE, stderr=PIPE)
    answer, said = await running.communicate()
    try:
        told = json.loads(answer)
    except ValueError:
        return [f"sovinto verify ended with {running.returncode}: {said.decode().strip()[-300:]}"]
    parts = ("chain_ok", "checkpoints_ok", "documents_ok", "ledger_balanced")
    found = [f"sovinto verify: {fault['where']}: {fault['what']}" for fault in told.get("faults", ())]
    return found + [f"sovinto verify: {part} is {told.get(part)}" for part in parts if told.get(part) is not True]


async def chain(url: str) -> list[str]:
    """Every position, version and hash worked out anew beside what is stored."""
    found: list[str] = await patiently(lambda: _chain(url))
    return found


async def _chain(url: str) -> list[str]:
    store = await asyncpg.connect(url, timeout=10, command_timeout=120)
    try:
        return [f"the chain: {fault}" for fault in (await verify(store)).faults]
    finally:
        await store.close(timeout=5)


async def lives(stage: Stage) -> Mapping[int, Life]:
    """What happened on each person's case, by the person's number."""
    rows = await stage.query("select stream_id, type, data, occurred_at::date as day from casestore.events")
    of_case: dict[UUID, Life] = {}
    for row in rows:
        amounts = tuple(sorted(_amounts(json.loads(row["data"]))))
        of_case.setdefault(row["stream_id"], Counter())[row["type"], str(row["day"]), amounts] += 1
    return {
        life.person.number: of_case.get(UUID(life.case), Counter())
        for life in stage.scene.lives
        if life.case and life.case != "none"
    }


def _amounts(told: Any) -> Iterator[int]:
    if isinstance(told, dict):
        if isinstance(told.get("minor"), int):
            yield told["minor"]
        for each in told.values():
            yield from _amounts(each)
    elif isinstance(told, list):
        for each in told:
            yield from _amounts(each)


def differences(ours: Mapping[int, Life], undisturbed: Mapping[int, Life]) -> tuple[list[str], int]:
    """Where lives went another way; and how many may, for it is not known what came of a message on its way."""
    found, excused = [], 0
    for number in sorted(ours.keys() | undisturbed.keys()):
        one, other = ours.get(number, Counter()), undisturbed.get(number, Counter())
        if any(type_ == UNKNOWN for type_, _, _ in [*one, *other]):
            excused += 1
        elif one != other:
            missing, more = sorted((other - one).elements()), sorted((one - other).elements())
            found.append(f"person {number}: missing {missing[:4]}, too many {more[:4]}")
    return found, excused


async def letters(stage: Stage) -> list[str]:
    """Each message is given to its provider once, never without its hand-over, and what was taken is recorded."""
    sql = """select type, data from casestore.events
             where type in ('HandOverStarted', 'HandedOver', 'HandOverUnknown', 'HandOverFailed')"""
    outcome: dict[tuple[str, int], str] = {}
    for row in await stage.query(sql):
        told = json.loads(row["data"])
        key = (told["contact_id"], told["attempt"])
        if row["type"] != "HandOverStarted" or key not in outcome:
            outcome[key] = row["type"]
    requests: Counter[tuple[str, int]] = Counter()
    for service in ("sms", "email", "letters"):
        requests.update(_key(each["key"]) for each in await kept(stage, service))
    found = [f"left without a hand-over: {key}" for key in requests.keys() - outcome.keys()]
    found += [f"left {count} times: {key}, {outcome.get(key)}" for key, count in requests.items() if count > 1]
    found += [f"recorded as failed and left: {key}" for key in requests if outcome.get(key) == "HandOverFailed"]
    found += [
        f"recorded as handed over and never left: {key}"
        for key, what in outcome.items()
        if what == "HandedOver" and not requests[key]
    ]
    return found + [f"left, and no outcome: {key}" for key, what in outcome.items() if what == "HandOverStarted"]


def _key(key: str) -> tuple[str, int]:
    """`contact|attempt`, or in a mail `<contact.attempt@…>`."""
    contact, _, attempt = key.strip("<>").partition("@")[0].replace("|", ".").rpartition(".")
    return contact, int(attempt)


async def kept(stage: Stage, service: str) -> Sequence[Mapping[str, Any]]:
    """Every request a stand-in ever took, those sent again too."""
    answer = await stage.scene.outside._http.get(f"/kept/{service}", params={"after": 0})
    told: Sequence[Mapping[str, Any]] = answer.json()["kept"]
    return told
