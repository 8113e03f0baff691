"""Documents: sealed, named by the hash of what lies on disk, and never given out changed."""

from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from shared.casestore import CaseStore
from shared.documents import Documents
from shared.errors import NotFound
from shared.sealing import Keys
from tests.casestore.conftest import MASTER

WORDS = b"Dear customer, a very personal letter."


async def kept(store: CaseStore, folder: Path) -> tuple[Documents, str, Path]:
    party = uuid4()
    await store.keys.make(party)
    documents = Documents(folder, store.keys)
    name = await documents.keep(WORDS, "text/plain", [party])
    return documents, name, folder / name[:2] / name[2:]


async def test_a_document_is_read_back_as_it_was_kept(intake: CaseStore, tmp_path: Path) -> None:
    documents, name, _ = await kept(intake, tmp_path)
    opened = await documents.open(name)
    assert (opened.content, opened.media_type) == (WORDS, "text/plain")


async def test_nothing_of_a_document_lies_in_clear(intake: CaseStore, tmp_path: Path) -> None:
    _, _, path = await kept(intake, tmp_path)
    assert b"personal" not in path.read_bytes()


async def test_a_changed_document_is_not_given_out(intake: CaseStore, tmp_path: Path) -> None:
    documents, name, path = await kept(intake, tmp_path)
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(ValueError, match="was changed"):
        await documents.open(name)


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", ""])
async def test_what_is_no_document_is_not_found(intake: CaseStore, tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        await Documents(tmp_path, intake.keys).open(name)


async def test_a_document_of_someone_whose_key_is_gone_is_closed_for_good(
    intake: CaseStore, database: str, tmp_path: Path
) -> None:
    _, name, _ = await kept(intake, tmp_path)
    owner = await asyncpg.connect(database)
    await owner.execute("delete from casestore.keys")
    await owner.close()
    anew = Documents(tmp_path, Keys(intake.pool, MASTER))  # A process that does not remember the key.
    assert (await anew.open(name)).content is None
