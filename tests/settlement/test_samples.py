"""Real bank files, where they are at hand: each is booked, held by code or refused by code, and nothing is lost."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from services.settlement import camt054
from services.settlement.bank_file import BankFile
from shared.events import settlement as told
from shared.events.gateway import Account
from shared.ids import AGENCY
from shared.money import CURRENCIES
from shared.xml import Unreadable
from tests.settlement.conftest import Settlement
from tests.settlement.facts import AGENCY_SET


def samples() -> list[Path]:
    folder = os.environ.get("SOVINTO_SAMPLES")
    if folder is None:
        pytest.skip("not run: SOVINTO_SAMPLES names no folder of real files")
    return [each for kind in ("camt054", "camt053") for each in sorted((Path(folder) / kind).glob("*.xml"))]


def accounts_in(file: BankFile) -> dict[str, Account]:
    """Of the accounts a file tells of, those that could be ours."""
    found: dict[str, Account] = {}
    for each in file.notifications:
        currencies = {each.currency, *(one.amount.currency for one in each.transactions)}
        for currency in sorted(currency for currency in currencies if currency in CURRENCIES):
            found.setdefault(each.account, Account(each.account, currency))
    return found


async def test_every_real_file_is_held_by_code_where_it_is_not_ours(settlement: Settlement) -> None:
    for path in samples():
        answer = await settlement.web.post("/bank-files", content=path.read_bytes())
        body: dict[str, Any] = answer.json()
        assert answer.status_code in (200, 409), (path.name, body)
        if answer.status_code == 200:
            assert body["booked"] == 0
            assert body["held"] or body["transactions"] == 0, path.name
    assert await settlement.all_of(told.PaymentReceived, told.BankFileRead) == []


async def test_every_real_file_is_booked_as_it_says_where_its_account_is_ours(settlement: Settlement) -> None:
    # The real files at hand are Swiss: they are read as if they were in euros.
    files = {path.name: path.read_bytes().replace(b"CHF", b"EUR") for path in samples()}
    accounts: dict[str, Account] = {}
    for raw in files.values():
        with suppress(Unreadable):
            accounts |= accounts_in(camt054.read(raw))
    ours = (*AGENCY_SET.accounts, *accounts.values())
    await settlement.say(AGENCY, replace(AGENCY_SET, accounts=ours))
    booked = 0
    for name, raw in files.items():
        answer = await settlement.web.post("/bank-files", content=raw)
        body: dict[str, Any] = answer.json()
        assert answer.status_code in (200, 409), (name, body)
        if answer.status_code == 200:
            told_of = camt054.read(raw)
            assert body["booked"] + len(body["held"]) >= len(told_of.transactions), name
            booked += body["booked"]
    await settlement.hear()
    assert (await settlement.get("/check"))["faults"] == []
    assert booked >= len(await settlement.all_of(told.PaymentReceived)) > 0
