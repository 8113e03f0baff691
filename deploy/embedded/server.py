"""What our servers have in common: each is one process, up inside `async with`."""

from abc import ABC, abstractmethod
from typing import Self

from deploy.embedded.process import Process


class Server(ABC):
    """A server of our own. It may be started again; stopping one that does not run is fine."""

    _process: Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @abstractmethod
    async def start(self) -> str:
        """Bring it up; where it is reached."""

    async def stop(self) -> None:
        """Stop it in order."""
        if self._process is not None:
            await self._process.stop()

    async def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            await self._process.kill()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running
