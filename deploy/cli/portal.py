"""A running platform as the command reaches it: over HTTP, with a key, like anybody else."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx2

from deploy.cli.saying import Told, note
from deploy.folder import data_folder, read_facts

API = "/api/v1"
ANSWER_SECONDS_MAX = 600.0  # A file of ten thousand invoices takes its time.
TRIES_MAX = 6
NOT_RUNNING = "No platform runs in {home}. Start one with `sovinto run`, or name one with SOVINTO_URL and SOVINTO_KEY."
NO_KEY = "SOVINTO_URL names a platform, but SOVINTO_KEY does not say who asks: set it to a staff key."


class Portal:
    """Asks one platform. Every call raises Told where the answer is no, or where there is none."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"}
        # A proxy of the user's is for the world outside; what runs on this machine is asked directly.
        outside = not any(here in self.url for here in ("//127.0.0.1", "//localhost", "//[::1]"))
        self._http = httpx2.Client(
            base_url=self.url + API, headers=headers, timeout=ANSWER_SECONDS_MAX, trust_env=outside
        )

    @classmethod
    def find(cls) -> Self:
        """The platform named by SOVINTO_URL and SOVINTO_KEY, else the one that runs in the data folder."""
        url, key = os.environ.get("SOVINTO_URL", ""), os.environ.get("SOVINTO_KEY", "")
        if url:
            if not key:
                raise Told(NO_KEY, "no_key")
            return cls(url, key)
        home = data_folder()
        found = read_facts(home).get("portal")
        if not found:
            raise Told(NOT_RUNNING.format(home=home), "not_running")
        return cls(str(found), key or operator_key(home))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: str) -> Any:
        """The JSON at that path."""
        return self.ask("GET", path, params=query).json()

    def put(self, path: str, body: object) -> Any:
        """Set what is at that path."""
        return self.ask("PUT", path, json=body).json()

    def post(self, path: str, body: object = None) -> Any:
        """Ask for something to be done."""
        return self.ask("POST", path, json=body).json()

    def ask(self, method: str, path: str, **what: Any) -> httpx2.Response:
        """One request, sent again with the same id while a part of the platform is away."""
        headers = {"Idempotency-Key": str(uuid4()), **what.pop("headers", {})}
        for attempt in range(1, TRIES_MAX + 1):
            try:
                answer = self._http.request(method, path, headers=headers, **what)
            except httpx2.TransportError as gone:
                if attempt == TRIES_MAX or isinstance(gone, httpx2.ConnectError):
                    raise Told(self._silent(), "no_answer") from None
            except httpx2.InvalidURL:
                raise Told(f"{self.url} is no address such as http://127.0.0.1:8080", "bad_url") from None
            else:
                if answer.status_code != 503 or attempt == TRIES_MAX:
                    break
                note("A part of the platform is away; asking again.")
            time.sleep(min(2.0, 0.25 * 2**attempt))
        if answer.is_success:
            return answer
        raise refusal(answer)

    def _silent(self) -> str:
        return (
            f"The platform at {self.url} does not answer. It may still be starting: try again in a moment. "
            "If it was killed, start it again with `sovinto run`; nothing is lost."
        )


def operator_key(home: Path) -> str:
    """The agency's first key, which only the owner of the data folder can read. Raises Told."""
    try:
        kept: Mapping[str, str] = json.loads((home / "secrets").read_text())
        return f"sov_operator_{kept['operator_key']}"
    except PermissionError:
        raise Told(f"{home}/secrets belongs to someone else: set SOVINTO_KEY to a key of yours.", "no_key") from None
    except (OSError, ValueError, KeyError):
        raise Told(f"{home}/secrets holds no operator key yet: wait until `sovinto run` is up.", "no_key") from None


def refusal(answer: httpx2.Response) -> Told:
    """Why the platform said no, in its own words."""
    try:
        problem = answer.json()
        what, code = str(problem["title"]), str(problem.get("code", "refused"))
    except (ValueError, KeyError, TypeError):
        return Told(f"The platform answered {answer.status_code} and no more.", "not_understood")
    if answer.status_code == 401:
        what = "This key opens nothing here: it is wrong, or it was taken back."
    return Told(what[:1].upper() + what[1:], code, problem.get("errors", ()))
