"""A service asked over Kafka: the same command functions as over HTTP, each command done once and answered until heard.

Every process of a service hears every command; the row in `bus.commands` says which one does it. The answer is kept
there before it is sent, so whoever asks again with the same id is given the first answer. What has no certain answer
(a server away, our mistake) is not answered: it is asked again.
"""

import asyncio
import re
from contextlib import suppress
from hashlib import sha256
from uuid import UUID, uuid5

import asyncpg
import httpx2
import msgspec
import structlog
from aiokafka import ConsumerRecord
from fastapi import FastAPI
from msgspec.structs import replace
from prometheus_client import Counter

from shared.bus.line import Line
from shared.bus.offered import Offered, offered
from shared.bus.options import MESSAGE_BYTES_MAX, answers_topic, commands_topic
from shared.bus.spoken import ANSWER, Answered, NotSigned, Said, headers_of, named_values, read
from shared.casestore import CaseStore
from shared.casestore.appending import GONE
from shared.errors import Away
from shared.tasks import ended, hear_cancellation

COMMANDS = UUID("0c8a1f0e-58b5-4c5e-9a0b-3f1f0b6f7a52")  # The namespace of the ids of commands over Kafka.
AT_ONCE_MAX = 4  # Fewer than the pool has connections.
DO_SECONDS_MAX = 10.0
HELD_SECONDS = 5.0  # Whoever took a command and is not heard of for this long has died: another does it.
HELD_AGAIN = 5  # So often within that time whoever does a command says that it still does.
KEPT_DAYS = 7  # A command's id. See `forget_answered`.
FORGET_SECONDS = 3600.0
IN_PATH = re.compile(r"[0-9A-Za-z-]{1,64}")

log = structlog.get_logger()
ASKED = Counter("sovinto_commands_total", "Commands that came over Kafka", ["service", "command", "outcome"])

TAKE = """insert into bus.commands as c (command_id, body, held_until)
          values ($1, $2, clock_timestamp() + make_interval(secs => $3))
          on conflict (service, command_id) do update set held_until = excluded.held_until
              where c.body = excluded.body and c.answer is null
                and coalesce(c.held_until, '-infinity') < clock_timestamp()
          returning true"""
KEEP = """update bus.commands set answer = coalesce(answer, $2), held_until = null
          where command_id = $1 returning answer"""
FORGET = """delete from bus.commands where at < clock_timestamp() - make_interval(days => $1)
            and coalesce(held_until, '-infinity') < clock_timestamp()"""
KEPT = "select body, answer from bus.commands where command_id = $1"
HOLD = """update bus.commands set held_until = clock_timestamp() + make_interval(secs => $2)
          where command_id = $1 and answer is null"""
LET_GO = "update bus.commands set held_until = null where command_id = $1 and answer is null"


class Listener:
    """Hears one service's commands and calls its routes with them.

    Args:
        service: whose commands.
        app: the service's HTTP side, which checks and does them.
        store: the service's way to the store.
        kafka: bootstrap servers.
        token: what the platform's processes show each other.
    """

    def __init__(self, service: str, app: FastAPI, store: CaseStore, kafka: str, token: str) -> None:
        self._service, self._store, self._token = service, store, token
        self._offered = offered(app.openapi())
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        self._web = httpx2.AsyncClient(transport=transport, base_url="http://commands")
        self._free, self._tasks = asyncio.Semaphore(AT_ONCE_MAX), set[asyncio.Task[None]]()
        self.line = Line(kafka, commands_topic(service, store.epoch), (), self._heard)

    async def run(self) -> None:
        """Hear and answer for ever."""
        try:
            await self.line.run()
        finally:
            await ended(self._tasks)
            await self._web.aclose()

    async def _heard(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        await self._free.acquire()
        task = asyncio.create_task(self._answer(record))
        self._tasks.add(task)
        task.add_done_callback(self._is_done)

    def _is_done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._free.release()
        if not task.cancelled() and task.exception() is not None:
            log.error("command failed", service=self._service, exc_info=task.exception())

    async def _answer(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        try:
            said = read(record, self._token)
        except NotSigned as unsigned:
            log.warning("command not heard", service=self._service, because=str(unsigned))
            ASKED.labels(self._service, "", "not_signed").inc()
            return
        command = self._offered.get(said.type)
        try:
            answer = await self._once(said, command, record.value or b"")
            if answer is not None:
                topic, value = answers_topic(said.source, self._store.epoch), msgspec.json.encode(answer)
                back = replace(said, type=ANSWER, source=self._service)
                await self.line.say(topic, str(said.id), value, headers_of(back, topic, value, self._token))
        except (Away, *GONE, asyncpg.PostgresError) as away:
            log.warning("command not answered", service=self._service, because=type(away).__name__)
            answer = None
        ASKED.labels(self._service, command.name if command else "", answer.outcome if answer else "unanswered").inc()

    async def _once(self, said: Said, command: Offered | None, value: bytes) -> Answered | None:
        """Do it, or find what came of it. None where nothing is certain yet, or another process has it in hand."""
        if command is None:
            return Answered("refused", code="no_such_command")
        if len(value) > MESSAGE_BYTES_MAX:
            return Answered("refused", code="too_large")
        command_id = uuid5(COMMANDS, f"{said.actor}|{command.name}|{said.id}")
        body = sha256(value).digest()
        if not await self._store.pool.fetchval(TAKE, command_id, body, HELD_SECONDS):
            [row] = await self._store.pool.fetch(KEPT, command_id)
            if row["body"] != body:
                return Answered("refused", code="idempotency_key_reused")
            return _decoded(row["answer"])
        answer, holding = None, asyncio.create_task(self._hold(command_id))
        try:
            async with asyncio.timeout(DO_SECONDS_MAX):
                answer = await self._do(command_id, said, command, value)
        except TimeoutError:
            log.warning("command took too long", service=self._service, command=command.name)
        finally:
            await ended([holding])
        if answer is None:
            await self._store.pool.execute(LET_GO, command_id)
            return None
        return _decoded(await self._store.pool.fetchval(KEEP, command_id, msgspec.json.encode(answer)))

    async def _hold(self, command_id: UUID) -> None:
        """Say now and then that this command is still being done, so that a process that dies over it is soon missed.

        Where the store does not hear it another process may do it too: what is appended is appended once all the same.
        """
        while True:
            await asyncio.sleep(HELD_SECONDS / HELD_AGAIN)
            with suppress(*GONE, asyncpg.PostgresError):
                await self._store.pool.execute(HOLD, command_id, HELD_SECONDS)
            hear_cancellation()

    async def _do(self, command_id: UUID, said: Said, command: Offered, value: bytes) -> Answered | None:
        named = named_values(value)
        if named is None:
            return Answered("refused", code="not_readable")
        in_path = {name: str(named.pop(name, "")) for name in command.in_path}
        if not all(IN_PATH.fullmatch(each) for each in in_path.values()) or (named and not command.has_body):
            return Answered("refused", code="invalid")
        headers = {
            "authorization": f"Bearer {self._token}", "sovinto-actor": said.actor, "idempotency-key": str(command_id),
            "traceparent": said.trace, "content-type": "application/json",
        }  # fmt: skip
        body = msgspec.json.encode(named) if command.has_body else b""
        came = await self._web.post(command.path.format(**in_path), headers=headers, content=body)
        if came.status_code >= 500:
            return None
        told = came.json()
        if came.status_code >= 400:  # Its code alone: the text may quote what somebody wrote.
            return Answered("refused", code=told.get("code", "refused"))
        return Answered(told["outcome"], told["version"], told["position"])


async def forget_answered(store: CaseStore) -> None:
    """Remove the ids of commands a week old, those that came over HTTP too, now and then, for ever.

    Nobody asks again so late: the topic keeps a command for an hour, a person is logged in for ten, and who sends
    again by itself outlives a long weekend so. What is lost with an id is the word that it was refused, and that
    another body is not the same command; what was appended is known to the store for ever and stays a duplicate.
    """
    while True:
        try:
            await store.pool.execute(FORGET, KEPT_DAYS)
        except (*GONE, asyncpg.PostgresError) as away:
            hear_cancellation()
            log.warning("old commands not forgotten", because=type(away).__name__)
        await asyncio.sleep(FORGET_SECONDS)


def _decoded(answer: bytes | None) -> Answered | None:
    return msgspec.json.decode(answer, type=Answered) if answer else None
