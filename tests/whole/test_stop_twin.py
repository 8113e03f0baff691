"""Stop, with a twin: the same case twice, one stopped in a browser a minute before its next step."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Page, async_playwright, expect

from shared.calendar import local_date
from tests.whole.platform import Json, Whole, named_in

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@asynccontextmanager
async def a_page() -> AsyncIterator[Page]:
    """A page of a real browser; without one these tests are not run."""
    found = os.environ.get("SOVINTO_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("not run: no Chromium found")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=flags)
        yield await browser.new_page(locale="en-GB")
        await browser.close()


async def letters_to(whole: Whole, debtor: Json) -> list[Json]:
    """What the print house took for this person."""
    return [each for each in await whole.kept("letters") if debtor["name"] in each["address"]]


async def test_the_stopped_twin_hears_nothing_and_the_other_gets_its_letter(whole: Whole) -> None:
    async with a_page() as page:
        # Given the same invoice to two people, and their cases planned alike.
        client = await whole.client("twins", "kaamos")
        today = await whole.today()
        debtors = [whole.debtor("FI"), whole.debtor("FI")]
        invoices = [await whole.invoice(debtor, "130.00", today - 20 * DAY) for debtor in debtors]
        stopped, twin = [await whole.accepted(client, invoice) for invoice in invoices]
        await whole.eventually(lambda: whole.told(stopped, "StepPlanned"))
        await whole.eventually(lambda: whole.told(twin, "StepPlanned"))
        steps = [(await whole.told(case, "StepPlanned"))[-1] for case in (stopped, twin)]
        assert [step["step"] for step in steps] == ["reminder", "reminder"]
        assert steps[0]["at"] == steps[1]["at"]
        step_at = datetime.fromisoformat(steps[0]["at"].replace("Z", "+00:00"))

        # When the client stops one of them in its browser, a minute before the step.
        await whole.live_until(step_at - MINUTE)
        assert not await whole.messages(stopped)
        await page.goto(whole.platform.portal)
        await page.locator("#key").fill(whole.sovinto.keys[client])
        await page.locator("main button").click()
        await page.wait_for_load_state()
        await page.goto(f"{whole.platform.portal}/language/en?to=/cases/{stopped}")
        await page.get_by_role("link", name="Stop collection").click()
        await page.get_by_label("Why?").fill("we know them")
        await page.get_by_role("button", name="Stop for good").click()
        await expect(page.get_by_role("status")).to_have_text("Collection is stopped. Nothing more leaves.")

        # Then the twin's letter reaches the print house, and for the stopped one nothing ever does.
        await whole.live_until_told(twin, "HandedOver", local_date("FI", step_at) + 5 * DAY)
        await whole.live_through(await whole.today() + 5 * DAY)
        assert len(await letters_to(whole, debtors[1])) == 1
        assert await letters_to(whole, debtors[0]) == []
        assert not {"ContactDecided", "HandOverStarted"} & set(await whole.types(stopped))

        # And its timeline says why.
        assert named_in(await whole.timeline(stopped, of=client), "stop", "we know them")
        await whole.sovinto.post(f"/cases/{twin}/stop", of=client)
