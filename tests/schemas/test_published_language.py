"""The published language is held: every event type, its owner, its shape, its history; and the handlers' names."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, reduce
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.events import Event, contact, gateway, intake, known, plans, settlement, upcast
from tests.schemas.golden import HERE, golden
from tests.schemas.handlers import HANDLERS, handlers, states


def test_an_event_type_has_one_owner() -> None:
    names = Counter(
        name
        for module in (intake, contact, plans, settlement, gateway)
        for name, of in vars(module).items()
        if isinstance(of, type) and issubclass(of, Event) and of.__module__ == module.__name__
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_an_event_type_says_in_one_line_what_it_means() -> None:
    assert [kind.name for kind in known().values() if not (kind.of.__doc__ or "").strip()] == []


def test_an_event_type_is_frozen_and_named_in_the_past() -> None:
    present = re.compile(r"^(Create|Start|Stop|Send|Set|Ask|Pay)[A-Z]|Event$")
    found = [
        kind.name for kind in known().values() if not kind.of.__struct_config__.frozen or present.search(kind.name)
    ]
    assert found == []


def test_a_changed_event_is_a_visible_diff() -> None:
    """Run `python -m tests.schemas.golden`; a shape that history already has needs a new version and an upcast."""
    changed = [
        path
        for path, content in golden().items()
        if not (HERE / path).exists() or (HERE / path).read_bytes() != content
    ]
    assert changed == []


@cache
def kept_examples() -> Sequence[Path]:
    return sorted(path for path in HERE.glob("*/*.json") if not path.name.endswith(".schema.json"))


def test_every_version_ever_published_is_still_read() -> None:
    for path in kept_examples():
        name = path.name.split(".")[0]
        assert name in known(), f"{name} was published and is unknown now"
        assert type(read(path)) is known()[name].of
        assert known()[name].owner == path.parent.name, f"{name} changed its owner"


def read(path: Path) -> Event:
    """A kept example as it is read from a store today."""
    name, version, _ = path.name.split(".")
    kind = known()[name]
    return msgspec.json.decode(upcast(kind, int(version), path.read_bytes()), type=kind.of)


def after(state: Any, events: Sequence[Event]) -> Any:
    return reduce(lambda folded, event: folded.after(event), events, state)


@pytest.mark.parametrize("state", list(states()), ids=lambda state: f"{state.__module__}.{state.__name__}")
def test_every_state_takes_every_event(state: type[Any]) -> None:
    """Rules never run at replay: nothing a stream can hold may make a fold fail, its people erased or not."""
    events = [read(path) for path in kept_examples()]
    case = [event for event in events if isinstance(event, intake.CaseReceived | intake.ClaimAdded)]
    after(state(), events)
    for event in events:
        assert after(state(), [*case, event]) is not None


def test_a_handler_keeps_the_name_it_is_stored_under() -> None:
    """A new one is added by `python -m tests.schemas.golden`. Renaming one would make done work look undone."""
    kept = set(HANDLERS.read_text().split())
    assert kept - set(handlers()) == set(), "stored names that no handler has any more"
    assert set(handlers()) - kept == set(), "handlers whose names are not held yet"
