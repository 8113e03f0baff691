"""A key management service in memory, for tests: it wraps under keys of its own, and can be slow or away."""

import asyncio
import os
from collections.abc import Mapping
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import Away


class Keeper:
    """Every key that is wrapped here has a wrapping key of its own, so a destroyed one is gone in every backup."""

    def __init__(self) -> None:
        self.wrapping: dict[UUID, bytes] = {}
        self.destroyed: set[UUID] = set()
        self.away = False
        self.seconds = 0.0

    async def wrap(self, key_id: UUID, key: bytes) -> bytes:
        await self._answer()
        nonce = os.urandom(12)
        by = self.wrapping.setdefault(key_id, os.urandom(32))
        return nonce + AESGCM(by).encrypt(nonce, key, key_id.bytes)

    async def unwrap(self, wrapped: Mapping[UUID, bytes]) -> Mapping[UUID, bytes]:
        await self._answer()
        there = {key_id: each for key_id, each in wrapped.items() if key_id in self.wrapping}
        return {
            key_id: AESGCM(self.wrapping[key_id]).decrypt(each[:12], each[12:], key_id.bytes)
            for key_id, each in there.items()
        }

    async def destroy(self, key_id: UUID) -> None:
        await self._answer()
        self.wrapping.pop(key_id, None)
        self.destroyed.add(key_id)

    async def _answer(self) -> None:
        await asyncio.sleep(self.seconds)
        if self.away:
            raise Away("the keeper of the keys is away")
