"""How a debtor can be reached, and at which moment: channels it has, slots in its country, one contact a day."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import cast
from uuid import UUID

import phonenumbers

from services.contact.known import Around, Known, Party
from shared.balance import conditions_of, kind_of
from shared.calendar import Country, at_local
from shared.events.contact import Channel
from shared.events.intake import Person
from shared.law import ContactAnswer

MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def channels_of(person: Person | None, country: str) -> frozenset[Channel]:
    """The channels that lead to this person. A letter needs a whole address, an SMS a mobile number."""
    if person is None:
        return frozenset()
    found: set[Channel] = set()
    if person.street and person.postcode and person.town:
        found.add("letter")
    if person.email and "@" in person.email:
        found.add("email")
    number = telephone(person, country)
    if number is not None:
        found.add("call")
        if phonenumbers.number_type(number) in MOBILE:
            found.add("sms")
    return frozenset(found)


def telephone(person: Person, country: str) -> phonenumbers.PhoneNumber | None:
    """The number, where it is one."""
    try:
        number = phonenumbers.parse(person.phone or "", person.country or country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def e164(person: Person, country: str) -> str | None:
    """The number as a provider wants it: `+358401234567`."""
    number = telephone(person, country)
    return None if number is None else phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def channel_for(wanted: Sequence[Channel], party: Party, without: frozenset[Channel]) -> Channel | None:
    """The first of these channels by which the debtor can be reached; none where none leads to it."""
    open_ = channels_of(party.person, party.country) - without
    return next((channel for channel in wanted if channel in open_), None)


def slot(
    around: Around, party: Party, country: Country, channel: Channel, at: datetime, but: UUID | None = None
) -> ContactAnswer:
    """Whether that moment is one to reach the debtor by the law and by the agency's own policy; if not, the first that
    is. `but` is a contact of its own.
    """
    history = tuple(past for contact_id, past in party.taken.items() if contact_id != but)
    return around.law.may_contact(country, channel, at, history, policy=around.agency.contact_policy)


def first_slot(around: Around, country: Country, channel: Channel, day: date, now: datetime) -> datetime | None:
    """The first moment on or after a day, and not before now; none within two months."""
    answer = slot(around, around.party, country, channel, max(at_local(country, day, time.min), now))
    return answer.earliest


def silence(known: Known, around: Around, now: datetime) -> tuple[ContactAnswer, ...]:
    """What the law says where a dispute or something about the debtor ends contact with them; nothing elsewhere."""
    country, debtor = kind_of(known.case)
    conditions = conditions_of(known.case, around.party.file)
    answer = around.law.may_contact(country, "letter", now, conditions=conditions, debtor=debtor)
    return (answer,) if answer.reason in conditions else ()


def country_of(code: str) -> Country:
    """The country as calendars and law know it."""
    return cast("Country", code)
