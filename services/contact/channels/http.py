"""Requests to a provider over HTTP: what each failure means for the message."""

from collections.abc import Mapping
from typing import Any

import httpx2
import msgspec

from services.contact.channels.provider import UNKNOWN, Asked, NotKnown, NotTaken, Outgoing

BUSY = frozenset({429, 503})  # It says itself that it did not take it, and may later.
TRUSTED = httpx2.create_ssl_context(trust_env=False)  # Made once: reading all root certificates takes 20 ms.
OK = 200
UNSURE = frozenset({408, 500, 502, 504})


def headers(message: Outgoing) -> Mapping[str, str]:
    """The same key means the same message, so that nothing is posted twice by a lost answer."""
    return {"Idempotency-Key": message.key, "Sovinto-Time": message.at}


def line(seconds: float) -> httpx2.AsyncClient:
    """A line of its own for one request: one kept open may be dead, and then nobody knows what was taken."""
    return httpx2.AsyncClient(timeout=seconds, trust_env=False, verify=TRUSTED)


async def post(url: str, message: Outgoing, seconds: float, **form: Any) -> Mapping[str, Any]:
    """Ask, within these seconds. Returns the answer's JSON; raises NotTaken or NotKnown."""
    try:
        async with line(seconds) as client:
            answer = await client.post(url, headers=dict(headers(message)), **form)
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as away:
        raise NotTaken("provider away", again=True) from away
    except httpx2.HTTPError as lost:
        raise NotKnown(type(lost).__name__) from lost
    if answer.status_code in BUSY:
        raise NotTaken(f"provider busy, {answer.status_code}", again=True)
    if answer.status_code in UNSURE:
        raise NotKnown(f"provider answered {answer.status_code}")
    if answer.is_error:
        raise NotTaken(f"provider refused, {answer.status_code}", again=False)
    try:
        told: Mapping[str, Any] = answer.json()
    except ValueError as garbled:
        raise NotKnown("provider's answer is not JSON") from garbled
    return told


async def ask(url: str, key: str, seconds: float) -> Asked:
    """What came of a key, within these seconds. Only the provider's own plain word counts.

    A provider that does not know the question answers 404 or anything, and so does a wrong address: taken for "it
    never came", that would send a letter twice.
    """
    try:
        async with line(seconds) as client:
            answer = await client.get(url, headers={"Idempotency-Key": key})
        told = msgspec.json.decode(answer.content, type=Came) if answer.status_code == OK else None
    except (httpx2.HTTPError, msgspec.DecodeError):
        return UNKNOWN
    if told is None or told.key != key:
        return UNKNOWN
    return Asked("taken", told.id) if told.taken else Asked("not_taken")


class Came(msgspec.Struct, frozen=True):
    """A provider's answer about a key: whether a message came with it, and then its id."""

    key: str
    taken: bool
    id: str = ""
