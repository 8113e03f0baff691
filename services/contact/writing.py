"""The exact message as it leaves: a letter as PDF, an e-mail as RFC 5322, an SMS as text; kept before it is named."""

import asyncio
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

import msgspec

from services.contact.known import Around, Known
from services.contact.letter_facts import Told, letter
from services.contact.letters.checking import DoesNotAddUp, MissingItem, TooStrict, UnknownLetter
from services.contact.letters.render import render
from services.contact.letters.words import NoTexts
from services.contact.message_facts import message
from services.contact.messages.facts import MissingFact
from services.contact.messages.write import NotByThisChannel, write

INCOMPLETE = (MissingItem, TooStrict, DoesNotAddUp, UnknownLetter, NoTexts, MissingFact, NotByThisChannel)
PDF, MAIL, TEXT = "application/pdf", "message/rfc822", "text/plain; charset=utf-8"


class Written(msgspec.Struct, frozen=True):
    """A message as bytes, with its media type."""

    content: bytes
    media_type: str


async def written(known: Known, around: Around, told: Told) -> Written:
    """The message that was decided; the same decision gives the same bytes. Raises one of INCOMPLETE."""
    if told.decided.channel == "letter":
        return Written(await asyncio.to_thread(render, letter(known, around, told)), PDF)
    text = write(message(known, around, told))
    if told.decided.channel == "sms":
        return Written(text.text.encode(), TEXT)
    to = around.client.now.email if told.decided.to == "client" else _address(around)
    return Written(mail(told.decided.contact_id, to, around, text.subject, text.text, text.html), MAIL)


def mail(contact_id: UUID, to: str, around: Around, subject: str, text: str, html: str) -> bytes:
    """An e-mail in plain text and HTML. Its Message-ID and day are put in when it is handed over."""
    made = EmailMessage(policy=SMTP)
    made["From"] = f"{_quoted(around.agency.now.name)} <{around.agency.now.email}>"
    made["To"] = to
    made["Subject"] = " ".join(subject.split())
    made.set_content(text)
    made.add_alternative(html, subtype="html")
    made.set_boundary(f"sovinto-{contact_id.hex}")  # Fixed: a random one would make each writing another.
    return made.as_bytes()


def _address(around: Around) -> str:
    person = around.party.person
    if person is None or not person.email:
        raise LookupError("no e-mail address is known")
    return person.email


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
