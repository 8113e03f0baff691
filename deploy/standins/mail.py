"""The stand-in for a mail server: it takes every message and delivers none."""

import asyncio
import email
import email.policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

from deploy.standins.kept import Kept, digest

SIZE_MAX = 20 * 1024 * 1024


class Mailbox:
    """Keeps what arrives by SMTP: who, what, and the raw message."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.raw: dict[int, bytes] = {}

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name for it.
        """Take one message. Answers 451 while the mail is set down, so that the sender tries again."""
        del server, session
        if self.kept.down:
            return "451 The stand-in is set down"
        raw: bytes = envelope.original_content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        content = {"from": envelope.mail_from, "to": list(envelope.rcpt_tos), **described(message)}
        request = self.kept.keep(content, message["Message-ID"], message["Sovinto-Time"])
        self.raw[request.number] = raw
        return f"250 {request.job}"


def described(message: EmailMessage) -> dict[str, Any]:
    """A message's subject, its plain and HTML bodies, and what is attached."""
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "subject": str(message["Subject"]),
        "text": plain.get_content() if plain else "",
        "html": html.get_content() if html else "",
        "attachments": [attached(part) for part in message.iter_attachments()],
    }


def attached(part: Any) -> dict[str, Any]:
    """An attachment's name, type, size in bytes and SHA-256."""
    content = part.get_payload(decode=True) or b""
    return {
        "name": part.get_filename(),
        "type": part.get_content_type(),
        "size": len(content),
        "sha256": digest(content),
    }


async def receive_mail(mailbox: Mailbox, host: str, port: int) -> asyncio.Server:
    """Listen for SMTP in this loop; port 0 takes a free one."""
    loop = asyncio.get_running_loop()

    def conversation() -> Any:
        return SMTP(mailbox, loop=loop, hostname="standin", enable_SMTPUTF8=True, data_size_limit=SIZE_MAX)

    return await loop.create_server(conversation, host, port)
