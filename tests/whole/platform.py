"""The whole platform in a test: real servers, five services as processes, the world outside as stand-ins.

Time in it is the demo's: it goes on when a test lets it. `live_until` lives as an agency does: each day that something
is due the bank's files are read first and the clients say what was paid to themselves.
"""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from deploy.demo import agency
from deploy.demo.agency import ClientName
from deploy.demo.bank import Bank, Movement
from deploy.demo.identity import iban, identifier, telephone
from deploy.demo.names import Country
from deploy.demo.reach import No, Outside, Sovinto
from deploy.embedded.users import ELSEWHERE
from deploy.platform import DEMO_BORN, Platform, World
from deploy.supervisor import Supervisor
from shared.calendar import at_local, is_bank_day, local_date
from shared.casestore.install import role_of
from tests.casestore.conftest import password

MORNING = time(7, 30)
EVENING = time(20)
CURRENCY = {"FI": "EUR", "NO": "NOK", "SE": "SEK"}
Json = dict[str, Any]


class Servers(Supervisor):
    """A supervisor whose database roles have the same passwords as in all tests: on a server that is named from
    outside they belong to everybody."""

    def secret(self, name: str) -> str:
        return password(name) if name.startswith(role_of("")) else super().secret(name)


@dataclass
class Whole:
    """A platform that runs, and all that a test does to it from outside."""

    servers: Servers
    platform: Platform
    sovinto: Sovinto
    outside: Outside
    bank: Bank
    database: asyncpg.Pool
    rng: Random = field(default_factory=lambda: Random(2025))  # noqa: S311  (identifiers of nobody)
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    clients: list[str] = field(default_factory=list)

    # Set-up.

    async def set_up(self) -> None:
        """The agency, its people, and a registry that has nothing against anybody."""
        await self.outside.registry_says([])
        await self.sovinto.put("/agency", agency.AGENCY)
        for person in agency.STAFF:
            await self.sovinto.post("/staff", person)
        self.sovinto.staff_key = (await self.sovinto.post("/keys", {"staff": agency.STAFF[0]["id"]}))["key"]

    async def client(self, name: str, like: ClientName, **changes: Any) -> str:
        """A client of this test's own, and its key; `like` one of the demo's, but for the changes."""
        await self.sovinto.put(f"/clients/{name}", agency.client(like) | changes)
        self.sovinto.keys[name] = (await self.sovinto.post("/keys", {"client": name}))["key"]
        self.clients.append(name)
        return name

    def debtor(self, country: Country, *, business: bool = False, **changes: Any) -> Json:
        """Somebody who owes: invented, reachable by everything."""
        number = next(self.numbers)
        street, (postcode, town) = (
            ("Utukuja", ("33100", "Tampere")) if country == "FI" else ("Nepelia", ("0182", "Oslo"))
        )
        return {
            "name": f"Koekaiku {number}" + (" Oy" if business else ""), "kind": "business" if business else "consumer",
            "identifier": identifier(country, business=business, rng=self.rng), "address": [f"{street} {number}"],
            "post_code": postcode, "town": town, "country": country, "email": f"kaiku{number}@koe.example",
            "phone": telephone(country, 900 + number), "language": "fi" if country == "FI" else "nb",
        } | changes  # fmt: skip

    async def invoice(self, debtor: Json, total: str, due: date, like: ClientName = "kaamos", **changes: Any) -> Json:
        """An unpaid invoice of a client's, issued two weeks before it was due."""
        number = next(self.numbers)
        seller = agency.client(like)
        return {
            "number": f"L-{number}", "issued": (due - timedelta(days=14)).isoformat(), "due": due.isoformat(),
            "currency": CURRENCY[debtor["country"]], "total": total, "account": agency.CLIENT_ACCOUNTS[like],
            "subject": "Koelasku", "rows": [{"text": "Koelasku", "amount": total}],
            "seller": {key: seller[key] for key in ("name", "business_id", "town", "country")}, "debtor": debtor,
        } | changes  # fmt: skip

    async def hand_in(
        self,
        client: str,
        *invoices: Json,
        earlier: object = None,
        name: str = "laskut.json",
        content: bytes | None = None,
    ) -> list[Json]:
        """A client hands in a file; what it is told of each invoice."""
        body = json.dumps(list(invoices)).encode() if content is None else content
        more = {"earlier": json.dumps(earlier)} if earlier else {}
        file = {"file": (name, body, "application/octet-stream")}
        answer = await self.sovinto.ask("POST", f"/clients/{client}/files", of=client, files=file, data=more)
        told: list[Json] = answer.json()["files"]
        return told

    async def accepted(self, client: str, invoice: Json, **more: Any) -> str:
        """Hand in one invoice that must become an accepted case; its id."""
        [told] = await self.hand_in(client, invoice, **more)
        assert told["result"] == "accepted", told
        case: str = told["case"]
        return case

    # Looking.

    async def case(self, case: str) -> Json:
        seen: Json = await self.sovinto.get(f"/cases/{case}")
        return seen

    async def timeline(self, case: str, language: str = "en", of: str = "") -> list[Json]:
        told: list[Json] = (await self.sovinto.get(f"/cases/{case}/timeline", language=language, of=of))["entries"]
        return told

    async def events(self, case: str) -> list[Json]:
        """A case's stream as it is stored."""
        told: list[Json] = await self.sovinto.get(f"/cases/{case}/events")
        return told

    async def types(self, case: str) -> list[str]:
        return [one["type"] for one in await self.events(case)]

    async def stream(self, stream: str) -> list[str]:
        """The types of a stream, asked of the database itself: for when parts of the platform are not there."""
        sql = "select type from casestore.events where stream_id = $1 order by version"
        return [row["type"] for row in await self.database.fetch(sql, UUID(stream))]

    async def told(self, case: str, type_: str, /, **which: Any) -> list[Json]:
        """What the events of this type on a case say, those whose fields are as given. Where one says no moment of its
        own, `at` is when it was told."""
        told = [{"at": one["at"]} | one["told"] for one in await self.events(case) if one["type"] == type_]
        return [one for one in told if all(one.get(name) == value for name, value in which.items())]

    async def kept(self, service: str) -> list[Json]:
        """Everything a stand-in ever took."""
        answer = await self.outside._http.get(f"/kept/{service}", params={"after": 0})
        return [each for each in answer.json()["kept"] if not each["again"]]

    async def messages(self, case: str, to: str = "debtor") -> list[Json]:
        """What was decided to be said on a case, oldest first."""
        return await self.told(case, "ContactDecided", to=to)

    async def print_and_post(self, case: str) -> None:
        """The print house prints what lies there and says which letters of this case it posted."""
        keys = {each["job"]: each["key"] for each in await self.kept("letters")}
        messages = (await self.case(case))["messages"]
        for job in await self.outside.print_letters():
            if (contact := keys[job].partition("|")[0]) in messages:
                await self.sovinto.post(f"/contacts/{contact}/posted", {"case_id": case})

    async def refused(self, call: Awaitable[Any]) -> str:
        """The code with which the platform says no to this."""
        try:
            answer = await call
        except No as no:
            return no.code
        raise AssertionError(f"not refused: {answer}")

    # Time and money.

    async def today(self, country: Country = "FI") -> date:
        return local_date(country, await self.sovinto.now())

    async def next_due(self) -> datetime | None:
        """When the next thing happens by itself, once all that was asked for is done: a case still being accepted has
        set only its far days, and the clock would go past its first step."""
        await self.sovinto.live_until(await self.sovinto.now())
        sql = "select min(at) from waiting.deadlines where not stuck"
        due: datetime | None = await self.database.fetchval(sql)
        return due

    async def live_until(self, moment: datetime) -> None:
        """Live day by day, leaving out days on which nothing is due, as an agency does."""
        while (now := await self.sovinto.now()) < moment:
            due = await self.next_due()
            day = local_date("FI", max(now, min(due, moment) if due else moment))
            morning, evening = at_local("FI", day, MORNING), at_local("FI", day, EVENING)
            if now < morning <= moment:
                await self.sovinto.live_until(morning)
                await self.morning(day)
            if evening <= now:
                evening = at_local("FI", day + timedelta(days=1), time(0, 5))
            await self.sovinto.live_until(min(evening, moment))

    async def live_through(self, day: date) -> None:
        """Live until the evening of that day."""
        await self.live_until(at_local("FI", day, EVENING))

    async def live_until_told(self, case: str, type_: str, until: date, /, **which: Any) -> Json:
        """Live until the case tells that; what it told last. Fails when it has not by that day."""
        before = len(await self.told(case, type_, **which))
        while await self.today() <= until:
            due = await self.next_due()
            now = await self.sovinto.now()
            day = min(local_date("FI", max(due, now)), until) if due else until
            await self.live_through(day if now < at_local("FI", day, EVENING) else day + timedelta(days=1))
            told = await self.told(case, type_, **which)
            if len(told) > before:
                return told[-1]
        raise AssertionError(f"no {type_} {which} by {until}: {await self.types(case)}")

    async def morning(self, day: date) -> None:
        """The bank's files are read and the clients say what was paid to themselves."""
        for payout in await self.sovinto.get("/payouts", after=0):
            if payout["document"] not in self._executed:
                self._executed.add(payout["document"])
                order = await self.sovinto.ask("GET", f"/payouts/{payout['document']}")
                self.bank.execute(order.content, day)
        for _, file, _ in self.bank.morning(day):
            await self.bank_file(file)
        if is_bank_day("FI", day) or is_bank_day("NO", day):
            for name in self.clients:
                body = {"up_to": (day - timedelta(days=1)).isoformat()}
                await self.sovinto.put(f"/clients/{name}/paid-list", body, of=name)

    _executed: set[str] = field(default_factory=set)

    async def bank_file(self, file: bytes) -> Json:
        answer = await self.sovinto.ask(
            "POST", "/bank-files", content=file, headers={"Content-Type": "application/xml"}
        )
        told: Json = answer.json()
        return told

    async def pay(self, case: str, minor: int, on: date | None = None, name: str = "Koekaiku") -> None:
        """The debtor pays the agency with the case's reference; the bank tells on the next bank morning."""
        seen = await self.case(case)
        country: Country = seen["debtor"]["country"]
        number = next(self.numbers)
        self.bank.pay(
            Movement(
                "payment", minor, CURRENCY[country], on or await self.today(country), name, iban(country, 500 + number),
                f"E2E{number:06d}", seen["reference"],
            )
        )  # fmt: skip

    async def eventually(self, true: Callable[[], Any], seconds_max: float = 30.0) -> Any:
        """Wait in real time for what a coroutine answers to be true; that answer."""
        async with asyncio.timeout(seconds_max):
            while not (answer := await true()):  # noqa: ASYNC110  (what is waited for happens in other processes)
                await asyncio.sleep(0.1)
        return answer


@asynccontextmanager
async def running(database_url: str = "") -> AsyncIterator[Whole]:
    """A platform in a temporary folder, gone afterwards. `database_url` names a database on a server that runs."""
    outer = _temporary()
    home = outer / "home"
    platform = Platform(World.from_environment().with_standins(), DEMO_BORN)
    said: list[str] = []
    servers = Servers(home, platform.prepare, shared_buffers="64MB", tell=said.append)
    if database_url:
        servers.database_url = database_url
    try:
        async with servers:
            sovinto = Sovinto(platform.portal, platform.operator_key)
            outside = Outside(platform.world.registry_url)
            pool = await asyncpg.create_pool(servers.database_url, min_size=0, max_size=2)
            whole = Whole(servers, platform, sovinto, outside, Bank(DEMO_BORN.date()), pool)
            await whole.set_up()
            yield whole
            await pool.close()
            await outside.close()
            await sovinto.close()
    finally:
        if (home / "id").is_file():
            shutil.rmtree(ELSEWHERE / (home / "id").read_text().strip(), ignore_errors=True)
        shutil.rmtree(outer, ignore_errors=True)


def _temporary() -> Path:
    outer = Path(tempfile.mkdtemp(prefix="sovinto-whole-"))
    outer.chmod(0o711)  # PostgreSQL runs as another user where we are root, and has to get there.
    return outer


def fact(message: Json, name: str) -> str | None:
    """A fact that a decision rested on."""
    return dict(message["reason"]["facts"]).get(name)


def local_day(moment: str, country: Country) -> date:
    """The day a moment falls on where the debtor lives."""
    return local_date(country, datetime.fromisoformat(moment))


def named_in(told: Sequence[Mapping[str, Any]], *words: str) -> bool:
    """Whether some line of a timeline holds all these words."""
    return any(all(word.lower() in json.dumps(line).lower() for word in words) for line in told)


NAMED = bool(os.environ.get("SOVINTO_KAFKA"))  # A broker we did not start is not ours to stop.
