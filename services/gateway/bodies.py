"""What people send us as JSON: read strictly, with the form of ids and accounts checked, before it becomes an event."""

from datetime import date
from typing import Annotated, Literal

from msgspec.structs import replace
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.gateway.control import Because
from shared.events.gateway import Account, AgencySet, Agreement, ClientSet, ContactLimits, Mandate, ReferenceKind, Share
from shared.identifiers import account_key, valid_iban, valid_identifier
from shared.money import Money

Country = Literal["FI", "NO", "SE"]
Currency = Literal["EUR", "NOK", "SEK"]
Language = Literal["fi", "sv", "nb", "en"]
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
Text = Annotated[str, Field(min_length=1, max_length=200)]
Percent = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,4})?$", examples=["25.5"])]


def _iban(value: str) -> str:
    written = account_key(value)
    if not valid_iban(written):
        raise ValueError("not a valid IBAN")
    return written


Iban = Annotated[str, AfterValidator(_iban)]


class Body(BaseModel):
    """A field nobody knows is a mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AccountBody(Body):
    iban: Iban
    currency: Currency
    bic: Annotated[str, Field(pattern=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$")] | None = None

    def told(self) -> Account:
        return Account(self.iban, self.currency, self.bic)


class ReferenceBody(Body):
    currency: Currency
    kind: Literal["viitenumero", "rf", "kid_mod10", "kid_mod11", "ocr"]
    length: Annotated[int, Field(ge=4, le=25)]

    def told(self) -> ReferenceKind:
        return ReferenceKind(self.currency, self.kind, self.length)


class WithAddress(Body):
    name: Text
    business_id: Text
    country: Country
    street: Text
    postcode: Annotated[str, Field(pattern=r"^\d{4,5}$")]
    town: Text
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=200)]

    @model_validator(mode="after")
    def _business_id_fits(self) -> "WithAddress":
        if not valid_identifier(self.country, "business", self.business_id):
            raise ValueError(f"business_id is not a valid {self.country} business id")
        return self


class ContactLimitsBody(Body):
    """What we allow ourselves: the defaults or stricter; the law's own limits hold beside it."""

    messages_from: Annotated[str, Field(pattern=CLOCK)] = "09:00"
    messages_until: Annotated[str, Field(pattern=CLOCK)] = "19:00"
    letters_from: Annotated[str, Field(pattern=CLOCK)] = "10:00"
    contacts_per_week: Annotated[int, Field(ge=1, le=5)] = 5
    contacts_per_month: Annotated[int, Field(ge=1, le=15)] = 15

    @model_validator(mode="after")
    def _within_the_usual(self) -> "ContactLimitsBody":
        usual = ContactLimits()
        if not usual.messages_from <= self.messages_from < self.messages_until <= usual.messages_until:
            raise ValueError(
                f"messages leave between {usual.messages_from} and {usual.messages_until}, or a part of it"
            )
        if not usual.letters_from <= self.letters_from < self.messages_until:
            raise ValueError(f"letters leave from {usual.letters_from} on or later, until messages_until")
        return self

    def told(self) -> ContactLimits:
        return ContactLimits(**self.model_dump())


class AgencyBody(WithAddress):
    """Who we are. `accounts` are the client-money accounts, one a currency, each with the references its bank takes."""

    telephone: Text
    telephone_hours: Text
    accounts: Annotated[list[AccountBody], Field(min_length=1)]
    references: Annotated[list[ReferenceBody], Field(min_length=1)]
    businesses_only_from: date | None = None
    marks_many: Annotated[int, Field(ge=1, le=1000)] = 5
    answer_days: Annotated[int, Field(ge=1, le=90)] = 14
    complaint_board: str | None = None
    contact_limits: ContactLimitsBody = ContactLimitsBody()

    @model_validator(mode="after")
    def _one_a_currency(self) -> "AgencyBody":
        for what, each in (("accounts", self.accounts), ("references", self.references)):
            currencies = [one.currency for one in each]
            if len(set(currencies)) != len(currencies):
                raise ValueError(f"{what} name a currency twice")
        if {one.currency for one in self.accounts} != {one.currency for one in self.references}:
            raise ValueError("each account's currency needs a kind of reference, and the other way round")
        return self

    def told(self) -> AgencySet:
        return AgencySet(
            self.name, self.business_id, self.country, self.street, self.postcode, self.town, self.email,
            self.telephone, self.telephone_hours, tuple(one.told() for one in self.accounts),
            tuple(one.told() for one in self.references), self.businesses_only_from, self.marks_many, self.answer_days,
            self.complaint_board, self.contact_limits.told(),
        )  # fmt: skip


class ShareBody(Body):
    component: Literal["interest", "principal", "reminder_cost", "collection_cost"]
    kept_by: Literal["client", "agency"]
    commission_percent: Percent = "0"


class AmountBody(Body):
    minor: Annotated[int, Field(ge=0)]
    currency: Currency

    def told(self) -> Money:
        return Money(self.minor, self.currency)


class AgreementBody(Body):
    shares: list[ShareBody]
    vat_percent: Percent | None = None
    small_differences: list[AmountBody] | None = None
    paid_list_days: Annotated[int, Field(ge=0, le=60)] = 3
    can_deduct_vat: bool = True
    remit_weekday: Annotated[int, Field(ge=0, le=4)] = 4

    @model_validator(mode="after")
    def _each_component_once(self) -> "AgreementBody":
        if sorted(share.component for share in self.shares) != [
            "collection_cost", "interest", "principal", "reminder_cost",
        ]:  # fmt: skip
            raise ValueError(
                "shares say who keeps each of interest, principal, reminder_cost and collection_cost, once"
            )
        return self

    def told(self) -> Agreement:
        shares = tuple(Share(one.component, one.kept_by, one.commission_percent) for one in self.shares)
        agreement = Agreement(
            shares, self.vat_percent, paid_list_days=self.paid_list_days, can_deduct_vat=self.can_deduct_vat,
            remit_weekday=self.remit_weekday,
        )  # fmt: skip
        if self.small_differences is None:
            return agreement
        return replace(agreement, small_differences=tuple(one.told() for one in self.small_differences))


class MandateBody(Body):
    instalments_max: Annotated[int, Field(ge=1, le=24)] = 6
    plan_days_max: Annotated[int, Field(ge=1, le=1000)] = 185
    instalment_mins: list[AmountBody] | None = None
    waive_plan_cost: bool = False

    def told(self) -> Mandate:
        if self.instalment_mins is None:
            return Mandate(self.instalments_max, self.plan_days_max, waive_plan_cost=self.waive_plan_cost)
        least = tuple(one.told() for one in self.instalment_mins)
        return Mandate(self.instalments_max, self.plan_days_max, least, self.waive_plan_cost)


class ClientBody(WithAddress):
    """Whom we work for: address, accounts, what we agreed on money, what we may agree with debtors, how we sound."""

    language: Language
    languages: Annotated[list[Language], Field(min_length=1)]
    payout_accounts: Annotated[list[AccountBody], Field(min_length=1)]
    invoice_accounts: list[AccountBody] = []
    agreement: AgreementBody
    mandate: MandateBody = MandateBody()
    strategies: dict[str, str] = {}
    tone: Literal["warm", "neutral"] = "warm"
    approval_days: Annotated[int, Field(ge=1, le=60)] = 7
    silence: Literal["needs_answer", "starts_near_mandate"] = "starts_near_mandate"
    consumers_by_agreement: bool = False
    marks_many_route: Literal["ask", "accept", "reject"] = "ask"

    def told(self) -> ClientSet:
        return ClientSet(
            self.name, self.business_id, self.country, self.language, tuple(self.languages), self.street,
            self.postcode, self.town, self.email, tuple(one.told() for one in self.payout_accounts),
            tuple(one.told() for one in self.invoice_accounts), self.agreement.told(), self.mandate.told(),
            tuple(sorted(self.strategies.items())), self.tone, self.approval_days, self.silence,
            self.consumers_by_agreement, self.marks_many_route,
        )  # fmt: skip


class StaffBody(Body):
    """A person who works here. `id` is the short name the agency uses; it makes the person's id."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    name: Text
    telephone: Text


class KeyBody(Body):
    """For whom a key is to be made: a client (its id or short name) or a member of staff (the short name)."""

    client: str | None = None
    staff: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "KeyBody":
        if (self.client is None) == (self.staff is None):
            raise ValueError("name either a client or a member of staff")
        return self


class BecauseBody(Body):
    """Why, in the asker's own words; part of the record."""

    because: Annotated[str, Field(max_length=500)] = ""


class SuspensionBody(Body):
    because: Because


class PaidListBody(Body):
    up_to: date


class AnswerBody(Body):
    """`approve` or `refuse` answers a plan; `court`, `close` or `surveillance` a legal decision."""

    answer: Literal["approve", "refuse", "court", "close", "surveillance"]
    because: Annotated[str, Field(max_length=500)] = ""


class ClockBody(Body):
    """Let the demo's clock go on until then. Without a moment: until eight in the evening of the next day."""

    until: str | None = None
