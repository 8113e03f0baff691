"""The benchmarks run through; what it measures in so short a run means nothing and is not looked at."""

from typing import Any

import pytest

from deploy.bench.store import SHORT, Size
from tests.cli.conftest import Here, Ran
from tests.platform.stage import folder

KEYS = (
    "append_vs_copy_64", "append_vs_library", "read_vs_fetch", "single_vs_bare_p99", "growth_3m", "fresh_minute",
    "processes_5", "processes_5_slow_flush",
)  # fmt: skip


@pytest.fixture(scope="module")
def measured() -> Ran:
    """A short run; its answer is the figures."""
    with folder() as home:
        return Here(home).sovinto("bench", "store", "--short", "--json")


def test_the_store_is_measured_beside_its_limit_and_a_library_and_every_figure_is_there(measured: Ran) -> None:
    assert measured.code == 0, measured.err
    assert all(measured.json[key] > 0 for key in KEYS)
    assert measured.json["settings"]["fsync"] == "on"
    assert "round 1 of 1" in measured.err


def test_letters_are_made_two_at_once_and_no_two_are_alike(nothing: Here) -> None:
    told = nothing.sovinto("bench", "letters", "--count", "4", "--at-once", "2", "--json")
    assert told.code == 0, told.err
    assert (told.json["letters"], told.json["at_once"]) == (4, 2)
    assert told.json["letters_per_second"] > 0
    assert told.json["processor_ms_per_letter"] > 0


def test_the_same_can_be_read_by_a_person(nothing: Here, measured: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same figures: to measure them once more would take a quarter of a minute and prove no more."""

    async def measure(size: Size, _tell: object) -> Any:
        assert size == SHORT
        return measured.json

    monkeypatch.setattr("deploy.cli.bench.measure", measure)
    told = nothing.sovinto("bench", "store", "--short")
    assert "append_vs_copy_64" in told.out
    assert f"{measured.json['append_vs_copy_64']:.2f}" in told.out
    assert "at least 0.70" in told.out
    assert "a second" in told.out
