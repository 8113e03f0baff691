"""Whatever people do while time passes: a deadline that fires always appends, and nothing leaves that should not."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from unittest.mock import patch
from uuid import UUID, uuid4, uuid5

from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st

from services.contact import conversations, handlers
from services.contact.consumers import hears
from services.contact.deadlines import ended_by, set_by
from services.contact.writing import Written
from shared.deadlines import Deadline, cause_of, fire
from shared.deciding import Answer
from shared.errors import NotFound, Refused
from shared.events import Event, contact, gateway, plans, settlement
from shared.events.plans import Instalment
from shared.events.settlement import Part
from shared.money import Money
from tests.contact.asking import CASE, CLAIM, KINDS, PARTY, at
from tests.contact.memory_world import MemoryWorld, memory_world
from tests.contact.people import ACCOUNT, CLIENT, DUE, a_case, bank_read, identified, paid_list

DAY = timedelta(days=1)
BLOCKING = (
    gateway.CollectionStopped, gateway.CollectionPaused, gateway.ContactSuspended, contact.DisputeOpened,
    settlement.CaseClosed,
)  # fmt: skip
FREEING = (gateway.CollectionResumed, gateway.ContactAllowedAgain, contact.DisputeResolved, settlement.CaseReopened)


async def as_text(*_: object) -> Written:
    return Written(b"a message", "text/plain")


class Waiting:
    """The deadlines of one case, set and ended by its events as they come."""

    def __init__(self, world: MemoryWorld) -> None:
        self.world, self.seen, self.waiting = world, 0, dict[tuple[UUID, str], Deadline]()

    def read(self, cause: UUID | None = None) -> None:
        for event in self.world.case[self.seen :]:
            self.waiting = {
                key: one for key, one in self.waiting.items()
                if not ended_by(event, one) and cause_of(key[0], one) != cause
            }  # fmt: skip
            event_id = uuid5(CASE, f"{self.seen}")
            self.waiting |= {(event_id, one.name): one for one in set_by(event)}
            self.seen += 1

    def due(self, now: datetime) -> list[tuple[tuple[UUID, str], Deadline]]:
        found = [(key, one) for key, one in self.waiting.items() if one.at <= now]
        return sorted(found, key=lambda each: (each[1].at, each[0]))


async def hear_all(world: MemoryWorld, waiting: Waiting, heard: dict[UUID, int]) -> None:
    """Everything told is heard, on whichever stream."""
    again = True
    while again:
        again = False
        for stream_id in (CASE, PARTY, CLIENT, ACCOUNT):
            events = world.streams[stream_id]
            while heard.setdefault(stream_id, 0) < len(events):
                place = heard[stream_id]
                heard[stream_id] += 1
                again = True
                for function in hears.by_type.get(type(events[place]).__name__, ()):
                    await function(stream_id, world.deciding(uuid5(stream_id, f"{place}")))
        waiting.read()


async def live(world: MemoryWorld, actions: Sequence[tuple[int, int]]) -> Waiting:
    """Days go by; on some of them somebody does something. Answers what is left waiting."""
    waiting, heard = Waiting(world), dict[UUID, int]()
    todo: dict[int, list[int]] = {}
    for day, action in actions:
        todo.setdefault(day, []).append(action)
    for number in range(1, 140):
        today = DUE + number * DAY
        for hour in (time(5, 30), time(7), time(8), time(9), time(12)):
            world.today = at(today, hour.hour, hour.minute)
            if hour.minute and not any(action == 0 for action in todo.get(number, ())):
                world.streams[ACCOUNT].append(bank_read(today - DAY))
                world.streams[CLIENT].append(paid_list(today - DAY))
            if hour == time(9):
                for action in todo.get(number, ()):
                    await do(world, action, today)
            await hear_all(world, waiting, heard)
            while due := waiting.due(world.today):
                key, deadline = due[0]
                answer = await fire(world, deadline, CASE, key[0], world.today, "service:contact")
                assert answer.outcome == "appended", f"{deadline.name} fired and appended nothing"
                if deadline.act is not None:
                    await deadline.act(CASE, *deadline.about, cause=cause_of(key[0], deadline))
                waiting.read(cause_of(key[0], deadline))
                await hear_all(world, waiting, heard)
    return waiting


async def do(world: MemoryWorld, action: int, today: date) -> Answer | None:
    """One of the things people do; what makes no sense on that day is refused and changes nothing."""
    part, closed = Part("principal", Money(50_00, world.known.case.currency)), world.known.case.stage == "closed"
    conditions = world.known.case.conditions
    try:
        match action:
            case 1 if "paused" not in conditions:
                world.case.append(gateway.CollectionPaused())
            case 2 if "paused" in conditions:
                world.case.append(gateway.CollectionResumed())
            case 3:
                world.streams[CLIENT].append(gateway.CollectionPaused())
            case 4:
                world.streams[CLIENT].append(gateway.CollectionResumed())
            case 5:
                ask = (CASE, uuid4(), CLAIM, "Hei")
                return await world.deciding()(conversations.open_dispute, *ask, now=world.today)
            case 6 if world.known.case.disputes:
                [dispute, *_] = world.known.case.disputes
                ended = (CASE, dispute, "rejected", None, None, today + 5 * DAY)
                return await world.deciding()(conversations.resolve_dispute, *ended, now=world.today)  # type: ignore[arg-type]  # In words.
            case 7:
                return await world.deciding()(conversations.move_due_date, CASE, today + 9 * DAY, now=world.today)
            case 8 if not closed:
                paid = settlement.PaymentAllocated(uuid4(), CLAIM, part.amount, (part,), today, "reference", "")
                world.case.append(paid)
            case 9 if not closed and world.known.case.stage != "on_plan":
                parts = (Instalment(today + 9 * DAY, part.amount, today + 10 * DAY),)
                world.case.append(plans.PlanStarted(uuid4(), parts, None))
            case 10 if world.known.case.stage == "on_plan":
                world.case.append(plans.PlanBroken(1))
            case 11 if not closed:
                world.case.append(settlement.CaseClosed("paid", Money(0, part.amount.currency)))
            case 12 if closed:
                world.case.append(settlement.CaseReopened("payment_reversed"))
            case 13:
                world.streams[PARTY].append(contact.ContactTaken(uuid4(), "letter", world.today + DAY))
            case 14 if task := next((t for t, call in world.known.calls.items() if call.is_open), None):
                made = (CASE, task, "will_pay", "Maksaa", "staff", uuid4())
                return await world.deciding()(conversations.record_call, *made, now=world.today)  # type: ignore[arg-type]  # In words.
            case 15:
                world.case.append(gateway.CollectionStopped())
    except (Refused, NotFound):
        return None
    return None


def blocked_before(events: Sequence[Event]) -> Iterator[tuple[Event, bool]]:
    """Each event, with whether the case itself was blocked before it."""
    blocks = set[str]()
    stops = {"CollectionResumed": "CollectionPaused", "DisputeResolved": "DisputeOpened", "CaseReopened": "CaseClosed"}
    for event in events:
        name = type(event).__name__
        yield event, bool(blocks)
        if isinstance(event, BLOCKING):
            blocks.add(name)
        elif isinstance(event, FREEING):
            blocks.discard(stops.get(name, ""))


@settings(max_examples=25)
@any_of(which=st.sampled_from(KINDS), actions=st.lists(st.tuples(st.integers(1, 130), st.integers(0, 15)), max_size=12))
async def test_a_deadline_that_fires_always_appends_and_nothing_leaves_while_it_is_blocked(
    which: tuple[str, str], actions: list[tuple[int, int]]
) -> None:
    country, kind = which
    events = a_case(PARTY, country=country, kind=kind, received=DUE)  # type: ignore[arg-type]  # In words.
    with memory_world(at(DUE, 12), *events) as world, patch.object(handlers, "written", as_text):
        world.streams[PARTY] = [identified(PARTY, country=country, kind=kind)]  # type: ignore[arg-type]  # In words.
        await live(world, actions)
        for event, was_blocked in blocked_before(world.case):
            if was_blocked and isinstance(event, contact.ContactDecided):
                assert event.to == "client" or event.kind == "thanks"
            if was_blocked and isinstance(event, contact.HandOverStarted):
                decided = world.known.contacts[event.contact_id].decided
                assert decided.to == "client" or decided.kind == "thanks"
        versions = [each.state for each in world.known.contacts.values()]
        assert set(versions) <= {"left", "recalled"}, "a message was left half way"
