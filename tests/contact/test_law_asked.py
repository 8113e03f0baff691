"""What contact asks the law: what is true of debt and debtor goes with the question, and the answer with the event."""

from uuid import uuid4

import pytest
from msgspec.structs import replace

from services.contact import step as steps
from shared.events import contact, gateway
from shared.law import ContactAnswer, Cost
from shared.law.kept import answer_of
from shared.money import Money
from shared.setup import Agency
from tests.contact.asking import AT_REMINDER, CLAIM, DAY, REMINDER_DAY, around, at, decided, known, take, waited_for
from tests.contact.people import AGENCY_SET


@pytest.mark.parametrize("whose", ["case", "party"])
@pytest.mark.parametrize(
    ("because", "section"), [("suspension_request", "4 c §"), ("guardian", "5 § 5 mom."), ("minor", "4 §")]
)
def test_a_step_that_waits_for_a_debtor_s_sake_keeps_what_the_law_says_of_it(
    because: str, section: str, whose: str
) -> None:
    event = gateway.ContactSuspended(because, None)  # type: ignore[arg-type]  # One of its words.
    told = take([*AT_REMINDER, event]) if whose == "case" else take(AT_REMINDER, party=(event,))
    [one] = [each for each in told if isinstance(each, contact.StepWaited)]
    [answer] = [answer_of(each) for each in one.reason.answers]
    assert isinstance(answer, ContactAnswer)
    assert (answer.allowed, answer.reason) == (False, because)
    assert any(section in rule.section for rule in one.reason.rules)


def test_a_dispute_s_wait_keeps_what_the_law_says_of_it() -> None:
    told = take([*AT_REMINDER, contact.DisputeOpened(uuid4(), None, None, REMINDER_DAY)])  # type: ignore[arg-type]  # No text.
    [one] = [each for each in told if isinstance(each, contact.StepWaited)]
    assert [rule.section for rule in one.reason.rules] == ["513/1999 4 b § ja 10 § 3 mom."]


@pytest.mark.parametrize("outcome", ["adjusted", "rejected"])
def test_a_letter_costs_nothing_once_the_debtor_was_right_and_says_by_which_section(outcome: str) -> None:
    lowered = Money(10_00) if outcome == "adjusted" else None
    resolved = contact.DisputeResolved(uuid4(), outcome, CLAIM, lowered, None)  # type: ignore[arg-type]  # Its words.
    [letter] = decided(take([*AT_REMINDER, resolved]))
    [cost] = [answer_of(each) for each in letter.reason.answers if each.kind == "cost"]
    assert isinstance(cost, Cost)
    assert (letter.charge is None, cost.reason) == (
        (True, "objection_upheld") if outcome == "adjusted" else (False, None)
    )


def test_the_agency_may_allow_itself_less_than_the_law() -> None:
    """Letters only from one o'clock on, and two contacts in any seven days."""
    now = at(REMINDER_DAY, 8)
    strict = replace(AGENCY_SET, contact_limits=gateway.ContactLimits(letters_from="13:00", contacts_per_week=2))
    beside = replace(around(REMINDER_DAY), agency=Agency(strict))
    [letter] = decided(steps.take(known(*AT_REMINDER), beside, "reminder", now))
    assert letter.leaves_at == at(REMINDER_DAY, 11)
    taken = [contact.ContactTaken(uuid4(), "sms", at(REMINDER_DAY - days * DAY, 9)) for days in (1, 4)]
    beside = replace(around(REMINDER_DAY, party=taken), agency=Agency(strict))
    assert waited_for(steps.take(known(*AT_REMINDER), beside, "reminder", now)) == ("contacted_that_week",)
