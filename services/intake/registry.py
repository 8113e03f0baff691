"""The credit registry, asked over HTTP. A look-up changes nothing, so it may be asked again."""

from datetime import datetime
from typing import Literal
from urllib.parse import quote

import httpx2
import msgspec

from services.intake.credit import PURPOSE
from shared.errors import Away
from shared.events.intake import CreditAnswer

ANSWER_SECONDS_MAX = 5.0


class Said(msgspec.Struct, frozen=True):
    """What the registry sends. Fields it may add later are passed over."""

    outcome: Literal["good", "bankrupt", "many_marks", "unknown"]
    marks: int
    source: str
    answer: str = ""


class Registry:
    """One registry by its URL."""

    def __init__(self, url: str) -> None:
        self._web = httpx2.AsyncClient(base_url=url, timeout=ANSWER_SECONDS_MAX)

    async def ask(self, country: str, identifier: str, asked_at: datetime) -> tuple[CreditAnswer, str]:
        """The answer about one debtor, and its source. Raises Away where there is none that we understand."""
        try:
            answer = await self._web.get(
                f"/credit/{country}/{_path(identifier)}",
                params={"purpose": PURPOSE},
                headers={"Sovinto-Time": asked_at.isoformat()},
            )
            if answer.status_code != httpx2.codes.OK:
                raise Away(f"the registry answered {answer.status_code}")
            said = msgspec.json.decode(answer.content, type=Said)
        except httpx2.HTTPError as gone:
            raise Away(f"the registry does not answer ({type(gone).__name__})") from gone
        except msgspec.DecodeError as strange:
            raise Away("the registry's answer was not understood") from strange
        return CreditAnswer(said.outcome, said.marks, said.answer), said.source

    async def close(self) -> None:
        """Hang up."""
        await self._web.aclose()


def _path(identifier: str) -> str:
    """As one segment of a path, for a `+` or a blank stands in some."""
    return quote(identifier, safe="")
