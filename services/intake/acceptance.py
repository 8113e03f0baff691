"""Taking a case: the number people say, the reference the debtor pays with, the person who answers for it."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared import references
from shared.casefile import NOBODY
from shared.events import Event
from shared.events.gateway import AgencySet, ReferenceKind
from shared.events.intake import CaseAccepted, ReferenceReserved

NUMBER_DIGITS = 12
TURNS = 8  # So many numbers are in a case's id; that another case has each of them does not happen.
OCR_ADDED = 2  # An OCR's length and check digits.


def accept(case_id: UUID, currency: str, agency: AgencySet, staff: Sequence[UUID]) -> CaseAccepted:
    """We take it. The same case always gets the same number, reference and, among the same people, handler."""
    number = number_of(case_id)
    kind = next(each for each in agency.references if each.currency == currency)
    return CaseAccepted(number, reference_of(number, kind), handler_of(case_id, staff))


class Numbered(msgspec.Struct, frozen=True):
    """Whose a reference is."""

    case_id: UUID = NOBODY

    def after(self, event: Event) -> Self:
        """The same, once this has happened."""
        return replace(self, case_id=event.case_id) if isinstance(event, ReferenceReserved) else self


def renumbered(accepted: CaseAccepted, case_id: UUID, currency: str, agency: AgencySet, turn: int) -> CaseAccepted:
    """The same with the case's next number, for another case has the reference of the one before."""
    number = number_of(case_id, turn)
    kind = next(each for each in agency.references if each.currency == currency)
    return replace(accepted, number=number, reference=reference_of(number, kind))


def number_of(case_id: UUID, turn: int = 0) -> str:
    """Twelve digits that can be said on the telephone; each turn takes others of the id's."""
    return f"1{(int(case_id) >> 13 * turn) % 10**11:011d}"


def handler_of(case_id: UUID, staff: Sequence[UUID]) -> UUID:
    """One of the people who work here; nobody where nobody does yet."""
    people = sorted(staff)
    return people[int(case_id) % len(people)] if people else NOBODY


def reference_of(number: str, kind: ReferenceKind) -> str:
    """The case's number as a reference of the kind agreed with the bank; a short one holds its last digits."""
    match kind.kind:
        case "viitenumero":
            return references.viitenumero(_last(number, kind.length - 1))
        case "rf":
            return references.rf(references.viitenumero(_last(number, kind.length - 5)))
        case "ocr":
            return references.ocr(_last(number, kind.length - OCR_ADDED))
        case "kid_mod10":
            return references.kid(_last(number, kind.length - 1), kind.length, "mod10")
    return _kid_mod11(_last(number, kind.length - 1), kind.length)


def _last(number: str, digits: int) -> str:
    return number[-digits:] if 0 < digits < NUMBER_DIGITS else number


def _kid_mod11(digits: str, length: int) -> str:
    """One number in eleven has no check digit by mod11; it gets another first digit, which no case's number has."""
    for first in "123456789":
        try:
            return references.kid(first + digits[1:], length, "mod11")
        except ValueError:
            continue
    raise AssertionError("each first digit leaves another remainder, so one of them has a check digit")
