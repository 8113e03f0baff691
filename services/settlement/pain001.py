"""Writing the file that tells the bank to pay: pain.001.001.09, one order per currency.

UTF-8 with the letters of ISO-8859-1, no postal addresses (unstructured ones are refused since November 2026),
and our own id as end-to-end id, so that a payment that comes back, and the bank's answer, name the line they
are about.
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Any

import msgspec
from lxml import etree

from shared.money import CURRENCIES, Money, total
from shared.references import compact, valid_rf
from shared.xml import Unreadable, local_names, read_xml, text_of

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
NAME_MAX, TEXT_MAX, ID_MAX = 70, 140, 35

# Service level and who bears the charges: SEPA in euros, domestic in crowns.
TERMS = {"EUR": ("SEPA", "SLEV"), "NOK": ("NURG", "SHAR"), "SEK": ("NURG", "SHAR")}

_ID = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/\-?:().,'+ ]{1,35}(?<!/)")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BBAN = re.compile(r"[A-Z0-9-]{4,30}")


class PayoutLine(msgspec.Struct, frozen=True):
    """One payment, with a reference of the receiver's or a text, not both. `end_to_end_id` is our own id of
    it.
    """

    end_to_end_id: str
    amount: Money
    to_name: str
    to_account: str
    reference: str | None = None
    text: str | None = None
    to_bic: str | None = None


class Payout(msgspec.Struct, frozen=True):
    """What is paid from one account on one day."""

    message_id: str
    created: datetime
    debtor_name: str
    debtor_account: str
    execute_on: date
    lines: tuple[PayoutLine, ...]
    debtor_bic: str | None = None


class PaidLine(msgspec.Struct, frozen=True):
    """What a payout file says about one payment."""

    end_to_end_id: str
    amount: Money
    account: str


def write(payout: Payout) -> bytes:
    """The file. Raises ValueError where a bank would refuse it."""
    _refuse(payout)
    default: Any = {None: NAMESPACE}  # The published types of lxml leave out that a namespace may have no prefix.
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap=default)
    message = _under(document, "CstmrCdtTrfInitn")
    header = _under(message, "GrpHdr")
    _under(header, "MsgId", payout.message_id)
    _under(header, "CreDtTm", payout.created.isoformat(timespec="seconds"))
    _under(header, "NbOfTxs", str(len(payout.lines)))
    # Units of different currencies are added up here because the standard says so: it is a check, not an
    # amount.
    _under(header, "CtrlSum", str(Money(sum(line.amount.minor for line in payout.lines)).decimal))
    _under(_under(header, "InitgPty"), "Nm", bank_text(payout.debtor_name)[:NAME_MAX])
    for currency in CURRENCIES:
        lines = [line for line in payout.lines if line.amount.currency == currency]
        if lines:
            _order(message, payout, currency, lines)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def read_back(raw: bytes) -> tuple[PaidLine, ...]:
    """The payments in a file we wrote. Raises Unreadable."""
    root = local_names(read_xml(raw))
    orders = root.findall("CstmrCdtTrfInitn/PmtInf")
    if not orders:
        raise Unreadable("not_a_payout_file", "line 1", f"{root.tag} is no pain.001 message with a payment in it")
    return tuple(_paid(line) for order in orders for line in order.findall("CdtTrfTxInf"))


def bank_text(text: str) -> str:
    """In the letters of ISO-8859-1, which å, ä, ö and ø belong to; others lose their marks, or become a dot."""
    return " ".join("".join(_bank_letter(letter) for letter in " ".join(text.split())).split())


def _bank_letter(letter: str) -> str:
    if " " <= letter <= "~" or "\u00a1" <= letter <= "\u00ff":
        return letter
    plain = "".join(each for each in unicodedata.normalize("NFKD", letter) if " " <= each <= "~")
    return plain or ("-" if unicodedata.category(letter) == "Pd" else ".")


def _refuse(payout: Payout) -> None:
    if not payout.lines:
        raise ValueError("a payout has at least one line")
    if not _ID.fullmatch(payout.message_id) or len(payout.message_id) > ID_MAX - 4:
        raise ValueError(f"{payout.message_id!r} is no message id of at most {ID_MAX - 4} characters")
    ids = [line.end_to_end_id for line in payout.lines]
    if len(set(ids)) < len(ids):
        raise ValueError("two lines have the same end-to-end id")
    for line in payout.lines:
        if not _ID.fullmatch(line.end_to_end_id):
            raise ValueError(f"{line.end_to_end_id!r} is no end-to-end id")
        if line.amount.minor <= 0 or line.amount.currency not in TERMS:
            raise ValueError(f"{line.end_to_end_id}: {line.amount.decimal} {line.amount.currency} cannot be paid")
        if line.reference and line.text:
            raise ValueError(f"{line.end_to_end_id}: a payment has a reference or a text, not both")
        if line.reference and not _ID.fullmatch(compact(line.reference)):
            raise ValueError(f"{line.end_to_end_id}: a reference has 1 to {ID_MAX} letters and digits")
        if not bank_text(line.to_name):
            raise ValueError(f"{line.end_to_end_id}: a payment has a receiver's name")


def _order(message: etree._Element, payout: Payout, currency: str, lines: list[PayoutLine]) -> None:
    level, bearer = TERMS[currency]
    order = _under(message, "PmtInf")
    _under(order, "PmtInfId", f"{payout.message_id}-{currency}")
    _under(order, "PmtMtd", "TRF")
    _under(order, "NbOfTxs", str(len(lines)))
    _under(order, "CtrlSum", str(total((line.amount for line in lines), currency).decimal))
    _under(_under(_under(order, "PmtTpInf"), "SvcLvl"), "Cd", level)
    _under(_under(order, "ReqdExctnDt"), "Dt", payout.execute_on.isoformat())
    _under(_under(order, "Dbtr"), "Nm", bank_text(payout.debtor_name)[:NAME_MAX])
    _account(_under(order, "DbtrAcct"), payout.debtor_account)
    _bank(_under(order, "DbtrAgt"), payout.debtor_bic)
    _under(order, "ChrgBr", bearer)
    for line in lines:
        _line(order, line)


def _line(order: etree._Element, line: PayoutLine) -> None:
    made = _under(order, "CdtTrfTxInf")
    _under(_under(made, "PmtId"), "EndToEndId", line.end_to_end_id)
    amount = _under(_under(made, "Amt"), "InstdAmt", str(line.amount.decimal))
    amount.set("Ccy", line.amount.currency)
    if line.to_bic:
        _bank(_under(made, "CdtrAgt"), line.to_bic)
    _under(_under(made, "Cdtr"), "Nm", bank_text(line.to_name)[:NAME_MAX])
    _account(_under(made, "CdtrAcct"), line.to_account)
    if line.reference:
        _reference(_under(_under(made, "RmtInf"), "Strd"), compact(line.reference))
    elif line.text and bank_text(line.text):
        _under(_under(made, "RmtInf"), "Ustrd", bank_text(line.text)[:TEXT_MAX])


def _reference(structured: etree._Element, reference: str) -> None:
    made = _under(structured, "CdtrRefInf")
    kind = _under(made, "Tp")
    _under(_under(kind, "CdOrPrtry"), "Cd", "SCOR")
    if valid_rf(reference):
        _under(kind, "Issr", "ISO")
    _under(made, "Ref", reference)


def _account(account: etree._Element, written: str) -> None:
    number = re.sub(r"[ .]", "", written).upper()
    if _IBAN.fullmatch(number):
        _under(_under(account, "Id"), "IBAN", number)
        return
    if not _BBAN.fullmatch(number):
        raise ValueError("an account is an IBAN, or a national number of 4 to 30 characters")
    other = _under(_under(account, "Id"), "Othr")
    _under(other, "Id", number)
    _under(_under(other, "SchmeNm"), "Cd", "BBAN")


def _bank(agent: etree._Element, bic: str | None) -> None:
    """The bank's BIC, which SEPA does not need; the schema wants the element all the same."""
    bank = _under(agent, "FinInstnId")
    if bic:
        _under(bank, "BICFI", bic)
    else:
        _under(_under(bank, "Othr"), "Id", "NOTPROVIDED")


def _under(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    made.text = text
    return made


def _paid(line: etree._Element) -> PaidLine:
    where = f"line {line.sourceline}"
    amount, account = line.find("Amt/InstdAmt"), line.find("CdtrAcct/Id")
    end_to_end = text_of(line, "PmtId/EndToEndId")
    number = text_of(account, "IBAN") or text_of(account, "Othr/Id")
    if amount is None or end_to_end is None or number is None:
        raise Unreadable("not_readable", where, "a payment without an id, an amount or an account")
    try:
        return PaidLine(end_to_end, Money.of((amount.text or "").strip(), amount.get("Ccy") or ""), number)
    except (ValueError, ArithmeticError):
        raise Unreadable("not_readable", where, "an amount that is none") from None
