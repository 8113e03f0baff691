"""A small history: two cases of one client, each with a debtor of its own."""

from datetime import date
from uuid import UUID, uuid4

from shared.casefile import Casefile
from shared.casestore import CaseStore
from shared.deciding import Answer, Cases, Deciding
from shared.events import Sealed
from shared.events import intake as told
from tests.casestore.conftest import BORN

CASE, OTHER, CLIENT, PARTY = (UUID(int=number) for number in (1, 2, 3, 4))
NAME = "Aino Esimerkki"


async def open_case(cases: Cases, case_id: UUID, party: UUID) -> Answer:
    await cases.make_key(party)
    person = told.Person(NAME, identifier="010190-999X")
    received = told.CaseReceived(CLIENT, party, "FI", "consumer", "EUR", "fi", date(2026, 1, 5))
    identified = told.PartyIdentified("FI", "consumer", "fi", Sealed((party,), person))
    return await cases.append(case_id, [received], also={party: [identified]})


async def ask_credit(cases: Cases, case_id: UUID) -> Answer:
    await cases.load(Casefile, case_id)
    return await cases.append(case_id, [told.CreditCheckAsked(1)])


async def go_on(intake: CaseStore, *cases: UUID) -> None:
    """One more event on each of these cases."""
    for case in cases:
        await Deciding(intake, uuid4(), "test", BORN)(ask_credit, case)


async def live(intake: CaseStore) -> None:
    """Its log: 1 CASE v1, 2 PARTY v1, 3 OTHER v1, 4 a party v1, 5 CASE v2, 6 CASE v3, 7 OTHER v2."""
    for case, party in ((CASE, PARTY), (OTHER, uuid4())):
        await Deciding(intake, uuid4(), "test", BORN)(open_case, case, party)
    await go_on(intake, CASE, CASE, OTHER)
