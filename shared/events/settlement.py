"""What happens to money: received, allocated, given back, paid on; and how a case ends. Owner: settlement."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events import Event, Moment, Sealed
from shared.law.kept import KeptAnswer
from shared.money import Money

Component = Literal["interest", "principal", "reminder_cost", "collection_cost"]


class Part(msgspec.Struct, frozen=True):
    """How much of a payment went to one component of one claim's debt."""

    component: Component
    amount: Money


class Payer(msgspec.Struct, frozen=True):
    """Who paid, as the bank tells it."""

    name: str | None
    account: str | None
    text: str | None


class BankFileRead(Event, frozen=True):
    """A bank's report on one account was read; money on that account is known up to this day."""

    opens: ClassVar[str | None] = "account"
    document: str
    notification: str
    currency: str
    up_to: date
    transactions: int
    booked: Money
    held: tuple[tuple[str, str], ...]  # Where in the file, and why it was not booked.


class BankFileHeld(Event, frozen=True):
    """What was handed in as a bank file could not be booked: no bank file, or about accounts that are not ours."""

    opens: ClassVar[str | None] = "file"
    document: str
    held: tuple[tuple[str, str], ...]  # Where in the file, and why.


class PaymentReceived(Event, frozen=True):
    """Money came to a client-money account. A fact: it is never refused."""

    opens: ClassVar[str | None] = "payment"
    may_be_ignored: ClassVar[bool] = False
    true_on: ClassVar[str | None] = "paid_on"
    account: str
    amount: Money
    booked_on: date
    value_on: date
    paid_on: date  # The legal day of payment: interest stops on it.
    reference: str | None
    payer: Sealed[Payer]
    key: str  # The bank's own key of the transaction.
    document: str
    origin: UUID | None = None  # The payer's own id of it, as a digest: a payment that is taken back names it.


class PaymentAssigned(Event, frozen=True):
    """On the payment's stream: it belongs to that case."""

    may_be_ignored: ClassVar[bool] = False
    case_id: UUID
    by: str  # reference, or the staff member who decided
    allocated: Money
    surplus: Money  # What was more than owed; of it `kept` stays, the rest goes back.
    kept: Money


class PaymentHeld(Event, frozen=True):
    """On the payment's stream: it could not be given to a case, and why; a person looks."""

    because: str
    proposed: str | None = None  # What we would do: refund, or assign to the case it names.


class PaymentAllocated(Event, frozen=True):
    """On the case: this much of a payment went to a claim, in these parts, by the rule named.

    `answers`: the order the law gave, and where interest was paid, what of it had run and how.
    """

    may_be_ignored: ClassVar[bool] = False
    true_on: ClassVar[str | None] = "paid_on"
    payment_id: UUID
    claim_id: UUID
    amount: Money
    parts: tuple[Part, ...]
    paid_on: date
    rule: str
    section: str
    answers: tuple[KeptAnswer, ...] = ()


class OverpaymentFound(Event, frozen=True):
    """On the case: more came than was owed. Small surpluses stay; the rest is the payer's."""

    may_be_ignored: ClassVar[bool] = False
    payment_id: UUID
    amount: Money
    refund: bool


class OverpaymentReversed(Event, frozen=True):
    """On the case: the payment was taken back, and with it the small surplus that had stayed."""

    may_be_ignored: ClassVar[bool] = False
    payment_id: UUID
    amount: Money


class RefundDecided(Event, frozen=True):
    """On the payment: this much goes back to the account it came from, or to one the payer named instead."""

    may_be_ignored: ClassVar[bool] = False
    refund_id: UUID
    amount: Money
    execute_on: date
    to: Sealed[Payer]


class RefundSent(Event, frozen=True):
    """On the payment: the refund is in that payout file."""

    may_be_ignored: ClassVar[bool] = False
    refund_id: UUID
    document: str
    amount: Money


class RefundWithdrawn(Event, frozen=True):
    """On the payment: the refund will not leave after all, and why; the money waits for a person."""

    may_be_ignored: ClassVar[bool] = False
    refund_id: UUID
    amount: Money
    because: str


class RefundPaid(Event, frozen=True):
    """On the payment: the bank shows that the refund left."""

    may_be_ignored: ClassVar[bool] = False
    true_on: ClassVar[str | None] = "booked_on"
    refund_id: UUID
    amount: Money
    booked_on: date
    key: str
    document: str | None = None  # The bank's file that shows it.


class PaymentReversed(Event, frozen=True):
    """On the payment: the bank took it back."""

    may_be_ignored: ClassVar[bool] = False
    true_on: ClassVar[str | None] = "booked_on"
    amount: Money
    booked_on: date
    because: str
    key: str
    document: str | None = None  # The bank's file that shows it.


class AllocationReversed(Event, frozen=True):
    """On the case: a payment was taken back, so these parts are owed again from their first day."""

    may_be_ignored: ClassVar[bool] = False
    payment_id: UUID
    claim_id: UUID
    amount: Money
    parts: tuple[Part, ...]
    paid_on: date  # The day the payment had counted from.


class DirectPaymentReported(Event, frozen=True):
    """The client says the debtor paid it directly. `answers` as of an allocated payment."""

    may_be_ignored: ClassVar[bool] = False
    true_on: ClassVar[str | None] = "paid_on"
    claim_id: UUID
    amount: Money
    parts: tuple[Part, ...]
    paid_on: date
    answers: tuple[KeptAnswer, ...] = ()


class CreditNoteReported(Event, frozen=True):
    """The client credited this much of the claim."""

    may_be_ignored: ClassVar[bool] = False
    true_on: ClassVar[str | None] = "on"
    claim_id: UUID
    amount: Money
    number: str
    on: date


class WrittenOff(Event, frozen=True):
    """What was left is smaller than the client wants collected."""

    may_be_ignored: ClassVar[bool] = False
    claim_id: UUID
    amount: Money
    parts: tuple[Part, ...]


class WriteOffReversed(Event, frozen=True):
    """What had been let go after a payment is owed again, for that payment was taken back."""

    may_be_ignored: ClassVar[bool] = False
    claim_id: UUID
    amount: Money
    parts: tuple[Part, ...]


class RemittanceRunPlanned(Event, frozen=True):
    """On the client's stream: the next run starts then, by the agreement as it is now."""

    next_at: Moment


class RemittanceRunStarted(Event, frozen=True):
    """On the client's stream: a run gathers what is to be paid on; the next one starts then."""

    run_id: UUID
    day: date
    next_at: Moment


class RemittanceRunRefused(Event, frozen=True):
    """On the client's stream: the run could not be made, and what is missing; it is tried again then."""

    because: str
    next_at: Moment


class Carried(msgspec.Struct, frozen=True):
    """What a run did not pay on in a currency, and why: it waits for the next run."""

    amount: Money
    because: str


class RemittanceRunEnded(Event, frozen=True):
    """On the client's stream: the run's money is paid on, but for what is carried over."""

    may_be_ignored: ClassVar[bool] = False
    run_id: UUID
    carried: tuple[Carried, ...]


class ShareSetAside(Event, frozen=True):
    """On the case: these amounts are paid on in that run. What is set aside is in no other run."""

    may_be_ignored: ClassVar[bool] = False
    run_id: UUID
    received: tuple[Part, ...]  # By component; negative where a reversal takes back what was paid on.
    kept: Money
    commission: Money
    vat: Money
    net: Money
    paid_on: tuple[date, ...]  # The days of the payments, and of those taken back.


class RemittanceLine(msgspec.Struct, frozen=True):
    """What one case brings in a remittance."""

    case_id: UUID
    number: str
    received: tuple[Part, ...]
    kept: Money
    commission: Money
    vat: Money
    net: Money
    run_id: UUID  # The run it was set aside in; an earlier one where it had been carried over.
    paid_on: tuple[date, ...]


class RemittanceCreated(Event, frozen=True):
    """The client is paid this much, case by case; its statement and the payout file are kept."""

    opens: ClassVar[str | None] = "remittance"
    may_be_ignored: ClassVar[bool] = False
    client_id: UUID
    run_id: UUID
    lines: tuple[RemittanceLine, ...]
    net: Money
    execute_on: date
    to_account: str
    end_to_end: str
    payout: str  # Document: pain.001
    statement: str  # Document: what the client reads


class RemittancePaid(Event, frozen=True):
    """The bank shows that the payout left."""

    may_be_ignored: ClassVar[bool] = False
    true_on: ClassVar[str | None] = "booked_on"
    booked_on: date
    key: str
    amount: Money


class PayoutReturned(Event, frozen=True):
    """On the remittance or the payment: the bank gave the payout back. A refund is named; a remittance is paid anew."""

    may_be_ignored: ClassVar[bool] = False
    true_on: ClassVar[str | None] = "booked_on"
    booked_on: date
    because: str
    amount: Money
    key: str
    refund_id: UUID | None = None
    document: str | None = None  # The bank's file that shows it.


class CaseClosed(Event, frozen=True):
    """The case has ended, for this reason."""

    may_be_ignored: ClassVar[bool] = False
    reason: str
    open_balance: Money


class CaseReopened(Event, frozen=True):
    """The case is worked again: what had closed it no longer holds."""

    may_be_ignored: ClassVar[bool] = False
    because: str
