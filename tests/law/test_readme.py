"""What the README of the law prints is run."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from shared.law import Law
from shared.law.law import PACKS
from tests.law.asking import day, eur

README = (PACKS.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_snippet_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = blocks("python")
    exec(compile(snippet, "README.md", "exec"), {})  # noqa: S102 - our own snippet
    assert capsys.readouterr().out.startswith("Viivästyskorko 0,29")


def test_the_value_shown_is_the_packs() -> None:
    shown = re.sub(r"\s+", " ", blocks("yaml")[0])
    assert shown in re.sub(r"\s+", " ", (PACKS / "fi.yaml").read_text(encoding="utf-8"))


def test_the_overlay_shown_confirms_a_rate(tmp_path: Path) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text(blocks("yaml")[1], encoding="utf-8")
    live = Law.load(live=True, overlay=path)
    assert live.interest("FI", "consumer", eur("1000"), day("2025-06-30"), day("2025-07-31")).amount


def test_the_commands_shown_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOVINTO_HOME", str(tmp_path))
    commands = [line.split()[1:] for block in blocks("text") for line in block.splitlines()]
    assert [command[1] for command in commands] == ["interest", "cost", "may-contact", "next", "diff"]
    for command in commands:
        corrected = [str(PACKS) if part == "corrected/" else part for part in command]
        told = CliRunner().invoke(app, corrected)
        assert (told.exit_code, told.stderr) == (0, ""), command


def test_the_choices_and_questions_of_the_packs_are_told() -> None:
    assert {"## Our choices", "## Not covered", "## What is not known"} <= set(README.splitlines())


def test_every_value_that_is_unknown_or_from_memory_is_in_the_table() -> None:
    told = set(re.findall(r"`([A-Z]{2} [a-z_.*]+)`", README))
    missing = {
        f"{country} {name}"
        for country, name, _ in Law.load(live=True).unknowns()
        if not any(fnmatch(f"{country} {name}", each) for each in told)
    }
    assert missing == set()
    rules = {f"{country} {name}" for country, pack in Law.load().packs.items() for name in pack.rules}
    assert [each for each in told if not any(fnmatch(rule, each) for rule in rules)] == []
