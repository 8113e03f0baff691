"""Installing: once, again without harm, and never on what another version or another kind of store left."""

import asyncpg
import pytest

from shared.casestore import Installed, install
from shared.casestore.install import OtherShape
from tests.casestore.conftest import BORN, password


async def test_installing_again_changes_nothing(database: str, installed: Installed) -> None:
    owner = await asyncpg.connect(database)
    epoch = await owner.fetchval("select epoch from casestore.store")
    assert await install(database, password, born=BORN) == installed
    assert await owner.fetchval("select epoch from casestore.store") == epoch
    await owner.close()


async def test_a_demo_store_never_becomes_a_live_one(database: str, installed: Installed) -> None:
    assert installed.urls
    with pytest.raises(ValueError, match="live or demo from birth"):
        await install(database, password, born=None)


@pytest.mark.parametrize(
    "made_otherwise",
    ["update casestore.store set shape = 'another'", "alter table casestore.store drop column shape"],
)
async def test_a_store_of_another_version_is_refused_before_anything_runs_on_it(
    database: str, installed: Installed, made_otherwise: str
) -> None:
    assert installed.urls
    owner = await asyncpg.connect(database)
    await owner.execute(made_otherwise)
    await owner.close()
    with pytest.raises(OtherShape, match="another version of Sovinto"):
        await install(database, password, born=BORN)
