"""A case as one viewer sees it: its stream read now, never a projection; who is who looked up beside it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from typing import TypeVar, cast
from uuid import UUID

import msgspec

from services.gateway import views
from services.gateway.access import Viewer
from services.gateway.consequences import Consequences, consequences
from services.gateway.progress import SETTLED, Progress
from services.gateway.then import TODAY, LookBack, look_back
from services.gateway.timeline import Entry, timeline
from services.gateway.wired import Wired, is_id
from services.gateway.words import Words
from shared.balance import Balance, balance
from shared.calendar import Country, local_date
from shared.casefile import Casefile
from shared.casestore import Recorded
from shared.casestore.proof import Proof, bundle
from shared.casestore.recorded import Then
from shared.errors import NotFound
from shared.events import Event, contact, gateway, intake
from shared.events.gateway import AgencySet, ClientSet, StaffAdded
from shared.events.intake import Person
from shared.ids import AGENCY, client_id
from shared.law import Unknown
from shared.money import Money

E = TypeVar("E", bound=Event)
CONTROLS = (
    gateway.CollectionStopped,
    gateway.CollectionPaused,
    gateway.CollectionResumed,
    gateway.ContactSuspended,
    gateway.ContactAllowedAgain,
    intake.PartyErased,
)


class CaseSeen(msgspec.Struct, frozen=True):
    """All a page of a case needs."""

    case_id: UUID
    told: Sequence[Recorded]  # The case's own events, and what was decided for its debtor or client since it opened.
    progress: Progress
    blocked_by: Sequence[tuple[str, str]]  # Side condition, and whose it is: case, party or client.
    person: Person | None
    client: ClientSet | None
    handler: StaffAdded | None
    agency: AgencySet | None
    names: Mapping[UUID, str]
    now: datetime  # Where one looks back, the moment looked back to.
    position: int
    then: Then | None = None

    @property
    def case(self) -> Casefile:
        return self.progress.case

    @property
    def country(self) -> Country:
        return cast("Country", self.case.country or "FI")

    @property
    def today(self) -> date:
        return local_date(self.country, self.now)


async def look_up_case(made: Wired, viewer: Viewer, which: str) -> UUID:
    """A case's id from its id or its number, where this viewer may see it. Raises NotFound."""
    audience = made.audience(viewer)
    case_id = is_id(which) or await views.find_case(audience, viewer.client_id, which)
    if case_id is None:
        raise NotFound("there is no such case")
    return case_id


async def look_up_client(made: Wired, viewer: Viewer, which: str) -> UUID:
    """A client's id from its id or short name, where this viewer may see it. Raises NotFound."""
    found = client_id(which)
    told = await made.audience(viewer).stream(viewer.client_id, found)
    if not told or told[0].kind != "client":
        raise NotFound("there is no such client")
    return found


async def look_up_party(made: Wired, which: UUID) -> Country:
    """A debtor's country, for staff. Raises NotFound."""
    told = await made.store.stream(which)
    if not told or not isinstance(told[0].event, intake.PartyIdentified):
        raise NotFound("there is no such debtor")
    return told[0].event.country


async def own_stream(made: Wired, viewer: Viewer, case_id: UUID) -> Sequence[Recorded]:
    """A case's events, as the database gives them to this viewer. Raises NotFound."""
    told = await made.audience(viewer).stream(viewer.client_id, case_id)
    if not told or told[0].kind != "case":
        raise NotFound("there is no such case")
    return told


async def see_case(made: Wired, viewer: Viewer, which: str, asked: LookBack = TODAY) -> CaseSeen:
    """Everything of one case, now or as it stood then.

    Raises NotFound where this viewer may not see it or there is none, Refused where `asked` names no moment of it.
    """
    case_id = await look_up_case(made, viewer, which)
    own, now = await own_stream(made, viewer, case_id), await made.store.now()
    then = look_back(asked, own, now)
    if then is not None:
        own = [one for one in own if then.sees(one)]
    progress = reduce(lambda known, one: known.after(one.event) if one.event else known, own, Progress())
    case = progress.case
    party, client = await made.store.stream(case.party_id, then), await made.store.stream(case.client_id, then)
    blocked = [(condition, "case") for condition in sorted(case.conditions)]
    for whose, stream in (("party", party), ("client", client)):
        conditions = _fold(stream).conditions
        blocked += [(condition, whose) for condition in sorted(conditions)]
    handler = await made.store.stream(case.handler_id, then)
    agency = await made.store.stream(AGENCY, then)
    return CaseSeen(
        case_id=case_id,
        told=_with_controls(own, [*party, *client]),
        progress=progress,
        blocked_by=blocked,
        person=_last_person(party),
        client=_last(client, ClientSet),
        handler=_last(handler, StaffAdded),
        agency=_last(agency, AgencySet),
        names=await views.names(made.store, [case.handler_id, *_named_in(own)]),
        now=then.as_of if then else now,
        position=own[-1].position,
        then=then,
    )


async def see_proof(made: Wired, viewer: Viewer, which: str) -> Mapping[str, object]:
    """What proves a case's history to its end, for whoever may see the case. Raises NotFound, Refused, Away."""
    case_id = await look_up_case(made, viewer, which)
    await own_stream(made, viewer, case_id)
    told = await made.neighbours.ask("notary", "GET", f"/proofs/{case_id}", viewer)
    proof = msgspec.convert(told.body, type=Proof)
    rows = await made.audience(viewer).as_stored(viewer.client_id, case_id)
    return bundle(case_id, rows[: len(proof.events)], proof)


def balance_on(made: Wired, case: Casefile, on: date) -> Balance | None:
    """What is owed on a day; None where the law does not know a rate it needs. A settled case owes nothing."""
    if case.stage == "closed" and case.closed_because in SETTLED:
        return Balance(on, case.currency, ())
    try:
        return balance(case, on, made.law)
    except Unknown:
        return None


def story_of(made: Wired, seen: CaseSeen, said: Words) -> list[Entry]:
    """What happened, as sentences."""

    def owed(case: Casefile, on: date) -> Money | None:
        told = balance_on(made, case, on)
        return told.total if told else None

    return timeline(seen.told, said, seen.country, seen.names, owed)


def see_consequences(made: Wired, seen: CaseSeen) -> Consequences:
    """What stopping would do today."""
    return consequences(seen.progress, seen.today, lambda case, on: balance(case, on, made.law))


def documents_of(told: Sequence[Recorded]) -> Mapping[str, str]:
    """The documents a case's events name, and what each is."""
    found: dict[str, str] = {}
    for one in told:
        match one.event:
            case contact.ContactDecided(document=document, kind=kind):
                found[document] = kind
            case intake.ClaimAdded(source=source):
                found[source] = "source"
            case intake.EarlierStepTold(proof=proof) if proof.value:
                found[proof.value] = "proof"
    return found


def _fold(stream: Sequence[Recorded]) -> Casefile:
    return reduce(lambda known, one: known.after(one.event) if one.event else known, stream, Casefile())


def _with_controls(own: Sequence[Recorded], others: Sequence[Recorded]) -> Sequence[Recorded]:
    since = own[0].position
    more = [one for one in others if one.position > since and isinstance(one.event, CONTROLS)]
    return sorted([*own, *more], key=lambda one: one.position)


def _last(stream: Sequence[Recorded], of: type[E]) -> E | None:
    return next((one.event for one in reversed(stream) if isinstance(one.event, of)), None)


def _last_person(stream: Sequence[Recorded]) -> Person | None:
    for one in reversed(stream):
        if isinstance(one.event, intake.PartyIdentified | intake.PartyCorrected):
            return one.event.person.value
    return None


def _named_in(told: Sequence[Recorded]) -> list[UUID]:
    """Whoever acted: staff and clients, by their ids."""
    ids = {is_id(one.actor.partition(":")[2]) for one in told}
    ids |= {is_id(by) for one in told if (by := getattr(one.event, "by", None))}
    return [each for each in ids if each is not None]
