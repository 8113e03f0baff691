"""How the world reaches the platform and the platform reaches the world: HTTP with a key, and the stand-ins."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx2

ANSWER_SECONDS_MAX = 300.0
TRIES_MAX = 6
AWAY = 503
# Servers hang up after five idle seconds; a line is not used again so near to that.
LINES = httpx2.Limits(keepalive_expiry=2)


class No(Exception):
    """The platform answered no: why as a code, and in its own words."""

    def __init__(self, status: int, code: str, title: str) -> None:
        super().__init__(f"{status} {code}: {title}")
        self.status, self.code = status, code


class Sovinto:
    """A platform, as whoever holds these keys reaches it."""

    def __init__(self, url: str, staff_key: str) -> None:
        self.url = url.rstrip("/")
        self.staff_key = staff_key
        self.keys: dict[str, str] = {}  # A client's name and its key.
        self.moment = ""
        self.turn: Callable[[], Awaitable[None]] = _at_once  # Waited for before each request: who measures paces it.
        self._http = httpx2.AsyncClient(
            base_url=f"{self.url}/api/v1", timeout=ANSWER_SECONDS_MAX, limits=LINES, trust_env=False
        )

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def get(self, path: str, *, of: str = "", **query: Any) -> Any:
        """The JSON at a path, asked by staff, or by the client `of`."""
        return (await self.ask("GET", path, of=of, params=query)).json()

    async def put(self, path: str, body: object, *, of: str = "") -> Any:
        """Set what is at a path."""
        return (await self.ask("PUT", path, of=of, json=body)).json()

    async def post(self, path: str, body: object = None, *, of: str = "") -> Any:
        """Ask for something to be done."""
        return (await self.ask("POST", path, of=of, json=body)).json()

    async def ask(self, method: str, path: str, *, of: str = "", **what: Any) -> httpx2.Response:
        """One request, sent again with the same id while a part of the platform is away. Raises No."""
        await self.turn()
        key = self.keys[of] if of else self.staff_key
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid4()), **what.pop("headers", {})}
        for attempt in range(1, TRIES_MAX + 1):
            try:
                answer = await self._http.request(method, path, headers=headers, **what)
            except httpx2.TransportError:
                if attempt == TRIES_MAX:
                    raise
            else:
                if answer.status_code != AWAY or attempt == TRIES_MAX:
                    break
            await asyncio.sleep(0.25 * 2**attempt)
        if answer.is_success:
            return answer
        told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        raise No(answer.status_code, str(told.get("code", "")), str(told.get("title", answer.text[:200])))

    async def now(self) -> datetime:
        """What time it is there."""
        return datetime.fromisoformat((await self.get("/clock"))["now"])

    async def live_until(self, moment: datetime) -> None:
        """Let the platform do all that is due until then; it answers when it has come to rest."""
        self.moment = moment.isoformat()
        await self.rest()

    async def rest(self) -> None:
        """Wait until the platform has done all that was asked of it, so that nothing depends on who was quicker."""
        await self.post("/clock", {"until": self.moment})


async def _at_once() -> None:
    pass


@dataclass
class Outside:
    """The stand-ins: what the platform sent into the world, and what the registry is to say."""

    url: str
    read: dict[str, int] = field(default_factory=lambda: {"sms": 0, "email": 0, "letters": 0})

    def __post_init__(self) -> None:
        self._http = httpx2.AsyncClient(
            base_url=self.url.rstrip("/"), timeout=ANSWER_SECONDS_MAX, limits=LINES, trust_env=False
        )

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def registry_says(self, outcomes: Sequence[Mapping[str, str]]) -> None:
        """These outcomes for these identifiers, and of everybody else only good."""
        told = {"outcomes": list(outcomes), "shares": {}}
        (await self._http.post("/registry/outcomes", json=told)).raise_for_status()

    async def came(self, service: str) -> list[dict[str, Any]]:
        """What a stand-in took since it was last asked, without what was only sent again."""
        answer = await self._http.get(f"/kept/{service}", params={"after": self.read[service]})
        told = answer.raise_for_status().json()
        self.read[service] = told["last"]
        return [each for each in told["kept"] if not each["again"]]

    async def skip_what_came(self) -> None:
        """Begin with what comes from now on."""
        for service in self.read:
            await self.came(service)

    async def print_letters(self) -> list[str]:
        """The print house prints what lies there: the jobs that can no longer be taken back."""
        printed: list[str] = (await self._http.post("/print")).raise_for_status().json()["printed"]
        return printed
