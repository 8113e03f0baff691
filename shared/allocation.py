"""Spreading a payment over what is owed, in the order of the law: the oldest claim first, each in its parts."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.balance import Balance
from shared.events.settlement import Component, Part
from shared.money import Money


class Allocated(msgspec.Struct, frozen=True):
    """What one payment pays: per claim its parts, and what is left over. All of it adds up to the payment."""

    claims: tuple[tuple[UUID, tuple[Part, ...]], ...]
    surplus: Money


def allocate(owed: Balance, amount: Money, order: Sequence[Component]) -> Allocated:
    """Pay component by component in this order, each over the claims from the oldest on.

    Going by component first keeps a consumer's costs last over all claims of the case, not only within one.
    """
    left = amount
    paid: dict[UUID, list[Part]] = {}
    for component in order:
        for claim in owed.claims:
            share = min(left, claim.of(component))
            if share:
                paid.setdefault(claim.claim_id, []).append(Part(component, share))
                left -= share
    return Allocated(tuple((claim_id, tuple(parts)) for claim_id, parts in paid.items()), left)
