"""What a stand-in remembers: every request in the order it came, the repeated ones too."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from fastapi import HTTPException

Service = Literal["email", "sms", "letters", "credit"]
SERVICES: tuple[Service, ...] = ("email", "sms", "letters", "credit")


class Request(msgspec.Struct, frozen=True):
    """One request as it came. `at` is the sender's `Sovinto-Time`; `again` says that its key had been seen."""

    number: int
    job: str
    key: str | None
    at: str | None
    again: bool
    content: Mapping[str, Any]


class Kept:
    """One service's requests, numbered from 1. Asked with a key it knows, it gives the same job."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.down = False
        self.requests: list[Request] = []
        self.jobs: dict[str, tuple[str, str]] = {}

    def must_answer(self) -> None:
        """Raises 503 while it is set down."""
        if self.down:
            raise HTTPException(503, "the stand-in is set down")

    def keep(self, content: Mapping[str, Any], key: str | None, at: str | None) -> Request:
        """Remember a request. Raises 422 where its key stands for another content."""
        number, fingerprint = len(self.requests) + 1, digest(msgspec.json.encode(content))
        job = f"{self.service}-{digest((key or f'{number}').encode())[:16]}"
        if key in self.jobs and self.jobs[key] != (job, fingerprint):
            raise HTTPException(422, f"{key} was sent with another content")
        request = Request(number, job, key, at, key in self.jobs, content)
        if key:
            self.jobs[key] = (job, fingerprint)
        self.requests.append(request)
        return request

    def after(self, number: int) -> Sequence[Request]:
        """The requests that came after this one."""
        return self.requests[max(number, 0) :]

    def asked(self, key: str | None) -> Mapping[str, Any]:
        """Whether anything came with this key, and as which job."""
        known = self.jobs.get(key or "")
        return {"key": key, "taken": known is not None, "id": known[0] if known else ""}

    def of(self, job: str) -> Request | None:
        """The first request of a job."""
        return next((request for request in self.requests if request.job == job), None)


def digest(content: bytes) -> str:
    """The content's SHA-256, as text."""
    return hashlib.sha256(content).hexdigest()
