"""What happens to a claim before it is worked: received, checked, credit-checked, accepted or not. Owner: intake."""

from datetime import date
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events import NOTHING_SAID, Event, Moment, Sealed, said_in_clear
from shared.law.kept import KeptAnswer
from shared.money import Money

Country = Literal["FI", "NO", "SE"]
DebtorKind = Literal["consumer", "business"]


class Person(msgspec.Struct, frozen=True):
    """Who a party is and how to reach it; the one struct of identifying facts, always sealed."""

    name: str
    identifier: str | None = None  # Personal code or business id.
    street: str | None = None
    postcode: str | None = None
    town: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None


class Defect(msgspec.Struct, frozen=True):
    """What is wrong with a claim: a stable code, where it was seen, and what a person should know."""

    code: str
    where: str
    what: str


class EarlierStep(msgspec.Struct, frozen=True):
    """A step the client took itself before handing over, checked against the law."""

    kind: Literal["friendly", "reminder", "notice"]
    sent: date
    channel: str
    charged: Money
    collectable: Money  # What of the charge was lawful; the rest is not collected.
    lawful: bool
    because: str | None = None
    section: str | None = None
    pay_by: date | None = None
    proven: bool = False  # A document shows it.
    answer: KeptAnswer | None = None  # What the law said of it.


class FileReceived(Event, frozen=True):
    """A client handed in a file; the file itself is kept, sealed, under `document`."""

    opens: ClassVar[str | None] = "file"
    client_id: UUID
    file_id: UUID
    document: str
    format: str | None
    size: int
    received_on: date


class NotTaken(msgspec.Struct, frozen=True):
    """An invoice of a file that did not become a case, nor part of one, and why. Invoice 1 is the first."""

    index: int
    defects: tuple[Defect, ...]
    case_id: UUID | None = None  # The case that holds it already, where that is why.


class InvoicesNotTaken(Event, frozen=True):
    """These invoices of the file were not taken in; all others of it are on cases."""

    invoices: tuple[NotTaken, ...]


class PartyIdentified(Event, frozen=True):
    """A debtor became known to us."""

    opens: ClassVar[str | None] = "party"
    country: Country
    kind: DebtorKind
    language: str
    person: Sealed[Person]


class PartyCorrected(Event, frozen=True):
    """What we know of a debtor was put right."""

    person: Sealed[Person]
    language: str


class Kept(msgspec.Struct, frozen=True):
    """What the law makes us keep of somebody who was erased. Its documents close by themselves after that day."""

    what: Literal["accounts", "bank_files", "payouts"]
    documents: tuple[str, ...]  # Empty: amounts, days and references alone, which name nobody.
    until: date | None
    section: str


class PartyErased(Event, frozen=True):
    """On the party: its key is destroyed, and with it all that named this debtor; what the law keeps is listed."""

    may_be_ignored: ClassVar[bool] = False
    because: Literal["asked", "no_longer_needed", "authority", "restored"]
    cases: tuple[UUID, ...]
    keys: tuple[UUID, ...]  # All that are destroyed: the party's own, and those of files it came in.
    kept: tuple[Kept, ...]


class ClaimReserved(Event, frozen=True):
    """This invoice is on that case. Its content, as a digest, tells the same invoice from another with its number."""

    opens: ClassVar[str | None] = "claim"
    client_id: UUID
    case_id: UUID
    content: str


class ClaimQuestioned(Event, frozen=True):
    """Another invoice came with this number; it waits on that case until the client has said which is which."""

    case_id: UUID
    content: str


class CaseReceived(Event, frozen=True):
    """A client handed over a case against a debtor."""

    opens: ClassVar[str | None] = "case"
    may_be_ignored: ClassVar[bool] = False
    client_id: UUID
    party_id: UUID
    country: Country
    debtor: DebtorKind
    currency: str
    language: str
    received_on: date


class CaseCorrected(Event, frozen=True):
    """What the case is about was put right before it was accepted: these facts hold instead of the received ones."""

    may_be_ignored: ClassVar[bool] = False
    party_id: UUID
    country: Country
    debtor: DebtorKind
    currency: str
    language: str


class ClaimDrafted(Event, frozen=True):
    """An invoice of the case as far as it is known; it becomes a claim once nothing of it is missing or wrong."""

    claim_id: UUID
    number: str | None
    issued: date | None
    due: date | None
    principal: Money | None
    source: str
    file_id: UUID
    draft: Sealed[str]  # All that was told of it, as intake's own JSON.


class ClaimAdded(Event, frozen=True):
    """One unpaid invoice of one seller is part of the case."""

    may_be_ignored: ClassVar[bool] = False
    claim_id: UUID
    number: str
    issued: date
    due: date
    principal: Money
    basis: Sealed[str]  # What the invoice is for, in its own words.
    source: str  # The document it was read from.
    file_id: UUID
    invoice_reference: str | None = None
    invoice_account: str | None = None
    contract_rate: str | None = None  # Percent a year, a decimal string.
    interruptions: tuple[date, ...] = ()  # Days that broke limitation.
    time_barred_on: date | None = None
    limitation: KeptAnswer | None = None  # What the law said of that day.


class EarlierStepTold(Event, frozen=True):
    """The client told what it had done itself; a charge that was not lawful is left out."""

    may_be_ignored: ClassVar[bool] = False
    class_version: ClassVar[int] = 2
    claim_id: UUID
    step: EarlierStep
    proof: Sealed[str] = NOTHING_SAID  # Which document shows it, as the client calls it.

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> dict[str, Any]:
        """The document's name stood in the clear, inside the step."""
        step = dict(data["step"])
        proof = step.pop("proof", None)
        return {**data, "step": {**step, "proven": proof is not None}, "proof": said_in_clear(proof)}


class DefectsFound(Event, frozen=True):
    """The claim cannot be worked as it is; the client is told what is missing and by when to answer."""

    defects: tuple[Defect, ...]
    answer_by: date


class InfoReceived(Event, frozen=True):
    """The client completed the claim."""

    what: str


class CreditCheckAsked(Event, frozen=True):
    """The registry is to be asked about the debtor. No case is accepted without an answer."""

    attempt: int


class CreditCheckDelayed(Event, frozen=True):
    """The registry did not answer; it is asked again then."""

    attempt: int
    because: str
    again_at: Moment


class CreditAnswer(msgspec.Struct, frozen=True):
    """What the registry said, kept as it came."""

    outcome: Literal["good", "bankrupt", "many_marks", "unknown"]
    marks: int
    text: str


class CreditCheckCompleted(Event, frozen=True):
    """The registry answered: who asked, for what purpose, from which source."""

    purpose: str
    source: str
    asked_at: Moment
    answer: Sealed[CreditAnswer]
    outcome: Literal["good", "bankrupt", "many_marks", "unknown"]


class CaseAccepted(Event, frozen=True):
    """We take the case: its number, the reference the debtor pays with, and its named handler."""

    may_be_ignored: ClassVar[bool] = False
    number: str
    reference: str
    handler_id: UUID


class ReferenceReserved(Event, frozen=True):
    """On a stream of the reference's own: money that comes with it is this case's."""

    opens: ClassVar[str | None] = "reference"
    client_id: UUID
    case_id: UUID


class CaseRejected(Event, frozen=True):
    """We do not take the case: a typed reason, the rule or policy behind it, and what the client can do instead."""

    may_be_ignored: ClassVar[bool] = False
    reason: str
    policy: str
    advice: str
    answer: KeptAnswer | None = None  # What the law said, where it is the law's no.


class LimitationNear(Event, frozen=True):
    """Unless something interrupts it, the claim is barred from that day on; the client is told in time."""

    claim_id: UUID
    barred_on: date
