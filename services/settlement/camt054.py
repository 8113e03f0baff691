"""Reading what the bank tells about an account: camt.054 notifications, and camt.053 and 052 entries alike.

Elements are found by their names whatever the version, .02 to .14. Nothing is guessed: what is not clearly
booked money with an amount and a day is held, with the reason (`bank_entry.py`).
"""

from collections import Counter
from datetime import datetime

from lxml import etree

from services.settlement.bank_entry import Told, entry
from services.settlement.bank_file import (
    BankFile,
    Direction,
    Held,
    Kind,
    Notification,
    ReferenceSource,
    Split,
    Sum,
    Transaction,
)
from shared.identifiers import account_key
from shared.money import Money, total
from shared.xml import Unreadable, local_names, read_xml, text_of

__all__ = [
    "BankFile",
    "Direction",
    "Held",
    "Kind",
    "Notification",
    "ReferenceSource",
    "Split",
    "Sum",
    "Transaction",
    "read",
]

TRANSACTIONS_MAX = 100_000

# The message, and what it calls its part about one account.
MESSAGES: dict[str, tuple[Kind, str]] = {
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrAcctRpt": ("camt.052", "Rpt"),
}


def read(raw: bytes) -> BankFile:
    """The transactions of a bank file, in its order. Raises Unreadable where it is no bank file at all."""
    root = local_names(read_xml(raw))
    message = next((each for each in root.iter(*MESSAGES)), None)
    if message is None:
        raise Unreadable("not_a_bank_file", "line 1", f"{root.tag} is no camt.054, camt.053 or camt.052 message")
    kind, name = MESSAGES[message.tag]
    parts = message.findall(name)
    if not parts:
        raise Unreadable("not_a_bank_file", f"line {message.sourceline}", f"the message tells of no account: no {name}")
    seen: Counter[str] = Counter()
    notifications = tuple(_notification(part, kind, seen) for part in parts)
    told = BankFile(text_of(message, "GrpHdr/MsgId") or "", kind, notifications, _sums(notifications))
    if told.count > TRANSACTIONS_MAX:
        raise Unreadable("too_many", "the file", f"{told.count} transactions; at most {TRANSACTIONS_MAX} are read")
    return told


def _notification(part: etree._Element, kind: Kind, seen: Counter[str]) -> Notification:
    """What is told of one account. `seen` counts how often a key has come in this file."""
    written = text_of(part, "Acct/Id/IBAN") or text_of(part, "Acct/Id/Othr/Id")
    account = account_key(written) if written else ""
    told_id = text_of(part, "Id") or ""
    transactions: list[Transaction] = []
    held: list[Held] = []
    for number, element in enumerate(part.findall("Ntry"), start=1):
        booked, kept = entry(element, Told(kind, account, told_id, number), seen)
        transactions += booked
        held += kept
    return Notification(
        account=account,
        currency=text_of(part, "Acct/Ccy"),
        id=told_id,
        created=_moment(part, "CreDtTm"),
        from_=_moment(part, "FrToDt/FrDtTm"),
        to=_moment(part, "FrToDt/ToDtTm"),
        transactions=tuple(transactions),
        held=tuple(held),
    )


def _moment(element: etree._Element, path: str) -> datetime | None:
    """A moment as the bank writes it, with or without its distance from UTC; None where it is not one."""
    try:
        return datetime.fromisoformat(text_of(element, path) or "")
    except ValueError:
        return None


def _sums(notifications: tuple[Notification, ...]) -> tuple[Sum, ...]:
    booked: list[tuple[Money | None, Direction | None]] = []
    for told in notifications:
        booked += [(each.amount, each.direction) for each in told.transactions]
        booked += [(each.amount, each.direction) for each in told.held if each.is_booked]
    amounts: dict[str, dict[Direction, list[Money]]] = {}
    for amount, direction in booked:
        if amount and direction:
            amounts.setdefault(amount.currency, {"in": [], "out": []})[direction].append(amount)
    return tuple(
        Sum(total(ways["in"], currency), total(ways["out"], currency)) for currency, ways in sorted(amounts.items())
    )
