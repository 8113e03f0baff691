"""What contact shows: calls due, messages by case and channel, unknown hand-overs, steps that wait, disputes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.casestore import Recorded
from shared.errors import Away
from shared.events import contact, intake, settlement
from shared.projections import Database, Reader

Rows = Sequence[Mapping[str, Any]]


async def project(db: Database, one: Recorded) -> None:
    """The effect of one event on the views."""
    match one.event:
        case intake.CaseReceived(client_id, party_id):
            sql = "insert into cases (case_id, client_id, party_id) values ($1, $2, $3) on conflict do nothing"
            await db.execute(sql, one.stream_id, client_id, party_id)
        case intake.CaseCorrected(party_id):
            await db.execute("update cases set party_id = $2 where case_id = $1", one.stream_id, party_id)
        case contact.StepPlanned() | contact.CallTaskCreated() | contact.LegalDecisionAsked() | settlement.CaseClosed():
            await db.execute("delete from waiting_steps where case_id = $1", one.stream_id)
        case contact.StepWaited(step, reason, again_at):
            sql = """insert into waiting_steps (case_id, step, because, since, again_at) values ($1, $2, $3, $4, $5)
                     on conflict (case_id) do update set step = $2, because = $3, again_at = $5"""
            await db.execute(sql, one.stream_id, step, list(reason.blocked_by), one.recorded_at, again_at)
        case contact.DisputeOpened(dispute_id, claim_id, answer_by=answer_by):
            sql = """insert into disputes (dispute_id, case_id, client_id, claim_id, answer_by, state)
                     values ($1, $2, $3, $4, $5, 'open') on conflict do nothing"""
            await db.execute(sql, dispute_id, one.stream_id, one.client_id, claim_id, answer_by)
        case contact.DisputeResolved(dispute_id, outcome):
            await db.execute("update disputes set state = $2 where dispute_id = $1", dispute_id, outcome)
    await _calls(db, one)
    await _contacts(db, one)


async def _calls(db: Database, one: Recorded) -> None:
    match one.event:
        case contact.CallTaskCreated(task_id, _, call_from, call_by):
            sql = """insert into calls (task_id, case_id, client_id, call_from, call_by, state)
                     values ($1, $2, $3, $4, $5, 'due') on conflict do nothing"""
            await db.execute(sql, task_id, one.stream_id, one.client_id, call_from, call_by)
        case contact.CallMade(task_id):
            await db.execute("update calls set state = 'made' where task_id = $1", task_id)
        case contact.CallTaskWithdrawn(task_id):
            await db.execute("update calls set state = 'withdrawn' where task_id = $1", task_id)


async def _contacts(db: Database, one: Recorded) -> None:
    match one.event:
        case contact.ContactDecided() as told:
            cost = told.charge.amount if told.charge else None
            sql = """insert into contacts (contact_id, case_id, client_id, to_whom, step, kind, channel, state,
                       leaves_at, pay_by, document, cost_minor, currency, attempts)
                     values ($1, $2, $3, $4, $5, $6, $7, 'decided', $8, $9, $10, $11, $12, 0) on conflict do nothing"""
            await db.execute(
                sql, told.contact_id, one.stream_id, one.client_id, told.to, told.step, told.kind, told.channel,
                told.leaves_at, told.pay_by, told.document, cost.minor if cost else 0, cost.currency if cost else "",
            )  # fmt: skip
        case contact.HandOverStarted(contact_id, attempt):
            sql = "update contacts set state = 'leaving', attempts = $2 where contact_id = $1"
            await db.execute(sql, contact_id, attempt)
        case contact.HandedOver(contact_id):
            await _state(db, contact_id, "handed_over")
        case contact.HandOverFailed(contact_id):
            await _state(db, contact_id, "failed")
        case contact.HandOverUnknown(contact_id, ask_at=ask_at):
            await _state(db, contact_id, "unknown")
            await _asked_at(db, contact_id, ask_at)
        case contact.OutcomeAsked(contact_id, again_at=again_at):
            await _asked_at(db, contact_id, again_at)
        case contact.ContactRecalled(contact_id):
            await _state(db, contact_id, "recalled")
        case contact.Posted(contact_id):
            await _state(db, contact_id, "posted")
        case contact.Delivered(contact_id):
            await _state(db, contact_id, "delivered")
        case contact.Returned(contact_id):
            await _state(db, contact_id, "returned")


async def _state(db: Database, contact_id: UUID, state: str) -> None:
    await db.execute("update contacts set state = $2 where contact_id = $1", contact_id, state)


async def _asked_at(db: Database, contact_id: UUID, at: datetime | None) -> None:
    await db.execute("update contacts set ask_at = $2 where contact_id = $1", contact_id, at)


# Questions.


async def calls_due(db: Database, now: datetime) -> Rows:
    """The calls to make now, the most urgent first."""
    sql = """select task_id, case_id, client_id, call_from, call_by from calls
             where state = 'due' and call_from <= $1 order by call_by, task_id limit 500"""
    return await db.fetch(sql, now)


async def contacts_of(db: Database, case_id: UUID) -> Rows:
    """The messages of a case, the earliest first."""
    return await db.fetch("select * from contacts where case_id = $1 order by leaves_at, contact_id", case_id)


async def contacts_by_channel(db: Database) -> Rows:
    """How many messages to debtors were handed over, by channel and kind."""
    sql = """select channel, kind, count(*) as messages from contacts
             where to_whom = 'debtor' and state in ('handed_over', 'posted', 'delivered', 'returned')
             group by channel, kind order by channel, kind"""
    return await db.fetch(sql)


async def hand_overs_unknown(db: Database) -> Rows:
    """Messages of which nobody knows whether they left, and whose provider cannot say: a person finds out."""
    sql = """select contact_id, case_id, kind, channel, leaves_at from contacts
             where state = 'unknown' and ask_at is null order by leaves_at, contact_id limit 500"""
    return await db.fetch(sql)


async def steps_waiting(db: Database) -> Rows:
    """Steps that wait, with their reasons, the longest first."""
    return await db.fetch("select * from waiting_steps order by since, case_id limit 500")


async def disputes_open(db: Database) -> Rows:
    """Objections not yet resolved, the first to be answered first."""
    sql = """select dispute_id, case_id, client_id, claim_id, answer_by from disputes
             where state = 'open' order by answer_by, dispute_id limit 500"""
    return await db.fetch(sql)


class Fanning:
    """Which cases an event on another stream is about. Asked only once everything told so far has been read."""

    def __init__(self, reader: Reader, db: Any, head: Any) -> None:
        self._reader, self._db, self._head = reader, db, head

    async def cases_of(self, stream_id: UUID) -> Sequence[UUID]:
        """The case itself, or the cases of that client or party."""
        if await self._db.fetchval("select 1 from cases where case_id = $1", stream_id):
            return [stream_id]
        await self._all_read()
        sql = "select case_id from cases where client_id = $1 or party_id = $1 order by case_id"
        return [row["case_id"] for row in await self._db.fetch(sql, stream_id)] or [stream_id]

    async def waiting_for(self, because: str, whose: UUID | None) -> Sequence[UUID]:
        """The cases whose step waits for this; of that client or party only, where one is named."""
        await self._all_read()
        sql = """select w.case_id from waiting_steps w join cases c using (case_id)
                 where $1 = any(w.because) and ($2::uuid is null or c.client_id = $2 or c.party_id = $2)
                 order by w.case_id"""
        return [row["case_id"] for row in await self._db.fetch(sql, because, whose)]

    async def _all_read(self) -> None:
        if not await self._reader.reached(await self._head(), seconds_max=10.0):
            raise Away("the views have not read everything that was told yet")
