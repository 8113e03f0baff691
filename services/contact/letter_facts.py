"""From what is known to a letter: every amount from the case's own money, every address from its own stream."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import msgspec

from services.contact.itemising import claims_of, planned_claims, with_basis
from services.contact.known import Around, Known
from services.contact.letters.letter import (
    Account,
    Agency,
    ComplaintBoard,
    Creditor,
    Debtor,
    Instalment,
    Letter,
    Objections,
)
from services.contact.paying import PayTo, pay_to
from services.contact.timing import group_of, strategy_of
from shared.balance import kind_of
from shared.events.contact import ContactDecided
from shared.events.plans import PlanStarted
from shared.money import Money, total
from shared.references import epc_qr, valid_rf, valid_viitenumero, virtual_barcode

WITH_OBJECTIONS = ("demand", "second_demand")


class Told(msgspec.Struct, frozen=True):
    """One message to be written: what was decided, on which day it leaves, and who handles the case."""

    decided: ContactDecided
    written_on: date
    handler: str


def letter(known: Known, around: Around, told: Told) -> Letter:
    """The letter that was decided. Its amounts are those of its pay-by day, its own cost included."""
    decided, case = told.decided, known.case
    country, debtor = kind_of(case)
    payee = payee_of(known, around, decided.kind)
    on = decided.pay_by or told.written_on
    claims, instalments = claims_of(known, around.law, decided, on), ()  # type: tuple[Any, Any]
    if decided.kind == "plan" and known.plan is not None:
        claims, instalments = planned_claims(known, around.law, known.plan), instalments_of(known.plan)
    whole = total((claim.open for claim in claims), case.currency)
    asked = instalments[0].amount if instalments else whole
    strategy = strategy_of(known)
    manner = strategy.groups[group_of(known, told.written_on)] if strategy else None
    return Letter(
        kind=cast("Any", decided.kind),
        country=cast("Any", country),
        language=cast("Any", decided.language),
        debtor_kind=debtor,
        written_on=told.written_on,
        case_number=case.number,
        handler=told.handler or around.agency.now.name,
        agency=agency_of(around),
        creditor=creditor_of(around),
        debtor=debtor_of(around),
        claims=with_basis(known, claims),
        total=whole,
        pay_by=on,
        account=account_of(payee),
        reference=payee.reference,
        barcode=barcode(payee, asked, on),
        epc_qr=qr_code(payee, asked),
        options=cast("Any", manner.options if manner else ("call", "plan", "later", "object")),
        objections=objections_of(around, on) if decided.kind in WITH_OBJECTIONS else None,
        suspension="may_ask" if country == "FI" and debtor == "consumer" and decided.kind in WITH_OBJECTIONS else "",
        complaint_board=board_of(around) if country == "NO" and decided.kind in WITH_OBJECTIONS else None,
        consequences=cast("Any", consequences(country, decided.kind, manner.tells if manner else ())),
        instalments=instalments,
    )


def payee_of(known: Known, around: Around, kind: str) -> PayTo:
    """Whose account a message names. Raises LookupError where it is not known."""
    found = pay_to(known, around, "client" if kind == "friendly" else "agency")
    if found is None:
        raise LookupError(f"no account to pay a {kind} to")
    return found


def instalments_of(plan: PlanStarted) -> tuple[Instalment, ...]:
    """The promised payments as a letter lists them."""
    return tuple(Instalment(due=part.due, amount=part.amount) for part in plan.instalments)


# Who and where.


def agency_of(around: Around) -> Agency:
    """Ourselves."""
    ours = around.agency.now
    return Agency(
        name=ours.name,
        business_id=ours.business_id,
        address=(ours.street, f"{ours.postcode} {ours.town}"),
        telephone=ours.telephone,
        telephone_hours=ours.telephone_hours,
        email=ours.email,
    )


def creditor_of(around: Around) -> Creditor:
    """The client."""
    client = around.client.now
    return Creditor(
        name=client.name,
        address=(client.street, f"{client.postcode} {client.town}"),
        business_id=client.business_id,
        email=client.email,
    )


def debtor_of(around: Around) -> Debtor:
    """The one asked to pay, as on the envelope."""
    person = around.party.person
    if person is None:
        raise LookupError("nothing is known of the debtor any more")
    return Debtor(name=person.name, address=address_of(around)[1:])


def address_of(around: Around) -> tuple[str, ...]:
    """The lines of the envelope: name, street, town."""
    person = around.party.person
    if person is None:
        return ()
    return (person.name, person.street or "", f"{person.postcode or ''} {person.town or ''}".strip())


def account_of(payee: PayTo) -> Account:
    """The account as the country writes it: in Norway the eleven digits without the IBAN's head."""
    iban = payee.account.iban.replace(" ", "")
    if iban.startswith("NO"):
        return Account(holder=payee.holder, bban=iban[4:], bic=payee.account.bic or "")
    return Account(holder=payee.holder, iban=iban, bic=payee.account.bic or "")


def objections_of(around: Around, until: date) -> Objections:
    """To us, until the pay-by day."""
    ours = agency_of(around)
    return Objections(until=until, name=ours.name, address=ours.address, email=ours.email, telephone=ours.telephone)


def board_of(around: Around) -> ComplaintBoard | None:
    """The board, from its one line: name, address, web, with commas between."""
    parts = [part.strip() for part in (around.agency.now.complaint_board or "").split(",") if part.strip()]
    if not parts:
        return None
    web = next((part for part in parts[1:] if "." in part and " " not in part), "")
    return ComplaintBoard(name=parts[0], address=tuple(part for part in parts[1:] if part != web), web=web)


def consequences(country: str, kind: str, tells: Sequence[str]) -> tuple[str, ...]:
    """What may happen next: only late, and in Norway with every demand."""
    late = ("demand", "second_demand") if country == "NO" else ("second_demand",)
    return tuple(tells) if kind in late else ()


def barcode(payee: PayTo, amount: Money, pay_by: date) -> str:
    """The bank bar code of a Finnish account; none elsewhere."""
    if not payee.account.iban.startswith("FI") or amount.currency != "EUR" or not _is_reference(payee.reference):
        return ""
    return virtual_barcode(payee.account.iban, amount, payee.reference, pay_by)


def qr_code(payee: PayTo, amount: Money) -> str | None:
    """The European payment code, in euros."""
    if amount.currency != "EUR" or amount.minor <= 0 or not _is_reference(payee.reference):
        return None
    return epc_qr(
        payee.holder, payee.account.iban, amount, reference=payee.reference, bic=payee.account.bic or ""
    )  # fmt: skip


def _is_reference(reference: str) -> bool:
    return valid_viitenumero(reference) or valid_rf(reference)
