"""Every service's projections, built anew from the first event, are those that lived: also while more is written."""

import asyncio

from shared.casestore import SERVICES
from shared.casestore.install import AUDIENCES, READERS, role_of
from shared.moving import Place, move
from shared.tasks import ended
from tests.projections.conftest import Platform


async def test_all_built_anew_while_lives_go_on_are_the_ones_that_lived(running: Platform) -> None:
    """The comparison is made at one position in one snapshot, before the new tables take the place of the live ones."""
    for number in (1, 2, 3):
        await running.lives(number)
    head = await running.stores["gateway"].head()
    writing = asyncio.create_task(keep_living(running))
    for service in SERVICES:
        built = await running.rebuilt(service)
        assert not writing.done(), "nothing was written meanwhile"
        assert (service, built["differed"]) == (service, [])
        assert built["position"] >= head
    await ended([writing])
    for service in SERVICES:  # And what lived on after the swap is again what is built at rest.
        assert await running.readers[service].reached(await running.stores["gateway"].head(), 20)
        lived = await running.digests(service)
        assert (await running.rebuilt(service))["differed"] == []
        assert await running.digests(service) == lived
        assert sum(each.rows for each in lived.values()) > 0


async def keep_living(platform: Platform) -> None:
    for number in range(4, 1000):
        await platform.lives(number)


async def test_however_the_log_is_cut_into_batches_the_rows_are_the_same(platform: Platform) -> None:
    """One event at a time, as they come to a service at rest, against all at once, as in a rebuild."""
    for number in (1, 2, 3):
        await platform.lives(number)
    for service, reader in platform.readers.items():
        for one in await reader.store.read(reader.position, 10_000):
            async with reader.store.pool.acquire() as db:
                await move(db, Place(service, reader.tables, reader.position), [one], reader.projections)
            reader.is_at(one.position)
        lived = await platform.digests(service)
        await reader.store.pool.execute("update built set shape = 'older'")
        await reader.prepare()
        assert await platform.digests(service) == lived


async def test_no_role_reaches_what_another_service_builds(platform: Platform) -> None:
    sql = """select s.name, r.name from unnest($1::text[]) as s (name) cross join unnest($2::text[]) as r (name)
             where r.name <> 'sovinto_' || s.name and (has_schema_privilege(r.name, s.name || '_next', 'usage')
                                                       or has_schema_privilege(r.name, s.name || '_next', 'create'))"""
    roles = [role_of(name) for name in (*SERVICES, *READERS, *AUDIENCES)]
    assert await platform.owner.fetch(sql, list(SERVICES), roles) == []
