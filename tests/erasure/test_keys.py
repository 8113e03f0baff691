"""Keys: destroyed for good, forgotten at once, and kept by whoever wraps them, though that one is slow or away."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared import sealing
from shared.casestore import CaseStore
from shared.errors import Away
from shared.sealing import Erased, Keys, seal, unseal
from tests.casestore.conftest import MASTER
from tests.erasure.keeper import Keeper

PLACE = b"a place"


async def sealed_for(keys: Keys, party: UUID) -> bytes:
    await keys.make(party)
    return seal(b"a name", (await keys.of([party])).values(), PLACE)


async def opened(keys: Keys, party: UUID, cipher: bytes) -> bytes | None:
    try:
        return unseal(cipher, (await keys.of([party])).values(), PLACE)
    except Erased:
        return None


async def test_what_a_destroyed_key_sealed_is_closed_in_every_process(intake: CaseStore, gateway: CaseStore) -> None:
    party = uuid4()
    cipher = await sealed_for(intake.keys, party)
    await intake.keys.destroy(party)
    assert await opened(intake.keys, party, cipher) is None
    assert await opened(gateway.keys, party, cipher) is None


async def test_a_process_that_remembers_a_key_forgets_it_when_it_hears_of_the_erasure(
    intake: CaseStore, gateway: CaseStore
) -> None:
    party = uuid4()
    cipher = await sealed_for(intake.keys, party)
    assert await opened(gateway.keys, party, cipher) == b"a name"
    await intake.keys.destroy(party)
    assert await opened(gateway.keys, party, cipher) == b"a name"  # It has not heard of it yet.
    gateway.keys.forget([party])
    assert await opened(gateway.keys, party, cipher) is None


async def test_a_key_nobody_asks_for_is_not_in_memory_for_long(
    intake: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "REMEMBERED_SECONDS", 0.2)
    first, second = uuid4(), uuid4()
    cipher = await sealed_for(intake.keys, first)
    await asyncio.sleep(0.3)
    await sealed_for(intake.keys, second)
    assert set(intake.keys._known) == {second}
    assert await opened(intake.keys, first, cipher) == b"a name"


async def test_a_destroyed_key_is_never_made_again(intake: CaseStore, gateway: CaseStore) -> None:
    party = uuid4()
    cipher = await sealed_for(intake.keys, party)
    for _ in range(2):
        await intake.keys.destroy(party)
    await gateway.keys.make(party)
    assert await gateway.keys.of([party]) == {party: None}
    assert await opened(gateway.keys, party, cipher) is None


async def test_only_intake_destroys_keys(gateway: CaseStore) -> None:
    party = uuid4()
    await gateway.keys.make(party)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await gateway.keys.destroy(party)
    assert (await gateway.keys.of([party]))[party] is not None


async def test_a_files_key_is_due_after_its_last_day_and_a_partys_never(intake: CaseStore) -> None:
    file, party = uuid4(), uuid4()
    await intake.keys.make(file, date(2026, 4, 5))
    await intake.keys.make(party)
    assert await intake.keys.last_days([file, party]) == {file: date(2026, 4, 5)}
    assert await intake.keys.expired(date(2026, 4, 5)) == []
    assert await intake.keys.expired(date(2026, 4, 6)) == [file]
    await intake.keys.destroy(file)
    assert await intake.keys.expired(date(2030, 1, 1)) == []
    assert await intake.keys.last_days([file]) == {}


def test_a_value_that_names_nobody_cannot_be_sealed() -> None:
    with pytest.raises(ValueError, match="names nobody"):
        seal(b"a name", [], PLACE)


# Kept by a key management service.


async def test_a_key_service_wraps_opens_and_destroys(intake: CaseStore) -> None:
    keeper, party = Keeper(), uuid4()
    keys = Keys(intake.pool, keeper)
    cipher = await sealed_for(keys, party)
    assert await opened(Keys(intake.pool, keeper), party, cipher) == b"a name"
    await keys.destroy(party)
    assert keeper.destroyed == {party}
    assert await opened(Keys(intake.pool, keeper), party, cipher) is None


async def test_a_key_destroyed_at_the_service_opens_nothing_though_a_backup_brings_it_back(
    intake: CaseStore, database: str
) -> None:
    keeper, party = Keeper(), uuid4()
    keys = Keys(intake.pool, keeper)
    cipher = await sealed_for(keys, party)
    wrapped = await intake.pool.fetchval("select wrapped from casestore.keys where key_id = $1", party)
    await keys.destroy(party)
    owner = await asyncpg.connect(database)
    await owner.execute("update casestore.keys set wrapped = $2, destroyed_at = null where key_id = $1", party, wrapped)
    await owner.close()
    assert await opened(Keys(intake.pool, keeper), party, cipher) is None


async def test_a_service_that_is_away_is_told_as_away_and_nothing_is_taken_for_erased(intake: CaseStore) -> None:
    keeper, party = Keeper(), uuid4()
    cipher = await sealed_for(Keys(intake.pool, keeper), party)
    keeper.away = True
    keys = Keys(intake.pool, keeper)
    for call in (keys.of([party]), keys.make(uuid4()), keys.destroy(party)):
        with pytest.raises(Away):
            await call
    keeper.away = False
    assert await opened(keys, party, cipher) == b"a name"


async def test_a_slow_service_is_waited_for_and_given_up(intake: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, party = Keeper(), uuid4()
    cipher = await sealed_for(Keys(intake.pool, keeper), party)
    keeper.seconds = 0.2
    assert await opened(Keys(intake.pool, keeper), party, cipher) == b"a name"
    monkeypatch.setattr(sealing, "ANSWER_SECONDS_MAX", 0.05)
    with pytest.raises(Away, match="does not answer"):
        await Keys(intake.pool, keeper).of([party])


async def test_the_master_key_may_be_given_as_it_is(intake: CaseStore) -> None:
    party = uuid4()
    cipher = await sealed_for(intake.keys, party)
    assert await opened(Keys(intake.pool, sealing.MasterKey(MASTER)), party, cipher) == b"a name"
