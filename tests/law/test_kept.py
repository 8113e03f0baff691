"""What an event keeps of an answer is enough to tell it again, in every language, whatever became of the packs."""

from datetime import timedelta

import msgspec
import pytest

from shared.calendar import Country
from shared.events import Event, contact
from shared.events.intake import DebtorKind
from shared.law import Answer, Cost, explain
from shared.law.kept import KINDS, KeptAnswer, answer_of, kept
from shared.law.words import LANGUAGES
from tests.contact.asking import KINDS as CASES
from tests.contact.asking import PARTY, lived
from tests.contact.people import DUE, a_case
from tests.law.asking import eur
from tests.law.test_explanations import ANSWERS

DAY = timedelta(days=1)


def again(answer: KeptAnswer) -> Answer:
    """From the bytes a store holds."""
    return answer_of(msgspec.json.decode(msgspec.json.encode(answer), type=KeptAnswer))


@pytest.mark.parametrize("name", [name for name in ANSWERS if not name.endswith("next")])
def test_what_is_kept_is_told_in_the_same_words(name: str) -> None:
    answer = ANSWERS[name]
    read = again(kept(answer))
    assert type(read) is type(answer)
    for language in LANGUAGES:
        assert explain(read, language) == explain(answer, language)
    rules = [(rule.id, rule.section, rule.source, rule.confidence) for rule in read.rules]
    assert rules == [(rule.id, rule.section, rule.source, rule.confidence) for rule in answer.rules]


def test_of_a_rule_is_kept_which_it_was_and_not_what_the_pack_says() -> None:
    for name, answer in ANSWERS.items():
        if not name.endswith("next"):
            for rule in kept(answer).told["rules"]:
                assert set(rule) <= {"id", "section", "source", "confidence", "our_choice"}
                assert all(rule.values())
            assert not any(rule.says for rule in again(kept(answer)).rules)


def test_every_kind_that_justifies_an_event_is_among_the_examples() -> None:
    assert {kept(answer).kind for name, answer in ANSWERS.items() if not name.endswith("next")} == set(KINDS)


def test_what_was_kept_before_an_answer_grew_is_still_read() -> None:
    told = {
        "step": "demand",
        "on": "2025-02-19",
        "rules": [{"id": "r", "section": "5 §", "source": "s", "confidence": "verified"}],
    }
    assert (
        explain(answer_of(KeptAnswer("earliest", told)), "en")
        == "Payment demand: 19 February 2025 at the earliest (5 §)."
    )


@pytest.mark.parametrize("wrong", [KeptAnswer("mood", {}), KeptAnswer("cost", {"measure": "demand"})])
def test_what_is_no_answer_is_refused(wrong: KeptAnswer) -> None:
    with pytest.raises(ValueError, match="is no"):
        answer_of(wrong)


# What a case's events keep.


@pytest.mark.parametrize(("country", "debtor"), CASES)
def test_every_step_of_a_life_keeps_what_the_law_said_of_it(country: Country, debtor: DebtorKind) -> None:
    told = lived(a_case(PARTY, country=country, kind=debtor), DUE + DAY, DUE + 150 * DAY, country=country, kind=debtor)
    reasoned = [event for event in told if hasattr(event, "reason")]
    assert {type(event) for event in reasoned} >= {contact.StepPlanned, contact.ContactDecided, contact.CallTaskCreated}
    for event in reasoned:
        read = msgspec.json.decode(msgspec.json.encode(event), type=type(event))
        for answer in read.reason.answers:
            assert all(explain(answer_of(answer), language) for language in LANGUAGES)
        kinds = {answer.kind for answer in read.reason.answers}
        if isinstance(event, contact.StepPlanned) and event.step not in ("call", "ask_client"):
            assert kinds == {"earliest"}
        if isinstance(event, contact.ContactDecided) and event.step != "friendly":
            assert kinds == {"earliest", "contact", "days_to_pay", "cost"}
        assert {rule["id"] for answer in read.reason.answers for rule in answer.told["rules"]} == {
            rule.rule for rule in read.reason.rules
        }


@pytest.mark.parametrize(("country", "debtor"), CASES)
def test_every_charge_keeps_the_answer_it_rests_on(country: Country, debtor: DebtorKind) -> None:
    told = lived(a_case(PARTY, country=country, kind=debtor), DUE + DAY, DUE + 150 * DAY, country=country, kind=debtor)
    charges = [event.charge for event in told if isinstance(event, contact.ContactDecided) and event.charge]
    assert len(charges) >= 2
    for charge in charges:
        assert charge.answer is not None
        cost = answer_of(charge.answer)
        assert isinstance(cost, Cost)
        assert (cost.measure, cost.allowed, cost.replaces) == (charge.measure, True, charge.replaces)
        assert cost.charge <= charge.amount  # What it takes the place of is in the amount in force.
        assert cost.rules[0].section == charge.rules[0].section


def test_a_cost_the_law_refused_says_so_on_the_letter_that_does_not_bear_it() -> None:
    """An invoice sent too close to its due date: the reminder goes out, and costs nothing."""
    case: list[Event] = a_case(PARTY)
    claim = case[1]
    case[1] = msgspec.structs.replace(claim, issued=DUE - 5 * DAY)
    told = lived(case, DUE + DAY, DUE + 40 * DAY)
    [reminder] = [each for each in told if isinstance(each, contact.ContactDecided) and each.kind == "reminder"]
    assert reminder.charge is None
    [cost] = [answer_of(each) for each in reminder.reason.answers if each.kind == "cost"]
    assert isinstance(cost, Cost)
    assert (cost.reason, cost.amount) == ("invoice_sent_late", eur("5"))
