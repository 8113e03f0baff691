"""Changes the law's code in every place, one change at a time, and sees whether a test notices. `make mutants` runs it.

What no test notices must stand in mutants.md with its reason; what stands there and was noticed is named too.
"""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from shutil import rmtree

MUTMUT = "mutmut==3.8.1"
ROOT = Path(__file__).parents[2]
ROOM = ROOT / ".mutants"  # The tool, and a copy of the project for it to change.
PYTHON = ROOM / "tool" / "bin" / "python"
COPY = ROOM / "project"
EXPLAINED = re.compile(r"^- `(?P<of>[\w.]+)`: ``(?P<was>.*?)`` → ``(?P<now>.*?)``: .+$", re.MULTILINE)

Mutant = tuple[str, str, str]


def main(names: Sequence[str]) -> int:
    """Answers 0 where every survivor is explained. `names` are patterns of changes (`shared.law.costs*`); none: all."""
    prepare()
    mutmut("run", "--max-children", "1", *names)
    asked = [name for name in survived(mutmut("results")) if not names or any(fnmatch(name, each) for each in names)]
    survivors = {described(name) for name in asked}
    explained = {(told["of"], told["was"], told["now"]) for told in EXPLAINED.finditer(text_of("mutants.md"))}
    gone = set() if names else explained - survivors
    for title, found in (("Not explained", survivors - explained), ("Noticed after all", gone)):
        sys.stdout.write("".join(f"{title}: `{of}`: ``{was}`` → ``{now}``\n" for of, was, now in sorted(found)))
    sys.stdout.write(f"{len(survivors)} changes were noticed by no test, {len(survivors - explained)} unexplained.\n")
    return 1 if survivors - explained else 0


def text_of(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def prepare() -> None:
    """The tool in a place of its own, for it is not needed to build or run anything; and a copy of what git knows."""
    if not PYTHON.exists():
        venv.create(ROOM / "tool", with_pip=True)
        answered(PYTHON, "-m", "pip", "install", "--quiet", MUTMUT)
    rmtree(COPY / "mutants", ignore_errors=True)  # It does not find its way back into what it changed before.
    for name in answered("git", "ls-files", "-z", within=ROOT).split("\0"):
        source, target = ROOT / name, COPY / name
        if name and source.is_file() and (not target.exists() or target.read_bytes() != source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())


def mutmut(*words: str) -> str:
    """What the tool says to these words. Its settings stand in pyproject.toml."""
    return answered(PYTHON, "-m", "mutmut", *words, within=COPY)


def answered(*command: str | Path, within: Path | None = None) -> str:
    """What a command says. It finds the project's own packages beside those of the tool."""
    around = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
    told = subprocess.run(command, cwd=within, env=around, check=False, capture_output=True, text=True)  # noqa: S603 - ours
    if told.returncode:
        raise SystemExit(f"{command} failed:\n{told.stdout[-2000:]}\n{told.stderr[-2000:]}")
    return told.stdout


def survived(results: str) -> list[str]:
    """The names of what no test noticed, or no test so much as ran."""
    return re.findall(r"^\s*(\S+): (?:survived|no tests)$", results, re.MULTILINE)


def described(name: str) -> Mutant:
    """A change by its function and its lines, which stay the same while others around it change."""
    lines = mutmut("show", name).splitlines()
    was = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    now = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    of = re.sub(r"__mutmut_\d+$", "", name).replace("xǁ", "").replace("ǁ", ".").replace(".x_", ".")
    return of, " ".join(was), " ".join(now)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
