"""The store as someone sees it who looks through the gateway: a database role of its own, for one client or for staff.

What a client may not see, the database does not give: every read happens in a transaction that names the client.
"""

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

import asyncpg

from shared.casestore.appending import ANSWER_SECONDS_MAX, GONE
from shared.casestore.recorded import COLUMNS, Recorded, decode
from shared.errors import Away
from shared.sealing import Keys


class Audience:
    """One audience's way to look. It can write nothing.

    Args:
        dsn: the audience role's PostgreSQL URL.
        master: the 32 bytes that wrap the keys.
        schema: where the projections lie that this audience may read.
    """

    def __init__(self, dsn: str, master: bytes, schema: str) -> None:
        self._dsn, self._master, self._schema = dsn, master, schema
        self._may_ignore: dict[str, bool] = {}

    async def open(self) -> Self:
        """Connect, and learn which types may be ignored."""
        self._pool: asyncpg.Pool[Any] = await asyncpg.create_pool(
            self._dsn, min_size=1, max_size=8, command_timeout=ANSWER_SECONDS_MAX,
            server_settings={"search_path": self._schema},
        )  # fmt: skip
        self.keys = Keys(self._pool, self._master)
        rows = await self._pool.fetch("select type, may_be_ignored from casestore.types")
        self._may_ignore = {row["type"]: row["may_be_ignored"] for row in rows}
        return self

    async def close(self) -> None:
        """Disconnect."""
        await self._pool.close()

    async def stream(self, client: UUID | None, stream_id: UUID) -> list[Recorded]:
        """The events of a stream this client may see (None: staff), oldest first; none else. Raises Away."""
        sql = f"select {COLUMNS} from casestore.events where stream_id = $1 order by version"  # noqa: S608  (constant)
        rows = await self.fetch(client, sql, stream_id)
        return await decode(rows, self.keys, self._may_ignore)

    async def fetch(self, client: UUID | None, sql: str, *values: object) -> Sequence[asyncpg.Record]:
        """Rows of a query, as this client (None: staff) may see them. Raises Away."""
        try:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                named = "" if client is None else str(client)
                await connection.execute("select set_config('sovinto.client', $1, true)", named)
                return await connection.fetch(sql, *values)
        except GONE as gone:
            raise Away(str(gone)) from gone
