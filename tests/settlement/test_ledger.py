"""The ledger balances after any story of payments, reversals, reports, refunds and runs, and nothing is paid twice."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce
from uuid import UUID, uuid4, uuid5

from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st

from services.settlement import handlers
from services.settlement.books import Books
from services.settlement.ledger import balanced, postings
from services.settlement.owed import Owed
from services.settlement.payment import Payment
from services.settlement.remittance import Runs
from shared.balance import balance
from shared.casestore.recorded import Recorded
from shared.deciding import Answer, Deciding
from shared.errors import Refused
from shared.events import Event, kind_of
from shared.events import settlement as told
from shared.events.settlement import PaymentReceived, RemittanceLine
from shared.ids import AGENCY
from shared.money import Money
from tests.memory import MemoryStore
from tests.settlement.facts import (
    ACCEPTED,
    AGENCY_SET,
    CASE,
    CLAIM,
    CLIENT,
    CLIENT_SET,
    LATER_CLAIM,
    LAW,
    NOW,
    PAID_ON,
    RECEIVED,
    claim,
    id_of,
    letter,
    payment,
)  # fmt: skip

NOTHING_KEPT = "document"


class Told:
    """A store in memory with the order in which its events came: what a log is."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.log: list[Recorded] = []
        self.counts: dict[UUID, int] = {}
        self.payments: list[UUID] = []
        self.day = 0
        self.put(AGENCY, AGENCY_SET)
        self.put(CLIENT, CLIENT_SET)
        asked = letter(Money(165_00), PAID_ON, cost=14_00)
        self.put(CASE, RECEIVED, claim(100_00), claim(50_00, LATER_CLAIM), ACCEPTED, asked)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(days=self.day)

    def put(self, stream_id: UUID, *events: Event) -> None:
        self.store.streams[stream_id] += events
        self.note(stream_id)

    async def does(self, handler: object, *args: object, cause: UUID | None = None, **more: object) -> Answer | None:
        """Call a handler as an edge would; what a rule refuses is an answer too."""
        decide = Deciding(self.store, cause or uuid4(), "test", self.now)
        try:
            answer = await decide(handler, *args, **more)  # type: ignore[arg-type]  # Any handler of settlement.
        except Refused:
            return None
        for stream_id in list(self.store.streams):
            self.note(stream_id)
        return answer

    def note(self, stream_id: UUID) -> None:
        """Write down what is new on a stream. A payment's own events come before the case's, as appended."""
        events = self.store.streams[stream_id]
        for event in events[self.counts.get(stream_id, 0) :]:
            kind = events[0].opens if events else ""
            self.log.append(recorded(len(self.log) + 1, stream_id, kind or "", event))
        self.counts[stream_id] = len(events)

    def fold(self, state: type[Payment] | type[Runs] | type[Owed], stream_id: UUID) -> Payment | Runs | Owed:
        return reduce(lambda known, event: known.after(event), self.store.streams[stream_id], state())

    # What may happen.

    async def pay(self, minor: int, days: int) -> None:
        received = payment(minor, PAID_ON + timedelta(days=days), key=f"k{len(self.payments)}")
        stream = id_of(received)
        self.payments.append(stream)
        await self.does(handlers.receive_payment, stream, received, cause=stream)
        await self.does(handlers.assign_by_reference, stream, the_case, law=LAW, now=self.now, cause=uuid5(stream, "a"))

    async def take_back(self, which: int) -> None:
        if self.payments:
            stream = self.payments[which % len(self.payments)]
            day = self.now.date()
            cause = uuid5(stream, "back")
            await self.does(handlers.take_back_payment, stream, day, "MD06", f"r{stream}", law=LAW, cause=cause)

    async def refund(self, which: int) -> None:
        if self.payments:
            stream = self.payments[which % len(self.payments)]
            await self.does(handlers.refund_payment, stream, now=self.now)
            await self.does(handlers.send_refunds, stream, documents=Shelf(), law=LAW, now=self.now)

    async def refund_comes_back(self, which: int) -> None:
        known = self.fold(Payment, self.payments[which % len(self.payments)]) if self.payments else None
        if isinstance(known, Payment):
            for refund_id, each in known.refunds.items():
                key = f"b{refund_id}"
                back = told.PayoutReturned(PAID_ON, "AC04", each.decided.amount, key, refund_id)
                await self.does(handlers.see_refund_return, known.payment_id, back, cause=uuid5(refund_id, "b"))

    async def direct(self, minor: int) -> None:
        await self.does(handlers.report_direct_payment, CASE, CLAIM, Money(minor), PAID_ON, law=LAW)

    async def credit(self, minor: int) -> None:
        await self.does(handlers.report_credit_note, CASE, LATER_CLAIM, Money(minor), "H", PAID_ON, law=LAW)

    async def run(self, finished: bool) -> None:
        """A remittance run; one that is not finished is gone on with by the next telling."""
        await self.does(handlers.start_run, CLIENT, now=self.now)
        runs = self.fold(Runs, CLIENT)
        assert isinstance(runs, Runs)
        if runs.under_way is not None:
            cause = runs.under_way.run_id
            for _ in range(2):  # Told twice.
                await self.does(handlers.set_share_aside, CASE, CLIENT, cause=cause)
                if finished:
                    await self.does(
                        handlers.finish_run, CLIENT, self.lines_of, documents=Shelf(), now=self.now, cause=cause
                    )

    async def lines_of(self, client_id: UUID) -> Sequence[RemittanceLine]:
        """As the view does: set aside, and in no payout but one that came back."""
        lines: dict[tuple[UUID, UUID], RemittanceLine] = {}
        made: dict[UUID, tuple[RemittanceLine, ...]] = {}
        for one in self.log:
            match one.event:
                case told.ShareSetAside() as share:
                    lines[(one.stream_id, share.run_id)] = RemittanceLine(
                        one.stream_id, "100001", share.received, share.kept, share.commission, share.vat, share.net,
                        share.run_id, share.paid_on,
                    )  # fmt: skip
                case told.RemittanceCreated(lines=paid):
                    made[one.stream_id] = paid
                    for line in paid:
                        del lines[(line.case_id, line.run_id)]
                case told.PayoutReturned(refund_id=None):
                    lines |= {(line.case_id, line.run_id): line for line in made[one.stream_id]}
        return list(lines.values())

    async def payout_comes_back(self, which: int) -> None:
        made = [one for one in self.log if isinstance(one.event, told.RemittanceCreated)]
        if made:
            one = made[which % len(made)]
            assert isinstance(one.event, told.RemittanceCreated)
            back = told.PayoutReturned(PAID_ON, "AC04", one.event.net, "b")
            await self.does(handlers.see_remittance_return, one.stream_id, back, cause=uuid5(one.stream_id, "b"))


def recorded(position: int, stream_id: UUID, kind: str, event: Event) -> Recorded:
    name = kind_of(event).name
    return Recorded(
        event, position, stream_id, 1, kind, uuid4(), "h", uuid4(), name, CLIENT, "t", "", NOW, NOW, b""
    )  # fmt: skip


class Shelf:
    """Documents that nobody will read."""

    async def keep(self, content: bytes, media_type: str, parties: Sequence[UUID]) -> str:
        assert content
        return NOTHING_KEPT


async def the_case(_payment: PaymentReceived) -> UUID:
    return CASE


MINOR, WHICH = st.integers(1, 300_00), st.integers(0, 9)
STEP = st.one_of(
    st.tuples(st.just("pay"), MINOR, st.integers(-20, 20)),
    st.tuples(st.just("pay"), st.sampled_from((1, 4_99, 100_00, 165_00, 169_00)), st.integers(0, 1)),
    st.tuples(st.sampled_from(("take_back", "refund", "refund_comes_back", "payout_comes_back")), WHICH),
    st.tuples(st.sampled_from(("direct", "credit")), MINOR),
    st.tuples(st.just("run"), st.booleans()),
)


async def story(steps: Sequence[tuple[object, ...]]) -> Told:
    world = Told()
    for name, *values in steps:
        world.day += 1
        await getattr(world, str(name))(*values)
    return world


@settings(max_examples=150)
@any_of(st.lists(STEP, max_size=14))
def test_whatever_happens_the_ledger_balances_and_every_cent_received_is_somewhere(
    steps: list[tuple[object, ...]],
) -> None:
    world = asyncio.run(story(steps))
    books = Books()
    for one in world.log:
        assert one.event is not None
        assert balanced(postings(one.event))
        books.take(one)
    assert [*books.faults, *books.at_the_end()] == []
    for figures in books.figures().values():
        assert figures.received_adds_up
        assert figures.allocated_adds_up
        assert figures.received == sum(
            one.event.amount.minor for one in world.log if isinstance(one.event, told.PaymentReceived)
        )


@settings(max_examples=100)
@any_of(st.lists(STEP, max_size=12))
def test_whatever_happens_nobody_pays_more_than_was_owed_and_no_line_is_in_two_payouts(
    steps: list[tuple[object, ...]],
) -> None:
    world = asyncio.run(story(steps))
    owed = world.fold(Owed, CASE)
    assert isinstance(owed, Owed)
    for each in owed.case.claims.values():
        assert each.paid_of("principal") + each.credited.minor <= each.principal.minor
    assert balance(owed.case, PAID_ON + timedelta(days=50), LAW).total.minor >= 0
    on_way: dict[tuple[UUID, UUID], UUID] = {}
    for one in world.log:
        match one.event:
            case told.RemittanceCreated(lines=lines):
                for line in lines:
                    assert (line.case_id, line.run_id) not in on_way
                    on_way[(line.case_id, line.run_id)] = one.stream_id
            case told.PayoutReturned(refund_id=None):
                on_way = {line: by for line, by in on_way.items() if by != one.stream_id}


@settings(max_examples=60)
@any_of(st.lists(STEP, max_size=8))
def test_a_payment_taken_back_leaves_the_case_owing_what_it_owed_without_it(steps: list[tuple[object, ...]]) -> None:
    only_payments = [step for step in steps if step[0] == "pay"]
    world = asyncio.run(story([*only_payments, *(("take_back", which) for which in range(len(only_payments)))]))
    fresh, owed = Told().fold(Owed, CASE), world.fold(Owed, CASE)
    assert isinstance(fresh, Owed)
    assert isinstance(owed, Owed)
    assert owed.case.is_open
    assert balance(owed.case, PAID_ON, LAW).total == balance(fresh.case, PAID_ON, LAW).total
