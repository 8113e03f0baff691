"""Story 6, an objection: the demand is printed and not posted yet; everything stops until the two sides are heard."""

from datetime import date, datetime, timedelta

from tests.whole.platform import Whole, named_in

DAY = timedelta(days=1)


async def test_an_objection_stops_everything_until_it_is_resolved_and_the_rest_is_paid(whole: Whole) -> None:
    # Given a case whose demand lies printed at the print house and is not posted.
    client = await whole.client("story-6", "kaamos")
    today = await whole.today()
    case = await whole.accepted(client, await whole.invoice(whole.debtor("FI"), "300.00", today - 20 * DAY))
    demand = await whole.live_until_told(case, "ContactDecided", today + 60 * DAY, kind="demand")
    letters = {one["key"].partition("|")[0]: one["job"] for one in await whole.kept("letters")}
    assert letters[demand["contact_id"]] in await whole.outside.print_letters()

    # When the debtor objects, everything stops, and the letter that has gone is named.
    [claim] = (await whole.case(case))["claims"]
    objection = {"claim_id": claim["claim_id"], "text": "Tuotteesta puuttui osa."}
    await whole.sovinto.post(f"/cases/{case}/disputes", objection)
    [dispute] = await whole.told(case, "DisputeOpened")
    blocked = (await whole.case(case))["blocked_by"]
    assert [one["condition"] for one in blocked] == ["disputed"]
    consequences = await whole.sovinto.get(f"/cases/{case}/stop")
    assert [one["kind"] for one in consequences["gone_already"]][-1] == "demand"

    # Then a fact about it is still recorded, for it had left before.
    await whole.sovinto.post(f"/contacts/{demand['contact_id']}/posted", {"case_id": case})
    order = await whole.types(case)
    assert order.index("DisputeOpened") < order.index("Posted")

    # And weeks later the debtor has heard nothing, while the client is asked for its side.
    before = await whole.messages(case)
    await whole.live_through(await whole.today() + 30 * DAY)
    assert await whole.messages(case) == before
    assert [one["kind"] for one in await whole.messages(case, to="client")]
    assert not await whole.told(case, "CallTaskCreated") or await whole.told(case, "CallTaskWithdrawn")

    # When the client gives its evidence and the claim is adjusted, the debtor gets a new due date.
    path = f"/cases/{case}/disputes/{dispute['dispute_id']}"
    await whole.sovinto.post(f"{path}/evidence", {"text": "Osa jäi toimittamatta."}, of=client)
    new_due = await whole.today() + 14 * DAY
    ended = {"outcome": "adjusted", "claim_id": claim["claim_id"], "lowered_by_minor": 100_00, "new_due": str(new_due)}
    await whole.sovinto.post(f"{path}/resolution", ended)
    seen = await whole.case(case)
    assert seen["claims"][0]["open_principal"]["minor"] == 200_00
    assert "disputed" not in [one["condition"] for one in seen["blocked_by"]]

    # Then nothing leaves before that day has passed, and what is left is paid in time and ends the case.
    await whole.live_through(new_due - 2 * DAY)
    assert await whole.messages(case) == before
    await whole.pay(case, (await whole.case(case))["balance"]["total_minor"])
    await whole.live_until_told(case, "CaseClosed", new_due + 20 * DAY)
    asked = [date.fromisoformat(one["pay_by"]) for one in await whole.messages(case) if one["pay_by"]]
    assert max(asked) < new_due, "nobody was asked for money after the objection"
    assert datetime.fromisoformat(dispute["at"]) < datetime.fromisoformat(
        (await whole.told(case, "CaseClosed"))[0]["at"]
    )
    story = await whole.timeline(case, of=client)
    assert named_in(story, "disputes the claim")
