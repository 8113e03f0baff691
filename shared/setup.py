"""Who we are, who we work for and how far money is known: folds of the agency's, a client's and an account's stream."""

from datetime import date, time
from typing import Self

import msgspec
from msgspec.structs import replace

from shared.calendar import Country, is_bank_day
from shared.casefile import Casefile
from shared.errors import Refused
from shared.events import Event, gateway, settlement
from shared.events.gateway import Account, AgencySet, ClientSet, ContactLimits
from shared.law import ContactPolicy
from shared.money import Money


class Agency(msgspec.Struct, frozen=True):
    """The agency as it was last set."""

    said: AgencySet | None = None

    def after(self, event: Event) -> Self:
        return replace(self, said=event) if isinstance(event, AgencySet) else self

    @property
    def now(self) -> AgencySet:
        """Its facts. Raises Refused where nobody has set them."""
        if self.said is None:
            raise Refused("the agency is not set up yet: `sovinto agency set FILE`", "agency_not_set")
        return self.said

    @property
    def contact_policy(self) -> ContactPolicy:
        """How often and when it contacts a debtor, where the law would allow more."""
        limits = self.said.contact_limits if self.said else ContactLimits()
        opens, closes = time.fromisoformat(limits.messages_from), time.fromisoformat(limits.messages_until)
        return ContactPolicy(
            messages=(opens, closes),
            letters=(time.fromisoformat(limits.letters_from), closes),
            contacts_per_week=limits.contacts_per_week,
            contacts_per_month=limits.contacts_per_month,
        )

    def account(self, currency: str) -> Account | None:
        """Our client-money account in a currency."""
        return next((each for each in self.now.accounts if each.currency == currency), None)


class Client(msgspec.Struct, frozen=True):
    """A client as it was last set, what blocks contact in its name, and up to when its own payments are told."""

    said: ClientSet | None = None
    file: Casefile = Casefile()
    paid_list_up_to: date | None = None

    def after(self, event: Event) -> Self:
        known = replace(self, file=self.file.after(event))
        match event:
            case gateway.ClientSet():
                return replace(known, said=event)
            case gateway.PaidListConfirmed(up_to):
                return replace(known, paid_list_up_to=max(up_to, self.paid_list_up_to or up_to))
        return known

    @property
    def now(self) -> ClientSet:
        """Its facts. Raises Refused where nobody has set them."""
        if self.said is None:
            raise Refused("there is no such client: `sovinto client set FILE`", "client_not_set")
        return self.said

    def small_difference(self, currency: str) -> Money:
        """What this client does not want collected any more."""
        found = (each for each in self.now.agreement.small_differences if each.currency == currency)
        return next(found, Money(0, currency))


class MoneyKnown(msgspec.Struct, frozen=True):
    """How far the bank's files on one of our accounts are read."""

    up_to: date | None = None

    def after(self, event: Event) -> Self:
        if isinstance(event, settlement.BankFileRead):
            return replace(self, up_to=max(event.up_to, self.up_to or event.up_to))
        return self

    def is_fresh(self, country: Country, today: date) -> bool:
        """Whether the last bank day before today is read."""
        return self.up_to is not None and self.up_to >= last_bank_day_before(country, today)


def last_bank_day_before(country: Country, today: date) -> date:
    """The bank day whose file is the newest there can be this morning."""
    day = date.fromordinal(today.toordinal() - 1)
    while not is_bank_day(country, day):
        day = date.fromordinal(day.toordinal() - 1)
    return day
