"""given(*events).when(decide, *arguments).then(*told): the form of every rule's test.

`then` also decides a second time, once what was told has happened, and expects nothing: every test of a rule is a
test of its idempotence. `refused` is for requests.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Concatenate, Generic, ParamSpec

import pytest

from shared.deciding import S
from shared.errors import Refused
from shared.events import Event

P = ParamSpec("P")


class Given(Generic[S]):
    """What has happened, folded into a state."""

    def __init__(self, state: S, events: Sequence[Event]) -> None:
        self.state: S = reduce(lambda known, event: known.after(event), events, state)

    def when(
        self, decide: Callable[Concatenate[S, P], Sequence[Event]], *args: P.args, **kwargs: P.kwargs
    ) -> "When[S]":
        return When(self.state, lambda state: decide(state, *args, **kwargs))


class When(Generic[S]):
    """A decision about to be taken."""

    def __init__(self, state: S, decide: Callable[[S], Sequence[Event]]) -> None:
        self.state, self.decide = state, decide

    def then(self, *expected: Event) -> None:
        """It tells exactly this, and nothing when it is taken again."""
        told = self.decide(self.state)
        assert list(told) == list(expected)
        again = self.decide(reduce(lambda known, event: known.after(event), told, self.state))
        assert list(again) == [], "the decision is not idempotent"

    def refused(self, code: str) -> None:
        """It says no, with this code."""
        with pytest.raises(Refused) as no:
            self.decide(self.state)
        assert no.value.code == code
