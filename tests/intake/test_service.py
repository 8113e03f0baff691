"""The whole of intake as its callers see it: files in over HTTP, cases in a real store, a registry that answers."""

from pathlib import Path
from typing import Any

import msgspec

from tests.intake.conftest import Intake
from tests.intake.facts import CLIENT

FILES = Path(__file__).parent / "files"
LUMIKOIRA = (FILES / "lumikoira.xml").read_bytes()
AS_JSON: dict[str, Any] = {
    "number": "5107", "issued": "2025-12-01", "due": "2025-12-15", "currency": "EUR", "total": "426.70",
    "reference": "51075", "account": "FI2112345600000785", "subject": "Tiskin hionta",
    "debtor": {
        "name": "Lumikoiran Leipomo Oy", "identifier": "29173642", "address": ["Ratastie 11"], "post_code": "04200",
        "town": "Kerava", "country": "FI",
    },
}  # fmt: skip


async def hand_in(intake: Intake, raw: bytes | dict[str, Any], **fields: str) -> list[dict[str, Any]]:
    content = raw if isinstance(raw, bytes) else msgspec.json.encode(raw)
    answer = await intake.web.post(f"/clients/{CLIENT}/files", files={"file": ("lasku", content)}, data=fields)
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()["files"]
    return told


async def test_a_finvoice_becomes_an_accepted_case_with_a_number_and_a_reference(running: Intake) -> None:
    [told] = await hand_in(running, LUMIKOIRA)
    assert (told["result"], told["format"], told["defects"]) == ("accepted", "finvoice", [])
    assert (told["read"]["total"], told["read"]["due"], told["read"]["reference"]) == ("426.70", "2025-12-15", "51075")
    events = await running.events(told["case"])
    assert [type(event).__name__ for event in events] == [
        "CaseReceived", "ClaimAdded", "CreditCheckAsked", "CreditCheckCompleted", "CaseAccepted",
    ]  # fmt: skip
    result = (await running.web.get(f"/cases/{told['case']}/result")).json()
    assert result["number"].startswith("1")
    assert result["reference"][:-1] == result["number"]


async def test_the_same_invoice_as_json_meets_itself(running: Intake) -> None:
    [first] = await hand_in(running, LUMIKOIRA)
    [again] = await hand_in(running, AS_JSON)
    assert (again["result"], again["case"], again["defects"][0]["code"]) == ("refused", first["case"], "duplicate")
