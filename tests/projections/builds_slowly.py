"""A process that rebuilds intake's projections and never ends: told the store's URL, it says when it is on the way."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from shared.casestore import CaseStore, Recorded
from shared.projections import Reader
from shared.rebuilding import beside
from tests.bus.test_projections import SCHEMA, see
from tests.casestore.conftest import MASTER


async def main(dsn: str) -> None:
    store = await CaseStore(dsn, MASTER, "intake").open()
    await Reader("intake", store, SCHEMA, [see, stop_beside]).run()


async def stop_beside(db: Any, _told: Sequence[Recorded]) -> None:
    if [*(await db.fetch("select current_schema()"))[0]] == [beside("intake")]:
        sys.stdout.write("on the way\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
