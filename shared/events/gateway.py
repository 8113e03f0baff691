"""Who we are, who we work for, who may look, and what people decided on a page. Owner: gateway."""

from datetime import date
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events import NOTHING_SAID, Event, Sealed, said_in_clear
from shared.money import Money


class Account(msgspec.Struct, frozen=True):
    """A bank account: IBAN, its BIC where known, its currency."""

    iban: str
    currency: str
    bic: str | None = None


class ReferenceKind(msgspec.Struct, frozen=True):
    """The references agreed with the bank for one currency."""

    currency: str
    kind: Literal["viitenumero", "rf", "kid_mod10", "kid_mod11", "ocr"]
    length: int


class ContactLimits(msgspec.Struct, frozen=True):
    """What the agency allows itself beside the law: its hours, local time, and its contacts with one debtor."""

    messages_from: str = "09:00"
    messages_until: str = "19:00"
    letters_from: str = "10:00"
    contacts_per_week: int = 5  # In any seven days.
    contacts_per_month: int = 15  # In any 31 days.


class AgencySet(Event, frozen=True):
    """The agency's own facts as they are from now on."""

    opens: ClassVar[str | None] = "agency"
    name: str
    business_id: str
    country: str
    street: str
    postcode: str
    town: str
    email: str
    telephone: str
    telephone_hours: str
    accounts: tuple[Account, ...]  # Client-money accounts, one a currency.
    references: tuple[ReferenceKind, ...]
    businesses_only_from: date | None = None  # Single consumer claims received from this day are refused.
    marks_many: int = 5  # So many payment-default marks on a person: advise legal steps instead.
    answer_days: int = 14  # Days a client has to answer a question.
    complaint_board: str | None = None
    contact_limits: ContactLimits = ContactLimits()


class Share(msgspec.Struct, frozen=True):
    """Who keeps one component of what is paid, and the commission on it."""

    component: Literal["interest", "principal", "reminder_cost", "collection_cost"]
    kept_by: Literal["client", "agency"]
    commission_percent: str = "0"  # Of the client's part, a decimal string.


class Agreement(msgspec.Struct, frozen=True):
    """What client and agency agreed on money."""

    shares: tuple[Share, ...]
    vat_percent: str | None = None  # On the commission. Unset: a remittance run refuses, naming it.
    small_differences: tuple[Money, ...] = (Money(5_00, "EUR"), Money(50_00, "NOK"), Money(50_00, "SEK"))
    paid_list_days: int = 3  # How old the client's word on payments to itself may be before a friendly message.
    can_deduct_vat: bool = True
    remit_weekday: int = 4  # 0 is Monday: the day of the week the client is paid.


class Mandate(msgspec.Struct, frozen=True):
    """What the client lets us agree without asking."""

    instalments_max: int = 6
    plan_days_max: int = 185
    instalment_mins: tuple[Money, ...] = (Money(20_00, "EUR"), Money(200_00, "NOK"), Money(200_00, "SEK"))
    waive_plan_cost: bool = False


class ClientSet(Event, frozen=True):
    """A client's facts, agreement, mandate and strategy as they are from now on."""

    opens: ClassVar[str | None] = "client"
    name: str
    business_id: str
    country: str
    language: str
    languages: tuple[str, ...]
    street: str
    postcode: str
    town: str
    email: str
    payout_accounts: tuple[Account, ...]
    invoice_accounts: tuple[Account, ...]  # Where its own customers pay its invoices.
    agreement: Agreement
    mandate: Mandate
    strategies: tuple[tuple[str, str], ...] = ()  # (`FI consumer`, strategy's name); the default else.
    tone: str = "warm"
    approval_days: int = 7
    silence: Literal["needs_answer", "starts_near_mandate"] = "starts_near_mandate"
    consumers_by_agreement: bool = False
    marks_many_route: Literal["ask", "accept", "reject"] = "ask"


class KeyIssued(Event, frozen=True):
    """A key was made; only its hash is kept. A client's key sees that client, a staff key everything."""

    key_id: UUID
    hash: str
    owner: Literal["client", "staff"]
    staff_id: UUID | None = None  # Who acts with a staff key.


class KeyRevoked(Event, frozen=True):
    """A key opens nothing from now on."""

    key_id: UUID


class StaffAdded(Event, frozen=True):
    """A person of the agency who can be a case's named handler."""

    opens: ClassVar[str | None] = "staff"
    name: Sealed[str]
    telephone: str
    staff_id: UUID


class CollectionPaused(Event, frozen=True):
    """Nothing more leaves until it is resumed. On a case, a party or a client."""

    may_be_ignored: ClassVar[bool] = False
    class_version: ClassVar[int] = 2
    because: Sealed[str] = NOTHING_SAID  # In the words of who decided it.

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> dict[str, Any]:
        """The words stood in the clear; no key can close them any more."""
        return {**data, "because": said_in_clear(data["because"])}


class CollectionResumed(Event, frozen=True):
    """A pause has ended."""

    may_be_ignored: ClassVar[bool] = False


class CollectionStopped(Event, frozen=True):
    """Nothing more leaves, for good. The claim may come again as a new case."""

    may_be_ignored: ClassVar[bool] = False
    class_version: ClassVar[int] = 2
    because: Sealed[str] = NOTHING_SAID  # In the words of who decided it.

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> dict[str, Any]:
        """The words stood in the clear; no key can close them any more."""
        return {**data, "because": said_in_clear(data["because"])}


class PaidListConfirmed(Event, frozen=True):
    """The client says: payments made to us directly are reported up to this day."""

    up_to: date


class ContactSuspended(Event, frozen=True):
    """A rule stops contact at once: wrong person, deceased, minor, guardian, or the debtor's own request."""

    may_be_ignored: ClassVar[bool] = False
    because: Literal["wrong_person", "deceased", "minor", "guardian", "suspension_request"]
    section: str | None


class ContactAllowedAgain(Event, frozen=True):
    """What had suspended contact is over."""

    may_be_ignored: ClassVar[bool] = False
