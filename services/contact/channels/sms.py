"""SMS over HTTP, as 46elks takes it: a form with from, to and message."""

import re

from services.contact.channels.http import ask, post
from services.contact.channels.provider import Asked, Outgoing

SENDER_MAX = 11  # Letters and digits, as networks show a named sender.


class Sms:
    """The SMS provider at a URL."""

    name = "sms"
    can_be_asked = True

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    async def send(self, message: Outgoing, seconds: float) -> str:
        """Hand it over; returns the provider's id."""
        form = {"from": sender(message.sender), "to": message.to, "message": message.content.decode()}
        told = await post(f"{self.url}/a1/sms", message, seconds, data=form)
        return str(told["id"])

    async def asked(self, key: str, seconds: float) -> Asked:
        """Whether a message came with this key."""
        return await ask(f"{self.url}/a1/sms/asked", key, seconds)


def sender(name: str) -> str:
    """A name as a sender: `Järvi-Suomen Sähkö Oy` is `JarviSuomen`."""
    plain = name.translate(str.maketrans("åäöøæÅÄÖØÆ", "aaooaAAOOA"))
    return re.sub(r"[^A-Za-z0-9]", "", plain)[:SENDER_MAX] or "Sovinto"
