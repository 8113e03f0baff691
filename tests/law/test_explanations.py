"""Every answer can be stored as it is and told in a sentence in four languages; letters know what they must carry."""

from datetime import UTC, datetime
from typing import Any, cast, get_args

import msgspec
import pytest

from shared.law import (
    Answer,
    Blocked,
    ChargedCost,
    Component,
    ContactAnswer,
    Cost,
    Country,
    Debtor,
    EarlierReason,
    EarlierStep,
    Earliest,
    Language,
    Law,
    Letter,
    Measure,
    NextSteps,
    NothingFollows,
    Refusal,
    SentStep,
    Step,
    explain,
)
from shared.law.not_known import NOT_KNOWN
from shared.law.words import COMPONENTS, LANGUAGES, MEASURES, REASONS, SECTIONS, SENTENCES
from tests.law.asking import LAW, day, eur, nok

DUE = day("2025-01-20")
HEAVY_AFTER = [
    ChargedCost("notice", day("2026-02-01"), nok("38")),
    ChargedCost("salary_light", day("2026-03-03"), nok("300")),
]
ANSWERS: dict[str, Answer] = {
    "interest": LAW.interest("FI", "consumer", eur("1000"), DUE, day("2025-08-01")),
    "part paid": LAW.interest("FI", "consumer", eur("1000"), DUE, day("2025-03-03"), [(day("2025-03-02"), eur("100"))]),
    "not charged and unknown": LAW.cost(
        "NO", "business", "standard_compensation", nok("1000"), day("2025-09-01"), due=day("2025-07-10")
    ),
    "next": LAW.next_steps("FI", "consumer", eur("450"), day("2025-02-01"), due=DUE),
    "nothing next": LAW.next_steps("FI", "consumer", eur("450"), day("2025-02-01"), due=DUE, conditions=["guardian"]),
    "no interest": LAW.interest("FI", "consumer", eur("1000"), DUE, DUE),
    "cost": LAW.cost("FI", "business", "demand", eur("12345.67"), day("2025-06-02"), due=DUE, can_deduct_vat=False),
    "too early": LAW.cost("FI", "consumer", "reminder", eur("450"), day("2025-02-03"), due=DUE),
    "no amount": LAW.cost("FI", "business", "demand", eur("450"), day("2020-06-02"), due=day("2020-05-02")),
    "left out": LAW.cost("FI", "consumer", "demand", eur("450"), day("2025-06-02"), due=DUE, can_deduct_vat=False),
    "replaced": LAW.cost(
        "NO", "consumer", "salary_heavy", nok("2000"), day("2026-04-15"), HEAVY_AFTER, due=day("2026-01-10")
    ),
    "earliest": LAW.earliest("FI", "consumer", "demand", DUE),
    "days to pay": LAW.days_to_pay("FI", "consumer", "demand", on=DUE),
    "payable on": LAW.payable_on("NO", day("2025-05-17")),
    "order": LAW.allocation_order("FI", "consumer", DUE),
    "barred": LAW.time_barred("FI", "consumer", DUE, day("2030-01-01")),
    "not barred": LAW.time_barred("FI", "consumer", DUE, day("2026-01-01")),
    "contact": LAW.may_contact("FI", "sms", datetime(2025, 3, 3, 10, tzinfo=UTC)),
    "no contact": LAW.may_contact("FI", "sms", datetime(2025, 3, 1, 10, tzinfo=UTC)),
    "earlier step": LAW.check_earlier_step(
        "FI", "consumer", SentStep("reminder", day("2025-02-10"), cost=eur("5")), eur("450"), DUE
    ),
    "earlier charge": LAW.check_earlier_step(
        "FI", "consumer", SentStep("reminder", day("2025-02-03"), cost=eur("5")), eur("450"), DUE
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("language", get_args(Language))
def test_every_answer_is_a_sentence_with_its_sections(name: str, language: Language) -> None:
    answer = ANSWERS[name]
    said = explain(answer, language)
    assert said[0].isupper()
    assert said.endswith(".")
    assert "{" not in said
    for rule in answer.rules:
        assert rule.section in said or rule.section in SECTIONS


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_comes_back_from_json_as_it_was(name: str) -> None:
    answer = ANSWERS[name]
    assert msgspec.json.decode(msgspec.json.encode(answer), type=type(answer)) == answer


def test_the_sentences_read_as_people_write() -> None:
    nbsp = "\N{NO-BREAK SPACE}"
    assert explain(ANSWERS["interest"], "fi").startswith(
        f"Viivästyskorko 54,64{nbsp}€ ajalta 21.1.2025–1.8.2025: 161 pv 10,5 %, 32 pv 9,5 % ("
    )
    assert explain(ANSWERS["cost"], "nb").startswith(
        f"Betalingsoppfordring: inntil 110,00{nbsp}€ kan kreves; i tillegg mva. 28,05{nbsp}€ ("
    )
    assert explain(ANSWERS["too early"], "en") == (
        "Reminder: not charged, because it is too early; from 4 February 2025 at the earliest "
        "(513/1999 10 a § 1 mom. 1 kohta; 513/1999 10 b § 1 mom.; KKV/378/14.08.01.05/2022; "
        "513/1999 10 d § 1 mom.)."
    )
    assert explain(ANSWERS["replaced"], "sv").startswith(
        f"Tungt inkassoarvode: högst 600,00{nbsp}kr, varav nu får debiteras 300,00{nbsp}kr; "
        "ersätter: lätt inkassoarvode ("
    )
    assert explain(ANSWERS["no contact"], "fi") == (
        "Yhteyttä ei oteta, koska on viikonloppu; aikaisintaan 3.3.2025 (toimiston oma sääntö)."
    )
    assert explain(ANSWERS["no contact"], "fi", "FI") == (
        "Yhteyttä ei oteta, koska on viikonloppu; aikaisintaan 3.3.2025 klo 9.00 (toimiston oma sääntö)."
    )
    assert explain(ANSWERS["no contact"], "en", "FI").startswith(
        "No contact, because it is a weekend; from 09:00 on 3 March 2025 at the earliest ("
    )
    assert explain(ANSWERS["part paid"], "nb").startswith(
        f"Forsinkelsesrente 12,05{nbsp}€ for tiden 21.1.2025–3.3.2025: 41 dager 10,5 % av 1{nbsp}000,00{nbsp}€, "
        f"1 dag 10,5 % av 900,00{nbsp}€ ("
    )
    assert explain(ANSWERS["left out"], "sv").startswith(
        f"Betalningskrav: högst 24,00{nbsp}€ får debiteras; utelämnat eftersom det inte är känt: "
        "mervärdesskatten (2025-06-02) ("
    )
    assert explain(ANSWERS["not charged and unknown"], "fi").startswith(
        "Vakiokorvaus: ei veloiteta, koska sen määrä ei ole tiedossa; jätetty pois, koska ei ole tiedossa: "
        "vakiokorvaus (2025-H2) ("
    )
    assert explain(ANSWERS["earlier charge"], "en").startswith(
        "The earlier step does not stand as it is, because it is too early; none of its cost is collected ("
    )


def codes(kind: object) -> set[str]:
    """Every word of a literal type, and of a union of them."""
    return {code for each in get_args(kind) for code in ([each] if isinstance(each, str) else codes(each))}


def reasoned(reason: str) -> list[Answer]:
    """An answer of each kind that can bear this reason."""
    rules = LAW.cost("FI", "consumer", "demand", eur("1"), DUE, due=DUE).rules
    nothing, told = eur("0"), cast("Any", reason)
    made: list[tuple[object, Answer]] = [
        (Refusal, Cost("demand", eur("24"), False, told, None, None, nothing, rules)),
        (Blocked, ContactAnswer(allowed=False, reason=told, earliest=None, rules=rules)),
        (EarlierReason, EarlierStep(False, True, nothing, told, rules)),
        (NothingFollows, NextSteps((), told, None, rules)),
    ]
    return [answer for kind, answer in made if reason in codes(kind)]


EVERY_REASON = sorted(codes(Refusal) | codes(Blocked) | codes(EarlierReason) | codes(NothingFollows))


@pytest.mark.parametrize("reason", EVERY_REASON)
def test_every_reason_of_every_kind_of_answer_is_told_in_every_language(reason: str) -> None:
    answers = reasoned(reason)
    assert answers
    for answer in answers:
        said = [explain(answer, language) for language in LANGUAGES]
        assert len(set(said)) == len(said)  # Each language has words of its own.
        for each, words in zip(said, REASONS[reason], strict=True):
            assert words in each
            assert reason not in each or "_" not in reason


def test_what_is_not_known_is_named_in_the_languages_own_words() -> None:
    called = {
        law.packs[country].rules[name].called
        for law in (LAW, Law.load(live=True))
        for country, name, _ in law.unknowns()
    }
    assert called <= set(NOT_KNOWN)
    for name, words in NOT_KNOWN.items():
        missing = (f"{name} for 2026-H2 missing",)
        answer = Cost("demand", None, False, "unknown", None, None, eur("0"), (), left_out=missing)
        for language, word in zip(LANGUAGES, words, strict=True):
            assert f"{word} (2026-H2)" in explain(answer, language)


def test_every_measure_and_step_is_told_where_it_is_needed_next_or_replaced() -> None:
    for language in LANGUAGES:
        for step in get_args(Step):
            assert MEASURES[step][LANGUAGES.index(language)] in explain(
                Earliest("demand", DUE, (), needs=step, latest=DUE), language
            )
        for measure in get_args(Measure):
            answer = Cost("demand", eur("2"), True, None, None, None, eur("1"), (), replaces=measure)
            assert MEASURES[measure][LANGUAGES.index(language)] in explain(answer, language)


def test_every_word_an_answer_can_use_is_told_in_every_language() -> None:
    assert set(get_args(Measure)) | set(get_args(Step)) == set(MEASURES)
    assert set(EVERY_REASON) == set(REASONS)
    assert set(get_args(Component)) == set(COMPONENTS)
    for table in (MEASURES, REASONS, COMPONENTS, SENTENCES, SECTIONS):
        assert all(len(words) == len(LANGUAGES) and all(words) for words in table.values())


LETTERS: list[tuple[Country, Debtor, Letter, set[str]]] = [
    ("FI", "consumer", "demand", {"creditor", "basis", "amounts", "total", "payment", "objection", "suspension"}),
    ("FI", "business", "demand", {"creditor", "basis", "amounts", "total", "payment", "objection"}),
    ("NO", "consumer", "notice", {"creditor", "warning", "payment"}),
    ("NO", "business", "demand", {"amounts", "interest_explained", "consequences", "complaint_board", "objection"}),
    ("SE", "consumer", "demand", {"creditor", "basis", "amounts", "interest_explained", "payment", "objection"}),
    ("FI", "consumer", "plan", {"whole_debt", "instalments", "total"}),
]


@pytest.mark.parametrize(("country", "debtor", "kind", "items"), LETTERS)
def test_a_letter_carries_what_the_law_lists_and_what_the_agency_adds(
    country: Country, debtor: Debtor, kind: Letter, items: set[str]
) -> None:
    told = LAW.letter_items(country, debtor, kind)
    named = [item.item for item in told]
    assert items <= set(named)
    assert {"agency", "handler", "per_claim", "cost_rules", "account"} <= set(named)
    assert len(set(named)) == len(named)
    assert all(item.says and item.rule.section for item in told)


def test_only_a_consumer_is_told_of_the_right_to_have_collection_suspended() -> None:
    assert "suspension" not in [item.item for item in LAW.letter_items("FI", "business", "demand")]


def test_a_second_demand_carries_what_a_demand_does_and_a_letter_unknown_to_a_country_is_refused() -> None:
    assert LAW.letter_items("FI", "consumer", "second_demand") == LAW.letter_items("FI", "consumer", "demand")
    with pytest.raises(ValueError, match="notice is no letter in FI"):
        LAW.letter_items("FI", "consumer", "notice")


def test_a_step_costs_by_its_countrys_own_measure() -> None:
    assert LAW.measure_of("FI", "demand") == "demand"
    assert LAW.measure_of("NO", "demand") == "salary_light"
    assert LAW.measure_of("NO", "heavy_salary") == "salary_heavy"
    assert LAW.measure_of("FI", "friendly") is None
