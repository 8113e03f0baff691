"""Story 5, a case handed over with the client's own reminder: its dates are checked, and the customer is kept."""

from datetime import timedelta

from tests.whole.platform import Whole, local_day

DAY = timedelta(days=1)


async def test_a_case_goes_on_from_the_clients_own_lawful_reminder_and_ends_well(whole: Whole) -> None:
    # Given an invoice the client reminded of itself, with proof, three weeks after it was due.
    client = await whole.client("story-5", "kaamos")
    today = await whole.today()
    due, reminded = today - 25 * DAY, today - 4 * DAY
    invoice = await whole.invoice(whole.debtor("FI"), "180.00", due)
    step = {
        "kind": "reminder", "sent": str(reminded), "channel": "letter", "cost": "5.00",
        "pay_by": str(reminded + 14 * DAY), "proof": "maksumuistutus.pdf",
    }  # fmt: skip

    # When it is handed over, the reminder is found lawful and its cost is kept.
    case = await whole.accepted(client, invoice, earlier=[step])
    [told] = await whole.told(case, "EarlierStepTold")
    assert told["step"]["lawful"]
    assert told["step"]["collectable"] == {"minor": 5_00, "currency": "EUR"}

    # Then nobody is reminded twice: a demand follows, no earlier than fifteen days after the client's reminder.
    demand = await whole.live_until_told(case, "ContactDecided", today + 60 * DAY, kind="demand")
    assert [one["kind"] for one in await whole.messages(case)] == ["demand"]
    assert local_day(demand["at"], "FI") >= reminded + 15 * DAY

    # When the letter has come and is paid in time, the case ends as paid; nobody was threatened with a court or a mark.
    await whole.print_and_post(case)
    await whole.pay(case, demand["total"]["minor"])
    await whole.live_until_told(case, "CaseClosed", today + 90 * DAY)
    assert (await whole.case(case))["because"] == "paid"
    assert (await whole.case(case))["balance"]["total_minor"] == 0
    assert not {"LegalDecisionAsked", "DisputeOpened"} & set(await whole.types(case))

    # And the customer is thanked, at no cost.
    thanks = await whole.told(case, "ContactDecided", kind="thanks", to="debtor")
    assert [each["charge"] for each in thanks] == [None], await whole.events(case)


async def test_a_reminder_sent_too_early_is_not_paid_for_and_the_law_is_named(whole: Whole) -> None:
    client = await whole.client("story-5-early", "kaamos")
    today = await whole.today()
    due = today - 20 * DAY
    invoice = await whole.invoice(whole.debtor("FI"), "90.00", due)
    step = {"kind": "reminder", "sent": str(due + 5 * DAY), "channel": "letter", "cost": "5.00",
            "pay_by": str(due + 19 * DAY), "proof": "liian-aikaisin.pdf"}  # fmt: skip
    [told] = await whole.hand_in(client, invoice, earlier=[step])
    assert told["result"] == "accepted"
    assert "earlier_step_unlawful" in [defect["code"] for defect in told["defects"]]
    [kept] = await whole.told(told["case"], "EarlierStepTold")
    assert kept["step"]["collectable"]["minor"] == 0
    assert "513/1999" in kept["step"]["section"]
    assert (await whole.case(told["case"]))["balance"]["claims"][0]["reminder_cost"] == 0
    await whole.sovinto.post(f"/cases/{told['case']}/stop", of=client)
