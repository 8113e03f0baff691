"""A bar for long work, on stderr, and only where somebody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli.saying import notes

Step = Callable[[], None]


@contextmanager
def steps(what: str, total: int) -> Iterator[Step]:
    """`with steps("Importing", 12) as step:` — call `step()` after each of them."""
    with bar(what, total) as reached:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            reached(done, total)

        yield step


@contextmanager
def bar(what: str, total: int = 0) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told how far the work is and how far it goes. A single step needs none."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = notes.is_terminal and total != 1
    with Progress(*columns, console=notes, transient=True, disable=not shown) as progress:
        task = progress.add_task(what, total=total or None)
        yield lambda done, of: progress.update(task, completed=done, total=of)
