"""Story 8, a refusal: a consumer's invoice reaches an agency that works with businesses only."""

from datetime import timedelta

from deploy.demo import agency
from tests.whole.platform import Whole

DAY = timedelta(days=1)


async def test_a_consumer_claim_is_refused_by_policy_with_its_date_and_a_way_to_help_oneself(whole: Whole) -> None:
    # Given an agency that takes claims against businesses only, from a day on, and a client without another agreement.
    today = await whole.today()
    since = today - 30 * DAY
    await whole.sovinto.put("/agency", {**agency.AGENCY, "businesses_only_from": str(since)})
    try:
        client = await whole.client("story-8", "kaamos", consumers_by_agreement=False)
        by_agreement = await whole.client("story-8-agreed", "kaamos", consumers_by_agreement=True)
        consumer, business = whole.debtor("FI"), whole.debtor("FI", business=True)

        # When a consumer's invoice is handed in, it is read and refused, with the policy's day and the guide.
        [told] = await whole.hand_in(client, await whole.invoice(consumer, "75.00", today - 10 * DAY))
        assert (told["result"], told["read"]["total"]) == ("rejected", "75.00")
        [why] = told["defects"]
        assert why["code"] == "businesses_only"
        assert str(since) in why["what"]
        assert "Self-help guide" in why["what"]
        [rejected] = await whole.told(told["case"], "CaseRejected")
        assert rejected["reason"] == "businesses_only"

        # Then nobody asked a registry about the person, and nothing is ever said to them.
        await whole.live_through(today + 20 * DAY)
        assert not {"CreditCheckAsked", "ContactDecided"} & set(await whole.types(told["case"]))

        # And a business is taken, and a consumer of a client with whom it was agreed.
        [taken] = await whole.hand_in(client, await whole.invoice(business, "75.00", today - 10 * DAY))
        [agreed] = await whole.hand_in(by_agreement, await whole.invoice(whole.debtor("FI"), "75.00", today - 10 * DAY))
        assert [taken["result"], agreed["result"]] == ["accepted", "accepted"]
        for case in (taken["case"], agreed["case"]):
            await whole.sovinto.post(f"/cases/{case}/stop")
    finally:
        await whole.sovinto.put("/agency", agency.AGENCY)


async def test_a_claim_received_before_the_policy_began_is_not_refused_by_it(whole: Whole) -> None:
    today = await whole.today()
    await whole.sovinto.put("/agency", {**agency.AGENCY, "businesses_only_from": str(today + DAY)})
    try:
        client = await whole.client("story-8-before", "kaamos", consumers_by_agreement=False)
        case = await whole.accepted(client, await whole.invoice(whole.debtor("FI"), "75.00", today - 10 * DAY))
        await whole.sovinto.post(f"/cases/{case}/stop", of=client)
    finally:
        await whole.sovinto.put("/agency", agency.AGENCY)
