"""A whole platform, searched before and after a debtor is erased: every value is found before, none after.

Found before means: with the keys, by what people and services read with. Without them nothing was ever to be found but
the wrapped key. What the stand-ins for the world outside have kept is outside.
"""

import asyncio
import json
import os
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import PIPE
from typing import Any

import asyncpg
import pytest

from deploy.demo.bank import Movement
from deploy.demo.identity import iban, identifier
from deploy.embedded.cluster import installed_binaries
from shared.calendar import at_local
from tests.cli.conftest import Here, Ran
from tests.erasure import places
from tests.erasure.places import Place
from tests.erasure.searching import Search
from tests.whole.platform import EVENING, NAMED, Whole, running

DAY = timedelta(days=1)
RECORDS = timedelta(days=5 * 366 + 10)
VOUCHERS = timedelta(days=7 * 366 + 10)
Json = dict[str, Any]
Found = dict[str, set[str]]  # The planted values found, by place.


class Life:
    """One debtor whose every value is planted, one bystander in the same files, and what became of them."""

    def __init__(self, whole: Whole) -> None:
        self.whole, self.case, self.bystander = whole, "", ""
        name = "Vilja-Orvokki Kuutamosärkkä"
        self.planted: dict[str, str | bytes] = {
            "name": name, "name at the bank": "KUUTAMOSÄRKKÄ V O", "street": "Haamukallionpolku 77 C 9",
            "e-mail": "vilja.kuutamosarkka@haamu.example", "telephone": "+358500098765",
            "personal code": identifier("FI", business=False, rng=whole.rng), "account": iban("FI", 987),
            "customer number": "ASN-KUUTAMO-4711", "row": "Hammashoito Viljalle",
            "payers words": "terveisin Vilja ja Topi",
            "objection": "en ole tilannut tätä, kysykää Topilta", "evidence": "Topi Kuutamosärkän kuitti on liitteenä",
            "pause": "Vilja on sairaalassa", "proof": "vilja-muistutus.pdf", "return": "Vilja muuttanut Inariin",
        }  # fmt: skip
        self.other = "Toivo Tavallinen-Sivullinen"

    def text(self, what: str) -> str:
        value = self.planted[what]
        assert isinstance(value, str)
        return value

    async def begin(self) -> None:
        """Both are handed over in one file; the one planted is written to, objects, and is paused."""
        whole, due = self.whole, await self.whole.today() - 20 * DAY
        client = self.client = await whole.client("erasing", "kaamos")
        debtor = whole.debtor(
            "FI", name=self.text("name"), address=[self.text("street")], email=self.text("e-mail"),
            phone=self.text("telephone"), identifier=self.text("personal code"),
            customer_number=self.text("customer number"),
        )  # fmt: skip
        rows = [{"text": self.text("row"), "amount": "180.00"}]
        mine = await whole.invoice(debtor, "180.00", due, rows=rows, subject="")
        others = await whole.invoice(whole.debtor("FI", name=self.other), "90.00", due)
        step = {"kind": "friendly", "sent": str(due + 3 * DAY), "proof": self.text("proof"), "invoice": mine["number"]}
        told = await whole.hand_in(client, mine, others, earlier=[step])
        assert [each["result"] for each in told] == ["accepted", "accepted"], told
        self.case, self.bystander = told[0]["case"], told[1]["case"]
        letter = await whole.live_until_told(self.case, "ContactDecided", await whole.today() + 30 * DAY)
        await self.come_back(letter)
        await self.object()

    async def come_back(self, letter: Json) -> None:
        """The letter is posted and comes back, with the post's own words."""
        whole = self.whole
        await whole.eventually(lambda: whole.told(self.case, "HandedOver"))
        await whole.print_and_post(self.case)
        body = {"case_id": self.case, "because": self.text("return")}
        await whole.sovinto.post(f"/contacts/{letter['contact_id']}/returned", body)

    async def object(self) -> None:
        """What people write about it in words of their own."""
        ask, path = self.whole.sovinto.post, f"/cases/{self.case}"
        await ask(f"{path}/pause", {"because": self.text("pause")}, of=self.client)
        await ask(f"{path}/resume", of=self.client)
        await ask(f"{path}/disputes", {"text": self.text("objection")}, of=self.client)
        [dispute] = await self.whole.told(self.case, "DisputeOpened")
        path = f"{path}/disputes/{dispute['dispute_id']}"
        await ask(f"{path}/evidence", {"text": self.text("evidence")}, of=self.client)
        await ask(f"{path}/resolution", {"outcome": "rejected"})

    async def pay(self) -> None:
        """Both pay, told in one file of the bank; what is too much goes back, by a payout file."""
        whole, today = self.whole, await self.whole.today()
        seen, other = await whole.case(self.case), await whole.case(self.bystander)
        whole.bank.pay(
            Movement(
                "payment", seen["balance"]["total_minor"] + 80_00, "EUR", today, self.text("name at the bank"),
                self.text("account"), "E2E-erasing", text=f"{self.text('payers words')} {seen['reference']}",
            )
        )  # fmt: skip
        await whole.pay(self.bystander, other["balance"]["total_minor"] + 5_00, name=self.other)
        for case in (self.case, self.bystander):
            if "CaseClosed" not in await whole.types(case):
                await whole.live_until_told(case, "CaseClosed", today + 20 * DAY)
        await whole.live_until(at_local("FI", today + 20 * DAY, EVENING))
        refunds = "select type from casestore.events where type in ('RefundSent', 'RefundPaid') order by position"
        assert [row["type"] for row in await whole.database.fetch(refunds)][:1] == ["RefundSent"]
        await whole.eventually(lambda: whole.database.fetchval(refunds + " offset 1"))

    async def plant_key(self) -> None:
        """The party's key as it lies wrapped in the store: with the master key it would open everything again."""
        party = (await self.whole.case(self.case))["party_id"]
        sql = "select wrapped from casestore.keys where key_id = $1"
        self.planted["wrapped key"] = await self.whole.database.fetchval(sql, party)


async def searched(search: Search, found_in: AsyncIterator[Place]) -> Found:
    found: Found = defaultdict(set)
    async for place, content in found_in:
        if names := await asyncio.to_thread(search.in_, content):
            found[place] |= names
    return found


def everywhere(found: Found) -> set[str]:
    return {name for names in found.values() for name in names}


async def sovinto(whole: Whole, *arguments: str) -> Ran:
    here = Here(whole.servers.home, {"SOVINTO_KEY": whole.sovinto.staff_key})
    return await asyncio.to_thread(here.sovinto, *arguments)


async def erase(whole: Whole, who: str) -> Json:
    ran = await sovinto(whole, "erase", who, "--because", "no_longer_needed", "--yes", "--json")
    told: Json = json.loads(ran.out)
    return told


async def set_clock(whole: Whole, moment: datetime) -> None:
    """As if the machine had been off until then."""
    await whole.database.execute("select casestore.set_clock($1)", moment)


# A backup of the database, taken while it runs, and its restore.


async def back_up(whole: Whole, to: Path) -> None:
    program, url = str(installed_binaries() / "pg_basebackup"), whole.servers.database_url
    command = [program, "-d", url, "-D", str(to), "-X", "stream", "-c", "fast"]
    taken = await asyncio.create_subprocess_exec(*command, stderr=PIPE)
    _, said = await taken.communicate()
    assert taken.returncode == 0, said


async def restore(whole: Whole, backup: Path) -> None:
    """Stop everything, put the old files where the new ones were, and give the store its new epoch."""
    servers = whole.servers
    assert servers.postgres is not None
    folder = Path(await whole.database.fetchval("show data_directory"))
    await whole.database.close()
    await servers.stop()
    await asyncio.to_thread(put_back, backup, folder)
    owner = await asyncpg.connect(await servers.postgres.start())
    await owner.execute("update casestore.store set epoch = gen_random_uuid()")
    await owner.close()
    await servers.postgres.stop()
    await servers.start()
    whole.database = await asyncpg.create_pool(servers.database_url, min_size=0, max_size=2)  # It is reached elsewhere.


def put_back(backup: Path, folder: Path) -> None:
    """The backup's files in this folder's place, owned as its files were."""
    owner = folder.stat()
    shutil.rmtree(folder)
    shutil.copytree(backup, folder)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    folder.chmod(0o700)


@pytest.mark.long
@pytest.mark.skipif(NAMED or bool(os.environ.get("SOVINTO_DATABASE_URL")), reason="needs the files of its own servers")
async def test_every_value_of_a_debtor_is_found_before_the_erasure_and_none_after(tmp_path: Path) -> None:
    async with running() as whole:
        life = Life(whole)
        await life.begin()
        await life.pay()
        await life.plant_key()
        cases = {life.client: life.case}
        search, other = Search(life.planted), Search({"bystander": life.other})

        # Found before: by readers every value; without keys nothing but the wrapped key.
        before = await searched(search, places.readers(whole, cases))
        assert everywhere(before) == life.planted.keys() - {"wrapped key"}, missing(before, life.planted)
        assert {"sovinto show", "timeline in fi", "lists"} <= before.keys()
        assert any(place.startswith("document, opened") for place in before)
        lies_there = await searched(search, places.raw(whole))
        assert everywhere(lies_there) == {"wrapped key"}, lies_there
        assert {"column: casestore.keys.wrapped"} < lies_there.keys()

        # Not yet: the law wants the record kept for five years, and says so. Nobody is erased by mistake either.
        number = (await whole.case(life.case))["number"]
        assert (await erase(whole, "Nobody Everheardof"))["error"]["code"] == "not_found"
        refused = await erase(whole, life.text("name"))
        assert refused["error"]["code"] == "may_not_be_erased"
        assert [each["section"] for each in refused["error"]["defects"]] == ["411/2018 12 §"]

        # Five years on, after a backup, it is done; accounts and vouchers are kept, and named with their section.
        await set_clock(whole, await whole.sovinto.now() + RECORDS)
        backup = tmp_path / "backup"
        await back_up(whole, backup)
        unasked = await sovinto(whole, "erase", number, "--json")
        assert (unasked.code, unasked.json["error"]["code"]) == (1, "not_confirmed")
        told = await erase(whole, number)
        assert "error" not in told, told
        assert (told["outcome"], told["destroyed"], told["against"]) == ("appended", True, []), told
        assert [each["what"] for each in told["kept"]] == ["accounts", "bank_files", "payouts"]
        assert all("1336/1997" in each["section"] for each in told["kept"])
        vouchers = {f"document, opened: {name}" for each in told["kept"] for name in each["documents"]}

        # Nowhere to be found, but in the vouchers; the bystander still is, and all proofs hold.
        after = await searched(search, places.readers(whole, cases))
        assert after.keys() == vouchers, after
        assert everywhere(after) == {"name at the bank", "account", "payers words"}
        assert await searched(search, places.raw(whole)) == {}
        still = await searched(other, places.readers(whole, {life.client: life.bystander}))
        assert {"sovinto show", "lists"} <= still.keys()
        verified = json.loads((await sovinto(whole, "verify", "--json")).out)
        assert (verified["ok"], verified["chain_ok"], verified["ledger_balanced"]) == (True, True, True), verified

        # A restored backup brings them back for nobody: it is done again by itself.
        await restore(whole, backup)
        await whole.eventually(lambda: erased_again(whole, told["party"]), 120)
        # And after the vouchers' last day nothing is left at all.
        await set_clock(whole, await whole.sovinto.now() + VOUCHERS)
        await whole.servers.stop_child("intake")
        await whole.servers.start_child("intake")
        await whole.eventually(lambda: closed(whole), 60)
        assert await searched(search, places.readers(whole, cases)) == {}
        assert await searched(search, places.raw(whole)) == {}
        await whole.database.close()


def missing(found: Found, planted: Mapping[str, object]) -> set[str]:
    return set(planted) - everywhere(found)


async def erased_again(whole: Whole, party: str) -> bool:
    return "PartyErased" in await whole.stream(party)


async def closed(whole: Whole) -> bool:
    """Whether every file whose last day is over has lost its key, and every service has read all there is."""
    sql = """select not exists (select from casestore.keys where keep_until is not null and wrapped is not null)
             and not exists (select from casestore.readers r
                             where position < (select max(position) from casestore.events))"""
    return bool(await whole.database.fetchval(sql))
