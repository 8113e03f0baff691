"""`make` in a terminal: Ctrl-C on a running platform is a good end."""

import os
import sys

from tests.platform.stage import PROJECT, folder, processes
from tests.platform.terminal import Terminal


def test_ctrl_c_in_a_terminal_ends_make_without_an_error() -> None:
    with folder() as home:
        recipe = f"run:\n\t@'{sys.executable}' -m tests.platform.stage '{home / 'kept'}'\n"
        (home / "Makefile").write_text(recipe)
        terminal = Terminal(["make", "run"], home, {**os.environ, "PYTHONPATH": str(PROJECT)})
        assert terminal.wait_for("up postgresql", 30), terminal.text()
        terminal.press_ctrl_c()
        assert terminal.end(30) == 0, terminal.text()
        assert "Stopping" in terminal.text()
        assert "rror" not in terminal.text()
        assert processes(home / "kept") == []


def test_a_machine_without_a_suitable_python_is_told_what_to_install() -> None:
    with folder() as home:
        (home / "deploy").mkdir()
        (home / "deploy" / "setup.sh").write_bytes((PROJECT / "deploy" / "setup.sh").read_bytes())
        env = {"PATH": "/usr/bin:/bin", "SOVINTO_PYTHON": "python-that-is-not-there"}
        terminal = Terminal(["sh", "deploy/setup.sh"], home, env)
        assert terminal.end(30) == 2
        assert "sudo apt install python3 python3-venv" in terminal.text()
        assert "brew install" in terminal.text()
        assert not (home / ".venv").exists()


def test_make_alone_says_everything_one_can_do() -> None:
    terminal = Terminal(["make"], PROJECT, {"PATH": os.environ["PATH"]})
    assert terminal.end(30) == 0
    for name in ("setup", "run", "demo", "test", "check", "bench"):
        assert f"make {name}" in terminal.text()
