"""What a client is given to check a case without trusting us: it holds offline, and no change of it does."""

import copy
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.examples import verify_proof
from shared.casestore import CaseStore, Installed
from shared.casestore.checkpoints import key_text
from shared.casestore.look import Connection
from shared.casestore.proof import bundle
from tests.casestore.signing import KEY, at_work, differences
from tests.casestore.two_cases import CASE, NAME, OTHER, PARTY, go_on, live

JSON = dict[str, Any]
VERIFIER = Path(verify_proof.__file__)


@pytest_asyncio.fixture
async def owner(database: str, intake: CaseStore, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    """A store whose notary signs three events at a time: seven checkpoints, all needed by one case or the other."""
    monkeypatch.setattr("shared.casestore.notary.EVENTS_MAX", 3)
    await live(intake)
    await go_on(intake, *[CASE, OTHER, OTHER] * 4)
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def proof_of(owner: Connection, installed: Installed, folder: Path, stream: UUID) -> JSON:
    async with at_work(installed, folder) as notary:
        proof = await notary.proof(stream)
    rows = await owner.fetch("select * from casestore.events where stream_id = $1 order by version", stream)
    return bundle(stream, rows, proof)


def offline(file: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """The verifier as somebody else runs it: alone, with none of our code to be found."""
    command = [sys.executable, "-I", str(VERIFIER.absolute()), str(file), *more]
    return subprocess.run(command, cwd=file.parent, env={}, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  (our own program)


async def test_a_proof_holds_offline_and_shows_what_happened_when_and_by_whom(
    owner: Connection, installed: Installed, tmp_path: Path
) -> None:
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(await proof_of(owner, installed, tmp_path, CASE)))
    ran = offline(file, "--key", key_text(KEY.public_key()))
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert lines[0].split() == ["1", "2026-01-05T06:00:00", "CaseReceived", "test"]
    assert [line.split()[2] for line in lines[1:7]] == ["CreditCheckAsked"] * 6
    assert f"Proven: these 7 events are all of case {CASE} at 2026-01-05T06:00:00Z." in ran.stdout
    without = offline(file)
    assert without.returncode == 0
    assert "no proof can say whose it is" in without.stdout


def test_the_verifier_needs_nothing_of_ours_and_nothing_but_cryptography() -> None:
    imported = [line.split()[1].partition(".")[0] for line in VERIFIER.read_text().splitlines()
                if line.startswith(("import ", "from "))]  # fmt: skip
    assert set(imported) - sys.stdlib_module_names == {"cryptography"}


async def test_another_key_than_the_known_one_is_refused(
    owner: Connection, installed: Installed, tmp_path: Path
) -> None:
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(await proof_of(owner, installed, tmp_path, CASE)))
    (tmp_path / "other.pub").write_text("A" * 43 + "=\n")
    ran = offline(file, "--key", "other.pub")
    assert ran.returncode == 1
    assert "not with the one you know" in ran.stderr


async def test_what_is_sealed_stays_sealed_in_a_proof(owner: Connection, installed: Installed, tmp_path: Path) -> None:
    told = await proof_of(owner, installed, tmp_path, PARTY)
    [event] = told["events"]
    [sealed] = await owner.fetch("select sealed from casestore.events where stream_id = $1", PARTY)
    assert verify_proof.raw(event["sealed"]) == sealed["sealed"] != b""
    assert NAME.encode() not in verify_proof.raw(event["data"]) + verify_proof.raw(event["sealed"])


async def test_erasing_a_party_leaves_every_proof_and_every_chain_as_it_was(
    owner: Connection, installed: Installed, tmp_path: Path
) -> None:
    before = await proof_of(owner, installed, tmp_path, PARTY)
    await owner.execute("update casestore.keys set wrapped = null, destroyed_at = now() where key_id = $1", PARTY)
    after = await proof_of(owner, installed, tmp_path, PARTY)
    assert after["events"][0]["sealed"] == before["events"][0]["sealed"] != ""
    for told in (before, after):
        verify_proof.check(json.dumps(told))
    assert await differences(owner, tmp_path) == ([], [])


# Whatever is changed in it, it is refused.


@pytest_asyncio.fixture
async def proof(owner: Connection, installed: Installed, tmp_path: Path) -> JSON:
    return await proof_of(owner, installed, tmp_path, OTHER)


def refusal(told: JSON) -> str:
    with pytest.raises(verify_proof.Wrong) as wrong:
        verify_proof.check(json.dumps(told))
    return str(wrong.value)


def changed(proof: JSON, change: Callable[[JSON], object]) -> JSON:
    other = copy.deepcopy(proof)
    change(other)
    assert other != proof
    return other


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("type", "ClaimPaid"), ("actor", "client:another"), ("handler", "plans.start"), ("trace", "x"),
        ("schema", 2), ("data", "e30="), ("sealed", "AAAA"), ("event_id", str(UUID(int=9))),
        ("cause", str(UUID(int=9))), ("position", 11),
        ("occurred_at", "2026-01-05T06:00:00.000001Z"), ("recorded_at", "2026-01-04T06:00:00Z"),
        ("checkpoint", 1), ("checkpoint", 99),
    ],
)  # fmt: skip
async def test_a_changed_part_of_an_event_is_refused_naming_the_event(proof: JSON, part: str, value: object) -> None:
    said = refusal(changed(proof, lambda told: told["events"][4].update({part: value})))
    assert said.startswith("Event 5 ("), said


@pytest.mark.parametrize(("part", "value"), [("kind", "party"), ("client", str(UUID(int=9))), ("client", None)])
async def test_a_case_given_to_another_is_refused_at_its_first_event(proof: JSON, part: str, value: object) -> None:
    assert refusal(changed(proof, lambda told: told.update({part: value}))).startswith("Event 1 (")


async def test_an_event_left_out_doubled_swapped_or_of_another_version_is_refused_naming_it(proof: JSON) -> None:
    assert "Event 6 (CreditCheckAsked" in refusal(changed(proof, lambda told: told["events"].pop(4)))
    assert "Event 4 (" in refusal(changed(proof, lambda told: told["events"].insert(4, told["events"][3])))
    swapped = changed(proof, lambda told: told["events"].insert(3, told["events"].pop(5)))
    assert "Event 6 (" in refusal(swapped)
    assert "Event 9 (" in refusal(changed(proof, lambda told: told["events"][4].update(version=9)))


async def test_a_history_cut_off_is_refused_naming_what_is_now_its_last_event(proof: JSON) -> None:
    said = refusal(changed(proof, lambda told: told["events"].pop()))
    assert said.startswith(f"Event {len(proof['events']) - 1} (CreditCheckAsked")
    assert "is not the last one" in said


async def test_a_proof_from_before_the_last_event_does_not_hold_with_it(
    proof: JSON, owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path
) -> None:
    await go_on(intake, OTHER)
    newer = await proof_of(owner, installed, tmp_path, OTHER)
    verify_proof.check(json.dumps(newer))
    assert "signed that the case ends elsewhere" in refusal({**newer, "events": newer["events"][:-1]})
    assert refusal({**proof, "events": newer["events"]})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every value in it that is not made of others."""
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, name))
    else:
        yield path


async def test_whatever_character_or_number_is_changed_anywhere_the_proof_is_refused(proof: JSON) -> None:
    everywhere = list(places(proof))

    @settings(max_examples=300)
    @given(st.sampled_from(everywhere), st.data())
    def refused(path: tuple[Any, ...], data: st.DataObject) -> None:
        other = copy.deepcopy(proof)
        holder = other
        for name in path[:-1]:
            holder = holder[name]
        was = holder[path[-1]]
        if isinstance(was, str) and was:
            at = data.draw(st.integers(0, len(was) - 1))
            put = data.draw(st.sampled_from("ABab01+/=-:Z \x1f\xe4").filter(lambda each: each != was[at]))
            holder[path[-1]] = data.draw(st.sampled_from([was[:at] + put + was[at + 1 :], was[:at] + was[at + 1 :]]))
        elif isinstance(was, int):
            holder[path[-1]] = data.draw(st.integers(-3, 40).filter(lambda each: each != was) | st.just(str(was)))
        else:
            holder[path[-1]] = data.draw(st.sampled_from(["", "x", 0, [], False]).filter(lambda each: each != was))
        refusal(other)

    refused()


async def test_whatever_part_is_taken_away_or_added_the_proof_is_refused(proof: JSON) -> None:
    for where in (proof, proof["events"][2], proof["checkpoints"][0], proof["checkpoints"][-1]):
        for name in list(where):
            was = where.pop(name)
            refusal(proof)
            where[name] = was
        where["more"] = 1
        refusal(proof)
        del where["more"]
    for paths in (proof["end"], proof["events"][2]["path"], proof["checkpoints"][0]["path"]):
        paths.append(paths[0])
        refusal(proof)
        paths.pop()
    verify_proof.check(json.dumps(proof))


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format":"sovinto-proof-1"}', '{"a":1,"a":1}', "[" * 9999])
def test_what_is_no_proof_is_refused_in_words(text: str) -> None:
    with pytest.raises(verify_proof.Wrong):
        verify_proof.check(text)


def test_a_file_that_cannot_be_read_is_neither_right_nor_wrong(tmp_path: Path) -> None:
    ran = offline(tmp_path / "nothing.json")
    assert ran.returncode == 2
    assert "cannot be read" in ran.stderr
