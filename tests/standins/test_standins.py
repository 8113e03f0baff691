"""The stand-ins: they keep every request, answer a repeated one alike, and fail when told to."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx2
import pytest

from deploy.standins import World, standins

PDF = b"%PDF-1.7 made up"
ADDRESS = "Aino Esimerkki\nKoivukuja 3 A 12\n70100 Kuopio"
NOON = {"Sovinto-Time": "2025-03-03T12:00:00+02:00"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with standins() as world:
        yield world


@pytest.fixture
async def web(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=world.url, timeout=10) as client:
        yield client


def message(subject: str = "Laskusi 10233") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.com", "ä <b@example.com>", subject
    mail["Message-ID"], mail["Sovinto-Time"] = "<one@example.com>", NOON["Sovinto-Time"]
    mail.set_content("Hei, maksettavaa on 12,34 €.")
    mail.add_alternative("<p>Hei</p>", subtype="html")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="kirje.pdf")
    return mail


async def post_letter(web: httpx2.AsyncClient, key: str, pdf: bytes = PDF) -> httpx2.Response:
    headers = {"Idempotency-Key": key, **NOON}
    return await web.post("/print/jobs", files={"pdf": pdf}, data={"address": ADDRESS}, headers=headers)


async def test_an_email_is_kept_with_both_bodies_its_attachment_and_the_senders_time(
    world: World, web: httpx2.AsyncClient
) -> None:
    await aiosmtplib.send(message(), hostname=world.host, port=world.smtp_port)
    [kept] = (await web.get("/kept/email")).json()["kept"]
    assert (kept["to"], kept["subject"], kept["at"]) == (["b@example.com"], "Laskusi 10233", NOON["Sovinto-Time"])
    assert "12,34 €" in kept["text"]
    assert "<p>Hei</p>" in kept["html"]
    assert [(part["name"], part["size"]) for part in kept["attachments"]] == [("kirje.pdf", len(PDF))]
    assert b"Subject: Laskusi 10233" in (await web.get("/kept/email/1/raw")).content


async def test_an_email_sent_twice_is_kept_twice_and_the_second_is_marked(world: World) -> None:
    for _ in range(2):
        await aiosmtplib.send(message(), hostname=world.host, port=world.smtp_port)
    assert [request.again for request in world.requests("email")] == [False, True]


async def test_mail_that_is_down_asks_to_try_again(world: World, web: httpx2.AsyncClient) -> None:
    await web.post("/down", json={"services": ["email"]})
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await aiosmtplib.send(message(), hostname=world.host, port=world.smtp_port)
    assert refused.value.code == 451
    await web.post("/down", json={"services": []})
    await aiosmtplib.send(message(), hostname=world.host, port=world.smtp_port)
    assert len(world.requests("email")) == 1


async def test_a_text_message_sent_twice_with_one_key_is_one_job_kept_twice(web: httpx2.AsyncClient) -> None:
    form = {"from": "Sovinto", "to": "+358401234567", "message": "Hei! Lasku 10233 odottaa."}
    headers = {"Idempotency-Key": "step-1", **NOON}
    first, second = [(await web.post("/a1/sms", data=form, headers=headers)).json() for _ in range(2)]
    assert first == second
    kept = (await web.get("/kept/sms")).json()
    assert [(one["job"], one["again"], one["at"]) for one in kept["kept"]] == [
        (first["id"], False, NOON["Sovinto-Time"]),
        (first["id"], True, NOON["Sovinto-Time"]),
    ]
    assert (await web.get("/kept/sms", params={"after": kept["last"]})).json()["kept"] == []


async def test_a_key_that_stands_for_another_text_is_refused(web: httpx2.AsyncClient) -> None:
    form = {"from": "Sovinto", "to": "+358401234567", "message": "Hei!"}
    key = {"Idempotency-Key": "step-1"}
    assert (await web.post("/a1/sms", data=form, headers=key)).status_code == 200
    assert (await web.post("/a1/sms", data={**form, "message": "Hi!"}, headers=key)).status_code == 422


async def test_a_delivered_text_message_is_told_to_its_sender_once(web: httpx2.AsyncClient) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        heard.append(await reader.readexactly(int(length.split(b":")[1])))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as sender:
        port = sender.sockets[0].getsockname()[1]
        form = {"from": "Sovinto", "to": "+358401234567", "message": "Hei!"}
        form["whendelivered"] = f"http://127.0.0.1:{port}/sms"
        job = (await web.post("/a1/sms", data=form)).json()["id"]
        told = [(await web.post("/sms/deliver")).json()["told"] for _ in range(2)]
    assert (told, heard) == ([1, 0], [f"id={job}&status=delivered".encode()])


async def test_a_letter_is_queued_then_printed_and_then_cannot_be_recalled(web: httpx2.AsyncClient) -> None:
    posted = await post_letter(web, "letter-1")
    job = posted.json()["job"]
    assert (posted.status_code, posted.json()["status"]) == (201, "queued")
    assert (await web.post("/print")).json() == {"printed": [job]}
    recalled = await web.delete(f"/print/jobs/{job}")
    assert (recalled.status_code, recalled.json()["status"]) == (409, "printed")
    assert (await web.get(f"/kept/letters/{job}/pdf")).content == PDF


async def test_a_letter_recalled_in_time_is_never_printed(web: httpx2.AsyncClient) -> None:
    job = (await post_letter(web, "letter-1")).json()["job"]
    assert (await web.delete(f"/print/jobs/{job}")).json()["status"] == "recalled"
    assert (await web.post("/print")).json() == {"printed": []}
    assert (await web.get(f"/print/jobs/{job}")).json()["status"] == "recalled"


async def test_a_letter_sent_twice_with_one_key_is_printed_once_and_kept_twice(web: httpx2.AsyncClient) -> None:
    first, second = await post_letter(web, "letter-1"), await post_letter(web, "letter-1")
    assert (first.json(), second.status_code) == (second.json(), 200)
    assert (await web.post("/print")).json() == {"printed": [first.json()["job"]]}
    assert [kept["again"] for kept in (await web.get("/kept/letters")).json()["kept"]] == [False, True]
    assert (await post_letter(web, "letter-1", PDF + b"!")).status_code == 422


async def test_what_is_not_a_pdf_is_refused(web: httpx2.AsyncClient) -> None:
    assert (await post_letter(web, "letter-1", b"hello")).status_code == 415


async def test_a_letter_dropped_in_the_folder_is_printed_and_one_taken_away_is_recalled(tmp_path: Path) -> None:
    async with standins(folder=tmp_path) as world:
        for name in ("one", "two"):
            (tmp_path / f"{name}.json").write_text(json.dumps({"address": ADDRESS.splitlines(), "at": None}))
            (tmp_path / f"{name}.pdf").write_bytes(PDF)
        one, two = world.requests("letters")
        (tmp_path / "two.pdf").unlink()
        assert world.house.print_all() == [one.job]
        assert world.house.states[two.job] == "recalled"
    assert list(tmp_path.glob("*.pdf")) == []  # noqa: ASYNC240 - a test looks at a small folder.


async def test_the_registry_says_what_it_was_told_and_says_the_same_of_others_each_time(
    web: httpx2.AsyncClient,
) -> None:
    outcomes = [
        {"country": "FI", "identifier": "0000000-0", "outcome": outcome} | {"identifier": f"{number}"}
        for number, outcome in enumerate(("good", "bankrupt", "many_marks", "unknown"))
    ]
    await web.post("/registry/outcomes", json={"outcomes": outcomes})
    asked = {"purpose": "debt_collection"}
    answers = [(await web.get(f"/credit/FI/{number}", params=asked)).json() for number in range(4)]
    assert [answer["outcome"] for answer in answers] == ["good", "bankrupt", "many_marks", "unknown"]
    seen = [(await web.get("/credit/NO/987654325", params=asked)).json()["outcome"] for _ in range(3)]
    assert len(set(seen)) == 1


async def test_the_registry_draws_its_answers_in_the_given_shares(world: World) -> None:
    drawn = [world.registry.outcome("FI", f"{number}") for number in range(4000)]
    assert 0.01 < drawn.count("bankrupt") / 4000 < 0.03
    assert 0.02 < drawn.count("many_marks") / 4000 < 0.04
    assert drawn.count("unknown") == 0


async def test_no_one_asks_the_registry_without_a_purpose(web: httpx2.AsyncClient) -> None:
    assert (await web.get("/credit/FI/1")).status_code == 422


async def test_a_registry_that_is_down_answers_503_and_keeps_the_question(web: httpx2.AsyncClient) -> None:
    await web.post("/down", json={"services": ["credit"]})
    assert (await web.get("/credit/FI/1", params={"purpose": "debt_collection"})).status_code == 503
    await web.post("/down", json={"services": []})
    assert (await web.get("/credit/FI/1", params={"purpose": "debt_collection"})).status_code == 200
    kept = (await web.get("/kept/credit")).json()["kept"]
    assert [request["outcome"] for request in kept] == ["down", "good"]


def test_as_a_process_it_says_where_it_is_and_stops_when_told() -> None:
    command = [sys.executable, "-m", "deploy.standins"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command.
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        assert httpx2.get(f"{where['http']}/livez").json() == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
