"""The stand-in for an SMS provider, spoken to as 46elks is: a form in, an id out."""

from collections.abc import Mapping
from typing import Annotated, Any

import httpx2
from fastapi import APIRouter, Form, Header

from deploy.standins.kept import Kept

CALLBACK_SECONDS_MAX = 5


class Provider:
    """Keeps every message and, when told to, says to its sender how it went."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.told: set[str] = set()

    async def deliver(self, status: str) -> int:
        """Tell the senders that asked, each once, that their messages are `delivered` or `failed`."""
        waiting = [request for request in self.kept.requests if request.content["whendelivered"]]
        waiting = [request for request in waiting if not request.again and request.job not in self.told]
        async with httpx2.AsyncClient(timeout=CALLBACK_SECONDS_MAX) as client:
            for request in waiting:
                form = {"id": request.job, "status": status}
                (await client.post(request.content["whendelivered"], data=form)).raise_for_status()
                self.told.add(request.job)
        return len(waiting)


def routes(provider: Provider) -> APIRouter:
    """`POST /a1/sms`, `GET /a1/sms/asked` and the control `POST /sms/deliver`."""
    router = APIRouter()

    @router.post("/a1/sms")
    async def send(
        sender: Annotated[str, Form(alias="from", max_length=15)],
        to: Annotated[str, Form(pattern=r"^\+[1-9][0-9]{6,14}$")],
        message: Annotated[str, Form(min_length=1, max_length=1600)],
        whendelivered: Annotated[str, Form()] = "",
        idempotency_key: Annotated[str | None, Header()] = None,
        sovinto_time: Annotated[str | None, Header()] = None,
    ) -> dict[str, Any]:
        provider.kept.must_answer()
        content = {"from": sender, "to": to, "message": message, "whendelivered": whendelivered}
        request = provider.kept.keep(content, idempotency_key, sovinto_time)
        return {
            "id": request.job,
            "status": "created",
            "direction": "outgoing",
            "from": sender,
            "to": to,
            "message": message,
        }

    @router.get("/a1/sms/asked")
    async def asked(idempotency_key: Annotated[str, Header()]) -> Mapping[str, Any]:
        provider.kept.must_answer()
        return provider.kept.asked(idempotency_key)

    @router.post("/sms/deliver")
    async def deliver(status: str = "delivered") -> dict[str, int]:
        return {"told": await provider.deliver(status)}

    return router
