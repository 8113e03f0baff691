"""How a handler is called: the entry says what caused it, and calls it again when someone else came first.

A handler loads, decides and appends. What it loads, it relies on; no version is ever passed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from random import uniform
from typing import Concatenate, Literal, ParamSpec, Protocol, Self, TypeVar
from uuid import UUID

import msgspec

from shared.errors import Conflict
from shared.events import Event

ATTEMPTS_MAX = 8
WAIT_SECONDS_MAX = 0.05
NOTHING_MORE: Mapping[UUID, Sequence[Event]] = {}


class Call(msgspec.Struct, frozen=True):
    """One call of a handler: its stored name, what caused it, who acts, in which trace, at what time."""

    handler: str
    cause: UUID
    actor: str
    trace: str
    now: datetime


class Answer(msgspec.Struct, frozen=True):
    """What became of a call: its outcome, the version its stream has now, and the log's position of it."""

    outcome: Literal["appended", "duplicate", "nothing"]
    version: int
    position: int = 0


class AlreadyDone(Exception):
    """Loading found an append of this handler for this cause. Not decided again: it might now be refused."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class State(Protocol):
    """Anything folded from events. `after` only assigns."""

    def after(self, event: Event) -> Self: ...


S = TypeVar("S", bound=State)
P = ParamSpec("P")


class Cases(Protocol):
    """What one call of a handler sees of the store."""

    async def load(self, state: type[S], stream_id: UUID) -> S:
        """Fold a stream. From here on the call relies on it. Raises AlreadyDone, NotUnderstood, Away."""
        ...

    async def append(
        self, stream_id: UUID, events: Sequence[Event], also: Mapping[UUID, Sequence[Event]] = NOTHING_MORE
    ) -> Answer:
        """Append to the stream the handler was called for, and to others with it, all or nothing.

        A stream that was not loaded must be new. No events on the stream it was called for: nothing is appended.
        Raises Conflict where a stream loaded has moved on, Away where the store does not answer.
        """
        ...

    async def make_key(self, key_id: UUID, keep_until: date | None = None) -> None:
        """Give a party or a file a key, before the append that names it; a file's is destroyed after that day."""
        ...


class Store(Protocol):
    """Whatever can make a `Cases` for one call: the case store, or the tests' memory."""

    def cases(self, call: Call) -> Cases: ...


class Deciding:
    """An entry's way to call handlers: the cause, the actor and the time are the entry's to say."""

    def __init__(self, store: Store, cause: UUID, actor: str, now: datetime, trace: str = "") -> None:
        self.store, self.cause, self.actor, self.now, self.trace = store, cause, actor, now, trace

    async def __call__(
        self, handler: Callable[Concatenate[Cases, P], Awaitable[Answer]], *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        call, attempt = Call(stored_name(handler), self.cause, self.actor, self.trace, self.now), 0
        while True:
            attempt += 1
            try:
                return await handler(self.store.cases(call), *args, **kwargs)
            except AlreadyDone as done:
                return done.answer
            except Conflict:
                if attempt == ATTEMPTS_MAX:
                    raise
            await asyncio.sleep(uniform(0, WAIT_SECONDS_MAX))  # noqa: S311  (jitter is no secret)


def stored_name(handler: Callable[..., object]) -> str:
    """`plans.miss_instalment`. Stored with every append, so a test holds the list of them."""
    return f"{handler.__module__.split('.')[-2]}.{handler.__name__}"
