"""Messages of made-up people and companies, one of each kind, with every fact their texts name."""

from datetime import date

from msgspec.structs import replace

from services.contact.letters.letter import Instalment, Language
from services.contact.messages.message import Defect, Kind, Message
from shared.money import Money
from tests.contact.letters import ELECTRICITY, FINNISH_DEMAND, FINNISH_PLAN, NORWEGIAN_DEMAND, NORWEGIAN_FRIENDLY

FINNISH = Message(
    kind="facts",
    channel="email",
    language="fi",
    country="FI",
    agency=FINNISH_DEMAND.agency,
    handler=FINNISH_DEMAND.handler,
    creditor=ELECTRICITY.name,
    case_number=FINNISH_DEMAND.case_number,
    invoices=("10233",),
    claims=FINNISH_DEMAND.claims,
    total=FINNISH_DEMAND.total,
    due=FINNISH_DEMAND.claims[0].due,
    pay_by=FINNISH_DEMAND.pay_by,
    account=FINNISH_DEMAND.account,
    reference=FINNISH_DEMAND.reference,
    options=("call", "plan", "later", "object"),
    instalments=FINNISH_PLAN.instalments,
    missed=FINNISH_PLAN.instalments[1],
    until=date(2025, 5, 8),
    file="laskut-2025-03.xml",
    defects=(
        Defect(code="missing_debtor", where="lasku 10240, BuyerPartyDetails", what="velallisen nimi puuttuu"),
        Defect(code="amounts", where="lasku 10241", what="rivit 12,00 ja <b>loppusumma</b> 13,00 eivät täsmää"),
    ),
    answer_by=date(2025, 3, 14),
    silence="waits",
    link="https://portal.example/cases/2025-000417",
)
NORWEGIAN = replace(
    FINNISH,
    language="nb",
    country="NO",
    agency=NORWEGIAN_DEMAND.agency,
    handler=NORWEGIAN_DEMAND.handler,
    creditor=NORWEGIAN_DEMAND.creditor.name,
    claims=NORWEGIAN_DEMAND.claims,
    invoices=("30518",),
    total=NORWEGIAN_DEMAND.total,
    account=NORWEGIAN_FRIENDLY.account,
    reference=NORWEGIAN_FRIENDLY.reference,
    missed=Instalment(due=date(2025, 4, 15), amount=Money(1865_18, "NOK")),
)
OF_LANGUAGE: dict[Language, Message] = {
    "fi": FINNISH,
    "nb": NORWEGIAN,
    "sv": replace(FINNISH, language="sv"),
    "en": replace(FINNISH, language="en"),
}


def message(kind: Kind, language: Language = "fi") -> Message:
    """A message of this kind, as an e-mail."""
    return replace(OF_LANGUAGE[language], kind=kind)
