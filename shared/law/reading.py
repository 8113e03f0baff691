"""Reads a rule pack and an overlay. Whatever is wrong is refused with file and line, before anything is decided."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from shared.law.answers import Rule
from shared.law.pack import FIRST_DAY, ONE_DAY, BadPack, Dated, Pack, Value, confidence_of
from shared.money import Money

# The same YAML either way; the one in C, where there is one, reads ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Bands = tuple[tuple[int | None, Any], ...]

PACK_KEYS = {"country", "currency", "sources", "rules", "letters"}
RULE_KEYS = {"what", "type", "by", "called", "half_yearly", "values"}
VALUE_KEYS = {"from", "to", "value", "section", "source", "confidence", "our_choice"}
ITEM_KEYS = {"item", "says", "section", "source", "confidence", "our_choice"}
OVERLAY_KEYS = {"country", "sources", "values"}
NO_VALUE = "none"  # The law knows the measure and gives no amount.
UNKNOWN_VALUE = "unknown"  # The law has a value; we have not seen it.


class Reader:
    """One file being read: it knows its name, and every node its line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def root(self) -> yaml.Node:
        try:
            node = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=LOADER)
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

    def must(self, found: Mapping[str, yaml.Node], name: str, node: yaml.Node) -> yaml.Node:
        if name not in found:
            raise self.bad(node, f"{name} is missing")
        return found[name]

    def day(self, node: yaml.Node) -> date:
        try:
            return date.fromisoformat(self.text(node))
        except ValueError as error:
            raise self.bad(node, f"{self.text(node)} is no date") from error


def read_pack(path: Path, *, live: bool, overlay: Path | None = None) -> Pack:
    """A country's pack, with what the overlay confirms or adds. Raises BadPack with file and line."""
    reader = Reader(path)
    root = reader.root()
    top = reader.pairs(root, PACK_KEYS)
    country = reader.text(reader.must(top, "country", root))
    currency = reader.text(reader.must(top, "currency", root))
    sources = read_sources(reader, reader.must(top, "sources", root))
    added = read_overlay(overlay, country) if overlay else {}
    rules: dict[str, Dated] = {}
    for name, node in reader.pairs(reader.must(top, "rules", root)).items():
        rules[name] = read_rule(reader, f"{country}.{name}", node, currency, sources, added.pop(name, None))
    if added:
        overlaid = next(iter(added.values()))
        raise overlaid[0].bad(overlaid[1], f"{country} has no rule called {next(iter(added))}")
    letters = {
        kind: read_letter(reader, f"{country}.letter.{kind}", node, sources)
        for kind, node in reader.pairs(reader.must(top, "letters", root)).items()
    }
    return Pack(country, currency, rules, letters, live=live)


def read_sources(reader: Reader, node: yaml.Node) -> set[str]:
    """The short names of everything the pack refers to; each must say its title and where it is found."""
    found = set()
    for name, described in reader.pairs(node).items():
        told = reader.pairs(described, {"title", "url", "seen"})
        reader.text(reader.must(told, "title", described))
        reader.text(reader.must(told, "url", described))
        found.add(name)
    return found


def read_overlay(path: Path, country: str) -> dict[str, tuple[Reader, yaml.Node, set[str]]]:
    """What an operator confirms or adds for this country, with sources of its own; by rule."""
    reader = Reader(path)
    found: dict[str, tuple[Reader, yaml.Node, set[str]]] = {}
    for node in reader.items(reader.root()):
        top = reader.pairs(node, OVERLAY_KEYS)
        if reader.text(reader.must(top, "country", node)) != country:
            continue
        sources = read_sources(reader, reader.must(top, "sources", node))
        for name, values in reader.pairs(reader.must(top, "values", node)).items():
            found[name] = (reader, values, sources)
    return found


def read_rule(
    reader: Reader,
    name: str,
    node: yaml.Node,
    currency: str,
    sources: set[str],
    overlay: tuple[Reader, yaml.Node, set[str]] | None,
) -> Dated:
    """One rule: what it is about, of what type, by which day it is chosen, and its values."""
    told = reader.pairs(node, RULE_KEYS)
    what = reader.text(reader.must(told, "what", node))
    kind_node = reader.must(told, "type", node)
    kind = reader.text(kind_node)
    if kind not in TYPES:
        raise reader.bad(kind_node, f"{kind} is no type of value ({', '.join(sorted(TYPES))})")
    reader.text(reader.must(told, "by", node))
    values = [
        read_value(reader, name, what, each, kind, currency, sources)
        for each in reader.items(reader.must(told, "values", node))
    ]
    check_order(reader, node, values)
    if overlay is not None:
        over, over_node, over_sources = overlay
        for each in over.items(over_node):
            value = read_value(over, name, what, each, kind, currency, over_sources)
            values = overlaid(over, each, values, value)
    called = reader.text(told["called"]) if "called" in told else what[0].lower() + what[1:]
    return Dated(name.partition(".")[2], called, "half_yearly" in told, values)


def read_value(
    reader: Reader, name: str, what: str, node: yaml.Node, kind: str, currency: str, sources: set[str]
) -> Value:
    """One value with its days, section, source and confidence."""
    told = reader.pairs(node, VALUE_KEYS)
    first = reader.day(reader.must(told, "from", node))
    last = reader.day(told["to"]) if "to" in told else None
    if last is not None and last < first:
        raise reader.bad(node, f"ends on {last}, before it begins on {first}")
    value_node = reader.must(told, "value", node)
    written = value_node.value if isinstance(value_node, yaml.ScalarNode) else None
    rule = read_reference(reader, f"{name}.{first}", what, node, told, sources)
    if (written == UNKNOWN_VALUE) != (rule.confidence == "unknown"):
        raise reader.bad(node, "the value is `unknown` exactly where the confidence is unknown")
    line = node.start_mark.line + 1
    if written in {UNKNOWN_VALUE, NO_VALUE}:
        return Value(first, last, None, rule, written == NO_VALUE, line)
    try:
        value = TYPES[kind](reader, value_node, currency)
    except (ValueError, InvalidOperation) as error:
        raise reader.bad(value_node, f"this is not of type {kind}") from error
    return Value(first, last, value, rule, known=True, line=line)


def read_reference(
    reader: Reader,
    rule_id: str,
    what: str,
    node: yaml.Node,
    told: Mapping[str, yaml.Node],
    sources: set[str],
) -> Rule:
    """Where a value comes from. A source is one of the pack's, by its short name, and may say more after it."""
    source_node = reader.must(told, "source", node)
    source = reader.text(source_node)
    for part in source.split("; "):
        if not any(part == known or part.startswith((f"{known} ", f"{known},")) for known in sources):
            raise reader.bad(source_node, f"{part} is not among the file's sources")
    confidence_node = reader.must(told, "confidence", node)
    confidence = confidence_of(reader.text(confidence_node))
    if confidence is None:
        raise reader.bad(confidence_node, f"{reader.text(confidence_node)} is no degree of confidence")
    section = reader.text(reader.must(told, "section", node))
    ours = "our_choice" in told
    says = f"{what}. Our choice: {reader.text(told['our_choice'])}" if ours else what
    return Rule(rule_id, says, section, source, confidence, ours)


def read_letter(reader: Reader, name: str, node: yaml.Node, sources: set[str]) -> tuple[tuple[str, Value], ...]:
    """What one kind of letter must carry, in the order it is read."""
    found: list[tuple[str, Value]] = []
    for each in reader.items(node):
        told = reader.pairs(each, ITEM_KEYS)
        item = reader.text(reader.must(told, "item", each))
        says = reader.text(reader.must(told, "says", each))
        if any(item == known for known, _ in found):
            raise reader.bad(each, f"{item} stands twice")
        rule = read_reference(reader, f"{name}.{item}", says, each, told, sources)
        found.append((item, Value(FIRST_DAY, None, says, rule, known=True, line=each.start_mark.line + 1)))
    return tuple(found)


def check_order(reader: Reader, node: yaml.Node, values: list[Value]) -> None:
    """The values follow each other day by day, from the first day the law is known for."""
    if values[0].from_ > FIRST_DAY:
        raise reader.bad(node, f"gap: nothing from {FIRST_DAY} to {values[0].from_ - ONE_DAY}")
    for before, after in pairwise(values):
        if before.to is None or after.from_ <= before.to:
            raise BadPack(f"{reader.path.name}:{after.line}: overlap: the value before it is still in force")
        if after.from_ != before.to + ONE_DAY:
            gap = f"{before.to + ONE_DAY} to {after.from_ - ONE_DAY}"
            raise BadPack(f"{reader.path.name}:{after.line}: gap: nothing from {gap}")


def overlaid(reader: Reader, node: yaml.Node, values: list[Value], value: Value) -> list[Value]:
    """The values with one confirmed (same days) or added (from the day after the last)."""
    if value.rule.confidence not in {"verified", "secondary"}:
        raise reader.bad(node, "an overlay confirms with a source: verified or secondary")
    same = [place for place, known in enumerate(values) if (known.from_, known.to) == (value.from_, value.to)]
    if same:
        return [*values[: same[0]], value, *values[same[0] + 1 :]]
    last_day = values[-1].to
    if last_day is not None and value.from_ == last_day + ONE_DAY:
        return [*values, value]
    raise reader.bad(node, "an overlay confirms the days of a value or follows on the last one")


# The types a value may have.


def decimal_of(reader: Reader, node: yaml.Node, _: str) -> Decimal:
    """A number with a point."""
    number = Decimal(reader.text(node))
    if not number.is_finite():
        raise ValueError
    return number


def amount_of(reader: Reader, node: yaml.Node, currency: str) -> Money:
    """An amount in the pack's currency, never negative."""
    amount = Money.of(reader.text(node), currency)
    if amount.minor < 0:
        raise ValueError
    return amount


def whole_of(reader: Reader, node: yaml.Node, _: str) -> int:
    """A count of days, years or measures."""
    whole = int(reader.text(node))
    if whole < 0:
        raise ValueError
    return whole


def bands_of(each: Callable[[Reader, yaml.Node, str], Any]) -> Callable[[Reader, yaml.Node, str], Bands]:
    """`{100: 14, 1000: 24, above: 50}`: up to and including 100, 1000, and all above."""

    def read(reader: Reader, node: yaml.Node, currency: str) -> Bands:
        told = list(reader.pairs(node).items())
        limits = [Money.of(limit, currency).minor for limit, _ in told[:-1]]
        if told[-1][0] != "above" or limits != sorted(set(limits)):
            raise ValueError
        ends: Iterator[int | None] = iter([*limits, None])
        return tuple((limit, each(reader, value, currency)) for limit, (_, value) in zip(ends, told, strict=True))

    return read


def hours_of(reader: Reader, node: yaml.Node, _: str) -> tuple[time, time]:
    """`08:00-21:00`; closed on such days: `00:00-00:00`."""
    opens, closes = reader.text(node).split("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


def words_of(reader: Reader, node: yaml.Node, _: str) -> tuple[str, ...]:
    """A list of words."""
    return tuple(reader.text(word) for word in reader.items(node))


TYPES: dict[str, Callable[[Reader, yaml.Node, str], Any]] = {
    "percent": decimal_of,
    "factor": decimal_of,
    "amount": amount_of,
    "days": whole_of,
    "months": whole_of,
    "years": whole_of,
    "count": whole_of,
    "bands": bands_of(amount_of),
    "factor_bands": bands_of(decimal_of),
    "hours": hours_of,
    "words": words_of,
    "word": lambda reader, node, _: reader.text(node),
}
