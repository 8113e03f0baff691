"""The credit check: no case is accepted without an answer, and what the answer means for the case."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from services.intake.acceptance import accept
from services.intake.claim import Door, answer_by
from shared.events import Event, Sealed, intake
from shared.events.gateway import AgencySet, ClientSet
from shared.events.intake import CreditAnswer, Defect

PURPOSE = "debt_collection"
FIRST_WAIT = timedelta(minutes=5)
WAIT_MAX = timedelta(hours=24)

LODGE = (
    "Lodge the claim with the administrator of the bankruptcy before the day the announcement names: send the "
    "invoice, what has been paid of it, and the interest up to the day the bankruptcy began."
)
ADVISE_COURT = (
    "Collecting letters will hardly help here. If the claim is undisputed a judgment keeps it alive: see the "
    "self-help guide, or ask us for the legal steps."
)
ASK_MARKS = (
    "the debtor has many payment-default marks, so that letters will hardly help: answer `accept` to have it collected "
    "all the same, or `withdraw` it and take legal steps"
)
ASK_UNKNOWN = "the registry knows nobody with this identity number: tell the right one"

# What we decide.


def take_answer(
    door: Door, case_id: UUID, attempt: int, answer: CreditAnswer, source: str, asked_at: datetime, today: date,
    agency: AgencySet, client: ClientSet, staff: Sequence[UUID],
) -> list[Event]:  # fmt: skip
    """The registry has answered: keep it as it came, and take the case, refuse it, or ask the client."""
    if door.case.stage != "checking" or attempt != door.attempt:
        return []
    party_id = door.case.party_id
    kept = intake.CreditCheckCompleted(PURPOSE, source, asked_at, Sealed((party_id,), answer), answer.outcome)
    return [kept, following(door, case_id, answer, today, agency, client, staff)]


def following(
    door: Door, case_id: UUID, answer: CreditAnswer, today: date, agency: AgencySet, client: ClientSet,
    staff: Sequence[UUID],
) -> Event:  # fmt: skip
    """What an answer leads to."""
    if "stopped" in door.case.conditions:
        return intake.CaseRejected("stopped", "collection was stopped before the case was accepted", "")
    if answer.outcome == "bankrupt":
        return intake.CaseRejected("debtor_bankrupt", "no collection against a bankrupt debtor", LODGE)
    if answer.outcome == "unknown":
        return _asking(Defect("unknown_debtor", "debtor.identifier", ASK_UNKNOWN), today, agency)
    if has_many_marks(door.case.debtor, answer, agency):
        match client.marks_many_route:
            case "reject":
                policy = f"{agency.marks_many} payment-default marks or more, and the client's agreement"
                return intake.CaseRejected("many_marks", policy, ADVISE_COURT)
            case "ask":
                return _asking(Defect("many_marks", "debtor", ASK_MARKS), today, agency)
    return accept(case_id, door.case.currency, agency, staff)


def has_many_marks(debtor: str, answer: CreditAnswer, agency: AgencySet) -> bool:
    """Whether a person has so many marks that letters will hardly help; a company is not asked about them."""
    return debtor == "consumer" and answer.marks >= agency.marks_many


def delay(door: Door, attempt: int, because: str, now: datetime) -> list[Event]:
    """The registry does not answer: the case waits, visibly, longer each time."""
    if door.case.stage != "checking" or attempt != door.attempt or attempt == door.delayed:
        return []
    return [intake.CreditCheckDelayed(attempt, because, now + wait_after(attempt))]


def wait_after(attempt: int) -> timedelta:
    """5 minutes, 15, 45 … a day at most."""
    return min(FIRST_WAIT * int(3 ** min(attempt - 1, 8)), WAIT_MAX)


def ask_again(door: Door, attempt: int) -> list[Event]:
    """The wait is over."""
    if door.case.stage != "checking" or attempt != door.attempt:
        return []
    return [intake.CreditCheckAsked(attempt + 1)]


def _asking(defect: Defect, today: date, agency: AgencySet) -> intake.DefectsFound:
    return intake.DefectsFound((defect,), answer_by(today, agency))
