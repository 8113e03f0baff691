"""Any interleaving: people, money, time, what is heard late and again, and processes that are killed."""

import asyncio
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from services.contact import conversations
from services.contact import deadlines as contact_deadlines
from services.contact import handlers as contact_handlers
from services.contact.consumers import hears as contact_hears
from services.contact.known import Around, Known
from services.contact.letter_facts import Told
from services.contact.writing import TEXT, Written
from services.gateway import handlers as gateway_handlers
from services.plans import deadlines as plans_deadlines
from services.plans.consumers import hears as plans_hears
from services.settlement import handlers as settlement_handlers
from services.settlement.consumers import hears as settlement_hears
from shared.bus import Hears
from shared.deadlines import Deadline, cause_of, fire
from shared.deciding import Deciding
from shared.events import Event, Sealed, contact
from shared.events.plans import Instalment, PlanStarted
from shared.events.settlement import Payer, PaymentReceived
from shared.ids import payment_id
from shared.money import Money
from tests.contact.asking import CASE, CLAIM, PARTY, REMINDER_DAY, lived
from tests.contact.people import CLIENT, DUE, OUR_IBAN, a_case, at
from tests.stop.rules import Happened
from tests.stop.world import OTHER, Interleaved

DAY = timedelta(days=1)
SERVICES: dict[str, Hears] = {"contact": contact_hears, "plans": plans_hears, "settlement": settlement_hears}
WAITS = (contact_deadlines, plans_deadlines)
PART, ALL = 100_00, 2_000_00  # Of a debt of 430 euros and what it has cost.
PLAN, DISPUTE = uuid5(CASE, "plan"), uuid5(CASE, "dispute")
SAID = ("stop", "pause", "resume", "resume", "suspend", "allow", "allow")
ANY = st.integers(0, 30)
TURNS, SECONDS = st.integers(1, 14), st.sampled_from([0, 6])
LATELY = st.just(0) | ANY  # Mostly the latest.


@cache
def begun(where: str) -> tuple[datetime, tuple[Event, ...]]:
    """A moment, and a case as it is then: new, before its letter is decided or leaves, before its call, on a plan."""
    case, first = a_case(PARTY), DUE + DAY
    match where:
        case "letter":
            return at(REMINDER_DAY, 7, 50), _left(lived(case, first, REMINDER_DAY - DAY))
        case "leaving":
            [*before, reminder, planned] = lived(case, first, REMINDER_DAY)
            return at(REMINDER_DAY, 7, 59), (*_left(before), reminder, planned)
        case "call":
            return at(DUE + 46 * DAY, 7), _left(lived(case, first, DUE + 45 * DAY))
        case "plan":
            promised = tuple(Instalment(DUE + days * DAY, Money(215_00), DUE + (days + 1) * DAY) for days in (20, 50))
            return at(DUE + 21 * DAY, 7, 50), (*_left(lived(case, first, first)), PlanStarted(PLAN, promised, None))
    return at(first, 6, 50), tuple(case)


def _left(events: list[Event]) -> tuple[Event, ...]:
    """The same, each message handed over."""
    told: list[Event] = []
    for event in events:
        told.append(event)
        if isinstance(event, contact.ContactDecided) and event.leaves_at is not None:
            told.append(contact.HandOverStarted(event.contact_id, 1, event.leaves_at))
            told.append(contact.HandedOver(event.contact_id, 1, "stand-in", "job-0"))
    return tuple(told)


async def shortly(known: Known, around: Around, told: Told) -> Written:
    """What a message says is not looked at here."""
    del known, around, told
    return Written(b"Hei!", TEXT)


class Interleavings(RuleBasedStateMachine):
    """One debtor with two cases of one client; everything else is up to whoever draws."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.waiting: list[tuple[Happened, Deadline]] = []
        self.read = 0
        self.seen: set[tuple[UUID, str]] = set()
        self.last: tuple[Happened, Deadline] | None = None
        self.asked = 0

    def run(self, work: Any) -> None:
        self.loop.run_until_complete(work)

    @initialize(
        where=st.sampled_from(["new", "letter", "leaving", "leaving", "call", "plan"]), turns=TURNS,
        says=st.sampled_from([*SAID, "nothing"]), whom=st.sampled_from([CASE, PARTY, CLIENT]), seconds=SECONDS,
    )  # fmt: skip
    def begins(self, where: str, turns: int, says: str, whom: UUID, seconds: int) -> None:
        """With what is due first, and with others who come first."""
        now, events = begun(where)
        self.world = self.made(now)
        self.world.streams[CASE], self.world.streams[OTHER] = list(events), a_case(PARTY, number="20416")
        self.run(self._set_out(events))
        self.falls_due_and_others_come_first(turns=turns, says=says, whom=whom, again=False, seconds=seconds)

    def made(self, now: datetime) -> Interleaved:
        return Interleaved(now)

    async def _set_out(self, events: tuple[Event, ...]) -> None:
        for number, event in enumerate(events):
            self.waiting = [each for each in self.waiting if not contact_deadlines.ended_by(event, each[1])]
            self._wait_for(Happened(uuid5(CASE, f"before {number}"), CASE, event, self.world.today))
        for case in (CASE, OTHER):
            decide = Deciding(self.world, uuid5(case, "accepted"), "test", self.world.today)
            if case == OTHER or not any(isinstance(event, contact.StrategyAssigned) for event in events):
                await self.world.start(decide(contact_handlers.assign_strategy, case, now=self.world.today))
        await self.world.finish()
        self._look()

    # Who comes first.

    @rule(which=st.lists(ANY, min_size=1, max_size=6))
    def goes_on(self, which: list[int]) -> None:
        for each in which:
            self.run(self.world.go_on(each))
        self._look()

    @rule()
    def all_is_done(self) -> None:
        self.run(self.world.finish())
        self._look()

    @rule(which=ANY)
    def is_killed(self, which: int) -> None:
        self.run(self.world.kill(which))

    # What happens.

    @rule(which=LATELY, service=st.sampled_from(sorted(SERVICES)))
    def hears(self, which: int, service: str) -> None:
        """Late, again, or out of order."""
        heard = [one for one in self.world.log if type(one.event).__name__ in SERVICES[service].by_type]
        if heard:
            self._hear(heard[-1 - which % len(heard)], service)

    @rule(which=LATELY, again=st.sampled_from([False, False, False, True]), at_once=st.booleans())
    def falls_due(self, which: int, *, again: bool, at_once: bool) -> None:
        """A process sees a deadline, which another may have seen too. Where none is due, time passes until one is."""
        if not again and not self._due(again=False):
            self._next_is_due()
        if due := self._due(again=again):
            one, deadline = self.last if self.last and again and not which else due[which % len(due)]
            self.last = one, deadline
            self.seen.add((one.event_id, deadline.name))
            self.run(self.world.start(self.fired(one, deadline, self.world.today), at_once=at_once))
            self._look()

    @rule(
        turns=TURNS, says=st.sampled_from([*SAID, "nothing"]), whom=st.sampled_from([CASE, PARTY, CLIENT]),
        again=st.booleans(), seconds=SECONDS,
    )  # fmt: skip
    def falls_due_and_others_come_first(self, turns: int, says: str, whom: UUID, *, again: bool, seconds: int) -> None:
        """It was looked at, or recorded, or is on its way out; and then a person, another process, or time."""
        self.all_is_done()
        self.falls_due(which=0, again=False, at_once=False)
        self.goes_on(which=[0] * turns)
        self.somebody_says(what=says, whom=whom, at_once=True)
        if again:
            self.falls_due(which=0, again=True, at_once=True)
        self.time_passes(seconds=seconds)

    @rule(seconds=st.sampled_from([1, 4, 6, 61]))
    def time_passes(self, seconds: int) -> None:
        self.world.today += timedelta(seconds=seconds)

    @rule(mood=st.sampled_from(["takes", "takes", "is busy", "refuses", "says nothing"]))
    def the_stand_ins(self, mood: str) -> None:
        self.world.house.mood = mood

    @rule(which=LATELY, at_once=st.booleans())
    def somebody_finds_that_it_never_left(self, which: int, *, at_once: bool) -> None:
        unknown = [one for one in self.world.log if isinstance(one.event, contact.HandOverUnknown)]
        if unknown:
            one = unknown[-1 - which % len(unknown)]
            contact_id, now = one.event.contact_id, self.world.today  # type: ignore[attr-defined]  # As chosen above.
            self.world.rules.called_not_left.add(contact_id)
            self._ask(at_once, contact_handlers.record_not_taken, one.stream_id, contact_id, now=now)

    # What people say, and money.

    @rule(what=st.sampled_from(SAID), whom=st.sampled_from([CASE, CASE, OTHER, PARTY, CLIENT]), at_once=st.booleans())
    def somebody_says(self, what: str, whom: UUID, *, at_once: bool) -> None:
        match what:
            case "stop":
                self._ask(at_once, gateway_handlers.stop, whom, "we know them")
            case "pause":
                self._ask(at_once, gateway_handlers.pause, whom, "we talk")
            case "resume":
                self._ask(at_once, gateway_handlers.resume, whom)
            case "suspend" if whom != CLIENT:
                self._ask(at_once, gateway_handlers.suspend, whom, "suspension_request")
            case "allow" if whom != CLIENT:
                self._ask(at_once, gateway_handlers.allow_again, whom)

    @rule(claim=st.sampled_from([CLAIM, None]), ends=st.booleans(), at_once=st.booleans())
    def the_debtor_objects(self, claim: UUID | None, *, ends: bool, at_once: bool) -> None:
        now = self.world.today
        if ends:
            self._ask(at_once, conversations.resolve_dispute, CASE, DISPUTE, "rejected", None, None, None, now=now)
        else:
            self._ask(at_once, conversations.open_dispute, CASE, DISPUTE, claim, "not mine", now=now)

    @rule(case=st.sampled_from([CASE, CASE, OTHER]), minor=st.sampled_from([PART, PART, ALL]), at_once=st.booleans())
    def somebody_pays(self, case: UUID, minor: int, *, at_once: bool) -> None:
        """The bank's file is read, and settlement hears of it."""
        day = self.world.today.date()
        payer = Sealed((PARTY,), Payer("Aino Esimerkki", "FI4950009420028730", None))
        key, amount = f"payment {self.asked}", Money(minor)
        told = PaymentReceived(OUR_IBAN, amount, day, day, day, f"{case}", payer, key, "bank file")
        self._ask(True, settlement_handlers.receive_payment, payment_id(OUR_IBAN, key), told)
        self._hear(self.world.log[-1], "settlement", at_once=at_once)

    # What must hold.

    @invariant()
    def nothing_went_against_the_rules(self) -> None:
        if hasattr(self, "world"):
            assert not self.world.rules.wrong, "; ".join(self.world.rules.wrong)

    def teardown(self) -> None:
        """Everybody comes to an end, all is heard, and what was on its way out is given up in its time."""
        if not hasattr(self, "world"):
            self.loop.close()
            return
        try:
            self.all_is_done()
            self.world.today += timedelta(seconds=6)
            for one, deadline in list(self.waiting):
                if deadline.outgoing:
                    self.run(self.world.start(self.fired(one, deadline, self.world.today)))
            self.all_is_done()
            self.world.rules.at_rest(self.world.house.answered)
            self.nothing_went_against_the_rules()
        finally:
            for job in self.world.jobs:
                job.cancel()
            self.run(asyncio.sleep(0))
            self.loop.close()

    # How.

    async def fired(self, one: Happened, deadline: Deadline, now: datetime) -> None:
        """As `Waiting` does it: the time is that at which it looked for what is due."""
        await self.world.turn()
        answer = await fire(self.world, deadline, one.stream_id, one.event_id, now, "service")
        if answer.outcome == "appended" and deadline.act is not None:
            await deadline.act(one.stream_id, *deadline.about, cause=cause_of(one.event_id, deadline))

    def _due(self, *, again: bool) -> list[tuple[Happened, Deadline]]:
        due = (each for each in self.waiting if each[1].at <= self.world.today)
        return [(one, each) for one, each in due if again or (one.event_id, each.name) not in self.seen]

    def _next_is_due(self) -> None:
        later = [deadline.at for _, deadline in self.waiting if deadline.at > self.world.today]
        if later:
            day, self.world.today = self.world.today.date(), min(later)
            if day != self.world.today.date():
                self.world.morning()

    def _ask(self, at_once: bool, handler: Any, *args: Any, **more: Any) -> None:
        self.asked += 1
        decide = Deciding(self.world, uuid5(CASE, f"asked {self.asked}"), "a person", self.world.today)
        self.run(self.world.start(decide(handler, *args, **more), at_once=at_once))
        self._look()

    def _hear(self, one: Happened, service: str, *, at_once: bool = False) -> None:
        for function in SERVICES[service].by_type[type(one.event).__name__]:
            decide = Deciding(self.world, one.event_id, f"service:{service}", self.world.today)
            self.run(self.world.start(function(one.stream_id, decide), at_once=at_once))
        self._look()

    def _look(self) -> None:
        """What was recorded sets deadlines and ends others; whoever looked before may still see those."""
        for one in self.world.log[self.read :]:
            for set_by, each in self.waiting:
                if set_by.stream_id == one.stream_id and any(service.ended_by(one.event, each) for service in WAITS):
                    self.seen.add((set_by.event_id, each.name))
            self._wait_for(one)
        self.read = len(self.world.log)

    def _wait_for(self, one: Happened) -> None:
        for service in WAITS:
            self.waiting += [(one, replace(deadline)) for deadline in service.set_by(one.event)]
