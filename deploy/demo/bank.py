"""The bank: people's payments, the agency's payouts, and each bank morning a camt.054 file per account."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from lxml import etree

from deploy.demo.agency import OURS
from deploy.demo.names import Country
from shared.calendar import add_bank_days, bank_day_on_or_after, is_bank_day
from shared.money import Money

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
BANKS: Mapping[str, Country] = {"EUR": "FI", "NOK": "NO"}
CODES = {"payment": ("RCDT", "ESCT"), "taken_back": ("RCDT", "RRTN"), "payout": ("ICDT", "ESCT"),
         "payout_back": ("ICDT", "RRTN")}  # fmt: skip


@dataclass(frozen=True)
class Movement:
    """Money that came to or left an account of the agency's."""

    nature: Literal["payment", "taken_back", "payout", "payout_back"]
    minor: int
    currency: str
    made_on: date
    other_name: str
    other_account: str
    end_to_end: str
    reference: str = ""
    text: str = ""
    why: str = ""  # The code of a return.

    @property
    def is_in(self) -> bool:
        return self.nature in ("payment", "payout_back")


class Bank:
    """Keeps the agency's accounts. What it is told on a day that is none is booked on the next bank day."""

    def __init__(self, first_day: date) -> None:
        self.books: dict[str, dict[date, list[Movement]]] = {currency: defaultdict(list) for currency in OURS}
        self.told_until = dict.fromkeys(OURS, first_day - timedelta(days=1))
        self.closed_accounts: set[str] = set()  # What is sent there comes back.

    def pay(self, movement: Movement) -> None:
        """Somebody pays the agency."""
        self._book(movement, movement.made_on)

    def take_back(self, payment: Movement, after_bank_days: int) -> None:
        """The payer's bank takes a payment back."""
        booked = bank_day_on_or_after(BANKS[payment.currency], payment.made_on)
        day = add_bank_days(BANKS[payment.currency], booked, after_bank_days)
        self._book(_turned(payment, "taken_back", day, "FOCR"), day)

    def execute(self, order: bytes, today: date) -> None:
        """A payout file of the agency's: each of its payments leaves, and a few come back."""
        for payout in payouts_in(order):
            day = max(payout.made_on, today)
            self._book(payout, day)
            if payout.other_account in self.closed_accounts:
                self.closed_accounts.discard(payout.other_account)  # By the next time they have given another one.
                back = add_bank_days(BANKS[payout.currency], bank_day_on_or_after(BANKS[payout.currency], day), 2)
                self._book(_turned(payout, "payout_back", back, "AC04"), back)

    def _book(self, movement: Movement, day: date) -> None:
        self.books[movement.currency][bank_day_on_or_after(BANKS[movement.currency], day)].append(movement)

    def morning(self, today: date) -> list[tuple[str, bytes, int]]:
        """The files of a morning, by currency: for each account whose bank is open, all since the last one.

        With each, how many of its movements are payments of the agency's debtors.
        """
        files = []
        for currency, iban in OURS.items():
            if not is_bank_day(BANKS[currency], today):
                continue
            since, until = self.told_until[currency] + timedelta(days=1), today - timedelta(days=1)
            self.told_until[currency] = until
            days = [day for day in sorted(self.books[currency]) if since <= day <= until]
            # By the payers' own ids, so that the file is the same whatever order they were told in.
            booked = [
                (day, each)
                for day in days
                for each in sorted(self.books[currency].pop(day), key=lambda each: (each.minor, each.end_to_end))
            ]
            payments = sum(each.nature == "payment" for _, each in booked)
            files.append((currency, camt054(iban, currency, since, until, today, booked), payments))
        return files


def _turned(movement: Movement, nature: Literal["taken_back", "payout_back"], day: date, why: str) -> Movement:
    return Movement(
        nature, movement.minor, movement.currency, day, movement.other_name, movement.other_account,
        movement.end_to_end, movement.reference, movement.text, why,
    )  # fmt: skip


# The files.


def camt054(
    iban: str, currency: str, since: date, until: date, today: date, booked: list[tuple[date, Movement]]
) -> bytes:
    """What moved on an account in these days, also where nothing did."""
    name_space: Any = {None: NAMESPACE}  # The published types of lxml leave out that a namespace may have no prefix.
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap=name_space)
    message = _under(document, "BkToCstmrDbtCdtNtfctn")
    made = f"{today.isoformat()}T06:45:00+02:00"
    name = f"{currency}-{today:%Y%m%d}"
    header = _under(message, "GrpHdr")
    _under(header, "MsgId", f"MSG-{name}")
    _under(header, "CreDtTm", made)
    told = _under(message, "Ntfctn")
    _under(told, "Id", f"NTF-{name}")
    _under(told, "CreDtTm", made)
    period = _under(told, "FrToDt")
    _under(period, "FrDtTm", f"{since.isoformat()}T00:00:00")
    _under(period, "ToDtTm", f"{until.isoformat()}T23:59:59")
    account = _under(told, "Acct")
    _under(_under(account, "Id"), "IBAN", iban)
    _under(account, "Ccy", currency)
    for number, (day, each) in enumerate(booked, start=1):
        _entry(told, f"{currency}{today:%y%m%d}{number:05d}", day, each)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _entry(told: etree._Element, archive: str, day: date, each: Movement) -> None:
    entry = _under(told, "Ntry")
    way = "CRDT" if each.is_in else "DBIT"
    _amount(entry, each)
    _under(entry, "CdtDbtInd", way)
    _under(_under(entry, "Sts"), "Cd", "BOOK")
    _under(_under(entry, "BookgDt"), "Dt", day.isoformat())
    _under(_under(entry, "ValDt"), "Dt", day.isoformat())
    _under(entry, "AcctSvcrRef", archive)
    code = _under(_under(entry, "BkTxCd"), "Domn")
    _under(code, "Cd", "PMNT")
    family = _under(code, "Fmly")
    _under(family, "Cd", CODES[each.nature][0])
    _under(family, "SubFmlyCd", CODES[each.nature][1])
    detail = _under(_under(entry, "NtryDtls"), "TxDtls")
    references = _under(detail, "Refs")
    _under(references, "AcctSvcrRef", archive)
    _under(references, "EndToEndId", each.end_to_end)
    _amount(detail, each)
    _under(detail, "CdtDbtInd", way)
    role = "Dbtr" if each.nature in ("payment", "taken_back") else "Cdtr"
    parties = _under(detail, "RltdPties")
    _under(_under(_under(parties, role), "Pty"), "Nm", each.other_name)
    _under(_under(_under(parties, f"{role}Acct"), "Id"), "IBAN", each.other_account)
    if each.reference:
        found = _under(_under(_under(detail, "RmtInf"), "Strd"), "CdtrRefInf")
        _under(_under(_under(found, "Tp"), "CdOrPrtry"), "Cd", "SCOR")
        _under(found, "Ref", each.reference)
    elif each.text:
        _under(_under(detail, "RmtInf"), "Ustrd", each.text)
    if each.nature == "payment":
        _under(_under(detail, "RltdDts"), "AccptncDtTm", f"{each.made_on.isoformat()}T18:30:00")
    if each.why:
        _under(_under(_under(detail, "RtrInf"), "Rsn"), "Cd", each.why)


def payouts_in(order: bytes) -> list[Movement]:
    """The payments a pain.001 file of the agency's orders."""
    root = etree.fromstring(order, etree.XMLParser(resolve_entities=False, no_network=True))
    found = []
    for information in root.iter("{*}PmtInf"):
        day = date.fromisoformat(_text(information, "{*}ReqdExctnDt/{*}Dt"))
        for line in information.iter("{*}CdtTrfTxInf"):
            amount = next(line.iter("{*}InstdAmt"))
            currency = amount.get("Ccy", "")
            minor = Money.of(amount.text or "", currency).minor
            name, account = _text(line, "{*}Cdtr/{*}Nm"), _text(line, "{*}CdtrAcct/{*}Id//{*}IBAN")
            end_to_end = _text(line, "{*}PmtId/{*}EndToEndId")
            found.append(Movement("payout", minor, currency, day, name, account, end_to_end))
    return found


def _text(element: etree._Element, path: str) -> str:
    found = element.find(path)
    return (found.text or "").strip() if found is not None else ""


def _amount(parent: etree._Element, each: Movement) -> None:
    _under(parent, "Amt", str(Money(each.minor, each.currency).decimal)).set("Ccy", each.currency)


def _under(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    made.text = text
    return made
