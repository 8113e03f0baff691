"""Contact, plans, settlement and gateway in one memory, each step of each of them taken when somebody says so.

A job is one call of a service's own code: something it heard, a deadline, a person's request. At every look into the
store, before every append, and while a request is on its way out and its answer on its way back, a job waits for its
turn. Whoever gives the turns decides who comes first; nobody waits for anything else, and time is told, not waited for.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec

from services.contact.channels.provider import UNKNOWN, Asked, NotKnown, NotTaken, Outgoing
from services.contact.known import Known
from services.settlement.needs import wire as wire_settlement
from shared.deciding import NOTHING_MORE, Answer, Call, S
from shared.errors import Conflict, NotFound, Refused
from shared.events import Event
from shared.events.settlement import PaymentReceived, RemittanceLine
from tests.contact.asking import CASE, PARTY, the_law
from tests.contact.memory_world import MemoryWorld, wire
from tests.contact.people import ACCOUNT, CLIENT, bank_read, paid_list
from tests.memory import MemoryCases
from tests.stop.rules import Arrived, Happened, Rules

OTHER = uuid5(CASE, "another case of the same debtor and client")
ROUNDS = 25  # So often the loop goes round until every job waits for its turn or has ended.
SAID_NO = (Refused, NotFound, Conflict)  # An answer; and what is taken up again later by whoever called.


class Interleaved(MemoryWorld):
    """The memory, its log, and the jobs at work on it."""

    def __init__(self, today: datetime) -> None:
        super().__init__(today)
        self.house = House(self)
        self.outside = self.house  # type: ignore[assignment]  # It keeps and recalls as the other does, and sends slowly.
        self.log: list[Happened] = []
        self.rules = Rules(PARTY, CLIENT)
        self.turns: list[asyncio.Future[None]] = []
        self.jobs: list[asyncio.Future[Any]] = []
        self.relies = True  # Whether the store checks what was only relied on: switched off by a planted bug.
        wire(self)
        wire_settlement(Needs(self))  # type: ignore[arg-type]  # What its consumers ask.

    # Turns.

    async def turn(self) -> None:
        """Wait until one is let go on."""
        mine = asyncio.get_running_loop().create_future()
        self.turns.append(mine)
        try:
            await mine
        finally:
            if mine in self.turns:
                self.turns.remove(mine)

    async def start(self, job: Awaitable[Any], *, at_once: bool = False) -> None:
        """A new job. `at_once`: nobody else comes first until it has ended."""
        self.jobs.append(asyncio.ensure_future(job))
        before = set(self.turns)
        await self.settle()
        while at_once and (mine := [each for each in self.turns if each not in before]):
            self.turns.remove(mine[0])
            mine[0].set_result(None)
            await self.settle()

    async def go_on(self, which: int) -> None:
        """One of those who wait is let go on."""
        if self.turns:
            self.turns.pop(which % len(self.turns)).set_result(None)
            await self.settle()

    async def kill(self, which: int) -> None:
        """A process ends in the middle of its work; what was on its way out is on its way."""
        if self.jobs:
            self.jobs[which % len(self.jobs)].cancel()
            self.house.answered.clear()  # Whoever had an answer in its hand may be the one who ends.
            await self.settle()

    async def settle(self) -> None:
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
        ended = [job for job in self.jobs if job.done()]
        self.jobs = [job for job in self.jobs if not job.done()]
        for job in ended:
            wrong = None if job.cancelled() else job.exception()
            if wrong is not None and not isinstance(wrong, SAID_NO):
                raise wrong

    async def finish(self) -> None:
        """Everybody comes to the end of what he was at."""
        while self.turns:
            await self.go_on(0)

    # The store, with turns.

    def cases(self, call: Call) -> "InterleavedCases":
        return InterleavedCases(self, call)

    async def fold(self, state: type[S], stream_id: UUID) -> S:
        await self.turn()
        return await super().fold(state, stream_id)

    async def cases_of(self, stream_id: UUID) -> Sequence[UUID]:
        await self.turn()
        return [CASE, OTHER] if stream_id in (PARTY, CLIENT) else [stream_id]

    async def waiting_for(self, because: str, whose: UUID | None) -> Sequence[UUID]:
        del whose
        waited = {case: (await super(Interleaved, self).fold(Known, case)).waited for case in (CASE, OTHER)}
        return [case for case, each in waited.items() if each is not None and because in each.reason.blocked_by]

    def happened(self, call: Call, told: Mapping[UUID, Sequence[Event]]) -> None:
        for stream_id, events in told.items():
            for number, event in enumerate(events):
                event_id = uuid5(call.cause, f"{call.handler}|{stream_id}|{number}")
                one = Happened(event_id, stream_id, event, self.today)
                self.log.append(one)
                self.rules.happened(one)

    def morning(self) -> None:
        """The day before is known: the bank's file was read, and the client has told what it was paid."""
        before = date.fromordinal(self.today.date().toordinal() - 1)
        self.streams[ACCOUNT].append(bank_read(before))
        self.streams[CLIENT].append(paid_list(before))


class InterleavedCases(MemoryCases):
    """What one call sees of the store: the memory's promises, and a turn before each."""

    def __init__(self, world: Interleaved, call: Call) -> None:
        super().__init__(world, call)
        self.world = world

    async def load(self, state: type[S], stream_id: UUID) -> S:
        await self.world.turn()
        return await super().load(state, stream_id)

    async def append(
        self, stream_id: UUID, events: Sequence[Event], also: Mapping[UUID, Sequence[Event]] = NOTHING_MORE
    ) -> Answer:
        await self.world.turn()
        written = {stream_id: events, **{other: more for other, more in also.items() if more}}
        if not self.world.relies:
            self.relied_on = {each: version for each, version in self.relied_on.items() if each in written}
        answer = await super().append(stream_id, events, also)
        if answer.outcome == "appended":
            self.world.happened(self.call, written)
        return answer


class House:
    """The stand-ins: print house, mail and SMS. A request is on its way for a while, and so is its answer."""

    name = "stand-in"
    can_be_asked = True

    def __init__(self, world: Interleaved) -> None:
        self.world = world
        self.mood = "takes"
        self.answered: list[str] = []
        self.took: dict[str, str] = {}

    async def send(self, message: Outgoing, seconds: float) -> str:
        until = self.world.today + timedelta(seconds=seconds)
        await self.world.turn()
        if self.world.today > until:
            raise TimeoutError  # Who called has hung up, before anything came.
        self.world.rules.arrived(Arrived(message.key, self.world.today))
        mood = self.mood
        if mood in ("takes", "takes and says nothing"):
            self.took[message.key] = f"job-{len(self.took) + 1}"
            self.world.rules.took(message.key)
        await self.world.turn()
        if self.world.today > until or mood.endswith("says nothing"):
            raise NotKnown("ReadTimeout")
        if mood != "takes":
            raise NotTaken(mood, again=mood == "is busy")
        self.answered.append(message.key)
        return self.took[message.key]

    async def asked(self, key: str, seconds: float) -> Asked:
        until = self.world.today + timedelta(seconds=seconds)
        await self.world.turn()
        said = Asked("taken", self.took[key]) if key in self.took else Asked("not_taken")
        await self.world.turn()
        return said if self.world.today <= until and self.mood == "takes" else UNKNOWN

    async def keep(self, content: bytes, media_type: str, parties: Sequence[UUID]) -> str:
        del content, media_type, parties
        return "0" * 64

    async def opened(self, name: str) -> bytes:
        del name
        await self.world.turn()
        return b"To: aino@esimerkki.example\r\n\r\nHei!"

    async def recall(self, job: str) -> bool:
        del job
        await self.world.turn()
        return self.mood == "takes"


class Needs(msgspec.Struct, frozen=True):
    """What settlement's consumers ask besides the store."""

    world: Interleaved

    @property
    def law(self) -> Any:
        return the_law()

    @property
    def documents(self) -> House:
        return self.world.house

    async def find_case(self, payment: PaymentReceived) -> UUID | None:
        await self.world.turn()
        return UUID(payment.reference) if payment.reference else None

    async def open_cases_of(self, stream_id: UUID) -> Sequence[UUID]:
        return await self.world.cases_of(stream_id)

    async def cases_to_pay_on(self, client_id: UUID) -> Sequence[UUID]:
        del client_id
        return []

    async def lines_of(self, client_id: UUID) -> Sequence[RemittanceLine]:
        del client_id
        return []
