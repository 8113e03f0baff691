"""A checkpoint: what the notary signs, how it is written down, and reading a file of them without believing it.

A file holds one epoch's checkpoints, one JSON object a line, each with the hashes of the events it is about. Those are
what its root was made of, so that the first position that differs can be named.
"""

import base64
import os
import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.casestore.link import EPOCH
from shared.casestore.merkle import HASH, Listed, leaf

EVENTS_MAX = 1_024  # In one checkpoint.
SIGNED_FOR = b"sovinto-checkpoint-1"
LINE_BYTES_MAX = 100_000


class Damaged(Exception):
    """A file of checkpoints that is not what a notary wrote; says at which checkpoint and what is wrong."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What is signed: that these events, these ends of streams and these earlier checkpoints were there then.

    `events` is the root over the hashes of the events at positions `first` to `last`; `streams` the root of the tree of
    all streams and their ends at `last`; `earlier` the root over all checkpoints before this one, which links it to
    them. Numbers begin at 1 in each epoch.
    """

    epoch: UUID
    number: int
    first: int
    last: int
    at: datetime
    events: bytes
    streams: bytes
    earlier: bytes

    @property
    def signed(self) -> bytes:
        """The bytes a signature covers: a fixed beginning, then fixed lengths, numbers and microseconds big-endian."""
        since = self.at - EPOCH
        microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        numbers = struct.pack(">qqqq", self.number, self.first, self.last, microseconds)
        return SIGNED_FOR + self.epoch.bytes + numbers + self.events + self.streams + self.earlier

    @property
    def leaf(self) -> bytes:
        """Itself as a leaf of `earlier` in those that come after it."""
        return leaf(self.signed)


class Signed(msgspec.Struct, frozen=True):
    """A checkpoint as it is handed out. `hashes` are the events', one after the other, 32 bytes each."""

    checkpoint: Checkpoint
    signature: bytes
    hashes: bytes

    def leaves(self) -> Listed:
        """The tree whose root is `checkpoint.events`."""
        return Listed(leaf(self.hashes[at : at + HASH]) for at in range(0, len(self.hashes), HASH))


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey, hashes: bytes) -> Signed:
    """The checkpoint with the notary's signature."""
    return Signed(checkpoint, key.sign(checkpoint.signed), hashes)


def private_key(text: str) -> Ed25519PrivateKey:
    """The notary's key from the base64 of its 32 bytes. Raises ValueError."""
    return Ed25519PrivateKey.from_private_bytes(_key_bytes(text))


def public_key(text: str) -> Ed25519PublicKey:
    """What checks its signatures, from the base64 of its 32 bytes. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(_key_bytes(text))


def key_text(key: Ed25519PublicKey) -> str:
    """A public key as it is published."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def _key_bytes(text: str) -> bytes:
    key = base64.b64decode(text.strip(), validate=True)
    if len(key) != 32:
        raise ValueError("a notary's key is 32 bytes in base64")
    return key


# Reading a file of them.


class Chain:
    """Checkpoints one after the other, each held against those before it."""

    def __init__(self, epoch: UUID, key: Ed25519PublicKey) -> None:
        self.epoch, self.key = epoch, key
        self.earlier = Listed()
        self.last: Checkpoint | None = None

    def take(self, line: bytes) -> Signed:
        """The next line of the file. Raises Damaged."""
        number = len(self.earlier) + 1
        try:
            signed = msgspec.json.decode(line, type=Signed)
        except msgspec.DecodeError as unread:
            raise Damaged(f"checkpoint {number} cannot be read: {unread}") from None
        if wrong := self._wrong(signed, number):
            raise Damaged(f"checkpoint {number} {wrong}")
        self.go_on(signed.checkpoint)
        return signed

    def go_on(self, checkpoint: Checkpoint) -> None:
        """What comes next comes after this one."""
        self.last = checkpoint
        self.earlier.add(checkpoint.leaf)

    def _wrong(self, signed: Signed, number: int) -> str:
        told, before = signed.checkpoint, self.last
        try:
            self.key.verify(signed.signature, told.signed)
        except InvalidSignature:
            return "was not signed with this key, or was changed since"
        if told.epoch != self.epoch:
            return f"is about epoch {told.epoch}, not {self.epoch}"
        if told.number != number or told.earlier != self.earlier.root:
            return "does not follow from those before it"
        if told.first != (before.last if before else 0) + 1 or len(signed.hashes) != HASH * (
            told.last - told.first + 1
        ):
            return "does not go on where the one before it ended"
        if signed.leaves().root != told.events:
            return "comes with other hashes than those it was signed for"
        return ""


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each whole line and where it begins, as far as the file goes now. What a crash left half was never handed out."""
    at, end = file.tell(), file.seek(0, os.SEEK_END)
    file.seek(at)
    while at < end and (line := file.readline(LINE_BYTES_MAX)).endswith(b"\n"):
        yield at, line
        at += len(line)
    if at < end and len(line) == LINE_BYTES_MAX:
        raise Damaged("a line is too long to be a checkpoint")


def file_of(folder: Path, epoch: UUID) -> Path:
    """Where the checkpoints of an epoch are kept."""
    return folder / f"{epoch}.jsonl"
