"""The stand-in for a credit registry: who may be collected from, who is bankrupt, and who is not known."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, HTTPException
from pydantic import BaseModel, Field

from deploy.standins.kept import Kept

Outcome = Literal["good", "bankrupt", "many_marks", "unknown", "down"]
Share = Annotated[int, Field(ge=0, le=100)]
DEFAULT_SHARES: Mapping[Outcome, int] = {"bankrupt": 2, "many_marks": 3}  # Percent; the rest is good.


class Told(BaseModel, frozen=True, extra="forbid"):
    """What the registry is to say of one person or company."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    identifier: Annotated[str, Field(min_length=1)]
    outcome: Outcome


class Outcomes(BaseModel, frozen=True, extra="forbid"):
    """What the registry is to say from now on. Shares are percent of those not named."""

    outcomes: list[Told] = []
    shares: dict[Outcome, Share] | None = None


class Registry:
    """Answers from what it was told, else from the identifier itself, so that it always says the same."""

    def __init__(self, kept: Kept, shares: Mapping[Outcome, int] = DEFAULT_SHARES) -> None:
        self.kept = kept
        self.shares = dict(shares)
        self.told: dict[tuple[str, str], Outcome] = {}

    def outcome(self, country: str, identifier: str) -> Outcome:
        """What is known of this identifier."""
        if (country, identifier) in self.told:
            return self.told[country, identifier]
        drawn = int.from_bytes(hashlib.sha256(f"{country} {identifier}".encode()).digest()[:8]) % 100
        for outcome, share in sorted(self.shares.items()):
            if drawn < share:
                return outcome
            drawn -= share
        return "good"


def routes(registry: Registry) -> APIRouter:
    """`GET /credit/{country}/{identifier}` and the control `POST /registry/outcomes`."""
    router = APIRouter()

    @router.get("/credit/{country}/{identifier}")
    async def ask(
        country: str,
        identifier: str,
        purpose: str,
        idempotency_key: Annotated[str | None, Header()] = None,
        sovinto_time: Annotated[str | None, Header()] = None,
    ) -> Mapping[str, Any]:
        outcome = "down" if registry.kept.down else registry.outcome(country, identifier)
        asked = {"country": country, "identifier": identifier, "purpose": purpose}
        request = registry.kept.keep({**asked, "outcome": outcome}, None, sovinto_time)
        del idempotency_key  # A look-up changes nothing: each is kept, and answered anew.
        if outcome == "down":
            raise HTTPException(503, "the registry does not answer")
        marks = {"good": 0, "bankrupt": 1, "many_marks": 7, "unknown": 0}[outcome]
        return {**asked, "outcome": outcome, "marks": marks, "answer": request.job, "source": "stand-in registry"}

    @router.post("/registry/outcomes", status_code=204)
    async def tell(said: Outcomes) -> None:
        registry.told |= {(one.country, one.identifier): one.outcome for one in said.outcomes}
        if said.shares is not None:
            registry.shares = dict(said.shares)

    return router
