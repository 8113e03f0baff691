"""What intake shows: where each case stands at the door, who is who by a keyed digest, and who works here."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.intake.digests import Digests
from shared.calendar import local_date
from shared.casestore import Recorded
from shared.events import contact, gateway, intake, settlement
from shared.events.intake import Person
from shared.projections import Database


def projecting(digests: Digests) -> Callable[[Any, Recorded], Awaitable[None]]:
    """The effect of one event on the views, given what turns an identifier into its digest."""

    async def project(db: Database, one: Recorded) -> None:
        match one.event:
            case intake.PartyIdentified(person=person) | intake.PartyCorrected(person=person):
                await _know(db, one.stream_id, digests, person.value)
            case gateway.StaffAdded(staff_id=staff_id):
                await db.execute("insert into staff values ($1) on conflict do nothing", staff_id)
            case intake.PartyErased(keys=keys):
                await _forget(db, one, keys)
            case contact.ContactDecided():
                await db.execute("update cases set contacted = true where case_id = $1", one.stream_id)
            case _:
                await _move(db, one)

    return project


async def _know(db: Database, party_id: UUID, digests: Digests, person: Person | None) -> None:
    digest = digests.identity(person.country, person.identifier) if person else None
    if digest is not None:
        await db.execute("insert into parties values ($1, $2) on conflict do nothing", digest, party_id)


async def _forget(db: Database, one: Recorded, keys: Sequence[UUID]) -> None:
    await db.execute("delete from parties where party_id = $1", one.stream_id)
    sql = "insert into erased (party_id, at, keys) values ($1, $2, $3) on conflict do nothing"
    await db.execute(sql, one.stream_id, one.recorded_at, list(keys))


async def _move(db: Database, one: Recorded) -> None:
    match one.event:
        case intake.CaseReceived(client_id, party_id, country, _, currency, _, received_on):
            sql = """insert into cases (case_id, client_id, party_id, country, currency, received_on, stage)
                     values ($1, $2, $3, $4, $5, $6, 'received') on conflict do nothing"""
            await db.execute(sql, one.stream_id, client_id, party_id, country, currency, received_on)
            await db.execute(ABOUT, party_id, one.stream_id)
        case intake.CaseCorrected(party_id, country):
            sql = "update cases set party_id = $2, country = $3 where case_id = $1"
            await db.execute(sql, one.stream_id, party_id, country)
            await db.execute(ABOUT, party_id, one.stream_id)
        case intake.CreditCheckAsked(attempt):
            sql = """update cases set stage = 'checking', attempt = $2, again_at = null, answer_by = null
                     where case_id = $1"""
            await db.execute(sql, one.stream_id, attempt)
        case intake.CreditCheckDelayed(again_at=again_at):
            await db.execute("update cases set again_at = $2 where case_id = $1", one.stream_id, again_at)
        case intake.DefectsFound(defects, answer_by):
            sql = "update cases set stage = 'needs_info', reason = $2, answer_by = $3 where case_id = $1"
            await db.execute(sql, one.stream_id, " ".join(defect.code for defect in defects), answer_by)
        case intake.CaseRejected(reason):
            sql = "update cases set stage = 'rejected', reason = $2, answer_by = null where case_id = $1"
            await db.execute(sql, one.stream_id, reason)
        case intake.CaseAccepted():
            sql = "update cases set stage = 'accepted', reason = '', answer_by = null where case_id = $1"
            await db.execute(sql, one.stream_id)
        case settlement.CaseClosed():
            # In Helsinki a day begins first of all places we collect in, so no record is let go too early.
            sql = "update cases set ended_on = $2 where case_id = $1"
            await db.execute(sql, one.stream_id, local_date("FI", one.occurred_at))
        case settlement.CaseReopened():
            await db.execute("update cases set ended_on = null where case_id = $1", one.stream_id)


ABOUT = "insert into about values ($1, $2) on conflict do nothing"


async def party_of(db: Database, digest: str) -> UUID | None:
    """The party with this identifier, where it has been met."""
    rows = await db.fetch("select party_id from parties where digest = $1", digest)
    return rows[0]["party_id"] if rows else None


async def same_day_case(db: Database, client_id: UUID, party_id: UUID, received_on: date) -> UUID | None:
    """A Norwegian case of this client against this debtor handed over that day, to which a claim can still be added."""
    sql = """select case_id from cases where client_id = $1 and party_id = $2 and received_on = $3 and country = 'NO'
             and stage in ('received', 'checking', 'accepted') and not contacted order by case_id limit 1"""
    rows = await db.fetch(sql, client_id, party_id, received_on)
    return rows[0]["case_id"] if rows else None


async def staff(db: Database) -> tuple[UUID, ...]:
    """Everybody who can be a case's named handler."""
    return tuple(row["staff_id"] for row in await db.fetch("select staff_id from staff order by staff_id"))


async def still_checking(db: Database, cases: Collection[UUID]) -> bool:
    """Whether the registry's answer about one of these cases is still awaited."""
    sql = (
        "select 1 from cases where case_id = any($1) and stage in ('received', 'checking') and again_at is null limit 1"
    )
    return bool(await db.fetch(sql, list(cases)))


async def results(db: Database, client_id: UUID) -> Sequence[Mapping[str, Any]]:
    """A client's cases with what came of each at the door, newest first."""
    sql = """select case_id as "case", received_on, stage, reason, answer_by, again_at from cases where client_id = $1
             order by received_on desc, case_id"""
    return await db.fetch(sql, client_id)


async def cases_about(db: Database, party_id: UUID) -> Mapping[UUID, date | None]:
    """Every case that was ever about this debtor, with the day its collection ended, where it has."""
    sql = "select case_id, ended_on from about join cases using (case_id) where about.party_id = $1"
    return {row["case_id"]: row["ended_on"] for row in await db.fetch(sql, party_id)}


async def others_about(db: Database, party_id: UUID) -> Sequence[UUID]:
    """Who else these cases were ever about: the same person, most often, before something was put right."""
    sql = """select distinct other.party_id from about one join about other using (case_id)
             where one.party_id = $1 and other.party_id <> $1 order by 1"""
    return [row["party_id"] for row in await db.fetch(sql, party_id)]


async def to_forget(db: Database) -> Sequence[Mapping[str, Any]]:
    """Who was erased and has keys left to destroy."""
    return await db.fetch("select party_id, at, keys from erased where not done order by at")


async def is_forgotten(db: Database, party_id: UUID) -> bool:
    """Whether every key that closes this debtor is destroyed."""
    return bool(await db.fetch("select 1 from erased where party_id = $1 and done", party_id))
