"""A notary for a store of a test, and what a check holds against its word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.casestore import Installed, look
from shared.casestore.as_signed import AsSigned
from shared.casestore.checkpoints import Signed, file_of
from shared.casestore.fault import Fault
from shared.casestore.look import Connection
from shared.casestore.notary import Notary
from shared.casestore.sinks import Kept
from shared.casestore.verify import verify
from shared.tasks import ended

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SECONDS_MAX = 30.0


@asynccontextmanager
async def at_work(installed: Installed, folder: Path, url: str = "") -> AsyncIterator[Notary]:
    """A notary; when it is left it signs what is there and ends."""
    notary = Notary(installed.urls["notary"], KEY, folder, url)
    running = asyncio.create_task(notary.run())
    try:
        async with asyncio.timeout(SECONDS_MAX):
            while notary.wrong == "waiting for the store, or for its turn":  # noqa: ASYNC110  (it has no other sign)
                await asyncio.sleep(0.01)
        yield notary
        notary.end()
        async with asyncio.timeout(SECONDS_MAX):
            await running
    finally:
        if running.done():
            running.result()
        await ended([running])


async def sign_all(installed: Installed, folder: Path) -> None:
    """All there is, signed."""
    async with at_work(installed, folder):
        pass


async def kept(store: Connection, folder: Path) -> list[Signed]:
    """The checkpoints written, each link and signature checked."""
    file = Kept(folder, await look.epoch(store), KEY.public_key()).open()
    return [file.signed(number) for number in range(1, len(file) + 1)]


async def differences(store: Connection, folder: Path) -> tuple[list[Fault], list[Fault]]:
    """What a check finds in the store by itself, and what it finds held against the checkpoints."""
    epoch = await look.epoch(store)
    signed = AsSigned(file_of(folder, epoch), epoch, KEY.public_key())
    found = await verify(store, signed=[signed])
    return list(found.faults), signed.faults
