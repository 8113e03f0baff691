"""The client's own steps: told with the import, checked against the law, charged only where lawful."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.earlier import NOTHING_EARLIER, Earlier, Interruption, ToldStep, check_steps, read_earlier
from shared.errors import Refused
from shared.law import explain
from shared.law.kept import answer_of
from shared.money import Money
from tests.intake.facts import LAW

DUE = date(2025, 12, 15)
PRINCIPAL = Money(426_70)
REMINDED = ToldStep("reminder", DUE + timedelta(days=15), cost="5.00")


def checked(*steps: ToldStep) -> list[tuple[bool, int, str | None]]:
    found = check_steps(Earlier(steps), "FI", "consumer", PRINCIPAL, DUE, LAW)
    return [(step.lawful, step.collectable.minor, step.because) for step in found]


def test_a_lawful_reminder_keeps_its_cost() -> None:
    assert checked(REMINDED) == [(True, 5_00, None)]


def test_a_reminder_that_came_too_early_costs_nothing_and_names_the_section() -> None:
    [step] = check_steps(
        Earlier((ToldStep("reminder", DUE + timedelta(days=14), cost="5.00"),)), "FI", "consumer", PRINCIPAL, DUE, LAW
    )
    assert (step.lawful, step.collectable, step.because) == (False, Money(0), "too_early")
    assert step.section == "513/1999 10 b § 1 mom."
    assert step.charged == Money(5_00)


def test_what_the_law_said_of_a_step_is_kept_with_it() -> None:
    steps = (ToldStep("reminder", DUE + timedelta(days=20), "letter", "9.00"),)
    [step] = check_steps(Earlier(steps), "FI", "consumer", PRINCIPAL, DUE, LAW)
    assert step.answer is not None
    assert explain(answer_of(step.answer), "en").startswith(
        "The earlier step does not stand as it is, because the charge was above the highest; EUR"
    )


def test_what_was_charged_above_the_highest_is_collected_up_to_it() -> None:
    assert checked(ToldStep("reminder", DUE + timedelta(days=15), cost="12.00")) == [(False, 5_00, "above_maximum")]


def test_a_step_before_the_due_date_counts_for_nothing() -> None:
    assert checked(ToldStep("reminder", DUE, cost="5.00")) == [(False, 0, "before_due")]


def test_a_step_that_did_not_count_is_not_built_on() -> None:
    told_before_due = ToldStep("reminder", DUE - timedelta(days=1), cost="5.00")
    assert checked(told_before_due, REMINDED) == [(False, 0, "before_due"), (True, 5_00, None)]
    short = ToldStep("notice", DUE + timedelta(days=14), pay_by=DUE + timedelta(days=20))
    right = ToldStep("notice", DUE + timedelta(days=16), pay_by=DUE + timedelta(days=31), cost="35.00")
    found = check_steps(Earlier((short, right)), "NO", "consumer", Money(4_000_00, "NOK"), DUE, LAW)
    assert [(step.lawful, step.because) for step in found] == [(False, "too_little_time"), (True, None)]


def test_steps_are_checked_in_the_order_they_were_taken() -> None:
    second = ToldStep("reminder", DUE + timedelta(days=20), cost="5.00")
    assert checked(second, REMINDED) == [(True, 5_00, None), (False, 0, "too_early")]


@given(st.lists(st.tuples(st.integers(-30, 200), st.integers(0, 99_00)), max_size=5))
def test_no_more_is_ever_collected_than_was_charged(told: list[tuple[int, int]]) -> None:
    steps = tuple(
        ToldStep("reminder", DUE + timedelta(days=days), cost=str(Money(minor).decimal)) for days, minor in told
    )
    for step in check_steps(Earlier(steps), "FI", "consumer", PRINCIPAL, DUE, LAW):
        assert Money(0) <= step.collectable <= step.charged
        assert step.lawful == (step.because is None)
        assert step.collectable == step.charged or not step.lawful


def test_steps_are_told_as_a_list_or_with_interruptions() -> None:
    step = '{"kind": "reminder", "sent": "2025-12-30", "cost": "5.00", "proof": "kirje.pdf", "invoice": "5107"}'
    listed = read_earlier(f"[{step}]")
    assert listed == Earlier(
        (ToldStep("reminder", date(2025, 12, 30), cost="5.00", proof="kirje.pdf", invoice="5107"),)
    )
    broken = '{"on": "2024-05-02", "proof": "haaste.pdf"}'
    whole = read_earlier(f'{{"steps": [{step}], "interruptions": [{broken}]}}')
    assert whole == Earlier(listed.steps, (Interruption(date(2024, 5, 2), "haaste.pdf"),))
    assert read_earlier(None) == read_earlier(" ") == NOTHING_EARLIER
    assert whole.of("5108").steps == ()
    assert whole.of("5107") == whole


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "7",
        '[{"kind": "threat", "sent": "2025-12-30"}]',
        '[{"kind": "reminder", "sent": "30.12.2025"}]',
        '[{"kind": "reminder", "sent": "2025-12-30", "cost": "5,00"}]',
        '[{"kind": "reminder", "sent": "2025-12-30", "cost": "-5.00"}]',
        '[{"kind": "reminder", "sent": "2025-12-30", "cost": "5.001"}]',
        '[{"kind": "reminder", "sent": "2025-12-30", "price": "5.00"}]',
        '{"interruptions": [{"on": "2024-05-02"}]}',
        "[" * 100_000,
    ],
)
def test_steps_in_another_form_are_refused_with_a_reason(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_earlier(text)
    assert refused.value.code == "bad_earlier"
