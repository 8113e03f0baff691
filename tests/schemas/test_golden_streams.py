"""What every release stored is read for ever: whole cases from its demo, folded in every service, as they were then."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.schemas.handlers import states
from tests.schemas.kept import SCHEMAS, released
from tests.schemas.replay import folded, replayed, summary

STREAMS = sorted(path for path in (SCHEMAS / "streams").glob("*/*.json") if not path.name.endswith(".summary.json"))


def kept(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_release_has_its_streams() -> None:
    assert {path.parent.name for path in STREAMS} == set(released())


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_case_of_a_release_is_known_today_as_it_was_then(path: Path) -> None:
    told = await replayed(kept(path))
    assert all(one.event is not None for one in told)
    assert summary([one for one in told if one.kind == "case"]) == kept(path.with_suffix(".summary.json"))


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_every_state_of_every_service_folds_every_stream_of_a_release(path: Path) -> None:
    told = await replayed(kept(path))
    streams = {one.stream_id: [each for each in told if each.stream_id == one.stream_id] for one in told}
    assert {one.kind for one in told} >= {"case", "party", "client"}
    for stream in streams.values():
        assert [one.version for one in stream] == list(range(1, len(stream) + 1))
        for state in states():
            folded(state, stream)


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_personal_is_kept_of_a_release(path: Path) -> None:
    """Sealed values are left out, not even encrypted; who acted is told by an id."""
    for row in kept(path):
        assert "sealed" not in row
        kind, _, who = row["actor"].partition(":")
        assert kind in ("service", "staff", "client", "operator", "demo"), row["actor"]
        if kind in ("staff", "client"):
            assert UUID(who)
        for value in row["data"].values():
            assert not (isinstance(value, dict) and "parties" in value and "value" in value)
