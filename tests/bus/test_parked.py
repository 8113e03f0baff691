"""What a person decides about a parked event: it is tried again or passed over, in the stream's order, and kept."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from shared.bus import Decide, StreamId, doing
from shared.bus.parked import decide, decided, is_tried
from shared.errors import NotFound
from shared.events import intake as told
from tests.bus.conftest import Bus, until
from tests.bus.test_bus import grow

pytestmark = pytest.mark.kafka

WHY = "the provider's answer is read rightly since this morning"


class Sick:
    """A group that cannot do one type of event until it is made well; what it did, in order."""

    def __init__(self, bus: Bus) -> None:
        self.bus, self.hears = bus, bus.hears()
        self.broken, self.done = True, list[str]()

        @self.hears(told.CaseReceived, told.InfoReceived)
        async def listen(case_id: StreamId, decide: Decide) -> None:
            [one] = [one for one in await bus.store.stream(case_id) if one.event_id == decide.cause]
            if self.broken and one.type == "CaseReceived":
                raise RuntimeError("a mistake of ours")
            self.done.append(one.type)

    async def case(self) -> UUID:
        """A case of which everything is parked."""
        case = await self.bus.a_case()
        await self.bus.start(self.hears)
        await grow(self.bus, case, 2)
        await self.bus.all_heard(self.hears.group)
        assert await self.left() == 3
        return case

    async def left(self) -> int:
        sql = "select count(*) from bus.parked where group_name = $1"
        return int(await self.bus.store.pool.fetchval(sql, self.hears.group))


@pytest_asyncio.fixture
async def owner(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def sick(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Sick:
    monkeypatch.setattr(doing, "TAKE_UP_SECONDS", 0.5)
    return Sick(bus)


async def test_what_is_replayed_is_done_and_then_all_that_waited_for_it(sick: Sick, owner: asyncpg.Connection) -> None:
    case = await sick.case()
    sick.broken = False
    made = await decide(owner, "replay", sick.hears.group, case, "anna", WHY)
    await until(lambda: _none_left(sick))
    assert sick.done == ["CaseReceived", "InfoReceived", "InfoReceived"]
    assert await is_tried(owner, made) == ""


async def test_what_fails_again_stays_parked_with_its_new_reason(sick: Sick, owner: asyncpg.Connection) -> None:
    case = await sick.case()
    made = await decide(owner, "replay", sick.hears.group, case, "anna", WHY)
    assert await until(lambda: is_tried(owner, made))
    assert (await is_tried(owner, made) or "").startswith("RuntimeError at test_parked.py:")
    assert (await sick.left(), sick.done) == (3, [])


async def test_what_is_discarded_is_passed_over_and_what_follows_is_done(sick: Sick, owner: asyncpg.Connection) -> None:
    case = await sick.case()
    await decide(owner, "discard", sick.hears.group, case, "anna", WHY)
    await until(lambda: _none_left(sick))
    assert sick.done == ["InfoReceived", "InfoReceived"]
    assert (await sick.bus.types(case))[0] == "CaseReceived"


async def test_who_decided_what_and_why_is_kept(sick: Sick, owner: asyncpg.Connection) -> None:
    case = await sick.case()
    failed = await owner.fetchrow("select * from bus.parked where group_name = $1 order by position", sick.hears.group)
    assert failed is not None
    made = await decide(owner, "replay", sick.hears.group, case, " anna ", WHY)
    await until(lambda: is_tried(owner, made))
    await decide(owner, "discard", sick.hears.group, case, "bo", "asked for twice")
    first, second = await decided(owner, sick.hears.group, case)
    assert (first.who, first.what, first.why, first.because) == ("anna", "replay", WHY, failed["because"])
    assert (first.position, first.event_id, first.type) == (failed["position"], failed["event_id"], "CaseReceived")
    assert (second.who, second.what, second.why) == ("bo", "discard", "asked for twice")


async def test_what_was_done_before_the_one_that_is_parked_is_not_parked_when_it_is_heard_again(bus: Bus) -> None:
    """The group is killed after it has parked and before it has counted."""
    hears, done = bus.hears(), list[UUID]()

    @hears(told.CaseReceived, told.InfoReceived)
    async def listen(case_id: StreamId, decide: Decide) -> None:
        one = (await bus.store.stream(case_id))[-1]
        if decide.cause == one.event_id:
            raise RuntimeError("a mistake of ours")
        done.append(decide.cause)

    case = await bus.a_case()
    await grow(bus, case, 2)
    for _ in range(2):
        await bus.start(hears)
        await bus.all_heard(hears.group)
        await bus.end(hears.group)
        await bus.store.pool.execute("update bus.handled set position = 0 where group_name = $1", hears.group)
    [*before, last] = await bus.store.stream(case)
    assert done == [one.event_id for one in before] * 2
    parked = await bus.store.pool.fetch("select event_id from bus.parked where group_name = $1", hears.group)
    assert [row["event_id"] for row in parked] == [last.event_id]


async def test_without_a_name_or_a_reason_nothing_is_decided(sick: Sick, owner: asyncpg.Connection) -> None:
    case = await sick.case()
    for who, why in ((" ", WHY), ("anna", ""), ("anna", "w" * 501)):
        with pytest.raises(ValueError, match="must be said"):
            await decide(owner, "discard", sick.hears.group, case, who, why)
    with pytest.raises(NotFound):
        await decide(owner, "discard", "nobody", case, "anna", WHY)
    assert await decided(owner, sick.hears.group, case) == []
    assert await sick.left() == 3


async def test_no_service_decides_for_itself(sick: Sick, owner: asyncpg.Connection) -> None:
    for right in ("select", "insert", "update", "delete"):
        assert not await owner.fetchval("select has_table_privilege('sovinto_intake', 'bus.decided', $1)", right)


async def _none_left(sick: Sick) -> bool:
    return await sick.left() == 0
