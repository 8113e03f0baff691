"""What the fault suite tells: each fault with the step it hit and how long coming back took, and all that was wrong."""

from collections import Counter

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

    def lacks(self, wanted: Counter[str]) -> list[str]:
        """What was to be hit so often and was not."""
        hit = Counter(each.what for each in self.hits)
        return [f"{what}: hit {hit[what]} times of {count}" for what, count in wanted.items() if hit[what] < count]


class Report(msgspec.Struct):
    """The whole suite with one seed."""

    seed: int
    parts: list[Part] = msgspec.field(default_factory=list)

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
