"""Every letter a case leads to is complete, adds up to the case's own balance, and can be read on its page."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contact import handlers
from services.contact.letter_facts import Told, letter
from services.contact.letters.checking import refuse_unless_complete
from services.contact.letters.figures import amount
from services.contact.letters.letter import Letter
from services.contact.letters.render import render
from services.contact.message_facts import message
from services.contact.messages.write import write
from services.contact.writing import mail
from shared.allocation import allocate
from shared.balance import balance, kind_of
from shared.events import Event, contact, plans, settlement
from shared.events.intake import Country, DebtorKind
from shared.events.plans import Instalment
from shared.events.reasons import Charge, Reason
from shared.ids import AGENCY
from shared.money import Money, total
from tests.contact.asking import CASE, CLAIM, KINDS, PARTY, around, contact_id, decided, known, lived, the_law
from tests.contact.memory_world import memory_world
from tests.contact.papers import flat, text_of
from tests.contact.people import AGENCY_SET, DUE, FINN, NORWEGIAN, a_case, identified

DAY = timedelta(days=1)


def letters(told: Sequence[Event], country: str, kind: str) -> list[Letter]:
    """The letters of a case, each with what was known when it was decided."""
    found = []
    for place, event in enumerate(told):
        if isinstance(event, contact.ContactDecided) and event.channel == "letter" and event.leaves_at is not None:
            beside = around(event.leaves_at.date(), country=country, kind=kind)
            found.append(letter(known(*told[:place]), beside, Told(event, event.leaves_at.date(), "Tuuli Taitava")))
    return found


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_every_letter_of_a_case_is_complete_and_shows_the_amount_that_was_decided(
    country: Country, kind: DebtorKind
) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 150 * DAY, country=country, kind=kind)
    made = letters(told, country, kind)
    assert len(made) == 3
    for each, event in zip(made, (each for each in decided(told) if each.channel == "letter"), strict=True):
        refuse_unless_complete(each)
        assert each.total == event.total
        shown = text_of(render(each))
        assert flat(amount(each.total)) in flat(shown)
        assert "Polkupyörän vuosihuolto" in shown


@pytest.mark.parametrize(("country", "kind"), KINDS)
def test_from_the_first_of_our_own_letters_on_the_debtor_pays_to_our_account(
    country: Country, kind: DebtorKind
) -> None:
    told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 150 * DAY, country=country, kind=kind)
    for each in letters(told, country, kind):
        assert each.account.holder == "Reilu Perintä Oy"
        assert each.reference == known(*told).case.reference


@settings(max_examples=60)
@any_of(
    minor=st.integers(50_00, 20_000_00),
    paid=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 400_00)), max_size=4),
    credited=st.integers(0, 40_00),
    which=st.sampled_from(KINDS),
)
def test_whatever_was_paid_and_credited_the_letter_s_lines_add_up_to_the_balance(
    minor: int, paid: list[tuple[int, int]], credited: int, which: tuple[Country, DebtorKind]
) -> None:
    country, kind = which
    told = lived(
        a_case(PARTY, country=country, kind=kind, minor=minor), DUE + DAY, DUE + 60 * DAY, country=country, kind=kind
    )
    currency = known(*told).case.currency
    for days, cents in sorted(paid):
        told += payment(told, DUE + days * DAY, Money(cents, currency))
    if credited:
        told.append(settlement.CreditNoteReported(CLAIM, Money(credited, currency), "H-1", DUE))
    on = DUE + 80 * DAY
    owed = balance(known(*told).case, on, the_law()).total
    event = contact.ContactDecided(
        contact_id(9), "debtor", "demand", "demand", "letter", "fi" if country == "FI" else "nb", "", owed, on, None,
        Reason("demand"),
    )  # fmt: skip
    if owed:
        made = letter(known(*told), around(DUE + 61 * DAY, country=country, kind=kind), Told(event, on - 14 * DAY, "T"))
        assert made.adds_up
        assert made.total == owed
        refuse_unless_complete(made)


def payment(told: Sequence[Event], day: date, received: Money) -> list[Event]:
    """Money received, allocated by the law's order."""
    case = known(*told).case
    country, debtor = kind_of(case)
    order = the_law().allocation_order(country, debtor, day).order
    return [
        settlement.PaymentAllocated(
            uuid4(), claim, total((part.amount for part in parts), case.currency), parts, day, "", ""
        )
        for claim, parts in allocate(balance(case, day, the_law()), received, order).claims
    ]  # fmt: skip


@pytest.mark.parametrize("country", ["FI", "NO"])
@pytest.mark.parametrize("charged", [True, False])
def test_a_plan_s_letter_lists_its_instalments_and_adds_up_to_them(country: Country, charged: bool) -> None:
    told = lived(a_case(PARTY, country=country), DUE + DAY, DUE + 60 * DAY, country=country)
    currency = known(*told).case.currency
    cost = Charge("plan", Money(20_00, currency), DUE + 60 * DAY, ()) if charged else None
    days = [DUE + (70 + 30 * place) * DAY for place in range(3)]
    whole = balance(known(*told).case, days[-1], the_law()).total.minor + (20_00 if charged else 0) - 1_00
    parts = tuple(
        Instalment(day, each, day + DAY) for day, each in zip(days, Money(whole, currency).split(3), strict=True)
    )
    told.append(plans.PlanStarted(uuid4(), parts, cost))
    event = contact.ContactDecided(
        contact_id(9), "debtor", "plan", "plan", "letter", "fi" if country == "FI" else "nb", "",
        Money(whole, currency), days[0], None, Reason("plan"),
    )  # fmt: skip
    made = letter(known(*told), around(DUE + 61 * DAY, country=country), Told(event, DUE + 61 * DAY, "Tuuli Taitava"))
    refuse_unless_complete(made)
    assert made.total == Money(whole, currency)
    assert text_of(render(made))


def test_the_same_decision_gives_the_same_bytes() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 20 * DAY)
    [first, *_] = letters(told, "FI", "consumer")
    assert render(first) == render(first)
    beside = around()
    assert mail(CASE, "a@b.example", beside, "Hei", "Hei!", "<p>Hei!</p>") == mail(
        CASE, "a@b.example", beside, "Hei", "Hei!", "<p>Hei!</p>"
    )


@pytest.mark.parametrize("country", ["FI", "NO"])
def test_a_friendly_sms_names_the_invoice_s_own_reference_and_no_cost(country: Country) -> None:
    told = lived(a_case(PARTY, country=country), DUE + DAY, DUE + 2 * DAY, country=country)
    [event] = decided(told)
    text = write(message(known(*told), around(country=country), Told(event, DUE + DAY, ""))).text
    assert str(known(*told).case.claims[CLAIM].invoice_reference) in text
    assert known(*told).case.reference not in text


def test_strict_words_stand_only_in_the_second_demand_in_finland() -> None:
    told = lived(a_case(PARTY), DUE + DAY, DUE + 150 * DAY)
    assert [(each.kind, bool(each.consequences)) for each in letters(told, "FI", "consumer")] == [
        ("reminder", False), ("demand", False), ("second_demand", True),
    ]  # fmt: skip


def test_every_letter_offers_a_way_out() -> None:
    for country, kind in KINDS:
        told = lived(a_case(PARTY, country=country, kind=kind), DUE + DAY, DUE + 150 * DAY, country=country, kind=kind)
        assert all({"call", "plan", "later"} <= set(each.options) for each in letters(told, country, kind))


@pytest.mark.parametrize("country", ["FI", "NO"])
def test_a_debtor_without_telephone_and_email_gets_the_friendly_message_as_a_letter(country: Country) -> None:
    person = replace(FINN if country == "FI" else NORWEGIAN, phone=None, email=None)
    told = lived(a_case(PARTY, country=country), DUE + DAY, DUE + 2 * DAY, country=country)
    [event] = decided(told)
    event = replace(event, channel="letter", language="fi" if country == "FI" else "nb")
    made = letter(known(*told), around(country=country, person=person), Told(event, DUE + DAY, "Tuuli Taitava"))
    refuse_unless_complete(made)
    assert made.account.holder == "Polku Pyörät Oy"
    assert text_of(render(made))


def test_a_letter_about_two_invoices_itemises_both_and_charges_once() -> None:
    first, second = a_case(PARTY), a_case(PARTY, number="20416", minor=88_10)
    told = lived([*first[:-1], second[1], first[-1]], DUE + DAY, DUE + 60 * DAY)
    for each in letters(told, "FI", "consumer"):
        refuse_unless_complete(each)
        assert [claim.invoice_number for claim in each.claims] == ["10233", "20416"]
        assert not each.claims[1].costs


async def test_a_letter_that_lacks_something_does_not_leave_half_and_says_what_is_missing() -> None:
    told = lived(a_case(PARTY, country="NO"), DUE + DAY, DUE + 20 * DAY, country="NO")
    last = known(*told).planned
    assert last is not None
    with memory_world(last.at, *told) as world:
        world.streams[PARTY] = [identified(PARTY, NORWEGIAN, "NO")]
        world.streams[AGENCY] = [replace(AGENCY_SET, complaint_board=None)]
        await world.deciding()(handlers.take_step, CASE, "demand", now=last.at)
        waited = world.case[-1]
        assert isinstance(waited, contact.StepWaited)
        assert waited.reason.blocked_by == ("letter_incomplete",)
        assert "complaint_board" in dict(waited.reason.facts)["missing"]
        assert waited.again_at is not None
