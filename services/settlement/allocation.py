"""Which debt a payment pays first: the law's order of components, and within each the oldest claim first.

Going component by component over all claims, and not claim by claim, no money goes to a cost while interest still
runs on any claim of the case.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.balance import ClaimBalance
from shared.events.settlement import Component, Part
from shared.money import Money


class Allotted(msgspec.Struct, frozen=True):
    """What one claim gets, in the order it was paid."""

    claim_id: UUID
    parts: tuple[Part, ...]

    @property
    def amount(self) -> Money:
        """The sum of the parts, of which there is at least one."""
        whole = self.parts[0].amount
        for part in self.parts[1:]:
            whole += part.amount
        return whole


def allocate(
    amount: Money, claims: Sequence[ClaimBalance], order: Sequence[Component]
) -> tuple[tuple[Allotted, ...], Money]:
    """Spread an amount over claims (oldest first). What they get and what is left make the amount, to the cent."""
    left = amount
    got: dict[UUID, list[Part]] = {}
    for component in order:
        for claim in claims:
            part = min(left, claim.of(component))
            if part.minor > 0:
                got.setdefault(claim.claim_id, []).append(Part(component, part))
                left -= part
    in_order = (claim.claim_id for claim in claims if claim.claim_id in got)
    return tuple(Allotted(claim_id, tuple(got[claim_id])) for claim_id in in_order), left


def open_parts(claim: ClaimBalance) -> tuple[Part, ...]:
    """All that is open of a claim, as parts."""
    components: tuple[Component, ...] = ("interest", "principal", "reminder_cost", "collection_cost")
    return tuple(Part(each, claim.of(each)) for each in components if claim.of(each).minor > 0)
