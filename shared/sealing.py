"""Personal values are sealed: encrypted under the keys of all the parties they are about.

Destroying any one of these keys closes the value for good, in every copy and backup. Party keys are random,
wrapped by a master key that never enters the database. A file about many people has a key of its own.
"""

import base64
import hmac
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import Refused

NONCE_BYTES = 12
REMEMBERED_SECONDS = 30.0  # How long a destroyed key may still open values in a running process.


class Erased(Refused):
    """A key this value needs was destroyed: there is nothing to read any more, and nothing new may be said."""

    def __init__(self) -> None:
        super().__init__("what is known of this person was erased for good; nothing new can be said of them", "erased")


class Keys:
    """The keys of parties and files, kept wrapped in the store. `master` is 32 bytes."""

    def __init__(self, pool: "asyncpg.Pool[Any]", master: bytes) -> None:
        self._pool = pool
        self._wrapping = AESGCM(master)
        self._known: dict[UUID, tuple[float, bytes | None]] = {}

    async def make(self, key_id: UUID) -> None:
        """Give this party or file a key, unless it has one. Written before the append that names it."""
        nonce = os.urandom(NONCE_BYTES)
        wrapped = nonce + self._wrapping.encrypt(nonce, os.urandom(32), key_id.bytes)
        sql = "insert into casestore.keys (key_id, wrapped) values ($1, $2) on conflict do nothing"
        await self._pool.execute(sql, key_id, wrapped)

    async def of(self, key_ids: Iterable[UUID]) -> Mapping[UUID, bytes | None]:
        """The keys with these ids; None where one was destroyed or never made."""
        wanted, now = set(key_ids), time.monotonic()
        missing = [i for i in wanted if i not in self._known or self._known[i][0] < now - REMEMBERED_SECONDS]
        if missing:
            sql = "select key_id, wrapped from casestore.keys where key_id = any($1)"
            rows = {row["key_id"]: row["wrapped"] for row in await self._pool.fetch(sql, missing)}
            for key_id in missing:
                self._known[key_id] = (now, self._unwrap(key_id, rows.get(key_id)))
        return {key_id: self._known[key_id][1] for key_id in wanted}

    def _unwrap(self, key_id: UUID, wrapped: bytes | None) -> bytes | None:
        if wrapped is None:
            return None
        return self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], key_id.bytes)


def seal(plain: bytes, keys: Iterable[bytes | None], context: bytes) -> bytes:
    """Encrypt under all of `keys`, for this one place (`context`: event id and field, or document).

    Raises:
        Erased: one of the keys is gone, so nothing new may be said under it.
    """
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_derived(keys, context)).encrypt(nonce, plain, context)


def unseal(sealed: bytes, keys: Iterable[bytes | None], context: bytes) -> bytes:
    """The plain value. Raises Erased where a key is gone, InvalidTag where the bytes were changed."""
    return AESGCM(_derived(keys, context)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)


def _derived(keys: Iterable[bytes | None], context: bytes) -> bytes:
    held = []
    for key in keys:
        if key is None:
            raise Erased
        held.append(key)
    if not held:
        raise ValueError("a sealed value names nobody: anyone could open it")
    return HKDF(SHA256(), 32, salt=None, info=context).derive(b"".join(sorted(held)))


class KeyedDigest:
    """The same words are known again without standing anywhere in clear. Made once for each `purpose`.

    Its key is derived from the master key, which never enters the database: without it no words can be tried.
    """

    def __init__(self, master: bytes, purpose: bytes) -> None:
        self._key = HKDF(SHA256(), 32, salt=None, info=purpose).derive(master)

    def of(self, *parts: str) -> bytes:
        """32 bytes; no two lists of parts have the same, for each part is read with its length."""
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(self._key, text.encode(), "sha256")


def master_key(text: str) -> bytes:
    """The master key from its base64 text. Raises ValueError unless it is 32 bytes."""
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("SOVINTO_MASTER_KEY must be 32 bytes in base64")
    return key
