"""All stand-ins in one loop: SMTP on one port, HTTP on another."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

from deploy.standins import credit, printing, texting
from deploy.standins.kept import SERVICES, Kept, Request, Service
from deploy.standins.mail import Mailbox, receive_mail


class Down(BaseModel, frozen=True, extra="forbid"):
    """Which stand-ins do not answer from now on; those not named answer."""

    services: list[Service]


@dataclass(frozen=True)
class World:
    """The stand-ins, where to reach them, and what they have kept."""

    host: str
    smtp_port: int
    http_port: int
    kept: Mapping[Service, Kept]
    mailbox: Mailbox
    provider: texting.Provider
    house: printing.PrintHouse
    registry: credit.Registry

    @property
    def url(self) -> str:
        """Where the stand-ins answer over HTTP."""
        return f"http://{self.host}:{self.http_port}"

    def requests(self, service: Service) -> Sequence[Request]:
        """Every request a stand-in has kept, the repeated ones too."""
        if service == "letters":
            self.house.collect()
        return self.kept[service].requests

    def set_down(self, *services: Service) -> None:
        """These do not answer from now on; the others do."""
        for service, kept in self.kept.items():
            kept.down = service in services


@contextlib.asynccontextmanager
async def standins(
    *,
    host: str = "127.0.0.1",
    smtp_port: int = 0,
    http_port: int = 0,
    shares: Mapping[credit.Outcome, int] = credit.DEFAULT_SHARES,
    folder: Path | None = None,
) -> AsyncIterator[World]:
    """Run the stand-ins in this loop. Port 0 takes a free one; `folder` is where letters may be dropped."""
    kept = {service: Kept(service) for service in SERVICES}
    mailbox = Mailbox(kept["email"])
    mail = await receive_mail(mailbox, host, smtp_port)
    web = socket.create_server((host, http_port))
    world = World(
        host=host,
        smtp_port=mail.sockets[0].getsockname()[1],
        http_port=web.getsockname()[1],
        kept=kept,
        mailbox=mailbox,
        provider=texting.Provider(kept["sms"]),
        house=printing.PrintHouse(kept["letters"], folder),
        registry=credit.Registry(kept["credit"], shares),
    )
    # No access log: the registry's address holds a personal code.
    config = uvicorn.Config(app(world), access_log=False, lifespan="off", log_config=None, timeout_graceful_shutdown=2)
    server = Server(config)
    serving = asyncio.create_task(server.serve([web]))
    try:
        yield world
    finally:
        server.should_exit = True
        await serving
        mail.close()
        await mail.wait_closed()


class Server(uvicorn.Server):
    """uvicorn as a guest: signals belong to the process it lives in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def app(world: World) -> FastAPI:
    """Every stand-in's routes, and those by which a test or the demo looks and tells."""
    web = FastAPI(title="Sovinto's stand-ins", docs_url=None, redoc_url=None, openapi_url=None)
    web.include_router(texting.routes(world.provider))
    web.include_router(printing.routes(world.house))
    web.include_router(credit.routes(world.registry))

    @web.get("/readyz")
    @web.get("/livez")
    async def livez() -> str:
        return "ok"

    @web.get("/kept/{service}")
    async def kept(service: Service, after: int = 0) -> Mapping[str, Any]:
        every = world.requests(service)
        told = every[max(after, 0) :]
        return {"kept": [as_told(world, service, request) for request in told], "last": len(every)}

    @web.get("/kept/letters/{job}/pdf")
    async def pdf(job: str) -> Response:
        if job not in world.house.pdfs:
            raise HTTPException(404, "no such job")
        return Response(world.house.pdfs[job], media_type="application/pdf")

    @web.get("/kept/email/{number}/raw")
    async def raw(number: int) -> Response:
        if number not in world.mailbox.raw:
            raise HTTPException(404, "no such message")
        return Response(world.mailbox.raw[number], media_type="message/rfc822")

    @web.post("/down", status_code=204)
    async def down(ask: Down) -> None:
        world.set_down(*ask.services)

    return web


def as_told(world: World, service: Service, request: Request) -> Mapping[str, Any]:
    """A request as `/kept` tells it; a letter with how far it has come."""
    told = {
        "number": request.number,
        "job": request.job,
        "key": request.key,
        "at": request.at,
        "again": request.again,
        **request.content,
    }
    return told | {"status": world.house.states[request.job]} if service == "letters" else told
