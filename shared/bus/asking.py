"""Asking another service over Kafka: a command is a request, sent again with the same id until it is answered."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from random import uniform
from uuid import UUID, uuid4

import msgspec
import structlog
from aiokafka import ConsumerRecord

from shared.bus.line import Line
from shared.bus.options import MESSAGE_BYTES_MAX, answers_topic, commands_topic
from shared.bus.spoken import ANSWER, Answered, NotSigned, Said, headers_of, read
from shared.casestore import SERVICES
from shared.errors import Away

AGAIN_SECONDS = 1.0  # After so long without an answer it is sent again; then after twice that, and so on.
AGAIN_SECONDS_MAX = 4.0
UNKNOWN = Answered("unknown")

log = structlog.get_logger()


class Asking:
    """One service's way to ask others. Run it beside the service; ask from any task.

    Args:
        service: who asks; its answers come on a topic of its own.
        epoch: the store's.
        kafka: bootstrap servers.
        token: what the platform's processes show each other.
    """

    def __init__(self, service: str, epoch: UUID, kafka: str, token: str) -> None:
        self._service, self._epoch, self._token = service, epoch, token
        self._waiting: dict[UUID, asyncio.Future[Answered]] = {}
        speaks = [commands_topic(each, epoch) for each in SERVICES]
        self.line = Line(kafka, answers_topic(service, epoch), speaks, self._heard)

    async def run(self) -> None:
        """Hear answers for ever."""
        await self.line.run()

    async def ask(
        self, service: str, command: str, values: Mapping[str, object], actor: str, command_id: UUID,
        seconds_max: float, trace: str = "",
    ) -> Answered:  # fmt: skip
        """Ask until there is an answer.

        Args:
            service: who is asked.
            command: its name, as in the AsyncAPI document.
            values: what it takes, by name; what JSON can hold.
            actor: on whose behalf, `client:ID`, `staff:ID` or `service:NAME`.
            command_id: the same each time this is asked; with other values it is refused.
            seconds_max: how long to wait. Then the answer is `unknown`: it may have been done, so ask again with the
                same id.
            trace: W3C traceparent.

        Raises ValueError where the values are too large to be sent.
        """
        value = msgspec.json.encode(values)
        if len(value) > MESSAGE_BYTES_MAX:
            raise ValueError(f"a command holds at most {MESSAGE_BYTES_MAX} bytes, not {len(value)}")
        said = Said(command_id, command, self._service, actor, uuid4(), trace)
        answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiting[said.asked] = answer
        try:
            async with asyncio.timeout(seconds_max):
                await self._until_answered(service, said, value, answer)
                return await answer
        except TimeoutError:
            log.warning("command not answered", command=command, of=service, command_id=str(command_id))
            return UNKNOWN
        finally:
            del self._waiting[said.asked]

    async def _until_answered(self, service: str, said: Said, value: bytes, answer: asyncio.Future[Answered]) -> None:
        topic, wait = commands_topic(service, self._epoch), AGAIN_SECONDS
        headers = headers_of(said, topic, value, self._token)
        while not answer.done():
            await self.line.open.wait()
            with suppress(Away):  # The line is made anew meanwhile.
                await self.line.say(topic, str(said.id), value, headers)
            await asyncio.wait([answer], timeout=wait + uniform(0, wait))  # noqa: S311  (jitter is no secret)
            wait = min(wait * 2, AGAIN_SECONDS_MAX)

    async def _heard(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        try:
            said = read(record, self._token)
            answered = msgspec.json.decode(record.value or b"", type=Answered)
        except (NotSigned, msgspec.DecodeError) as wrong:
            log.warning("answer not heard", because=str(wrong))
            return
        waiting = self._waiting.get(said.asked)
        if said.type == ANSWER and waiting is not None and not waiting.done():
            waiting.set_result(answered)
