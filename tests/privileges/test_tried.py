"""Every path tried: another client's rows, another service's types, tables and positions, and no rights at all."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.casestore import SERVICES
from shared.casestore.install import AUDIENCES, as_role, role_of
from shared.events import known
from shared.rebuilding import beside
from tests.casestore.conftest import BORN, password
from tests.gateway.life import CASE, CLIENT, OTHER, PARTY
from tests.privileges.conftest import NAMES, SCHEMAS, THEIR_CASE, THEIR_PARTY, Connection, Roles

REFUSED = asyncpg.InsufficientPrivilegeError
ALLOWED: Mapping[UUID, tuple[UUID, UUID]] = {CLIENT: (CASE, PARTY), OTHER: (THEIR_CASE, THEIR_PARTY)}
TABLES = """select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_%'
              and c.relkind in ('r', 'p', 'v', 'm') order by 1"""
READABLE = """select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_%'
                and c.relkind in ('r', 'p', 'v', 'm') and has_schema_privilege($1, n.oid, 'usage')
                and has_any_column_privilege($1, c.oid, 'select') order by 1"""


async def tables(roles: Roles) -> list[str]:
    return [row["name"] for row in await roles.owner.fetch(TABLES)]


async def readable(roles: Roles, name: str) -> list[str]:
    return [row["name"] for row in await roles.owner.fetch(READABLE, role_of(name))]


async def refused(connection: Connection, sql: str, *values: object) -> bool:
    """Whether the database itself says no, for want of a right."""
    try:
        async with connection.transaction():
            await connection.fetch(sql, *values)
            await connection.execute("select 1")
            raise asyncio.CancelledError  # Done all the same: undo it.
    except REFUSED:
        return True
    except asyncio.CancelledError:
        return False


# A client.


@pytest.mark.parametrize(
    "named", ["", None, str(UUID(int=0)), str(UUID(int=7))], ids=["empty", "none", "zero", "no_client"]
)
async def test_a_client_that_is_nobody_sees_nothing_in_any_table(roles: Roles, named: str | None) -> None:
    names = await readable(roles, "client")
    assert "casestore.events" in names
    async with roles["client"].transaction():
        if named is not None:
            await roles["client"].execute("select set_config('sovinto.client', $1, true)", named)
        for name in names:
            assert await roles["client"].fetch(f"select * from {name}") == [], name  # noqa: S608  (from the catalogue)


@pytest.mark.parametrize("client", [CLIENT, OTHER])
async def test_a_client_sees_only_its_own_in_every_table(roles: Roles, client: UUID) -> None:
    case, party = ALLOWED[client]
    for name in await readable(roles, "client"):
        async with roles["client"].transaction():
            await roles["client"].execute("select set_config('sovinto.client', $1, true)", str(client))
            rows = [dict(row) for row in await roles["client"].fetch(f"select * from {name}")]  # noqa: S608  (the same)
        assert rows, f"{name} shows this client nothing, so that nothing is proven of it"
        everything = await roles.owner.fetchval(f"select count(*) from {name}")  # noqa: S608  (the same)
        assert len(rows) < everything, name
        for row in rows:
            assert {row[column] for column in ("client_id", "case_id", "party_id") if column in row} <= {
                client, case, party,
            }, name  # fmt: skip
            assert {"client_id", "case_id", "party_id"} & set(row), f"{name} does not say whose its rows are"


async def test_a_clients_setting_ends_with_its_transaction(roles: Roles) -> None:
    async with roles["client"].transaction():
        await roles["client"].execute("select set_config('sovinto.client', $1, true)", str(CLIENT))
        assert await roles["client"].fetchval("select count(*) from casestore.events")
    assert await roles["client"].fetchval("select count(*) from casestore.events") == 0


@pytest.mark.parametrize("name", AUDIENCES)
async def test_who_looks_sees_no_key_and_writes_nothing(roles: Roles, name: str) -> None:
    for table in await tables(roles):
        for sql in (f"insert into {table} default values", f"delete from {table}", f"truncate {table}"):  # noqa: S608
            assert await refused(roles[name], sql), (name, sql)
    assert await refused(roles[name], "select * from casestore.keys")
    assert await refused(roles[name], "select * from gateway.keys")
    assert await refused(roles[name], "select * from gateway.sessions")


# No rights.


async def test_who_was_given_nothing_sees_nothing_and_can_call_nothing(roles: Roles) -> None:
    for table in await tables(roles):
        assert await refused(roles["nobody"], f"select * from {table}"), table  # noqa: S608  (from the catalogue)
    for call in ("casestore.clock()", "casestore.set_clock(now())", APPEND):
        values = appending("PlanStarted") if call is APPEND else ()
        assert await refused(roles["nobody"], f"select * from {call}", *values), call  # noqa: S608  (constant)


@pytest.mark.parametrize("name", [*NAMES, "nobody"])
async def test_nobody_makes_tables_schemas_roles_or_functions_outside_its_own(roles: Roles, name: str) -> None:
    owner = await roles.owner.fetchval("select quote_ident(current_user)")
    for sql in (
        "create temporary table heads (one int)",
        "create table public.heads (one int)",
        "create table casestore.more (one int)",
        "create function casestore.more() returns int language sql return 1",
        "create schema more",
        "create role more",
        "alter table casestore.events disable row level security",
        "drop table casestore.events",
        f"set role {owner}",
        "set session_replication_role = replica",
        "copy casestore.events to program 'cat'",
    ):
        assert await refused(roles[name], sql), sql


# A service.

APPEND = """casestore.append($1::text[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::int[], $7::uuid[],
    $8::int[], $9::text[], $10::uuid[], $11::int[], $12::text[], $13::smallint[], $14::bytea, $15::uuid[], $16::bytea[],
    $17::bytea[])"""


def appending(of: str) -> Sequence[object]:
    """One event of a type on a stream of its own."""
    return (["test.try"], [uuid4()], ["test"], [""], [BORN], [1], [uuid4()], [0], ["case"], [None], [1], [of], [1],
            b"\x01", [uuid4()], [b"{}"], [b""])  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_a_service_appends_its_own_types_and_no_other(roles: Roles, name: str) -> None:
    sql = f"select * from {APPEND}"  # noqa: S608  (constant)
    for kind in known().values():
        assert await refused(roles[name], sql, *appending(kind.name)) == (kind.owner != name), kind.name
    assert await refused(roles[name], sql, *appending("NobodysType"))


@pytest.mark.parametrize("name", [*NAMES, "nobody"])
async def test_no_role_changes_or_removes_what_was_appended(roles: Roles, name: str) -> None:
    for table in ("events", "heads", "types", "store"):
        for sql in (
            f"insert into casestore.{table} select * from casestore.{table}",  # noqa: S608  (constant)
            f"delete from casestore.{table}",  # noqa: S608  (constant)
            f"truncate casestore.{table}",
        ):
            assert await refused(roles[name], sql), sql
    for sql in (
        "update casestore.events set actor = 'x'",
        "update casestore.heads set version = 0",
        "update casestore.types set owner = session_user",
        "update casestore.store set live = false",
        "update casestore.store set now = now + interval '1 day'",
    ):
        assert await refused(roles[name], sql), sql


@pytest.mark.parametrize("name", [*NAMES, "nobody"])
async def test_only_the_gateway_moves_a_demos_clock(roles: Roles, name: str) -> None:
    assert await refused(roles[name], "select casestore.set_clock(now())") == (name != "gateway")


@pytest.mark.parametrize("name", [*NAMES, "nobody"])
async def test_only_the_one_that_erases_destroys_a_key_and_nobody_changes_one(roles: Roles, name: str) -> None:
    destroys = "update casestore.keys set wrapped = null, destroyed_at = now()"
    assert await refused(roles[name], destroys) == (name != "intake")
    for sql in (
        "update casestore.keys set wrapped = '\\x00'",
        "update casestore.keys set wrapped = '\\x00', destroyed_at = null",
        "update casestore.keys set key_id = gen_random_uuid()",
        "insert into casestore.keys values (gen_random_uuid(), null, now())",  # Destroyed before it is made.
        "delete from casestore.keys",
        "truncate casestore.keys",
    ):
        assert await refused(roles[name], sql), sql


@pytest.mark.parametrize("name", [name for name in NAMES if name not in AUDIENCES])
async def test_a_service_sees_no_other_services_tables(roles: Roles, name: str) -> None:
    for table in await tables(roles):
        schema = table.split(".")[0]
        if schema in SCHEMAS and schema not in (name, beside(name)):
            assert await refused(roles[name], f"select * from {table}"), table  # noqa: S608  (from the catalogue)


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_sets_no_others_position_group_deadline_or_command(roles: Roles, name: str) -> None:
    other = "plans" if name != "plans" else "contact"
    mine, role = roles[name], role_of(other)
    await roles.owner.execute("insert into bus.handled values ($1, 0, 9) on conflict do nothing", other)
    await roles.owner.execute("insert into bus.refeeds values ($1, 0, 9) on conflict do nothing", other)
    await roles.owner.execute(
        "insert into bus.parked values ($1, $2, 1, $2, 'ClaimAdded', 'test') on conflict do nothing", other, CASE
    )
    sql = "insert into bus.commands (service, command_id, body) values ($1, $2, '') on conflict do nothing"
    for service in (other, name):
        await roles.owner.execute(sql, service, CASE)
    sql = """insert into waiting.deadlines (service, event_id, name, stream_id, at, handler, about, outgoing)
             values ($1, $2, 'test', $2, now(), 'plans.test', '[]', false) on conflict do nothing"""
    await roles.owner.execute(sql, other, CASE)

    async with mine.transaction():
        for sql, of in (
            ("update casestore.readers set position = 0 where owner = $1 returning 1", role),
            ("delete from casestore.readers where owner = $1 returning 1", role),
            ("update bus.handled set position = 0 where group_name = $1 returning 1", other),
            ("update bus.refeeds set after = 0 where group_name = $1 returning 1", other),
            ("update bus.parked set because = '' where group_name = $1 returning 1", other),
            ("delete from bus.parked where group_name = $1 returning 1", other),
            ("select 1 from bus.parked where group_name = $1", other),
            ("select 1 from bus.commands where service = $1", other),
            ("update bus.commands set answer = '' where service = $1 returning 1", other),
            ("delete from bus.commands where service = $1 returning 1", other),
            ("delete from bus.commands where service <> $1 returning 1", other),  # Its own, and not a week old.
            ("update waiting.deadlines set stuck = true where service = $1 returning 1", other),
            ("delete from waiting.deadlines where service = $1 returning 1", other),
        ):
            assert await mine.fetch(sql, of) == [], sql
    for sql, values in (
        (
            "insert into casestore.readers (reader, epoch, position, hash) values ($1, $2, 0, '')",
            (f"{other}_new", CASE),
        ),
        ("insert into casestore.readers values ($1, $1, $2, 0, '')", (role, CASE)),
        ("insert into bus.handled values ($1, 7, 9)", (other,)),
        ("insert into bus.handled values ($1, 7, 9)", (f"{other}-more",)),
        ("insert into bus.refeeds values ($1, 7, 9)", (other,)),
        ("insert into bus.parked values ($1, $2, 7, $2, 'ClaimAdded', 'test')", (other, uuid4())),
        ("insert into bus.commands values ($1, $2, '')", (other, uuid4())),
        ("update bus.commands set body = ''", ()),
        ("delete from bus.handled", ()),
        ("update bus.relay set position = 0", ()),
        ("update bus.sent set position = 0", ()),
    ):
        assert await refused(mine, sql, *values), sql


async def test_the_gateway_sees_all_deadlines_for_the_demos_clock_and_the_others_their_own(roles: Roles) -> None:
    sql = """insert into waiting.deadlines (service, event_id, name, stream_id, at, handler, about, outgoing)
             select service, gen_random_uuid(), 'test', $1, now(), 'test', '[]', false
             from unnest($2::text[]) as service"""
    await roles.owner.execute(sql, CASE, list(SERVICES))
    for name in SERVICES:
        rows = await roles[name].fetch("select distinct service from waiting.deadlines")
        assert {row["service"] for row in rows} == (set(SERVICES) if name == "gateway" else {name})


async def test_a_session_idle_in_a_transaction_is_ended_and_its_locks_with_it(roles: Roles) -> None:
    idle = await asyncpg.connect(as_role(roles.url, role_of("plans"), password(role_of("plans"))))
    await idle.execute("begin")
    await idle.execute("select pg_advisory_xact_lock(727001)")
    sql = "select count(*) from pg_locks where locktype = 'advisory' and objid = 727001"
    assert await roles.owner.fetchval(sql) == 1
    async with asyncio.timeout(30):
        while await roles.owner.fetchval(sql) or not idle.is_closed():  # noqa: ASYNC110  (what is waited for is in the database)
            await asyncio.sleep(0.1)
