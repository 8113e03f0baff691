"""A service's tables as rows: which of them events made, and one digest of each, so that two of them can be compared.

What events did not make is marked where it is declared: a comment on the table or column that begins with NOT_COMPUTED.
Deadlines count as one of a service's tables; when one was set, and that it is stuck, does not.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import asyncpg
import msgspec

NOT_COMPUTED = "not computed from events"
BUILT = "built"  # What the tables say of themselves: their shape, and when they were built.
WAITING = "deadlines"  # The live ones of all services share one table, `waiting.deadlines`.
DEADLINES = "event_id, name, stream_id, at, handler, about, outgoing"  # What an event says of a deadline.

Connection: TypeAlias = "asyncpg.Connection[Any]"


class Digest(msgspec.Struct, frozen=True):
    """How many rows a table has, and one SHA-256 of all of them, in whatever order they lie."""

    rows: int
    sha256: str


async def tables(db: Connection, schema: str) -> Mapping[str, bool]:
    """The tables of a schema by name; False where events did not make them, so that they must be kept."""
    sql = """select c.relname as name, coalesce(obj_description(c.oid, 'pg_class'), '') not like $2 || '%' as computed
             from pg_class c where c.relnamespace = to_regnamespace($1) and c.relkind = 'r' order by 1"""
    return {row["name"]: row["computed"] for row in await db.fetch(sql, schema, NOT_COMPUTED)}


async def digests(db: Connection, service: str, schema: str) -> Mapping[str, Digest]:
    """A digest of each table of a service that events made: its live ones (`schema` is its name) or those beside.

    Call it in a transaction: it sets how values are written, for as long as that lasts.
    """
    await db.execute("set local timezone = 'UTC'; set local datestyle = 'ISO'; set local bytea_output = 'hex'")
    named = [name for name, computed in (await tables(db, schema)).items() if computed]
    sql = """select string_agg(quote_ident(attname), ', ' order by attname) from pg_attribute
             where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
               and coalesce(col_description(attrelid, attnum), '') not like $2 || '%'"""
    made = {}
    for name in named:
        if name not in (BUILT, WAITING):
            columns = await db.fetchval(sql, f"{schema}.{name}", NOT_COMPUTED)
            made[name] = await _digest(db, columns, f"{schema}.{name}", "")
    waiting = f"{schema}.{WAITING}" if WAITING in named else f"waiting.{WAITING}"
    return {**made, WAITING: await _digest(db, DEADLINES, waiting, f"where service = '{service}'")}


async def _digest(db: Connection, columns: str, table: str, which: str) -> Digest:
    # Each row as text, hashed; the hashes in their own order, hashed again. All names here are the catalogue's or ours.
    sql = f"""select count(*) as rows, encode(sha256(coalesce(string_agg(of, ''::bytea order by of), '')), 'hex') as all
              from (select sha256(convert_to(row({columns})::text, 'UTF8')) as of from {table} {which}) as each"""  # noqa: S608
    row = await db.fetchrow(sql)
    assert row is not None  # noqa: S101  (an aggregate always has its row)
    return Digest(row["rows"], row["all"])
