"""Documents: source files, letters, bodies of messages, bank files. Sealed, and named by the hash of their ciphertext.

A document is written before the append that names it; one that no event names is harmless.
"""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from shared.errors import NotFound
from shared.sealing import Erased, Keys, seal, unseal


class Document(msgspec.Struct, frozen=True):
    """A document as it was kept. `content` is None once a party it is about was erased."""

    name: str
    media_type: str
    parties: tuple[UUID, ...]
    content: bytes | None


class _Envelope(msgspec.Struct, frozen=True):
    media_type: str
    parties: tuple[UUID, ...]
    cipher: bytes


class Documents:
    """A folder of sealed documents."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder, self._keys = folder, keys

    async def keep(self, content: bytes, media_type: str, parties: Sequence[UUID]) -> str:
        """Write a document sealed for these parties (or this file's key); returns its name, on disk when it returns."""
        held = await self._keys.of(parties)
        cipher = seal(content, [held[party] for party in parties], _context(media_type))
        raw = msgspec.msgpack.encode(_Envelope(media_type, tuple(parties), cipher))
        name = hashlib.sha256(raw).hexdigest()
        await asyncio.to_thread(_write, self._path(name), raw)
        return name

    async def open(self, name: str) -> Document:
        """Read a document. Raises NotFound, or ValueError where its bytes are not those it was named for."""
        envelope = await self._envelope(name)
        held = await self._keys.of(envelope.parties)
        try:
            content = unseal(
                envelope.cipher, [held[party] for party in envelope.parties], _context(envelope.media_type)
            )
        except Erased:
            content = None
        return Document(name, envelope.media_type, envelope.parties, content)

    async def sealed_for(self, name: str) -> tuple[UUID, ...]:
        """The parties, or the file, whose keys open a document. Raises as `open` does."""
        return (await self._envelope(name)).parties

    async def _envelope(self, name: str) -> _Envelope:
        if len(name) != 64 or not name.isalnum():
            raise NotFound("no such document")
        try:
            raw = await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError:
            raise NotFound("no such document") from None
        if hashlib.sha256(raw).hexdigest() != name:
            raise ValueError(f"document {name} was changed")
        return msgspec.msgpack.decode(raw, type=_Envelope)

    def _path(self, name: str) -> Path:
        return _place(self._folder, name)


def is_whole(folder: Path, name: str) -> bool:
    """Whether a document's bytes are those it was named for. Needs no key. Raises NotFound."""
    try:
        return hashlib.sha256(_place(folder, name).read_bytes()).hexdigest() == name
    except FileNotFoundError:
        raise NotFound("no such document") from None


def _place(folder: Path, name: str) -> Path:
    return folder / name[:2] / name[2:]


def _context(media_type: str) -> bytes:
    return b"document|" + media_type.encode()


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
