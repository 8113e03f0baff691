"""The case store, in memory: what rule tests stand on. Same promises as the real one, and no server."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import reduce
from uuid import UUID

from shared.deciding import NOTHING_MORE, AlreadyDone, Answer, Call, S
from shared.errors import Conflict
from shared.events import Event


class MemoryStore:
    """Streams of events. `meanwhile` is how a test lets someone else come first."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[Event]] = defaultdict(list)
        self.done: set[tuple[UUID, str, UUID]] = set()
        self.meanwhile: Callable[[], None] = lambda: None

    def cases(self, call: Call) -> "MemoryCases":
        return MemoryCases(self, call)


class MemoryCases:
    def __init__(self, store: MemoryStore, call: Call) -> None:
        self.store, self.call = store, call
        self.relied_on: dict[UUID, int] = {}

    async def load(self, state: type[S], stream_id: UUID) -> S:
        events = self.store.streams[stream_id]
        if (stream_id, self.call.handler, self.call.cause) in self.store.done:
            raise AlreadyDone(Answer("duplicate", len(events)))
        self.relied_on[stream_id] = len(events)
        return reduce(lambda known, event: known.after(event), events, state())

    async def make_key(self, key_id: UUID, keep_until: date | None = None) -> None:
        pass

    async def append(
        self, stream_id: UUID, events: Sequence[Event], also: Mapping[UUID, Sequence[Event]] = NOTHING_MORE
    ) -> Answer:
        meanwhile, self.store.meanwhile = self.store.meanwhile, lambda: None
        meanwhile()
        stream = self.store.streams[stream_id]
        if not events:
            if any(also.values()):
                raise ValueError("an append includes the stream its handler was called for")
            return Answer("nothing", len(stream))
        wanted = {stream_id: events, **{other: more for other, more in also.items() if more}}
        keys = {(each, self.call.handler, self.call.cause) for each in wanted}
        if keys & self.store.done:
            return Answer("duplicate", len(stream))
        expected = dict.fromkeys(wanted, 0) | self.relied_on
        if any(len(self.store.streams[each]) != version for each, version in expected.items()):
            raise Conflict
        self.store.done |= keys
        for each, told in wanted.items():
            self.store.streams[each].extend(told)
        return Answer("appended", len(stream))
