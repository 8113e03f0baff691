"""`sovinto verify` on a platform that has moved money: each planted fault is found, and its place named."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from deploy.cli.portal import Portal, operator_key
from deploy.embedded.secrets import secret
from deploy.folder import read_facts
from shared.casestore import CaseStore, look
from shared.casestore.link import link
from shared.documents import Documents
from tests.cli.conftest import Here, Ran
from tests.cli.facts import ACCOUNT, accepted
from tests.settlement.facts import Line, camt054

Plant = Callable[[look.Connection], Awaitable[UUID | int]]


@pytest.fixture(scope="module")
def paid(here: Here, tmp_path_factory: pytest.TempPathFactory) -> Here:
    """The platform once a case was paid and its client was paid on."""
    folder = tmp_path_factory.mktemp("paid")
    case = accepted(here, folder)
    file = folder / "bank.xml"
    lines = [Line("100.00", case["reference"], "1", paid_on="2025-01-02")]
    file.write_bytes(camt054(lines, iban=ACCOUNT, notification=uuid4().hex))
    assert here.sovinto("bank", file).code == 0
    with Portal(str(read_facts(here.home)["portal"]), operator_key(here.home)) as portal:
        portal.post("/clock", {"until": "2025-01-03T20:00:00+02:00"})
        assert [each["kind"] for each in portal.get("/payouts")] == ["remittance"]
    # A proof asked for makes the notary sign all there is: what is done to it from now on is found.
    assert here.sovinto("proof", case["case_id"], "--out", folder / "proof.json").code == 0
    return here


def with_fault(here: Here, plant: Plant) -> tuple[Ran, UUID | int]:
    """What verify says while the fault is there, and where it was put; afterwards all is as it was."""

    async def planted() -> UUID | int:
        async with owner(here) as store:
            await store.execute("create table public.kept_events as table casestore.events")
            await store.execute("create table public.kept_heads as table casestore.heads")
            await store.execute("create table public.kept_readers as table casestore.readers")
            return await plant(store)

    async def restored() -> None:
        async with owner(here) as store:
            for name in ("events", "heads", "readers"):
                await store.execute(f"delete from casestore.{name}")  # noqa: S608  (our own names)
                await store.execute(f"insert into casestore.{name} table public.kept_{name}")
                await store.execute(f"drop table public.kept_{name}")

    try:
        place = asyncio.run(planted())
        told = here.sovinto("verify", "--json")
    finally:
        asyncio.run(restored())
    return told, place


@asynccontextmanager
async def owner(here: Here) -> AsyncIterator[look.Connection]:
    connection = await asyncpg.connect(here.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def change(store: look.Connection, of_type: str, changed: Callable[[dict[str, Any]], None]) -> int:
    """Change the last event of that type and make every hash after it anew, as someone who knows how would."""
    sql = "select * from casestore.events where type = $1 order by position desc limit 1"
    row = await store.fetchrow(sql, of_type)
    assert row is not None
    told = msgspec.json.decode(row["data"])
    changed(told)
    data = msgspec.json.encode(told)
    assert data != row["data"]
    await store.execute("update casestore.events set data = $2 where position = $1", row["position"], data)
    await chain_anew(store, row["stream_id"])
    return int(row["position"])


async def chain_anew(store: look.Connection, stream: UUID) -> None:
    before = b""
    for row in await store.fetch("select * from casestore.events where stream_id = $1 order by version", stream):
        before = link(row, before)
        await store.execute("update casestore.events set hash = $2 where position = $1", row["position"], before)
        await store.execute("update casestore.readers set hash = $2 where position = $1", row["position"], before)
    await store.execute("update casestore.heads set hash = $2 where stream_id = $1", stream, before)


def test_a_platform_nobody_touched_is_right_in_every_part(paid: Here) -> None:
    told = paid.sovinto("verify", "--json")
    assert told.code == 0, told.out + told.err
    assert told.json["ok"]
    assert (told.json["chain_ok"], told.json["documents_ok"], told.json["ledger_balanced"]) == (True, True, True)
    assert (told.json["checkpoints_ok"], told.json["signed_to"] > 10) == (True, True)
    assert told.json["events"] > 10
    assert told.json["events_per_second"] > 0
    assert told.json["documents"] >= 3
    assert told.json["not_checked"] == []
    shown = paid.sovinto("verify")
    assert shown.code == 0
    assert shown.out.count("right") == 4


def test_a_changed_byte_of_an_event_is_named_with_its_place(paid: Here) -> None:
    async def plant(store: look.Connection) -> int:
        await store.execute("update casestore.events set sealed = sealed || ' '::bytea where position = 5")
        return 5

    told, _ = with_fault(paid, plant)
    assert told.code == 1
    assert not told.json["chain_ok"]
    assert any(fault["where"].startswith("position 5, stream ") for fault in told.json["faults"])


def test_a_deleted_event_is_named_with_its_place(paid: Here) -> None:
    async def plant(store: look.Connection) -> int:
        return int(
            await store.fetchval("delete from casestore.events where type = 'PaymentReceived' returning position")
        )

    told, place = with_fault(paid, plant)
    assert told.code == 1
    assert {"where": f"position {place}", "code": "event_lost", "what": "no event has this position"} in told.json[
        "faults"
    ]


def test_a_cent_moved_with_all_hashes_made_anew_is_found_beside_the_banks_file(paid: Here) -> None:
    def one_cent(told: dict[str, Any]) -> None:
        told["amount"]["minor"] += 1

    told, place = with_fault(paid, lambda store: change(store, "PaymentReceived", one_cent))
    assert told.code == 1
    assert told.json["chain_ok"]
    assert not told.json["ledger_balanced"]
    assert not told.json["checkpoints_ok"]
    found = {fault["code"] for fault in told.json["faults"] if f"position {place}," in fault["where"]}
    assert "not_as_signed" in found, told.out
    assert len(found) == 2, told.out


def test_a_copy_of_the_checkpoints_kept_elsewhere_is_held_against_the_store_with_its_key(
    paid: Here, tmp_path: Path
) -> None:
    [file] = (paid.home / "checkpoints").glob("*.jsonl")
    copy, key = tmp_path / "copy.jsonl", paid.home / "checkpoints" / "notary.pub"
    shutil.copy(file, copy)
    told = paid.sovinto("verify", "--checkpoints", copy, "--key", key, "--json")
    assert (told.code, told.json["checkpoints_ok"]) == (0, True), told.out
    other = tmp_path / "other.pub"
    other.write_text("A" * 43 + "=")
    wrong = paid.sovinto("verify", "--checkpoints", copy, "--key", other, "--json")
    assert (wrong.code, wrong.json["faults"][0]["code"]) == (1, "checkpoint_wrong"), wrong.out
    assert paid.sovinto("verify", "--checkpoints", copy).code == 1
    assert "--key" in paid.sovinto("verify", "--checkpoints", copy).err


def test_an_altered_line_in_a_payout_file_is_found_though_its_event_names_the_altered_file(paid: Here) -> None:
    async def plant(store: look.Connection) -> int:
        name = await store.fetchval("select convert_from(data, 'UTF8')::jsonb ->> 'payout' from casestore.events"
                                    " where type = 'RemittanceCreated'")  # fmt: skip
        altered = await alter(paid, name)
        return await change(store, "RemittanceCreated", lambda told: told.update(payout=altered))

    told, place = with_fault(paid, plant)
    assert told.code == 1
    assert told.json["chain_ok"]
    assert any(f"position {place}," in fault["where"] for fault in told.json["faults"]), told.out


async def alter(here: Here, name: str) -> str:
    """A copy of a payout file that pays one cent more, kept as a document as any other."""
    master = sha256(secret(here.home, "master_key").encode()).digest()
    store = await CaseStore(here.database_url, master).open()
    documents = Documents(here.home / "documents", store.keys)
    payout = await documents.open(name)
    assert payout.content is not None
    start = payout.content.index(b"<InstdAmt")
    end = payout.content.index(b"</InstdAmt>", start)
    digit = payout.content[end - 1 : end]
    other = b"1" if digit == b"0" else b"0"
    content = payout.content[: end - 1] + other + payout.content[end:]
    altered = await documents.keep(content, payout.media_type, payout.parties)
    await store.close()
    return altered


def test_a_payout_file_whose_bytes_were_changed_is_named(paid: Here) -> None:
    async def payout() -> str:
        async with owner(paid) as store:
            return str(await store.fetchval("select convert_from(data, 'UTF8')::jsonb ->> 'payout'"
                                            " from casestore.events where type = 'RemittanceCreated'"))  # fmt: skip

    name = asyncio.run(payout())
    file = paid.home / "documents" / name[:2] / name[2:]
    before = file.read_bytes()
    file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    try:
        told = paid.sovinto("verify", "--json")
        shown = paid.sovinto("verify")
    finally:
        file.write_bytes(before)
    assert told.code == shown.code == 1
    assert not told.json["documents_ok"]
    assert any(name in fault["where"] and "RemittanceCreated" in fault["where"] for fault in told.json["faults"])
    assert name in shown.out


def test_a_lost_document_is_named(paid: Here) -> None:
    some = next(path for path in sorted((paid.home / "documents").glob("*/*")) if path.suffix == "")
    aside = some.with_suffix(".aside")
    some.rename(aside)
    try:
        told = paid.sovinto("verify", "--json")
    finally:
        aside.rename(some)
    name = some.parent.name + some.name
    lost = [fault for fault in told.json["faults"] if name in fault["where"]]
    # A document that no event names is harmless, so its loss is none either.
    assert (told.code, bool(lost)) in ((1, True), (0, False))


def test_after_all_faults_were_taken_back_everything_is_right_again(paid: Here) -> None:
    told = paid.sovinto("verify", "--json")
    assert told.code == 0, told.out


def test_of_a_platform_elsewhere_only_what_it_answers_is_checked(paid: Here, nothing: Here) -> None:
    facts = read_facts(paid.home)
    far = {"SOVINTO_URL": str(facts["portal"]), "SOVINTO_KEY": operator_key(paid.home)}
    told = nothing.sovinto("verify", "--json", **far)
    assert told.code == 0, told.out
    assert (told.json["chain_ok"], told.json["documents_ok"], told.json["ledger_balanced"]) == (None, None, True)
    assert len(told.json["not_checked"]) == 2


def test_what_is_not_a_folder_of_a_platform_is_said_to_be_none(tmp_path: Path) -> None:
    told = Here(tmp_path).sovinto("verify")
    assert told.code == 1
    assert "nothing to check" in told.err
