"""The project's own files, read as code: what the tests about tidiness look through."""

import ast
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[1]


@cache
def tracked() -> Sequence[Path]:
    """Every file of the project, those not yet committed too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607  (the user's own git)
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [PROJECT / line for line in listed.stdout.splitlines() if (PROJECT / line).is_file()]


def named(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@cache
def code(*tops: str) -> Sequence[tuple[str, ast.Module]]:
    """The Python files below these folders, parsed."""
    chosen = [path for path in tracked() if path.suffix == ".py" and named(path).split("/")[0] in tops]
    return [(named(path), ast.parse(path.read_text(encoding="utf-8"))) for path in chosen]


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def texts(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every text in the code that is not a docstring."""
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value, node.lineno
