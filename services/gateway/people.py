"""Names of debtors and staff as our lists keep them: sealed under each one's own key, found by the beginning of a word.

Beside a sealed name stand keyed digests of the beginnings of its words. Without the master key, which never enters
the database, they tell nobody a name; that two people's words begin alike, they do tell.
"""

import unicodedata
from uuid import UUID

from shared.sealing import Erased, KeyedDigest, seal, unseal

LETTERS_MIN = 2  # One letter would find half of everybody.
LETTERS_MAX = 12  # Longer words are told apart by their first letters only.
DIGEST_BYTES = 16


class Beginnings:
    """What a name is found by. Made once, from the 32 bytes of the master key."""

    def __init__(self, master: bytes) -> None:
        self._digest = KeyedDigest(master, b"gateway|beginnings of names")

    def of_name(self, name: str) -> list[bytes]:
        """The digests of every beginning of every word of a name."""
        lengths = range(LETTERS_MIN, LETTERS_MAX + 1)
        return self._of({word[:length] for word in words(name) for length in lengths if length <= len(word)})

    def searched(self, text: str) -> list[bytes]:
        """The digests a name must all have to be found by this text; none where the text finds no name."""
        return self._of({word[:LETTERS_MAX] for word in words(text) if len(word) >= LETTERS_MIN})

    def _of(self, beginnings: set[str]) -> list[bytes]:
        return sorted(self._digest.of(each)[:DIGEST_BYTES] for each in beginnings)


def words(text: str) -> list[str]:
    """The words of a text in one writing: small letters without marks; hyphens part them, as all signs do."""
    parted = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in plain).split()


def seal_name(who: UUID, name: str, key: bytes | None) -> bytes | None:
    """A name under its own party's key; None where that is gone."""
    try:
        return seal(name.encode(), [key], _place(who))
    except Erased:
        return None


def open_name(who: UUID, sealed: bytes, key: bytes | None) -> str | None:
    """The name; None where the party's key is gone, for then nobody is called anything any more."""
    try:
        return unseal(sealed, [key], _place(who)).decode()
    except Erased:
        return None


def _place(who: UUID) -> bytes:
    return b"gateway.people|" + who.bytes
