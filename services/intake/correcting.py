"""What a client tells to put a claim right, and the invoice as it reads then, held to the same checks as at first."""

from datetime import date
from typing import Literal, cast

import msgspec
from msgspec.structs import replace

from services.intake.channels import checks
from services.intake.channels.invoice import InvoiceDebtor
from services.intake.claim import Door
from services.intake.digests import Digests
from services.intake.earlier import Earlier, Interruption
from services.intake.told import Draft
from shared.errors import Refused
from shared.events.intake import DebtorKind, Defect
from shared.identifiers import print_identifier, valid_identifier
from shared.money import Money

# A contradiction that lay in parts of the file we do not keep stays until the sum itself is told anew.
STAYS_UNTIL_TOTAL = ("amounts_do_not_add_up", "bad_amount")
OWN_FIELDS = ("number", "issued", "due", "subject")
DEBTOR_FIELDS = ("name", "post_code", "town", "email", "phone", "language")


class DebtorTold(msgspec.Struct, frozen=True):
    """What the client puts right about the debtor; what is left out stays as it was."""

    name: str | None = None
    kind: DebtorKind | None = None
    identifier: str | None = None
    address: tuple[str, ...] = ()
    post_code: str | None = None
    town: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None


class Completion(msgspec.Struct, frozen=True):
    """What the client puts right about a claim, or decides about it."""

    number: str | None = None
    issued: date | None = None
    due: date | None = None
    total: Money | None = None
    subject: str | None = None
    interruptions: tuple[Interruption, ...] = ()
    debtor: DebtorTold = DebtorTold()
    decision: Literal["accept", "withdraw"] | None = None

    @property
    def named(self) -> str:
        """Which facts were told, never what they say."""
        own = [field for field in (*OWN_FIELDS, "total") if getattr(self, field) is not None]
        debtor = [f"debtor.{field}" for field in self.debtor.__struct_fields__ if getattr(self.debtor, field)]
        return ", ".join([*own, *(["interruptions"] if self.interruptions else []), *debtor]) or "nothing new"


def corrected(draft: Draft, told: Completion, digests: Digests) -> Draft:
    """The invoice with what was told now, read again by the same checks as at first."""
    before = draft.invoice
    facts = {
        field: new for field in ("number", "issued", "due", "subject") if (new := getattr(told, field)) is not None
    }
    if told.total is not None:
        facts |= {"total": told.total, "payable": told.total, "currency": told.total.currency}
    found = checks.Findings(str)
    if told.total is None:
        found.defects += [defect for defect in before.defects if defect.code in STAYS_UNTIL_TOTAL]
    debtor = _debtor(before.debtor, told.debtor, found)
    invoice = replace(before, **facts, debtor=debtor, defects=(), warnings=())
    checked = checks.checked(1, invoice, found).invoice
    whole = replace(checked, defects=_once(checked.defects), warnings=_once(checked.warnings)) if checked else invoice
    known = draft.earlier.interruptions
    more = tuple(each for each in told.interruptions if each not in known)
    return Draft(whole, digests.content(whole), Earlier(draft.earlier.steps, (*known, *more)))


def _debtor(before: InvoiceDebtor, told: DebtorTold, found: checks.Findings) -> InvoiceDebtor:
    facts = {field: new for field in DEBTOR_FIELDS if (new := getattr(told, field)) is not None}
    debtor = replace(before, **facts, address=told.address or before.address)
    written = told.identifier or before.business_id or before.person_id
    kind = told.kind or (None if told.identifier else before.kind)
    return checks.identified(debtor, written, kind, debtor.country or "", found)


def _once(defects: tuple[Defect, ...]) -> tuple[Defect, ...]:
    """The same defect, kept from before and found again, is one."""
    return tuple({defect.code + defect.where.partition(",")[0]: defect for defect in reversed(defects)}.values())[::-1]


def rightly_written(door: Door, told: Completion) -> Completion:
    """The debtor's identity number in its one usual writing. Raises Refused where it is none."""
    written, kind = told.debtor.identifier, cast("DebtorKind", told.debtor.kind or door.case.debtor)
    if written is None:
        return told
    if not valid_identifier(door.case.country, kind, written):
        raise Refused("this is no identity number: its form or check digit is wrong", "bad_identifier")
    usual = print_identifier(door.case.country, kind, written)
    return replace(told, debtor=replace(told.debtor, identifier=usual))
