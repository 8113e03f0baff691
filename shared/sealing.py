"""Personal values are sealed: encrypted under the keys of all the parties they are about.

Destroying any one of these keys closes the value for good. Party keys are random, wrapped by a master key that never
enters the database, or by a key management service. A file about many people has a key of its own, with a last day.
"""

import asyncio
import base64
import hmac
import os
import time
from collections.abc import Awaitable, Iterable, Mapping
from datetime import date
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import Away, Refused

NONCE_BYTES = 12
REMEMBERED_SECONDS = 30.0  # How long a key is not asked for again. One that is erased is forgotten at once.
ANSWER_SECONDS_MAX = 10.0  # Of whoever wraps the keys.
NOT_KNOWN = (0.0, None)
T = TypeVar("T")


class Erased(Refused):
    """A key this value needs was destroyed: there is nothing to read any more, and nothing new may be said."""

    def __init__(self) -> None:
        super().__init__("what is known of this person was erased for good; nothing new can be said of them", "erased")


class KeyProvider(Protocol):
    """Who wraps the keys that lie in the store: a master key of ours, or a key management service.

    One that does not answer raises Away, or is given up after ANSWER_SECONDS_MAX.
    """

    async def wrap(self, key_id: UUID, key: bytes) -> bytes:
        """The key as it may lie in the store."""
        ...

    async def unwrap(self, wrapped: Mapping[UUID, bytes]) -> Mapping[UUID, bytes]:
        """The keys again; one that was destroyed here is not among them, whatever copy of it is shown."""
        ...

    async def destroy(self, key_id: UUID) -> None:
        """Never unwrap this key again. Once more does nothing; so does it for a key that was never wrapped."""
        ...


class MasterKey:
    """32 bytes from a file or the environment. It keeps nothing, so a key is gone once its last wrapped copy is."""

    def __init__(self, master: bytes) -> None:
        self._wrapping = AESGCM(master)

    async def wrap(self, key_id: UUID, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, key_id.bytes)

    async def unwrap(self, wrapped: Mapping[UUID, bytes]) -> Mapping[UUID, bytes]:
        return {
            key_id: self._wrapping.decrypt(each[:NONCE_BYTES], each[NONCE_BYTES:], key_id.bytes)
            for key_id, each in wrapped.items()
        }

    async def destroy(self, key_id: UUID) -> None:
        pass


class Keys:
    """The keys of parties and files, kept wrapped in the store. `by`: the master key's 32 bytes, or who wraps them.

    Every call raises Away where whoever wraps them does not answer.
    """

    def __init__(self, pool: "asyncpg.Pool[Any]", by: bytes | KeyProvider) -> None:
        self._pool = pool
        self._by = MasterKey(by) if isinstance(by, bytes) else by
        self._known: dict[UUID, tuple[float, bytes | None]] = {}
        self._let_go_at = 0.0
        self._forgotten: set[UUID] = set()

    async def make(self, key_id: UUID, keep_until: date | None = None) -> None:
        """Give this party or file a key, unless it has one. Written before the append that names it.

        A file's is destroyed by itself after `keep_until`: its content lives on in records of one party each.
        """
        if self._known.get(key_id, NOT_KNOWN)[1] is not None:
            return
        wrapped = await self._answered(self._by.wrap(key_id, os.urandom(32)))
        sql = "insert into casestore.keys (key_id, wrapped, keep_until) values ($1, $2, $3) on conflict do nothing"
        await self._pool.execute(sql, key_id, wrapped, keep_until)
        self._known.pop(key_id, None)

    async def of(self, key_ids: Iterable[UUID]) -> Mapping[UUID, bytes | None]:
        """The keys with these ids; None where one was destroyed or never made."""
        wanted, now = set(key_ids), time.monotonic()
        held = {
            i: self._known[i][1] for i in wanted & self._known.keys() if self._known[i][0] > now - REMEMBERED_SECONDS
        }
        missing = [i for i in wanted if i not in held]
        if missing:
            sql = "select key_id, wrapped from casestore.keys where key_id = any($1) and wrapped is not null"
            rows = {row["key_id"]: row["wrapped"] for row in await self._pool.fetch(sql, missing)}
            opened = await self._answered(self._by.unwrap(rows)) if rows else {}
            for key_id in missing:
                held[key_id] = opened.get(key_id)
                self._known[key_id] = (now, held[key_id])
            self._let_go(now)
        return {i: None if i in self._forgotten else key for i, key in held.items()}

    def _let_go(self, now: float) -> None:
        """Of keys nobody has asked for again: there is no limit to how many parties a process meets."""
        if now >= self._let_go_at:
            self._known = {i: known for i, known in self._known.items() if known[0] > now - REMEMBERED_SECONDS}
            self._let_go_at = now + REMEMBERED_SECONDS

    def forget(self, key_ids: Iterable[UUID]) -> None:
        """These are erased: open nothing with them from now on, though they were asked for a moment ago."""
        self._forgotten.update(key_ids)
        for key_id in self._forgotten:
            self._known.pop(key_id, None)

    async def destroy(self, key_id: UUID) -> None:
        """Close for good what this key sealed. Once more does nothing; so does it for a key that never was."""
        await self._answered(self._by.destroy(key_id))
        sql = """update casestore.keys set wrapped = null, destroyed_at = clock_timestamp()
                 where key_id = $1 and wrapped is not null"""
        await self._pool.execute(sql, key_id)
        self.forget([key_id])

    async def last_days(self, key_ids: Iterable[UUID]) -> Mapping[UUID, date]:
        """Of those that still open something: the last day each is kept, where it has one."""
        sql = """select key_id, keep_until from casestore.keys
                 where key_id = any($1) and wrapped is not null and keep_until is not null"""
        return {row["key_id"]: row["keep_until"] for row in await self._pool.fetch(sql, list(key_ids))}

    async def expired(self, today: date) -> list[UUID]:
        """Keys whose last day to be kept is over, and that still open something."""
        sql = "select key_id from casestore.keys where keep_until < $1 and wrapped is not null"
        return [row["key_id"] for row in await self._pool.fetch(sql, today)]

    async def _answered(self, asked: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                return await asked
        except TimeoutError:
            raise Away("who keeps the keys does not answer") from None


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
