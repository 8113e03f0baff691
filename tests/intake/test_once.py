"""Each invoice of a file has a cause of its own: none is lost beside another, none is taken twice."""

from uuid import UUID

import msgspec

from shared.events.intake import ClaimAdded
from tests.intake.conftest import Intake
from tests.intake.facts import CLIENT
from tests.intake.test_service import NORWEGIAN


async def test_two_items_of_one_import_onto_one_case_are_both_kept(running: Intake) -> None:
    batch = msgspec.json.encode([{**NORWEGIAN, "number": str(number)} for number in range(88, 96)])
    key = {"Idempotency-Key": "the same import"}
    answers = [
        await running.web.post(f"/clients/{CLIENT}/files", files={"file": ("lasku", batch)}, headers=key)
        for _again in range(2)
    ]
    told = [answer.json()["files"] for answer in answers]
    assert told[0] == told[1]
    [case] = {each["case"] for each in told[0]}
    added = [one for one in await running.store.stream(UUID(case)) if isinstance(one.event, ClaimAdded)]
    assert sorted(one.event.number for one in added if isinstance(one.event, ClaimAdded)) == [
        str(number) for number in range(88, 96)
    ]
    assert len({one.cause for one in added}) == 8
    assert {one.handler for one in added} == {"intake.receive_claim"}
