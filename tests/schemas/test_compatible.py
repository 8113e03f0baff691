"""A change of an event's shape: an optional field more may stay one version, everything else is refused by name."""

from datetime import date
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import Event, Kind, Moment, Sealed, sealed_fields, upcast
from shared.events.compatible import breaking, missing_steps
from shared.events.schemas import schema_of
from tests.schemas.anything import values


class Note(msgspec.Struct, frozen=True):
    text: str


class Parcel(Event, frozen=True):
    """Something was sent."""

    parcel_id: UUID
    by: Literal["road", "sea"]
    sent_on: date
    stops: tuple[Note, ...]
    about: Sealed[Note]
    weight: int | None = None


def of(event: type[Event]) -> Kind:
    return Kind("Parcel", "test", event, sealed_fields(event))


def changed(**fields: Any) -> type[Event]:
    """The event with these fields of another type; `None` leaves one out, `(type, default)` makes it optional."""
    kept = {
        "parcel_id": UUID, "by": Literal["road", "sea"], "sent_on": date, "stops": tuple[Note, ...],
        "about": Sealed[Note], "weight": (int | None, None),
    }  # fmt: skip
    told = {name: of for name, of in (kept | fields).items() if of is not None}
    given = [(name, *(each if isinstance(each, tuple) else (each,))) for name, each in told.items()]
    made = msgspec.defstruct("Parcel", given, bases=(Event,), frozen=True, kw_only=True, module=__name__)
    assert issubclass(made, Event)
    return made


class Longer(msgspec.Struct, frozen=True):
    text: str
    language: str


class LongerMaybe(msgspec.Struct, frozen=True):
    text: str
    language: str = "en"


COMPATIBLE = {
    "nothing": {},
    "an optional field": {"colour": (str | None, None)},
    "an optional field inside": {"stops": tuple[LongerMaybe, ...]},
    "an optional field in a sealed value": {"about": Sealed[LongerMaybe]},
}
BREAKING = {
    "sent_on is gone": {"sent_on": None},
    "colour is new and must be there": {"colour": str},
    "weight must be there now": {"weight": int | None},
    "sent_on need not be there any more": {"sent_on": (date, date(2026, 1, 5))},
    "weight means something else where it is left out": {"weight": (int | None, 1)},
    "sent_on was string date and is string date-time": {"sent_on": Moment},
    "parcel_id was string uuid and is string": {"parcel_id": str},
    "weight was integer or null and is string or null": {"weight": (str | None, None)},
    "sent_on was string date and is string date or null": {"sent_on": date | None},
    "by was one of road, sea and is one of air, road, sea": {"by": Literal["road", "sea", "air"]},
    "by was one of road, sea and is one of road": {"by": Literal["road"]},
    "stops.each.language is new and must be there": {"stops": tuple[Longer, ...]},
    "stops.each was object and is string": {"stops": tuple[str, ...]},
    "stops had maxItems None and has 2": {"stops": tuple[Note, Note]},
    "about (sealed).language is new and must be there": {"about": Sealed[Longer]},
    "about is no longer sealed": {"about": Note},
    "sent_on is sealed now": {"sent_on": Sealed[date]},
}  # fmt: skip


@pytest.mark.parametrize("change", COMPATIBLE.values(), ids=COMPATIBLE)
def test_a_compatible_change_may_stay_one_version(change: dict[str, Any]) -> None:
    assert breaking(schema_of(of(Parcel)), schema_of(of(changed(**change)))) == []


@pytest.mark.parametrize(("said", "change"), BREAKING.items(), ids=BREAKING)
def test_a_breaking_change_is_refused_by_name(said: str, change: dict[str, Any]) -> None:
    assert said in breaking(schema_of(of(Parcel)), schema_of(of(changed(**change))))


@given(of_what=st.data())
@pytest.mark.parametrize("change", COMPATIBLE.values(), ids=COMPATIBLE)
def test_old_and_new_read_each_other_after_a_compatible_change(change: dict[str, Any], of_what: st.DataObject) -> None:
    """In both directions: while services are upgraded one by one, both are at work."""
    old, new = of(Parcel), of(changed(**change))
    for writer, reader in ((old, new), (new, old)):
        told = msgspec.json.encode(of_what.draw(values(schema_of(writer))))
        assert type(msgspec.json.decode(told, type=reader.of)) is reader.of


class ParcelToday(Event, frozen=True):
    """Something was sent; its weight is known in grams by now."""

    class_version: ClassVar[int] = 3
    parcel_id: UUID
    sent_on: date
    grams: int

    @staticmethod
    def upcast_v1_v2(told: dict[str, Any]) -> dict[str, Any]:
        return {"parcel_id": told["parcel_id"], "sent_on": told["sent_on"], "kilos": told.get("weight") or 0}

    @staticmethod
    def upcast_v2_v3(told: dict[str, Any]) -> dict[str, Any]:
        return {"parcel_id": told["parcel_id"], "sent_on": told["sent_on"], "grams": told["kilos"] * 1000}


@given(values(schema_of(of(Parcel))))
def test_whatever_the_first_version_could_hold_is_read_by_the_third(told: dict[str, Any]) -> None:
    read = msgspec.json.decode(upcast(of(ParcelToday), 1, msgspec.json.encode(told)), type=ParcelToday)
    assert read.grams == (told.get("weight") or 0) * 1000


class ParcelWithoutWay(Event, frozen=True):
    """Somebody raised the version and forgot a step."""

    class_version: ClassVar[int] = 3

    @staticmethod
    def upcast_v1_v2(told: dict[str, Any]) -> dict[str, Any]:
        return told


def test_a_missing_step_is_named() -> None:
    assert missing_steps(of(ParcelWithoutWay), 1) == ["upcast_v2_v3"]
    assert missing_steps(of(ParcelToday), 1) == []
    with pytest.raises(LookupError, match="Parcel has no upcast_v2_v3"):
        upcast(of(ParcelWithoutWay), 1, b"{}")
