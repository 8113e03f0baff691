"""An e-mail arrives as it was kept, whatever stands in it and whatever the server can take."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP
from msgspec.structs import replace

from deploy.standins.kept import Kept
from deploy.standins.mail import Mailbox
from services.contact.channels.email import Email
from services.contact.channels.provider import NotTaken, Outgoing
from services.contact.writing import mail
from tests.contact.asking import around

SUBJECT = "Ystävällinen muistutus: lasku 10233, jonka eräpäivä on mennyt, ja kaikki muu, mitä siitä on sanottava"
DOTS = ".\n..\n.alku\nHei ä!\n"  # A line of one dot alone ends a message, unless it is sent as two.
LONG = "Hyvä asiakas, " + "tämä rivi on pitkä, " * 60 + "\n"  # More than the 998 characters that a line may have.
MAIL = Outgoing(
    "contact|1", "2025-02-04T08:00:00+00:00", b"", "asiakaspalvelu@reiluperinta.example", "aino@esimerkki.example",
    message_id="<7.1@reiluperinta.example>",
)  # fmt: skip


def made(text: str, to: str = MAIL.to) -> Outgoing:
    content = mail(UUID(int=7), to, around(), SUBJECT, text, f"<p>{text}</p>")
    return replace(MAIL, content=content, to=to)


class WithoutExtensions(SMTP):
    """A server of the first days of e-mail."""

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name for it.
        del hostname
        await self.push("502 Error: command not implemented")


@asynccontextmanager
async def server(kind: Callable[..., SMTP] = SMTP, **options: Any) -> AsyncIterator[tuple[Email, Mailbox, list[Any]]]:
    """A mail server, its mailbox, and what each message's envelope asked for."""
    mailbox, asked = Mailbox(Kept("email")), []

    class Noting:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as above.
            asked.append(envelope.mail_options)
            return await mailbox.handle_DATA(server, session, envelope)

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: kind(Noting(), loop=loop, hostname="there", **{"enable_SMTPUTF8": True, **options}), "127.0.0.1", 0
    )
    try:
        yield Email(f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"), mailbox, asked
    finally:
        listening.close()


def shown(raw: bytes) -> tuple[str, str, str, str]:
    """What a mail reader shows: from whom, to whom, about what, and the text."""
    read = email.message_from_bytes(raw, policy=email.policy.default)
    body = read.get_body(("plain",))
    assert body is not None
    return str(read["From"]), str(read["To"]), str(read["Subject"]), body.get_content().replace("\r\n", "\n")


@pytest.mark.parametrize("text", ["Hei!\n", DOTS, LONG], ids=["short", "dots", "long"])
async def test_it_arrives_to_the_byte_with_its_message_id_and_its_day_before_it(text: str) -> None:
    message = made(text)
    async with server() as (outside, mailbox, asked):
        assert await outside.send(message, 5) == message.message_id
    before = f"Message-ID: {message.message_id}\r\nDate: DATE\r\nSovinto-Time: {message.at}\r\n".encode()
    day = email.message_from_bytes(mailbox.raw[1], policy=email.policy.default)["Date"]
    assert mailbox.raw[1].replace(str(day).encode(), b"DATE", 1) == before + message.content
    assert day.datetime == datetime.fromisoformat(message.at).replace(microsecond=0)
    assert "BODY=8BITMIME" in asked[0]
    assert shown(mailbox.raw[1])[2:] == (SUBJECT, text)
    [kept] = mailbox.kept.requests
    assert (kept.key, kept.at) == (message.message_id, message.at)


@pytest.mark.parametrize(("kind", "options"), [(SMTP, {"decode_data": True, "enable_SMTPUTF8": False}),
                                               (WithoutExtensions, {})], ids=["no 8BITMIME", "no EHLO"])  # fmt: skip
async def test_a_server_that_takes_seven_bits_only_gets_seven_and_the_same_is_read(
    kind: Callable[..., SMTP], options: dict[str, Any]
) -> None:
    message = made(DOTS)
    assert not message.content.isascii()
    async with server(kind, **options) as (outside, mailbox, _):
        await outside.send(message, 5)
    assert mailbox.raw[1].isascii()
    assert shown(mailbox.raw[1]) == shown(message.content)
    assert mailbox.kept.requests[0].key == message.message_id


async def test_an_address_beyond_ascii_is_told_to_the_server() -> None:
    message = made("Hei!\n", "äiti@esimerkki.example")
    async with server() as (outside, mailbox, asked):
        await outside.send(message, 5)
    assert "SMTPUTF8" in asked[0]
    assert mailbox.kept.requests[0].content["to"] == ["äiti@esimerkki.example"]


async def test_a_server_that_takes_no_such_address_has_not_taken_the_message() -> None:
    async with server(enable_SMTPUTF8=False) as (outside, mailbox, _):
        with pytest.raises(NotTaken) as no:
            await outside.send(made("Hei!\n", "äiti@esimerkki.example"), 5)
    assert not no.value.again
    assert mailbox.raw == {}


@pytest.mark.parametrize("more", ["\r\nBcc: other@esimerkki.example", "\nX: y", "\x00", "ä"])
async def test_nothing_leaves_with_a_message_id_that_would_not_stay_in_its_line(more: str) -> None:
    async with server() as (outside, mailbox, _):
        with pytest.raises(ValueError, match="Message-ID"):
            await outside.send(replace(made("Hei!\n"), message_id=f"<7.1@reiluperinta.example>{more}"), 5)
    assert mailbox.raw == {}
