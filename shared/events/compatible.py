"""May a shape change without a new version? Only by optional fields more; whatever else differs is named here.

Both ways and over all releases (FULL_TRANSITIVE): a newer service reads all history, and an older one, still running
during an upgrade, reads what the newer one writes. Schemas are those of `shared/events/schemas.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.events import Kind

JSON = Mapping[str, Any]
MISSING = object()


def breaking(old: JSON, new: JSON) -> Sequence[str]:
    """What of the change is not compatible, each named by its place; none where it may stay one version.

    Args:
        old: the JSON Schema as it was released.
        new: the JSON Schema of the same type and version as it is now.
    """
    found = list(_differences(_Part("", old, old), _Part("", new, new)))
    for name in sorted({*old.get("sealed", {}), *new.get("sealed", {})}):
        before, now = old.get("sealed", {}).get(name), new.get("sealed", {}).get(name)
        if before is None or now is None:
            found.append(f"{name} {'is sealed now' if before is None else 'is no longer sealed'}")
        else:
            found += _differences(_Part(f"{name} (sealed)", before, old), _Part(f"{name} (sealed)", now, new))
    return found


def missing_steps(kind: Kind, released: int) -> Sequence[str]:
    """The upcasting functions that a type lacks to read what was stored in a released version of it."""
    steps = [f"upcast_v{version}_v{version + 1}" for version in range(released, kind.version)]
    return [step for step in steps if not callable(getattr(kind.of, step, None))]


class _Part:
    """A place in a schema, its reference followed."""

    def __init__(self, place: str, said: JSON, root: JSON) -> None:
        self.reference = str(said.get("$ref", ""))
        self.place, self.root = place, root
        self.said: JSON = root["$defs"][self.reference.rsplit("/", 1)[1]] if self.reference else said

    def within(self, name: str, said: JSON) -> "_Part":
        return _Part(f"{self.place}.{name}".lstrip("."), said, self.root)

    @property
    def kind(self) -> str:
        """What values are there: a type, one of some values, or one of some alternatives."""
        if "anyOf" in self.said:
            return " or ".join(self.within("", each).kind for each in self.said["anyOf"])
        if "enum" in self.said:
            return "one of " + ", ".join(sorted(map(str, self.said["enum"])))
        return " ".join(str(self.said[word]) for word in ("type", "format") if word in self.said)


def _differences(old: _Part, new: _Part, seen: frozenset[tuple[str, str]] = frozenset()) -> Iterator[str]:
    here = (old.reference, new.reference)
    if old.reference and here in seen:
        return
    seen = seen | {here}
    place = new.place or "the event"
    if old.kind != new.kind:
        yield f"{place} was {old.kind} and is {new.kind}"
        return
    if "properties" in old.said or "properties" in new.said:
        yield from _fields(old, new, seen)
    if "items" in old.said or "prefixItems" in old.said or "prefixItems" in new.said:
        yield from _items(old, new, seen)
    if "anyOf" in old.said:
        yield from _alternatives(old, new, seen)
    for limit in sorted({*old.said, *new.said} - DESCRIBED):
        if old.said.get(limit) != new.said.get(limit):
            yield f"{place} had {limit} {old.said.get(limit)} and has {new.said.get(limit)}"


# What is compared by name above, or only tells people something. Any other word limits what may stand there.
DESCRIBED = {
    "$ref", "$defs", "title", "description", "default", "type", "format", "enum", "anyOf", "items", "prefixItems",
    "properties", "required", "sealed",
}  # fmt: skip


def _fields(old: _Part, new: _Part, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    before, now = old.said["properties"], new.said["properties"]
    needed_before, needed_now = old.said.get("required", ()), new.said.get("required", ())
    for name in before:
        place = new.within(name, {}).place
        if name not in now:
            yield f"{place} is gone"
            continue
        if (name in needed_before) != (name in needed_now):
            yield f"{place} {'must be there now' if name in needed_now else 'need not be there any more'}"
        if before[name].get("default", MISSING) != now[name].get("default", MISSING):
            yield f"{place} means something else where it is left out"
        yield from _differences(old.within(name, before[name]), new.within(name, now[name]), seen)
    for name in now:
        if name not in before and name in needed_now:
            yield f"{new.within(name, {}).place} is new and must be there"


def _items(old: _Part, new: _Part, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    before, now = old.said.get("prefixItems", []), new.said.get("prefixItems", [])
    if len(before) != len(now):
        yield f"{new.place} had {len(before)} places and has {len(now)}"
    for number, (one, other) in enumerate(zip(before, now, strict=False)):
        yield from _differences(old.within(str(number), one), new.within(str(number), other), seen)
    if isinstance(old.said.get("items"), dict) and isinstance(new.said.get("items"), dict):
        yield from _differences(old.within("each", old.said["items"]), new.within("each", new.said["items"]), seen)


def _alternatives(old: _Part, new: _Part, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    """In pairs: of one kind they are, else it was said above, and msgspec writes them in one order."""
    for one, other in zip(old.said["anyOf"], new.said["anyOf"], strict=True):
        yield from _differences(_Part(old.place, one, old.root), _Part(new.place, other, new.root), seen)
