"""Make a database into a store, once: tables, the append function, roles, and who owns which type. Safe to repeat."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import msgspec

from shared.events import known

SERVICES = ("intake", "contact", "plans", "settlement", "gateway")
READERS = ("relay", "notary")  # Processes that read the log and write nothing into it.
AUDIENCES = ("client", "staff")  # The gateway reads as one of these: a client sees its own cases only.
LIBRARY = ("library",)  # Applications written with the `eventsourcing` library: see recorder.py.
RECORDED_BY_LIBRARY, TRACKED_BY_LIBRARY = "RecordedByLibrary", "TrackedByLibrary"  # All they append, for us to ignore.
SQL = (
    "casestore/schema.sql", "casestore/roles.sql", "casestore/readers.sql", "casestore/library.sql",
    "casestore/notary.sql", "bus/schema.sql", "bus/roles.sql", "waiting.sql", "waiting_roles.sql",
)  # fmt: skip
OTHER_SHAPE = (
    "This store was made by another version of Sovinto, and this one cannot work on it. Run that version with it, or "
    "name a new folder (SOVINTO_HOME) or database (SOVINTO_DATABASE_URL)."
)
INSTALLING = 727_002  # The advisory lock two installers meet at.


class OtherShape(Exception):
    """The store that is there has other tables, functions or rights than this version's."""


class Installed(msgspec.Struct, frozen=True):
    """A store ready for use: a PostgreSQL URL for each role."""

    urls: Mapping[str, str]


def role_of(name: str) -> str:
    """The database role of a service, reader or audience."""
    return f"sovinto_{name}"


async def install(owner_url: str, password: Callable[[str], str], born: datetime | None = None) -> Installed:
    """Install, or bring passwords and types up to date in a store that is there already.

    Args:
        owner_url: of a role that may create roles and schemas.
        password: gives a role's password, the same each time it is asked.
        born: the first moment of a demo store; None makes a live one. What a store is, it stays: changing it raises
            ValueError.

    Raises:
        OtherShape: the store was made by a version of Sovinto whose tables, functions or rights were others.
    """
    connection = await asyncpg.connect(owner_url, command_timeout=60)
    try:
        await connection.execute("select pg_advisory_lock($1)", INSTALLING)
        for name in (*SERVICES, *READERS, *AUDIENCES, *LIBRARY):
            await _role(connection, role_of(name), password(role_of(name)))
        if await connection.fetchval("select to_regclass('casestore.store')") is None:
            async with connection.transaction():
                await connection.execute(_sql("casestore/schema.sql"))
                await _grants(connection)
                insert = "insert into casestore.store (epoch, live, now, shape) values ($1, $2, $3, $4)"
                await connection.execute(insert, uuid4(), born is None, born, _shape())
        elif await _made_as(connection) != _shape():
            raise OtherShape(OTHER_SHAPE)
        elif (await connection.fetchval("select live from casestore.store")) != (born is None):
            raise ValueError("a store is live or demo from birth; this one is the other kind")
        for service in SERVICES:  # Where its projections are built anew, beside the live ones.
            await connection.execute(f"create schema if not exists {service}_next authorization {role_of(service)}")
        await _types(connection)
    finally:
        await connection.close()
    return reached(owner_url, password)


def reached(owner_url: str, password: Callable[[str], str]) -> Installed:
    """How each role reaches a store that is there."""
    names = (*SERVICES, *READERS, *AUDIENCES, *LIBRARY)
    return Installed({name: as_role(owner_url, role_of(name), password(role_of(name))) for name in names})


def as_role(url: str, role: str, password: str) -> str:
    """The same server and database, as another role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password)}@{host}"))


async def _role(connection: "asyncpg.Connection[Any]", role: str, password: str) -> None:
    exists = await connection.fetchval("select 1 from pg_roles where rolname = $1", role)
    verb = "alter" if exists else "create"
    quoted = await connection.fetchval("select quote_literal($1::text)", password)
    await connection.execute(
        f"{verb} role {role} login nosuperuser nobypassrls nocreatedb nocreaterole noreplication password {quoted}"
    )


async def _grants(connection: "asyncpg.Connection[Any]") -> None:
    await connection.execute(_sql("bus/schema.sql"))
    await connection.execute(_sql("waiting.sql"))
    for service in SERVICES:
        role = role_of(service)
        for rights in ("casestore/roles.sql", "bus/roles.sql", "waiting_roles.sql"):
            await connection.execute(_sql(rights).replace("{service}", role))
        await connection.execute(f"create schema {service} authorization {role}")
    await connection.execute(_sql("casestore/readers.sql"))
    await connection.execute(_sql("casestore/library.sql"))
    await connection.execute(_sql("casestore/notary.sql"))


async def _made_as(connection: "asyncpg.Connection[Any]") -> str:
    try:
        return str(await connection.fetchval("select shape from casestore.store"))
    except asyncpg.UndefinedColumnError:  # The first stores did not say.
        return ""


def _shape() -> str:
    return sha256("".join(map(_sql, SQL)).encode()).hexdigest()


async def _types(connection: "asyncpg.Connection[Any]") -> None:
    sql = """
        insert into casestore.types (type, owner, version, may_be_ignored) values ($1, $2, $3, $4)
        on conflict (type) do update
            set owner = $2, version = greatest(casestore.types.version, $3), may_be_ignored = $4
    """
    rows = [(kind.name, role_of(kind.owner), kind.version, kind.of.may_be_ignored) for kind in known().values()]
    rows += [(name, role_of("library"), 1, True) for name in (RECORDED_BY_LIBRARY, TRACKED_BY_LIBRARY)]
    await connection.executemany(sql, rows)


def _sql(name: str) -> str:
    return files("shared").joinpath(name).read_text(encoding="utf-8")


def random_password(_role: str) -> str:
    """A password for a store nobody comes back to."""
    return secrets.token_urlsafe(24)
