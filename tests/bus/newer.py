"""An event of a release that this code does not know yet, and the upgrade that brings it."""

from typing import ClassVar
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.casestore import CaseStore, recorded
from shared.casestore.appending import Append, OnStream, Placed
from shared.casestore.recorded import Encoded
from shared.deciding import Call
from shared.events import Event, Kind, known
from tests.casestore.conftest import BORN


class CollectionFrozen(Event, frozen=True):
    """A later release's way to stop: not known to this one."""

    may_be_ignored: ClassVar[bool] = False
    by: str


async def release_brings(database: str, *, may_be_ignored: bool = False, owner: str = "intake") -> None:
    """What installing the later release does: the store knows the type. This process does not."""
    recorded._understanding.cache_clear()
    connection = await asyncpg.connect(database)
    sql = """insert into casestore.types values ('CollectionFrozen', $1, 1, $2)
             on conflict (type) do update set may_be_ignored = $2"""
    await connection.execute(sql, f"sovinto_{owner}", may_be_ignored)
    await connection.close()


async def newer_appends(store: CaseStore, stream: UUID, seen: int) -> Placed:
    """What a process of the later release does."""
    told = Encoded(uuid4(), "CollectionFrozen", 1, b'{"by":"staff"}', b"")
    call = Call("intake.freeze", uuid4(), "test", "", BORN)
    return await store.append(Append(call, (OnStream(stream, seen, events=(told,)),)))


def upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process is of the later release."""
    recorded._understanding.cache_clear()
    monkeypatch.setitem(known(), "CollectionFrozen", Kind("CollectionFrozen", "intake", CollectionFrozen, ()))
