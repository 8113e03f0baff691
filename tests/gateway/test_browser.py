"""The portal in a real browser: log in, find a case, read its story, open a letter, stop it; on desk and phone."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright, expect

from shared.events import Sealed, contact, gateway, settlement
from shared.events.reasons import Reason
from tests.gateway.conftest import KEYS, Platform
from tests.gateway.life import ANNA, CASE, CLIENT, PARTY, at, euro, told

PHONE: ViewportSize = {"width": 375, "height": 800}
DESK: ViewportSize = {"width": 1280, "height": 900}
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


def chromium() -> str:
    """Where a Chromium is; without one these tests are not run."""
    found = os.environ.get("SOVINTO_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("not run: no Chromium found")
    return found


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    where = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=where, args=flags)
        yield browser
        await browser.close()


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[str]:
    """The gateway on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(platform.app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn tells it no other way)
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


async def log_in(page: Page, address: str, key: str) -> None:
    await page.goto(address)
    await page.locator("#key").fill(key)
    await page.locator("main button").click()
    await page.wait_for_load_state()


async def keep_picture(page: Page, name: str) -> None:
    """A screenshot, where SOVINTO_PICTURES names a folder for them."""
    folder = os.environ.get("SOVINTO_PICTURES")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


async def test_a_client_logs_in_finds_a_case_reads_its_story_opens_a_letter_and_stops_it(lived: Platform) -> None:
    letter = await lived.made.documents.keep(PDF, "application/pdf", [PARTY])
    asked = contact.ContactDecided(
        uuid4(),
        "debtor",
        "demand",
        "demand",
        "letter",
        "fi",
        letter,
        euro(100_00),
        date(2025, 5, 1),
        None,
        Reason("demand"),
    )
    reopened = settlement.CaseReopened("payment_reversed")
    await lived.live(
        [told(at(4, 7), CASE, "service:settlement", reopened), told(at(4, 7), CASE, "service:contact", asked)]
    )
    async with served(lived) as address, a_browser() as browser:
        for name, size in (("desk", DESK), ("phone", PHONE)):
            page = await browser.new_page(viewport=size, locale="en-GB")
            wrong: list[ConsoleMessage] = []
            page.on("console", partial(list.append, wrong))
            await log_in(page, address, KEYS[CLIENT])
            await page.goto(f"{address}/language/en?to=/cases")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Cases")
            await keep_picture(page, f"cases-{name}")
            assert await fits(page)
            await page.get_by_role("link", name="Aino Esimerkki").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Aino Esimerkki")
            await expect(page.get_by_text("We talked with your customer, who would like to pay")).to_be_visible()
            await keep_picture(page, f"case-{name}")
            assert await fits(page)
            opened = await page.context.request.get(f"{address}/cases/{CASE}/documents/{letter}")
            assert await opened.body() == PDF
            assert await page.locator(f'a[href$="{letter}"]').get_attribute("target") == "_blank"
            assert [each.text for each in wrong if each.type == "error"] == []
        await page.get_by_role("link", name="Stop collection").click()
        await expect(page.get_by_text("Taken back before it leaves: payment demand, by letter.")).to_be_visible()
        await keep_picture(page, "stop-phone")
        await page.get_by_label("Why?").fill("we know them")
        await page.get_by_role("button", name="Stop for good").click()
        await expect(page.get_by_role("status")).to_have_text("Collection is stopped. Nothing more leaves.")
    assert (await lived.made.store.stream(CASE))[-1].event == gateway.CollectionStopped(
        Sealed((PARTY,), "we know them")
    )


async def test_typing_in_the_search_narrows_the_list_and_without_script_the_button_does(lived: Platform) -> None:
    async with served(lived) as address, a_browser() as browser:
        page = await browser.new_page(locale="en-GB")
        await log_in(page, address, KEYS[CLIENT])
        await page.goto(f"{address}/cases?stage=all")
        await page.get_by_role("searchbox").press_sequentially("nobody")
        await expect(page.get_by_role("link", name="Aino Esimerkki")).to_have_count(0)
        plain = await browser.new_context(java_script_enabled=False)
        page = await plain.new_page()
        await log_in(page, address, KEYS[CLIENT])
        await page.get_by_role("searchbox").fill("esimerkki")
        await page.locator(".search button").click()
        await expect(page.get_by_role("link", name="Aino Esimerkki")).to_be_visible()


async def test_everything_to_press_is_large_enough_named_and_reached_by_keyboard(lived: Platform) -> None:
    async with served(lived) as address, a_browser() as browser:
        page = await browser.new_page(viewport=PHONE, locale="en-GB")
        await log_in(page, address, KEYS[ANNA])
        for path in (
            "/login",
            "/cases?stage=all",
            f"/cases/{CASE}",
            f"/cases/{CASE}/stop",
            "/calls",
            "/payments",
            "/reference",
        ):
            await page.goto(address + path)
            small = await page.evaluate(TOO_SMALL)
            assert small == [], path
            assert await page.evaluate(UNNAMED) == [], path
            assert await page.evaluate("document.querySelectorAll('h1').length") == 1, path
            assert await fits(page), path
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.getAttribute('href')") == "#content", path


async def fits(page: Page) -> bool:
    """Nothing has to be scrolled sideways."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


# Buttons, fields and links that stand alone are at least 44 px high; a link inside a sentence need not be.
TOO_SMALL = """() => [...document.querySelectorAll('button, select, textarea, input:not([type=hidden], [type=radio]),'
    + 'nav a, .button, summary, .paper, .tel, .back a')].filter(e => e.getBoundingClientRect().height > 0
    && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 80))"""
UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
    .filter(e => !e.labels.length).map(e => e.outerHTML.slice(0, 80))"""


async def test_who_programs_reads_the_reference_at_a_desk_and_on_a_phone(lived: Platform) -> None:
    async with served(lived) as address, a_browser() as browser:
        for name, size in (("desk", DESK), ("phone", PHONE)):
            page = await browser.new_page(viewport=size, locale="en-GB")
            wrong: list[ConsoleMessage] = []
            page.on("console", partial(list.append, wrong))
            await log_in(page, address, KEYS[ANNA])
            await page.get_by_role("link", name="For programmers: the API").click()
            await page.get_by_text("Put a plan to the debtor").click()
            await expect(page.get_by_role("rowheader", name="first_due required").first).to_be_visible()
            await keep_picture(page, f"reference-{name}")
            assert await fits(page)
            await page.get_by_role("link", name="What is said on Kafka").click()
            await page.get_by_text("give_legal_decision").first.click()
            await expect(page.get_by_role("rowheader", name="question_id required").first).to_be_visible()
            await keep_picture(page, f"kafka-{name}")
            assert await fits(page)
            assert [each.text for each in wrong if each.type == "error"] == []
