"""What settlement shows: cases by their reference, payments that wait, what is to be paid on, payouts, the ledger."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from services.settlement.ledger import Figures, figures, postings
from shared.casestore import Recorded
from shared.events import intake, settlement
from shared.events.settlement import Part, RemittanceLine
from shared.projections import Database
from shared.references import reference_key


async def project(db: Database, one: Recorded) -> None:
    """The effect of one event on the views."""
    await _cases(db, one)
    await _payments(db, one)
    await _payouts(db, one)
    await _ledger(db, one)


async def _cases(db: Database, one: Recorded) -> None:
    match one.event:
        case intake.CaseReceived(client_id, party_id, country, currency=currency):
            sql = """insert into cases (case_id, client_id, party_id, country, currency, state)
                     values ($1, $2, $3, $4, $5, 'received')"""
            await db.execute(sql, one.stream_id, client_id, party_id, country, currency)
        case intake.CaseCorrected(party_id=party_id, country=country, currency=currency):
            sql = "update cases set party_id = $2, country = $3, currency = $4 where case_id = $1"
            await db.execute(sql, one.stream_id, party_id, country, currency)
        case intake.CaseAccepted(number, reference):
            [row] = await db.fetch("select country from cases where case_id = $1", one.stream_id)
            sql = "update cases set number = $2, reference = $3, state = 'open' where case_id = $1"
            await db.execute(sql, one.stream_id, number, reference_key(reference, row["country"]))
        case intake.CaseRejected():
            await db.execute("update cases set state = 'rejected' where case_id = $1", one.stream_id)
        case settlement.CaseClosed(reason):
            sql = "update cases set state = 'closed', because = $2 where case_id = $1"
            await db.execute(sql, one.stream_id, reason)
        case settlement.CaseReopened():
            await db.execute("update cases set state = 'open', because = null where case_id = $1", one.stream_id)
        case settlement.PaymentAllocated(parts=parts):
            await _to_pay_on(db, one.stream_id, parts, 1)
        case settlement.AllocationReversed(parts=parts) | settlement.ShareSetAside(received=parts):
            await _to_pay_on(db, one.stream_id, parts, -1)


async def _to_pay_on(db: Database, case_id: UUID, parts: Sequence[Part], way: int) -> None:
    sql = """insert into to_pay_on (case_id, component, minor) values ($1, $2, $3)
             on conflict (case_id, component) do update set minor = to_pay_on.minor + $3"""
    await db.executemany(sql, [(case_id, part.component, way * part.amount.minor) for part in parts])


async def _payments(db: Database, one: Recorded) -> None:
    match one.event:
        case settlement.PaymentReceived() as told:
            sql = """insert into payments (payment_id, position, account, currency, minor, booked_on, paid_on,
                         reference, origin, document, state, waiting)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'new', $5)"""
            await db.execute(
                sql, one.stream_id, one.position, told.account, told.amount.currency, told.amount.minor,
                told.booked_on, told.paid_on, told.reference, told.origin, told.document,
            )  # fmt: skip
        case settlement.PaymentAssigned(case_id, _, allocated, surplus, kept):
            sql = """update payments set state = 'assigned', case_id = $2, allocated = $3, surplus = $4, kept = $5,
                         because = null, proposed = null, waiting = waiting - $3 - $5 where payment_id = $1"""
            await db.execute(sql, one.stream_id, case_id, allocated.minor, surplus.minor, kept.minor)
        case settlement.PaymentHeld(because, proposed):
            sql = "update payments set state = 'held', because = $2, proposed = $3 where payment_id = $1"
            await db.execute(sql, one.stream_id, because, proposed)
        case settlement.RefundDecided(amount=amount):
            await _refund(db, one, "to_refund", -amount.minor)
        case settlement.RefundSent():
            await _refund(db, one, "refunded", 0)
        case settlement.RefundWithdrawn(amount=amount):
            await _refund(db, one, "held", amount.minor)
        case settlement.PayoutReturned(amount=amount, refund_id=UUID()):
            await _refund(db, one, "reversed", amount.minor)  # Held, where what follows says so.
        case settlement.PaymentReversed(amount=amount, key=key):
            sql = """update payments set state = 'reversed', reversed_by = $2, because = null, proposed = null,
                         waiting = waiting + allocated + kept - $3 where payment_id = $1"""
            await db.execute(sql, one.stream_id, key, amount.minor)


async def _refund(db: Database, one: Recorded, state: str, minor: int) -> None:
    sql = "update payments set state = $2, waiting = waiting + $3, proposed = null where payment_id = $1"
    await db.execute(sql, one.stream_id, state, minor)


async def _payouts(db: Database, one: Recorded) -> None:
    match one.event:
        case settlement.ShareSetAside() as share:
            [row] = await db.fetch("select client_id, number from cases where case_id = $1", one.stream_id)
            line = RemittanceLine(
                one.stream_id, row["number"], share.received, share.kept, share.commission, share.vat, share.net,
                share.run_id, share.paid_on,
            )  # fmt: skip
            sql = "insert into shares (case_id, run_id, client_id, currency, line) values ($1, $2, $3, $4, $5)"
            written = msgspec.json.encode(line).decode()
            await db.execute(sql, one.stream_id, share.run_id, row["client_id"], share.net.currency, written)
        case settlement.RemittanceCreated() as made:
            await _written(db, one, "remittance", made.end_to_end, made.net.currency, made.net.minor, made.payout,
                           made.statement, made.execute_on)  # fmt: skip
            sql = "update shares set remittance = $3 where case_id = $1 and run_id = $2"
            await db.executemany(sql, [(line.case_id, line.run_id, one.stream_id) for line in made.lines])
        case settlement.RefundSent(refund_id, document, amount):
            await _written(db, one, "refund", refund_id.hex, amount.currency, amount.minor, document, None,
                           one.occurred_at.date())  # fmt: skip
        case settlement.RemittancePaid():
            await _payout_state(db, one.stream_id.hex, "paid")
        case settlement.RefundPaid(refund_id):
            await _payout_state(db, refund_id.hex, "paid")
        case settlement.PayoutReturned(refund_id=None):
            await _payout_state(db, one.stream_id.hex, "returned")
            await db.execute("update shares set remittance = null where remittance = $1", one.stream_id)
        case settlement.PayoutReturned(refund_id=UUID() as refund_id):
            await _payout_state(db, refund_id.hex, "returned")
        case settlement.BankFileRead() as read:
            sql = """insert into bank_files (position, account_id, notification, document, up_to, transactions, held)
                     values ($1, $2, $3, $4, $5, $6, $7)"""
            await db.execute(sql, one.position, one.stream_id, read.notification, read.document, read.up_to,
                             read.transactions, len(read.held))  # fmt: skip


async def _written(
    db: Database, one: Recorded, kind: str, end_to_end: str, currency: str, minor: int, document: str,
    statement: str | None, execute_on: date,
) -> None:  # fmt: skip
    sql = """insert into payouts (end_to_end, position, kind, stream_id, client_id, currency, minor, document,
                 statement, execute_on, written_at, state)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'written')"""
    await db.execute(sql, end_to_end, one.position, kind, one.stream_id, one.client_id, currency, minor, document,
                     statement, execute_on, one.occurred_at)  # fmt: skip


async def _payout_state(db: Database, end_to_end: str, state: str) -> None:
    await db.execute("update payouts set state = $2 where end_to_end = $1", end_to_end, state)


async def _ledger(db: Database, one: Recorded) -> None:
    if one.event is None:
        return
    sql = """insert into postings (position, ordinal, type, stream_id, account, currency, debit, credit)
             values ($1, $2, $3, $4, $5, $6, $7, $8)"""
    rows = [
        (one.position, ordinal, one.type, one.stream_id, line.account, line.currency, line.debit, line.credit)
        for ordinal, line in enumerate(postings(one.event))
    ]
    if rows:
        await db.executemany(sql, rows)


# Asked.


async def cases_of_references(db: Database, references: Collection[str], country: str) -> dict[str, tuple[UUID, UUID]]:
    """The case and the party of each reference that was given to exactly one case, by a country's own writing."""
    keys = {reference: reference_key(reference, country) for reference in references}
    sql = """select reference, min(case_id::text)::uuid as case_id, min(party_id::text)::uuid as party_id from cases
             where reference = any($1) and country = $2 group by reference having count(*) = 1"""
    found = {row["reference"]: row for row in await db.fetch(sql, sorted(set(keys.values())), country)}
    return {each: (found[key]["case_id"], found[key]["party_id"]) for each, key in keys.items() if key in found}


async def open_cases_of(db: Database, stream_id: UUID) -> list[UUID]:
    """The open cases that a case's, a client's or a party's stream is about."""
    sql = """select case_id from cases where $1 in (case_id, client_id, party_id) and state = 'open'
             order by case_id"""
    return [row["case_id"] for row in await db.fetch(sql, stream_id)]


async def cases_to_pay_on(db: Database, client_id: UUID) -> list[UUID]:
    """A client's cases with money in no run yet, or with a reversal to take back."""
    sql = """select distinct case_id from cases join to_pay_on using (case_id)
             where client_id = $1 and minor <> 0 order by case_id"""
    return [row["case_id"] for row in await db.fetch(sql, client_id)]


async def lines_to_pay_on(db: Database, client_id: UUID) -> list[RemittanceLine]:
    """What is set aside for a client and in no payout, or in one that came back."""
    sql = "select line from shares where client_id = $1 and remittance is null order by case_id, run_id"
    return [msgspec.json.decode(row["line"], type=RemittanceLine) for row in await db.fetch(sql, client_id)]


async def payout_named(db: Database, end_to_end: str) -> Mapping[str, Any] | None:
    """The payout a bank's line is about."""
    rows = await db.fetch("select * from payouts where end_to_end = $1", end_to_end)
    return rows[0] if rows else None


async def payouts_after(db: Database, position: int) -> Sequence[Mapping[str, Any]]:
    """Payout files written after this position of the log, oldest first."""
    sql = """select position, document, kind, end_to_end, currency, minor, execute_on, written_at, state, client_id,
                 statement from payouts where position > $1 order by position"""
    return await db.fetch(sql, position)


async def waiting_payments(db: Database) -> Sequence[Mapping[str, Any]]:
    """Payments a person has to look at, oldest first: why, and what we would do."""
    sql = """select payment_id, account, currency, minor, waiting, booked_on, paid_on, reference, because, proposed,
                 case_id from payments where state = 'held' order by position"""
    return await db.fetch(sql)


async def payments_of(db: Database, case_id: UUID) -> Sequence[Mapping[str, Any]]:
    """What came for a case, payment by payment."""
    sql = """select payment_id, currency, minor, paid_on, state, allocated, surplus from payments
             where case_id = $1 order by position"""
    return await db.fetch(sql, case_id)


async def taken_back_by(db: Database, account: str, key: str) -> UUID | None:
    """The payment this bank transaction took back already."""
    sql = "select payment_id from payments where account = $1 and reversed_by = $2"
    rows = await db.fetch(sql, account, key)
    return rows[0]["payment_id"] if rows else None


async def payments_alike(db: Database, account: str, currency: str, minor: int) -> Sequence[Mapping[str, Any]]:
    """Payments of this amount on this account that were not taken back, newest first."""
    sql = """select payment_id, reference, origin from payments where account = $1 and currency = $2 and minor = $3
                 and reversed_by is null order by booked_on desc, position desc"""
    return await db.fetch(sql, account, currency, minor)


async def summary(db: Database) -> dict[str, Figures]:
    """The figures of each currency."""
    sql = """select currency, account, type, sum(debit)::bigint as debit, sum(credit)::bigint as credit
             from postings group by currency, account, type"""
    sums: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}
    for row in await db.fetch(sql):
        sums.setdefault(row["currency"], {})[(row["account"], row["type"])] = (row["debit"], row["credit"])
    return {currency: figures(of) for currency, of in sorted(sums.items())}
