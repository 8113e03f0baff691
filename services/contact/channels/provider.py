"""What a provider is asked, and the three things it can answer: taken, not taken, or nobody knows."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec


class Outgoing(msgspec.Struct, frozen=True):
    """One message at the moment it leaves. `key` is the same for one attempt, whoever makes it."""

    key: str
    at: str  # The store's time, ISO 8601: what `Sovinto-Time` says.
    content: bytes
    sender: str
    to: str = ""
    address: tuple[str, ...] = ()
    message_id: str = ""


class NotTaken(Exception):
    """The provider did not take it. `again` where it may take it later."""

    def __init__(self, because: str, *, again: bool) -> None:
        super().__init__(because)
        self.because, self.again = because, again


class NotKnown(Exception):
    """The request went out and no answer came: it may have been taken."""


class Provider(Protocol):
    """Hands a message over. Returns the provider's id of it; raises NotTaken or NotKnown."""

    name: str

    async def send(self, message: Outgoing, seconds: float) -> str: ...


Recalls = Callable[[str], Awaitable[bool]]  # A print job's id: whether it was taken back before it was printed.


class Nobody:
    """Where no provider is named: nothing is taken, and the hand-over says so."""

    name = "nobody"

    async def send(self, message: Outgoing, seconds: float) -> str:
        """Take nothing."""
        del message, seconds
        raise NotTaken("no provider is named for this channel", again=False)

    async def recall(self, job: str) -> bool:
        """There is nothing to take back."""
        del job
        return False
