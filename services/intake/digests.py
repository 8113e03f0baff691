"""Keyed digests: the same invoice and the same debtor are known again without their words standing anywhere in clear.

The key is derived from the master key, which never enters the database: without it no personal code can be tried.
"""

import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.intake.channels.invoice import Invoice


class Digests:
    """Made once, from the 32 bytes of the master key."""

    def __init__(self, master: bytes) -> None:
        self._key = HKDF(SHA256(), 32, salt=None, info=b"intake|who is who").derive(master)

    def identity(self, country: str | None, identifier: str | None) -> str | None:
        """Of who somebody is: country and identifier in its one usual writing. None where there is no identifier."""
        if not identifier or not country:
            return None
        return self._digest("identity", country, "".join(identifier.split()).upper())

    def content(self, invoice: Invoice) -> str:
        """Of what an invoice says, whatever format said it: number, days, amounts, and who is to pay."""
        debtor, principal = invoice.debtor, invoice.principal
        identifier = debtor.business_id or debtor.person_id
        who = identifier or "".join(letter for letter in (debtor.name or "").casefold() if letter.isalnum())
        amounts = [f"{money.minor} {money.currency}" if money else "" for money in (invoice.total, principal)]
        days = [day.isoformat() if day else "" for day in (invoice.issued, invoice.due)]
        return self._digest("content", (invoice.number or "").strip(), *days, *amounts, who)

    def _digest(self, *parts: str) -> str:
        # Each part with its length, so that no two lists of parts read the same.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._key, text.encode(), sha256).hexdigest()
