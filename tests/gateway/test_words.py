"""What people read instead of codes: every code that can be told has its text in every language, and none threatens."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import get_type_hints

import pytest
import yaml
from msgspec.structs import replace

from services.contact.strategy import STRATEGIES, Kind
from services.gateway.progress import QuestionKind, Whereabouts
from services.gateway.words import LANGUAGES, Language, words
from services.intake.credit import ADVISE_COURT, LODGE
from services.intake.earlier import ToldStep
from services.intake.policy import ALREADY_PAID, FACTORED, GUIDES
from shared.casefile import Condition, Stage
from shared.events import Sealed, contact, gateway, intake, settlement
from shared.events.intake import CaseRejected, Country, Defect
from shared.events.reasons import Reason
from shared.law.answers import Blocked, EarlierReason, Measure
from shared.money import Money
from tests.contact.tone import forbidden_in
from tests.gateway.codes import of_field, of_type, passed, refusals
from tests.gateway.leftovers import english_in
from tests.gateway.life import CASE, LIFE, PARTY, RUGGED, Told, at, told
from tests.gateway.test_timeline import read_aloud, story

TEXTS: Mapping[Language, Mapping[str, str]] = {each: words(each)._texts for each in LANGUAGES}
OTHERS: tuple[Language, ...] = ("fi", "nb")  # The languages that are not the services' own.
SAME_AS_ENGLISH = {"Finland", "Send", "Sovinto", "Tone"}  # What is written so in Finnish or Norwegian too.
# What these files refuse is read on a page: forms lead to them.
BEHIND_PAGES = (
    "gateway/asking.py", "gateway/control.py", "gateway/demo.py", "gateway/staff_pages.py", "contact/talks.py",
    "plans/plan.py", "settlement/money.py", "intake/completing.py", "intake/correcting.py",
)  # fmt: skip


@cache
def steps() -> frozenset[str]:
    """Every step a case can come to: those of the strategies, and messages that answer something."""
    strategies = yaml.safe_load(STRATEGIES.read_text(encoding="utf-8")).values()
    planned = {step["step"] for strategy in strategies for step in strategy["steps"]}
    return frozenset(planned | passed("ContactDecided", "step") | passed("StepWaited", "step"))


@cache
def by_group() -> Mapping[str, frozenset[str]]:
    """The codes of each group of texts, as the types of events and the services that write them say."""
    found: dict[str, set[str]] = {
        "blocked": {
            *passed("Reason", "blocked_by"), *passed("ContactRecalled", "because"),
            *passed("RescueWithheld", "because"), *passed("CallTaskWithdrawn", "because"), *of_type(Blocked),
            *of_type(Condition), *of_type(EarlierReason), *of_field(gateway.ContactSuspended, "because"),
        },
        "closed": set(passed("CaseClosed", "reason")),
        "rejected": set(passed("CaseRejected", "reason")),
        "reopened": set(passed("CaseReopened", "because")),
        "refused": {code.replace(" ", "_") for code in passed("PlanRefused", "because")},
        "outside": set(passed("PlanProposed", "outside_mandate")),
        "held": {*passed("PaymentHeld", "because"), *passed("PaymentHeld", "proposed")},
        "defect": set(passed("Defect", "code")),
        "step": {*steps(), *of_field(intake.EarlierStep, "kind")},
        "message": {*passed("ContactDecided", "kind"), *of_type(Kind)} - {"call", "ask"},
        "document": {*passed("ContactDecided", "kind"), *of_type(Kind)} - {"call", "ask"},
        "measure": {*passed("Charge", "measure"), *of_type(Measure)},
        "channel": {*of_type(contact.Channel), *of_type(get_type_hints(ToldStep)["channel"])},
        "by_channel": of_type(contact.Channel),
        "to": of_field(contact.ContactDecided, "to"),
        "where": of_type(Whereabouts),
        "stage": of_type(Stage),
        "stage_says": of_type(Stage),
        "condition": of_type(Condition),
        "place": of_type(Country),
        "part": of_type(settlement.Component),
        "question": of_type(QuestionKind),
        "next.question": of_type(QuestionKind),
        "line.call": of_field(contact.CallMade, "outcome"),
        "line.legal": of_field(contact.LegalDecisionGiven, "answer"),
        "line.dispute": of_field(contact.DisputeResolved, "outcome"),
        "line.credit": of_field(intake.CreditCheckCompleted, "outcome"),
        "refusal": refusals(*BEHIND_PAGES),
    }  # fmt: skip
    found["advice"] = {code for code in found["rejected"] if code not in ("stopped", "withdrawn_by_client")}
    return {group: frozenset(codes) for group, codes in found.items() if codes}


@pytest.mark.parametrize("group", sorted(by_group()))
def test_every_code_that_can_be_told_has_its_text_in_every_language(group: str) -> None:
    missing = [(language, code) for language in LANGUAGES for code in by_group()[group]
               if not TEXTS[language].get(f"{group}.{code}", "").strip()]  # fmt: skip
    assert missing == []


def test_the_codes_are_really_found() -> None:
    """A change of how services write their codes must not leave the test above looking at nothing."""
    groups = by_group()
    assert {"letter_incomplete", "balance_changed", "slot_missed", "not_handed_over"} <= groups["blocked"]
    assert {"overdue", "no_account", "no_slot", "recalled", "suspension_request", "cap_reached"} <= groups["blocked"]
    assert {"account_not_payable", "payer_erased", "refunded_and_taken_back", "assign"} <= groups["held"]
    assert {"limitation", "approval_reminder", "demand", "thanks"} <= groups["message"]
    assert {"withdrawn_by_client", "debtor_bankrupt", "time_barred"} <= groups["rejected"]
    assert {"missing_field", "unknown_debtor", "same_number_other_content"} <= groups["defect"]
    assert {"no_answer", "lowered_too_much", "nothing_waits", "nothing_asked"} <= groups["refusal"]


def test_english_is_really_seen() -> None:
    assert english_in("Mitään ei kadonnut. Nothing was lost.", "fi") == {"nothing", "was", "lost"}
    assert english_in("Vi venter: letter_incomplete. The case", "nb") == {"letter_incomplete", "the", "case"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_a_code(language: Language) -> None:
    raw = [
        (group, code)
        for group, codes in by_group().items()
        for code in codes
        if "_" in (text := TEXTS[language][f"{group}.{code}"]).replace("{", "").replace("}", "")
        or (language != "en" and text == code)
    ]
    assert raw == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_threatens(language: Language) -> None:
    found = {name: phrases for name, text in TEXTS[language].items() if (phrases := forbidden_in(text, language))}
    assert found == {}


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_was_left_in_english(language: Language) -> None:
    left = {text for name, text in TEXTS[language].items() if text == TEXTS["en"][name]}
    assert {text for text in left if not text.startswith("{")} <= SAME_AS_ENGLISH


# Why a case was not taken: kept in English as intake wrote it, read in the reader's own language.

REJECTED: Mapping[str, tuple[str, str]] = {
    "already_paid": ("the invoice says that it is paid", ALREADY_PAID),
    "businesses_only": ("claims against businesses only, from 2025-01-01; this one was received on 2025-01-16",
                        GUIDES["FI"]),
    "client_silent": ("no answer by 2025-02-01", "Hand the claim over again, with what was asked for."),
    "debtor_bankrupt": ("no collection against a bankrupt debtor", LODGE),
    "duplicate": ("this invoice is on the case 5f0c already", "Follow it there."),
    "factored": ("the claim is pledged or sold: the money belongs to another party", FACTORED),
    "many_marks": ("5 payment-default marks or more, and the client's agreement", ADVISE_COURT),
    "stopped": ("collection was stopped before the case was accepted", ""),
    "time_barred": ("the claim was barred on 2024-12-31 (728/2003 4 § ja 5 §; 728/2003 10 § ja 11 §)",
                    "Send it again with proof of what interrupted the limitation."),
    "withdrawn_by_client": ("the client's own decision", ""),
}  # fmt: skip


def rejected(reason: str, policy: str, advice: str, country: Country = "FI") -> Sequence[Told]:
    received, claim, _ = LIFE[0].events
    assert isinstance(received, intake.CaseReceived)
    assert isinstance(claim, intake.ClaimAdded)
    currency = {"FI": "EUR", "NO": "NOK", "SE": "SEK"}[country]
    barred = replace(claim, time_barred_on=at(1, 10).date(), principal=Money(260_00, currency))
    first = (replace(received, country=country, currency=currency), barred)
    no = CaseRejected(reason, policy, advice)
    return [told(LIFE[0].when, CASE, LIFE[0].actor, *first), told(at(1, 17), CASE, "service:intake", no)]


def test_every_reason_not_to_take_a_case_is_read_here() -> None:
    assert set(REJECTED) == passed("CaseRejected", "reason")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("reason", sorted(REJECTED))
def test_why_a_case_was_not_taken_is_said_in_the_readers_language(reason: str, language: Language) -> None:
    policy, advice = REJECTED[reason]
    last = story(rejected(reason, policy, advice), language, "FI")[-1]
    assert english_in(" ".join([last.what, *last.details]), language) == set()
    assert any(each.startswith(words(language)("detail.advice", advice="")) for each in last.details) == bool(advice)


def test_a_time_barred_claim_is_told_with_its_day_and_its_sections() -> None:
    last = story(rejected("time_barred", *REJECTED["time_barred"]), "nb", "FI")[-1]
    assert last.details[0] == "Det ble foreldet 10.1.2025."
    assert last.rules == "Finlands foreldelseslov 4 § ja 5 §; Finlands foreldelseslov 10 § ja 11 §"


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_a_client_can_go_itself_is_told_by_the_debtors_country(language: Language) -> None:
    policy, _ = REJECTED["businesses_only"]
    addresses: Mapping[Country, str] = {"FI": "https://oikeus.fi", "NO": "https://www.forliksradet.no"}
    for country, address in addresses.items():
        last = story(rejected("businesses_only", policy, GUIDES[country], country), language, "FI")[-1]
        assert address in last.details[-1]


def test_a_reason_newer_than_our_words_is_told_as_it_came() -> None:
    last = story(rejected("moon", "claims on the moon", "Ask there."), "fi", "FI")[-1]
    assert last.details == ("Claims on the moon", "Mitä voit tehdä: Ask there.")


# What is missing or wrong with an invoice.


@pytest.mark.parametrize(("language", "defect", "said"), [
    ("fi", Defect("bad_date", "InvoiceDetails/InvoiceDate, line 12", "'…' is no day of the calendar"),
     "tämä ei ole kalenterin päivä: InvoiceDetails/InvoiceDate, rivi 12"),
    ("nb", Defect("missing_field", "due", "the invoice has no due date"), "dette mangler: forfallsdato"),
    ("nb", Defect("bad_identifier", "BuyerPartyDetails/BuyerPartyIdentifier, line 30", "no identity number of FI"),
     "kundens identitetsnummer er ikke gyldig (BuyerPartyDetails/BuyerPartyIdentifier, linje 30)"),
    ("en", Defect("bad_identifier", "debtor.identifier", "no identity number of FI"),
     "your customer's identity number is not a valid one"),
    ("fi", Defect("moon", "debtor", "the debtor is on the moon."), "the debtor is on the moon"),
])  # fmt: skip
def test_a_defect_is_said_in_the_readers_language_and_keeps_its_place(
    language: Language, defect: Defect, said: str
) -> None:
    assert words(language).defect(defect) == said


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("code", sorted(passed("Defect", "code")))
def test_every_defect_reads_without_english(code: str, language: Language) -> None:
    said = words(language).defect(Defect(code, "debtor.identifier", "as intake told it in English"))
    assert english_in(said, language) == set()


# Lives.


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(("life", "country"), [(LIFE, "FI"), (RUGGED, "NO")])
def test_a_whole_life_reads_without_english(life: Sequence[Told], country: Country, language: Language) -> None:
    lines = [line for line in read_aloud(story(life, language, country)).split("\n") if not line.startswith("    [")]
    assert english_in("\n".join(lines), language) == set()


def test_what_a_provider_says_of_a_returned_message_is_told_as_its_own_words() -> None:
    moved = next(each for each in RUGGED if "Returned" in str(each.events))
    returned = moved.events[-1]
    assert isinstance(returned, contact.Returned)
    words = Sealed((PARTY,), "postkassen full")
    life = [replace(moved, events=(*moved.events[:-1], replace(returned, because=words)))]
    assert "”postkassen full”" in read_aloud(story(life, "fi", "NO"))


def test_what_the_law_lacks_is_named_only_in_english() -> None:
    reason = Reason("demand", facts=(("missing", "rate for 2026-H2 missing"),), blocked_by=("rate_missing",))
    waits = [told(at(2, 4), CASE, "service:contact", contact.StepWaited("demand", reason, None))]
    said = {language: read_aloud(story(waits, language, "FI")) for language in LANGUAGES}
    assert "Missing: rate for 2026-H2 missing" in said["en"]
    assert "rate for" not in said["fi"] + said["nb"]
    assert "ajan korkokantaa ei vielä tunneta" in said["fi"]
