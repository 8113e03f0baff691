"""`sovinto law diff`: what a change of the packs would change, over invented cases and over those of a platform."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from shared.law.law import PACKS
from tests.cli.conftest import Here
from tests.cli.facts import accepted

DEMAND = "{100: 14, 1000: 24, above: 50}"
DEARER = "{100: 15, 1000: 26, above: 50}"
RATE = "to: 2026-06-30, value: 2.5"
HIGHER = "to: 2026-06-30, value: 3.0"
Change = Callable[[str, str], Path]


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """The packs in a folder of their own, with a text of the Finnish one replaced."""

    def changed(old: str, new: str) -> Path:
        folder = tmp_path / "packs"
        if not folder.exists():
            copytree(PACKS, folder)
        text = (folder / "fi.yaml").read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times"
        (folder / "fi.yaml").write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return changed


def test_the_same_packs_change_nothing(nothing: Here, change: Change) -> None:
    told = nothing.sovinto("law", "diff", PACKS, change(RATE, RATE), "--demo", "50", "--json")
    assert told.code == 0
    assert (told.json["cases"], told.json["changed"]) == (50, 0)
    assert told.json["changed_values"] == told.json["changes"] == told.json["totals"] == []


def test_a_changed_amount_is_told_case_by_case_and_summed_with_its_rule(nothing: Here, change: Change) -> None:
    told = nothing.sovinto("law", "diff", PACKS, change(DEMAND, DEARER), "--demo", "400", "--json")
    assert told.code == 0
    found = told.json
    assert [each["rule"] for each in found["changed_values"]] == ["FI.consumer.demand.2013-03-16"]
    assert "100: 14.00, 1000: 24.00, above: 50.00" in found["changed_values"][0]["old"]
    assert found["changes"]
    for each in found["changes"]:
        assert (each["country"], each["debtor"]) == ("FI", "consumer")
        assert each["what"] in ("demand: cost", "second demand: cost")
        assert each["rules"] == ["FI.consumer.demand.2013-03-16"]
    demands = [each for each in found["changes"] if each["what"] == "demand: cost"]
    assert {(each["old"], each["new"], each["difference"]) for each in demands} == {
        ("14.00", "15.00", "1.00"), ("24.00", "26.00", "2.00"),
    }  # fmt: skip
    (summed,) = [each for each in found["totals"] if each["what"] == "demand: cost"]
    whole = sum(int(each["difference"].replace(".", "")) for each in demands)
    assert (summed["cases"], summed["currency"]) == (len(demands), "EUR")
    assert int(summed["difference"].replace(".", "")) == whole


def test_a_rate_that_one_version_does_not_know_is_told_in_words(nothing: Here, change: Change) -> None:
    unknown = change(
        f'{RATE}, section: korkolaki 633/1982 12 §, source: "Bank of Finland notice 1407/2025; press release 2026-H1", '
        "confidence: verified",
        "to: 2026-06-30, value: unknown, section: korkolaki 633/1982 12 §, source: our choice, confidence: unknown",
    )
    told = nothing.sovinto("law", "diff", PACKS / "fi.yaml", unknown / "fi.yaml", "--demo", "30", "--json")
    assert told.code == 0
    interest = [each for each in told.json["changes"] if each["what"] == "interest"]
    assert interest
    assert all((each["new"], each["difference"]) == ("not known", None) for each in interest)
    assert all(each["country"] == "FI" for each in told.json["changes"])


def test_people_see_the_values_the_sums_and_the_first_cases(nothing: Here, change: Change) -> None:
    told = nothing.sovinto("law", "diff", PACKS, change(RATE, HIGHER), "--demo", "100")
    assert told.code == 0
    for said in ("invented cases would be different on 2026-06-30", "FI.interest.reference.2026-01-01", "+EUR "):
        assert said in told.out
    assert "more; --json names them all" in told.out


def test_the_same_seed_compares_the_same_cases(nothing: Here, change: Change) -> None:
    asked = ("law", "diff", PACKS, change(RATE, HIGHER), "--demo", "40", "--json")
    assert nothing.sovinto(*asked).out == nothing.sovinto(*asked).out != nothing.sovinto(*asked, "--seed", "2").out


def test_what_is_no_version_of_the_packs_is_refused(nothing: Here, change: Change, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "fi.yaml" in nothing.sovinto("law", "diff", PACKS, empty).err
    wrong = change(RATE, "to: 2026-06-30, value: much")
    told = nothing.sovinto("law", "diff", PACKS, wrong, "--json")
    assert told.code == 1
    assert "fi.yaml:" in told.json["error"]["what"]
    assert nothing.sovinto("law", "diff", PACKS, PACKS / "fi.yaml").code == 2
    assert nothing.sovinto("law", "diff", PACKS).code == 2
    assert nothing.sovinto("law", "diff", PACKS, tmp_path / "nowhere").code == 2


def test_the_open_cases_of_the_platform_that_runs_here_are_compared(here: Here, change: Change, tmp_path: Path) -> None:
    cases = accepted(here, tmp_path), accepted(here, tmp_path)
    dearer = change("to: 2024-12-31, value: 4.5", "to: 2024-12-31, value: 5.5")
    told = here.sovinto("law", "diff", PACKS, dearer, "--on", "2024-12-31", "--json")
    assert told.code == 0, told.err
    assert told.json["cases_of"] == "platform"
    assert told.json["not_compared"] == []
    for case in cases:
        (mine,) = [each for each in told.json["changes"] if each["case"] == case["number"]]
        # A hundred euros, fifteen days after 16 December: 12.5 per cent becomes 13.5.
        assert (mine["what"], mine["old"], mine["new"], mine["difference"]) == ("interest", "0.51", "0.55", "0.04")
        assert mine["rules"] == ["FI.interest.reference.2024-07-01"]
    assert here.sovinto("law", "diff", PACKS, dearer, "--demo", "5", "--json").json["cases_of"] == "demo"
