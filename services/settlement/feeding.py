"""A bank file handed in: kept, read, and booked transaction by transaction. Handed in again, it changes nothing."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID, uuid5

import msgspec

from services.settlement import bank, camt054, handlers, views
from services.settlement.bank import NotBooked
from services.settlement.bank_file import BankFile, Notification, Transaction
from services.settlement.needs import Needs
from services.settlement.vouchers import voucher_kept
from shared.calendar import Country, local_date
from shared.deciding import Answer, Cases, Deciding
from shared.errors import Refused
from shared.events import settlement
from shared.events.gateway import Account
from shared.ids import AGENCY, SOVINTO, account_id, payment_id
from shared.references import reference_key
from shared.setup import Agency
from shared.xml import Unreadable

BYTES_MAX = 20_000_000
AT_ONCE = 256  # Appends of so many callers go to the store together.

P = ParamSpec("P")


class Fed(msgspec.Struct, frozen=True):
    """What a bank file came to. Sums are minor units by currency, as the file says them."""

    file: str
    transactions: int
    sums: dict[str, int]
    outgoing: dict[str, int]
    booked: int
    held: tuple[NotBooked, ...]
    duplicate: bool


class Feeding:
    """One file on its way in. Every item of it has its own cause, so that a half-fed file is fed on."""

    def __init__(self, needs: Needs, actor: str, now: datetime) -> None:
        self.needs, self.actor, self.now = needs, actor, now
        self.limit = asyncio.Semaphore(AT_ONCE)

    async def feed(self, raw: bytes) -> Fed:
        """Keep, read, book. Raises Refused, naming what and where, for what is no bank file."""
        if len(raw) > BYTES_MAX:
            raise Refused(f"{len(raw)} bytes; at most {BYTES_MAX} are read", "too_large")
        file_id = uuid5(SOVINTO, f"bank file|{hashlib.sha256(raw).hexdigest()}")
        agency = await self.needs.store.fold(Agency, AGENCY)
        country = cast("Country", agency.said.country) if agency.said else "FI"
        # Kept as a voucher of the day it came in, which is never before the day of a payment in it.
        await self.needs.store.keys.make(file_id, voucher_kept(self.needs.law, country, local_date(country, self.now)))
        document = await self.needs.documents.keep(raw, "application/xml", (file_id,))
        try:
            file = await asyncio.to_thread(camt054.read, raw)
        except Unreadable as wrong:
            await self._hold(file_id, document, (NotBooked(wrong.where, wrong.code, wrong.what),))
            raise Refused(f"{wrong.where}: {wrong.what}", wrong.code) from None
        return await self._book(file, file_id, document)

    async def _book(self, file: BankFile, file_id: UUID, document: str) -> Fed:
        agency = await self.needs.store.fold(Agency, AGENCY)
        strange: tuple[NotBooked, ...] = bank.not_a_notification(file) if file.kind != "camt.054" else ()
        booked, known, held = 0, [], list(strange)
        for told in () if file.kind != "camt.054" else file.notifications:
            account = bank.ours(told, agency.now.accounts)
            if account is None:
                strange = (*strange, *bank.not_ours(told))
                held += bank.not_ours(told)
                continue
            count, of_account, answer = await self._notification(told, account, file_id, document)
            booked += count
            held += of_account
            known.append(answer.outcome == "duplicate")
        if strange:
            known.append((await self._hold(file_id, document, strange)).outcome == "duplicate")
        return Fed(
            document, file.count, {each.incoming.currency: each.incoming.minor for each in file.sums},
            {each.outgoing.currency: each.outgoing.minor for each in file.sums if each.outgoing},
            booked, tuple(held), bool(known) and all(known),
        )  # fmt: skip

    async def _notification(
        self, told: Notification, account: Account, file_id: UUID, document: str
    ) -> tuple[int, list[NotBooked], Answer]:
        """Book one account's transactions, and only then say up to which day its money is known."""
        held = [bank.as_held(each) for each in told.held]
        mine: list[Transaction] = []
        for each in told.transactions:
            wrong = bank.in_account_currency(each, account)
            held.append(wrong) if wrong else mine.append(each)
        came = [each for each in mine if bank.nature(each) == "payment"]
        await self.needs.caught_up()
        known = await self._known(came, account)
        made = [_made(each, account, file_id, document, known) for each in came]
        await asyncio.gather(*(self._in_order(those) for those in _by_reference(made)))
        # What was taken back may have come in this very file, so it is looked for after that was booked.
        rest = [each for each in mine if bank.nature(each) != "payment"]
        answers = [await self._other(each, account, document) for each in rest]
        held += [each for each in answers if each is not None]
        read = settlement.BankFileRead(
            document, told.id, account.currency, bank.covers(told, local_date("FI", self.now)),
            len(told.transactions) + sum(each.transactions for each in told.held),
            bank.incoming(came, account.currency), tuple((each.where, each.code) for each in held),
        )  # fmt: skip
        stream = account_id(account.iban)
        cause = uuid5(stream, f"{told.id}|{told.created}")
        answer = await self._decide(cause, handlers.read_bank_file, stream, read)
        return len(came) + len(rest) - sum(each is not None for each in answers), held, answer

    async def _known(self, came: Sequence[Transaction], account: Account) -> dict[str, tuple[UUID, UUID | None]]:
        """The case each reference means, and its party, whose key the payer is sealed with; none once it was erased."""
        references = {reference for each in came for reference in bank.references_of(each)}
        found = await self.needs.given(references, account.iban)
        keys = await self.needs.store.keys.of({party for _, party in found.values()})
        return {each: (case_id, party if keys[party] else None) for each, (case_id, party) in found.items()}

    async def _in_order(self, those: Sequence[settlement.PaymentReceived]) -> None:
        """Payments with one reference, one after the other as in the file; other references go on meanwhile."""
        async with self.limit:
            for each in those:
                stream = payment_id(each.account, each.key)
                await self._decide(stream, handlers.receive_payment, stream, each)

    async def _other(self, each: Transaction, account: Account, document: str) -> NotBooked | None:
        match bank.nature(each):
            case "payment_taken_back":
                return await self._taken_back(each, account, document)
            case "payout":
                return await self._payout(each, account, document, left=True)
            case _:
                return await self._payout(each, account, document, left=False)

    async def _payout(self, each: Transaction, account: Account, document: str, *, left: bool) -> NotBooked | None:
        """Money of ours that left, or came back: the end-to-end id is the one we gave it."""
        await self.needs.caught_up()
        row = await views.payout_named(self.needs.store.pool, each.end_to_end.lower()) if each.end_to_end else None
        if row is None:
            code = "unknown_payout" if left else "unknown_return"
            return NotBooked(each.where, code, "its end-to-end id is none that we gave a payout")
        if (row["minor"], row["currency"]) != (each.amount.minor, each.amount.currency):
            return NotBooked(each.where, "amount_differs", "the payout with this end-to-end id has another amount")
        day = each.booked_on or each.paid_on
        cause, stream = uuid5(account_id(account.iban), each.key), row["stream_id"]
        refund_id = UUID(row["end_to_end"]) if row["kind"] == "refund" else None
        if left and refund_id is None:
            paid = settlement.RemittancePaid(day, each.key, each.amount)
            await self._decide(cause, handlers.see_remittance_leave, stream, paid)
        elif left and refund_id is not None:
            refunded = settlement.RefundPaid(refund_id, each.amount, day, each.key, document)
            await self._decide(cause, handlers.see_refund_leave, stream, refunded)
        else:
            back = settlement.PayoutReturned(day, bank.because(each), each.amount, each.key, refund_id, document)
            see = handlers.see_remittance_return if refund_id is None else handlers.see_refund_return
            await self._decide(cause, see, stream, back)
        return None

    async def _taken_back(self, each: Transaction, account: Account, document: str) -> NotBooked | None:
        """A payer's bank took money back: from the payment of this amount with the payer's id or the reference."""
        await self.needs.caught_up()
        db = self.needs.store.pool
        found = await views.taken_back_by(db, account.iban, each.key)
        if found is None:
            alike = await views.payments_alike(db, account.iban, each.amount.currency, each.amount.minor)
            found = _named(each, account, alike)
        if found is None:
            return NotBooked(each.where, "unknown_reversal", "no payment of this amount has its id or its reference")
        day, because = each.booked_on or each.paid_on, bank.because(each)
        cause = uuid5(account_id(account.iban), each.key)
        await self._decide(
            cause, handlers.take_back_payment, found, day, because, each.key, document, law=self.needs.law
        )
        return None

    async def _hold(self, file_id: UUID, document: str, held: Sequence[NotBooked]) -> Answer:
        told = settlement.BankFileHeld(document, tuple((each.where, each.code) for each in held))
        return await self._decide(file_id, handlers.hold_bank_file, file_id, told)

    async def _decide(
        self, cause: UUID, handler: Callable[Concatenate[Cases, P], Awaitable[Answer]], *args: P.args, **more: P.kwargs
    ) -> Answer:
        return await Deciding(self.needs.store, cause, self.actor, self.now)(handler, *args, **more)


def _made(
    each: Transaction, account: Account, file_id: UUID, document: str, known: Mapping[str, tuple[UUID, UUID | None]]
) -> settlement.PaymentReceived:
    """A payment with the reference that counts. Several references of one case are one."""
    ours = {reference: known[reference] for reference in bank.references_of(each) if reference in known}
    reference, party = each.reference, None
    if len({case_id for case_id, _ in ours.values()}) == 1:
        reference, (_, party) = next(iter(ours.items()))
    return bank.received(each, account, document, reference, (party or file_id,), is_ours=reference in ours)


def _by_reference(came: Sequence[settlement.PaymentReceived]) -> list[list[settlement.PaymentReceived]]:
    groups: dict[str, list[settlement.PaymentReceived]] = {}
    for each in came:
        groups.setdefault(reference_key(each.reference) if each.reference else each.key, []).append(each)
    return list(groups.values())


def _named(each: Transaction, account: Account, alike: Sequence[Any]) -> UUID | None:
    """By the payer's own id where exactly one payment has it; else the newest with the reference: equal ones are."""
    origin = bank.origin(account.iban, each.end_to_end)
    same: list[UUID] = [row["payment_id"] for row in alike if origin is not None and row["origin"] == origin]
    if len(same) == 1:
        return same[0]
    keys = {reference_key(reference) for reference in bank.references_of(each)}
    named: list[UUID] = [
        row["payment_id"] for row in alike if row["reference"] and reference_key(row["reference"]) in keys
    ]
    return named[0] if named else None
