"""The portal in a real browser: log in, find a case, read its story, open a letter, stop it; on a desk and on a phone."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from shared.events import contact
from tests.gateway.conftest import KEYS, Platform
from tests.gateway.life import CASE, CLIENT, LIFE, SET_UP, at, until

PHONE, DESK = {"width": 375, "height": 800}, {"width": 1280, "height": 900}
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
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
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
