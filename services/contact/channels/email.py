"""E-mail over SMTP. The Message-ID names the attempt, so that an answer or a bounce finds it."""

import email
import email.policy
from datetime import datetime
from email.utils import format_datetime

import aiosmtplib

from services.contact.channels.provider import UNKNOWN, Asked, NotKnown, NotTaken, Outgoing

PERMANENT = 500


class Email:
    """The mail server at `host:port`."""

    name = "email"
    can_be_asked = False  # SMTP has no such question.

    def __init__(self, where: str) -> None:
        host, _, port = where.rpartition(":")
        self.host, self.port = host, int(port)

    async def send(self, message: Outgoing, seconds: float) -> str:
        """Hand it over; returns its Message-ID."""
        client = aiosmtplib.SMTP(hostname=self.host, port=self.port, timeout=seconds, start_tls=False)
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as away:
            raise NotTaken("mail server away", again=True) from away
        try:
            await _sent(client, message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            code = refused.recipients[0].code if refused.recipients else PERMANENT
            raise NotTaken(f"address refused, {code}", again=code < PERMANENT) from refused
        except aiosmtplib.SMTPResponseException as refused:
            raise NotTaken(f"mail server refused, {refused.code}", again=refused.code < PERMANENT) from refused
        except aiosmtplib.SMTPNotSupported as no:  # Found out before anything was sent.
            raise NotTaken("mail server takes no address beyond ASCII", again=False) from no
        except (aiosmtplib.SMTPException, OSError) as lost:
            raise NotKnown(type(lost).__name__) from lost
        finally:
            client.close()
        return message.message_id

    async def asked(self, key: str, seconds: float) -> Asked:
        """A mail server does not say."""
        del key, seconds
        return UNKNOWN


async def _sent(client: aiosmtplib.SMTP, message: Outgoing) -> None:
    """As it was kept, with its Message-ID, day and time before it, wherever the server takes bytes as they are.

    Reading it and writing it anew took 2 ms of a processor, so that is done only where it must be: for a server that
    takes no 8BITMIME, and for an address beyond ASCII, which changes how the header lines are written.
    """
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:  # It knows only HELO, which the library says by itself.
        if not client.is_connected:
            raise
    date = format_datetime(datetime.fromisoformat(message.at))  # RFC 5322, 3.6.1: every message has one.
    own = {"Message-ID": message.message_id, "Date": date, "Sovinto-Time": message.at}
    if client.supports_extension("8BITMIME") and f"{message.sender}{message.to}".isascii():
        content = b"".join(_line(name, value) for name, value in own.items()) + message.content
        await client.sendmail(message.sender, [message.to], content, mail_options=["BODY=8BITMIME"])
        return
    made = email.message_from_bytes(message.content, policy=email.policy.SMTP)
    for name, value in own.items():
        made[name] = value
    await client.send_message(made, sender=message.sender, recipients=[message.to])


def _line(name: str, value: str) -> bytes:
    """A line of the header. Raises ValueError for a value that would not stay in it."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError(f"{name} holds what may not stand in a line of a header")
    return f"{name}: {value}\r\n".encode()
