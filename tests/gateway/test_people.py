"""Names in the lists: found by the beginning of any word, shown to who may see them, and nowhere in clear."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid5

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from services.gateway import views
from services.gateway.people import Beginnings, words
from services.gateway.views import CASES_A_PAGE, Filter
from shared.events import Sealed, gateway, intake
from shared.ids import SOVINTO
from shared.sealing import Keys
from tests.casestore.conftest import MASTER
from tests.conftest import Databases
from tests.gateway.conftest import KEYS, Platform, name_of, running
from tests.gateway.life import ANNA, CLIENT, OTHER, PARTY, Told, at, told

NAMES = {
    "S-2001": ("Aino Virtanen", CLIENT),
    "S-2002": ("Jörg Ærlig-Strøm", CLIENT),
    "S-2003": ("KIINTEISTÖYHTYMÄ Oy", CLIENT),
    "S-2004": ("Aino Pohjonen", OTHER),
}


def party(number: str) -> UUID:
    return uuid5(SOVINTO, f"test|party {number}")


def a_case_of(number: str, name: str, client: UUID) -> tuple[Told, ...]:
    """Somebody is identified, and a client hands over a case about them."""
    case, who = uuid5(SOVINTO, f"test|case {number}"), party(number)
    person = Sealed((who,), intake.Person(name))
    return (
        told(at(5, 5, 7), who, "service:intake", intake.PartyIdentified("FI", "consumer", "fi", person)),
        told(at(5, 5, 7), case, f"client:{client}",
             intake.CaseReceived(client, who, "FI", "consumer", "EUR", "fi", date(2025, 5, 5)),
             intake.CaseAccepted(number, "1009", ANNA)),
    )  # fmt: skip


@pytest_asyncio.fixture
async def listed(lived: Platform) -> Platform:
    """The one case that has lived, of Aino Esimerkki, and four new ones."""
    for number, (name, client) in NAMES.items():
        await lived.live(a_case_of(number, name, client))
    return lived


async def found(platform: Platform, search: str, client: UUID | None = CLIENT) -> set[str]:
    audience = platform.made.as_staff if client is None else platform.made.as_client
    rows, _ = await views.list_cases(audience, client, Filter(search=search), platform.made.beginnings)
    return {row["number"] for row in rows}


async def in_the_tables(platform: Platform) -> dict[str, bytes]:
    """What the gateway's tables hold, value by value as it is stored."""
    async with platform.made.pool.acquire() as db:
        kept = {}
        for row in await db.fetch("select tablename from pg_tables where schemaname = 'gateway'"):
            out = BytesIO()
            await db.copy_from_table(row["tablename"], schema_name="gateway", output=out, format="binary")
            kept[row["tablename"]] = out.getvalue()
    return kept


# Found.


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("virt", {"S-2001"}),
        ("VIRTANEN", {"S-2001"}),
        ("aino", {"S-1001", "S-2001"}),
        ("  ai  ", {"S-1001", "S-2001"}),
        ("aino virt", {"S-2001"}),
        ("virt, ai", {"S-2001"}),
        ("strøm", {"S-2002"}),
        ("ærlig-str", {"S-2002"}),
        ("jorg", {"S-2002"}),
        ("jo\N{COMBINING DIAERESIS}rg", {"S-2002"}),
        ("kiinteistöyhtymä", {"S-2003"}),
        ("kiinteistoyhtyma oy", {"S-2003"}),
    ],
)
async def test_a_case_is_found_by_the_beginning_of_any_word_of_the_name(
    listed: Platform, search: str, numbers: set[str]
) -> None:
    assert await found(listed, search) == numbers


@pytest.mark.parametrize(
    "search", ["nobody", "irtanen", "aino nobody", "v", "a i n o", "-", "%", "_", "\\", "{}", "n\0"]
)
async def test_what_begins_no_word_or_is_too_short_finds_no_name(listed: Platform, search: str) -> None:
    assert await found(listed, search) == set()


async def test_a_letter_standing_alone_says_nothing_beside_a_word(listed: Platform) -> None:
    assert await found(listed, "virtanen a") == {"S-2001"}


async def test_a_debtor_is_found_by_staff_and_its_own_client_only(listed: Platform) -> None:
    assert await found(listed, "aino", OTHER) == {"S-2004"}
    assert await found(listed, "pohjonen", CLIENT) == set()
    assert await found(listed, "aino", None) == {"S-1001", "S-2001", "S-2004"}


async def test_a_corrected_name_is_found_and_the_one_before_it_is_not(listed: Platform) -> None:
    person = Sealed((party("S-2001"),), intake.Person("Aino Nieminen"))
    corrected = intake.PartyCorrected(person, "fi")
    await listed.live([told(at(5, 6), party("S-2001"), "service:intake", corrected)])
    assert (await found(listed, "niemi"), await found(listed, "virta")) == ({"S-2001"}, set())


async def test_the_page_finds_as_the_api_does_and_names_who_was_found(listed: Platform) -> None:
    async with listed.browser(KEYS[CLIENT]) as browser:
        cases = (await browser.get("/api/v1/cases", params={"search": "strøm"})).json()["cases"]
    assert [(case["number"], case["debtor"]) for case in cases] == [("S-2002", "Jörg Ærlig-Strøm")]


def test_words_are_read_in_small_letters_without_marks_and_parted_by_every_sign() -> None:
    assert words("Ånd-Žižek & Straße (O'Neil) 3") == ["and", "zizek", "strasse", "o", "neil", "3"]
    assert words(" \t-% ") == []


def test_a_name_is_found_by_two_to_twelve_letters_of_each_word() -> None:
    beginnings = Beginnings(MASTER)
    assert len(beginnings.of_name("Ab C Kiinteistöyhtymä")) == 1 + 0 + 11
    assert set(beginnings.searched("kiinteistöyhtymä")) < set(beginnings.of_name("Ab C Kiinteistöyhtymä"))
    assert {len(digest) for digest in beginnings.of_name("Ab C Kiinteistöyhtymä")} == {16}


def test_without_the_master_key_no_name_can_be_tried() -> None:
    assert not set(Beginnings(MASTER).of_name("Virtanen")) & set(Beginnings(bytes(32)).of_name("Virtanen"))


# Nowhere in clear.


async def test_no_personal_value_stands_in_clear_in_any_table(listed: Platform) -> None:
    kept = await in_the_tables(listed)
    assert party("S-2001").bytes in kept["people"]
    assert ANNA.bytes in kept["people"]
    clear = (
        "Aino",
        "aino",
        "Virtanen",
        "virt",
        "Strøm",
        "strom",
        "Neuvoja",
        "Esimerkki",
        "1234567",
        "Kuusikuja",
        "Polkupy",
        "Palkka",
    )
    for table, content in kept.items():
        assert [each for each in clear if each.encode() in content] == [], table


async def test_a_page_opens_the_names_it_shows_and_asks_for_their_keys_at_once(
    listed: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nth in range(CASES_A_PAGE):
        await listed.live(a_case_of(f"S-3{nth:03}", "Eeva Etsitty", CLIENT))
    asked: list[int] = []
    of = Keys.of

    async def counting(self: Keys, key_ids: Collection[UUID]) -> Mapping[UUID, bytes | None]:
        asked.append(len(set(key_ids)))
        return await of(self, key_ids)

    monkeypatch.setattr(Keys, "of", counting)
    audience = listed.made.as_client
    rows, before = await views.list_cases(audience, CLIENT, Filter(search="eeva"), listed.made.beginnings)
    whole, more = await views.list_cases(audience, CLIENT, Filter(), listed.made.beginnings)
    assert (len(rows), {row["debtor"] for row in rows}, before) == (CASES_A_PAGE, {"Eeva Etsitty"}, None)
    assert (len(whole), more) == (CASES_A_PAGE, whole[-1]["opened"])
    assert asked == [CASES_A_PAGE, CASES_A_PAGE]


# Gone.


@pytest_asyncio.fixture
async def forgotten(databases: Databases, lived_store: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """The case that has lived, after the keys of its debtor and its handler were destroyed."""
    url = await databases.fresh(name_of(lived_store))
    owner = await asyncpg.connect(url)
    gone = "update casestore.keys set wrapped = null, destroyed_at = now() where key_id = any($1)"
    assert await owner.execute(gone, [PARTY, ANNA]) == "UPDATE 2"
    await owner.close()
    async with running(url, tmp_path) as made:
        yield made
    await databases.drop(url)


async def test_a_destroyed_key_shows_no_name(forgotten: Platform) -> None:
    async with forgotten.browser(KEYS[CLIENT]) as browser:
        listed = (await browser.get("/api/v1/cases")).json()["cases"]
    assert [(case["number"], case["debtor"]) for case in listed] == [("S-1001", None)]
    assert await views.names(forgotten.made.store, [PARTY, ANNA, CLIENT]) == {CLIENT: "Malli Oy"}


async def test_built_anew_a_destroyed_key_leaves_nothing_to_find(forgotten: Platform) -> None:
    await forgotten.made.pool.execute("update built set shape = 'older'")
    forgotten.made.reader.position = 0
    await forgotten.made.reader.prepare()
    await forgotten.shown()
    assert await forgotten.made.pool.fetch("select from people") == []
    assert await found(forgotten, "aino") == set()
    assert await found(forgotten, "S-1001") == {"S-1001"}


async def test_a_key_destroyed_after_its_event_was_read_keeps_the_name_from_being_written(lived: Platform) -> None:
    who = party("nobody")
    [one] = [one for one in await lived.made.store.stream(ANNA) if one.type == "StaffAdded"]
    named = gateway.StaffAdded(Sealed((who,), "Anna Neuvoja"), "+358 9 1", who)
    project = views.projecting_people(lived.made.store.keys, lived.made.beginnings)
    await project(lived.made.pool, msgspec.structs.replace(one, event=named))
    assert await lived.made.pool.fetch("select from people where party_id = $1", who) == []
