"""Whether the books are right: the ledger made anew from events, beside the bank's files and our own payout files."""

from collections.abc import Iterator
from uuid import UUID

import msgspec
from lxml import etree

from services.settlement import bank, camt054, pain001, views
from services.settlement.bank_file import Transaction
from services.settlement.books import Books, Fault
from services.settlement.ledger import Figures
from shared.casestore import CaseStore, Recorded
from shared.documents import Documents
from shared.errors import NotFound
from shared.events import settlement
from shared.identifiers import account_key
from shared.ids import account_id
from shared.money import Money
from shared.xml import Unreadable

__all__ = ["Fault", "check", "check_shown"]


class Said(msgspec.Struct, frozen=True):
    """What an event says of a bank's transaction."""

    where: str
    amount: Money
    incoming: bool


async def check(store: CaseStore, documents: Documents) -> list[Fault]:
    """Every fault, with its place. Reads the whole log and every bank and payout file; changes nothing."""
    faults, _ = await _examine(store, documents)
    return faults


async def check_shown(store: CaseStore, documents: Documents) -> list[Fault]:
    """The same, and whether the ledger shown is the one events make. Asked with settlement's own store."""
    faults, books = await _examine(store, documents)
    return [*faults, *_compare(await views.summary(store.pool), dict(books.figures()))]


async def _examine(store: CaseStore, documents: Documents) -> tuple[list[Fault], Books]:
    books, told, wrong = Books(), Told(), []
    position = 0
    try:
        while batch := await store.read(position):
            for one in batch:
                books.take(one)
                told.take(one)
            position = batch[-1].position
    except (ValueError, msgspec.MsgspecError) as changed:
        wrong.append(Fault(f"after position {position}", "not_readable", f"an event was changed: {changed}"))
    wrong += [*books.faults, *books.at_the_end()]
    for read, account, where in told.files:
        wrong += await _bank_file(read, account, where, told, documents)
    wrong += told.unseen()
    for at, document, amount, to, end_to_end in told.payouts:
        wrong += await _payout(at, document, amount, to, end_to_end, documents)
    return wrong, books


def _compare(shown: dict[str, Figures], anew: dict[str, Figures]) -> Iterator[Fault]:
    for currency in sorted({*shown, *anew}):
        if shown.get(currency) != anew.get(currency):
            yield Fault(f"the ledger in {currency}", "ledger_differs", "the ledger shown is not the one events make")


class Told:
    """What the log says of bank transactions and payouts, to be found again in the files."""

    def __init__(self) -> None:
        self.files: list[tuple[settlement.BankFileRead, UUID, str]] = []
        self.said: dict[tuple[UUID, str], Said] = {}
        self.seen: set[tuple[UUID, str]] = set()
        self.payouts: list[tuple[str, str, Money, str | None, str]] = []
        self.refunds: dict[UUID, settlement.RefundDecided] = {}
        self.accounts: dict[UUID, UUID] = {}  # Of a payment's or a remittance's stream.

    def take(self, one: Recorded) -> None:
        """The next event of the log."""
        where = f"position {one.position}, {one.type}"
        match one.event:
            case settlement.BankFileRead() as read:
                self.files.append((read, one.stream_id, where))
            case settlement.PaymentReceived(account, amount, key=key):
                self.said[(account_id(account), key)] = Said(where, amount, incoming=True)
                self.accounts[one.stream_id] = account_id(account)
            case settlement.PaymentReversed(amount=amount, key=key):
                self._left(one.stream_id, key, Said(where, amount, incoming=False))
            case settlement.RefundDecided(refund_id):
                self.refunds[refund_id] = one.event
            case settlement.RefundSent(refund_id, document, amount):
                decided = self.refunds.get(refund_id)
                payer = decided.to.value if decided else None
                self.payouts.append((where, document, amount, payer.account if payer else None, refund_id.hex))
            case settlement.RemittanceCreated() as made:
                self.payouts.append((where, made.payout, made.net, made.to_account, made.end_to_end))

    def _left(self, stream_id: UUID, key: str, said: Said) -> None:
        if stream_id in self.accounts:
            self.said[(self.accounts[stream_id], key)] = said

    def unseen(self) -> Iterator[Fault]:
        """What is booked and stands in no file."""
        for key, said in self.said.items():
            if key not in self.seen:
                yield Fault(said.where, "not_in_file", "no bank file that was read tells of this")


async def _bank_file(
    read: settlement.BankFileRead, account: UUID, where: str, told: Told, documents: Documents
) -> list[Fault]:
    raw, wrong = await _open(read.document, where, documents)
    if raw is None:
        return wrong
    try:
        file = camt054.read(raw)
    except (Unreadable, etree.XMLSyntaxError):
        return [Fault(where, "file_not_readable", "the bank file it names cannot be read any more")]
    booked = Money(0, read.currency)
    for part in file.notifications:
        if part.id != read.notification or account_id(part.account) != account:
            continue
        for each in part.transactions:
            if each.amount.currency != read.currency:
                continue
            wrong += _transaction(each, account, where, told)
            if bank.nature(each) == "payment":
                booked += each.amount
    if booked != read.booked:
        wrong.append(Fault(where, "booked_differs", "the file's payments do not make what is said to be booked"))
    return wrong


def _transaction(each: Transaction, account: UUID, where: str, told: Told) -> Iterator[Fault]:
    said = told.said.get((account, each.key))
    told.seen.add((account, each.key))
    nature = bank.nature(each)
    if said is None:
        if nature == "payment":
            yield Fault(f"{where}, {each.where}", "not_booked", "a payment in the bank's file was not booked")
    elif said.amount != each.amount or said.incoming != (nature == "payment"):
        yield Fault(said.where, "amount_differs", f"the bank's file says another amount, {each.where}")


async def _payout(
    where: str, document: str, amount: Money, account: str | None, end_to_end: str, documents: Documents
) -> list[Fault]:
    raw, wrong = await _open(document, where, documents)
    if raw is None:
        return wrong
    try:
        lines = pain001.read_back(raw)
    except (Unreadable, etree.XMLSyntaxError):
        return [Fault(where, "file_not_readable", "the payout file it names cannot be read any more")]
    if [(line.end_to_end_id, line.amount) for line in lines] != [(end_to_end, amount)]:
        return [Fault(where, "payout_differs", "the payout file pays another amount")]
    if account is not None and account_key(lines[0].account) != account_key(account):
        return [Fault(where, "payee_differs", "the payout file pays to another account")]
    return []


async def _open(document: str, where: str, documents: Documents) -> tuple[bytes | None, list[Fault]]:
    """A document's bytes; none, without a fault, where the party it is about was erased."""
    try:
        return (await documents.open(document)).content, []
    except NotFound:
        return None, [Fault(where, "document_missing", f"document {document} is not there")]
    except Exception as changed:
        return None, [Fault(where, "document_changed", f"document {document}: {type(changed).__name__}")]
