"""E-mail over SMTP. The Message-ID names the attempt, so that an answer or a bounce finds it."""

import email
import email.policy

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
        made = email.message_from_bytes(message.content, policy=email.policy.SMTP)
        made["Message-ID"] = message.message_id
        made["Sovinto-Time"] = message.at
        client = aiosmtplib.SMTP(hostname=self.host, port=self.port, timeout=seconds, start_tls=False)
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as away:
            raise NotTaken("mail server away", again=True) from away
        try:
            await client.send_message(made, sender=message.sender, recipients=[message.to])
        except aiosmtplib.SMTPRecipientsRefused as refused:
            code = refused.recipients[0].code if refused.recipients else PERMANENT
            raise NotTaken(f"address refused, {code}", again=code < PERMANENT) from refused
        except aiosmtplib.SMTPResponseException as refused:
            raise NotTaken(f"mail server refused, {refused.code}", again=refused.code < PERMANENT) from refused
        except (aiosmtplib.SMTPException, OSError) as lost:
            raise NotKnown(type(lost).__name__) from lost
        finally:
            client.close()
        return message.message_id

    async def asked(self, key: str, seconds: float) -> Asked:
        """A mail server does not say."""
        del key, seconds
        return UNKNOWN
