"""Keyed digests: the same invoice and the same debtor are known again, their words standing nowhere in clear."""

from services.intake.channels.invoice import Invoice
from shared.sealing import KeyedDigest


class Digests:
    """Made once, from the 32 bytes of the master key."""

    def __init__(self, master: bytes) -> None:
        self._digest = KeyedDigest(master, b"intake|who is who")

    def identity(self, country: str | None, identifier: str | None) -> str | None:
        """Of who somebody is: country and identifier in its one usual writing. None where there is no identifier."""
        if not identifier or not country:
            return None
        return self._digest.of("identity", country, "".join(identifier.split()).upper()).hex()

    def content(self, invoice: Invoice) -> str:
        """Of what an invoice says, whatever format said it: number, days, amounts, and who is to pay."""
        debtor, principal = invoice.debtor, invoice.principal
        identifier = debtor.business_id or debtor.person_id
        who = identifier or "".join(letter for letter in (debtor.name or "").casefold() if letter.isalnum())
        amounts = [f"{money.minor} {money.currency}" if money else "" for money in (invoice.total, principal)]
        days = [day.isoformat() if day else "" for day in (invoice.issued, invoice.due)]
        return self._digest.of("content", (invoice.number or "").strip(), *days, *amounts, who).hex()
