"""From a bank file to events: whose account it is about, what each transaction is to us, and what is held, by code."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from services.settlement.bank_file import BankFile, Held, Notification, Transaction
from shared.calendar import Country, is_bank_day
from shared.events import Sealed
from shared.events.gateway import Account
from shared.events.settlement import Payer, PaymentReceived
from shared.identifiers import COUNTRIES, account_country, account_key, valid_identifier
from shared.ids import account_id
from shared.money import Money, total
from shared.references import compact, valid_rf

MORNING_ENDS = time(15)  # A file made before this tells of the bank day before.
CENTRAL: Country = "FI"

Nature = Literal["payment", "payout", "payout_returned", "payment_taken_back"]


class NotBooked(msgspec.Struct, frozen=True):
    """Something a bank file tells that was not booked: where, why as a code, and in words."""

    where: str
    code: str
    what: str


def ours(told: Notification, accounts: Sequence[Account]) -> Account | None:
    """The client-money account of ours that a notification is about."""
    return next((each for each in accounts if account_key(each.iban) == told.account), None)


def not_ours(told: Notification) -> tuple[NotBooked, ...]:
    """All of a notification about an account that is not ours."""
    what = "the account is none of the agency's client-money accounts"
    places = [*(each.where for each in told.transactions), *(each.where for each in told.held)]
    return tuple(NotBooked(where, "unknown_account", what) for where in places or [f"notification {told.id}"])


def not_a_notification(file: BankFile) -> tuple[NotBooked, ...]:
    """All of a statement or report: its money is booked from the notifications that tell of the same."""
    what = f"a {file.kind} tells of money that is booked from camt.054; booking both would count it twice"
    places = [*(each.where for each in file.transactions), *(each.where for each in file.held)]
    return tuple(NotBooked(where, "not_a_notification", what) for where in places)


def as_held(held: Held) -> NotBooked:
    """What the reader of the file held already."""
    return NotBooked(held.where, held.code, held.what)


def in_account_currency(each: Transaction, account: Account) -> NotBooked | None:
    """Money in another currency than the account's is held: nothing is changed by a rate we were not told."""
    if each.amount.currency == account.currency:
        return None
    what = f"{each.amount.currency} on an account in {account.currency}"
    return NotBooked(each.where, "other_currency", what)


def nature(each: Transaction) -> Nature:
    """What a transaction is to us. What comes back is told by the bank's own mark, never by an amount."""
    if each.is_return or each.is_reversal:
        return "payout_returned" if each.direction == "in" else "payment_taken_back"
    return "payment" if each.direction == "in" else "payout"


def covers(told: Notification, today: date) -> date:
    """The day up to which all money on the account is known.

    The bank's own period where it tells one; else the last day it booked on, and for a file made in the morning at
    least the bank day before.
    """
    if told.to is not None:
        at_midnight = told.to.time() == time(0)
        return told.to.date() - timedelta(days=1) if at_midnight and told.to.date() != _from(told) else told.to.date()
    days = [*(each.booked_on for each in told.transactions), *(each.booked_on for each in told.held)]
    days.append(_made(told.created, told.account) if told.created else None)
    return max((day for day in days if day is not None), default=today - timedelta(days=1))


def _from(told: Notification) -> date | None:
    return told.from_.date() if told.from_ else None


def _made(created: datetime, account: str) -> date:
    day = created.date()
    if created.time() >= MORNING_ENDS:
        return day
    country = account_country(account)
    of: Country = country if country in ("FI", "NO", "SE") else CENTRAL  # type: ignore[assignment]  # Narrowed by `in`.
    day -= timedelta(days=1)
    while not is_bank_day(of, day):
        day -= timedelta(days=1)
    return day


def references_of(each: Transaction) -> tuple[str, ...]:
    """Every reference a payment names, the bank's own choice first."""
    found = ((each.reference,) if each.reference else ()) + each.references
    return tuple(dict.fromkeys(found))


def received(
    each: Transaction,
    account: Account,
    document: str,
    reference: str | None,
    parties: tuple[UUID, ...],
    *,
    is_ours: bool = False,
) -> PaymentReceived:
    """The fact that money came. `parties` are those whose keys the payer's name is sealed with.

    A reference we gave stands in the clear; any other only where it says nothing of a person.
    """
    booked_on = each.booked_on or each.value_on or each.paid_on
    text = each.text
    if reference is not None and not is_ours and not is_plain(reference):
        reference, text = None, f"{reference} {text}".strip()
    return PaymentReceived(
        account=account.iban,
        amount=each.amount,
        booked_on=booked_on,
        value_on=each.value_on or booked_on,
        paid_on=each.paid_on,
        reference=reference,
        payer=Sealed(parties, Payer(each.payer_name, each.payer_account, text or None)),
        key=each.key,
        document=document,
        origin=origin(account.iban, each.end_to_end),
    )


def is_plain(reference: str) -> bool:
    """Whether a reference may stand in the clear: digits or RF, and nobody's number; else it is the payer's words."""
    written = compact(reference)
    if any(valid_identifier(country, "consumer", written) for country in COUNTRIES):
        return False
    return (written.isascii() and written.isdecimal()) or valid_rf(written)


def because(each: Transaction) -> str:
    """Why money came back: the bank's code. What is no code may be anybody's words, and is not told on."""
    reason = each.return_reason or ""
    return reason if re.fullmatch(r"[A-Z0-9]{2,8}", reason) else "not told"


def origin(iban: str, end_to_end: str | None) -> UUID | None:
    """The payer's own id of a payment, as a digest: it may hold anything, so it is not kept as it is."""
    return uuid5(account_id(iban), f"end to end|{end_to_end}") if end_to_end else None


def incoming(transactions: Sequence[Transaction], currency: str) -> Money:
    """What came, of these."""
    return total((each.amount for each in transactions if each.direction == "in"), currency)
