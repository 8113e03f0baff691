"""What a pack and an overlay hold: a lawyer corrects them by one line, and they say what is not known."""

from pathlib import Path
from shutil import copytree

import pytest

from shared.law import BadPack, Law, Unknown
from shared.law.law import PACKS
from tests.law.asking import LAW, corrected, day, eur, nok, sek

RATE_2026_H2 = (
    "      - {from: 2026-07-01, to: 2026-12-31, value: 2.5, section: korkolaki 633/1982 12 §, "
    "source: Bank of Finland notice 654/2026, confidence: verified}"
)


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    return Path(copytree(PACKS, tmp_path / "packs"))


def test_the_next_half_years_rate_is_one_line(packs: Path) -> None:
    path = packs / "fi.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if "654/2026" in line)
    lines[place] = RATE_2026_H2
    path.write_text("\n".join(lines), encoding="utf-8")
    asked = ("FI", "consumer", eur("1000"), day("2026-06-20"), day("2026-07-20"))
    with pytest.raises(Unknown):
        LAW.interest(*asked)  # type: ignore[arg-type]  # the words are those of the types
    assert Law.load(packs=packs).interest(*asked).amount == eur("7.81")  # type: ignore[arg-type]  # as above
    lines.insert(place + 1, RATE_2026_H2.replace("2026-07-01, to: 2026-12-31", "2027-01-01, to: 2027-06-30"))
    path.write_text("\n".join(lines), encoding="utf-8")
    later = Law.load(packs=packs).interest("FI", "consumer", eur("1000"), day("2026-12-20"), day("2027-01-19"))
    assert later.amount == eur("7.81")


def test_a_highest_amount_of_nothing_and_no_days_at_all_are_values_too(tmp_path: Path) -> None:
    nothing = corrected(
        tmp_path, "FI",
        ("{100: 14, 1000: 24, above: 50}", "{100: 0, 1000: 24, above: 50}"),
        ("value: 14, section: 513/1999 5 § 1 mom.", "value: 0, section: 513/1999 5 § 1 mom."),
    )  # fmt: skip
    values = [value.value for dated in nothing.packs["FI"].rules.values() for value in dated.values]
    assert ((100_00, eur("0")), (1000_00, eur("24")), (None, eur("50"))) in values
    assert [value.value for value in nothing.packs["FI"].rules["consumer.days.to_demand"].values][-1] == 0


# The local overlay.

OVERLAY = """\
- country: FI
  sources:
    Finlex: {title: Bank of Finland notices read at Finlex, url: "https://www.finlex.fi/"}
  values:
    interest.reference:
      - {from: 2025-07-01, to: 2025-12-31, value: 2.5, section: 12 §, source: Finlex 362/2025, confidence: verified}
      - {from: 2026-07-01, to: 2026-12-31, value: 2.5, section: 12 §, source: Finlex 654/2026, confidence: verified}
      - {from: 2027-01-01, to: 2027-06-30, value: 3.0, section: 12 §, source: Finlex 1/2027, confidence: verified}
"""


CONFIRMS = "an overlay confirms with a source: verified or secondary"
FOLLOWS = "an overlay confirms the days of a value or follows on the last one"


def overlay(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "overlay.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_overlay_confirms_what_was_known_from_memory_and_adds_what_was_not_known(tmp_path: Path) -> None:
    confirmed = Law.load(live=True, overlay=overlay(tmp_path, OVERLAY))
    told = confirmed.interest("FI", "consumer", eur("1000"), day("2025-06-30"), day("2027-01-31"))
    assert [str(segment.rate) for segment in told.segments] == ["9.5", "10"]
    assert "Finlex 362/2025" in [rule.source for rule in told.rules]
    assert confirmed.interest("NO", "consumer", nok("1000"), day("2025-06-30"), day("2025-07-31")).amount


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("source: Finlex 1/2027", "source: a friend", 8, "a friend is not among the file's sources"),
        ("Finlex 1/2027, confidence: verified", "Finlex 1/2027, confidence: from-memory", 8, CONFIRMS),
        ("from: 2027-01-01", "from: 2027-01-02", 8, FOLLOWS),
        ("interest.reference", "interest.refernce", 6, "FI has no rule called interest.refernce"),
        ("country: FI", "contry: FI", 1, "contry is not a word of a pack (country, sources, values)"),
        ("country: FI", "country: DK", 1, "DK has no pack (FI, NO, SE)"),
    ],
)
def test_an_overlay_that_is_wrong_is_refused(tmp_path: Path, old: str, new: str, line: int, why: str) -> None:
    with pytest.raises(BadPack) as no:
        Law.load(overlay=overlay(tmp_path, OVERLAY.replace(old, new)))
    assert str(no.value) == f"overlay.yaml:{line}: {why}"


# What the packs say of themselves.


def test_the_unknowns_are_listed_for_readiness() -> None:
    named = {f"{country} {dated.rule.id}" for country, _, dated in LAW.unknowns()}
    assert "FI FI.interest.reference.2026-07-01" in named
    assert "NO NO.business.standard_compensation.2025-07-01" in named
    live = {dated.rule.id for _, _, dated in Law.load(live=True).unknowns()}
    assert {"FI.interest.reference.2025-07-01", "NO.interest.rate.2024-07-01"} <= live
    assert not any(rule.startswith("NO.interest.rate") for rule in {dated.rule.id for _, _, dated in LAW.unknowns()})


def test_every_choice_of_ours_says_why() -> None:
    choices = [
        value.rule
        for pack in LAW.packs.values()
        for dated in pack.rules.values()
        for value in dated.values
        if value.rule.our_choice
    ]
    assert choices
    assert all("Our choice: " in rule.says for rule in choices)
    assert {"FI.interest.day_count.1983-01-01", "FI.allocation.business.2013-12-16"} <= {rule.id for rule in choices}


def test_no_value_above_a_band_is_lower_than_one_below_it() -> None:
    for pack in LAW.packs.values():
        for dated in pack.rules.values():
            for value in dated.values:
                if isinstance(value.value, tuple) and value.value and isinstance(value.value[0], tuple):
                    amounts = [amount for _, amount in value.value]
                    assert amounts == sorted(amounts), value.rule.id


def test_the_packs_read_anew_are_the_same_to_the_letter() -> None:
    """What was read at the start of these tests and what is read now hold the same values, rules and lines."""
    anew = Law.load()
    for country, pack in LAW.packs.items():
        again = anew.packs[country]
        assert (again.country, again.currency, again.live) == (country, pack.currency, False)
        assert again.letters == pack.letters
        assert list(again.rules) == list(pack.rules)
        for name, dated in pack.rules.items():
            found = again.rules[name]
            assert found.values == dated.values
            assert (found.called, found.half_yearly, found.last_day) == (
                dated.called,
                dated.half_yearly,
                dated.last_day,
            )
            assert (found.name, found.starts) == (dated.name, dated.starts)
    for key, rates in LAW.rates.items():
        again_rates = anew.rates[key]
        assert again_rates.periods == rates.periods
        assert (again_rates.starts, again_rates.name) == (rates.starts, rates.name)
        assert (again_rates.by_calendar_year, again_rates.as_agreed) == (rates.by_calendar_year, rates.as_agreed)
        assert (again_rates.day_count_rule, again_rates.contract_rule) == (rates.day_count_rule, rates.contract_rule)
        assert (again_rates.debtor, again_rates.pack.country) == (rates.debtor, rates.pack.country)


def test_what_an_overlay_adds_is_of_the_pack_s_rule_and_currency(tmp_path: Path) -> None:
    line = "{from: 2021-01-01, value: 5, section: 10 d §, source: Finlex 1/2021, confidence: verified}"
    text = OVERLAY.partition("    interest.reference:")[0] + f"    business.other_reminder:\n      - {line}\n"
    added = Law.load(overlay=overlay(tmp_path, text)).packs["FI"].at("business.other_reminder", day("2025-01-01"))
    before = LAW.packs["FI"].rules["business.other_reminder"].at(day("2025-01-01"))
    assert before is not None
    assert (added.value, added.rule.says) == (eur("5"), before.rule.says.partition(". Our choice")[0])


def test_a_value_may_hold_for_one_day(tmp_path: Path) -> None:
    told = "section: 513/1999 5 § 3 mom., source: 31/2013; KKV 2024-10-21, confidence: verified}"
    one_day = f"to: 2022-04-29, value: 14, {told}\n      - {{from: 2022-04-30, to: 2022-04-30, value: 15, {told}"
    changed = corrected(tmp_path, "FI", (f"to: 2022-04-30, value: 14, {told}", one_day))
    days = changed.packs["FI"].rules["consumer.days.to_demand"]
    found = [days.at(day(on)) for on in ("2022-04-29", "2022-04-30", "2022-05-01")]
    assert [value and value.value for value in found] == [14, 15, 14]


def test_an_overlay_speaks_of_each_country_in_turn(tmp_path: Path) -> None:
    swedish = OVERLAY.replace("country: FI", "country: SE").replace("2025-07-01, to: 2025-12-31, value: 2.5", "")
    lines = [line for line in swedish.splitlines(keepends=True) if "{from: ," not in line and "2027" not in line]
    both = Law.load(overlay=overlay(tmp_path, "".join(lines) + OVERLAY))
    assert both.interest("SE", "consumer", sek("1000"), day("2026-06-30"), day("2026-07-31")).amount
    assert both.interest("FI", "consumer", eur("1000"), day("2026-06-30"), day("2027-01-31")).amount


@pytest.mark.parametrize(
    ("left_out", "missing"), [("country", "country"), ("sources", "sources"), ("values", "values")]
)
def test_an_overlay_without_a_part_is_refused_where_it_begins(tmp_path: Path, left_out: str, missing: str) -> None:
    parts = {
        "country": "  country: FI\n",
        "sources": '  sources: {Finlex: {title: Notices, url: "https://www.finlex.fi/"}}\n',
        "values": "  values: {}\n",
    }
    text = "".join(part for name, part in parts.items() if name != missing)
    with pytest.raises(BadPack, match=rf"^overlay\.yaml:2: {missing} is missing$"):
        Law.load(overlay=overlay(tmp_path, f"# Confirmed by counsel.\n- {text.lstrip()}"))


def test_an_overlay_says_a_rule_once(tmp_path: Path) -> None:
    twice = OVERLAY + OVERLAY
    with pytest.raises(BadPack, match=r"^overlay\.yaml:14: interest\.reference stands twice$"):
        Law.load(overlay=overlay(tmp_path, twice))


def test_an_overlay_may_confirm_from_a_second_hand_but_says_so(tmp_path: Path) -> None:
    told = Law.load(
        live=True, overlay=overlay(tmp_path, OVERLAY.replace("confidence: verified", "confidence: secondary"))
    )
    asked = told.interest("FI", "consumer", eur("1000"), day("2025-07-31"), day("2025-08-31"))
    assert [rule.confidence for rule in asked.rules if "reference" in rule.id] == ["secondary"]
    text = OVERLAY.replace("Finlex 1/2027, confidence: verified", "Finlex 1/2027, confidence: derived")
    with pytest.raises(BadPack, match=r"^overlay\.yaml:8: an overlay confirms with a source: verified or secondary$"):
        Law.load(overlay=overlay(tmp_path, text))
    late = OVERLAY.replace("from: 2027-01-01, to: 2027-06-30", "from: 2027-07-01, to: 2027-12-31")
    with pytest.raises(
        BadPack, match=r"^overlay\.yaml:8: an overlay confirms the days of a value or follows on the last one$"
    ):
        Law.load(overlay=overlay(tmp_path, late))


def test_a_value_holds_on_its_last_day_and_what_is_missing_after_it_says_of_what() -> None:
    pack = LAW.packs["NO"]
    assert pack.at("sats", day("2026-12-31")).value == nok("750")
    with pytest.raises(Unknown) as after:
        pack.at("sats", day("2027-01-01"))
    assert (after.value.country, after.value.name, after.value.rule) == ("NO", "sats", None)
    assert after.value.missing.endswith(" for 2027-01-01 missing")
    with pytest.raises(Unknown, match=r"^standard compensation for 2025-H2 missing$") as unknown:
        pack.at("business.standard_compensation", day("2025-07-01"))
    assert (unknown.value.country, unknown.value.name) == ("NO", "business.standard_compensation")
    assert unknown.value.rule is not None
