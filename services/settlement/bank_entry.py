"""One entry of a bank file: which transactions it holds, or why it is held.

The unit of money is the transaction, not the entry: an entry may book many payments at once, and then they
must add up.
"""

import re
from collections import Counter
from datetime import date

import msgspec
from lxml import etree

from services.settlement import bank_remittance
from services.settlement.bank_file import Direction, Held, Kind, Transaction
from shared.identifiers import account_country
from shared.money import Money
from shared.xml import text_of

DIRECTIONS: dict[str, Direction] = {"CRDT": "in", "DBIT": "out"}
RETURNS = ("RRTN", "RPCR", "UPDD")  # Bank transaction codes of payments that came back.

_AMOUNT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,5})?")
_NOT_PROVIDED = re.compile(r"(?i)not\s*provided")


class Told(msgspec.Struct, frozen=True):
    """Where an entry stands: the message, the account, the notification's id, and the entry's number from 1."""

    kind: Kind
    account: str
    notification: str
    number: int


class _Doubt(Exception):
    """Why something is held."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code, self.what = code, what


def entry(element: etree._Element, told: Told, seen: Counter[str]) -> tuple[list[Transaction], list[Held]]:
    """The transactions of an entry, or the entry itself as held. Never raises for what a bank wrote."""
    where = f"line {element.sourceline}, entry {told.number}"
    amount: Money | None = None
    direction = DIRECTIONS.get(text_of(element, "CdtDbtInd") or "")
    try:
        amount = _amount(element, "Amt")
        _refuse_unbooked(element)
        if amount is None or direction is None:
            raise _Doubt("not_readable", "the entry has no amount, or does not say whether it came or went")
        if not told.account:
            raise _Doubt("no_account", "the file does not say which account this is about")
        return _transactions(element, told, where, amount, direction, seen), []
    except _Doubt as doubt:
        return [], [_held(element, told, where, doubt, amount, direction)]


def _held(
    element: etree._Element,
    told: Told,
    where: str,
    doubt: _Doubt,
    amount: Money | None,
    direction: Direction | None,
) -> Held:
    """All that can be said of it, for the person who will decide."""
    details = element.findall("NtryDtls/TxDtls")
    references = (text_of(block, "CdtrRefInf/Ref") for detail in details for block in detail.findall("RmtInf/Strd"))
    try:
        booked_on = _day(element, "BookgDt")
    except _Doubt:
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
        raise _Doubt("not_booked", f"its status is {(status or 'not told')[:20]}, so no money has moved")


def _transactions(
    element: etree._Element, told: Told, where: str, amount: Money, direction: Direction, seen: Counter[str]
) -> list[Transaction]:
    details = element.findall("NtryDtls/TxDtls")
    if not details:
        raise _Doubt("lump_sum", "the entry has no details: they come in a notification of their own, or from the bank")
    parts = _parts(element, details, amount, direction)
    made = [
        _transaction(element, detail, told, place, part)
        for place, (detail, part) in enumerate(zip(details, parts, strict=True))
    ]
    return [_numbered(each, place, len(made), where, seen) for place, each in enumerate(made)]


def _numbered(made: Transaction, place: int, of: int, where: str, seen: Counter[str]) -> Transaction:
    """Two equal payments that the bank tells with equal references are two: the second one's key is numbered."""
    seen[made.key] += 1
    key = made.key if seen[made.key] == 1 else f"{made.key}#{seen[made.key]}"
    return msgspec.structs.replace(made, key=key, where=where if of == 1 else f"{where}, transaction {place + 1}")


def _parts(
    element: etree._Element, details: list[etree._Element], amount: Money, direction: Direction
) -> list[tuple[Money, Direction, Money | None]]:
    """Amount, direction and charges of each transaction. They make the entry, or the whole entry is held."""
    charges = [_charges(detail, amount.currency) for detail in details]
    ways = [DIRECTIONS.get(text_of(detail, "CdtDbtInd") or "", direction) for detail in details]
    stated = [_amount(detail, "Amt") or _amount(detail, "AmtDtls/TxAmt/Amt") for detail in details]
    if len(details) == 1:
        charges[0] = charges[0] or _charges(element, amount.currency)
        if stated[0] is None or stated[0].currency != amount.currency:
            return [(amount, direction, charges[0])]
    amounts = [each for each in stated if each is not None]
    if len(amounts) < len(details):
        raise _Doubt("no_amount", f"{len(details)} transactions, of which {len(details) - len(amounts)} have no amount")
    if any(each.currency != amount.currency for each in amounts):
        raise _Doubt("sum_mismatch", "its transactions are in another currency than the entry")
    booked = amount.minor
    signs = [1 if way == direction else -1 for way in ways]
    if sum(sign * each.minor for sign, each in zip(signs, amounts, strict=True)) != booked:
        # What the bank kept for itself did not reach the account.
        amounts = [each - (charge or Money(0, each.currency)) for each, charge in zip(amounts, charges, strict=True)]
    made = sum(sign * each.minor for sign, each in zip(signs, amounts, strict=True))
    if made != booked or any(each.minor <= 0 for each in amounts):
        raise _Doubt("sum_mismatch", "its transactions do not add up to the entry")
    return list(zip(amounts, ways, charges, strict=True))


def _transaction(
    element: etree._Element, detail: etree._Element, told: Told, place: int, part: tuple[Money, Direction, Money | None]
) -> Transaction:
    amount, direction, charges = part
    booked_on, value_on = _day(element, "BookgDt"), _day(element, "ValDt")
    paid_on = _day_of(text_of(detail, "RltdDts/AccptncDtTm")) or value_on or booked_on
    if paid_on is None:
        raise _Doubt("no_date", "the bank says no day on which it was paid, valued or booked")
    end_to_end = text_of(detail, "Refs/EndToEndId")
    if end_to_end and _NOT_PROVIDED.fullmatch(end_to_end):
        end_to_end = None
    reason = text_of(detail, "RtrInf/Rsn/Cd") or text_of(detail, "RtrInf/Rsn/Prtry")
    code = text_of(detail, "BkTxCd/Domn/Fmly/SubFmlyCd") or text_of(element, "BkTxCd/Domn/Fmly/SubFmlyCd")
    is_return = detail.find("RtrInf") is not None or code in RETURNS
    is_reversal = text_of(element, "RvslInd") in ("true", "1")
    remittance = bank_remittance.read(detail, amount, account_country(told.account), end_to_end)
    reference = text_of(detail, "Refs/AcctSvcrRef") or str(place)
    day = booked_on.isoformat() if booked_on else ""
    return Transaction(
        key="|".join((told.account, _entry_reference(element, told), reference, _written(amount, direction), day)),
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
        payer_name=_name(detail, "Dbtr"),
        payer_account=_account(detail, "DbtrAcct"),
        payee_name=_name(detail, "Cdtr"),
        payee_account=_account(detail, "CdtrAcct"),
        text=remittance.text or text_of(detail, "AddtlTxInf") or text_of(element, "AddtlNtryInf") or "",
        charges=charges,
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


def _amount(element: etree._Element, path: str) -> Money | None:
    """A positive amount of at most two decimals that say something, or a doubt."""
    found, written = element.find(path), text_of(element, path)
    if found is None or written is None:
        return None
    currency = found.get("Ccy") or ""
    if not re.fullmatch(r"[A-Z]{3}", currency) or not _AMOUNT.fullmatch(written):
        raise _Doubt("bad_amount", f"{written[:30]!r} {currency[:10]!r} is no amount")
    try:
        amount = Money.of(written, currency)
    except ValueError:
        raise _Doubt("bad_amount", f"{written} has more than two decimals") from None
    if amount.minor <= 0:
        raise _Doubt("bad_amount", f"{written} is not above zero")
    return amount


def _charges(element: etree._Element, currency: str) -> Money | None:
    """What the bank took: the sum of its records where it lists them, else the total it states."""
    found = []
    for charge in element.findall("Chrgs"):
        records = charge.findall("Rcrd") or [charge]
        stated = [(record.find("Amt"), text_of(record, "CdtDbtInd")) for record in records]
        if stated[0][0] is None:
            stated = [(charge.find("TtlChrgsAndTaxAmt"), None)]
        found += stated
    minor = 0
    for amount, way in found:
        written = text_of(amount) or ""
        if amount is None or amount.get("Ccy") != currency or not _AMOUNT.fullmatch(written):
            return None
        try:
            minor += Money.of(written, currency).minor * (-1 if way == "CRDT" else 1)
        except ValueError:
            return None
    return Money(minor, currency) if minor > 0 else None


def _day(element: etree._Element, path: str) -> date | None:
    return _day_of(text_of(element, f"{path}/Dt") or text_of(element, f"{path}/DtTm"))


def _day_of(written: str | None) -> date | None:
    """The day as the bank writes it, in its own time; a time of day or a time zone behind it is left off."""
    if written is None:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        raise _Doubt("bad_date", f"{written[:30]!r} is no day of the calendar") from None


def _name(detail: etree._Element, party: str) -> str | None:
    path = f"RltdPties/{party}"
    told = text_of(detail, f"{path}/Nm") or text_of(detail, f"{path}/Pty/Nm")
    return told or text_of(detail, f"{path}/Agt/FinInstnId/Nm")


def _account(detail: etree._Element, which: str) -> str | None:
    path = f"RltdPties/{which}/Id"
    return text_of(detail, f"{path}/IBAN") or text_of(detail, f"{path}/Othr/Id")
