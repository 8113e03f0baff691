"""The benchmark asks what it says it asks: every question is another one and is answered."""

from datetime import date

from deploy.bench.law import ON, cost_questions, costs, interest, interest_questions, portfolio
from deploy.pricing.portfolio import OpenCase, invented, price
from shared.law import Cost, Country, Debtor
from shared.money import total
from tests.law.asking import LAW

COUNT = 3_000


def cases(count: int = COUNT, seed: int = 1) -> list[OpenCase]:
    return list(invented(LAW, count, seed, ON))


def test_no_two_questions_of_a_benchmark_are_the_same() -> None:
    assert len({repr(asked) for asked in interest_questions(1, COUNT)}) == COUNT
    assert len({repr(asked) for asked in cost_questions(1, COUNT)}) == COUNT
    assert len({repr(case.claims) for case in cases()}) == COUNT


def test_the_same_seed_asks_the_same_and_another_seed_something_else() -> None:
    assert cases(50) == cases(50)
    assert cases(50) != cases(50, seed=2)
    assert list(interest_questions(1, 50)) == list(interest_questions(1, 50)) != list(interest_questions(2, 50))


def test_every_question_is_answered_and_the_answers_differ() -> None:
    interest_told = [LAW.interest(*asked) for asked in interest_questions(1, COUNT)]
    assert len({told.amount for told in interest_told}) > COUNT // 2
    costs_told = [LAW.cost(*asked, **more) for asked, more in cost_questions(1, COUNT)]
    # Most of them end in an amount, so the benchmark does not measure how fast the law says no.
    assert sum(told.amount is not None for told in costs_told) > COUNT * 2 // 3
    assert sum(told.allowed for told in costs_told) > COUNT // 4


def test_what_is_measured_was_asked_to_the_last_question() -> None:
    heard: list[tuple[int, int]] = []
    for ask in (interest, costs, portfolio):
        told = ask(LAW, 100, 1, lambda done, of: heard.append((done, of)))
        assert told.asked == 100
        assert told.processor_seconds > 0
        assert told.told["per_second"] > 0
    assert heard == [(100, 100)] * 3


def test_every_kind_of_case_is_in_the_portfolio() -> None:
    made = cases()
    kinds: set[tuple[Country, Debtor, int]] = {(case.country, case.debtor, len(case.sent)) for case in made}
    most: dict[Country, int] = {"FI": 3, "NO": 4, "SE": 2}
    assert kinds == {
        (country, debtor, sent)
        for country, last in most.items()
        for debtor in ("consumer", "business")
        for sent in range(last + 1)
    }


def test_the_invented_letters_and_costs_are_lawful() -> None:
    for case in cases(500):
        due = LAW.payable_on(case.country, case.claims[0].due).on
        for place, sent in enumerate(case.sent):
            first = LAW.earliest(case.country, case.debtor, sent.kind, due, case.sent[:place])
            assert first.on <= sent.on <= ON
            assert first.needs is None
        if case.country == "FI":
            asked = (case.country, case.debtor, "demand", case.open_principal(), ON)
            cap = LAW.cost(*asked, due=due).cap_left  # type: ignore[arg-type]  # the words are those of the types
            assert cap is not None
            assert total((each.amount for each in case.charged), "EUR") <= cap


def test_a_case_is_priced_by_what_the_law_answers_for_each_part() -> None:
    for case in cases(200):
        told = price(LAW, case, ON)
        (claim,) = case.claims
        due = LAW.payable_on(case.country, claim.due).on
        alone = LAW.interest(case.country, case.debtor, claim.principal, due, ON, claim.payments, claim.contract_rate)
        assert told.interest_amount == alone.amount
        assert told.next is not None
        for step in told.next.steps:
            first = LAW.earliest(case.country, case.debtor, step.step, due, case.sent)
            assert step.earliest == first
            if step.cost is not None:
                assert isinstance(step.cost, Cost)
                assert step.cost.measure == LAW.measure_of(case.country, step.step)
        assert told.missing == ()


def test_where_a_rate_is_missing_the_case_is_priced_without_it_and_says_so() -> None:
    finnish = next(case for case in cases(50) if case.country == "FI" and case.claims[0].contract_rate is None)
    told = price(LAW, finnish, date(2026, 7, 1))
    assert told.interest_amount is None
    assert told.missing == ("rate for 2026-H2 missing",)
