"""The timelines shown in docs: `python -m tests.whole.shipped` plays a demo and takes their pictures again."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, ViewportSize

from deploy.demo.person import Person
from deploy.demo.play import run_demo
from deploy.demo.reach import Sovinto
from deploy.demo.stage import Stage
from tests.gateway.test_browser import a_browser, log_in

FOLDER = Path(__file__).parents[2] / "docs"
DESK: ViewportSize = {"width": 1280, "height": 900}
SHOWN = {"fi": "kaamos", "nb": "fjord"}  # In each language the client whose case is shown.
CASES, DAYS, SEED = 40, 150, 1
TOLD = ("PlanStarted", "CallMade", "ContactDecided", "PaymentAllocated", "CaseClosed")
ENTRIES_MAX = 22  # A page somebody looks at to the end.


async def photograph(stage: Stage, _people: list[Person]) -> None:
    """One picture a language, of a case in which much happened and which ended as paid."""
    sovinto = Sovinto(stage.url, stage.key)
    try:
        async with a_browser() as browser:
            for language, client in SHOWN.items():
                key = (await sovinto.post("/keys", {"client": client}))["key"]
                sovinto.keys[client] = key
                case = await telling(sovinto, client)
                page = await browser.new_page(viewport=DESK, locale=language)
                await log_in(page, stage.url, key)
                await take(
                    page, f"{stage.url}/language/{language}?to=/cases/{case}", FOLDER / f"timeline-{language}.png"
                )
    finally:
        await sovinto.close()


async def telling(sovinto: Sovinto, client: str) -> str:
    """The paid case of a client in which the most kinds of things happened, of those that fit on a page."""
    listed: list[dict[str, Any]] = (await sovinto.get("/cases", of=client, stage="closed"))["cases"]
    rated: list[tuple[int, int, str]] = []
    for each in listed:
        entries = (await sovinto.get(f"/cases/{each['case_id']}/timeline", of=client))["entries"]
        types = {one["type"] for one in await sovinto.get(f"/cases/{each['case_id']}/events")}
        if each["because"] == "paid" and len(entries) <= ENTRIES_MAX:
            rated.append((len(types & set(TOLD)), len(entries), each["case_id"]))
    return max(rated)[2]


async def take(page: Page, address: str, where: Path) -> None:
    """The whole page as a picture."""
    await page.goto(address)
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=str(where), full_page=True)


if __name__ == "__main__":
    summary = run_demo(CASES, DAYS, SEED, look=photograph)
    print(f"{summary.cases} cases, {summary.events} events; the pictures are in {FOLDER}")
