"""What a check of the store finds wrong, and where."""

from uuid import UUID

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """What is wrong, and where: a position of the log, a stream and its version, or both."""

    code: str
    what: str
    position: int | None = None
    stream: UUID | None = None
    version: int | None = None
    type: str | None = None

    @property
    def where(self) -> str:
        """`position 12, stream …, version 3, PlanStarted`, as far as it is known."""
        told = (("position", self.position), ("stream", self.stream), ("version", self.version), ("", self.type))
        return ", ".join(f"{name} {value}".strip() for name, value in told if value is not None) or "the store"
