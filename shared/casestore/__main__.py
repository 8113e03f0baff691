"""`python -m shared.casestore`: the notary as a process of its own, with its health and the proofs it gives beside it.

Told by its environment: SOVINTO_DATABASE_URL (as sovinto_notary), SOVINTO_NOTARY_KEY (base64 of 32 bytes: whoever has
them can sign; keep them where the database's administrators do not reach), SOVINTO_CHECKPOINTS (a folder on a disk that
is not the database's), SOVINTO_CHECKPOINTS_URL (where each is posted to; may be missing), SOVINTO_INTERNAL_TOKEN,
SOVINTO_PORT. One replica; a second waits its turn and needs the same folder.
"""

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
import uvicorn
import uvloop
from fastapi import Depends, FastAPI, Response

from shared import telemetry
from shared.casestore.checkpoints import private_key
from shared.casestore.notary import Notary
from shared.http import Caller, add_problems, called_by, health
from shared.tasks import ended

STOP_SECONDS_MAX = 1.5


async def main() -> None:
    """Sign until told to stop; then what is there is signed first."""
    env = os.environ
    key, folder = private_key(env["SOVINTO_NOTARY_KEY"]), Path(env["SOVINTO_CHECKPOINTS"])
    notary = Notary(env["SOVINTO_DATABASE_URL"], key, folder, env.get("SOVINTO_CHECKPOINTS_URL", ""))
    config = uvicorn.Config(
        make_app(notary, env["SOVINTO_INTERNAL_TOKEN"]), host="127.0.0.1", port=int(env["SOVINTO_PORT"]),
        log_config=None, access_log=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.capture_signals = telemetry.leave_signals  # type: ignore[method-assign]  # They are handled here.
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    signing, serving = asyncio.create_task(notary.run()), asyncio.create_task(server.serve())
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait([asked, signing], return_when=asyncio.FIRST_COMPLETED)
    if signing.done():
        signing.result()  # Our mistake ends the process; a store that differs does not, so that its alarm is seen.
    await asked
    notary.end()
    await asyncio.wait([signing], timeout=STOP_SECONDS_MAX)
    await ended([signing, serving])


def make_app(notary: Notary, internal_token: str) -> FastAPI:
    """Health, and what proves a stream, for the platform's own processes; the gateway says whose it is."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.internal_token = internal_token

    async def at_work() -> str | None:
        return notary.wrong or None

    @app.get("/proofs/{stream}")
    async def proof(stream: UUID, _: Annotated[Caller, Depends(called_by)]) -> Response:
        return Response(msgspec.json.encode(await notary.proof(stream)), media_type="application/json")

    app.include_router(health({"notary": at_work}))
    add_problems(app)
    return app


if __name__ == "__main__":
    telemetry.set_up("notary")
    uvloop.run(main())
