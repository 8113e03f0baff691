"""Story 1, an ordinary case: handed in unfinished, asked for by letter and by telephone, paid by a plan, paid on."""

from datetime import date, datetime, time, timedelta

from lxml import etree

from shared.calendar import add_bank_days, at_local, is_bank_day
from tests.whole.platform import Whole, local_day, named_in

DAY = timedelta(days=1)
PAYDAY = 15


async def test_an_ordinary_case_from_a_defect_to_the_money_paid_on(whole: Whole) -> None:
    # Given a client whose invoice to a business names no business id.
    client = await whole.client("story-1", "kaamos", mandate={"instalments_max": 2})
    today = await whole.today()
    debtor = whole.debtor("FI", business=True)
    invoice = await whole.invoice({**debtor, "identifier": None}, "600.00", today - 3 * DAY)

    # When it is handed in, the client is told what is missing and nothing is asked of the debtor.
    [told] = await whole.hand_in(client, invoice)
    assert told["result"] == "needs_info"
    assert [defect["where"] for defect in told["defects"]] == ["debtor.identifier"]
    case = told["case"]
    assert "CreditCheckAsked" not in await whole.types(case)

    # When the client completes it, the debtor's credit is checked, and then the case is taken.
    await whole.sovinto.post(f"/cases/{case}/information", {"debtor": {"identifier": debtor["identifier"]}}, of=client)
    await whole.eventually(lambda: whole.told(case, "CaseAccepted"))
    order = await whole.types(case)
    assert order.index("DefectsFound") < order.index("CreditCheckCompleted") < order.index("CaseAccepted")
    assert (await whole.case(case))["handler"]["name"]

    # Then the debtor is reminded, and a demand is made, printed and posted.
    demand = await whole.live_until_told(case, "ContactDecided", today + 60 * DAY, kind="demand")
    [reminder] = await whole.told(case, "ContactDecided", kind="reminder")
    assert demand["channel"] == "letter"
    assert local_day(demand["at"], "FI") > local_day(reminder["at"], "FI")
    await whole.print_and_post(case)
    assert "Posted" in await whole.types(case)

    # Then somebody is to call before the demand expires: four working days before.
    call = await whole.live_until_told(case, "CallTaskCreated", today + 90 * DAY)
    pay_by = date.fromisoformat(demand["pay_by"])
    assert datetime.fromisoformat(call["call_by"]) < at_local("FI", pay_by + DAY, time(0))
    assert add_bank_days("FI", local_day(call["call_from"], "FI"), 4) <= pay_by

    # When the debtor asks for a plan on the telephone, the facts of the claim follow by e-mail the same day.
    await whole.live_through(local_day(call["call_from"], "FI") - DAY)
    await whole.live_until(datetime.fromisoformat(call["call_from"]) + timedelta(hours=1))
    said = {"outcome": "wants_plan", "summary": "Pyytää maksuaikaa kolmessa erässä."}
    await whole.sovinto.post(f"/cases/{case}/calls/{call['task_id']}", said)
    await whole.sovinto.rest()
    [facts] = await whole.told(case, "ContactDecided", kind="facts")
    assert facts["channel"] == "email"
    assert local_day(facts["at"], "FI") == local_day(call["call_from"], "FI")
    mails = [mail for mail in await whole.kept("email") if debtor["email"] in mail["to"]]
    assert mails, "the e-mail reached the mail server"

    # Then what plans cost is shown before one is chosen, and the client is asked about one outside its mandate.
    options = await whole.sovinto.get(f"/cases/{case}/plan/options", payday=PAYDAY)
    three = next(option for option in options if option["instalments"] == 3)
    owed = (await whole.case(case))["balance"]["total_minor"]
    assert three["needs_approval"]
    assert three["total_minor"] >= owed + three["cost_minor"]
    chosen = {"instalments": 3, "first_due": three["payments"][0]["due"]}
    await whole.sovinto.post(f"/cases/{case}/plan", chosen)
    assert (await whole.types(case))[-2:] == ["PlanProposed", "PlanApprovalAsked"]
    [question] = [
        one for one in (await whole.sovinto.get("/approvals", of=client))["questions"] if one["case_id"] == case
    ]

    # When the client approves, the plan starts; each instalment falls on a bank day right after payday.
    await whole.sovinto.post(f"/approvals/{question['question_id']}", {"answer": "approve"}, of=client)
    [plan] = await whole.told(case, "PlanStarted")
    dues = [date.fromisoformat(one["due"]) for one in plan["instalments"]]
    assert all(is_bank_day("FI", due) for due in dues)
    assert all(PAYDAY < due.day <= PAYDAY + 5 for due in dues)
    assert sum(one["amount"]["minor"] for one in plan["instalments"]) == three["total_minor"]

    # When each instalment is paid on its day, the plan is kept and the case ends as paid.
    for number, one in enumerate(plan["instalments"], start=1):
        due = date.fromisoformat(one["due"])
        await whole.live_through(due - DAY)
        await whole.pay(case, one["amount"]["minor"], due)
        await whole.live_through(add_bank_days("FI", due, 1))  # Its file comes the next bank morning.
        assert [paid["number"] for paid in await whole.told(case, "InstalmentPaid")] == list(range(1, number + 1))
    assert "InstalmentMissed" not in await whole.types(case)
    assert "PlanCompleted" in await whole.types(case)
    assert (await whole.case(case))["because"] == "paid"

    # Then the client's part is paid on, to the cent of the file the bank is given, and each line says what was kept.
    await whole.live_through(await whole.today() + 8 * DAY)
    shares = await whole.told(case, "ShareSetAside")
    net = sum(share["net"]["minor"] for share in shares)
    received = sum(part["amount"]["minor"] for share in shares for part in share["received"])
    taken = sum(share[name]["minor"] for share in shares for name in ("kept", "commission", "vat"))
    assert received == three["total_minor"]
    assert net == received - taken
    assert net in [round_up(amount) for amount in await _paid_out(whole)] or len(shares) > 1
    assert (await whole.sovinto.get("/check"))["balanced"]

    # And the client reads all of it as one story.
    story = await whole.timeline(case, of=client)
    for words in (["plan"], ["remind"], ["demand"], ["e-mail"], ["EUR"]):
        assert named_in(story, *words), words


def round_up(amount: str) -> int:
    """A bank's amount in cents."""
    whole_part, _, cents = amount.partition(".")
    return int(whole_part) * 100 + int(cents.ljust(2, "0"))


async def _paid_out(whole: Whole) -> list[str]:
    found = []
    for payout in await whole.sovinto.get("/payouts", after=0):
        order = (await whole.sovinto.ask("GET", f"/payouts/{payout['document']}")).content
        found += [each.text or "" for each in etree.fromstring(order).iter("{*}InstdAmt")]
    return found
