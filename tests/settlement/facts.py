"""Facts the tests of settlement share: an agency, a client, cases to pay, and bank files of our own making."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from uuid import UUID

import msgspec

from services.settlement import money
from services.settlement.money import Told
from services.settlement.owed import Owed
from services.settlement.payment import Payment
from shared.balance import balance
from shared.events import Event, Sealed
from shared.events.contact import ContactDecided
from shared.events.gateway import Account, AgencySet, Agreement, ClientSet, Mandate, ReferenceKind, Share
from shared.events.intake import CaseAccepted, CaseReceived, ClaimAdded
from shared.events.reasons import Charge, Reason
from shared.events.settlement import Payer, PaymentReceived
from shared.ids import payment_id
from shared.law import Law
from shared.money import Money
from shared.setup import Client

LAW = Law.load()
IBAN, PAYERS, CLIENTS = "FI2112345600000785", "FI4950009420028730", "FI5542345670000081"  # Published test numbers.
AGENCY_SET = AgencySet(
    "Malliperintä Oy", "1234567-1", "FI", "Mallikatu 1", "00100", "Helsinki", "apu@example.org", "+358 9 4245 0000",
    "9–16", (Account(IBAN, "EUR"), Account("NO9386011117947", "NOK")), (ReferenceKind("EUR", "viitenumero", 13),),
)  # fmt: skip
AGREEMENT = Agreement(
    (
        Share("principal", "client", "5"),
        Share("interest", "client", "10"),
        Share("reminder_cost", "client"),
        Share("collection_cost", "agency"),
    ),
    vat_percent="25.5",
)
CLIENT_SET = ClientSet(
    "Esimerkki Oy", "1234567-1", "FI", "fi", ("fi",), "Katu 2", "00100", "Helsinki", "laskut@example.org",
    (Account(CLIENTS, "EUR"),), (Account(CLIENTS, "EUR"),), AGREEMENT, Mandate(),
)  # fmt: skip
CLIENT, PARTY, CASE, FILE = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
CLAIM, LATER_CLAIM = UUID(int=11), UUID(int=12)
LETTER = UUID(int=21)
DUE, SENT, PAID_ON, TODAY = date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 4), date(2026, 5, 5)
NOW = datetime(2026, 5, 5, 5, 0, tzinfo=UTC)
THE_CLIENT = Client().after(CLIENT_SET)
REFERENCE = "1000000000009"
RECEIVED = CaseReceived(CLIENT, PARTY, "FI", "consumer", "EUR", "fi", date(2026, 3, 20))
ACCEPTED = CaseAccepted("100001", REFERENCE, UUID(int=9))
FIVE, NOTHING = Money(5_00), Money(0)
ONE_DAY = timedelta(days=1)


def claim(minor: int = 100_00, claim_id: UUID = CLAIM, due: date = DUE, currency: str = "EUR") -> ClaimAdded:
    """An invoice of the case."""
    number = f"L-{claim_id.int}"
    basis = Sealed((PARTY,), "Työ")
    return ClaimAdded(claim_id, number, date(2026, 2, 2), due, Money(minor, currency), basis, "d", FILE)


def case(*more: Event, minor: int = 100_00) -> tuple[Event, ...]:
    """An accepted case with one claim, and what happened to it since."""
    return (RECEIVED, claim(minor), ACCEPTED, *more)


def letter(
    total: Money, pay_by: date, cost: int = 0, kind: str = "demand", contact_id: UUID = LETTER, on: date = SENT
) -> ContactDecided:
    """A letter that asks for a total by a day, and what it costs."""
    charge = Charge(kind, Money(cost, total.currency), on, ()) if cost else None
    return ContactDecided(contact_id, "debtor", kind, kind, "letter", "fi", "d", total, pay_by, charge, Reason(kind))


def payment(
    minor: int, paid_on: date = PAID_ON, key: str = "k1", reference: str | None = REFERENCE,
    account: str | None = PAYERS, currency: str = "EUR",
) -> PaymentReceived:  # fmt: skip
    """Money that came to our account."""
    payer = Sealed((PARTY,), Payer("Maija Malli", account, None))
    iban = IBAN if currency == "EUR" else "NO9386011117947"
    return PaymentReceived(iban, Money(minor, currency), paid_on, paid_on, paid_on, reference, payer, key, "bank-file")


def id_of(received: PaymentReceived) -> UUID:
    """The stream of a payment."""
    return payment_id(received.account, received.key)


# What is known of a case and of a payment, and what is told of them.


def owed(*events: Event) -> Owed:
    return reduce(Owed.after, events, Owed())


def came(received: PaymentReceived, *more: Event) -> Payment:
    return reduce(Payment.after, (received, *more), Payment())


def total_on(state: Owed, day: date = PAID_ON) -> int:
    return balance(state.case, day, LAW).total.minor


def assigned(received: PaymentReceived, *events: Event, by: str = "reference") -> Told:
    """What is told, decided twice: the second time nothing is."""
    state, known = owed(*events), came(received)
    told_now = money.assign(known, CASE, state, THE_CLIENT, LAW, by, TODAY)
    known, state = reduce(Payment.after, told_now.payment, known), reduce(Owed.after, told_now.case, state)
    again = money.assign(known, CASE, state, THE_CLIENT, LAW, by, TODAY)
    assert list(again.case) == []
    assert list(again.payment) == [], "the decision is not idempotent"
    return told_now


def of(kind: type[Event], events: Sequence[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


# Bank files.


class Line(msgspec.Struct, frozen=True):
    """One transaction of a bank file."""

    amount: str
    reference: str = ""
    number: str = "1"
    way: str = "CRDT"
    end_to_end: str = "NOTPROVIDED"
    returned: str = ""  # The bank's reason, where the payment came back.
    paid_on: str = "2026-05-04"
    currency: str = "EUR"


def camt054(lines: Sequence[Line], *, iban: str = IBAN, notification: str = "N-1", currency: str = "EUR") -> bytes:
    """A bank file of our own making, camt.054.001.08."""
    entries = "".join(_entry(line) for line in lines)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>M-{notification}</MsgId><CreDtTm>2026-05-05T07:10:00+03:00</CreDtTm></GrpHdr>
<Ntfctn><Id>{notification}</Id><CreDtTm>2026-05-05T07:10:00+03:00</CreDtTm>
<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>{entries}</Ntfctn>
</BkToCstmrDbtCdtNtfctn></Document>""".encode()


def _entry(line: Line) -> str:
    reference = (
        f"<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{line.reference}</Ref>"
        "</CdtrRefInf></Strd></RmtInf>"
        if line.reference
        else ""
    )
    back = f"<RtrInf><Rsn><Cd>{line.returned}</Cd></Rsn></RtrInf>" if line.returned else ""
    family = "ICDT" if (line.way == "DBIT") != bool(line.returned) else "RCDT"
    return f"""<Ntry><Amt Ccy="{line.currency}">{line.amount}</Amt><CdtDbtInd>{line.way}</CdtDbtInd>
<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{line.paid_on}</Dt></BookgDt><ValDt><Dt>{line.paid_on}</Dt></ValDt>
<AcctSvcrRef>A{line.number}</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{"RRTN" if line.returned else "ESCT"}</SubFmlyCd></Fmly>
</Domn></BkTxCd><NtryDtls><TxDtls><Refs><AcctSvcrRef>A{line.number}</AcctSvcrRef>
<EndToEndId>{line.end_to_end}</EndToEndId></Refs><Amt Ccy="{line.currency}">{line.amount}</Amt>
<CdtDbtInd>{line.way}</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>Maija Malli</Nm></Pty></Dbtr>
<DbtrAcct><Id><IBAN>{PAYERS}</IBAN></Id></DbtrAcct></RltdPties>{reference}{back}</TxDtls></NtryDtls></Ntry>"""
