"""A rule pack is refused with file and line where anything in it is wrong."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from shared.law import BadPack, Law
from shared.law.law import PACKS

TOP_WORDS = "country, currency, letters, rules, sources"
EFFECTS = "no contact, no cost, representative instead, guardian instead"
VALUE_WORDS = "confidence, from, our_choice, section, source, to, value"
DAYS_14 = "value: 14, section: 513/1999 5 § 1 mom."
RULE_WORDS = "by, called, half_yearly, type, values, what"
ITEM_WORDS = "confidence, item, our_choice, says, section, source"
SOURCE_WORDS = "title, url"
LETTERS = "both.all, both.friendly, both.plan, both.reminder, business.demand, consumer.demand"
TYPES = "amount, bands, count, days, factor, factor_bands, hours, months, percent, word, words, years"
RATE_2026_H1 = "- {from: 2026-01-01, to: 2026-06-30, value: 2.5,"
RATE_2026_H2 = (
    "      - {from: 2026-07-01, to: 2026-12-31, value: 2.5, section: korkolaki 633/1982 12 §, "
    "source: Bank of Finland notice 654/2026, confidence: verified}"
)


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    return Path(copytree(PACKS, tmp_path / "packs"))


Change = Callable[[str, str], int]


@pytest.fixture
def change(packs: Path) -> Change:
    """Replaces a text of the Finnish pack; answers the line it stands on."""

    def changed(old: str, new: str) -> int:
        path = packs / "fi.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return changed


def no_word(allowed: str) -> str:
    return f"not a word of a pack ({allowed})"


def refused(packs: Path, line: int, why: str) -> None:
    with pytest.raises(BadPack) as no:
        Law.load(packs=packs)
    assert str(no.value) == f"fi.yaml:{line}: {why}"


def test_an_overlap_is_refused(packs: Path, change: Change) -> None:
    line = change(RATE_2026_H1, "- {from: 2025-12-31, to: 2026-06-30, value: 2.5,")
    refused(packs, line, "overlap: the value before it is still in force")


def test_a_gap_is_refused(packs: Path, change: Change) -> None:
    line = change(RATE_2026_H1, "- {from: 2026-01-02, to: 2026-06-30, value: 2.5,")
    refused(packs, line, "gap: nothing from 2026-01-01 to 2026-01-01")


def test_a_rule_that_begins_after_2015_is_refused(packs: Path, change: Change) -> None:
    line = change("- {from: 1983-01-01, value: act/365", "- {from: 2015-01-02, value: act/365")
    refused(packs, line - 4, "gap: nothing from 2015-01-01 to 2015-01-01")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("notice 1123/2024, confidence: verified}", "notice 1123/2024}", "confidence is missing"),
        ("source: Bank of Finland notice 1123/2024, ", "", "source is missing"),
        ("source: Bank of Finland notice 1123/2024", "source: hearsay 1", "hearsay 1 is not among the file's sources"),
        (
            "notice 1123/2024, confidence: verified}",
            "notice 1123/2024, confidence: sure}",
            "sure is no degree of confidence",
        ),
        ("to: 2025-06-30, value: 3.5", "to: 2025-06-30, value: much", "this is not of type percent"),
        ("to: 2025-06-30, value: 3.5", "to: 2025-06-31, value: 3.5", "2025-06-31 is no date"),
        (
            "from: 2025-01-01, to: 2025-06-30",
            "from: 2025-01-01, to: 2024-06-30",
            "ends on 2024-06-30, before it begins on 2025-01-01",
        ),
        (
            "to: 2025-06-30, value: 3.5",
            "to: 2025-06-30, value: unknown",
            "the value is `unknown` exactly where the confidence is unknown",
        ),
        ("to: 2025-06-30, value: 3.5", "to: 2025-06-30, vaule: 3.5", f"vaule is {no_word(VALUE_WORDS)}"),
        ("to: 2025-06-30, value: 3.5", "to: 2025-06-30, value: 3.5, value: 4.0", "value stands twice"),
        ("{100: 14, 1000: 24, above: 50}", "{1000: 24, 100: 14, above: 50}", "this is not of type bands"),
        ("{100: 14, 1000: 24, above: 50}", "{}", "this is not of type bands"),
        ("{100: 14, 1000: 24, above: 50}", "{100: 14, 100: 24, above: 50}", "100 stands twice"),
        ("{100: 14, 1000: 24, above: 50}", "{100: 14, 100.00: 24, above: 50}", "this is not of type bands"),
        (DAYS_14, DAYS_14.replace("14", "-1", 1), "this is not of type days"),
        ("{100: 14, 1000: 24, above: 50}", "{100: 14, 1000: 24}", "this is not of type bands"),
        ("{100: 14, 1000: 24, above: 50}", "{100: 14, 1000: -24, above: 50}", "this is not of type bands"),
        (
            "value: 14, section: 513/1999 5 § 1 mom.",
            "value: 14.5, section: 513/1999 5 § 1 mom.",
            "this is not of type days",
        ),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_its_number(
    packs: Path, change: Change, old: str, new: str, why: str
) -> None:
    refused(packs, change(old, new), why)


def test_a_type_nobody_knows_is_refused(packs: Path, change: Change) -> None:
    what = "    what: How many demands may cost\n"
    line = change(f"{what}    type: count\n", f"{what}    type: moods\n")
    refused(packs, line + 1, f"moods is no type of value ({TYPES})")


def test_a_rule_must_be_of_the_type_that_is_asked_for(packs: Path, change: Change) -> None:
    what = "    what: How many demands may cost\n"
    line = change(f"{what}    type: count\n", f"{what}    type: amount\n")
    refused(packs, line + 1, "this rule is of type count, not amount")


def test_a_rule_nobody_asks_for_and_one_that_is_missing_are_refused(packs: Path, change: Change) -> None:
    line = change("\n  consumer.count.demands:\n", "\n  consumer.count.demnds:\n")
    refused(packs, line + 2, "nothing asks for a rule called consumer.count.demnds")
    text = (packs / "fi.yaml").read_text(encoding="utf-8")
    first, last = text.index("  consumer.count.demnds:"), text.index("  consumer.count.plans:")
    (packs / "fi.yaml").write_text(text[:first] + text[last:], encoding="utf-8")
    refused(packs, text[: text.index("  interest.reference:")].count("\n") + 1, "consumer.count.demands is missing")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("value: act/365,", "value: act/360,", "act/360 means nothing here (act/365, act/act)"),
        (
            "value: [no cost], section: 513/1999 4 c §",
            "value: [no costs], section: 513/1999 4 c §",
            f"no costs means nothing here ({EFFECTS})",
        ),
        (
            "[interest, principal, reminder_cost, collection_cost], section: 513/1999 11 a §, source",
            "[interest, principal, collection_cost], section: 513/1999 11 a §, source",
            "reminder_cost is missing",
        ),
        (
            "[interest, principal, reminder_cost, collection_cost], section: 513/1999 11 a §, source",
            "[interest, principal, interest, collection_cost], section: 513/1999 11 a §, source",
            "interest stands twice",
        ),
    ],
)
def test_words_that_mean_nothing_are_refused(packs: Path, change: Change, old: str, new: str, why: str) -> None:
    refused(packs, change(old, new), why)


def test_a_day_missing_between_two_values_is_refused_at_the_second(packs: Path, change: Change) -> None:
    line = change("to: 2025-06-30, value: 3.5", "to: 2025-06-29, value: 3.5")
    refused(packs, line + 1, "gap: nothing from 2025-06-30 to 2025-06-30")


def test_a_half_years_value_begins_and_ends_with_one(packs: Path, change: Change) -> None:
    line = change("to: 2026-12-31, value: unknown", "to: 2026-12-30, value: unknown")
    refused(packs, line, "2026-07-01 to 2026-12-30 is not a half-year")
    change("to: 2026-12-30, value: unknown", "value: unknown")
    refused(packs, line, "2026-07-01 to None is not a half-year")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("country: FI", "country: DK", "DK has no pack (FI, NO, SE)"),
        ("currency: EUR", "currency: USD", "USD is no currency here (EUR, NOK, SEK)"),
        ('half_yearly: "yes"', 'half_yearly: "no"', 'half_yearly is "yes", or not said'),
        (
            "  both.friendly:",
            "  both.freindly:",
            f"both.freindly is {no_word(LETTERS)}",
        ),
    ],
)
def test_the_frame_of_a_pack_is_checked_too(packs: Path, change: Change, old: str, new: str, why: str) -> None:
    refused(packs, change(old, new), why)


def test_a_pack_in_the_file_of_another_country_is_refused(packs: Path) -> None:
    (packs / "fi.yaml").write_bytes((packs / "se.yaml").read_bytes())
    refused(packs, 1, "this is not the pack of FI, but of SE")


def test_a_letter_without_its_list_is_refused(packs: Path) -> None:
    path = packs / "fi.yaml"
    text = path.read_text(encoding="utf-8")
    first, last = text.index("  both.friendly:"), text.index("  both.all:")
    path.write_text(text[:first] + text[last:], encoding="utf-8")
    refused(packs, text.split("\nletters:\n")[0].count("\n") + 3, "both.friendly is missing")


def test_a_file_that_cannot_be_read_is_refused_by_name(packs: Path, tmp_path: Path) -> None:
    with pytest.raises(BadPack, match=r"^nowhere\.yaml:1: the file cannot be read: .*No such file"):
        Law.load(overlay=tmp_path / "nowhere.yaml")
    (packs / "se.yaml").write_bytes(b"country: \xff")
    with pytest.raises(BadPack, match=r"^se\.yaml:1: the file cannot be read: 'utf-8' codec"):
        Law.load(packs=packs)


def test_a_file_that_is_not_yaml_is_refused(packs: Path) -> None:
    (packs / "fi.yaml").write_text("country: FI\n  rules: {", encoding="utf-8")
    refused(packs, 2, "mapping values are not allowed in this context")
    (packs / "fi.yaml").write_text("country: FI\nrules: {", encoding="utf-8")
    refused(packs, 3, "did not find expected node content")
    (packs / "fi.yaml").write_text("country: FI\ncurrency: E\x01UR\n# \x01\n", encoding="utf-8")
    refused(packs, 2, "control characters are not allowed")
    (packs / "fi.yaml").write_text("", encoding="utf-8")
    refused(packs, 1, "the file is empty")


# Every part that may be missing or of another shape.

DEMANDS = """\
  consumer.count.demands:
    what: How many demands may cost
    type: count
    by: the day of the measure
"""
NO_LIST = "expected a list with at least one line"
MEMORY = '  memory: {title: "Written from memory, no text read", url: "README.md"}'
FIRST_ITEM = "    - {item: creditor, says: The creditor's name and address, section: 513/1999 5 a § 1 mom., "


@pytest.mark.parametrize(
    ("old", "new", "below", "why"),
    [
        ("country: FI\n", "", 0, "country is missing"),
        ("currency: EUR\n", "", -1, "currency is missing"),
        (DEMANDS, DEMANDS.replace("    what: How many demands may cost\n", ""), 1, "what is missing"),
        (DEMANDS, DEMANDS.replace("    type: count\n", ""), 1, "type is missing"),
        (DEMANDS, DEMANDS.replace("    by: the day of the measure\n", ""), 1, "by is missing"),
        (DEMANDS, DEMANDS.replace("what: How many", "whta: How many"), 1, f"whta is {no_word(RULE_WORDS)}"),
        (DEMANDS, DEMANDS + "    values: [1]\n", 5, "values stands twice"),
        (DEMANDS + "    values:\n", DEMANDS + "    called:\n", 1, "values is missing"),
        (DEMANDS + "    values:\n", DEMANDS + "    values: 1\n    called:\n", 4, NO_LIST),
        (DEMANDS + "    values:\n", DEMANDS + "    values: []\n    called:\n", 4, NO_LIST),
        (DEMANDS, DEMANDS.replace("type: count", "type: [count]"), 2, "expected a text"),
        (DEMANDS, DEMANDS.replace("what: How many demands may cost", "what: ''"), 1, "expected a text"),
        ("from: 2025-01-01, to: 2025-06-30, value: 3.5", "to: 2025-06-30, value: 3.5", 0, "from is missing"),
        ("to: 2025-06-30, value: 3.5, ", "to: 2025-06-30, ", 0, "value is missing"),
        (FIRST_ITEM, FIRST_ITEM.replace("item: creditor, ", ""), 0, "item is missing"),
        (FIRST_ITEM, FIRST_ITEM.replace("says: The creditor's name and address, ", ""), 0, "says is missing"),
        (FIRST_ITEM, FIRST_ITEM.replace("section: 513/1999 5 a § 1 mom., ", ""), 0, "section is missing"),
        (FIRST_ITEM, FIRST_ITEM.replace("item: creditor", "tiem: creditor"), 0, f"tiem is {no_word(ITEM_WORDS)}"),
        (FIRST_ITEM, FIRST_ITEM.replace("item: creditor", "item: basis"), 1, "basis stands twice"),
        (MEMORY, "  memory: {url: x}", 0, "title is missing"),
        (MEMORY, "  memory: {title: x}", 0, "url is missing"),
        (MEMORY, "  memory: {title: x, ulr: x}", 0, f"ulr is {no_word(SOURCE_WORDS)}"),
        (MEMORY, "  memory: words", 0, "expected names and values"),
        ("\nsources:\n", "\nsuorces:\n", 1, f"suorces is {no_word(TOP_WORDS)}"),
        ("\nletters:\n", "\nletters: []\nrules_again:\n", 2, f"rules_again is {no_word(TOP_WORDS)}"),
    ],
)  # fmt: skip
def test_a_part_that_is_missing_or_of_another_shape_is_refused_where_it_should_stand(
    packs: Path, change: Change, old: str, new: str, below: int, why: str
) -> None:
    refused(packs, change(old, new) + below, why)


def test_a_pack_without_its_sources_rules_or_letters_is_refused_where_it_begins(packs: Path) -> None:
    path = packs / "fi.yaml"
    whole = path.read_text(encoding="utf-8")
    begins = whole[: whole.index("country: FI")].count("\n") + 1
    path.write_text(whole[: whole.index("\nletters:\n")], encoding="utf-8")
    refused(packs, begins, "letters is missing")
    path.write_text(whole[: whole.index("\nrules:\n")], encoding="utf-8")
    refused(packs, begins, "rules is missing")
    path.write_text(whole[: whole.index("\nsources:\n")], encoding="utf-8")
    refused(packs, begins, "sources is missing")
