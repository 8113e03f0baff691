"""A client gets the proof of its own case, made by a notary beside the gateway, and nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import msgspec
import pytest_asyncio

from deploy.examples import verify_proof
from services.gateway.main import make_public_app
from services.gateway.neighbours import Neighbours
from shared.casestore import Installed
from shared.casestore.__main__ import make_app
from shared.casestore.install import as_role, role_of
from tests.casestore.conftest import password
from tests.casestore.signing import at_work
from tests.gateway.conftest import KEYS, Platform
from tests.gateway.life import ANNA, CASE, CLIENT, OTHER

PROOF = f"/api/v1/cases/{CASE}/proof"
TOKEN = "internal"


@pytest_asyncio.fixture
async def notarised(lived: Platform, tmp_path: Path) -> AsyncIterator[Platform]:
    """A gateway on a store in which one case has lived, and its notary."""
    url = as_role(lived.made.store.dsn, role_of("notary"), password(role_of("notary")))
    async with (
        at_work(Installed({"notary": url}), tmp_path / "checkpoints") as notary,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(make_app(notary, TOKEN))) as http,
    ):
        neighbours = Neighbours({"notary": "http://notary.test"}, TOKEN, http)
        made = msgspec.structs.replace(lived.made, neighbours=neighbours)
        yield Platform(made, make_public_app(made, TOKEN, {}), lived.around, lived.stores)


async def test_a_client_and_staff_get_a_proof_that_holds(notarised: Platform) -> None:
    for owner in (CLIENT, ANNA):
        async with notarised.browser(KEYS[owner]) as browser:
            answer = await browser.get(PROOF)
        assert answer.status_code == 200, answer.text
        proof = await asyncio.to_thread(verify_proof.check, answer.text)
        told = await notarised.made.store.stream(CASE)
        assert [(each["position"], each["type"]) for each in proof["events"]] == [(e.position, e.type) for e in told]


async def test_another_clients_case_and_no_case_have_no_proof(notarised: Platform) -> None:
    async with notarised.browser(KEYS[OTHER]) as browser:
        assert (await browser.get(PROOF)).status_code == 404
    async with notarised.browser(KEYS[ANNA]) as browser:
        assert (await browser.get(f"/api/v1/cases/{CLIENT}/proof")).status_code == 404


async def test_without_a_notary_a_proof_is_to_be_asked_for_again(lived: Platform) -> None:
    async with lived.browser(KEYS[CLIENT]) as browser:
        answer = await browser.get(PROOF)
    assert (answer.status_code, answer.json()["code"]) == (503, "try_again")


async def test_the_notary_answers_only_the_platforms_own_processes(notarised: Platform, tmp_path: Path) -> None:
    neighbours = notarised.made.neighbours
    stranger = await neighbours._client.get(f"http://notary.test/proofs/{CASE}", headers={"Authorization": "Bearer x"})
    assert stranger.status_code == 404
    assert (await neighbours._client.get("http://notary.test/readyz")).status_code == 200
