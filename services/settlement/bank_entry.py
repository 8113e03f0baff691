"""One entry of a bank file: which transactions it holds, or why it is held.

The unit of money is the transaction, not the entry: an entry may book many payments at once, and then they
must add up.
"""

import re
from collections import Counter

import msgspec
from lxml import etree

from services.settlement import bank_remittance
from services.settlement.bank_fields import Doubt, account, amount_of, charges, day, day_of, name
from services.settlement.bank_file import Direction, Held, Kind, Transaction
from shared.identifiers import account_country
from shared.money import Money
from shared.xml import text_of

DIRECTIONS: dict[str, Direction] = {"CRDT": "in", "DBIT": "out"}
RETURNS = ("RRTN", "RPCR", "UPDD")  # Bank transaction codes of payments that came back.

_NOT_PROVIDED = re.compile(r"(?i)not\s*provided")


class Told(msgspec.Struct, frozen=True):
    """Where an entry stands: the message, the account, the notification's id, and the entry's number from 1."""

    kind: Kind
    account: str
    notification: str
    number: int


def entry(element: etree._Element, told: Told, seen: Counter[str]) -> tuple[list[Transaction], list[Held]]:
    """The transactions of an entry, or the entry itself as held. Never raises for what a bank wrote."""
    where = f"line {element.sourceline}, entry {told.number}"
    amount: Money | None = None
    direction = DIRECTIONS.get(text_of(element, "CdtDbtInd") or "")
    try:
        amount = amount_of(element, "Amt")
        _refuse_unbooked(element)
        if amount is None or direction is None:
            raise Doubt("not_readable", "the entry has no amount, or does not say whether it came or went")
        if not told.account:
            raise Doubt("no_account", "the file does not say which account this is about")
        return _transactions(element, told, where, amount, direction, seen), []
    except Doubt as doubt:
        return [], [_held(element, told, where, doubt, amount, direction)]


def _held(
    element: etree._Element,
    told: Told,
    where: str,
    doubt: Doubt,
    amount: Money | None,
    direction: Direction | None,
) -> Held:
    """All that can be said of it, for the person who will decide."""
    details = element.findall("NtryDtls/TxDtls")
    references = (text_of(block, "CdtrRefInf/Ref") for detail in details for block in detail.findall("RmtInf/Strd"))
    try:
        booked_on = day(element, "BookgDt")
    except Doubt:
        booked_on = None
    return Held(
        where=where,
        code=doubt.code,
        what=doubt.what,
        amount=amount,
        direction=direction,
        account=told.account or None,
        key="|".join((told.account, _entry_reference(element, told), "", _written(amount, direction))),
        transactions=len(details) or 1,
        booked_on=booked_on,
        references=tuple(reference for reference in references if reference),
    )


def _refuse_unbooked(element: etree._Element) -> None:
    status = text_of(element, "Sts/Cd") or text_of(element, "Sts/Prtry") or text_of(element, "Sts")
    if status != "BOOK":
        raise Doubt("not_booked", f"its status is {(status or 'not told')[:20]}, so no money has moved")


def _transactions(
    element: etree._Element, told: Told, where: str, amount: Money, direction: Direction, seen: Counter[str]
) -> list[Transaction]:
    details = element.findall("NtryDtls/TxDtls")
    if not details:
        raise Doubt("lump_sum", "the entry has no details: they come in a notification of their own, or from the bank")
    stated = sum(int(number) for number in _counts(element) if number.isdecimal())
    if stated > len(details):
        raise Doubt("lump_sum", f"the entry stands for {stated} transactions and tells of {len(details)}")
    parts = _parts(element, details, amount, direction)
    made = [
        _transaction(element, detail, told, place, part)
        for place, (detail, part) in enumerate(zip(details, parts, strict=True))
    ]
    return [_numbered(each, place, len(made), where, seen) for place, each in enumerate(made)]


def _counts(element: etree._Element) -> list[str]:
    return [text_of(batch) or "" for batch in element.findall("NtryDtls/Btch/NbOfTxs")]


def _numbered(made: Transaction, place: int, of: int, where: str, seen: Counter[str]) -> Transaction:
    """Two equal payments that the bank tells with equal references are two: the second one's key is numbered."""
    seen[made.key] += 1
    key = made.key if seen[made.key] == 1 else f"{made.key}#{seen[made.key]}"
    return msgspec.structs.replace(made, key=key, where=where if of == 1 else f"{where}, transaction {place + 1}")


def _parts(
    element: etree._Element, details: list[etree._Element], amount: Money, direction: Direction
) -> list[tuple[Money, Direction, Money | None]]:
    """Amount, direction and charges of each transaction. They make the entry, or the whole entry is held."""
    kept = [charges(detail, amount.currency) for detail in details]
    ways = [DIRECTIONS.get(text_of(detail, "CdtDbtInd") or "", direction) for detail in details]
    stated = [amount_of(detail, "Amt") or amount_of(detail, "AmtDtls/TxAmt/Amt") for detail in details]
    if len(details) == 1:
        kept[0] = kept[0] or charges(element, amount.currency)
        if stated[0] is None or stated[0].currency != amount.currency:
            return [(amount, direction, kept[0])]
    amounts = [each for each in stated if each is not None]
    if len(amounts) < len(details):
        raise Doubt("no_amount", f"{len(details)} transactions, of which {len(details) - len(amounts)} have no amount")
    if any(each.currency != amount.currency for each in amounts):
        raise Doubt("sum_mismatch", "its transactions are in another currency than the entry")
    booked = amount.minor
    signs = [1 if way == direction else -1 for way in ways]
    if sum(sign * each.minor for sign, each in zip(signs, amounts, strict=True)) != booked:
        # What the bank kept for itself did not reach the account.
        amounts = [each - (charge or Money(0, each.currency)) for each, charge in zip(amounts, kept, strict=True)]
    made = sum(sign * each.minor for sign, each in zip(signs, amounts, strict=True))
    if made != booked or any(each.minor <= 0 for each in amounts):
        raise Doubt("sum_mismatch", "its transactions do not add up to the entry")
    return list(zip(amounts, ways, kept, strict=True))


def _transaction(
    element: etree._Element, detail: etree._Element, told: Told, place: int, part: tuple[Money, Direction, Money | None]
) -> Transaction:
    amount, direction, kept = part
    booked_on, value_on = day(element, "BookgDt"), day(element, "ValDt")
    references, parties, returned = detail.find("Refs"), detail.find("RltdPties"), detail.find("RtrInf")
    paid_on = day_of(text_of(detail, "RltdDts/AccptncDtTm")) or value_on or booked_on
    if paid_on is None:
        raise Doubt("no_date", "the bank says no day on which it was paid, valued or booked")
    end_to_end = text_of(references, "EndToEndId")
    if end_to_end and _NOT_PROVIDED.fullmatch(end_to_end):
        end_to_end = None
    reason = text_of(returned, "Rsn/Cd") or text_of(returned, "Rsn/Prtry")
    code = text_of(detail, "BkTxCd/Domn/Fmly/SubFmlyCd") or text_of(element, "BkTxCd/Domn/Fmly/SubFmlyCd")
    is_return = returned is not None or code in RETURNS
    is_reversal = text_of(element, "RvslInd") in ("true", "1")
    remittance = bank_remittance.read(detail, amount, account_country(told.account), end_to_end)
    reference = text_of(references, "AcctSvcrRef") or str(place)
    booked = booked_on.isoformat() if booked_on else ""
    return Transaction(
        key="|".join((told.account, _entry_reference(element, told), reference, _written(amount, direction), booked)),
        where="",
        account=told.account,
        amount=amount,
        direction=direction,
        paid_on=paid_on,
        booked_on=booked_on,
        value_on=value_on,
        reference=remittance.reference,
        reference_source=remittance.source,
        references=remittance.references,
        splits=remittance.splits,
        end_to_end=end_to_end,
        payer_name=name(parties, "Dbtr"),
        payer_account=account(parties, "DbtrAcct"),
        payee_name=name(parties, "Cdtr"),
        payee_account=account(parties, "CdtrAcct"),
        text=remittance.text or text_of(detail, "AddtlTxInf") or text_of(element, "AddtlNtryInf") or "",
        charges=kept,
        is_return=is_return,
        return_reason=reason,
        is_reversal=is_reversal,
        reverses=end_to_end if is_return or is_reversal else None,
    )


def _entry_reference(element: etree._Element, told: Told) -> str:
    """The bank's own reference; where it gives none, the entry's place in the notification stands for it."""
    given = text_of(element, "AcctSvcrRef") or text_of(element, "NtryRef")
    return given or f"{told.notification}/{told.number}"


def _written(amount: Money | None, direction: Direction | None) -> str:
    return "" if amount is None else f"{'-' if direction == 'out' else ''}{amount.decimal}{amount.currency}"
