"""Every page in Finnish and Norwegian, at every moment of whole lives: nobody meets English who did not choose it."""

from collections.abc import Sequence
from uuid import uuid4

import httpx2
import pytest

from services.gateway.words import Language, words
from shared.casefile import Stage
from shared.events import Event, Sealed, contact, gateway, intake, settlement
from shared.events.settlement import Payer
from tests.gateway.codes import of_type, passed, refusals
from tests.gateway.conftest import OPERATOR_KEY, Platform
from tests.gateway.leftovers import Page, english_in
from tests.gateway.life import CALL, CASE, CLAIM, LIFE, PARTY, RUGGED, SET_UP, Told, at, euro, told
from tests.gateway.test_pages import form_token, log_in

SPOKEN: tuple[Language, ...] = ("fi", "nb")
NEVER_REACHED = {"legal"}  # No event leads to it: court is the client's own way.
TAKEN_BACK = (
    *RUGGED[:1],
    told(at(2, 4), CASE, "service:intake", intake.CaseRejected("client_silent", "no answer by 2025-02-03", "Again.")),
)
DISPUTE = uuid4()
BESIDES = (
    told(at(4, 1), CASE, "service:contact",
         contact.DisputeOpened(DISPUTE, CLAIM, Sealed((PARTY,), "Rikki."), at(4, 20).date())),
    told(at(4, 2), PARTY, "staff:operator", gateway.ContactSuspended("deceased", "513/1999 4 §")),
    told(at(4, 3), CASE, "service:contact", contact.LegalDecisionAsked(uuid4(), at(4, 20).date())),
)  # fmt: skip


async def read(browser: httpx2.AsyncClient, path: str, status: int = 200) -> dict[str, set[str]]:
    """The English on a page, by language and page; nothing where there is none."""
    found = {}
    for language in SPOKEN:
        await browser.get(f"/language/{language}")
        answer = await browser.get(path)
        assert answer.status_code == status, path
        page = Page(answer.text)
        assert len(page.text) > 100, path
        found[f"{language} {path}"] = english_in(page.text, language)
    return {where: english for where, english in found.items() if english}


async def stage_of(platform: Platform) -> str:
    stage: str = await platform.made.pool.fetchval("select stage from cases where case_id = $1", CASE)
    return stage


@pytest.mark.parametrize(
    ("life", "stages"),
    [
        (LIFE, {"received", "checking", "accepted", "reminding", "demanding", "negotiating", "on_plan", "closed"}),
        (RUGGED, {"needs_info", "checking", "accepted", "reminding", "demanding", "negotiating", "on_plan",
                  "legal_proposed", "surveillance", "closed"}),
        (TAKEN_BACK, {"needs_info", "rejected"}),
    ],
)  # fmt: skip
async def test_at_every_moment_of_a_life_its_pages_are_read_without_english(
    platform: Platform, life: Sequence[Told], stages: set[str]
) -> None:
    await platform.live(SET_UP)
    seen: set[str] = set()
    english: dict[str, set[str]] = {}
    async with platform.browser() as browser:
        await log_in(browser, OPERATOR_KEY)
        for each in life:
            await platform.live([each])
            seen.add(await stage_of(platform))
            english |= await read(browser, f"/cases/{CASE}")
            asked = await platform.made.pool.fetch("select question_id from questions where case_id = $1", CASE)
            for row in asked:
                english |= await read(browser, f"/cases/{CASE}/questions/{row['question_id']}")
        english |= await read(browser, "/cases?stage=all")
    assert english == {}
    assert seen == stages


def test_every_stage_is_among_these_moments() -> None:
    seen = {"received", "checking", "accepted", "reminding", "demanding", "negotiating", "on_plan", "closed"}
    assert seen | {"needs_info", "legal_proposed", "surveillance", "rejected"} | NEVER_REACHED == of_type(Stage)


async def test_questions_calls_and_disputes_are_read_without_english(platform: Platform) -> None:
    english: dict[str, set[str]] = {}
    async with platform.browser() as browser:
        await platform.live([*SET_UP, *(each for each in LIFE if each.when <= at(2, 13, 8))])
        await log_in(browser, OPERATOR_KEY)
        for path in ("/calls", f"/calls/{CALL}", f"/cases/{CASE}/stop", f"/cases/{CASE}/pause"):
            english |= await read(browser, path)
        await platform.live(BESIDES)
        for path in ("/approvals", "/disputes", f"/cases/{CASE}", f"/cases/{CASE}/disputes/{DISPUTE}",
                     f"/cases/{CASE}/questions/{DISPUTE}", "/cases"):  # fmt: skip
            english |= await read(browser, path)
        english |= await read(browser, "/nothing", 404)
        for done in ("stopped", "paused", "resumed", "answered", "called", "assigned", "refunded", "next_day"):
            english |= await read(browser, f"/cases?done={done}")
    assert english == {}


async def test_payments_that_wait_say_why_without_english(platform: Platform) -> None:
    await platform.live(SET_UP)
    codes = sorted(passed("PaymentHeld", "because") | passed("PaymentHeld", "proposed"))
    for number, code in enumerate(codes):
        day = at(3, 3).date()
        payer = Sealed((PARTY,), Payer("Aino Esimerkki", "FI2112345600000785", "lasku"))
        money: tuple[Event, ...] = (
            settlement.PaymentReceived("FI37", euro(10_00), day, day, day, None, payer, f"{number}", "d" * 64),
            settlement.PaymentHeld(code, "assign"),
        )
        await platform.live([told(at(3, 3), uuid4(), "service:settlement", *money)])
    async with platform.browser() as browser:
        await log_in(browser, OPERATOR_KEY)
        assert await read(browser, "/payments") == {}
        await browser.get("/language/nb")
        page = Page((await browser.get("/payments")).text).text
    assert page.count("Forslag: før den på saken som referansen viser til") == len(codes)


@pytest.mark.parametrize("language", SPOKEN)
async def test_the_login_is_read_without_english(platform: Platform, language: Language) -> None:
    async with platform.browser() as browser:
        await browser.get(f"/language/{language}")
        page = Page((await log_in(browser, "wrong")).text).text
    assert english_in(page.replace("sovinto_", ""), language) == set()


# What another service refuses.


async def refused(
    platform: Platform, codes: Sequence[str], languages: Sequence[Language]
) -> dict[tuple[str, str], str]:
    """What the page says when another service refuses an answer with that code, by code and language."""
    asked = contact.LegalDecisionAsked(uuid4(), at(4, 20).date())
    await platform.live([*SET_UP, *LIFE[:4], told(at(2, 4), CASE, "service:contact", asked)])
    page = f"/cases/{CASE}/questions/{asked.question_id}"
    said: dict[tuple[str, str], str] = {}
    async with platform.browser() as browser:
        await log_in(browser, OPERATOR_KEY)
        token = await form_token(browser, page)
        for language in languages:
            await browser.get(f"/language/{language}")
            for code in codes:
                platform.around.status, platform.around.answer = 409, {"title": "the service said no", "code": code}
                answer = await browser.post(page, data={"token": token, "answer": "close"})
                assert answer.status_code == 409
                said[code, language] = Page(answer.text).text
    return said


async def test_a_refusal_is_told_in_the_readers_language(platform: Platform) -> None:
    codes = sorted(refusals("contact/talks.py", "plans/plan.py"))
    for (code, language), text in (await refused(platform, [*codes, "moon"], SPOKEN)).items():
        spoken = words("fi" if language == "fi" else "nb")
        assert english_in(text, spoken.language) == set(), (code, language)
        assert spoken(f"refusal.{code}" if code in codes else "error.says_409") in text, (code, language)


async def test_a_refusal_we_have_no_words_for_is_told_as_it_came_to_those_who_read_english(platform: Platform) -> None:
    said = await refused(platform, ["moon"], ["en"])
    assert "the service said no" in said["moon", "en"]
