"""A file a client handed in: kept sealed as it came, whatever was in it."""

from collections.abc import Sequence
from typing import Self

import msgspec
from msgspec.structs import replace

from shared.events import Event
from shared.events.intake import FileReceived, InvoicesNotTaken, NotTaken

# What we know.


class File(msgspec.Struct, frozen=True):
    """The file, and which of its invoices were not taken in."""

    received: FileReceived | None = None
    left_out: tuple[NotTaken, ...] = ()

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        match event:
            case FileReceived():
                return replace(self, received=event)
            case InvoicesNotTaken(invoices):
                return replace(self, left_out=(*self.left_out, *invoices))
        return self


# What we decide.


def keep(file: File, told: FileReceived) -> list[Event]:
    """It is here, once."""
    return [] if file.received is not None else [told]


def leave_out(file: File, invoices: Sequence[NotTaken]) -> list[Event]:
    """These did not become cases, and why."""
    known = {each.index for each in file.left_out}
    new = tuple(each for each in invoices if each.index not in known)
    return [InvoicesNotTaken(new)] if new else []
