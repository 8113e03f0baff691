"""One file of law being read: it knows its name and the line of everything in it, so that a refusal can say both."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

import yaml
from yaml.reader import ReaderError

from shared.law.pack import BadPack

# The same YAML either way; the one in C, where there is one, reads ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Found = TypeVar("Found")


class Reader:
    """One file being read: it knows its name, and every node its line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def root(self) -> yaml.Node:
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadPack(f"{self.path.name}:1: the file cannot be read: {error}") from error
        try:
            node = yaml.compose(text, Loader=LOADER)
        except ReaderError as error:
            line = text[: text.index(chr(error.character))].count("\n") + 1
            raise BadPack(f"{self.path.name}:{line}: {error.reason}") from error
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise BadPack(f"{self.path.name}:{line}: {error.problem}") from error
        if node is None:
            raise BadPack(f"{self.path.name}:1: the file is empty")
        return node

    def bad(self, node: yaml.Node, what: str) -> BadPack:
        return BadPack(f"{self.path.name}:{node.start_mark.line + 1}: {what}")

    def pairs(self, node: yaml.Node, allowed: set[str] | None = None) -> dict[str, yaml.Node]:
        """A mapping's keys and nodes. Refused: another kind of node, a key twice, a key nobody reads."""
        if not isinstance(node, yaml.MappingNode):
            raise self.bad(node, "expected names and values")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if name in found:
                raise self.bad(key, f"{name} stands twice")
            if allowed is not None and name not in allowed:
                raise self.bad(key, f"{name} is not a word of a pack ({', '.join(sorted(allowed))})")
            found[name] = value
        return found

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.bad(node, "expected a list with at least one line")
        return list(node.value)

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
            raise self.bad(node, "expected a text")
        return str(node.value).strip()

    def must(self, found: Mapping[str, Found], name: str, node: yaml.Node) -> Found:
        if name not in found:
            raise self.bad(node, f"{name} is missing")
        return found[name]

    def day(self, node: yaml.Node) -> date:
        try:
            return date.fromisoformat(self.text(node))
        except ValueError as error:
            raise self.bad(node, f"{self.text(node)} is no date") from error
