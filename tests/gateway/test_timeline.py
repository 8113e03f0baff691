"""The story of a case, read aloud: whole lives, word for word, in every language. The goldens are what people read.

After a change that is meant, `SOVINTO_GOLDEN=write` writes the files anew; the diff is then read by a person.
"""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from services.gateway.progress import SETTLED
from services.gateway.timeline import Entry, timeline
from services.gateway.words import LANGUAGES, Language, words
from shared.balance import balance
from shared.calendar import Country
from shared.casefile import Casefile
from shared.events import Sealed, contact, gateway, intake, known
from shared.events.reasons import Reason
from shared.law import Law, Unknown, explain
from shared.law.kept import KeptAnswer, answer_of
from shared.money import Money
from tests.gateway.life import ANNA, CASE, FI_LAW, FIRST_DAY, HIGHEST, LIFE, NAMES, PARTY, RUGGED, Told, recorded

GOLDEN = Path(__file__).parent / "golden"
NOT_ON_A_CASE = {
    # Streams of their own, or told elsewhere.
    "FileReceived", "InvoicesNotTaken", "PartyIdentified", "PartyCorrected", "ClaimReserved", "ClaimQuestioned",
    "ContactTaken", "ContactGivenBack", "BankFileRead", "BankFileHeld", "PaymentReceived", "PaymentAssigned",
    "PaymentHeld", "PaymentReversed", "RefundDecided", "RefundSent", "RefundPaid", "RefundWithdrawn",
    "RemittanceRunPlanned", "RemittanceRunStarted", "RemittanceRunRefused", "RemittanceRunEnded", "RemittanceCreated",
    "RemittancePaid", "PayoutReturned", "ReferenceReserved", "AgencySet", "ClientSet", "KeyIssued", "KeyRevoked",
    "StaffAdded", "PaidListConfirmed", "PartyErased",
}  # fmt: skip


@cache
def law() -> Law:
    return Law.load()


def owed(case: Casefile, on: date) -> Money | None:
    if case.closed_because in SETTLED and case.stage == "closed":
        return Money(0, case.currency)
    try:
        return balance(case, on, law()).total
    except Unknown:
        return None


def story(
    life: Sequence[Told], language: Language, country: Country, names: Mapping[UUID, str] = NAMES
) -> list[Entry]:  # fmt: skip
    return timeline(list(recorded(life)), words(language), country, names, owed)


def read_aloud(entries: Sequence[Entry]) -> str:
    lines = []
    for one in entries:
        lines.append(f"{one.day} {one.time}  {one.what}")
        lines += [f"    {each}" for each in one.details]
        lines += [f"    {one.cost}"] if one.cost else []
        lines += [f"    {one.why}"] if one.why else []
        lines += [f"    {each}" for each in one.law]
        lines += [f"    {name}: {value}" for name, value in one.facts]
        lines += [f"    [{link.what}]" for link in one.links]
        lines.append("    " + " · ".join(each for each in (one.by, one.channel, one.balance_said) if each))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "life", "country"), [("plan", LIFE, "FI"), ("rugged", RUGGED, "NO")])
def test_a_whole_life_reads_word_for_word_as_kept(
    name: str, life: Sequence[Told], country: Country, language: Language
) -> None:
    told = read_aloud(story(life, language, country))
    golden = GOLDEN / f"{name}.{language}.txt"
    if os.environ.get("SOVINTO_GOLDEN") == "write":
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")


def test_everything_that_can_happen_on_a_case_has_happened_in_these_lives() -> None:
    happened = {one.type for life in (LIFE, RUGGED) for one in recorded(life)}
    rejected = {"CaseRejected"}
    assert set(known()) - NOT_ON_A_CASE - rejected - happened == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_one_language_is_in_the_others_and_names_the_same_parts(language: Language) -> None:
    ours, english = words(language)._texts, words("en")._texts
    assert set(ours) == set(english)
    assert {"place.FI", "place.NO", "place.SE"} <= set(ours), "YAML reads a bare NO as a truth value"
    for name, text in ours.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[name])), name


def test_decided_handed_over_and_posted_are_one_line() -> None:
    letters = [one for one in story(LIFE, "en", "FI") if one.channel == "letter"]
    assert [one.what for one in letters] == [
        "A reminder was posted to your customer.",
        "A payment demand was posted to your customer.",
    ]


def test_an_email_that_waited_for_its_hours_says_when_it_left() -> None:
    sent = next(append for append in LIFE if "provider='smtp'" in str(append))
    later = replace(sent, when=sent.when + timedelta(hours=2))
    for life, said in ((LIFE, ""), ([later if each is sent else each for each in LIFE], LEFT)):
        told = [one for one in story(life, "en", "FI") if one.what.endswith("by e-mail.")]
        assert ["".join(one.details) for one in told] == [said]


LEFT = "Left on 13 February 2025, 13:02."


def test_what_the_law_answered_is_told_once_in_the_reader_s_language_with_its_sections() -> None:
    for language in LANGUAGES:
        [demand] = [one for one in story(LIFE, language, "FI") if one.law]
        assert demand.law == tuple(explain(answer_of(each), language, "FI") for each in (FIRST_DAY, HIGHEST))


def test_an_answer_of_a_later_kind_leaves_its_sections() -> None:
    reason = Reason("demand", (FI_LAW,), answers=(KeptAnswer("oracle", {"rules": []}),))
    asked = next(one for append in LIFE for one in append.events if isinstance(one, contact.ContactDecided))
    [told] = story([Told(LIFE[0].when, CASE, "service:contact", (replace(asked, reason=reason),))], "en", "FI")
    assert (told.law, told.rules) == ((), "Debt Collection Act (FI) 10 a § 1 mom. 2 kohta")


def test_a_call_that_was_made_is_told_once() -> None:
    calls = [one for one in story(LIFE, "en", "FI") if one.kind == "call"]
    assert len(calls) == 1
    assert calls[0].by == "Anna Neuvoja"


def test_a_letter_taken_back_says_why_and_costs_nothing() -> None:
    told = [one for one in story(RUGGED, "en", "NO") if "taken back" in one.what]
    assert len(told) == 1
    assert (told[0].cost, told[0].why) == (None, "Because collection is paused")


def test_a_step_that_waits_twice_for_the_same_reason_is_one_line() -> None:
    waiting = next(append for append in LIFE if "StepWaited" in str(append))
    once = [one.what for one in story(LIFE, "en", "FI")]
    twice = [*LIFE[: LIFE.index(waiting) + 1], waiting, *LIFE[LIFE.index(waiting) + 1 :]]
    assert [one.what for one in story(twice, "en", "FI")] == once


def test_a_payment_over_two_invoices_is_one_line_with_its_whole_sum() -> None:
    paid = next(append for append in LIFE if "PaymentAllocated" in str(append))
    twice = Told(paid.when, paid.stream, paid.actor, (*paid.events, *paid.events))
    life = [twice if append is paid else append for append in LIFE]
    assert any(one.what == "EUR\N{NO-BREAK SPACE}280.00 arrived from your customer." for one in story(life, "en", "FI"))


def test_who_is_not_known_any_more_is_still_somebody() -> None:
    told = [one.by for one in story(LIFE, "en", "FI", {}) if one.kind == "call"]
    assert told == ["a member of staff"]
    assert ANNA not in {UUID(int=0)}


def test_no_line_is_empty_or_holds_an_unfilled_part() -> None:
    for language in LANGUAGES:
        for life, country in ((LIFE, "FI"), (RUGGED, "NO")):
            for one in story(life, language, country):  # type: ignore[arg-type]  # A literal in a tuple is a str.
                assert one.what.strip()
                assert one.by.strip()
                assert "{" not in msgspec.json.encode(one).decode().replace('{"', "").replace('":{', "")


def test_a_pause_of_all_cases_is_told_on_the_case_as_such() -> None:
    told = [one.what for one in story(RUGGED, "en", "NO") if one.kind == "control"]
    assert told[:2] == ["You paused all your cases.", "All your cases go on."]


def test_that_the_customer_was_erased_is_on_the_timeline() -> None:
    erased = intake.PartyErased("no_longer_needed", (CASE,), (PARTY,), ())
    last = story([*LIFE[:5], Told(LIFE[5].when, PARTY, "staff:x", (erased,))], "en", "FI")[-1]
    assert last.what == "The customer's personal data was erased for good."


def test_a_stop_is_on_the_timeline_with_its_reason_whoever_it_stops() -> None:
    stopped = gateway.CollectionStopped(Sealed((PARTY,), "enough"))
    life = [*LIFE[:5], Told(LIFE[5].when, CASE, "client:x", (stopped,))]
    last = story(life, "en", "FI")[-1]
    assert (last.what, last.details) == ("You stopped collection for good.", ("“enough”",))
