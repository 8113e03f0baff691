"""What is decided for all cases of a client takes no more memory the more cases it has."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.settlement import consumers, handlers
from shared.deciding import Answer
from tests.settlement.facts import LAW, NOW

CASES = [uuid4() for _ in range(2 * consumers.AT_ONCE + 1)]


class Deciding:
    """Notes which cases were decided, and how many at most at one time."""

    now = NOW

    def __init__(self) -> None:
        self.decided: list[UUID] = []
        self.under_way = self.most = 0

    async def __call__(
        self, handler: Callable[..., Awaitable[Answer]], stream_id: UUID, *_: object, **__: Any
    ) -> Answer:
        if handler is handlers.finish_run:
            assert len(self.decided) == len(CASES), "the run was finished before every share was set aside"
            return Answer("nothing", 0)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        self.decided.append(stream_id)
        return Answer("appended", 1)


async def cases(_: UUID) -> list[UUID]:
    return CASES


@pytest.mark.parametrize("hear", [consumers.on_stop, consumers.on_run_started], ids=["stop", "run"])
async def test_every_case_is_decided_and_only_so_many_at_a_time(
    hear: Callable[..., Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = SimpleNamespace(open_cases_of=cases, cases_to_pay_on=cases, lines_of=None, documents=None, law=LAW)
    monkeypatch.setattr(consumers, "needs", lambda: own)
    decide = Deciding()
    await hear(uuid4(), decide)
    assert sorted(decide.decided) == sorted(CASES)
    assert decide.most == consumers.AT_ONCE
