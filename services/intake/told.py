"""An invoice handed in, and what it becomes: the case it opens, the draft it waits as, the claim it is once whole."""

import re
from collections.abc import Iterable
from datetime import date
from typing import cast
from uuid import UUID

import msgspec
from msgspec.structs import replace

from services.intake import policy
from services.intake.channels.invoice import Invoice, InvoiceDebtor
from services.intake.earlier import NOTHING_EARLIER, Earlier, check_steps
from shared.casefile import Casefile
from shared.events import NOTHING_SAID, Event, Sealed, intake
from shared.events.intake import Country, DebtorKind, Defect, Person
from shared.ids import claim_id as id_of_claim
from shared.law import Law
from shared.law.kept import kept

LANGUAGES = {"FI": "fi", "NO": "nb"}
QUOTED_WORDS = re.compile(r"""(['"])(?:(?!\1).)*[^\W\d_](?:(?!\1).)*\1""")  # Anything quoted that has a letter in it.
NORWEGIAN = ("no", "nn")
BASIS = {"fi": "Lasku", "sv": "Faktura", "nb": "Faktura", "en": "Invoice"}  # Where the invoice has no words of its own.


class Draft(msgspec.Struct, frozen=True):
    """An invoice as it was told, with what was told beside it."""

    invoice: Invoice
    content: str
    earlier: Earlier = NOTHING_EARLIER

    def claim_id(self, client_id: UUID) -> UUID:
        """The claim's stream. An invoice without number or date is known by its content."""
        invoice = self.invoice
        if invoice.number and invoice.issued:
            return id_of_claim(client_id, invoice.number, invoice.issued.year)
        return id_of_claim(client_id, f"without number {self.content}", 0)


class Told(msgspec.Struct, frozen=True):
    """An invoice handed in: by whom, in which file, when, and the case and party it would open."""

    client_id: UUID
    case_id: UUID
    party_id: UUID
    file_id: UUID
    source: str
    received_on: date
    today: date  # Not before the day it was received; a client's days to answer run from here.
    draft: Draft

    @property
    def claim_id(self) -> UUID:
        return self.draft.claim_id(self.client_id)


def opened(told: Told) -> intake.CaseReceived:
    """The case as far as the invoice tells it. A debtor of unknown kind is protected as a consumer."""
    debtor = told.draft.invoice.debtor
    country = cast("Country", debtor.country)
    return intake.CaseReceived(
        told.client_id, told.party_id, country, kind_of(debtor), policy.CURRENCIES[country],
        language_of(debtor), told.received_on,
    )  # fmt: skip


def drafted(told: Told) -> intake.ClaimDrafted:
    """What is known so far, until the client has completed it."""
    invoice = told.draft.invoice
    text = msgspec.json.encode(told.draft).decode()
    return intake.ClaimDrafted(
        told.claim_id, invoice.number, invoice.issued, invoice.due, invoice.principal, told.source, told.file_id,
        Sealed((told.party_id,), text),
    )  # fmt: skip


def added(case: Casefile, told: Told, law: Law) -> list[Event]:
    """The whole claim, and each earlier step with what of its charge is collected."""
    invoice, earlier = told.draft.invoice, told.draft.earlier
    number, issued, due, principal = invoice.number, invoice.issued, invoice.due, invoice.principal
    if number is None or issued is None or due is None or principal is None:
        raise ValueError("an invoice without defects has a number, both days and an amount")
    barred = policy.limitation(case, due, earlier, law)
    country, debtor = cast("Country", case.country), cast("DebtorKind", case.debtor)
    claim = intake.ClaimAdded(
        told.claim_id, number, issued, due, principal, Sealed((case.party_id,), basis_of(invoice, case.language)),
        told.source, told.file_id, invoice.reference, invoice.payee_account,
        str(invoice.overdue_rate) if invoice.overdue_rate is not None else None,
        earlier.broke_limitation(country, law), barred.barred_on if barred else None, kept(barred) if barred else None,
    )  # fmt: skip
    steps = check_steps(earlier, country, debtor, principal, due, law)
    proofs = [Sealed((case.party_id,), each.proof) if each.proof else NOTHING_SAID for each in earlier.in_order]
    return [claim, *(intake.EarlierStepTold(told.claim_id, step, of) for step, of in zip(steps, proofs, strict=True))]


def kind_of(debtor: InvoiceDebtor) -> DebtorKind:
    """Where nothing tells it, the debtor is protected as a consumer."""
    return debtor.kind or "consumer"


def language_of(debtor: InvoiceDebtor) -> str:
    """The language the debtor is written to in: the invoice's, else the country's first."""
    spoken = "nb" if debtor.language in NORWEGIAN else debtor.language
    return spoken if spoken in BASIS else LANGUAGES.get(debtor.country or "", "en")


def basis_of(invoice: Invoice, language: str) -> str:
    """What the claim is for, in the invoice's words; no claim is collected without saying it."""
    return invoice.subject or f"{BASIS.get(language, 'Invoice')} {invoice.number}"


def person_of(invoice: Invoice) -> Person:
    """Who the invoice says the debtor is. An identifier that is wrong identifies nobody."""
    debtor = invoice.debtor
    return Person(
        debtor.name or "", identifier_of(invoice), ", ".join(debtor.address) or None, debtor.post_code, debtor.town,
        debtor.country, debtor.email, debtor.phone,
    )  # fmt: skip


def identifier_of(invoice: Invoice) -> str | None:
    """The debtor's identity number, unless it is wrong."""
    if any(defect.code == "bad_identifier" for defect in invoice.defects):
        return None
    return invoice.debtor.business_id or invoice.debtor.person_id


def in_clear(defects: Iterable[Defect]) -> tuple[Defect, ...]:
    """As an event may hold them: what a file has in a wrong place may be a name, so no words of it are quoted."""
    return tuple(replace(defect, what=QUOTED_WORDS.sub("'…'", defect.what)) for defect in defects)
