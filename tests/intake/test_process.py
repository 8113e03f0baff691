"""`python -m services.intake`: a process of its own, over a real broker, from an invoice to an accepted case."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from deploy.ports import free_port
from deploy.standins import standins
from shared.casestore.install import as_role, role_of
from tests.casestore.conftest import password
from tests.conftest import Databases
from tests.intake.conftest import TOKEN
from tests.intake.facts import CLIENT, MASTER

LUMIKOIRA = (Path(__file__).parent / "files" / "lumikoira.xml").read_bytes()
SECONDS_MAX = 120.0  # A machine that builds and tests other things too is slow to start a process.


@asynccontextmanager
async def running(module: str, role: str, database: str, **more: str) -> AsyncIterator[str]:
    """A process until it is ready; its address."""
    port = free_port()
    url = as_role(database, role_of(role), password(role_of(role)))
    env = {"PATH": os.environ["PATH"], "SOVINTO_DATABASE_URL": url, "SOVINTO_PORT": str(port), **more}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, env=env)
    try:
        await until_ready(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until_ready(address: str) -> None:
    async with asyncio.timeout(SECONDS_MAX), httpx2.AsyncClient(base_url=address) as web:
        while True:
            try:
                if (await web.get("/readyz")).status_code == httpx2.codes.OK:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_the_process_takes_an_invoice_to_an_accepted_case_over_the_broker(
    set_up: str, databases: Databases, broker: str, tmp_path: Path
) -> None:
    database = await databases.fresh(like=urlsplit(set_up).path[1:])
    headers = {"Authorization": f"Bearer {TOKEN}", "Sovinto-Actor": f"client:{CLIENT}"}
    async with standins(shares={}) as world:
        env = {
            "SOVINTO_KAFKA": broker, "SOVINTO_MASTER_KEY": base64.b64encode(MASTER).decode(),
            "SOVINTO_INTERNAL_TOKEN": TOKEN, "SOVINTO_DOCUMENTS": str(tmp_path), "SOVINTO_REGISTRY_URL": world.url,
        }  # fmt: skip
        async with (
            running("shared.bus", "relay", database, **env),
            running("services.intake", "intake", database, **env) as intake,
            httpx2.AsyncClient(base_url=intake, headers=headers, timeout=SECONDS_MAX) as web,
        ):
            answer = await web.post(f"/clients/{CLIENT}/files", files={"file": ("lasku.xml", LUMIKOIRA)})
            [told] = answer.json()["files"]
            async with asyncio.timeout(SECONDS_MAX):
                while True:
                    now = (await web.get(f"/cases/{told['case']}/result")).json()
                    if now["result"] != "checking":
                        break
                    await asyncio.sleep(0.2)
            assert (now["result"], now["defects"]) == ("accepted", [])
    await databases.drop(database)
