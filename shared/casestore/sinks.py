"""How checkpoints leave the database: to a file of their own, then to an address that somebody else keeps."""

import asyncio
import os
import random
from array import array
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Self
from uuid import UUID

import httpx2
import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from prometheus_client import Gauge

from shared.casestore.checkpoints import LINE_BYTES_MAX, Chain, Signed, file_of, lines

BACK_OFF_SECONDS = 0.5
BACK_OFF_SECONDS_MAX = 60.0
ANSWER_SECONDS_MAX = 10.0
NOT_HANDED_OUT = Gauge("sovinto_notary_not_handed_out", "Checkpoints signed and not handed out yet", ["sink"])
FAILING = Gauge("sovinto_notary_sink_failing", "1 while a sink takes no checkpoint; it is tried again", ["sink"])

log = structlog.get_logger()


class Kept:
    """The file of an epoch's checkpoints. What `add` was given is on disk when it returns."""

    def __init__(self, folder: Path, epoch: UUID, key: Ed25519PublicKey) -> None:
        self.path = file_of(folder, epoch)
        self.chain = Chain(epoch, key)
        self._begins, self._lasts = array("q"), array("q")
        self._end = 0

    def open(self) -> Self:
        """Read it, every link and signature checked; make it where it is missing. Raises Damaged, OSError."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "rb") as file:
            for at, line in lines(file):
                self._index(at, len(line), self.chain.take(line).checkpoint.last)
        folder = os.open(self.path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        return self

    def __len__(self) -> int:
        return len(self._lasts)

    def add(self, signed: Signed) -> None:
        """Write one more. After an OSError the same may be added again: half a line is written over."""
        line = msgspec.json.encode(signed) + b"\n"
        with self.path.open("r+b") as file:
            file.seek(self._end)
            file.truncate()
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self.chain.go_on(signed.checkpoint)
        self._index(self._end, len(line), signed.checkpoint.last)

    def line(self, number: int) -> bytes:
        """A checkpoint as it was written, by its number."""
        with self.path.open("rb") as file:
            file.seek(self._begins[number - 1])
            return file.readline(LINE_BYTES_MAX)

    def signed(self, number: int) -> Signed:
        """A checkpoint by its number."""
        return msgspec.json.decode(self.line(number), type=Signed)

    def covering(self, position: int) -> int:
        """The number of the checkpoint that was signed over this position, which one was."""
        return bisect_left(self._lasts, position) + 1

    def _index(self, begins: int, length: int, last: int) -> None:
        self._begins.append(begins)
        self._lasts.append(last)
        self._end = begins + length


class Webhook:
    """Posts each checkpoint of a file to an address, in order, until it is taken: any 2xx answer.

    What was taken is kept beside the file, so that a restart goes on behind it; at worst one is posted twice, with the
    same Idempotency-Key. What is not taken is tried again for ever, and counted.
    """

    def __init__(self, url: str, kept: Kept, client: httpx2.AsyncClient) -> None:
        self._url, self._kept, self._client = url, kept, client
        self._mark = kept.path.with_suffix(".handed-out")
        self._more = asyncio.Event()

    def wake(self) -> None:
        """There is one more."""
        self._more.set()

    async def run(self) -> None:
        """Hand out for ever."""
        failed = 0
        taken = read_mark(self._mark)
        await asyncio.to_thread(_write, self._mark, str(taken))  # So that it is seen that somebody is to be told.
        while True:
            self._more.clear()
            NOT_HANDED_OUT.labels("webhook").set(len(self._kept) - taken)
            if taken >= len(self._kept):
                await self._more.wait()
                continue
            wrong = await self._hand_out(taken + 1)
            FAILING.labels("webhook").set(bool(wrong))
            if wrong:
                failed += 1
                wait = back_off(failed)
                log.error("a checkpoint was not taken", number=taken + 1, because=wrong, tries=failed, in_seconds=wait)
                await asyncio.sleep(wait)
                continue
            failed, taken = 0, taken + 1

    async def _hand_out(self, number: int) -> str:
        """What went wrong; nothing where it was taken."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"{self._kept.chain.epoch}-{number}"}
        try:
            line = await asyncio.to_thread(self._kept.line, number)
            answer = await self._client.post(self._url, content=line, headers=headers, timeout=ANSWER_SECONDS_MAX)
            if not answer.is_success:
                return f"HTTP {answer.status_code}"
            await asyncio.to_thread(_write, self._mark, str(number))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as gone:
            return type(gone).__name__
        return ""


def back_off(failed: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many failures in a row: longer and longer, and never as long as the others'."""
    longest: float = min(BACK_OFF_SECONDS_MAX, BACK_OFF_SECONDS * 2 ** min(failed, 10))
    return round(longest * (0.5 + chance() / 2), 2)


def read_mark(path: Path) -> int:
    """How many were taken, as kept in this file; 0 where there is none."""
    try:
        return int(path.read_text())
    except FileNotFoundError:
        return 0


def _write(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".new")
    with beside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
