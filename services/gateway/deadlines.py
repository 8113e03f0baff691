"""What the gateway waits for: nothing. Stop, pause and keys last until a person says otherwise."""

from collections.abc import Sequence

from shared.deadlines import Deadline
from shared.events import Event

KINDS: Sequence[Deadline] = ()


def set_by(_event: Event) -> Sequence[Deadline]:
    """No event of ours or others' makes us do anything later."""
    return ()


def ended_by(_event: Event, _deadline: Deadline) -> bool:
    """There is nothing to end."""
    return False
