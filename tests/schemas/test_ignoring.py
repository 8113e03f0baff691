"""What stops, pauses, disputes, suspends or moves money may never be ignored by a service that does not know it."""

from collections.abc import Iterator, Sequence
from functools import reduce
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from msgspec.structs import replace

from services.settlement.ledger import postings
from shared.casefile import Casefile
from shared.casestore.recorded import COLUMNS, decode
from shared.errors import NotUnderstood
from shared.events import Event, Kind, gateway, known
from shared.events.schemas import example
from tests.schemas.replay import Destroyed, Row

BLOCKS = ("conditions", "disputes", "hold_until", "suspended_because")
MONEY = ("claims", "charges", "closed_because")


def variants(kind: Kind) -> Iterator[Event]:
    """An event of this type, and the same with each of its choices made otherwise."""
    event = example(kind)
    yield event
    for name, hint in get_type_hints(kind.of).items():
        choices: Sequence[Any] = ()
        if hint is bool:
            choices = (True, False)
        elif get_origin(hint) is Literal:
            choices = get_args(hint)
        elif NoneType in get_args(hint):
            choices = (None,)
        for choice in choices:
            yield replace(event, **{name: choice})


def lives() -> Sequence[Casefile]:
    """Cases on which an event may meet something to change: nothing yet, all that can be, and all undone again."""
    kinds = known().values()
    on = (event for kind in kinds for event in variants(kind))
    busy = reduce(lambda case, event: case.after(event), [example(kind) for kind in kinds], Casefile())
    stopped = reduce(lambda case, event: case.after(event), on, Casefile())
    blocking = (gateway.CollectionPaused, gateway.ContactSuspended)
    paused = busy
    for of in blocking:
        paused = paused.after(example(known()[of.__name__]))
    return (Casefile(), busy, stopped, paused)


def changes(kind: Kind, names: Sequence[str]) -> set[str]:
    """Which of these an event of this type can change on a case."""
    return {
        name
        for before in lives()
        for event in variants(kind)
        for name in names
        if getattr(before, name) != getattr(before.after(event), name)
    }


@pytest.mark.parametrize(
    "kind", [kind for kind in known().values() if kind.of.may_be_ignored], ids=lambda kind: kind.name
)
def test_a_type_that_may_be_ignored_blocks_nothing_frees_nothing_and_moves_no_money(kind: Kind) -> None:
    assert changes(kind, BLOCKS) == set()
    assert changes(kind, MONEY) == set()
    assert [event for event in variants(kind) if postings(event)] == []


@pytest.mark.parametrize(
    "name",
    [
        "CollectionStopped", "CollectionPaused", "CollectionResumed", "ContactSuspended", "ContactAllowedAgain",
        "DisputeOpened", "DisputeResolved", "DueDateMoved", "PaymentReceived", "PaymentAllocated", "PaymentReversed",
        "AllocationReversed", "RefundSent", "RemittanceCreated", "WrittenOff", "PlanStarted", "ContactDecided",
    ],
)  # fmt: skip
def test_what_stops_pauses_disputes_suspends_or_moves_money_is_found_by_looking_at_it(name: str) -> None:
    """So that the test above cannot pass by seeing nothing."""
    kind = known()[name]
    assert changes(kind, (*BLOCKS, *MONEY)) or any(postings(event) for event in variants(kind))
    assert not kind.of.may_be_ignored


# A version that is newer than this code, of a type it knows.


@pytest.mark.parametrize("kind", [known()["CollectionStopped"], known()["StepPlanned"]], ids=lambda kind: kind.name)
async def test_a_newer_version_is_passed_over_where_its_type_may_be_ignored_and_not_understood_else(kind: Kind) -> None:
    told = {"type": kind.name, "schema": kind.version + 1, "data": b'{"as": "later"}', "sealed": b"", "position": 7}
    rows: Any = [Row(dict.fromkeys(COLUMNS.replace(",", " ").split()) | told)]
    keys: Any = Destroyed()
    may_ignore = {kind.name: kind.of.may_be_ignored}
    if kind.of.may_be_ignored:
        [one] = await decode(rows, keys, may_ignore)
        assert one.event is None
    else:
        with pytest.raises(NotUnderstood, match=f"{kind.name} version {kind.version + 1} at position 7"):
            await decode(rows, keys, may_ignore)
