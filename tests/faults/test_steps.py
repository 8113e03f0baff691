"""The suite catches a process by the text of what it asks the database: that text is still the product's own."""

from pathlib import Path

import pytest

from tests.faults import steps

SHARED = Path(__file__).parents[2] / "shared"
STEPS = [each for each in vars(steps).values() if isinstance(each, steps.Step)]


@pytest.mark.parametrize("step", STEPS, ids=[each.name for each in STEPS])
def test_a_step_is_still_asked_so(step: steps.Step) -> None:
    """Else nobody would ever come there, which is seen only after a long run."""
    asked = "\n".join(path.read_text(encoding="utf-8") for path in SHARED.rglob("*.py"))
    for piece in f"{step.query}%{step.before}".split("%"):
        assert piece in asked
