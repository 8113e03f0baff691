"""Which checkpoints `sovinto verify` finds and what it says of them that is no fault."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from deploy.cli.checkpoints import NONE_YET, Held, Named, find
from deploy.cli.saying import Told
from shared.casestore import CaseStore, Installed, look
from shared.casestore.look import Connection
from shared.casestore.verify import verify
from tests.casestore.signing import at_work, sign_all
from tests.casestore.test_tampering import log_of, rewrite
from tests.casestore.two_cases import CASE, go_on, live


@pytest_asyncio.fixture
async def owner(database: str, intake: CaseStore) -> AsyncIterator[Connection]:
    """A store of seven events."""
    await live(intake)
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def held(owner: Connection, home: Path, named: Named) -> Held:
    """The checkpoints found, and the whole store held against them."""
    found = find(home, await look.epoch(owner), named)
    await verify(owner, signed=found.all)
    return found


async def test_a_store_of_which_nothing_was_signed_yet_is_said_to_be_so(owner: Connection, tmp_path: Path) -> None:
    found = await held(owner, tmp_path, Named())
    assert (found.signed, found.said()) == (None, [NONE_YET])


async def test_what_was_not_handed_out_yet_is_told(owner: Connection, installed: Installed, tmp_path: Path) -> None:
    async with at_work(installed, tmp_path / "checkpoints", "http://127.0.0.1:9/nobody-listens-there"):
        pass
    found = await held(owner, tmp_path, Named())
    assert found.signed is not None
    assert found.signed.faults == []
    assert found.said() == ["checkpoints: 1 were not handed out yet; the notary's log says why"]


async def test_a_restored_store_is_held_against_its_earlier_epochs_too(
    owner: Connection, installed: Installed, intake: CaseStore, tmp_path: Path
) -> None:
    await sign_all(installed, tmp_path / "checkpoints")
    await rewrite(owner, (await log_of(owner))[:5])
    await owner.execute("update casestore.store set epoch = $1", uuid4())
    await go_on(intake, CASE, CASE, CASE)
    await sign_all(installed, tmp_path / "checkpoints")
    found = await held(owner, tmp_path, Named())
    assert found.signed is not None
    assert found.signed.faults == []
    [said] = found.said()
    assert "up to position 5 of 7;" in said


async def test_a_file_that_is_named_needs_a_key_that_is_one(
    owner: Connection, installed: Installed, tmp_path: Path
) -> None:
    await sign_all(installed, tmp_path / "checkpoints")
    epoch = await look.epoch(owner)
    file, no_key = tmp_path / "checkpoints" / f"{epoch}.jsonl", tmp_path / "key"
    no_key.write_text("not a key")
    for named in (Named(file), Named(file, no_key), Named(file, tmp_path / "nothing")):
        with pytest.raises(Told):
            find(tmp_path, epoch, named)
