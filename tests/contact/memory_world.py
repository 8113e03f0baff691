"""Contact's handlers in memory: a store, documents and providers that remember, and an entry as the bus has."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import reduce
from uuid import UUID, uuid4

from services.contact.channels.provider import UNKNOWN, Asked, Outgoing
from services.contact.known import Known
from services.contact.wired import Outside, wired
from shared.deciding import Deciding, S
from shared.events import Event
from shared.ids import AGENCY
from tests.contact.asking import CASE, PARTY, the_law
from tests.contact.people import (
    ACCOUNT,
    AGENCY_SET,
    CLIENT,
    CLIENT_SET,
    HANDLER,
    NO_ACCOUNT,
    STAFF,
    bank_read,
    identified,
    paid_list,
)  # fmt: skip
from tests.memory import MemoryStore


class Remembering:
    """Documents and providers that keep what they are given."""

    name = "remembering"
    can_be_asked = True

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.sent: list[Outgoing] = []
        self.recalled: list[str] = []
        self.fails: Exception | None = None
        self.questions: list[str] = []
        self.says, self.breaks = UNKNOWN, False

    async def keep(self, content: bytes, media_type: str, parties: Sequence[UUID]) -> str:
        assert media_type
        assert parties
        name = f"{len(self.documents):064d}"
        self.documents[name] = content
        return name

    async def opened(self, name: str) -> bytes | None:
        return self.documents.get(name, b"")

    async def send(self, message: Outgoing, seconds: float) -> str:
        assert seconds > 0
        if self.fails is not None:
            raise self.fails
        self.sent.append(message)
        return f"job-{len(self.sent)}"

    async def asked(self, key: str, seconds: float) -> Asked:
        assert seconds > 0
        self.questions.append(key)
        if self.breaks:
            raise ValueError("an answer nobody has thought of")
        return self.says

    async def recall(self, job: str) -> bool:
        self.recalled.append(job)
        return True


class MemoryWorld(MemoryStore):
    """A store whose clock the test sets, with everybody a case needs in it."""

    def __init__(self, today: datetime) -> None:
        super().__init__()
        self.today, self.outside = today, Remembering()
        yesterday = date.fromordinal(today.date().toordinal() - 1)
        self.streams[AGENCY] = [AGENCY_SET]
        self.streams[CLIENT] = [CLIENT_SET, paid_list(yesterday)]
        self.streams[STAFF] = [HANDLER]
        self.streams[PARTY] = [identified(PARTY)]
        self.streams[ACCOUNT] = [bank_read(yesterday)]
        self.streams[NO_ACCOUNT] = [bank_read(yesterday, "NOK")]

    async def now(self) -> datetime:
        return self.today

    async def fold(self, state: type[S], stream_id: UUID) -> S:
        return reduce(lambda known, event: known.after(event), self.streams[stream_id], state())

    def deciding(self, cause: UUID | None = None) -> Deciding:
        return Deciding(self, cause or uuid4(), "test", self.today)

    @property
    def case(self) -> list[Event]:
        return self.streams[CASE]

    @property
    def known(self) -> Known:
        return reduce(lambda known, event: known.after(event), self.case, Known())

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.case if isinstance(event, kind)]

    async def cases_of(self, stream_id: UUID) -> Sequence[UUID]:
        return [CASE] if stream_id in (CASE, PARTY, CLIENT) else [stream_id]

    async def waiting_for(self, because: str, whose: UUID | None) -> Sequence[UUID]:
        waited = self.known.waited
        return [CASE] if waited is not None and because in waited.reason.blocked_by else []


@contextmanager
def memory_world(today: datetime, *events: Event) -> Iterator[MemoryWorld]:
    """A world with these events on the case, wired for the handlers."""
    world = MemoryWorld(today)
    world.streams[CASE] = list(events)
    wire(world)
    yield world


def wire(world: MemoryWorld) -> None:
    """Let contact's handlers and effects work on this world."""
    wired.law, wired.documents = the_law(), world.outside
    wired.outside = Outside(
        store=world,  # type: ignore[arg-type]  # The part of the store that effects use.
        opened=world.outside.opened,
        providers={"letter": world.outside, "email": world.outside, "sms": world.outside},
        recalls=world.outside.recall,
        cases_of=world.cases_of,
        waiting_for=world.waiting_for,
    )
