"""The pages, asked over HTTP as a browser without script would: who gets in, what forms must carry, what is shown."""

import re
from uuid import uuid4

import httpx2
import pytest

from services.gateway.rendering import own_path
from shared.events import Sealed, contact, gateway, intake
from shared.rebuilding import rebuild
from tests.gateway.conftest import KEYS, OPERATOR_KEY, Platform
from tests.gateway.life import (
    ANNA,
    CALL,
    CASE,
    CLIENT,
    LIFE,
    OTHER,
    PARTY,
    PLAN,
    SET_UP,
    Told,
    at,
    told,
)

TOKEN = re.compile(r'name="token" value="(\w+)"')
PAGES_OF_STAFF = ("/calls", "/payments", "/disputes", f"/calls/{CALL}", f"/cases/{CASE}/disputes/{uuid4()}")
FORMS = (
    "/logout", f"/cases/{CASE}/stop", f"/cases/{CASE}/pause", f"/cases/{CASE}/resume",
    f"/cases/{CASE}/questions/{PLAN}", f"/calls/{CALL}", f"/payments/{uuid4()}/assignment",
    f"/payments/{uuid4()}/refund", f"/cases/{CASE}/disputes/{uuid4()}", f"/cases/{CASE}/suspension",
    f"/cases/{CASE}/suspension/end", "/clock/next-day",
)  # fmt: skip


async def log_in(browser: httpx2.AsyncClient, key: str, to: str = "/cases?stage=all") -> httpx2.Response:
    token = TOKEN.search((await browser.get("/login")).text)
    assert token is not None
    return await browser.post("/login", data={"token": token[1], "key": key, "to": to})


async def form_token(browser: httpx2.AsyncClient, page: str) -> str:
    token = TOKEN.search((await browser.get(page)).text)
    assert token is not None, page
    return token[1]


async def a_case_until(platform: Platform, moment: object) -> None:
    await platform.live([*SET_UP, *(each for each in LIFE if each.when <= moment)])  # type: ignore[operator]  # datetimes


# Logging in.


async def test_without_a_session_every_page_leads_to_the_login_and_back(lived: Platform) -> None:
    async with lived.browser() as browser:
        for page in ("/", "/cases", f"/cases/{CASE}", "/approvals", "/calls", "/payments"):
            answer = await browser.get(page)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/login?to={page}")


async def test_a_key_becomes_a_session_whose_cookie_no_script_and_no_other_site_can_use(lived: Platform) -> None:
    async with lived.browser() as browser:
        answer = await log_in(browser, KEYS[CLIENT])
        listed = await browser.get("/cases?stage=all")
    cookies = [value.lower() for name, value in answer.headers.multi_items() if name == "set-cookie"]
    session = next(each for each in cookies if each.startswith("sovinto_session"))
    assert answer.status_code == 303
    assert "httponly" in session
    assert "samesite=strict" in session
    assert "max-age=36000" in session
    assert "Aino Esimerkki" in listed.text


async def test_the_session_is_kept_only_as_a_hash_and_ends_with_logging_out(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        held = browser.cookies["sovinto_session"]
        kept = await lived.made.pool.fetchval("select hash from sessions")
        await browser.post("/logout", data={"token": await form_token(browser, "/cases")})
        browser.cookies.set("sovinto_session", held)
        assert (await browser.get("/cases")).status_code == 303
    assert held not in kept


async def test_a_session_ends_by_itself(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        await lived.made.pool.execute("update sessions set until = now()")
        assert (await browser.get("/cases")).status_code == 303


async def test_taking_a_key_back_ends_its_sessions(lived: Platform) -> None:
    async with lived.browser() as browser, lived.browser(OPERATOR_KEY) as operator:
        await log_in(browser, KEYS[CLIENT])
        await operator.delete(f"/api/v1/keys/{KEYS[CLIENT].split('_')[1]}")
        await lived.shown()
        assert (await browser.get("/cases")).status_code == 303


async def test_who_is_logged_in_stays_so_when_the_lists_are_built_anew(lived: Platform) -> None:
    """The one thing in these tables that events did not make; but a key taken back opens nothing any more."""

    async def asked() -> str:
        return "asked to"

    async with lived.browser() as browser, lived.browser(OPERATOR_KEY) as operator:
        await log_in(browser, KEYS[CLIENT])
        table = "select oid from pg_class where oid = to_regclass($1)"
        before = [await lived.made.pool.fetchval(table, name) for name in ("sessions", "cases")]
        await rebuild(lived.made.reader, asked)
        after = [await lived.made.pool.fetchval(table, name) for name in ("sessions", "cases")]
        assert (after[0] == before[0], after[1] == before[1]) == (True, False)
        assert (await browser.get("/cases")).status_code == 200
        await operator.delete(f"/api/v1/keys/{KEYS[CLIENT].split('_')[1]}")
        await lived.shown()
        assert (await browser.get("/cases")).status_code == 303


async def test_a_wrong_key_says_so_and_after_ten_of_them_nobody_gets_in_from_there(lived: Platform) -> None:
    async with lived.browser() as browser:
        for _ in range(10):
            answer = await log_in(browser, "wrong")
            assert answer.status_code == 401
            assert 'role="alert"' in answer.text
        assert (await log_in(browser, KEYS[CLIENT])).status_code == 429


async def test_the_login_form_works_only_in_the_browser_that_got_it(lived: Platform) -> None:
    async with lived.browser() as one, lived.browser() as other:
        token = await form_token(one, "/login")
        answer = await other.post("/login", data={"token": token, "key": KEYS[CLIENT]})
    assert answer.status_code == 403


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""])
async def test_nobody_is_led_away_after_login(lived: Platform, to: str) -> None:
    assert own_path(to) == "/"
    async with lived.browser() as browser:
        assert (await log_in(browser, KEYS[CLIENT], to)).headers["location"] == "/"
        chosen = await browser.get("/language/fi", params={"to": to})
    assert chosen.headers["location"] == "/"


# Forms, and who may open what.


async def test_a_form_without_its_token_does_nothing(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[ANNA])
        before = await lived.made.store.head()
        for form in FORMS:
            for token in ({}, {"token": "0" * 64}):
                assert (await browser.post(form, data=token)).status_code == 403, form
    assert await lived.made.store.head() == before
    assert lived.around.asked == []


async def test_another_sessions_token_is_none(lived: Platform) -> None:
    async with lived.browser() as one, lived.browser() as other:
        await log_in(one, KEYS[CLIENT])
        await log_in(other, KEYS[CLIENT])
        token = await form_token(one, "/cases")
        assert (await other.post("/logout", data={"token": token})).status_code == 403


async def test_another_clients_pages_are_not_there(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[OTHER])
        token = await form_token(browser, "/cases")
        for page in (f"/cases/{CASE}", "/cases/S-1001", f"/cases/{CASE}/stop", f"/cases/{CASE}/questions/{PLAN}"):
            assert (await browser.get(page)).status_code == 404, page
        for form in (f"/cases/{CASE}/stop", f"/cases/{CASE}/pause", f"/cases/{CASE}/resume"):
            assert (await browser.post(form, data={"token": token})).status_code == 404, form
        assert "Aino" not in (await browser.get("/cases?stage=all")).text


async def test_staff_pages_are_for_staff(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        token = await form_token(browser, "/cases")
        for page in PAGES_OF_STAFF:
            assert (await browser.get(page)).status_code == 403, page
        for form in FORMS[5:]:
            assert (await browser.post(form, data={"token": token})).status_code == 403, form
        menu = (await browser.get("/cases")).text
    assert "/payments" not in menu
    assert "/clock/next-day" not in menu


async def test_every_page_forbids_what_it_does_not_need(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        for page in ("/login", "/cases", f"/cases/{CASE}", "/nothing"):
            answer = await browser.get(page)
            policy = answer.headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy
            assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", answer.text), page
            assert answer.headers["cache-control"] in ("private, no-store", "no-store")


async def test_style_and_script_may_be_kept_for_ever_and_nothing_else_is_served(lived: Platform) -> None:
    async with lived.browser() as browser:
        named = re.findall(r'"(/static/[^"]+)"', (await browser.get("/login")).text)
        assert len(set(named)) == 3
        for each in named:
            assert "immutable" in (await browser.get(each)).headers["cache-control"]
        for each in ("/static/", "/static/../main.py", "/static/ORIGIN.md", "/static/none.css"):
            assert (await browser.get(each)).status_code == 404, each


# What is shown.


async def test_a_case_page_speaks_the_readers_language_and_says_so(lived: Platform) -> None:
    said = {"fi": "Mitä on tapahtunut", "nb": "Hva som har skjedd", "en": "What has happened"}
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        for language, title in said.items():
            await browser.get(f"/language/{language}")
            page = (await browser.get(f"/cases/{CASE}")).text
            assert f'<html lang="{language}">' in page
            assert title in page


async def test_a_clients_own_language_is_spoken_from_its_first_login_on(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        assert '<html lang="fi">' in (await browser.get("/cases")).text


async def test_what_a_debtor_is_called_is_text_and_never_markup(lived: Platform) -> None:
    person = intake.Person("<script>alert(1)</script>")
    await lived.live([told(at(4, 6), PARTY, "service:intake", intake.PartyCorrected(Sealed((PARTY,), person), "fi"))])
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        for page in ("/cases?stage=all", f"/cases/{CASE}"):
            assert "<script>alert" not in (await browser.get(page)).text


async def test_stopping_asks_first_then_stops_and_shows_it(platform: Platform) -> None:
    await a_case_until(platform, at(2, 4, 9))
    async with platform.browser() as browser:
        await log_in(browser, OPERATOR_KEY)
        await browser.get("/language/en")
        asked = await browser.get(f"/cases/{CASE}/stop")
        head = await platform.made.store.head()
        token = await form_token(browser, f"/cases/{CASE}/stop")
        done = await browser.post(f"/cases/{CASE}/stop", data={"token": token, "because": "we know them"})
        shown = (await browser.get(done.headers["location"])).text
    assert "payment demand, by letter" in asked.text
    assert await platform.made.store.head() == head + 1
    assert (await platform.made.store.stream(CASE))[-1].event == gateway.CollectionStopped(
        Sealed((PARTY,), "we know them")
    )
    assert "Collection is stopped. Nothing more leaves." in shown
    assert "You stopped collection; nothing more leaves." in shown
    assert f'href="/cases/{CASE}/stop"' not in shown


async def test_a_plan_is_answered_on_its_page(platform: Platform) -> None:
    await a_case_until(platform, at(2, 13, 9, 5))
    async with platform.browser() as browser:
        await log_in(browser, OPERATOR_KEY)
        await browser.get("/language/en")
        waiting = await browser.get("/approvals")
        page = f"/cases/{CASE}/questions/{PLAN}"
        asked = (await browser.get(page)).text
        answer = await browser.post(page, data={"token": await form_token(browser, page), "answer": "approve"})
    assert f'href="{page}"' in waiting.text
    for text in ("EUR\N{NO-BREAK SPACE}280.90", "Monday 3 March 2025", "Without your answer nothing is agreed."):
        assert text in asked
    assert answer.headers["location"] == f"/cases/{CASE}?done=answered"
    assert platform.around.asked[0].url == f"http://plans.test/cases/{CASE}/plan/answer"


async def test_missing_facts_are_filled_in_where_they_are_missing(platform: Platform) -> None:
    defect = intake.Defect("missing_identifier", "debtor.identifier", "henkilötunnus puuttuu")
    life = [*SET_UP, LIFE[0], told(at(1, 17), CASE, "service:intake", intake.DefectsFound((defect,), at(2, 1).date()))]
    await platform.live(life)
    async with platform.browser() as browser:
        await log_in(browser, OPERATOR_KEY)
        page = f"/cases/{CASE}/questions/{'0' * 8}-0000-0000-0000-{'0' * 12}"
        token = await form_token(browser, page)
        told_ = {"token": token, "identifier": "010190-999X", "total": "1 240,50", "street": "Katu 1"}
        answer = await browser.post(page, data=told_)
        empty = await browser.post(page, data={"token": token})
    assert answer.headers["location"] == f"/cases/{CASE}?done=information"
    assert empty.status_code == 409
    sent = httpx2.Response(200, content=platform.around.asked[0].body).json()
    assert sent == {"total_minor": 124050, "debtor": {"identifier": "010190-999X", "address": ["Katu 1"]}}


async def test_a_call_is_listed_with_its_facts_and_recorded(platform: Platform) -> None:
    await a_case_until(platform, at(2, 13, 8))
    async with platform.browser() as browser:
        await log_in(browser, OPERATOR_KEY)
        listed = (await browser.get("/calls")).text
        page = (await browser.get(f"/calls/{CALL}")).text
        token = await form_token(browser, f"/calls/{CALL}")
        bare = await browser.post(f"/calls/{CALL}", data={"token": token, "outcome": "will_pay", "summary": " "})
        done = await browser.post(f"/calls/{CALL}", data={"token": token, "outcome": "will_pay", "summary": "Pays."})
    assert "Aino Esimerkki" in listed
    assert 'href="tel:+358401234567"' in page
    assert (bare.status_code, done.status_code) == (409, 303)
    assert platform.around.asked[0].url == f"http://contact.test/cases/{CASE}/calls/{CALL}"


async def test_a_dispute_is_settled_on_its_page(lived: Platform) -> None:
    dispute = uuid4()
    objection = contact.DisputeOpened(dispute, None, Sealed((PARTY,), "Broken."), at(4, 20).date())
    await lived.live([told(at(4, 6), CASE, "service:contact", objection)])
    page = f"/cases/{CASE}/disputes/{dispute}"
    async with lived.browser() as browser:
        await log_in(browser, KEYS[ANNA])
        assert "Broken." in (await browser.get(page)).text
        token = await form_token(browser, page)
        told_ = {"token": token, "outcome": "adjusted", "lowered_by": "12,50", "new_due": "2025-05-01", "claim_id": ""}
        done = await browser.post(page, data=told_)
    assert done.headers["location"] == f"/cases/{CASE}?done=resolved"
    sent = httpx2.Response(200, content=lived.around.asked[0].body).json()
    assert sent == {"outcome": "adjusted", "claim_id": None, "lowered_by_minor": 1250, "new_due": "2025-05-01"}


async def test_staff_suspend_and_allow_again_on_the_case(lived: Platform) -> None:
    async with lived.browser() as browser:
        await log_in(browser, KEYS[ANNA])
        token = await form_token(browser, f"/cases/{CASE}")
        await browser.post(f"/cases/{CASE}/suspension", data={"token": token, "because": "deceased"})
        assert (await lived.made.store.stream(PARTY))[-1].event == gateway.ContactSuspended("deceased", None)
        await browser.post(f"/cases/{CASE}/suspension/end", data={"token": token})
        assert (await lived.made.store.stream(PARTY))[-1].event == gateway.ContactAllowedAgain()


async def test_a_service_that_is_away_is_told_kindly_and_nothing_is_lost(lived: Platform) -> None:
    lived.around.away = True
    asked = contact.LegalDecisionAsked(uuid4(), at(4, 20).date())
    await lived.live([Told(at(4, 6), CASE, "service:contact", (asked,))])
    page = f"/cases/{CASE}/questions/{asked.question_id}"
    async with lived.browser() as browser:
        await log_in(browser, KEYS[CLIENT])
        await browser.get("/language/en")
        token = await form_token(browser, page)
        answer = await browser.post(page, data={"token": token, "answer": "close"})
    assert answer.status_code == 503
    assert "Nothing was lost." in answer.text
