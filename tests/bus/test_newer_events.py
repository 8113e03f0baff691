"""What a service does not know yet: it decides nothing on that stream, waits with an alarm, and goes on later."""

import asyncio
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from shared import deadlines
from shared.bus import doing
from shared.casefile import Casefile
from shared.casestore import CaseStore
from shared.deciding import Answer, Cases
from shared.errors import Conflict, NotUnderstood
from shared.events import intake as told
from shared.http import add_problems
from shared.projections import Reader, one_by_one
from shared.standing import stands_still
from tests.bus.conftest import Bus, asking, until
from tests.bus.newer import newer_appends, release_brings, upgraded
from tests.bus.test_deadlines import DAY, Waits, complete
from tests.casestore.test_store import a_case, ask_credit, deciding, received


async def test_a_group_decides_nothing_on_a_stream_it_does_not_understand_and_goes_on_after_the_upgrade(
    bus: Bus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "TAKE_UP_SECONDS", 0.2)
    await release_brings(database)
    hears = asking(bus)
    frozen = await bus.a_case()
    await newer_appends(bus.store, frozen, 1)
    await bus.start(hears)
    others = [await bus.a_case() for _ in range(3)]
    await bus.all_heard(hears.group)
    await asyncio.sleep(1)

    assert [await bus.types(case) for case in others] == [["CaseReceived", "CreditCheckAsked"]] * 3
    rows = await bus.store.pool.fetch("select stream_id, because from bus.parked")
    assert [row["stream_id"] for row in rows] == [frozen]
    assert rows[0]["because"].startswith("waits for the upgrade: CollectionFrozen version 1 at position")
    assert await until(lambda: waiting_streams(hears.group)) == 1
    sql = "select count(*) from casestore.events where stream_id = $1"
    assert await bus.store.pool.fetchval(sql, frozen) == 2

    upgraded(monkeypatch)
    await until(lambda: asked(bus, frozen))
    await until(lambda: is_zero(hears.group))
    assert await bus.store.pool.fetchval("select count(*) from bus.parked") == 0


async def waiting_streams(group: str) -> float:
    return float(doing.NOT_UNDERSTOOD.labels(group)._value.get())


async def is_zero(group: str) -> bool:
    return await waiting_streams(group) == 0


async def asked(bus: Bus, case: object) -> bool:
    sql = "select true from casestore.events where stream_id = $1 and type = 'CreditCheckAsked'"
    return bool(await bus.store.pool.fetchval(sql, case))


async def test_what_follows_on_such_a_stream_waits_behind_it_and_is_done_in_order(
    bus: Bus, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doing, "TAKE_UP_SECONDS", 0.2)
    await release_brings(database)
    hears, heard = bus.hears(), list[str]()

    @hears(told.CaseReceived)
    async def on_received(case_id: object, _decide: object) -> None:
        await bus.store.stream(case_id)  # type: ignore[arg-type]  # It is a stream's id.
        heard.append("received")

    @hears(told.CreditCheckAsked)
    async def on_asked(_case_id: object, _decide: object) -> None:
        heard.append("asked")

    case = await bus.a_case()
    await bus.deciding()(ask_credit, case)
    await newer_appends(bus.store, case, 2)
    await bus.start(hears)
    await bus.all_heard(hears.group)
    assert heard == []
    upgraded(monkeypatch)
    await until(lambda: is_done(heard))
    assert heard == ["received", "asked"]


async def is_done(heard: list[str]) -> bool:
    return len(heard) == 2


async def test_a_deadline_waits_on_such_a_stream_while_the_others_fire(
    intake: CaseStore, gateway: CaseStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "NEWER_SECONDS", 0.5)
    await release_brings(database)
    waits = Waits(intake, complete)
    (frozen, _), (other, _) = await a_case(intake), await a_case(intake)
    await waits.read()
    await newer_appends(intake, frozen, 1)
    await gateway.pool.execute("select casestore.set_clock($1)", await intake.now() + DAY)
    assert await waits.waiting.fire_due()
    assert [one.type for one in await intake.stream(other)] == ["CaseReceived", "InfoReceived"]
    assert deadlines.NOT_UNDERSTOOD.labels("intake")._value.get() == 1
    with pytest.raises(NotUnderstood):
        await intake.stream(frozen)
    assert await intake.pool.fetchval("select count(*) from waiting.deadlines where stuck") == 0

    upgraded(monkeypatch)
    await waits.read()
    assert await until(waits.waiting.fire_due)
    assert [one.type for one in await intake.stream(frozen)][-1] == "InfoReceived"
    assert deadlines.NOT_UNDERSTOOD.labels("intake")._value.get() == 0


async def test_an_older_process_appends_nothing_to_a_stream_that_became_newer(intake: CaseStore, database: str) -> None:
    """It loaded before the newer event came: the store refuses the version it saw, and it cannot load again."""
    await release_brings(database)
    case, _ = await a_case(intake)
    came_first = False

    async def older(cases: Cases, case_id: object) -> Answer:
        nonlocal came_first
        await cases.load(Casefile, case)
        if not came_first:
            came_first = True
            await newer_appends(intake, case, 1)
        return await cases.append(case, [told.CreditCheckAsked(1)])

    with pytest.raises(NotUnderstood, match="CollectionFrozen version 1 at position 3"):
        await deciding(intake)(older, case)
    assert came_first
    sql = "select type from casestore.events where stream_id = $1 order by version"
    assert [row["type"] for row in await intake.pool.fetch(sql, case)] == ["CaseReceived", "CollectionFrozen"]


async def test_an_older_process_that_never_loaded_it_cannot_append_to_a_stream_that_is_there(intake: CaseStore) -> None:
    case, _ = await a_case(intake)

    async def blind(cases: Cases, case_id: object) -> Answer:
        return await cases.append(case, [received(uuid4(), uuid4())])

    with pytest.raises(Conflict) as conflict:
        await deciding(intake)(blind, case)
    assert conflict.value.blind
    assert len(await intake.stream(case)) == 1


async def test_a_newer_type_that_may_be_ignored_stops_nobody_without_a_restart(
    intake: CaseStore, database: str
) -> None:
    case, _ = await a_case(intake)
    await release_brings(database, may_be_ignored=True)
    await newer_appends(intake, case, 1)
    assert (await deciding(intake)(ask_credit, case)).outcome == "appended"
    assert [one.event is None for one in await intake.stream(case)] == [False, True, False]


async def test_a_projection_stops_with_an_alarm_at_what_it_does_not_know_and_goes_on_after_the_upgrade(
    intake: CaseStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def show(db: object, one: object) -> None: ...

    reader = Reader("intake", intake, "create table nothing (one int);", [one_by_one(show)])
    await reader.prepare()
    await release_brings(database)
    case, _ = await a_case(intake)
    await newer_appends(intake, case, 1)
    running = asyncio.create_task(reader.run())

    async def stopped() -> bool:
        return stands_still("intake")

    async def at_the_end() -> bool:
        return reader.position == 3

    await until(stopped)
    assert reader.position == 0
    upgraded(monkeypatch)
    await until(at_the_end)
    running.cancel()


def test_a_request_about_such_a_stream_is_told_to_come_again() -> None:
    app = FastAPI()
    add_problems(app)

    @app.get("/case")
    async def case() -> None:
        raise NotUnderstood("CollectionFrozen version 1 at position 3")

    answer = TestClient(app).get("/case")
    assert (answer.status_code, answer.json()["code"]) == (503, "waits_for_upgrade")
    assert answer.headers["Retry-After"] == "2"
