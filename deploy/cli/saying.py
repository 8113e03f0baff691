"""How the command speaks: answers on stdout, everything else on stderr, and exit codes that mean one thing each.

0: done. 1: something was refused or found wrong; what was accepted stays. 2: the command was used wrongly.
"""

import json
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

WIDE = 160  # Where nobody looks (a file, a pipe) lines are not broken at the 80th letter.
BAD_NAMES_MAX = 10

answers = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)
notes = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE, highlight=False)


class Told(Exception):
    """What a person should hear: what went wrong and what to do. Ends the command with exit code 1."""

    def __init__(self, what: str, code: str = "refused", defects: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(what)
        self.code, self.defects = code, list(defects)

    @property
    def error(self) -> dict[str, object]:
        """The same for a machine."""
        return {"code": self.code, "what": str(self), "defects": self.defects}


def document(answer: object) -> None:
    """The one JSON document of an answer, on stdout."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A sentence beside the answer, on stderr."""
    notes.print(text, markup=False, soft_wrap=True)


def give_up(told: Told, *, as_json: bool = False) -> NoReturn:
    """End with what went wrong, in words or as a document."""
    if as_json:
        document({"error": told.error})
    else:
        note(str(told))
        for defect in told.defects[:BAD_NAMES_MAX]:
            note(f"  {defect['where']}: {defect['what']}")
    raise typer.Exit(1)


def misused(what: str) -> NoReturn:
    """End as for any command line that cannot be understood."""
    note(f"Error: {what}")
    raise typer.Exit(2)


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """A plain table with these headings; columns named in `right` hold numbers."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return made


def show(made: Table) -> None:
    """A table on stdout."""
    answers.print(made)


def say(text: str = "", style: str | None = None) -> None:
    """A line of the answer on stdout; what it quotes is never taken for markup."""
    answers.print(text, style=style, markup=False, soft_wrap=True)


def amount(minor: int, currency: str) -> str:
    """`EUR 1,234.50`, as the timeline writes it in English."""
    sign, whole = ("-" if minor < 0 else ""), abs(minor)
    return f"{currency} {sign}{whole // 100:,}.{whole % 100:02}"
