"""Made-up people and companies of the contact tests, and the events by which the platform knows them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid5

from shared.events import Event, Sealed
from shared.events.gateway import (
    Account,
    AgencySet,
    Agreement,
    ClientSet,
    Mandate,
    PaidListConfirmed,
    ReferenceKind,
    Share,
    StaffAdded,
)
from shared.events.intake import (
    CaseAccepted,
    CaseReceived,
    ClaimAdded,
    Country,
    DebtorKind,
    EarlierStep,
    EarlierStepTold,
    PartyIdentified,
    Person,
)
from shared.events.settlement import BankFileRead
from shared.ids import account_id, claim_id, client_id, staff_id
from shared.money import Money
from shared.references import kid, viitenumero

ROOT = UUID("5b6e0a52-0000-4000-8000-000000000000")
CLIENT, STAFF = client_id("polku-oy"), staff_id("tuuli")
OUR_IBAN, OUR_NO_IBAN = "FI2112345600000785", "NO9386011117947"
ACCOUNT, NO_ACCOUNT = account_id(OUR_IBAN), account_id(OUR_NO_IBAN)

AGENCY_SET = AgencySet(
    name="Reilu Perintä Oy",
    business_id="2617416-4",
    country="FI",
    street="Kauppakatu 18 B",
    postcode="40100",
    town="Jyväskylä",
    email="asiakaspalvelu@reiluperinta.example",
    telephone="014 555 0100",
    telephone_hours="ma–pe 9–17",
    accounts=(Account(OUR_IBAN, "EUR", "NDEAFIHH"), Account(OUR_NO_IBAN, "NOK", "DNBANOKK")),
    references=(ReferenceKind("EUR", "viitenumero", 10), ReferenceKind("NOK", "kid_mod10", 12)),
    complaint_board="Finansklagenemnda, Postboks 53 Skøyen, 0212 Oslo, finkn.no",
)
SHARES = (Share("principal", "client"), Share("interest", "client"), Share("collection_cost", "agency"))
CLIENT_SET = ClientSet(
    name="Polku Pyörät Oy",
    business_id="0112038-9",
    country="FI",
    language="fi",
    languages=("fi",),
    street="Voimatie 7",
    postcode="50100",
    town="Mikkeli",
    email="laskutus@polkupyorat.example",
    payout_accounts=(Account("FI5542345670000081", "EUR"),),
    invoice_accounts=(Account("FI5542345670000081", "EUR"), Account("NO1212345678911", "NOK")),
    agreement=Agreement(SHARES),
    mandate=Mandate(),
)
HANDLER = StaffAdded(Sealed((STAFF,), "Tuuli Taitava"), "014 555 0101", STAFF)
FINN = Person(
    "Aino Esimerkki", street="Koivukuja 3 A 12", postcode="70100", town="Kuopio", country="FI",
    email="aino@esimerkki.example", phone="040 123 4567",
)  # fmt: skip
NORWEGIAN = Person(
    "Kåre Eksempel", street="Bakklandet 20 B", postcode="7013", town="Trondheim", country="NO",
    email="kare@eksempel.example", phone="406 12 345",
)  # fmt: skip
DUE = date(2025, 1, 20)  # A Monday.


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    """An instant of that day, UTC: 8:00 is 10:00 in Helsinki in winter."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def identified(party: UUID, person: Person = FINN, country: Country = "FI", kind: DebtorKind = "consumer") -> Event:
    language = "fi" if country == "FI" else "nb"
    return PartyIdentified(country, kind, language, Sealed((party,), person))


def a_case(
    party: UUID,
    *,
    number: str = "10233",
    minor: int = 430_00,
    due: date = DUE,
    received: date = date(2025, 1, 21),
    country: Country = "FI",
    kind: DebtorKind = "consumer",
    earlier: Sequence[EarlierStep] = (),
    accepted: bool = True,
) -> list[Event]:
    """A case of one claim, as intake leaves it."""
    currency = "EUR" if country == "FI" else "NOK"
    claim, file = claim_id(CLIENT, number, 2025), uuid5(ROOT, number)
    reference = viitenumero(number) if country == "FI" else kid(number, 9)
    ours = viitenumero(f"2025{number}") if country == "FI" else kid(f"2025{number}", 12)
    language = "fi" if country == "FI" else "nb"
    told: list[Event] = [
        CaseReceived(CLIENT, party, country, kind, currency, language, received),
        ClaimAdded(
            claim, number, date.fromordinal(due.toordinal() - 21), due, Money(minor, currency),
            Sealed((party,), "Polkupyörän vuosihuolto"), "source", file, invoice_reference=reference,
        ),
        *(EarlierStepTold(claim, step) for step in earlier),
    ]  # fmt: skip
    return [*told, CaseAccepted(f"2025-{number}", ours, STAFF)] if accepted else told


def reminded(on: date, kind: str = "reminder", proven: bool = True, lawful: bool = True) -> EarlierStep:
    """A reminder of the client's own."""
    return EarlierStep(kind, on, "letter", Money(0), Money(0), lawful, proven=proven)  # type: ignore[arg-type]  # In words.


def bank_read(up_to: date, currency: str = "EUR") -> BankFileRead:
    return BankFileRead("document", "notification", currency, up_to, 0, Money(0, currency), ())


def paid_list(up_to: date) -> PaidListConfirmed:
    return PaidListConfirmed(up_to)
