"""The other services, asked over the platform's own network on behalf of whoever asked us."""

from collections.abc import AsyncIterable, Mapping
from typing import Any

import httpx2
import msgspec

from services.gateway.access import Viewer
from shared.errors import Away, NotFound, Refused

PASSED_ON = ("idempotency-key", "traceparent", "content-type", "accept")
PASSED_BACK = ("content-type", "etag", "retry-after", "content-disposition")
ANSWER_SECONDS_MAX = 60.0
FILE_SECONDS_MAX = 600.0  # A file of ten thousand invoices takes its time.


class Answered(msgspec.Struct, frozen=True):
    """What a service answered, as it came."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The answer's JSON. Raises what the status says: NotFound, Refused, Away."""
        told = msgspec.json.decode(self.content) if self.content else {}
        if self.status < 400:
            return told
        title = told.get("title", "") if isinstance(told, dict) else ""
        if self.status == 404:
            raise NotFound(title or "there is no such thing")
        if self.status >= 500:
            raise Away(title)
        raise Refused(
            title or "this cannot be done", told.get("code", "refused") if isinstance(told, dict) else "refused"
        )


class Neighbours:
    """The services by name. One that does not answer is Away; whether it acted is then not known, so ask again with
    the same Idempotency-Key.
    """

    def __init__(self, urls: Mapping[str, str], internal_token: str, client: httpx2.AsyncClient) -> None:
        self._urls, self._token, self._client = urls, internal_token, client

    async def ask(
        self, service: str, method: str, path: str, viewer: Viewer, *,
        headers: Mapping[str, str] | None = None, content: bytes | AsyncIterable[bytes] | None = None,
        json: object = None, query: str = "", seconds_max: float = ANSWER_SECONDS_MAX,
    ) -> Answered:  # fmt: skip
        """Ask a service, saying for whom. Raises Away."""
        if service not in self._urls:
            raise Away(f"{service} is not there")
        passed = {name: value for name, value in (headers or {}).items() if name.lower() in PASSED_ON}
        passed |= {"Authorization": f"Bearer {self._token}", "Sovinto-Actor": viewer.actor}
        if json is not None:
            content, passed["content-type"] = msgspec.json.encode(json), "application/json"
        url = f"{self._urls[service]}{path}" + (f"?{query}" if query else "")
        try:
            told = await self._client.request(method, url, headers=passed, content=content, timeout=seconds_max)
        except httpx2.TransportError as gone:
            raise Away(f"{service} does not answer: {type(gone).__name__}") from gone
        back = {name: value for name, value in told.headers.items() if name.lower() in PASSED_BACK}
        return Answered(told.status_code, back, told.content)
