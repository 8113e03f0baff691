"""A credit check from question to answer: the registry is asked outside any decision; its answer is then decided on."""

from uuid import UUID

from services.intake import handlers, views
from services.intake.claim import Door
from services.intake.party import Party
from services.intake.registry import Registry
from shared.casestore import CaseStore
from shared.deciding import Deciding
from shared.errors import Away


class Checking:
    """What a check needs of the outside. `main` sets it once, before anything is heard."""

    store: CaseStore
    registry: Registry


wired = Checking()


async def check(case_id: UUID, decide: Deciding) -> None:
    """Ask the registry about a case's debtor, unless it has answered already."""
    door = await wired.store.fold(Door, case_id)
    if door.case.stage != "checking":
        return
    party = await wired.store.fold(Party, door.case.party_id)
    if party.person is None or party.person.identifier is None:
        return  # Erased meanwhile: there is nobody to ask about, and nobody to collect from.
    try:
        answer, source = await wired.registry.ask(party.country, party.person.identifier, decide.now)
    except Away as away:
        await decide(handlers.delay_credit_check, case_id, door.attempt, str(away), now=decide.now)
        return
    staff = await views.staff(wired.store.pool)
    await decide(handlers.take_credit_answer, case_id, door.attempt, answer, source, staff, now=decide.now)
