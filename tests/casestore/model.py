"""What the case store should answer, on one page: streams as lists, and callers at once in the order the log shows."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Literal
from uuid import UUID

import msgspec

from shared.casestore.appending import Append, Placed

Known = tuple[str, UUID]  # A call: (handler, cause).


class Held(msgspec.Struct, frozen=True):
    """What one append put into one stream."""

    call: Known
    position: int
    versions: range


class Answered(msgspec.Struct, frozen=True):
    """An append and its answer. `given_up`: its caller went away, and the answer is to the same call made again."""

    what: Append
    placed: Placed
    given_up: bool = False


class Model:
    """Every stream as the appends it holds, oldest first."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[Held]] = {}
        self.head = 0

    def version(self, stream: UUID) -> int:
        held = self.streams.get(stream)
        return held[-1].versions[-1] if held else 0

    def earlier(self, what: Append) -> dict[UUID, Held]:
        """What its streams hold of the same call already."""
        call = (what.call.handler, what.call.cause)
        found = ((each.stream_id, held) for each in what.streams for held in self.streams.get(each.stream_id, ()))
        return {stream: held for stream, held in found if held.call == call}

    def outcome(self, what: Append) -> Literal["appended", "duplicate", "conflict"]:
        """What an append would be answered now."""
        if self.earlier(what):
            return "duplicate"
        if any(self.version(each.stream_id) != each.expected for each in what.streams):
            return "conflict"
        return "appended"

    def place(self, what: Append) -> Placed:
        """Append, and answer; or answer what it is a duplicate of."""
        written = [each for each in what.streams if each.events]
        held = self.earlier(what)
        if not held:
            first = self.head + 1
            for each in written:
                versions = range(each.expected + 1, each.expected + 1 + len(each.events))
                put = Held((what.call.handler, what.call.cause), self.head + 1, versions)
                self.streams.setdefault(each.stream_id, []).append(put)
                self.head += len(each.events)
            return Placed("appended", {each.stream_id: self.version(each.stream_id) for each in written}, first)
        first = min(each.position for each in held.values())
        return Placed("duplicate", {stream: each.versions[-1] for stream, each in held.items()}, first)

    def explain(self, answers: Sequence[Answered]) -> None:
        """Take what callers at once were answered; fails where no order of them makes all the answers right.

        Where one whose caller had gone was answered *duplicate*, it may be its own duplicate, or another's.
        """
        appended = [each for each in answers if each.placed.outcome == "appended"]
        gone = [each for each in answers if each.given_up and each.placed.outcome == "duplicate"]
        as_it_was = deepcopy(self.streams), self.head
        try:
            self._in_order(appended, answers)
        except AssertionError:
            if not gone:
                raise
            self.streams, self.head = as_it_was
            self._in_order([*appended, *gone], answers)

    def _in_order(self, appended: Sequence[Answered], answers: Sequence[Answered]) -> None:
        moments = [deepcopy(self)]
        for each in sorted(appended, key=lambda one: one.placed.position):
            told = "\n".join([shown(each), f"after {self.streams} and among", *map(shown, answers)])
            assert self.outcome(each.what) == "appended", told
            assert _same(self.place(each.what), each.placed), told
            moments.append(deepcopy(self))
        for each in answers:
            told = "\n".join([shown(each), f"at no moment from {moments[0].streams} and among", *map(shown, answers)])
            if not any(each is one for one in appended):
                assert any(moment.explains(each) for moment in moments), told

    def explains(self, answered: Answered) -> bool:
        """Whether the answer of one that appended nothing is right now."""
        if self.outcome(answered.what) != answered.placed.outcome:
            return False
        return answered.placed.outcome == "conflict" or _same(self.place(answered.what), answered.placed)


def shown(answered: Answered) -> str:
    """One answer on one line."""
    what, placed = answered.what, answered.placed
    onto = ", ".join(f"{each.stream_id} from {each.expected} by {len(each.events)}" for each in what.streams)
    versions = {f"{stream}": version for stream, version in placed.versions.items()}
    gone = " (given up)" if answered.given_up else ""
    return f"{what.call.handler} {what.call.cause} {onto}{gone}: {placed.outcome} at {placed.position}, {versions}"


def _same(right: Placed, told: Placed) -> bool:
    """Versions of streams the first append did not write are nobody's concern."""
    versions: Mapping[UUID, int] = {stream: told.versions.get(stream, 0) for stream in right.versions}
    return (right.position, right.versions) == (told.position, versions)
