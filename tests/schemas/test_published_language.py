"""The published language is held: every event type, its owner, its shape, its history; and the handlers' names."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events import Event, contact, gateway, intake, known, plans, settlement, upcast
from shared.events.compatible import breaking, missing_steps
from shared.events.schemas import files
from tests.schemas.anything import values
from tests.schemas.handlers import handlers, states
from tests.schemas.kept import HANDLERS, SCHEMAS, SUMS, examples, kept_names, released, schema, sums


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
    """Run `make schemas`; what was released changes only by optional fields more, else by a new version."""
    changed = [
        path
        for path, content in files().items()
        if not (SCHEMAS / path).exists() or (SCHEMAS / path).read_bytes() != content
    ]
    assert changed == []


def test_a_released_version_changes_only_by_optional_fields_more() -> None:
    assert released()
    broken = {
        f"{name} since {release}": wrong
        for release, schemas in released().items()
        for name, told in schemas.items()
        if (wrong := breaking(told, schema(name)))
    }
    assert broken == {}


def test_every_released_version_has_its_steps_to_the_current_one() -> None:
    names = {name for schemas in released().values() for name in schemas}
    lacking = {name: missing_steps(known()[type_of(name)], version_of(name)) for name in names}
    assert {name: steps for name, steps in lacking.items() if steps} == {}


def test_what_was_released_is_kept_as_it_was() -> None:
    assert SUMS.read_text(encoding="utf-8") == sums()


def type_of(name: str) -> str:
    return name.split("/")[-1].split(".")[0]


def version_of(name: str) -> int:
    return int(name.split(".")[1])


EVERY_SHAPE = [(name, schema(name)) for name in kept_names()] + [
    (name, told) for schemas in released().values() for name, told in schemas.items()
]


@given(of=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
def test_whatever_any_version_could_store_is_read_today(of: st.DataObject) -> None:
    name, told = of.draw(st.sampled_from(EVERY_SHAPE))
    stored = of.draw(values(told))
    kind = known()[type_of(name)]
    event = msgspec.json.decode(upcast(kind, version_of(name), msgspec.json.encode(stored)), type=kind.of)
    assert type(event) is kind.of


def test_every_version_ever_published_is_still_read() -> None:
    for path in examples():
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
    events = [read(path) for path in examples()]
    case = [event for event in events if isinstance(event, intake.CaseReceived | intake.ClaimAdded)]
    after(state(), events)
    for event in events:
        assert after(state(), [*case, event]) is not None


def test_a_handler_keeps_the_name_it_is_stored_under() -> None:
    """A new one is added by `make schemas`. Renaming one would make done work look undone."""
    kept = set(HANDLERS.read_text(encoding="utf-8").split())
    assert kept - set(handlers()) == set(), "stored names that no handler has any more"
    assert set(handlers()) - kept == set(), "handlers whose names are not held yet"
