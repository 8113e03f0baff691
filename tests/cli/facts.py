"""A small case for the command's tests: an invoice to hand in, the case it becomes, and the store it lies in."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg

from shared.casestore import look
from tests.cli.conftest import Here

ACCOUNT = json.loads(Path("deploy/examples/agency.json").read_text())["accounts"][0]["iban"].replace(" ", "")
T = TypeVar("T")


def invoices(folder: Path, *changes: dict[str, Any], name: str = "invoices.json") -> Path:
    """A file of invoices to a business, one for each of these changes; each with a number of its own."""
    debtor = {
        "name": "Kuvitteellinen Oy", "kind": "business", "identifier": "2468013-5", "address": ["Keksitty katu 4"],
        "post_code": "20100", "town": "Turku", "country": "FI", "email": "laskut@kuvitteellinen.example",
    }  # fmt: skip
    whole = {
        "issued": "2024-11-25", "due": "2024-12-16", "currency": "EUR", "total": "100.00",
        "subject": "Huolto", "seller": {"name": "Malli Oy", "business_id": "1928374-1"}, "debtor": debtor,
    }  # fmt: skip
    file = folder / name
    file.write_text(json.dumps([{"number": f"T-{uuid4().hex[:10]}"} | whole | change for change in changes]))
    return file


def accepted(here: Here, folder: Path) -> dict[str, Any]:
    """A case that was handed in and accepted, as `show` tells it."""
    told = here.sovinto("import", invoices(folder, {}), "--client", "malli-oy", "--json")
    assert told.code == 0, told.out + told.err
    shown: dict[str, Any] = here.sovinto("show", told.json["files"][0]["case"], "--json").json
    return shown


def in_store(here: Here, question: Callable[[look.Connection], Awaitable[T]]) -> T:
    """Ask the database as its owner."""

    async def asked() -> T:
        connection = await asyncpg.connect(here.database_url)
        try:
            return await question(connection)
        finally:
            await connection.close()

    return asyncio.run(asked())
