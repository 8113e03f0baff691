"""The benchmarks run through; what it measures in so short a run means nothing and is not looked at."""

from tests.cli.conftest import Here

KEYS = (
    "append_vs_copy_64", "append_vs_library", "read_vs_fetch", "single_vs_bare_p99", "growth_3m", "fresh_minute",
    "processes_5", "processes_5_slow_flush",
)  # fmt: skip


def test_the_store_is_measured_beside_its_limit_and_a_library_and_every_figure_is_there(nothing: Here) -> None:
    told = nothing.sovinto("bench", "store", "--short", "--json")
    assert told.code == 0, told.err
    assert all(told.json[key] > 0 for key in KEYS)
    assert told.json["settings"]["fsync"] == "on"
    assert "round 1 of 1" in told.err


def test_letters_are_made_two_at_once_and_no_two_are_alike(nothing: Here) -> None:
    told = nothing.sovinto("bench", "letters", "--count", "4", "--at-once", "2", "--json")
    assert told.code == 0, told.err
    assert (told.json["letters"], told.json["at_once"]) == (4, 2)
    assert told.json["letters_per_second"] > 0
    assert told.json["processor_ms_per_letter"] > 0


def test_the_same_can_be_read_by_a_person(nothing: Here) -> None:
    told = nothing.sovinto("bench", "store", "--short")
    assert "append_vs_copy_64" in told.out
    assert "at least 0.70" in told.out
    assert "a second" in told.out
