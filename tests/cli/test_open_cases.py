"""What `sovinto law diff` reads of a case is what is decided on: the same letters, and of each claim what is owed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest

from deploy.pricing.open_cases import Seen, as_asked
from deploy.pricing.portfolio import price
from services.contact.timing import sent_steps
from shared.balance import balance
from shared.calendar import Country
from shared.events import Event, contact
from shared.events.intake import EarlierStep
from shared.events.settlement import CreditNoteReported, Part, PaymentAllocated
from shared.money import Money
from tests.contact.asking import CASE, CLAIM, PARTY, contact_id, folded, known, lived, the_law
from tests.contact.people import DUE, a_case, reminded

DAY = timedelta(days=1)


def seen(*events: Event) -> Seen:
    return folded(Seen(), events)


@pytest.mark.parametrize("country", ["FI", "NO"])
@pytest.mark.parametrize("earlier", [(), (reminded(DUE + 16 * DAY),), (reminded(DUE + 16 * DAY, proven=False),)])
def test_the_letters_of_a_life_are_those_its_next_step_is_decided_on(
    country: Country, earlier: Sequence[EarlierStep]
) -> None:
    told = lived(a_case(PARTY, country=country, earlier=earlier), DUE + DAY, DUE + 90 * DAY, country=country)
    for place in range(len(told) + 1):
        wanted = [(step.kind, step.on, step.pay_by) for step in sent_steps(known(*told[:place]))]
        assert [(step.kind, step.on, step.pay_by) for step in seen(*told[:place]).sent] == wanted
    assert len(seen(*told).sent) >= 2


def test_a_letter_that_was_recalled_or_never_left_was_not_sent() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 20 * DAY)
    letter = contact_id(2)
    assert len(seen(*told).sent) == 1
    assert seen(*told, contact.ContactRecalled(letter, ("paid",))).sent == ()
    assert seen(*told, contact.HandOverFailed(letter, 1, "busy", None)).sent == ()


def test_a_case_is_priced_as_its_balance_says() -> None:
    on = DUE + 90 * DAY
    told = [
        *lived(a_case(PARTY), DUE + DAY, DUE + 60 * DAY),
        CreditNoteReported(CLAIM, Money(30_00), "H-1", DUE),
        PaymentAllocated(uuid4(), CLAIM, Money(100_00), (Part("principal", Money(100_00)),), DUE + 40 * DAY, "", ""),
    ]
    case = as_asked(CASE, seen(*told), on, can_deduct_vat=True)
    owed = balance(known(*told).case, on, the_law())
    assert case.open_principal() == owed.principal == Money(300_00)
    assert price(the_law(), case, on).interest_amount == owed.claims[0].accrued.amount
    assert [each.amount for each in case.charged] == [each.charge.amount for each in known(*told).case.charges]
