"""Erasures: the list of them that no restored backup takes back, and what every process does on hearing of one.

The list lies beside the notary's checkpoints, outside of the database: one JSON line an erasure, with the party's
random id and the time, and nothing else.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from shared.casestore import Recorded
from shared.events.intake import PartyErased
from shared.projections import Project
from shared.sealing import Keys


class Noted(msgspec.Struct, frozen=True):
    """One line of the list."""

    party: UUID
    at: datetime


class Erasures:
    """The list, in one file. Lines are only ever added."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def noted(self) -> Sequence[Noted]:
        """Every erasure on the list. Raises ValueError, naming the line, where it cannot be read.

        A last line that was cut off while it was written says nothing: it is written again by who was writing it.
        """
        if not self._path.exists():
            return []
        *lines, cut_off = self._path.read_bytes().split(b"\n")
        del cut_off
        return [self._read(number, line) for number, line in enumerate(lines, start=1) if line]

    def note(self, party: UUID, at: datetime) -> None:
        """Add an erasure, unless it is there; on disk when it returns."""
        if any(each.party == party for each in self.noted()):
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab+") as file:
            file.seek(0)
            whole = file.read()
            file.truncate(whole.rfind(b"\n") + 1)  # What was cut off.
            file.write(msgspec.json.encode(Noted(party, at)) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self, number: int, line: bytes) -> Noted:
        try:
            return msgspec.json.decode(line, type=Noted)
        except msgspec.DecodeError as wrong:
            raise ValueError(f"{self._path}, line {number}: {wrong}") from None


def forgetting(keys: Keys) -> Project:
    """The part of a service's reader that makes its process forget the keys of who was erased, at once."""

    async def forget(_database: Any, told: Sequence[Recorded]) -> None:
        for one in told:
            if isinstance(one.event, PartyErased):
                keys.forget(one.event.keys)

    return forget
