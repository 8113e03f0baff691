"""Where a debtor is told to pay: the client's own account and the invoice's reference, or ours and the case's."""

from typing import Literal

import msgspec

from services.contact.known import Around, Known
from services.contact.timing import open_claims
from shared.events.gateway import Account


class PayTo(msgspec.Struct, frozen=True):
    """The payee, its account and the reference to pay with."""

    holder: str
    account: Account
    reference: str


def pay_to(known: Known, around: Around, whose: Literal["client", "agency"]) -> PayTo | None:
    """Where to pay; none where it is not known."""
    return _to_client(known, around) if whose == "client" else _to_agency(known, around)


def _to_agency(known: Known, around: Around) -> PayTo | None:
    account = around.agency.account(known.case.currency)
    return None if account is None else PayTo(around.agency.now.name, account, known.case.reference)


def _to_client(known: Known, around: Around) -> PayTo | None:
    """The one account and reference of the invoice. Several invoices have several references: none fits them all."""
    claims = open_claims(known)
    if len(claims) != 1:
        return None
    claim, client, currency = claims[0], around.client.now, known.case.currency
    known_accounts = [each for each in client.invoice_accounts if each.currency == currency]
    if claim.invoice_account:
        same = (each for each in known_accounts if each.iban.replace(" ", "") == claim.invoice_account)
        account = next(same, Account(claim.invoice_account, currency))
    elif known_accounts:
        account = known_accounts[0]
    else:
        return None
    return PayTo(client.name, account, claim.invoice_reference or claim.number)
