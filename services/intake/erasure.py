"""Erasing a debtor: what speaks against it, what the law keeps all the same, and which keys are destroyed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal, Self, cast
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared.calendar import Country
from shared.casefile import Casefile
from shared.errors import NotFound, Refused
from shared.events import Event, intake, settlement
from shared.events.intake import Kept, PartyErased
from shared.law import Law, Unknown

Because = Literal["asked", "no_longer_needed", "authority"]

# What we know.


class OfCase(msgspec.Struct, frozen=True):
    """A case, as far as it keeps its debtor from being erased, and what of him it leads to."""

    case: Casefile = Casefile()
    files: frozenset[UUID] = frozenset()
    payments: frozenset[UUID] = frozenset()

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        known = replace(self, case=self.case.after(event))
        match event:
            case intake.ClaimDrafted(file_id=file_id) | intake.ClaimAdded(file_id=file_id):
                return replace(known, files=self.files | {file_id})
            case settlement.PaymentAllocated(payment_id) | settlement.OverpaymentFound(payment_id):
                return replace(known, payments=self.payments | {payment_id})
        return known


class OfPayment(msgspec.Struct, frozen=True):
    """A payment: the files it stands in, the bank's and ours, and what is still to go back of it."""

    received: settlement.PaymentReceived | None = None
    bank_files: frozenset[str] = frozenset()
    payouts: tuple[str, ...] = ()
    refunds: frozenset[UUID] = frozenset()  # Decided and not with the payer: on their way, withdrawn or come back.

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        match event:
            case settlement.PaymentReceived(document=document):
                return replace(self, received=event, bank_files=self.bank_files | {document})
            case settlement.RefundDecided(refund_id):
                return replace(self, refunds=self.refunds | {refund_id})
            case settlement.RefundSent(document=document):
                return replace(self, payouts=(*self.payouts, document))
            case settlement.RefundPaid(document=document) | settlement.PaymentReversed(document=document):
                return replace(self._shown_by(document), refunds=frozenset())
            case settlement.PayoutReturned(refund_id=UUID() as refund_id, document=document):
                return replace(self._shown_by(document), refunds=self.refunds | {refund_id})
        return self

    def _shown_by(self, document: str | None) -> Self:
        return replace(self, bank_files=self.bank_files | {document}) if document else self


class Erasable(msgspec.Struct, frozen=True):
    """All that an erasure is decided on."""

    party_id: UUID
    is_there: bool
    is_erased: bool
    cases: Mapping[UUID, OfCase]
    ended: Mapping[UUID, date | None]  # The day each case's collection ended, where it has.
    payments: Mapping[UUID, OfPayment]
    last_days: Mapping[str, date]  # Of files that can still be opened: up to when they are kept.

    @property
    def bank_files(self) -> frozenset[str]:
        """The bank's files this debtor's money stands in."""
        return frozenset(document for each in self.payments.values() for document in each.bank_files)

    @property
    def payouts(self) -> frozenset[str]:
        """Payout files that gave money back to this debtor."""
        return frozenset(document for each in self.payments.values() for document in each.payouts)


class Against(msgspec.Struct, frozen=True):
    """One reason why somebody may not be erased yet; where the law names a last day, that day and its section."""

    obstacle: Literal["case_open", "records_kept", "law_unknown", "refund_under_way"]
    where: str
    what: str
    until: date | None = None
    section: str | None = None


# What we decide.


def against(known: Erasable, law: Law, today: date) -> tuple[Against, ...]:
    """Everything that speaks against erasing this debtor today."""
    found = [_against_case(of, each, known.ended.get(of), law, today) for of, each in known.cases.items()]
    waiting = [payment for payment, each in known.payments.items() if each.refunds]
    refunds = [Against("refund_under_way", f"payment {each}", "money is to go back to them") for each in waiting]
    return (*(each for each in found if each is not None), *refunds)


def erase(known: Erasable, because: Because, law: Law, today: date) -> list[Event]:
    """Close for good what names this debtor. Raises NotFound, Refused with every reason against it."""
    if not known.is_there:
        raise NotFound("there is no such debtor")
    if known.is_erased:
        return []
    reasons = against(known, law, today)
    if reasons:
        raise Refused("; ".join(f"{each.where}: {each.what}" for each in reasons), "may_not_be_erased")
    return [_erased(known, because, law)]


def erase_again(known: Erasable, law: Law) -> list[Event]:
    """A restored store has forgotten that this debtor was erased: what was lawful then is done again, unasked."""
    if not known.is_there or known.is_erased:
        return []
    return [_erased(known, "restored", law)]


def kept(known: Erasable, law: Law) -> tuple[Kept, ...]:
    """What stays all the same: the ledger for good, for it names nobody; files of vouchers up to their last day."""
    booked = [each.received.booked_on for each in known.payments.values() if each.received]
    if not booked:
        return ()
    section = _section(known, law, max(booked))
    found = [Kept("accounts", (), None, section)]
    of_kind: Sequence[tuple[Literal["bank_files", "payouts"], frozenset[str]]] = (
        ("bank_files", known.bank_files),
        ("payouts", known.payouts),
    )
    for what, names in of_kind:
        by_day: dict[date, list[str]] = {}
        for name in sorted(names & known.last_days.keys()):
            by_day.setdefault(known.last_days[name], []).append(name)
        found += [Kept(what, tuple(same), day, section) for day, same in sorted(by_day.items())]
    return tuple(found)


def _against_case(case_id: UUID, each: OfCase, ended: date | None, law: Law, today: date) -> Against | None:
    case, where = each.case, f"case {each.case.number or case_id}"
    if case.stage == "rejected":
        return None  # It was never collected on.
    if case.stage != "closed" or ended is None:
        return Against("case_open", where, f"its stage is {case.stage}; an open case needs to know whom it is about")
    try:
        last = law.records_kept(cast("Country", case.country), ended)
    except Unknown as unknown:
        return Against("law_unknown", where, unknown.missing)
    if today <= last.day:
        what = f"collection ended on {ended}; its record must be kept up to {last.day} ({last.rule.section})"
        return Against("records_kept", where, what, last.day, last.rule.section)
    return None


def _erased(known: Erasable, because: Literal[Because, "restored"], law: Law) -> PartyErased:
    files = {file for each in known.cases.values() for file in each.files}
    keys = (known.party_id, *sorted(files))
    return PartyErased(because, tuple(sorted(known.cases)), keys, kept(known, law))


def _section(known: Erasable, law: Law, booked: date) -> str:
    country = next((each.case.country for each in known.cases.values()), "FI")
    try:
        return law.accounts_kept(cast("Country", country), booked).rule.section
    except Unknown as unknown:
        return unknown.missing
