"""Who may see what and do what: keys, and those who hold them.

A client's key opens its own cases and nothing else: what is another's is not there (404). A staff key opens everything.
"""

import hashlib
import hmac
from typing import Literal
from uuid import UUID

import msgspec

from shared.errors import NotFound
from shared.ids import staff_id

KEY_PREFIX = "sovinto"
OPERATOR = "operator"  # The name under which the agency's first key acts.
SECRET_HEX_DIGITS = 64  # 256 bits: nobody tries them all, so a plain digest is enough.
Owner = Literal["client", "staff"]


class NotKnown(Exception):
    """No key was shown, or it opens nothing (401)."""


class NotAllowed(Exception):
    """Who asks is known, and may not do this (403)."""


# What we know.


class Viewer(msgspec.Struct, frozen=True):
    """Someone who showed a key that opens: a client, or a member of staff."""

    owner: Owner
    id: UUID
    key_id: UUID

    @property
    def actor(self) -> str:
        """As the store and the other services name who acts."""
        return f"{self.owner}:{self.id}"

    @property
    def is_staff(self) -> bool:
        return self.owner == "staff"

    @property
    def client_id(self) -> UUID | None:
        """The one client it may see; None sees all."""
        return None if self.is_staff else self.id


class ShownKey(msgspec.Struct, frozen=True):
    """A key as it was shown: which one it says it is, and its secret."""

    key_id: UUID
    secret: str


class KeptKey(msgspec.Struct, frozen=True):
    """What is kept of a key: never the key."""

    key_id: UUID
    hash: str
    owner: Owner
    id: UUID
    revoked: bool = False


# What we decide.


def key_text(key_id: UUID, secret: str) -> str:
    """A key as it is given to its owner, once: `prefix_id_secret`."""
    return f"{KEY_PREFIX}_{key_id.hex}_{secret}"


def read_key(text: str) -> ShownKey | None:
    """What a key says, or None where the text is no key."""
    prefix, _, rest = text.strip().partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != KEY_PREFIX or len(key_id) != 32 or len(secret) != SECRET_HEX_DIGITS:
        return None
    try:
        int(secret, 16)
        return ShownKey(UUID(hex=key_id), secret)
    except ValueError:
        return None


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def opened_by(shown: ShownKey, kept: KeptKey | None) -> Viewer:
    """Who holds this key. Raises NotKnown for a wrong, unknown or revoked one, without telling which."""
    expected = kept.hash if kept is not None else hash_of("")
    fits = hmac.compare_digest(hash_of(shown.secret), expected)
    if kept is None or kept.revoked or not fits:
        raise NotKnown("this key opens nothing")
    return Viewer(kept.owner, kept.id, kept.key_id)


def opened_by_operator(text: str, operator_key: str) -> Viewer | None:
    """The agency's first key, which the supervisor made: it sets everything else up."""
    if not operator_key or not hmac.compare_digest(text.strip().encode(), operator_key.encode()):
        return None
    who = staff_id(OPERATOR)
    return Viewer("staff", who, who)


def see_client(viewer: Viewer, client: UUID) -> None:
    """May look at this client and act for it. Raises NotFound, for a client is not told who else there is."""
    if viewer.client_id not in (None, client):
        raise NotFound("there is no such client")


def be_staff(viewer: Viewer) -> None:
    """May do what only the agency does. Raises NotAllowed."""
    if not viewer.is_staff:
        raise NotAllowed("only the agency's staff can do this")
