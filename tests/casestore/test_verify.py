"""What `sovinto verify` finds in a store, on a real PostgreSQL: each fault is planted by a superuser."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from shared.casestore import CaseStore
from shared.casestore.fault import Fault
from shared.casestore.look import Connection
from shared.casestore.verify import NAMES_A_DOCUMENT, Log, Verified, documents_of, verify
from shared.deciding import Answer, Deciding
from shared.events import known
from tests.casestore.conftest import BORN
from tests.casestore.two_cases import CASE, OTHER, PARTY, ask_credit, live

DOCUMENT = "ab" * 32


@pytest_asyncio.fixture
async def owner(database: str, intake: CaseStore) -> AsyncIterator[Connection]:
    """A store with two cases of two parties, and the superuser's way into it."""
    await live(intake)
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def faults(owner: Connection) -> list[Fault]:
    return list((await verify(owner)).faults)


async def test_a_store_nobody_touched_is_whole(owner: Connection) -> None:
    found = await verify(owner)
    assert (found.events, found.streams, list(found.faults)) == (7, 4, [])


async def test_an_empty_store_is_whole(database: str, intake: CaseStore) -> None:
    connection = await asyncpg.connect(database)
    assert await verify(connection) == Verified(0, 0, [], {})
    await connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)",
        "data = set_byte(data, 20, get_byte(data, 20) # 1)",
        "type = 'CaseClosed'",
        "actor = 'client:someone-else'",
        "handler = 'plans.start_plan'",
        "trace = 'another'",
        "cause = gen_random_uuid()",
        "event_id = gen_random_uuid()",
        "schema = 2",
        "occurred_at = occurred_at + interval '1 microsecond'",
        "recorded_at = recorded_at + interval '1 microsecond'",
        "hash = set_byte(hash, 0, get_byte(hash, 0) # 1)",
    ],
)
async def test_whatever_is_changed_in_an_event_is_found_at_its_place(owner: Connection, change: str) -> None:
    await owner.execute(f"update casestore.events set {change} where position = 2")  # noqa: S608  (our own list)
    places = {(fault.position, fault.stream, fault.version) for fault in await faults(owner)}
    assert (2, PARTY, 1) in places or (None, PARTY, 1) in places


async def test_a_changed_byte_names_position_stream_version_and_type(owner: Connection) -> None:
    await owner.execute("update casestore.events set data = data || ' '::bytea where position = 5")
    [fault] = await faults(owner)
    assert fault.code == "hash_differs"
    assert fault.where == f"position 5, stream {CASE}, version 2, CreditCheckAsked"


async def test_an_event_given_to_another_client_is_found(owner: Connection) -> None:
    await owner.execute("update casestore.events set client_id = gen_random_uuid() where position = 5")
    codes = {(fault.code, fault.position) for fault in await faults(owner)}
    assert codes == {("client_differs", 5)}


async def test_a_whole_stream_given_to_another_client_is_found(owner: Connection) -> None:
    await owner.execute("update casestore.events set client_id = $1 where stream_id = $2", uuid4(), CASE)
    codes = {(fault.code, fault.position) for fault in await faults(owner)}
    assert ("client_differs", 1) in codes


async def test_a_deleted_event_is_found_in_the_log_and_in_its_stream(owner: Connection) -> None:
    await owner.execute("delete from casestore.events where position = 5")
    lost, gap = await faults(owner)
    assert (lost.code, lost.position) == ("event_lost", 5)
    assert (gap.code, gap.position, gap.stream, gap.version) == ("version_gap", 6, CASE, 3)


async def test_a_log_cut_off_at_its_end_is_known_by_its_heads(owner: Connection) -> None:
    await owner.execute("delete from casestore.events where position >= 6")
    found = {(fault.code, fault.stream, fault.version) for fault in await faults(owner)}
    assert found == {("tail_lost", CASE, 2), ("tail_lost", OTHER, 1)}


async def test_a_cut_with_heads_set_back_is_known_by_those_who_have_read_further(owner: Connection) -> None:
    await owner.execute("""insert into casestore.readers (reader, epoch, position, hash)
        select 'plans', s.epoch, e.position, e.hash from casestore.store s, casestore.events e where e.position = 7""")
    assert await faults(owner) == []
    await owner.execute("update casestore.heads set version = 1, hash = e.hash from casestore.events e"
                        " where heads.stream_id = $1 and e.position = 3", OTHER)  # fmt: skip
    await owner.execute("delete from casestore.events where position = 7")
    [fault] = await faults(owner)
    assert (fault.code, fault.position) == ("event_lost", 7)


async def test_a_stream_that_is_gone_altogether_is_known_by_its_head(owner: Connection) -> None:
    await owner.execute("delete from casestore.events where stream_id = $1", OTHER)
    found = await faults(owner)
    assert [fault.position for fault in found if fault.code == "event_lost"] == [3]
    assert [fault.stream for fault in found if fault.code == "stream_lost"] == [OTHER]


async def test_two_events_that_changed_places_are_both_found(owner: Connection) -> None:
    swap = """update casestore.events e set data = o.data, event_id = o.event_id, type = o.type, hash = o.hash,
        sealed = o.sealed, stream_id = o.stream_id, version = o.version, kind = o.kind, client_id = o.client_id
        from casestore.events o where (e.position, o.position) in ((5, 7), (7, 5))"""
    await owner.execute("drop index casestore.events_by_stream; drop index casestore.events_by_cause")
    await owner.execute(swap)
    assert {fault.position for fault in await faults(owner)} >= {5, 7}


async def test_an_append_whose_beginning_was_hidden_is_found(owner: Connection) -> None:
    await owner.execute("update casestore.events set first = false where position = 5")
    [fault] = await faults(owner)
    assert (fault.code, fault.position) == ("append_differs", 5)


async def test_an_event_moved_to_another_streams_beginning_is_found(owner: Connection) -> None:
    await owner.execute("update casestore.events set opened = -opened where position = 5")
    [fault] = await faults(owner)
    assert (fault.code, fault.position) == ("opening_differs", 5)


async def test_a_head_that_leads_to_another_beginning_is_found(owner: Connection) -> None:
    await owner.execute("update casestore.heads set opened = -opened where stream_id = $1", CASE)
    [fault] = await faults(owner)
    assert fault.code == "head_differs"


async def test_a_time_that_goes_back_is_found_even_with_its_hash_made_anew(owner: Connection) -> None:
    await owner.execute("update casestore.events set recorded_at = recorded_at - interval '1 day' where position = 7")
    assert {(fault.code, fault.position) for fault in await faults(owner)} == {
        ("time_goes_back", 7),
        ("hash_differs", 7),
    }


async def test_a_head_of_nothing_and_a_stream_without_a_head_are_found(owner: Connection) -> None:
    await owner.execute("update casestore.heads set stream_id = $1 where stream_id = $2", uuid4(), CASE)
    assert {fault.code for fault in await faults(owner)} == {"stream_lost", "head_lost"}


async def test_a_store_in_use_is_checked_as_it_was_when_the_check_began(
    owner: Connection, intake: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.casestore.verify.BATCH", 2)
    meanwhile: list[asyncio.Task[Answer]] = []

    def append_one(_done: int, _of: int) -> None:
        meanwhile.append(asyncio.create_task(Deciding(intake, uuid4(), "test", BORN)(ask_credit, OTHER)))

    found = await verify(owner, append_one)
    await asyncio.gather(*meanwhile)
    assert (found.events, list(found.faults)) == (7, [])
    assert (await verify(owner)).events == 7 + len(meanwhile) > 7


def test_documents_are_found_wherever_an_event_names_them() -> None:
    assert list(documents_of(msgspec.json.encode({"document": DOCUMENT}))) == [DOCUMENT]
    assert list(documents_of(msgspec.json.encode({"step": {"proof": DOCUMENT}}))) == [DOCUMENT]
    assert list(documents_of(msgspec.json.encode({"hash": DOCUMENT, "source": "a register"}))) == []
    assert list(documents_of(b'{"document":"broken')) == []


def test_every_field_that_names_a_document_is_one_the_check_looks_for() -> None:
    fields = {name for kind in known().values() for name in kind.of.__struct_fields__}
    named = {name for name in fields if name.endswith(("document", "payout", "statement", "proof", "letter", "file"))}
    assert "document" in named
    assert named <= set(NAMES_A_DOCUMENT)


def test_many_lost_events_are_named_one_by_one_only_so_far() -> None:
    log = Log()
    row = {
        "position": 1000, "opened": 1000, "stream_id": CASE, "version": 1, "first": True, "kind": "case",
        "event_id": CASE,
        "handler": "h", "cause": CASE, "type": "Unknown", "schema": 1, "client_id": None, "data": b"{}", "sealed": b"",
        "actor": "a", "trace": "", "occurred_at": BORN, "recorded_at": BORN, "hash": b"",
    }  # fmt: skip
    log.take(row)
    lost = [fault for fault in log.faults if fault.code == "event_lost"]
    assert len(lost) == 21
