"""How a command and its answer are said on the bus: CloudEvents headers, a JSON value, and a signature over both.

The signature is made with what the platform's own processes show each other, so who merely reaches the broker can
neither command nor answer. No value is a person's words: see `offered.py`.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec
from aiokafka import ConsumerRecord

from shared.bus.line import Headers
from shared.casestore import SERVICES

Outcome = Literal["appended", "duplicate", "nothing", "refused", "unknown"]
ANSWER = "answer"  # The type of every answer.
SIGNATURE = "signature"


class Answered(msgspec.Struct, frozen=True):
    """What became of a command. `unknown`: nobody answered in time; ask again with the same id.

    `version` is the stream's and `position` the log's, as over HTTP; `code` says why it was refused.
    """

    outcome: Outcome
    version: int = 0
    position: int = 0
    code: str = ""


class Said(msgspec.Struct, frozen=True):
    """A command or an answer, apart from its value.

    `asked` is of one wait for an answer and comes back with it; `id` is the command's, the same each time it is asked.
    """

    id: UUID
    type: str
    source: str
    actor: str
    asked: UUID
    trace: str = ""


class NotSigned(Exception):
    """Nobody of ours said this. It is not answered: an answer would be believed."""


def headers_of(said: Said, topic: str, value: bytes, token: str) -> Headers:
    """The message's headers, signed for this topic."""
    named = {
        "ce_specversion": "1.0", "ce_id": str(said.id), "ce_type": said.type, "ce_source": said.source,
        "sovinto-actor": said.actor, "sovinto-asked": str(said.asked), "traceparent": said.trace,
        "content-type": "application/json",
    }  # fmt: skip
    signed = {**named, SIGNATURE: _signature(named, topic, value, token)}
    return [(name, text.encode()) for name, text in signed.items()]


def read(record: "ConsumerRecord[bytes, bytes]", token: str) -> Said:
    """Who says what, where the signature is ours. Raises NotSigned."""
    try:
        named = {name: value.decode() for name, value in record.headers}
        shown = named.pop(SIGNATURE)
        wanted = _signature(named, record.topic, record.value or b"", token)
        if not hmac.compare_digest(shown.encode(), wanted.encode()):
            raise NotSigned("the signature is not ours")
        if named["ce_source"] not in SERVICES:
            raise NotSigned("it comes from no service, so nobody could be answered")
        return Said(
            UUID(named["ce_id"]), named["ce_type"], named["ce_source"], named["sovinto-actor"],
            UUID(named["sovinto-asked"]), named["traceparent"],
        )  # fmt: skip
    except (KeyError, ValueError) as missing:
        raise NotSigned("a header is missing or is not in its form") from missing


def named_values(value: bytes) -> dict[str, Any] | None:
    """A command's values by name, or None where they are not a JSON object."""
    try:
        told = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _signature(named: Mapping[str, str], topic: str, value: bytes, token: str) -> str:
    said = msgspec.json.encode([topic, sorted(named.items()), value])
    return hmac.digest(token.encode(), said, "sha256").hex()
