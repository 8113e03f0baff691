"""What a service hears: event type in, function called. The message is a trigger; the store says what is true."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from shared.deciding import Deciding
from shared.events import Event

StreamId = UUID
Decide = Deciding
Heard = Callable[[StreamId, Decide], Awaitable[None]]


class Hears:
    """A consumer group's table of which function hears which event type. Functions run in the order written."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.by_type: dict[str, list[Heard]] = {}

    def __call__(self, *types: type[Event]) -> Callable[[Heard], Heard]:
        def hear(function: Heard) -> Heard:
            for each in types:
                self.by_type.setdefault(each.__name__, []).append(function)
            return function

        return hear
