"""The debtor of a claim: one party over all clients and cases, known again by its identifier alone."""

from typing import Self, cast
from uuid import UUID

import msgspec
from msgspec.structs import replace

from services.intake.told import Told, kind_of, language_of, person_of
from shared.events import Event, Sealed, intake
from shared.events.intake import Country, DebtorKind, Person

# What we know.


class Party(msgspec.Struct, frozen=True):
    """Who a party is. `person` is None where nobody is known, or no longer."""

    is_there: bool = False
    country: str = ""
    kind: str = ""
    language: str = ""
    person: Person | None = None
    is_erased: bool = False

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        match event:
            case intake.PartyIdentified(country, kind, language, person):
                return replace(self, is_there=True, country=country, kind=kind, language=language, person=person.value)
            case intake.PartyCorrected(person, language):
                return replace(self, language=language, person=person.value)
            case intake.PartyErased():
                return replace(self, person=None, is_erased=True)
        return self


# What we decide.


def meet(party: Party, party_id: UUID, country: Country, kind: DebtorKind, language: str, told: Person) -> list[Event]:
    """A claim names this debtor. A party known already only gains what was not known of it.

    Another client's word never changes where a debtor is written to: that would carry letters to a wrong door.
    """
    if not party.is_there:
        return [intake.PartyIdentified(country, kind, language, Sealed((party_id,), told))]
    if party.person is None:
        return []  # Erased: nothing new may be said of it.
    known, new = msgspec.structs.asdict(party.person), msgspec.structs.asdict(told)
    # One without an identity number is nobody else's debtor: who told of it may put all of it right.
    first, second = (new, known) if known["identifier"] is None else (known, new)
    filled = Person(**{field: first[field] or second[field] for field in known})
    if filled == party.person:
        return []
    return [intake.PartyCorrected(Sealed((party_id,), filled), party.language)]


def meeting(party: Party, told: Told) -> list[Event]:
    """What an invoice lets us know of its debtor."""
    invoice = told.draft.invoice
    country = cast("Country", invoice.debtor.country)
    language = language_of(invoice.debtor)
    return meet(party, told.party_id, country, kind_of(invoice.debtor), language, person_of(invoice))
