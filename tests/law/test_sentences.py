"""What people are told of the law stands in a file, word by word."""

from shared.law.explain import Speaking, left_out
from tests.law.sentences import KEPT, told


def test_every_kind_of_answer_is_told_as_the_file_says() -> None:
    """A change that is wanted is written with `python -m tests.law.sentences`, and read before it is committed."""
    kept, now = KEPT.read_text(encoding="utf-8").split("\n\n"), told().split("\n\n")
    assert [block for block in now if block not in kept] == []
    assert kept == now


def test_several_things_not_known_are_told_one_after_the_other() -> None:
    missing = ("rate for 2026-H2 missing", "value-added tax for 2025-06-02 missing", "something else")
    said = left_out(missing, Speaking("en", None))
    assert said.endswith("the rate (2026-H2), value-added tax (2 June 2025), something else")
