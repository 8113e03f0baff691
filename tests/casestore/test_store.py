"""What the case store promises, on a real PostgreSQL."""

import asyncio
from datetime import date, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.casefile import Casefile
from shared.casestore import CaseStore, Installed
from shared.casestore.appending import Placed
from shared.casestore.recorded import Recorded
from shared.deciding import Answer, Cases, Deciding
from shared.events import Event, Sealed
from shared.events import gateway as said
from shared.events import intake as told
from shared.money import Money
from tests.casestore.conftest import BORN
from tests.casestore.writing import writes

PERSON = told.Person("Aino Esimerkki", identifier="010190-999X", street="Kuusikuja 1")


def received(client: UUID, party: UUID) -> told.CaseReceived:
    return told.CaseReceived(client, party, "FI", "consumer", "EUR", "fi", date(2026, 1, 5))


async def open_case(cases: Cases, case_id: UUID, client: UUID, party: UUID) -> Answer:
    await cases.make_key(party)
    person = told.PartyIdentified("FI", "consumer", "fi", Sealed((party,), PERSON))
    return await cases.append(case_id, [received(client, party)], also={party: [person]})


async def ask_credit(cases: Cases, case_id: UUID) -> Answer:
    await cases.load(Casefile, case_id)
    return await cases.append(case_id, [told.CreditCheckAsked(1)])


async def ask_credit_twice(cases: Cases, case_id: UUID) -> Answer:
    await cases.load(Casefile, case_id)
    await cases.append(case_id, [told.CreditCheckAsked(1)])
    raise AssertionError("the first append was refused, so this is not reached")


async def stop(cases: Cases, stream_id: UUID) -> Answer:
    await cases.load(Casefile, stream_id)
    return await cases.append(stream_id, [said.CollectionStopped()])


def deciding(store: CaseStore, cause: UUID | None = None) -> Deciding:
    return Deciding(store, cause or uuid4(), "test", BORN)


async def a_case(store: CaseStore) -> tuple[UUID, UUID]:
    case, party = uuid4(), uuid4()
    await deciding(store)(open_case, case, uuid4(), party)
    return case, party


async def test_what_was_appended_is_read_back_with_its_personal_values(intake: CaseStore) -> None:
    case, party = await a_case(intake)
    [first] = await intake.stream(party)
    assert isinstance(first.event, told.PartyIdentified)
    assert first.event.person.value == PERSON
    assert [one.version for one in await intake.stream(case)] == [1]


async def test_personal_values_are_nowhere_in_clear_in_the_table(intake: CaseStore, database: str) -> None:
    await a_case(intake)
    owner = await asyncpg.connect(database)
    rows = await owner.fetch("select data, sealed from casestore.events")
    await owner.close()
    assert rows
    assert not any(b"Aino" in row["data"] + row["sealed"] for row in rows)


async def test_a_call_with_the_same_cause_is_a_duplicate_and_appends_nothing(intake: CaseStore) -> None:
    case, cause = (await a_case(intake))[0], uuid4()
    first = await deciding(intake, cause)(ask_credit, case)
    again = await deciding(intake, cause)(ask_credit, case)
    assert (first.outcome, again.outcome) == ("appended", "duplicate")
    assert again.version == first.version
    assert again.position == first.position
    assert len(await intake.stream(case)) == 2


async def test_a_duplicate_tells_the_version_its_first_call_ended_at(intake: CaseStore, gateway: CaseStore) -> None:
    case, cause = (await a_case(intake))[0], uuid4()
    first = await intake.append(writes("intake", "intake.ask", cause, {case: (1, 2)}))
    await deciding(gateway)(stop, case)
    again = await intake.append(writes("intake", "intake.ask", cause, {case: (1, 2)}))
    assert first == Placed("appended", {case: 3}, 3)
    assert again == Placed("duplicate", {case: 3}, 3)


async def test_the_same_cause_at_once_is_appended_once(intake: CaseStore) -> None:
    case, cause = (await a_case(intake))[0], uuid4()
    answers = await asyncio.gather(*(deciding(intake, cause)(ask_credit, case) for _ in range(8)))
    assert sorted(answer.outcome for answer in answers) == ["appended", *["duplicate"] * 7]


async def test_callers_of_one_stream_at_once_all_succeed_in_some_order(intake: CaseStore) -> None:
    case = (await a_case(intake))[0]
    answers = await asyncio.gather(*(deciding(intake)(ask_credit, case) for _ in range(6)))
    assert sorted(answer.version for answer in answers) == [2, 3, 4, 5, 6, 7]


async def test_a_stream_relied_on_that_moved_makes_the_handler_run_again(intake: CaseStore, gateway: CaseStore) -> None:
    case, _ = await a_case(intake)
    client = uuid4()
    seen: list[frozenset[str]] = []

    async def unless_stopped(cases: Cases, case_id: UUID) -> Answer:
        known = await cases.load(Casefile, client)
        await cases.load(Casefile, case_id)
        seen.append(known.conditions)
        if not seen[1:]:
            await deciding(gateway)(set_and_stop, client)
        return await cases.append(case_id, [] if known.conditions else [told.CreditCheckAsked(1)])

    async def set_and_stop(cases: Cases, client_id: UUID) -> Answer:
        return await cases.append(client_id, [a_client(), said.CollectionStopped()])

    answer = await deciding(intake)(unless_stopped, case)
    assert answer.outcome == "nothing"
    assert seen == [frozenset(), frozenset({"stopped"})]


def a_client() -> said.ClientSet:
    agreement = said.Agreement(shares=())
    return said.ClientSet(
        "Malli Oy", "1234567-1", "FI", "fi", ("fi",), "Katu 1", "00100", "Helsinki", "x@example.org", (), (), agreement,
        said.Mandate(),
    )  # fmt: skip


async def test_a_service_may_append_only_types_it_owns(intake: CaseStore) -> None:
    case, _ = await a_case(intake)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="sovinto_intake may not append CollectionStopped"):
        await deciding(intake)(stop, case)
    assert len(await intake.stream(case)) == 1


async def test_no_role_but_the_function_writes_events(installed: Installed) -> None:
    for name, url in installed.urls.items():
        connection = await asyncpg.connect(url)
        for sql in (
            "delete from casestore.events",
            "update casestore.events set actor = 'x'",
            "truncate casestore.heads",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
        await connection.close()
        assert name


async def test_a_client_sees_its_own_cases_only_and_nothing_without_a_name(
    intake: CaseStore, installed: Installed
) -> None:
    mine, theirs = uuid4(), uuid4()
    await deciding(intake)(open_case, uuid4(), mine, uuid4())
    await deciding(intake)(open_case, uuid4(), theirs, uuid4())
    connection = await asyncpg.connect(installed.urls["client"])
    assert await connection.fetch("select 1 from casestore.events") == []
    async with connection.transaction():
        await connection.execute("select set_config('sovinto.client', $1, true)", str(mine))
        rows = await connection.fetch("select client_id from casestore.events")
    assert [row["client_id"] for row in rows] == [mine]
    assert await connection.fetch("select 1 from casestore.events") == []
    await connection.close()


async def test_positions_are_gapless_and_a_tailing_reader_misses_nothing(intake: CaseStore) -> None:
    seen: list[Recorded] = []
    done = asyncio.Event()

    async def tail() -> None:
        while not done.is_set() or len(seen) < await intake.head():
            seen.extend(await intake.read(seen[-1].position if seen else 0, 50))
            await asyncio.sleep(0)

    reader = asyncio.create_task(tail())
    await asyncio.gather(*(a_case(intake) for _ in range(60)))
    done.set()
    await reader
    assert [one.position for one in seen] == list(range(1, 121))


async def test_an_error_of_one_append_fails_only_its_own_caller(intake: CaseStore) -> None:
    case, _ = await a_case(intake)
    good, bad = await asyncio.gather(
        deciding(intake)(ask_credit, case), deciding(intake)(stop, (await a_case(intake))[0]), return_exceptions=True
    )
    assert isinstance(good, Answer)
    assert isinstance(bad, asyncpg.InsufficientPrivilegeError)


async def test_a_demo_clock_only_moves_forward_and_stamps_what_is_appended(
    intake: CaseStore, gateway: CaseStore
) -> None:
    later = datetime(2026, 3, 1, 8, 0, tzinfo=BORN.tzinfo)
    await gateway.pool.execute("select casestore.set_clock($1)", later)
    await gateway.pool.execute("select casestore.set_clock($1)", BORN)
    assert await intake.now() == later
    case, _ = await a_case(intake)
    assert [one.recorded_at for one in await intake.stream(case)] == [later]


def test_every_event_type_has_one_owner_and_a_line_of_meaning() -> None:
    from shared.events import known

    for kind in known().values():
        assert kind.of.__doc__, kind.name
        assert issubclass(kind.of, Event)
        assert kind.owner in ("intake", "contact", "plans", "settlement", "gateway")
    assert Money(1)
