"""The log held against what a notary signed: checkpoint by checkpoint, as both are read in order."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.casestore.checkpoints import Chain, Damaged, Signed, lines
from shared.casestore.fault import Fault
from shared.casestore.merkle import HASH, Streams

Row = Mapping[str, Any]


class Ends(Protocol):
    """Where a stream ends, as far as the log was read."""

    version: int
    hash: bytes


class AsSigned:
    """What the checkpoints in this file say. It is read as far as it goes now, so make this before reading the log.

    Raises OSError where there is no such file.
    """

    def __init__(self, path: Path, epoch: UUID, key: Ed25519PublicKey) -> None:
        self.chain = Chain(epoch, key)
        self.faults: list[Fault] = []
        self.checkpoints = 0
        self._file = path.open("rb")
        self._lines = lines(self._file)
        self._named: set[UUID] = set()
        self._read = 0
        self._signed, self._coming = self._next(), self._next()

    def take(self, row: Row, ends: Mapping[UUID, Ends]) -> None:
        """The next event of the log, and where streams end with it."""
        position = self._read = row["position"]
        while self._signed and self._signed.checkpoint.last < position:
            self._signed, self._coming = self._coming, self._next()
        if self._signed is None or position < self._signed.checkpoint.first:
            return
        told = self._signed.checkpoint
        at = (position - told.first) * HASH
        if row["hash"] != self._signed.hashes[at : at + HASH] and row["stream_id"] not in self._named:
            # All later ones of its stream differ too, for their hashes are made of this one's.
            self._named.add(row["stream_id"])
            what = (
                f"another event stood here when checkpoint {told.number} was signed at {told.at:%Y-%m-%d %H:%M:%S} UTC"
            )
            self.faults.append(Fault("not_as_signed", what, position, row["stream_id"], row["version"], row["type"]))
        if position == told.last and self._coming is None:
            self._compare_ends(self._signed, ends)

    def at_the_end(self) -> None:
        """The log ends here."""
        last = self.chain.last
        if last and last.last > self._read:
            what = (
                f"the log ends before it, and checkpoint {last.number}, signed at {last.at:%Y-%m-%d %H:%M:%S} UTC, "
                f"goes on to position {last.last}"
            )
            self.faults.append(Fault("signed_event_lost", what, self._read + 1))
        self._file.close()

    def _next(self) -> Signed | None:
        """The next checkpoint whose link and signature are right. Behind one that is wrong nothing is believed."""
        with suppress(StopIteration):
            try:
                signed = self.chain.take(next(self._lines)[1])
            except Damaged as wrong:
                after = f" It is the first behind position {self.chain.last.last}." if self.chain.last else ""
                self.faults.append(Fault("checkpoint_wrong", f"{wrong}.{after}"))
                self._lines = iter(())
                return None
            self.checkpoints += 1
            return signed
        return None

    def _compare_ends(self, signed: Signed, ends: Mapping[UUID, Ends]) -> None:
        """Each earlier tree follows from the same events; the last one is what proofs of a stream's end stand on."""
        streams = Streams()
        streams.put({stream.bytes: (end.version, end.hash) for stream, end in ends.items()})
        if streams.root != signed.checkpoint.streams:
            what = f"streams end elsewhere than checkpoint {signed.checkpoint.number} signed"
            self.faults.append(Fault("ends_not_as_signed", what, signed.checkpoint.last))
