"""Reads a rule pack and an overlay. Whatever is wrong is refused with file and line, before anything is decided."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import InvalidOperation
from itertools import pairwise
from pathlib import Path

import yaml

from shared.law.answers import Country, Rule
from shared.law.expected import LETTERS, OWN, Expected, rules_of, type_of, wrong_words
from shared.law.pack import FIRST_DAY, ONE_DAY, BadPack, Dated, Pack, Value, confidence_of
from shared.law.reader import Reader
from shared.law.typed import TYPES
from shared.money import CURRENCIES

PACK_KEYS = {"country", "currency", "sources", "rules", "letters"}
RULE_KEYS = {"what", "type", "by", "called", "half_yearly", "values"}
VALUE_KEYS = {"from", "to", "value", "section", "source", "confidence", "our_choice"}
ITEM_KEYS = {"item", "says", "section", "source", "confidence", "our_choice"}
OVERLAY_KEYS = {"country", "sources", "values"}
NO_VALUE = "none"  # The law knows the measure and gives no amount.
UNKNOWN_VALUE = "unknown"  # The law has a value; we have not seen it.


def read_pack(path: Path, *, live: bool, overlay: Path | None = None) -> Pack:
    """A country's pack, with what the overlay confirms or adds. Raises BadPack with file and line."""
    reader = Reader(path)
    root = reader.root()
    top = reader.pairs(root, PACK_KEYS)
    country = read_country(reader, reader.must(top, "country", root))
    currency = read_currency(reader, reader.must(top, "currency", root))
    sources = read_sources(reader, reader.must(top, "sources", root))
    added = read_overlay(overlay, country) if overlay else {}
    rules: dict[str, Dated] = {}
    expected = rules_of(country)
    rules_node = reader.must(top, "rules", root)
    for name, node in reader.pairs(rules_node).items():
        if name not in expected:
            raise reader.bad(node, f"nothing asks for a rule called {name}")
        over = added.pop(name, None)
        rules[name] = read_rule(reader, f"{country}.{name}", node, currency, sources, over, expected[name])
    for name in expected:
        reader.must(rules, name, rules_node)
    if added:
        overlaid = next(iter(added.values()))
        raise overlaid[0].bad(overlaid[1], f"{country} has no rule called {next(iter(added))}")
    letters_node = reader.must(top, "letters", root)
    letters = {
        kind: read_letter(reader, f"{country}.letter.{kind}", node, sources)
        for kind, node in reader.pairs(letters_node, set(LETTERS[country])).items()
    }
    for kind in LETTERS[country]:
        reader.must(letters, kind, letters_node)
    return Pack(country, currency, rules, letters, live=live)


def read_country(reader: Reader, node: yaml.Node) -> Country:
    """The country a pack or a part of an overlay is about."""
    for country in OWN:
        if reader.text(node) == country:
            return country
    raise reader.bad(node, f"{reader.text(node)} has no pack ({', '.join(OWN)})")


def read_currency(reader: Reader, node: yaml.Node) -> str:
    """The currency every amount of the pack is in."""
    currency = reader.text(node)
    if currency not in CURRENCIES:
        raise reader.bad(node, f"{currency} is no currency here ({', '.join(CURRENCIES)})")
    return currency


def read_sources(reader: Reader, node: yaml.Node) -> set[str]:
    """The short names of everything the pack refers to; each must say its title and where it is found."""
    found = set()
    for name, described in reader.pairs(node).items():
        told = reader.pairs(described, {"title", "url"})
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
        if read_country(reader, reader.must(top, "country", node)) != country:
            continue
        sources = read_sources(reader, reader.must(top, "sources", node))
        for name, values in reader.pairs(reader.must(top, "values", node)).items():
            if name in found:
                raise reader.bad(values, f"{name} stands twice")
            found[name] = (reader, values, sources)
    return found


def read_rule(
    reader: Reader,
    name: str,
    node: yaml.Node,
    currency: str,
    sources: set[str],
    overlay: tuple[Reader, yaml.Node, set[str]] | None,
    expected: Expected,
) -> Dated:
    """One rule: what it is about, of what type, by which day it is chosen, and its values."""
    told = reader.pairs(node, RULE_KEYS)
    what = reader.text(reader.must(told, "what", node))
    kind_node = reader.must(told, "type", node)
    kind = reader.text(kind_node)
    if kind not in TYPES:
        raise reader.bad(kind_node, f"{kind} is no type of value ({', '.join(sorted(TYPES))})")
    if kind != type_of(expected):
        raise reader.bad(kind_node, f"this rule is of type {type_of(expected)}, not {kind}")
    reader.text(reader.must(told, "by", node))
    values = [
        read_value(reader, name, what, each, expected, currency, sources)
        for each in reader.items(reader.must(told, "values", node))
    ]
    check_order(reader, node, values)
    if overlay is not None:
        over, over_node, over_sources = overlay
        for each in over.items(over_node):
            value = read_value(over, name, what, each, expected, currency, over_sources)
            values = overlaid(over, each, values, value)
    half_yearly = "half_yearly" in told and read_half_yearly(reader, told["half_yearly"], values)
    called = reader.text(told["called"]) if "called" in told else what[0].lower() + what[1:]
    return Dated(name.partition(".")[2], called, half_yearly, values)


def read_half_yearly(reader: Reader, node: yaml.Node, values: Sequence[Value]) -> bool:
    """Values by half-year begin and end with one."""
    if reader.text(node) != "yes":
        raise reader.bad(node, 'half_yearly is "yes", or not said')
    for value in values:
        year = value.from_.year
        halves = {(date(year, 1, 1), date(year, 6, 30)), (date(year, 7, 1), date(year, 12, 31))}
        if (value.from_, value.to) not in halves:
            raise BadPack(f"{reader.path.name}:{value.line}: {value.from_} to {value.to} is not a half-year")
    return True


def read_value(
    reader: Reader, name: str, what: str, node: yaml.Node, expected: Expected, currency: str, sources: set[str]
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
        value = TYPES[type_of(expected)](reader, value_node, currency)
    except (ValueError, InvalidOperation) as error:
        raise reader.bad(value_node, f"this is not of type {type_of(expected)}") from error
    wrong = wrong_words(expected, value)
    if wrong is not None:
        raise reader.bad(value_node, wrong)
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
