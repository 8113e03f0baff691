"""The stand-in for a print house: a letter in, a job out, and a recall while it is not yet printed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, File, Form, Header, HTTPException, Response

from deploy.standins.kept import Kept, digest

State = Literal["queued", "printed", "recalled"]
PDF_BYTES_MAX = 20 * 1024 * 1024


class PrintHouse:
    """Keeps every letter, and prints when told to. Letters come over HTTP or are dropped in a folder."""

    def __init__(self, kept: Kept, folder: Path | None = None) -> None:
        self.kept = kept
        self.folder = folder
        self.pdfs: dict[str, bytes] = {}
        self.states: dict[str, State] = {}
        self.lying: set[str] = set()  # Names of the letters in the folder, as last seen.

    def submit(self, pdf: bytes, address: list[str], key: str | None, at: str | None) -> str:
        """Take a letter. The same key gives the same job, printed once."""
        content = {"address": address, "size": len(pdf), "sha256": digest(pdf)}
        job = self.kept.keep(content, key, at).job
        self.pdfs[job] = pdf
        self.states.setdefault(job, "queued")
        return job

    def recall(self, job: str) -> State:
        """Take a letter back, unless it is printed already."""
        if self.states[job] == "queued":
            self.states[job] = "recalled"
        return self.states[job]

    def print_all(self) -> list[str]:
        """Print what is queued. A letter that was dropped in the folder leaves it."""
        self.collect()
        printed = [job for job, state in self.states.items() if state == "queued"]
        self.states |= dict.fromkeys(printed, "printed")
        for name in self.lying & {request.key for request in self.kept.requests}:
            self.lying.discard(name)
            for path in self.files(name):
                path.unlink(missing_ok=True)
        return printed

    def collect(self) -> None:
        """Take in what lies in the folder. A file taken away before it was printed is a recall."""
        if not self.folder:
            return
        found = {path.stem for path in self.folder.glob("*.pdf")}
        for name in sorted(found - self.lying):
            pdf, slip = self.files(name)
            said = msgspec.json.decode(slip.read_bytes(), type=Slip)
            self.submit(pdf.read_bytes(), said.address, name, said.at)
        for name in self.lying - found:
            self.recall(self.kept.jobs[name][0])
        self.lying = found

    def files(self, name: str) -> tuple[Path, Path]:
        """A dropped letter's PDF and its slip, which is written first."""
        folder = self.folder or Path()
        return folder / f"{name}.pdf", folder / f"{name}.json"


class Slip(msgspec.Struct, frozen=True):
    """What lies beside a dropped letter."""

    address: list[str]
    at: str | None = None


def routes(house: PrintHouse) -> APIRouter:
    """`/print/jobs`, `/print/asked` and the control `POST /print`."""
    router = APIRouter()

    def told(job: str) -> Mapping[str, str]:
        if job not in house.states:
            raise HTTPException(404, "no such job")
        return {"job": job, "status": house.states[job]}

    @router.post("/print/jobs", status_code=201)
    async def submit(
        pdf: Annotated[bytes, File(max_length=PDF_BYTES_MAX)],
        address: Annotated[str, Form(min_length=1)],
        response: Response,
        idempotency_key: Annotated[str | None, Header()] = None,
        sovinto_time: Annotated[str | None, Header()] = None,
    ) -> Mapping[str, str]:
        house.kept.must_answer()
        if not pdf.startswith(b"%PDF-"):
            raise HTTPException(415, "the letter is not a PDF")
        job = house.submit(pdf, address.splitlines(), idempotency_key, sovinto_time)
        if house.kept.requests[-1].again:
            response.status_code = 200
        return told(job)

    @router.get("/print/asked")
    async def asked(idempotency_key: Annotated[str, Header()]) -> Mapping[str, Any]:
        house.kept.must_answer()
        return house.kept.asked(idempotency_key)

    @router.get("/print/jobs/{job}")
    async def status(job: str) -> Mapping[str, str]:
        return told(job)

    @router.delete("/print/jobs/{job}")
    async def recall(job: str, response: Response) -> Mapping[str, str]:
        house.kept.must_answer()
        told(job)
        if house.recall(job) == "printed":
            response.status_code = 409
        return told(job)

    @router.post("/print")
    async def print_all() -> Mapping[str, list[str]]:
        return {"printed": house.print_all()}

    return router
