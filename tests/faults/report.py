"""What the fault suite tells: each fault with the step it hit and how long coming back took, and all that was wrong."""

import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.table import Table


class Hit(msgspec.Struct, frozen=True):
    """One fault that counted. `recovered_seconds`: until all that stood in the log then was heard and shown."""

    what: str
    fault: str
    step: str
    in_hand: str
    recovered_seconds: float


class Part(msgspec.Struct):
    """One run on servers of its own. `wrong` is empty where nothing was lost and nothing came twice."""

    name: str
    events: int = 0
    seconds: float = 0.0
    hits: list[Hit] = msgspec.field(default_factory=list)
    wrong: list[str] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)

    def lacks(self, wanted: Iterable[tuple[str, str, str]]) -> list[str]:
        """What was to be hit so often by this fault at this step, and was not."""
        hit = Counter((each.what, each.fault, each.step) for each in self.hits)
        return [
            f"{what}, {fault}: hit {hit[what, fault, step]} times of {count}: {step}"
            for (what, fault, step), count in Counter(wanted).items()
            if hit[what, fault, step] < count
        ]


@contextmanager
def told_of(part: Part) -> Iterator[None]:
    """How long it took, and what it failed with, is told with the rest: the report is what people read."""
    began = time.monotonic()
    try:
        yield
    except Exception as failed:
        traceback.print_exc()
        part.wrong.append(f"it did not get to its end: {type(failed).__name__}: {failed}")
    finally:
        part.seconds = time.monotonic() - began


class Report(msgspec.Struct):
    """The whole suite with one seed."""

    seed: int
    parts: list[Part] = msgspec.field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        return all(not part.wrong for part in self.parts)


def show(part: Part) -> None:
    """The same for people."""
    console = Console(width=150)
    table = Table(title=f"{part.name}: {part.events} events in {part.seconds:.0f} s", title_justify="left", box=None)
    for column in ("what", "fault", "step it hit", "in hand", "back after"):
        table.add_column(column, justify="right" if column == "back after" else "left")
    for hit in part.hits:
        table.add_row(hit.what, hit.fault, hit.step, hit.in_hand, f"{hit.recovered_seconds:.1f} s")
    console.print(table)
    for note in part.notes:
        console.print(f"  {note}", highlight=False)
    for wrong in part.wrong:
        console.print(f"  WRONG: {wrong}", highlight=False)
    console.print(f"  {'nothing lost, nothing twice' if not part.wrong else 'FAILED'}\n", highlight=False)


def end(report: Report) -> None:
    """Each part in a line, and all of it."""
    console = Console(width=150)
    table = Table(title=f"seed {report.seed}: all in {report.seconds / 60:.1f} min", title_justify="left", box=None)
    for column in ("part", "events", "faults", "longest way back", "took", ""):
        table.add_column(column, justify="left" if column in ("part", "") else "right")
    for part in report.parts:
        longest = max((hit.recovered_seconds for hit in part.hits), default=0.0)
        came = "FAILED" if part.wrong else "well" if part.seconds else "not run"
        numbers = (f"{part.events:,}", str(len(part.hits)), f"{longest:.1f} s", f"{part.seconds:.0f} s")
        table.add_row(part.name, *numbers, came)
    console.print(table)
