"""What lists and searches read: cases, questions to clients, calls due, payments without a case, keys, names."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from services.gateway.access import KeptKey
from services.gateway.people import Beginnings, open_name, seal_name
from services.gateway.progress import Progress
from shared.casestore import Audience, CaseStore, Recorded
from shared.events import contact, gateway, intake, plans, settlement
from shared.ids import AGENCY
from shared.money import total
from shared.sealing import Keys

CASES_A_PAGE = 50

# Project.


async def project_cases(db: Any, told: Sequence[Recorded]) -> None:
    """Fold each case's news onto its row, once a batch."""
    by_case: dict[UUID, list[Recorded]] = {}
    for one in told:
        if one.kind == "case" and one.event is not None:
            by_case.setdefault(one.stream_id, []).append(one)
    if not by_case:
        return
    rows = await db.fetch("select case_id, opened, progress from cases where case_id = any($1)", list(by_case))
    known = {row["case_id"]: (row["opened"], msgspec.json.decode(row["progress"], type=Progress)) for row in rows}
    for case_id, news in by_case.items():
        opened, progress = known.get(case_id, (news[0].position, Progress()))
        before = progress
        for one in news:
            await _count(db, progress, one)
            assert one.event is not None  # noqa: S101  (chosen above)
            progress = progress.after(one.event)
        await db.execute(KEEP_CASE, *_case_row(case_id, opened, news[-1].position, progress))
        if (progress.questions, progress.calls) != (before.questions, before.calls):
            await _keep_work(db, case_id, progress)


KEEP_CASE = """
    insert into cases (case_id, opened, position, client_id, party_id, number, invoices, stage, conditions, currency,
                       country, principal, next_step, next_at, asked, because, received, progress)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
    on conflict (case_id) do update set position = $3, number = $6, invoices = $7, stage = $8, conditions = $9,
        principal = $12, next_step = $13, next_at = $14, asked = $15, because = $16, progress = $18
"""


def _case_row(case_id: UUID, opened: int, position: int, progress: Progress) -> Sequence[object]:
    case = progress.case
    owed = total((claim.open_principal for claim in case.claims.values()), case.currency)
    step, at = progress.coming
    return (
        case_id, opened, position, case.client_id, case.party_id, case.number,
        [claim.number for claim in case.claims.values()], case.stage, sorted(case.conditions), case.currency,
        case.country, owed.minor, step or None, at, bool(progress.questions),
        case.closed_because or progress.rejected_because, case.received_on, _kept(progress),
    )  # fmt: skip


def _kept(progress: Progress) -> bytes:
    """As JSON, its sets in one order: the same history makes the same row in every process."""
    told = msgspec.to_builtins(progress)
    for of, sets in ((told["case"], ("conditions", "disputes")), (told["plan"] or {}, ("paid", "missed"))):
        of.update({name: sorted(of[name]) for name in sets if name in of})
    return msgspec.json.encode(told)


async def _keep_work(db: Any, case_id: UUID, progress: Progress) -> None:
    """What waits for somebody: questions for the client, calls for staff. An ended case waits for nobody."""
    client = progress.case.client_id
    await db.execute("delete from questions where case_id = $1", case_id)
    await db.execute("delete from calls where case_id = $1", case_id)
    if progress.questions:
        asked = [(each, case_id, client, q.kind, q.answer_by) for each, q in progress.questions.items()]
        await db.executemany("insert into questions values ($1, $2, $3, $4, $5)", asked)
    if progress.calls:
        due = [
            (each, case_id, client, call.step, call.call_from, call.call_by) for each, call in progress.calls.items()
        ]
        await db.executemany("insert into calls values ($1, $2, $3, $4, $5, $6)", due)


async def _count(db: Any, progress: Progress, one: Recorded) -> None:
    match one.event:
        case contact.HandedOver(contact_id) if contact_id in progress.messages:
            message = progress.messages[contact_id]
            what, of = "contacts" if message.to == "debtor" else "client_messages", message.channel
        case contact.CallMade():
            what, of = "contacts", "call"
        case plans.PlanStarted():
            what, of = "plans", "started"
        case plans.PlanCompleted():
            what, of = "plans", "completed"
        case plans.PlanBroken():
            what, of = "plans", "broken"
        case _:
            return
    sql = "insert into counts values ($1, $2, 1) on conflict (what, of) do update set number = counts.number + 1"
    await db.execute(sql, what, of)


def projecting_people(keys: Keys, beginnings: Beginnings) -> Callable[[Any, Recorded], Awaitable[None]]:
    """Names to find a case by, and who works here: the effect of one event, given what seals a name."""

    async def project(db: Any, one: Recorded) -> None:
        match one.event:
            case intake.PartyIdentified(person=person) | intake.PartyCorrected(person=person):
                await name(db, one.stream_id, person.value.name if person.value else None)
            case intake.PartyErased():
                await name(db, one.stream_id, None)
            case gateway.StaffAdded(said, telephone, who):
                await name(db, who, said.value)
                sql = "insert into staff values ($1, $2) on conflict (staff_id) do update set telephone = $2"
                await db.execute(sql, who, telephone)

    async def name(db: Any, who: UUID, said: str | None) -> None:
        sealed = seal_name(who, said, (await keys.of([who]))[who]) if said is not None else None
        if said is None or sealed is None:  # Erased meanwhile: what is read again from the start never shows it.
            await db.execute("delete from people where party_id = $1", who)
            return
        sql = "insert into people values ($1, $2, $3) on conflict (party_id) do update set name = $2, words = $3"
        await db.execute(sql, who, sealed, beginnings.of_name(said))

    return project


async def project_clients(db: Any, one: Recorded) -> None:
    """Who we work for, and which keys open what."""
    match one.event:
        case gateway.ClientSet(name=name, language=language):
            sql = """insert into clients values ($1, $2, $3, '{}')
                     on conflict (client_id) do update set name = $2, language = $3"""
            await db.execute(sql, one.stream_id, name, language)
        case gateway.KeyIssued(key_id, kept, owner, staff):
            who = one.stream_id if owner == "client" else staff or AGENCY
            await db.execute("insert into keys values ($1, $2, $3, $4)", key_id, kept, owner, who)
        case gateway.KeyRevoked(key_id):
            await db.execute("update keys set revoked = true where key_id = $1", key_id)
        case gateway.CollectionStopped() if one.kind == "client":
            await _condition(db, one.stream_id, "stopped", on=True)
        case gateway.CollectionPaused() if one.kind == "client":
            await _condition(db, one.stream_id, "paused", on=True)
        case gateway.CollectionResumed() if one.kind == "client":
            await _condition(db, one.stream_id, "paused", on=False)


async def _condition(db: Any, client_id: UUID, condition: str, *, on: bool) -> None:
    await db.execute(
        "update clients set conditions = array_remove(conditions, $2) || $3 where client_id = $1",
        client_id,
        condition,
        [condition] if on else [],
    )


async def project_payments(db: Any, one: Recorded) -> None:
    """Payments that came and are on no case."""
    match one.event:
        case settlement.PaymentReceived(amount=amount, booked_on=day, reference=reference):
            sql = (
                "insert into payments (payment_id, amount, currency, booked_on, reference) values ($1, $2, $3, $4, $5)"
            )
            await db.execute(sql, one.stream_id, amount.minor, amount.currency, day, reference)
        case settlement.PaymentHeld(because, proposed):
            sql = "update payments set because = $2, proposed = $3 where payment_id = $1"
            await db.execute(sql, one.stream_id, because, proposed)
        case settlement.PaymentAssigned() | settlement.RefundDecided() | settlement.PaymentReversed():
            sql = "update payments set because = null, proposed = null where payment_id = $1"
            await db.execute(sql, one.stream_id)


# Show.


class Filter(msgspec.Struct, frozen=True):
    """Which cases a list shows."""

    stage: str = ""
    search: str = ""
    before: int | None = None
    asked: bool = False


CASES = """
    select c.case_id, c.opened, c.number, c.invoices, c.stage, c.conditions, c.currency, c.country, c.principal,
           c.next_step, c.next_at, c.asked, c.because, c.received, c.position, c.client_id, c.party_id, c.progress,
           p.name as debtor, l.name as client, l.conditions as client_conditions
    from cases c left join people p on p.party_id = c.party_id left join clients l on l.client_id = c.client_id
    where ($1 = '' or c.stage = $1 or ($1 = 'open' and c.stage not in ('closed', 'rejected')))
      and ($2 = '' or c.number = $2 or $2 = any(c.invoices) or c.number like $3 || '%'
           or ($4::bytea[] <> '{}' and exists (select from people where party_id = c.party_id and words @> $4)))
      and ($5::bigint is null or c.opened < $5)
      and (not $6 or c.asked)
    order by c.opened desc limit $7
"""

Row = Mapping[str, Any]


async def list_cases(
    audience: Audience, client: UUID | None, which: Filter, beginnings: Beginnings
) -> tuple[Sequence[Row], int | None]:
    """A page of cases, newest first, and where the next page begins if there is one."""
    searched = which.search.replace("\0", "").strip()  # No text in PostgreSQL holds a zero byte.
    plain = searched.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    rows = await audience.fetch(
        client, CASES, which.stage, searched, plain, beginnings.searched(searched), which.before, which.asked,
        CASES_A_PAGE + 1,
    )  # fmt: skip
    page = rows[:CASES_A_PAGE]
    return await _named(audience, page), page[-1]["opened"] if len(rows) > len(page) else None


async def _named(audience: Audience, rows: Sequence[asyncpg.Record]) -> Sequence[Row]:
    """The rows with the debtor's sealed name opened; None where it was erased."""
    sealed = {row["party_id"]: row["debtor"] for row in rows if row["debtor"] is not None}
    opened = await _open_names(audience.keys, sealed)
    return [
        {what: value for what, value in row.items() if what != "party_id"} | {"debtor": opened.get(row["party_id"])}
        for row in rows
    ]


async def _open_names(keys: Keys, sealed: Mapping[UUID, bytes]) -> Mapping[UUID, str]:
    """The names that can still be read, by party. All keys are asked for at once."""
    held = await keys.of(sealed)
    opened = {who: open_name(who, cipher, held[who]) for who, cipher in sealed.items()}
    return {who: name for who, name in opened.items() if name is not None}


async def count_cases(audience: Audience, client: UUID | None) -> Mapping[str, int]:
    """How many cases there are in each stage."""
    rows = await audience.fetch(client, "select stage, count(*) as number from cases group by stage")
    return {row["stage"]: row["number"] for row in rows}


async def find_case(audience: Audience, client: UUID | None, number: str) -> UUID | None:
    """The case of that number, where this client may see it."""
    rows = await audience.fetch(client, "select case_id from cases where number = $1", number)
    return rows[0]["case_id"] if rows else None


async def list_questions(audience: Audience, client: UUID | None, kind: str = "") -> Sequence[Row]:
    """What clients are asked, of every kind or of one, the most urgent first."""
    sql = """select q.question_id, q.case_id, q.kind, q.answer_by, q.client_id, c.number, c.invoices, c.currency,
                    c.principal, c.country, c.party_id, p.name as debtor, l.name as client
             from questions q join cases c using (case_id) left join people p on p.party_id = c.party_id
                  left join clients l on l.client_id = q.client_id
             where $1 = '' or q.kind = $1
             order by q.answer_by, q.case_id limit 5000"""
    return await _named(audience, await audience.fetch(client, sql, kind))


async def find_question(audience: Audience, client: UUID | None, question_id: UUID) -> asyncpg.Record | None:
    """The case and kind of a question, while it waits for this client."""
    rows = await audience.fetch(client, "select case_id, kind from questions where question_id = $1", question_id)
    return rows[0] if rows else None


async def list_calls(audience: Audience) -> Sequence[Row]:
    """Calls to make, the first due first."""
    sql = """select t.task_id, t.case_id, t.step, t.call_from, t.call_by, c.number, c.invoices, c.country, c.currency,
                    c.principal, c.party_id, p.name as debtor, l.name as client
             from calls t join cases c using (case_id) left join people p on p.party_id = c.party_id
                  left join clients l on l.client_id = t.client_id
             order by t.call_by, t.task_id limit 5000"""
    return await _named(audience, await audience.fetch(None, sql))


async def find_call(audience: Audience, task_id: UUID) -> UUID | None:
    """The case of a call, while it is to be made."""
    rows = await audience.fetch(None, "select case_id from calls where task_id = $1", task_id)
    return rows[0]["case_id"] if rows else None


async def list_disputes(audience: Audience, client: UUID | None) -> Sequence[Row]:
    """Disputes still open."""
    return await list_questions(audience, client, "dispute")


async def list_payments(audience: Audience) -> Sequence[asyncpg.Record]:
    """Payments held: on no case, with the reason."""
    sql = "select * from payments where because is not null order by booked_on, payment_id limit 5000"
    return await audience.fetch(None, sql)


async def list_clients(audience: Audience) -> Sequence[asyncpg.Record]:
    """Whom we work for."""
    sql = """select l.client_id, l.name, l.conditions, count(c.case_id) as cases
             from clients l left join cases c using (client_id) group by 1, 2, 3 order by l.name"""
    return await audience.fetch(None, sql)


async def kept_key(pool: Any, key_id: UUID) -> KeptKey | None:
    """What is kept of a key."""
    row = await pool.fetchrow("select * from keys where key_id = $1", key_id)
    return row and KeptKey(row["key_id"], row["hash"], row["owner"], row["owner_id"], row["revoked"])


async def names(store: CaseStore, who: Sequence[UUID]) -> Mapping[UUID, str]:
    """Names of debtors and staff, and of clients."""
    clients = await store.pool.fetch("select client_id, name from clients where client_id = any($1)", list(who))
    people = await store.pool.fetch("select party_id, name from people where party_id = any($1)", list(who))
    opened = await _open_names(store.keys, {row["party_id"]: row["name"] for row in people})
    return {row["client_id"]: row["name"] for row in clients} | dict(opened)


async def summary(pool: Any) -> Mapping[str, Any]:
    """All cases as numbers; the money's are settlement's to tell."""
    rows = await pool.fetch(
        "select stage, because, number <> '' as accepted, count(*) as number from cases group by 1, 2, 3"
    )
    counts = await pool.fetch("select what, of, number from counts order by what, of")
    told = [(row["stage"], row["because"], row["accepted"], row["number"]) for row in rows]
    opened: dict[str, int] = {}
    for stage, _, accepted, number in told:
        if accepted and stage != "closed":
            opened[stage] = opened.get(stage, 0) + number
    return {
        "cases": sum(number for *_, number in told),
        "accepted": sum(number for _, _, accepted, number in told if accepted),
        "rejected": {
            because or "": number for stage, because, _, number in sorted(told, key=str) if stage == "rejected"
        },
        "needs_info": sum(number for stage, _, _, number in told if stage == "needs_info"),
        "waiting": sum(number for stage, _, _, number in told if stage in ("received", "checking")),
        "open": dict(sorted(opened.items())),
        "closed": {because or "": number for stage, because, _, number in sorted(told, key=str) if stage == "closed"},
        "contacts": {row["of"]: row["number"] for row in counts if row["what"] == "contacts"},
        "plans": {"started": 0, "completed": 0, "broken": 0}
        | {row["of"]: row["number"] for row in counts if row["what"] == "plans"},
    }
