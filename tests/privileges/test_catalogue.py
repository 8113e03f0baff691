"""Who may do what, as the database itself lists it: a table, function or role that is new is held to the same."""

from collections.abc import Mapping, Sequence

from shared.casestore import SERVICES
from shared.casestore.install import AUDIENCES, LIBRARY, READERS, role_of
from tests.privileges.conftest import NAMES, NOBODY, SCHEMAS, Roles

OURS = "not in ('pg_catalog', 'information_schema', 'pg_toast', 'public')"
VERBS = ("select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain")

# Everything that may be written in the schemas all share, and by whom. Whatever is not here nobody may write.
WRITES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "bus.commands": {"insert": SERVICES, "delete": SERVICES},
    "bus.handled": {"insert": SERVICES, "update": SERVICES},
    "bus.parked": {"insert": SERVICES, "update": SERVICES, "delete": SERVICES},
    "bus.refeeds": {"insert": SERVICES, "update": SERVICES, "delete": ("relay",)},
    "bus.relay": {"insert": ("relay",), "update": ("relay",)},
    "bus.sent": {"insert": ("relay",), "update": ("relay",)},
    "casestore.keys": {"insert": SERVICES},
    "casestore.readers": {"insert": SERVICES, "update": SERVICES, "delete": SERVICES},
    "waiting.deadlines": {"insert": SERVICES, "update": SERVICES, "delete": SERVICES},
}
# The functions anybody but the owner may call.
CALLS = {
    "append": (*SERVICES, *LIBRARY),
    "clock": (*SERVICES, "relay", "notary", *LIBRARY),
    "set_clock": ("gateway",),
}


async def test_every_table_has_row_level_security_or_is_granted_to_nobody(roles: Roles) -> None:
    sql = f"""select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname {OURS} and n.nspname not like 'pg_%' and c.relkind in ('r', 'p') and not c.relrowsecurity
                and exists (select from aclexplode(c.relacl) a where a.grantee <> c.relowner)"""  # noqa: S608  (constant)
    assert [row["name"] for row in await roles.owner.fetch(sql)] == []


async def test_what_is_seen_through_a_view_is_seen_with_ones_own_rights(roles: Roles) -> None:
    sql = f"""select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname {OURS} and n.nspname not like 'pg_%' and c.relkind in ('v', 'm')
                and not coalesce(c.reloptions @> '{{security_invoker=true}}', false)
                and exists (select from aclexplode(c.relacl) a where a.grantee <> c.relowner)"""  # noqa: S608  (constant)
    assert [row["name"] for row in await roles.owner.fetch(sql)] == []


async def test_row_level_security_holds_for_every_role_but_an_owner(roles: Roles) -> None:
    sql = """select rolname from pg_roles where rolname like 'sovinto\\_%'
             and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
                  or exists (select from pg_auth_members m where m.member = pg_roles.oid))"""
    assert [row["rolname"] for row in await roles.owner.fetch(sql)] == []


async def test_what_all_share_belongs_to_an_owner_that_no_service_logs_in_as(roles: Roles) -> None:
    sql = """select c.oid::regclass::text as name, r.rolname as owner from pg_class c
             join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
             where n.nspname in ('casestore', 'bus', 'waiting') and r.rolname like 'sovinto\\_%'"""
    assert [dict(row) for row in await roles.owner.fetch(sql)] == []


async def test_in_what_all_share_each_role_writes_only_what_is_listed(roles: Roles) -> None:
    sql = """select c.oid::regclass::text as name, verb, array_agg(substr(r.rolname, 9)) as roles from pg_class c
             join pg_namespace n on n.oid = c.relnamespace cross join unnest($1::text[]) as verb
             join pg_roles r on has_table_privilege(r.oid, c.oid, verb)
             where n.nspname in ('casestore', 'bus', 'waiting') and c.relkind in ('r', 'p', 'v', 'm')
               and r.rolname = any($2) and (verb <> 'maintain' or current_setting('server_version_num')::int >= 170000)
             group by 1, 2"""
    verbs = await usable_verbs(roles)
    rows = await roles.owner.fetch(sql, verbs, [*map(role_of, NAMES), NOBODY])
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        found.setdefault(row["name"], {})[row["verb"]] = sorted(row["roles"])
    wanted = {table: {verb: sorted(who) for verb, who in verbs.items()} for table, verbs in WRITES.items()}
    assert {table: verbs for table, verbs in found.items() if verbs} == wanted


async def usable_verbs(roles: Roles) -> list[str]:
    newer = int(await roles.owner.fetchval("show server_version_num")) >= 170000
    return [verb for verb in VERBS[1:] if newer or verb != "maintain"]


async def test_few_columns_are_granted_by_themselves(roles: Roles) -> None:
    """So that looking at tables is enough. The notary sees places and hashes, and nothing that an event holds; one
    service destroys keys; a command's answer is added to it, and its body never changes."""
    sql = f"""select c.oid::regclass::text as name, acl.grantee::regrole::text as role, acl.privilege_type as verb,
                     array_agg(a.attname::text) as columns
              from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
              cross join lateral aclexplode(a.attacl) acl
              where n.nspname {OURS} and n.nspname not like 'pg_%' group by 1, 2, 3"""  # noqa: S608  (constant)
    rows = await roles.owner.fetch(sql)
    found = {(row["name"], row["role"]): (row["verb"], set(row["columns"])) for row in rows}
    notary = role_of("notary")
    assert found == {
        ("casestore.store", notary): ("SELECT", {"epoch", "live"}),
        ("casestore.events", notary): ("SELECT", {"position", "opened", "stream_id", "version", "hash"}),
        ("casestore.heads", notary): ("SELECT", {"stream_id", "opened", "version", "hash"}),
        ("casestore.keys", role_of("intake")): ("UPDATE", {"wrapped", "destroyed_at"}),
    } | {("bus.commands", role_of(name)): ("UPDATE", {"held_until", "answer"}) for name in SERVICES}
    assert len(rows) == len(found), "one verb each"


async def test_a_services_own_tables_are_its_own_and_the_gateways_lists_are_read_by_its_audiences(roles: Roles) -> None:
    sql = """select n.nspname as schema, r.rolname as role, verb from pg_class c
             join pg_namespace n on n.oid = c.relnamespace cross join unnest($1::text[]) as verb
             join pg_roles r on has_schema_privilege(r.oid, n.oid, 'usage') and has_table_privilege(r.oid, c.oid, verb)
             where n.nspname = any($2) and r.rolname = any($3) and r.oid <> c.relowner
               and c.relkind in ('r', 'p', 'v', 'm')
             group by 1, 2, 3"""
    verbs = ["select", *await usable_verbs(roles)]
    rows = await roles.owner.fetch(sql, verbs, list(SCHEMAS), [*map(role_of, NAMES), NOBODY])
    found = sorted((row["schema"], row["role"], row["verb"]) for row in rows)
    assert found == [("gateway", role_of(name), "select") for name in AUDIENCES]


async def test_nothing_of_ours_is_for_everybody(roles: Roles) -> None:
    schemas = f"""select nspname as name from pg_namespace n where nspname {OURS} and nspname not like 'pg_%'
                  and exists (select from aclexplode(nspacl) a where a.grantee = 0)"""  # noqa: S608  (constant)
    functions = f"""select p.oid::regprocedure::text as name from pg_proc p
                    join pg_namespace n on n.oid = p.pronamespace
                    where n.nspname {OURS} and n.nspname not like 'pg_%'
                      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                                  where a.grantee = 0)"""  # noqa: S608  (constant)
    assert [row["name"] for row in await roles.owner.fetch(schemas)] == []
    assert [row["name"] for row in await roles.owner.fetch(functions)] == []


async def test_a_function_that_is_made_later_is_for_nobody_until_it_is_said(roles: Roles) -> None:
    async with roles.owner.transaction():
        await roles.owner.execute("create function casestore.later() returns int language sql return 1")
        for name in (*NAMES, "nobody"):
            role = NOBODY if name == "nobody" else role_of(name)
            allowed = "select has_function_privilege($1, 'casestore.later()', 'execute')"
            assert not await roles.owner.fetchval(allowed, role), name
        await roles.owner.execute("drop function casestore.later()")


async def test_each_function_may_be_called_only_by_those_it_is_for(roles: Roles) -> None:
    sql = """select p.proname as name, array_agg(substr(r.rolname, 9)) as roles from pg_proc p
             join pg_namespace n on n.oid = p.pronamespace
             join pg_roles r on has_function_privilege(r.oid, p.oid, 'execute')
             where n.nspname in ('casestore', 'bus', 'waiting') and r.rolname = any($1) group by 1"""
    rows = await roles.owner.fetch(sql, [*map(role_of, NAMES), NOBODY])
    assert {row["name"]: sorted(row["roles"]) for row in rows} == {name: sorted(who) for name, who in CALLS.items()}


async def test_a_function_with_the_owners_rights_finds_names_only_where_it_says(roles: Roles) -> None:
    """pg_temp comes last: else whoever calls could put a table of the same name before ours."""
    sql = f"""select p.oid::regprocedure::text as name, (
                  select substr(each, 13) from unnest(p.proconfig) each where each like 'search\\_path=%') as path
              from pg_proc p join pg_namespace n on n.oid = p.pronamespace
              where n.nspname {OURS} and n.nspname not like 'pg_%' and p.prosecdef"""  # noqa: S608  (constant)
    rows = await roles.owner.fetch(sql)
    assert rows
    assert {row["name"] for row in rows if (row["path"] or "").split(", ")[0] != "pg_catalog"} == set()
    assert {row["name"] for row in rows if (row["path"] or "").split(", ")[-1] != "pg_temp"} == set()


async def test_writers_wait_for_no_lock_for_ever_and_hold_none_while_idle(roles: Roles) -> None:
    for name in (*SERVICES, *LIBRARY):
        assert await roles[name].fetchval("show lock_timeout") == "10s"
        assert await roles[name].fetchval("show idle_in_transaction_session_timeout") == "1s"
        assert await roles[name].fetchval("show transaction_isolation") == "read committed"
    for name in AUDIENCES:
        assert await roles[name].fetchval("show idle_in_transaction_session_timeout") == "1s"
    assert set(NAMES) == {*SERVICES, *READERS, *AUDIENCES, *LIBRARY}
