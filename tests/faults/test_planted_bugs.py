"""Every protection is needed: without it the suite fails. `make faults` runs the slow ones, as its part `planted`."""

from pathlib import Path

import pytest

from tests.faults.planted import BUGS, Bug, found_with, plant

NAMES = [bug.protection for bug in BUGS]


@pytest.mark.parametrize("bug", BUGS, ids=NAMES)
def test_each_protection_can_still_be_switched_off(bug: Bug, tmp_path: Path) -> None:
    """Else a bug would be planted nowhere, and that the suite notices it would mean nothing."""
    plant(tmp_path, bug)
    for name, _, now in bug.changes:
        assert now in (tmp_path / name).read_text()


@pytest.mark.faults
async def test_without_a_planted_bug_the_suite_finds_nothing() -> None:
    assert await found_with(None, 1) == []


@pytest.mark.faults
@pytest.mark.parametrize("bug", BUGS, ids=NAMES)
async def test_without_a_protection_the_suite_fails(bug: Bug) -> None:
    assert await found_with(bug, 1)
