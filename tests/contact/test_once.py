"""A letter leaves once, on a real store: attempts are told apart, and of two processes one acts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid5

import pytest
import pytest_asyncio
from msgspec.structs import replace

from services.contact import handlers
from services.contact.channels.provider import Asked, NotKnown, Outgoing, Provider
from services.contact.deadlines import KINDS, ended_by, set_by
from services.contact.dispatch import dispatch
from services.contact.views import hand_overs_unknown
from services.contact.wired import outside, wired
from shared.casestore import CaseStore
from shared.casestore.recorded import Recorded
from shared.deadlines import cause_of, fire
from shared.deciding import Deciding
from shared.events import Event, contact
from tests.casestore.conftest import MASTER
from tests.contact.asking import the_law
from tests.contact.life import Life, life
from tests.contact.people import at
from tests.contact.test_a_case_on_a_real_store import FRIENDLY, MONDAY, REMINDER, a_new_case, live, printed
from tests.waiting import ByHand

CONTACT = "service:contact"


@pytest_asyncio.fixture
async def world(database: str) -> AsyncIterator[Life]:
    async with life(database, at(MONDAY, 5), the_law()) as lived:
        yield lived


class Slow:
    """A print house that takes its time, so that a second hand-over would find the letter still leaving."""

    def __init__(self, house: Provider) -> None:
        self.house, self.name, self.can_be_asked = house, house.name, house.can_be_asked
        self.keys: list[str] = []

    async def send(self, message: Outgoing, seconds: float) -> str:
        self.keys.append(message.key)
        await asyncio.sleep(0.5)
        return await self.house.send(message, seconds)

    async def asked(self, key: str, seconds: float) -> Asked:
        return await self.house.asked(key, seconds)


@asynccontextmanager
async def another_process(world: Life) -> AsyncIterator[ByHand]:
    store = await CaseStore(world.contact.dsn, MASTER, "contact").open()
    yield ByHand("contact", store, set_by, ended_by, KINDS)
    await store.close()


async def last(world: Life, case: UUID, kind: type[Event]) -> Recorded:
    return [one for one in await world.contact.stream(case) if isinstance(one.event, kind)][-1]


async def test_hand_over_attempt_2_is_not_taken_for_attempt_1(world: Life) -> None:
    case = await a_new_case(world)
    await live(world, FRIENDLY)
    await world.morning(REMINDER)
    world.world.set_down("letters")
    await world.live_until(at(REMINDER, 8))
    world.world.set_down()
    decided, failed = await last(world, case, contact.ContactDecided), await last(world, case, contact.HandOverFailed)
    assert decided.event is not None
    assert failed.event is not None
    [first], [second] = set_by(decided.event), set_by(failed.event)
    now = second.at

    again = await fire(world.contact, first, case, decided.event_id, now, CONTACT)
    assert again.outcome == "duplicate"
    assert printed(world) == []

    started = await fire(world.contact, second, case, failed.event_id, now, CONTACT)
    assert started.outcome == "appended"
    late = Deciding(world.contact, uuid5(cause_of(decided.event_id, first), "outcome"), CONTACT, now)
    contact_id = UUID(str(first.about[0]))
    answer = await late(handlers.record_handed_over, case, contact_id, 1, "print", "a job of the first attempt")
    assert answer.outcome == "nothing"
    await dispatch(case, str(contact_id), 2, cause=cause_of(failed.event_id, second))
    [letter] = printed(world)
    handed = (await last(world, case, contact.HandedOver)).event
    assert handed == contact.HandedOver(contact_id, 2, "print", letter.job)


async def test_of_two_dispatchers_of_one_letter_only_one_may_act(world: Life) -> None:
    """Two processes of contact, each with its own way to the store, meet every letter of the morning at once."""
    cases = [await a_new_case(world, number) for number in ("10233", "20416", "30518", "40612")]
    await live(world, FRIENDLY)
    await world.morning(REMINDER)
    await world.live_until(at(REMINDER, 7, 59))
    slow = Slow(outside().providers["letter"])
    wired.outside = replace(outside(), providers={**outside().providers, "letter": slow})
    await world.owner.execute("select casestore.set_clock($1)", at(REMINDER, 8))
    async with another_process(world) as other:
        for _due in ("the steps", "the hand-overs they set"):
            await asyncio.gather(world.parts.waiting.fire_due(), other.fire_due())
            assert await world.parts.reader.reached(await world.contact.head(), 20)
        await world.rest()
    assert len(slow.keys) == len(set(slow.keys)) == len(printed(world)) == len(cases)
    for case in cases:
        told = [type(event) for event in await world.stream(case)]
        assert told.count(contact.HandOverStarted) == told.count(contact.HandedOver) == 2  # The SMS, and the letter.
    assert await world.stuck() == 0


class Deaf(Slow):
    """The line to the print house breaks: before the letter came, or after it was taken."""

    def __init__(self, house: Provider, *, took: bool) -> None:
        super().__init__(house)
        self.took = took

    async def send(self, message: Outgoing, seconds: float) -> str:
        if self.took:
            await self.house.send(message, seconds)
        raise NotKnown("ReadError")


async def given_to_a_deaf_house(world: Life, *, took: bool) -> tuple[UUID, Provider]:
    """A case whose letter was just given to a print house whose answer was lost; and that house when it hears again."""
    case = await a_new_case(world)
    await live(world, FRIENDLY)
    await world.morning(REMINDER)
    await world.live_until(at(REMINDER, 7, 59))
    house = outside().providers["letter"]
    wired.outside = replace(outside(), providers={**outside().providers, "letter": Deaf(house, took=took)})
    await world.live_until(at(REMINDER, 8))
    return case, house


@pytest.mark.parametrize("took", [True, False], ids=["taken", "never came"])
async def test_a_letter_whose_answer_was_lost_is_printed_once_and_nobody_has_to_find_out(
    world: Life, *, took: bool
) -> None:
    case, house = await given_to_a_deaf_house(world, took=took)
    assert isinstance((await world.stream(case))[-1], contact.HandOverUnknown)
    assert await hand_overs_unknown(world.contact.pool) == [], "the provider is asked first"
    wired.outside = replace(outside(), providers={**outside().providers, "letter": house})
    await world.live_until(at(REMINDER, 9))
    told = [each for each in await world.stream(case) if isinstance(each, contact.HandedOver)]
    [letter] = printed(world)
    assert (told[-1].attempt, told[-1].provider_id) == (1 if took else 2, letter.job)
    assert letter.key == f"{told[-1].contact_id}|{told[-1].attempt}"
    assert await world.stuck() == 0


async def test_a_letter_whose_print_house_never_says_what_it_took_is_a_persons_task(world: Life) -> None:
    case, _house = await given_to_a_deaf_house(world, took=False)
    world.world.set_down("letters")
    await world.live_until(at(REMINDER, 11))
    [task] = await hand_overs_unknown(world.contact.pool)
    assert (task["case_id"], task["channel"]) == (case, "letter")
    assert [type(each) for each in (await world.stream(case))[-4:]] == [contact.OutcomeAsked] * 4
    assert await world.stuck() == 0
