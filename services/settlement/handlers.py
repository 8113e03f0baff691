"""What settlement does: load, decide, append. A stream loaded is a stream relied on."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from services.settlement import ending, payouts, remittance
from services.settlement import money as decide
from services.settlement.owed import Owed
from services.settlement.payment import Payment
from services.settlement.remittance import Draft, Remittance, Runs
from services.settlement.statement import statement
from services.settlement.vouchers import voucher_kept
from shared.balance import kind_of
from shared.calendar import local_date
from shared.casefile import Casefile
from shared.deciding import Answer, Cases
from shared.errors import NotFound
from shared.events import Event, settlement
from shared.events.settlement import Component, PaymentReceived, RemittanceLine
from shared.ids import AGENCY
from shared.law import Law
from shared.money import Money
from shared.setup import Agency, Client, MoneyKnown

XML = "application/xml"
HTML = "text/html; charset=utf-8"

FindCase = Callable[[PaymentReceived], Awaitable[UUID | None]]
LinesOf = Callable[[UUID], Awaitable[Sequence[RemittanceLine]]]


class Keeps(Protocol):
    """Where documents are kept: written before the append that names them."""

    async def keep(self, content: bytes, media_type: str, parties: Sequence[UUID]) -> str: ...


# Bank files.


async def receive_payment(cases: Cases, payment_id: UUID, told: PaymentReceived) -> Answer:
    """The first event of its stream, and caused by the payment itself: told again it is a duplicate, unread."""
    return await cases.append(payment_id, [told])


async def read_bank_file(cases: Cases, account_id: UUID, told: settlement.BankFileRead) -> Answer:
    await cases.load(MoneyKnown, account_id)
    return await cases.append(account_id, [told])


async def hold_bank_file(cases: Cases, file_id: UUID, told: settlement.BankFileHeld) -> Answer:
    await cases.load(MoneyKnown, file_id)
    return await cases.append(file_id, [told])


async def take_back_payment(
    cases: Cases, payment_id: UUID, booked_on: date, because: str, key: str, document: str | None = None, *, law: Law
) -> Answer:
    payment = await cases.load(Payment, payment_id)
    owed = await cases.load(Owed, payment.case_id) if payment.case_id else Owed()
    told = decide.take_back(payment, owed, law, booked_on, because, key, document)
    return await cases.append(payment_id, told.payment, also={payment.case_id: told.case} if payment.case_id else {})


async def see_remittance_leave(cases: Cases, remittance_id: UUID, told: settlement.RemittancePaid) -> Answer:
    known = await cases.load(Remittance, remittance_id)
    return await cases.append(remittance_id, [] if known.paid else [told])


async def see_remittance_return(cases: Cases, remittance_id: UUID, told: settlement.PayoutReturned) -> Answer:
    known = await cases.load(Remittance, remittance_id)
    return await cases.append(remittance_id, [] if known.returned else [told])


async def see_refund_leave(cases: Cases, payment_id: UUID, told: settlement.RefundPaid) -> Answer:
    known = (await cases.load(Payment, payment_id)).refunds.get(told.refund_id)
    return await cases.append(payment_id, [told] if known and known.state == "sent" else [])


async def see_refund_return(cases: Cases, payment_id: UUID, told: settlement.PayoutReturned) -> Answer:
    payment = await cases.load(Payment, payment_id)
    return await cases.append(payment_id, decide.see_refund_return(payment, told))


# Payments and cases.


async def assign_by_reference(cases: Cases, payment_id: UUID, find: FindCase, *, law: Law, now: datetime) -> Answer:
    payment = await cases.load(Payment, payment_id)
    if payment.received is None:
        raise NotFound("there is no such payment")
    case_id = await find(payment.received)
    if case_id is None:
        because = "unknown_reference" if payment.received.reference else "no_reference"
        return await cases.append(payment_id, decide.hold(payment, because))
    return await _assign(cases, payment, payment_id, case_id, "reference", law, now)


async def assign_payment(
    cases: Cases, payment_id: UUID, case_id: UUID, by: str, wish: Sequence[Component] = (), *, law: Law, now: datetime
) -> Answer:
    """A person decided whose payment it is, and read in its message what the payer wished it to pay."""
    payment = await cases.load(Payment, payment_id)
    decide.refuse_to_assign(payment, case_id)
    return await _assign(cases, payment, payment_id, case_id, by, law, now, wish)


async def _assign(
    cases: Cases, payment: Payment, payment_id: UUID, case_id: UUID, by: str, law: Law, now: datetime,
    wish: Sequence[Component] = (),
) -> Answer:  # fmt: skip
    owed = await cases.load(Owed, case_id)
    if not owed.case.country:
        raise NotFound("there is no such case")
    client = await cases.load(Client, owed.case.client_id)
    today = local_date(kind_of(owed.case)[0], now)
    told = decide.assign(payment, case_id, owed, client, law, by, today, wish)
    return await cases.append(payment_id, told.payment, also={case_id: told.case})


async def refund_payment(cases: Cases, payment_id: UUID, *, now: datetime) -> Answer:
    payment = await cases.load(Payment, payment_id)
    if payment.received is None:
        raise NotFound("there is no such payment")
    today = local_date(decide.COUNTRY_OF[payment.received.amount.currency], now)
    return await cases.append(payment_id, decide.refund(payment, today))


async def refund_elsewhere(cases: Cases, payment_id: UUID, account: str, *, now: datetime) -> Answer:
    payment = await cases.load(Payment, payment_id)
    if payment.received is None:
        raise NotFound("there is no such payment")
    today = local_date(decide.COUNTRY_OF[payment.received.amount.currency], now)
    return await cases.append(payment_id, decide.refund_elsewhere(payment, account, today))


async def send_refunds(cases: Cases, payment_id: UUID, *, documents: Keeps, law: Law, now: datetime) -> Answer:
    """Write what was decided into a file for the bank. What no bank would take waits for a person."""
    payment = await cases.load(Payment, payment_id)
    agency = await cases.load(Agency, AGENCY)
    told: list[Event] = []
    for refund_id, each in payment.refunds.items():
        if each.state != "decided":
            continue
        refund = each.decided
        try:
            raw = payouts.refund_file(refund, agency, now)
        except (ValueError, LookupError) as wrong:
            because = "payer_erased" if isinstance(wrong, LookupError) else "account_not_payable"
            told += [settlement.RefundWithdrawn(refund_id, refund.amount, because), settlement.PaymentHeld(because)]
            continue
        # A voucher: it outlasts the payer's own key, and closes by itself on its last day.
        await cases.make_key(refund_id, voucher_kept(law, decide.COUNTRY_OF[refund.amount.currency], refund.execute_on))
        name = await documents.keep(raw, XML, (refund_id,))
        told.append(settlement.RefundSent(refund_id, name, refund.amount))
    return await cases.append(payment_id, told)


async def report_direct_payment(
    cases: Cases, case_id: UUID, claim_id: UUID, amount: Money, paid_on: date, *, law: Law
) -> Answer:
    owed = await cases.load(Owed, case_id)
    client = await cases.load(Client, owed.case.client_id)
    told = decide.report_direct_payment(owed, claim_id, amount, paid_on, client, law)
    return await cases.append(case_id, told)


async def report_credit_note(
    cases: Cases, case_id: UUID, claim_id: UUID, amount: Money, number: str, on: date, *, law: Law
) -> Answer:
    owed = await cases.load(Owed, case_id)
    client = await cases.load(Client, owed.case.client_id)
    told = decide.report_credit_note(owed, claim_id, amount, number, on, client, law)
    return await cases.append(case_id, told)


async def end_case(cases: Cases, case_id: UUID, *, law: Law, now: datetime) -> Answer:
    """Something other than money was decided on the case, its debtor or its client."""
    owed = await cases.load(Owed, case_id)
    if not owed.case.is_open:
        return await cases.append(case_id, [])
    party = await cases.load(Casefile, owed.case.party_id)
    client = await cases.load(Client, owed.case.client_id)
    today = local_date(kind_of(owed.case)[0], now)
    return await cases.append(case_id, ending.end(owed, party, client, law, today))


# Paying on.


async def plan_runs(cases: Cases, client_id: UUID, *, now: datetime) -> Answer:
    runs = await cases.load(Runs, client_id)
    return await cases.append(client_id, remittance.plan(runs, now))


async def start_run(cases: Cases, client_id: UUID, *, now: datetime) -> Answer:
    runs = await cases.load(Runs, client_id)
    return await cases.append(client_id, remittance.start(runs, client_id, now))


async def start_run_now(cases: Cases, client_id: UUID, *, now: datetime) -> Answer:
    runs = await cases.load(Runs, client_id)
    return await cases.append(client_id, remittance.start_now(runs, client_id, now))


async def set_share_aside(cases: Cases, case_id: UUID, client_id: UUID) -> Answer:
    owed = await cases.load(Owed, case_id)
    runs = await cases.load(Runs, client_id)
    return await cases.append(case_id, remittance.set_aside(owed, runs))


async def finish_run(cases: Cases, client_id: UUID, lines_of: LinesOf, *, documents: Keeps, now: datetime) -> Answer:
    """Pay on what is set aside. The client's stream is written with each payout, so that two runs never pay the same.

    The lines are asked for after the client was loaded: what a run before this one paid on is not among them.
    """
    runs = await cases.load(Runs, client_id)
    if runs.under_way is None:
        return await cases.append(client_id, [])
    agency = await cases.load(Agency, AGENCY)
    drafts, carried = remittance.finish(runs, await lines_of(client_id), now)
    made: dict[UUID, list[Event]] = {}
    for draft in drafts:
        await cases.make_key(draft.remittance_id)
        try:
            made[draft.remittance_id] = [await _created(draft, client_id, runs, agency, documents, now)]
        except ValueError:  # No bank would take it: the client's account or name has to be put right first.
            carried = (*carried, settlement.Carried(draft.net, "payout_not_payable"))
    ended = settlement.RemittanceRunEnded(runs.under_way.run_id, carried)
    return await cases.append(client_id, [ended], also=made)


async def _created(draft: Draft, client_id: UUID, runs: Runs, agency: Agency, documents: Keeps, now: datetime) -> Event:
    client, keys = runs.client.now, (draft.remittance_id,)
    payout = await documents.keep(payouts.remittance_file(draft, client, agency, now), XML, keys)
    page = await documents.keep(statement(draft, client, agency.now), HTML, keys)
    return remittance.created(draft, client_id, payout, page)
