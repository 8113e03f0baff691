"""A store with all services' tables and two clients' cases in it, and a connection as each role to try things with."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest_asyncio

from shared.casestore import SERVICES, install
from shared.casestore.install import AUDIENCES, LIBRARY, READERS, as_role, role_of
from shared.events import Sealed, intake
from shared.projections import Reader
from shared.rebuilding import beside
from shared.service import sql_of
from tests.casestore.conftest import password
from tests.conftest import Databases
from tests.gateway.conftest import BORN, running
from tests.gateway.life import CASE, LIFE, OTHER, SET_UP, Told, told

Connection: TypeAlias = "asyncpg.Connection[Any]"
NAMES = (*SERVICES, *READERS, *AUDIENCES, *LIBRARY)
THEIR_CASE, THEIR_PARTY = uuid4(), uuid4()
SCHEMAS = (*SERVICES, *map(beside, SERVICES))  # Each service's tables, and those it builds anew beside them.
NOBODY = "sovinto_test_nobody"  # A role that may log in and was given nothing.


class Roles(msgspec.Struct, frozen=True):
    """One database, seen by its owner and by each role."""

    url: str
    owner: Connection
    by_name: Mapping[str, Connection]  # intake … gateway, relay, client, staff, nobody.

    def __getitem__(self, name: str) -> Connection:
        return self.by_name[name]


@pytest_asyncio.fixture(scope="package")
async def roles(databases: Databases, tmp_path_factory: Any) -> AsyncIterator[Roles]:
    """Two clients, each with a case that has something in every list a client may see."""
    url = await databases.fresh()
    await install(url, password, born=BORN)
    async with running(url, tmp_path_factory.mktemp("documents")) as platform:
        await platform.live([*SET_UP, *LIFE, asked(CASE), *their_life()])
        for name in SERVICES:
            await Reader(name, platform.stores[name], sql_of(f"services.{name}"), []).prepare()
    async with AsyncExitStack() as stack:
        connections: dict[str, Connection] = {}
        for name in ("owner", "nobody", *NAMES):
            role = NOBODY if name == "nobody" else role_of(name)
            if name == "nobody":
                await _nobody(connections["owner"])
            at = url if name == "owner" else as_role(url, role, password(role))
            connections[name] = await asyncpg.connect(at, timeout=30)
            stack.push_async_callback(connections[name].close)
        for name in SERVICES:  # As it is in the middle of a rebuild.
            await connections[name].execute(f"set search_path = {beside(name)}, waiting")
            await connections[name].execute(sql_of(f"services.{name}"))
            await connections[name].execute("reset search_path")
        yield Roles(url, connections.pop("owner"), connections)
    await databases.drop(url)


async def _nobody(owner: Connection) -> None:
    if not await owner.fetchval("select 1 from pg_roles where rolname = $1", NOBODY):
        await owner.execute(f"create role {NOBODY} login")
    await owner.execute(f"alter role {NOBODY} password '{password(NOBODY)}'")


def their_life() -> Sequence[Told]:
    """Another client's case against another debtor."""
    person = Sealed((THEIR_PARTY,), intake.Person("Bodil Eksempel"))
    received = intake.CaseReceived(OTHER, THEIR_PARTY, "FI", "consumer", "EUR", "fi", date(2025, 1, 16))
    when = LIFE[-1].when
    return [
        told(when, THEIR_PARTY, "service:intake", intake.PartyIdentified("FI", "consumer", "fi", person)),
        told(when, THEIR_CASE, "service:intake", received),
        asked(THEIR_CASE),
    ]


def asked(case: UUID) -> Told:
    """The client is asked something, so that it has a question to see."""
    return told(LIFE[-1].when, case, "service:intake", intake.DefectsFound((), date(2025, 3, 20)))
