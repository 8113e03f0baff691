"""What the gateway does: load, decide, append. All else it asks of the other services."""

from datetime import date
from uuid import UUID

from services.gateway import control, standing
from services.gateway.control import Because, Controlled
from services.gateway.standing import Standing
from shared.deciding import Answer, Cases
from shared.errors import NotFound
from shared.events import Sealed
from shared.events.gateway import AgencySet, ClientSet, KeyIssued
from shared.ids import AGENCY


async def set_agency(cases: Cases, told: AgencySet) -> Answer:
    """Say who we are."""
    known = await cases.load(Standing, AGENCY)
    return await cases.append(AGENCY, standing.set_agency(known, told))


async def set_client(cases: Cases, client_id: UUID, told: ClientSet) -> Answer:
    """Say who a client is and what we agreed."""
    known = await cases.load(Standing, client_id)
    return await cases.append(client_id, standing.set_client(known, told))


async def add_staff(cases: Cases, staff_id: UUID, name: str, telephone: str) -> Answer:
    """Say who works here. The name is sealed under the person's own key."""
    known = await cases.load(Standing, staff_id)
    await cases.make_key(staff_id)
    return await cases.append(staff_id, standing.add_staff(known, staff_id, name, telephone))


async def issue_key(cases: Cases, stream_id: UUID, key: KeyIssued) -> Answer:
    """Give out a key to a client, or to staff."""
    known = await cases.load(Standing, stream_id)
    if key.staff_id is not None and (await cases.load(Standing, key.staff_id)).staff is None:
        raise NotFound("there is nobody of that name; add the person first")
    return await cases.append(stream_id, standing.issue_key(known, key))


async def revoke_key(cases: Cases, stream_id: UUID, key_id: UUID) -> Answer:
    """Take a key back."""
    known = await cases.load(Standing, stream_id)
    return await cases.append(stream_id, standing.revoke_key(known, key_id))


async def confirm_paid_list(cases: Cases, client_id: UUID, up_to: date, today: date) -> Answer:
    """Note that a client has told us its direct payments."""
    known = await cases.load(Standing, client_id)
    return await cases.append(client_id, standing.confirm_paid_list(known, up_to, today))


async def stop(cases: Cases, stream_id: UUID, because: str) -> Answer:
    """Stop a case, a debtor or a client for good."""
    known = await cases.load(Controlled, stream_id)
    return await cases.append(stream_id, control.stop(known, await _said(cases, known, stream_id, because)))


async def pause(cases: Cases, stream_id: UUID, because: str) -> Answer:
    """Pause a case, a debtor or a client."""
    known = await cases.load(Controlled, stream_id)
    return await cases.append(stream_id, control.pause(known, await _said(cases, known, stream_id, because)))


async def resume(cases: Cases, stream_id: UUID) -> Answer:
    """End a pause."""
    known = await cases.load(Controlled, stream_id)
    return await cases.append(stream_id, control.resume(known))


async def suspend(cases: Cases, stream_id: UUID, because: Because) -> Answer:
    """Stop contact by a rule, on a case or a debtor."""
    known = await cases.load(Controlled, stream_id)
    return await cases.append(stream_id, control.suspend(known, because))


async def allow_again(cases: Cases, stream_id: UUID) -> Answer:
    """End a suspension."""
    known = await cases.load(Controlled, stream_id)
    return await cases.append(stream_id, control.allow_again(known))


async def _said(cases: Cases, known: Controlled, stream_id: UUID, words: str) -> Sealed[str]:
    """What a person wrote, for sealing: a client has a key of its own once something was said about it."""
    said = known.said(stream_id, words)
    for key_id in said.parties if known.is_there else ():
        await cases.make_key(key_id)
    return said
