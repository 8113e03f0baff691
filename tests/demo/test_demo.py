"""A whole demo on a platform of its own, played twice, and looked at as an auditor would."""

import base64
import json
import quopri
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.demo.person import Person
from deploy.demo.play import run_demo
from deploy.demo.stage import Stage
from deploy.demo.summary import Summary
from deploy.embedded.users import ELSEWHERE

pytestmark = pytest.mark.long

CASES, DAYS, SEED = 20, 120, 4
KEYS = {
    "cases", "accepted", "rejected", "needs_info", "open", "closed", "contacts", "plans", "payments", "received",
    "allocated", "unallocated", "to_refund", "refunded", "reversed", "kept", "commission", "held", "remitted", "checks",
    "events", "wall_seconds", "events_per_second", "ledger_balanced", "chain_ok",
}  # fmt: skip
TIMINGS = ("wall_seconds", "events_per_second")
QUIET_MS = 2_000


@dataclass
class Played:
    """A demo that was played, its folder, and what was seen while it still ran."""

    home: Path
    summary: Summary = None  # type: ignore[assignment]  # Known once it was played.
    people: Sequence[Person] = ()
    topic: list[bytes] = field(default_factory=list)
    outside: list[bytes] = field(default_factory=list)

    async def look(self, stage: Stage, people: list[Person]) -> None:
        self.people = people
        self.topic = await everything_on(stage.kafka)
        async with httpx2.AsyncClient(base_url=stage.world_url, trust_env=False) as http:
            for service in ("letters", "sms", "email"):
                self.outside.append((await http.get(f"/kept/{service}")).content)


async def everything_on(kafka: str) -> list[bytes]:
    """Every message of every topic: headers, key and body."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        names = await consumer.topics()
        parts = [TopicPartition(name, each) for name in names for each in consumer.partitions_for_topic(name) or ()]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        found: list[bytes] = []
        while batch := await consumer.getmany(timeout_ms=QUIET_MS):
            for records in batch.values():
                for one in records:
                    found += [one.key or b"", one.value or b"", *(value for _, value in one.headers)]
        return found
    finally:
        await consumer.stop()


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    outer = Path(tempfile.mkdtemp(prefix="sovinto-played-"))
    outer.chmod(0o711)
    demo = Played(outer / "home")
    try:
        demo.summary = run_demo(CASES, DAYS, SEED, home=demo.home, look=demo.look)
        yield demo
    finally:
        if (demo.home / "id").is_file():
            shutil.rmtree(ELSEWHERE / (demo.home / "id").read_text().strip(), ignore_errors=True)
        shutil.rmtree(outer, ignore_errors=True)


def as_told(summary: Summary) -> dict[str, object]:
    told: dict[str, object] = json.loads(msgspec.json.encode(summary))
    return told


def test_the_summary_has_the_keys_others_build_on(played: Played) -> None:
    assert set(as_told(played.summary)) == KEYS


def test_everything_that_must_hold_holds(played: Played) -> None:
    summary = played.summary
    assert summary.cases == CASES
    assert [name for name, found in summary.checks.items() if not all(each.holds for each in found.values())] == []
    assert (summary.ledger_balanced, summary.chain_ok, summary.is_well) == (True, True, True)


def test_lives_are_lived_in_every_way(played: Played) -> None:
    summary = played.summary
    assert summary.payments > 0
    assert summary.received["EUR"] > 0
    assert summary.received["NOK"] > 0
    assert summary.remitted["EUR"] > 0
    assert summary.plans["started"] > 0
    assert {"letter", "sms", "email", "call"} <= set(summary.contacts)
    assert "paid_in_full" in summary.closed or "paid" in summary.closed
    assert len(summary.closed) > 2


def test_the_same_seed_gives_the_same_numbers_again(played: Played) -> None:
    again = as_told(run_demo(CASES, DAYS, SEED))
    first = as_told(played.summary)
    for name in TIMINGS:
        del again[name], first[name]
    assert again == first


# Nobody's name lies open.


def named_in(content: bytes, people: Sequence[Person]) -> set[str]:
    """Whose name, e-mail address, telephone or identity number stands there, in the ways programs write them."""
    readings = [content, quopri.decodestring(content)] if b"=C3" in content else [content]
    found = set()
    for person in people:
        for fact in (person.name, person.email, person.phone, person.identifier):
            written = {fact.encode(), fact.encode("latin-1"), json.dumps(fact)[1:-1].encode(), fact.upper().encode()}
            written.add(base64.b64encode(fact.encode())[:-4])
            if any(each in reading for each in written for reading in readings):
                found.add(f"{person.number}: {fact}")
    return found


def files_of(home: Path) -> list[Path]:
    elsewhere = [ELSEWHERE / (home / "id").read_text().strip()] if (home / "id").is_file() else []
    return sorted(path for folder in (home, *elsewhere) for path in folder.rglob("*") if path.is_file())


def test_the_search_finds_people_where_they_are_in_the_letters_that_left(played: Played) -> None:
    found = set().union(*(named_in(content, played.people) for content in played.outside))
    assert len({each.partition(":")[0] for each in found}) > CASES // 2


def test_no_log_names_anybody(played: Played) -> None:
    logs = list((played.home / "logs").iterdir())
    assert len(logs) > 5
    assert {path.name: found for path in logs if (found := named_in(path.read_bytes(), played.people))} == {}


def test_nothing_on_the_bus_names_anybody(played: Played) -> None:
    assert len(played.topic) > played.summary.events
    assert set().union(*(named_in(each, played.people) for each in played.topic)) == set()


def test_nothing_in_the_data_folder_names_anybody(played: Played) -> None:
    files = files_of(played.home)
    assert any("base" in path.parts for path in files), "PostgreSQL's own files are among them"
    assert {str(path): found for path in files if (found := named_in(path.read_bytes(), played.people))} == {}
