"""Story 4, three kinds of people who have not paid: who forgot, who cannot, who will not."""

from datetime import date, datetime, timedelta

from tests.whole.platform import Whole, fact

DAY = timedelta(days=1)


async def test_the_first_message_is_kind_to_all_and_only_history_changes_the_tone(whole: Whole) -> None:
    # Given the same invoice to three people, due yesterday.
    client = await whole.client("story-4", "kaamos")
    today = await whole.today()
    debtors = [whole.debtor("FI") for _ in range(3)]
    invoices = [await whole.invoice(debtor, "240.00", today - DAY) for debtor in debtors]
    told = await whole.hand_in(client, *invoices)
    assert [one["result"] for one in told] == ["accepted"] * 3
    forgot, cannot, will_not = cases = [one["case"] for one in told]

    # When the first message leaves, it is the same for all: friendly, warm, and without cost.
    await whole.live_until_told(will_not, "HandedOver", today + 10 * DAY)
    first = [(await whole.messages(case))[0] for case in cases]
    assert {(one["kind"], fact(one, "tone"), fact(one, "payer_group")) for one in first} == {
        ("friendly", "warm", "forgot")
    }
    assert [one["charge"] for one in first] == [None] * 3

    # When the one who forgot pays the client, the case ends with no cost to anybody.
    [claim] = (await whole.case(forgot))["claims"]
    paid = {
        "claim_id": claim["claim_id"],
        "amount_minor": 240_00,
        "currency": "EUR",
        "paid_on": str(await whole.today()),
    }
    await whole.sovinto.post(f"/cases/{forgot}/direct-payments", paid, of=client)
    await whole.eventually(lambda: whole.told(forgot, "CaseClosed"))
    assert all(one["charge"] is None for one in await whole.messages(forgot))

    # When the one who has no money says so, the words stay warm; the one who stays silent is not scolded either.
    demand = await whole.live_until_told(cannot, "ContactDecided", today + 60 * DAY, kind="demand")
    assert fact(demand, "tone") == "warm"
    call = await whole.live_until_told(cannot, "CallTaskCreated", today + 90 * DAY)
    await whole.live_until(datetime.fromisoformat(call["call_from"]) + timedelta(minutes=30))
    said = {"outcome": "cannot_pay", "summary": "Lomautettu, maksaa kun pystyy."}
    await whole.sovinto.post(f"/cases/{cannot}/calls/{call['task_id']}", said)

    # When the client then stops that case in the middle, nothing more leaves on it, whatever the strategy had planned.
    answer = await whole.sovinto.post(f"/cases/{cannot}/stop", {"because": "asiakassuhde"}, of=client)
    before = await whole.messages(cannot)
    assert {one["kind"] for one in answer["consequences"]["gone_already"]} >= {"demand"}

    # Then only the one who left a demand unanswered is spoken to plainly, and at the end the client is asked.
    second = await whole.live_until_told(will_not, "ContactDecided", today + 120 * DAY, kind="second_demand")
    assert fact(second, "tone") == "plain"
    assert fact(second, "payer_group") == "will_not"
    assert all(fact(one, "tone") == "warm" for one in (await whole.messages(will_not))[:-1])
    asked = await whole.live_until_told(will_not, "LegalDecisionAsked", today + 150 * DAY)
    assert date.fromisoformat(asked["answer_by"]) > await whole.today()
    assert [one["contact_id"] for one in await whole.messages(cannot)] == [one["contact_id"] for one in before]

    # And court is the client's own decision: the case goes back to it with that reason, never by itself.
    assert not await whole.told(will_not, "LegalDecisionGiven")
    await whole.sovinto.post(f"/approvals/{asked['question_id']}", {"answer": "court"}, of=client)
    await whole.eventually(lambda: whole.told(will_not, "CaseClosed"))
    assert (await whole.case(will_not))["because"] == "returned_to_client_for_court"
