"""The list of erasures: outside of the database, lines only ever added, and never half a line."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from shared.erasures import Erasures

ANNA, BERTA = UUID(int=1), UUID(int=2)
THEN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def parties(erasures: Erasures) -> list[UUID]:
    return [each.party for each in erasures.noted()]


def test_who_was_erased_is_noted_once_with_the_time_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "erasures.jsonl"
    erasures = Erasures(path)
    assert erasures.noted() == []
    for party in (ANNA, BERTA, ANNA):
        erasures.note(party, THEN)
    assert parties(Erasures(path)) == [ANNA, BERTA]
    assert path.read_text() == (
        f'{{"party":"{ANNA}","at":"2026-01-05T09:00:00Z"}}\n{{"party":"{BERTA}","at":"2026-01-05T09:00:00Z"}}\n'
    )


def test_a_line_that_was_cut_off_is_left_out_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    Erasures(path).note(ANNA, THEN)
    path.write_bytes(path.read_bytes() + b'{"party":"0000')
    assert parties(Erasures(path)) == [ANNA]
    Erasures(path).note(BERTA, THEN)
    assert parties(Erasures(path)) == [ANNA, BERTA]


def test_a_line_that_says_something_else_stops_whoever_reads_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    path.write_text('{"party":"nobody","at":"2026-01-05T09:00:00Z"}\n')
    with pytest.raises(ValueError, match=r"erasures\.jsonl, line 1"):
        Erasures(path).noted()
