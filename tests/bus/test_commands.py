"""A command over Kafka is a request: asked again with one id until it is answered, done once, answered the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from fastapi import APIRouter, FastAPI, Response
from pydantic import BaseModel, Field

from deploy.embedded.broker import Broker
from shared.bus import Asking, Listener
from shared.bus.offered import offered
from shared.bus.options import MESSAGE_BYTES_MAX, commands_topic
from shared.bus.spoken import Answered, Said, headers_of
from shared.casefile import Casefile
from shared.casestore import CaseStore
from shared.deciding import Answer, Cases
from shared.errors import Away, Refused
from shared.events import intake as told
from shared.http import Decide, Written, make_app, written
from shared.tasks import ended
from tests.bus.conftest import Bus, new_bus
from tests.casestore.conftest import MASTER
from tests.conftest import Databases

pytestmark = pytest.mark.kafka
TOKEN, STAFF = "internal", f"staff:{uuid4()}"
router = APIRouter()


class Steps:
    """What the commands of these tests meet: a rule, a wait on the way, a server away, a mistake of ours."""

    def __init__(self) -> None:
        self.rule, self.calls = "", 0
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()
        self.fails: list[Exception] = []

    async def __call__(self) -> None:
        self.calls += 1
        self.begun.set()
        await self.go_on.wait()
        if self.fails:
            raise self.fails.pop()
        if self.rule:
            raise Refused("the rule names somebody", self.rule)


class AskAgain(BaseModel, frozen=True, extra="forbid"):
    number: Annotated[int, Field(ge=1, le=9)]


class Words(BaseModel, frozen=True, extra="forbid"):
    text: Annotated[str, Field(max_length=100)]


async def ask_about_credit(cases: Cases, case_id: UUID, number: int, steps: Steps) -> Answer:
    await cases.load(Casefile, case_id)
    await steps()
    return await cases.append(case_id, [told.CreditCheckAsked(number)])


@router.post("/cases/{case_id}/credit", status_code=201)
async def ask_credit(case_id: UUID, ask: AskAgain, decide: Decide, response: Response) -> Written:
    return written(await decide(ask_about_credit, case_id, ask.number, wired["steps"]), response)


@router.post("/cases/{case_id}/words")
async def say_words(case_id: UUID, ask: Words, decide: Decide, response: Response) -> Written:
    raise AssertionError("never asked over Kafka")


wired: dict[str, Steps] = {}


class Line:
    """A service that listens and one that asks it, as tasks of this process."""

    def __init__(self, bus: Bus) -> None:
        self.bus, self.store, self.steps = bus, bus.store, Steps()
        wired["steps"] = self.steps
        self.asking = Asking("plans", bus.store.epoch, bus.kafka, TOKEN)
        self.tasks = [asyncio.create_task(self.asking.run())]
        self.listening: list[asyncio.Task[None]] = []

    def app(self, store: CaseStore | None = None) -> FastAPI:
        return make_app("intake", store or self.store, TOKEN, [router], {})

    async def listen(self, store: CaseStore | None = None) -> Listener:
        listener = Listener("intake", self.app(store), store or self.store, self.bus.kafka, TOKEN)
        self.listening.append(asyncio.create_task(listener.run()))
        await asyncio.wait_for(listener.line.open.wait(), 60)
        return listener

    async def ask(self, case: UUID, number: Any = 1, command_id: UUID | None = None, **more: Any) -> Answered:
        wait = {"seconds_max": 100.0, "trace": "", "command": "ask_credit", **more}
        values = {"case_id": str(case), "number": number}
        return await self.asking.ask(
            "intake", wait["command"], values, STAFF, command_id or uuid4(), wait["seconds_max"], wait["trace"]
        )

    async def asked(self, case: UUID) -> int:
        """How often it was done."""
        return (await self.bus.types(case)).count("CreditCheckAsked")

    async def stop_listening(self) -> None:
        await ended(self.listening)
        self.listening.clear()

    async def close(self) -> None:
        self.steps.go_on.set()
        await ended([*self.tasks, *self.listening])


@asynccontextmanager
async def a_line(database: str, kafka: str) -> AsyncIterator[Line]:
    bus = await new_bus(database, kafka)
    line = Line(bus)
    try:
        yield line
    finally:
        await line.close()
        await bus.close()
        await bus.store.close()


@pytest_asyncio.fixture
async def line(database: str, broker: str) -> AsyncIterator[Line]:
    async with a_line(database, broker) as made:
        await made.listen()
        yield made


async def test_what_is_asked_is_done_by_the_same_function_as_over_http_and_answered(line: Line) -> None:
    case, trace = await line.bus.a_case(), "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = await line.ask(case, trace=f"00-{trace}-00f067aa0ba902b7-01")
    done = (await line.store.stream(case))[-1]
    assert answer == Answered("appended", done.version, done.position)
    assert (done.handler, done.actor, done.trace.split("-")[1]) == ("bus.ask_about_credit", STAFF, trace)


async def test_asked_twice_with_one_id_it_is_done_once_and_the_first_answer_is_given_again(line: Line) -> None:
    case, command_id = await line.bus.a_case(), uuid4()
    first, also = await asyncio.gather(*(line.ask(case, command_id=command_id) for _ in range(2)))
    again = await line.ask(case, command_id=command_id)
    assert first == also == again
    assert (first.outcome, line.steps.calls, await line.asked(case)) == ("appended", 1, 1)


async def test_the_same_id_with_other_values_is_refused_and_nothing_is_done(line: Line) -> None:
    case, other, command_id = await line.bus.a_case(), await line.bus.a_case(), uuid4()
    await line.ask(case, 1, command_id)
    for answer in (await line.ask(case, 2, command_id), await line.ask(other, 1, command_id)):
        assert answer == Answered("refused", code="idempotency_key_reused")
    assert (await line.asked(case), await line.asked(other)) == (1, 0)


async def test_a_refusal_is_an_answer_and_stays_one_for_that_id(line: Line) -> None:
    """By its code alone: the text is for a person, and may quote one."""
    case, command_id = await line.bus.a_case(), uuid4()
    line.steps.rule = "too_early"
    refused = await line.ask(case, command_id=command_id)
    line.steps.rule = ""
    assert refused == await line.ask(case, command_id=command_id) == Answered("refused", code="too_early")
    assert await line.asked(case) == 0
    assert (await line.ask(case)).outcome == "appended"


async def test_what_cannot_be_read_or_done_is_refused_and_not_lost(line: Line) -> None:
    case = await line.bus.a_case()
    assert await line.ask(case, 10) == Answered("refused", code="invalid")
    assert await line.ask(case, command="say_words") == Answered("refused", code="no_such_command")
    values = {"case_id": "../../livez", "number": 1}
    assert await line.asking.ask("intake", "ask_credit", values, STAFF, uuid4(), 100) == Answered(
        "refused", code="invalid"
    )
    assert await line.asking.ask("intake", "ask_credit", {"number": 1}, STAFF, uuid4(), 100) == Answered(
        "refused", code="invalid"
    )
    with pytest.raises(ValueError, match="at most 65536 bytes"):
        await line.ask(case, "x" * MESSAGE_BYTES_MAX)
    assert await says(line, b"\xff not JSON") == Answered("refused", code="not_readable")
    assert await says(line, b"[" * 60_000) == Answered("refused", code="not_readable")
    assert await says(line, b" " * (MESSAGE_BYTES_MAX + 1)) == Answered("refused", code="too_large")
    assert line.steps.calls == 0


async def says(line: Line, value: bytes) -> Answered:
    """What is answered to bytes that our own way of asking would not send."""
    said = Said(uuid4(), "ask_credit", "plans", STAFF, uuid4())
    topic = commands_topic("intake", line.store.epoch)
    answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
    line.asking._waiting[said.asked] = answer
    await asyncio.wait_for(line.asking.line.open.wait(), 60)
    await line.asking.line.say(topic, str(said.id), value, headers_of(said, topic, value, TOKEN))
    return await asyncio.wait_for(answer, 60)


async def test_who_merely_reaches_the_broker_can_neither_command_nor_answer(line: Line) -> None:
    case, other = await line.bus.a_case(), await line.bus.a_case()
    topic, value = commands_topic("intake", line.store.epoch), msgspec.json.encode({"case_id": str(case), "number": 1})
    said = Said(uuid4(), "ask_credit", "plans", STAFF, uuid4())
    ours = dict(headers_of(said, topic, value, TOKEN))
    producer = AIOKafkaProducer(bootstrap_servers=line.bus.kafka)
    await producer.start()
    forged = (
        dict(headers_of(said, topic, value, "guessed")),  # By somebody else.
        {name: text for name, text in ours.items() if name != "signature"},
        ours | {"sovinto-actor": b"staff:somebody"},  # On another's behalf.
        dict(headers_of(said, commands_topic("plans", line.store.epoch), value, TOKEN)),  # Said to another service.
    )
    for headers in forged:
        await producer.send_and_wait(topic, value, b"", 0, headers=list(headers.items()))
    await producer.send_and_wait(topic, value.replace(b":1", b":2"), b"", 0, headers=list(ours.items()))
    await producer.stop()
    assert (await line.ask(other)).outcome == "appended"  # All before it were heard by now.
    assert await line.asked(case) == 0
    assert await line.store.pool.fetchval("select count(*) from bus.commands where answer is not null") == 1


async def test_what_has_no_certain_answer_yet_is_asked_again_until_it_has(line: Line) -> None:
    case = await line.bus.a_case()
    line.steps.fails = [RuntimeError("a mistake of ours"), Away("no store")]
    answer = await line.ask(case)
    assert (answer.outcome, line.steps.calls, await line.asked(case)) == ("appended", 3, 1)


async def test_of_a_service_that_is_away_the_answer_is_unknown_and_asking_again_finds_out(
    database: str, broker: str
) -> None:
    async with a_line(database, broker) as line:
        case, command_id = await line.bus.a_case(), uuid4()
        assert await line.ask(case, command_id=command_id, seconds_max=2) == Answered("unknown")
        await line.listen()
        await asyncio.sleep(1)
        assert await line.asked(case) == 0, "nobody waits for it any more"
        assert (await line.ask(case, command_id=command_id)).outcome == "appended"
        assert await line.asked(case) == 1


async def test_of_several_processes_of_a_service_each_command_is_done_by_one(line: Line) -> None:
    second = await CaseStore(line.bus.installed.urls["intake"], MASTER, "intake").open()
    await line.listen(second)
    cases = [await line.bus.a_case() for _ in range(12)]
    answers = await asyncio.gather(*(line.ask(case) for case in cases))
    assert {answer.outcome for answer in answers} == {"appended"}
    assert line.steps.calls == len(cases)
    await line.stop_listening()
    await second.close()


@pytest.mark.slow
async def test_a_broker_killed_between_command_and_answer_loses_neither(
    databases: Databases, server_home: Path
) -> None:
    """With all its memory: what was done is answered once the broker is back, from what the store knows."""
    database = await databases.fresh()
    async with Broker(server_home / "killed") as broker, a_line(database, broker.address) as line:
        await line.listen()
        answered = [await line.bus.a_case() for _ in range(3)]
        before = [await line.ask(case) for case in answered]
        case, command_id = await line.bus.a_case(), uuid4()
        line.steps.go_on.clear()
        line.steps.begun.clear()
        waiting = asyncio.create_task(line.ask(case, command_id=command_id, seconds_max=100))
        await asyncio.wait_for(line.steps.begun.wait(), 60)
        await broker.kill()
        line.steps.go_on.set()
        while not await line.asked(case):  # noqa: ASYNC110  (what is waited for is in the database)
            await asyncio.sleep(0.05)
        assert not waiting.done()
        await broker.start()
        answer = await waiting
        assert answer.outcome == "appended"
        assert await line.ask(case, command_id=command_id) == answer
        assert (line.steps.calls, await line.asked(case)) == (4, 1)
        for one, told_ in zip(answered, before, strict=True):
            assert (told_.outcome, await line.asked(one)) == ("appended", 1)
    await databases.drop(database)


def test_a_command_that_can_hold_a_persons_words_is_not_offered_over_kafka(line: Line) -> None:
    assert set(offered(line.app().openapi())) == {"ask_credit"}
