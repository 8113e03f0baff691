"""What a provider is asked, and the three things it can answer: taken, not taken, or nobody knows."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

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


class Asked(msgspec.Struct, frozen=True):
    """What a provider says came of a key: it took it, as this id; it never came; or it does not say."""

    came: Literal["taken", "not_taken", "unknown"]
    provider_id: str = ""


UNKNOWN = Asked("unknown")


class Provider(Protocol):
    """Hands a message over, and where it can be asked says later whether it took it."""

    name: str
    can_be_asked: bool

    async def send(self, message: Outgoing, seconds: float) -> str:
        """Returns the provider's id of it; raises NotTaken or NotKnown."""
        ...

    async def asked(self, key: str, seconds: float) -> Asked:
        """What came of the attempt with this key. `not_taken` only where the provider itself says so."""
        ...


Recalls = Callable[[str], Awaitable[bool]]  # A print job's id: whether it was taken back before it was printed.


class Nobody:
    """Where no provider is named: nothing is taken, and the hand-over says so."""

    name = "nobody"
    can_be_asked = False

    async def send(self, message: Outgoing, seconds: float) -> str:
        """Take nothing."""
        del message, seconds
        raise NotTaken("no provider is named for this channel", again=False)

    async def asked(self, key: str, seconds: float) -> Asked:
        """Nobody knows."""
        del key, seconds
        return UNKNOWN

    async def recall(self, job: str) -> bool:
        """There is nothing to take back."""
        del job
        return False
