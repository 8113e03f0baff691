"""Strategies: the planned steps of a case with their channel, tone and timing, read from strategies.yaml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from shared.casefile import Casefile
from shared.errors import Refused
from shared.events.contact import Channel
from shared.events.gateway import ClientSet

STRATEGIES = Path(__file__).parent / "strategies.yaml"

Group = Literal["forgot", "cannot", "will_not"]
Kind = Literal["friendly", "reminder", "notice", "demand", "second_demand", "call", "ask"]
Fresh = Literal["account", "client"]
LETTERS = ("friendly", "reminder", "notice", "demand", "second_demand")


class Step(msgspec.Struct, frozen=True):
    """One planned step; the names are explained in strategies.yaml."""

    step: str
    kind: Kind
    channels: tuple[Channel, ...] = ()
    pays: Literal["client", "agency"] = "agency"
    fresh: tuple[Fresh, ...] = ()
    days: int = 0
    to_pay: int = 0
    law: str = ""
    measures: tuple[str, ...] = ()
    before: int = 0


class Manner(msgspec.Struct, frozen=True):
    """How one group of people is spoken to: the ways out it is offered, in order, and what late letters may tell."""

    tone: Literal["warm", "plain"]
    options: tuple[str, ...]
    tells: tuple[str, ...]


class Strategy(msgspec.Struct, frozen=True):
    """The steps in their order. `still_fresh`: days after the due date in which a friendly message makes sense."""

    name: str
    country: str
    steps: tuple[Step, ...]
    groups: Mapping[Group, Manner]
    still_fresh: int

    def step(self, name: str) -> Step | None:
        """The step of that name."""
        return next((each for each in self.steps if each.step == name), None)

    def from_step(self, name: str) -> tuple[Step, ...]:
        """That step and all after it."""
        names = [each.step for each in self.steps]
        return self.steps[names.index(name) :] if name in names else ()


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"for_": "for"}):
    for_: str
    country: str
    steps: tuple[Step, ...]
    groups: Mapping[Group, Manner]
    still_fresh: int


@cache
def strategies() -> Mapping[str, Strategy]:
    """All strategies by name, read once."""
    return {name: Strategy(name, of.country, of.steps, of.groups, of.still_fresh) for name, of in _written().items()}


def strategy_for(case: Casefile, client: ClientSet) -> Strategy:
    """The client's own choice for such debtors, or the default. Refused where there is none for the country."""
    kind = f"{case.country} {case.debtor}"
    chosen = dict(client.strategies).get(kind)
    default = next((name for name, of in _written().items() if of.for_ == kind), None)
    if chosen is not None and chosen in strategies() and strategies()[chosen].country == case.country:
        return strategies()[chosen]
    if default is None:
        raise Refused(f"there is no strategy for {kind}", "no_strategy")
    return strategies()[default]


@cache
def _written() -> Mapping[str, _Written]:
    read = yaml.safe_load(STRATEGIES.read_text(encoding="utf-8"))
    return msgspec.convert(read, dict[str, _Written])
