"""Letters to the print house: over HTTP, or dropped in a folder it watches. Not yet printed, they can be taken back."""

import asyncio
import json
import time
from pathlib import Path

import httpx2

from services.contact.channels.http import ask, line, post
from services.contact.channels.provider import UNKNOWN, Asked, NotTaken, Outgoing

RECALL_SECONDS_MAX = 5.0


class PrintHouse:
    """A print house over HTTP."""

    name = "print"
    can_be_asked = True

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    async def send(self, message: Outgoing, seconds: float) -> str:
        """Hand a PDF over with its envelope's lines; returns the job's id."""
        files = {"pdf": ("letter.pdf", message.content, "application/pdf")}
        form = {"address": "\n".join(message.address)}
        told = await post(f"{self.url}/print/jobs", message, seconds, data=form, files=files)
        return str(told["job"])

    async def asked(self, key: str, seconds: float) -> Asked:
        """Whether a letter came with this key."""
        return await ask(f"{self.url}/print/asked", key, seconds)

    async def recall(self, job: str) -> bool:
        """Take a job back. False where it is printed already or nobody answers."""
        try:
            async with line(RECALL_SECONDS_MAX) as client:
                answer = await client.delete(f"{self.url}/print/jobs/{job}")
        except httpx2.HTTPError:
            return False
        return answer.is_success


class PrintFolder:
    """A folder: the slip with the address first, then the PDF under the same name. Taking the PDF away is a recall."""

    name = "print"
    can_be_asked = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, message: Outgoing, seconds: float) -> str:
        """Drop it; returns its name."""
        name = _name(message.key)
        try:
            await asyncio.to_thread(self._drop, name, message, time.monotonic() + seconds)
        except OSError as full:
            raise NotTaken("print folder away", again=True) from full
        return name

    async def asked(self, key: str, seconds: float) -> Asked:
        """Taken if the PDF lies there. One that does not may have been printed already: then nobody knows."""
        del seconds
        name = _name(key)
        lies_there = await asyncio.to_thread((self.folder / f"{name}.pdf").exists)
        return Asked("taken", name) if lies_there else UNKNOWN

    async def recall(self, job: str) -> bool:
        """Take the PDF away, if it is still there."""
        try:
            await asyncio.to_thread((self.folder / f"{job}.pdf").unlink)
        except OSError:
            return False
        return True

    def _drop(self, name: str, message: Outgoing, until: float) -> None:
        """A thread is not ended with who waits for it: on a slow disk it has to look at the clock itself."""
        slip = json.dumps({"address": list(message.address), "at": message.at})
        (self.folder / f"{name}.json").write_text(slip, encoding="utf-8")
        part = self.folder / f"{name}.part"
        part.write_bytes(message.content)
        if time.monotonic() > until:
            part.unlink()
            raise NotTaken("the print folder was too slow", again=True)
        part.replace(self.folder / f"{name}.pdf")


def _name(key: str) -> str:
    return key.replace("|", "-")


def print_house(where: str) -> PrintHouse | PrintFolder:
    """Over HTTP, or `file:///folder`."""
    return PrintFolder(Path(where.removeprefix("file://"))) if where.startswith("file://") else PrintHouse(where)
