"""What a payment pays first: by law, by our choice where the law is silent, by the payer's wish where it counts."""

from collections.abc import Sequence
from datetime import date

from shared.law.answers import AllocationOrder, Component, Debtor
from shared.law.pack import Pack


def order(pack: Pack, debtor: Debtor, on: date, wish: Sequence[Component]) -> AllocationOrder:
    """The order of the country, or the payer's; what a wish does not name comes after it in the usual order.

    Whether a wish counts is not known everywhere; where it is not, it is not followed, and the answer says so.
    Raises ValueError where a wish names a component twice or one there is not.
    """
    usual = pack.at(f"allocation.{debtor}", on)
    if not wish:
        return AllocationOrder(usual.value, (usual.rule,))
    if len(set(wish)) != len(wish) or not set(wish) <= set(usual.value):
        raise ValueError(f"{', '.join(wish)} is not an order of components")
    dated = pack.rules["allocation.wish"]
    found = dated.at(on)
    if found is None or not pack.usable(found):
        return AllocationOrder(usual.value, (usual.rule,), left_out=(dated.missing(on),))
    rest = tuple(component for component in usual.value if component not in wish)
    return AllocationOrder((*wish, *rest), (found.rule, usual.rule), by_wish=True)
