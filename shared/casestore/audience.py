"""The store as someone sees it who looks through the gateway: a database role of its own, for one client or for staff.

What a client may not see, the database does not give: every read happens in a transaction that names the client. The
role sees rows only; what is sealed in them the gateway opens, with keys the role cannot see.
"""

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

import asyncpg

from shared.casestore.appending import ANSWER_SECONDS_MAX, GONE
from shared.casestore.recorded import COLUMNS, Recorded, of_stream
from shared.casestore.store import CaseStore
from shared.errors import Away


class Audience:
    """One audience's way to look. It can write nothing.

    Args:
        dsn: the audience role's PostgreSQL URL.
        store: the gateway's own, which holds the keys.
        schema: where the projections lie that this audience may read.
    """

    def __init__(self, dsn: str, store: CaseStore, schema: str) -> None:
        self._dsn, self._store, self._schema = dsn, store, schema
        self.keys = store.keys

    async def open(self) -> Self:
        """Connect."""
        self._pool: asyncpg.Pool[Any] = await asyncpg.create_pool(
            self._dsn, min_size=1, max_size=8, command_timeout=ANSWER_SECONDS_MAX,
            server_settings={"search_path": self._schema},
        )  # fmt: skip
        return self

    async def close(self) -> None:
        """Disconnect."""
        await self._pool.close()

    async def stream(self, client: UUID | None, stream_id: UUID) -> list[Recorded]:
        """The events of a stream this client may see (None: staff), oldest first. Raises NotUnderstood, Away."""
        return await self._store.decoded(await self.as_stored(client, stream_id))

    async def as_stored(self, client: UUID | None, stream_id: UUID) -> Sequence[asyncpg.Record]:
        """The same as they are stored: what is sealed stays sealed. Raises Away."""
        sql = f"select {COLUMNS} from casestore.events where {of_stream()} order by version"  # noqa: S608  (constants)
        return await self.fetch(client, sql, stream_id)

    async def fetch(self, client: UUID | None, sql: str, *values: object) -> Sequence[asyncpg.Record]:
        """Rows of a query, as this client (None: staff) may see them. Raises Away."""
        try:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                named = "" if client is None else str(client)
                await connection.execute("select set_config('sovinto.client', $1, true)", named)
                return await connection.fetch(sql, *values)
        except GONE as gone:
            raise Away(str(gone)) from gone
