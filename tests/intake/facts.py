"""Facts the tests of intake share: an agency, a client, and an invoice in Finland and one in Norway to build on."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from msgspec.structs import replace

from services.intake import claim
from services.intake.channels import checks
from services.intake.channels.invoice import Invoice, InvoiceDebtor
from services.intake.claim import Door
from services.intake.digests import Digests
from services.intake.earlier import NOTHING_EARLIER, Earlier
from services.intake.told import Draft, Told
from shared.events import Event, intake
from shared.events.gateway import Account, AgencySet, Agreement, ClientSet, Mandate, ReferenceKind, Share
from shared.law import Law
from shared.money import Money

LAW = Law.load()
MASTER = bytes(range(32))
DIGESTS = Digests(MASTER)
IBAN, KONTO = "FI2112345600000785", "NO9386011117947"  # Published test numbers.
RECEIVED = date(2026, 1, 5)

AGENCY_SET = AgencySet(
    "Malliperintä Oy", "1234567-1", "FI", "Mallikatu 1", "00100", "Helsinki", "apu@example.org", "+358 9 4245 0000",
    "9–16", (Account(IBAN, "EUR"), Account(KONTO, "NOK")),
    (ReferenceKind("EUR", "viitenumero", 13), ReferenceKind("NOK", "kid_mod10", 16)),
)  # fmt: skip
CLIENT_SET = ClientSet(
    "Saarikon Puutyö Oy", "3018822-7", "FI", "fi", ("fi",), "Höyläkuja 2", "06100", "Porvoo", "laskut@example.org",
    (Account(IBAN, "EUR"),), (Account(IBAN, "EUR"),),
    Agreement((Share("principal", "client"),), vat_percent="25.5"), Mandate(),
)  # fmt: skip

BAKERY = InvoiceDebtor(
    "Lumikoiran Leipomo Oy", "business", "2917364-2", None, "L-3", ("Ratastie 11",), "04200", "Kerava", "FI",
    "laskut@lumikoira.example", "+358501234567", "fi",
)  # fmt: skip
PERSON = InvoiceDebtor(
    "Aino Esimerkki", "consumer", None, "010190-9123", None, ("Koivukuja 3",), "70100", "Kuopio", "FI",
    "aino@example.org", None, "fi",
)  # fmt: skip
FINNISH = Invoice(
    "5107", "invoice", date(2025, 12, 1), date(2025, 12, 15), "EUR", Money(426_70), Money(426_70), "51075",
    debtor=BAKERY, payee_account=IBAN, overdue_rate=Decimal("10.5"), subject="Tiskin hionta ja lakkaus", rows=1,
)  # fmt: skip
CONSUMER = replace(FINNISH, debtor=PERSON)
NORWEGIAN = replace(
    FINNISH, number="88", currency="NOK", total=Money(4_000_00, "NOK"), payable=Money(4_000_00, "NOK"),
    reference=None, payee_account=None, subject="Maling av fasade",
    debtor=replace(BAKERY, name="Fjellhus AS", business_id="910000004", country="NO", language="no"),
)  # fmt: skip

CLIENT, FILE = uuid4(), uuid4()
BUSINESSES_ONLY = replace(AGENCY_SET, businesses_only_from=RECEIVED)


def read_again(invoice: Invoice, **facts: Any) -> Invoice:
    """The invoice with other facts, and what the checks say of it then."""
    found = checks.Findings(str)
    changed = replace(invoice, **facts)
    debtor = changed.debtor
    written = debtor.business_id or debtor.person_id
    whole = replace(changed, debtor=checks.identified(debtor, written, debtor.kind, debtor.country or "", found))
    checked = checks.checked(1, whole, found).invoice
    assert checked is not None
    return checked


def told(
    invoice: Invoice = FINNISH, *, earlier: Earlier = NOTHING_EARLIER, case_id: UUID | None = None,
    party_id: UUID | None = None, received_on: date = RECEIVED,
) -> Told:  # fmt: skip
    """This invoice handed in by our client."""
    draft = Draft(invoice, DIGESTS.content(invoice), earlier)
    return Told(CLIENT, case_id or uuid4(), party_id or uuid4(), FILE, "document", received_on, received_on, draft)


def taken_in(invoice: Told, agency: AgencySet = AGENCY_SET, **more: Any) -> list[Event]:
    return claim.receive(Door(), invoice, agency, CLIENT_SET, LAW, **more)


def last(events: list[Event]) -> Any:
    return events[-1]


def codes(events: list[Event]) -> list[str]:
    return [defect.code for event in events if isinstance(event, intake.DefectsFound) for defect in event.defects]
