"""A superuser changes history and makes every hash, head and reader anew: the store by itself looks right, and what was
signed and handed out names the first place that is not as it was."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.casestore import CaseStore, Installed
from shared.casestore.checkpoints import Signed, sign
from shared.casestore.link import link
from shared.casestore.look import Connection
from tests.casestore.signing import differences, sign_all
from tests.casestore.two_cases import CASE, CLIENT, OTHER, go_on, live

Row = dict[str, Any]
Log = list[Row]
BLOCK = 4  # Events in a checkpoint here: two checkpoints hold the seven events.


@pytest_asyncio.fixture
async def owner(
    database: str, installed: Installed, intake: CaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connection]:
    """The superuser's way into a store whose history is signed, and to which nobody writes any more."""
    monkeypatch.setattr("shared.casestore.notary.EVENTS_MAX", BLOCK)
    await live(intake)
    await sign_all(installed, tmp_path)
    connection = await asyncpg.connect(database)
    await connection.execute("""insert into casestore.readers (reader, epoch, position, hash)
        select 'plans', s.epoch, e.position, e.hash from casestore.store s, casestore.events e where e.position = 7""")
    yield connection
    await connection.close()


async def rewrite(store: Connection, changed: Log) -> None:
    """This log in place of the one there was, with positions, versions, hashes, heads and readers to match."""
    ends: dict[UUID, Row] = {}
    for position, row in enumerate(changed, 1):
        before = ends.get(row["stream_id"])
        row["position"], row["version"] = position, before["version"] + 1 if before else 1
        row["opened"] = before["opened"] if before else position
        row["hash"] = link(row, before["hash"] if before else b"")
        ends[row["stream_id"]] = row
    await store.execute("truncate casestore.events, casestore.heads")
    columns = list(changed[0])
    await store.copy_records_to_table(
        "events", schema_name="casestore", columns=columns, records=[list(row.values()) for row in changed]
    )
    heads = [(e["stream_id"], e["opened"], e["kind"], e["client_id"], e["version"], e["hash"]) for e in ends.values()]
    await store.copy_records_to_table("heads", schema_name="casestore", records=heads)
    last = changed[-1]
    await store.execute("update casestore.readers set position = $1, hash = $2", last["position"], last["hash"])


def flip(name: str) -> Any:
    def change(log: Log) -> None:
        [row] = [row for row in log if row["position"] == 2]
        row[name] = bytes([row[name][0] ^ 1]) + row[name][1:]

    return change


def put(position: int, **values: object) -> Any:
    def change(log: Log) -> None:
        log[position - 1].update(values)

    return change


def later(log: Log) -> None:
    log[2]["occurred_at"] += timedelta(microseconds=1)


def give_away(log: Log) -> None:
    other = uuid4()
    for row in log:
        if row["stream_id"] == CASE:
            row.update(client_id=other, data=row["data"].replace(str(CLIENT).encode(), str(other).encode()))


def delete(log: Log) -> None:
    del log[5]


def delete_a_stream(log: Log) -> None:
    log[:] = [row for row in log if row["stream_id"] != OTHER]


def swap(log: Log) -> None:
    log[4], log[6] = log[6], log[4]


def insert(log: Log) -> None:
    log.insert(5, {**log[5], "event_id": uuid4(), "cause": uuid4()})


def backdate(log: Log) -> None:
    for row in log[:5]:
        row["recorded_at"] -= timedelta(days=30)


def renumber(log: Log) -> None:
    log.insert(0, log.pop(2))


ATTACKS = {
    "a byte of what is told": (flip("data"), 2),
    "a byte of what is sealed": (flip("sealed"), 2),
    "type": (put(5, type="CaseAccepted"), 5),
    "actor": (put(6, actor=f"client:{CLIENT}"), 6),
    "when it was true": (later, 3),
    "tenant": (give_away, 1),
    "deleted": (delete, 6),
    "a stream deleted": (delete_a_stream, 3),
    "swapped": (swap, 5),
    "inserted": (insert, 6),
    "backdated": (backdate, 1),
    "renumbered": (renumber, 1),
}


def file_in(folder: Path) -> Path:
    [file] = folder.glob("*.jsonl")
    return file


async def log_of(store: Connection) -> Log:
    return [dict(row) for row in await store.fetch("select * from casestore.events order by position")]


@pytest.mark.parametrize("attack", ATTACKS)
async def test_history_written_anew_with_every_hash_to_match_is_found_at_the_first_place_that_differs(
    owner: Connection, tmp_path: Path, attack: str
) -> None:
    change, place = ATTACKS[attack]
    log = await log_of(owner)
    change(log)
    await rewrite(owner, log)
    by_itself, held = await differences(owner, tmp_path)
    assert by_itself == []
    first = next(fault for fault in held if fault.code == "not_as_signed")
    now = log[place - 1]
    assert (first.position, first.stream, first.version, first.type) == (
        place, now["stream_id"], now["version"], now["type"],
    )  # fmt: skip


async def test_nothing_is_found_where_nothing_was_changed(owner: Connection, tmp_path: Path) -> None:
    assert await differences(owner, tmp_path) == ([], [])
    await rewrite(owner, await log_of(owner))
    assert await differences(owner, tmp_path) == ([], [])


@pytest.mark.parametrize("left", [6, 5, 4, 3])
async def test_a_tail_cut_off_with_heads_and_readers_set_back_is_found_at_its_first_place(
    owner: Connection, tmp_path: Path, left: int
) -> None:
    await rewrite(owner, (await log_of(owner))[:left])
    by_itself, held = await differences(owner, tmp_path)
    assert by_itself == []
    [lost] = held
    assert (lost.code, lost.position) == ("signed_event_lost", left + 1)
    assert "checkpoint 2, signed at" in lost.what


async def test_a_tail_cut_off_and_grown_again_is_found_where_it_grew(
    owner: Connection, intake: CaseStore, tmp_path: Path
) -> None:
    await rewrite(owner, (await log_of(owner))[:5])
    await go_on(intake, OTHER, CASE, CASE)
    by_itself, held = await differences(owner, tmp_path)
    assert by_itself == []
    assert [fault.position for fault in held] == [6, 7, 7]
    assert [fault.code for fault in held] == ["not_as_signed", "not_as_signed", "ends_not_as_signed"]


async def test_what_came_after_the_last_checkpoint_is_not_a_difference(
    owner: Connection, intake: CaseStore, tmp_path: Path
) -> None:
    await go_on(intake, CASE, OTHER)
    assert await differences(owner, tmp_path) == ([], [])


async def test_a_copy_kept_elsewhere_finds_what_was_signed_anew(
    owner: Connection, installed: Installed, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    file = file_in(tmp_path)
    file.rename(copy / file.name)
    log = await log_of(owner)
    swap(log)
    await rewrite(owner, log)
    await sign_all(installed, tmp_path)
    assert await differences(owner, tmp_path) == ([], [])
    _, held = await differences(owner, copy)
    assert [fault.position for fault in held if fault.code == "not_as_signed"] == [5, 6]


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("part", ["number", "first", "last", "at", "events", "streams", "earlier", "epoch"])
async def test_a_checkpoint_that_was_changed_is_named(owner: Connection, tmp_path: Path, part: str, at: int) -> None:
    file = file_in(tmp_path)
    lines = file.read_text().splitlines()
    told = json.loads(lines[at])
    was = told["checkpoint"][part]
    told["checkpoint"][part] = was + 1 if isinstance(was, int) else ("b" if was[0] == "a" else "a") + was[1:]
    if part == "at":
        told["checkpoint"][part] = "2031" + was[4:]
    lines[at] = json.dumps(told)
    file.write_text("".join(line + "\n" for line in lines))
    _, [wrong] = await differences(owner, tmp_path)
    assert (wrong.code, wrong.what.startswith(f"checkpoint {at + 1} ")) == ("checkpoint_wrong", True)


async def test_a_checkpoint_left_out_or_signed_by_somebody_else_is_named(owner: Connection, tmp_path: Path) -> None:
    file = file_in(tmp_path)
    whole = file.read_text()
    file.write_text(whole.splitlines()[1] + "\n")
    _, [wrong] = await differences(owner, tmp_path)
    assert (wrong.code, "does not follow" in wrong.what) == ("checkpoint_wrong", True)
    signed = msgspec.json.decode(whole.splitlines()[0], type=Signed)
    forged = sign(signed.checkpoint, Ed25519PrivateKey.generate(), signed.hashes)
    file.write_bytes(msgspec.json.encode(forged) + b"\n")
    _, [wrong] = await differences(owner, tmp_path)
    assert (wrong.code, "not signed with this key" in wrong.what) == ("checkpoint_wrong", True)
