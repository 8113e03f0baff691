"""The codes services put into events for people to see: the types of events say them, or else the services' own code.

Where an event's field is a `Literal`, its type is the list. Most reasons are plain text in an event, so that old
history stays readable; those are followed to where they are written: from what a service passes to an event's field,
through its functions and variables, to the texts themselves. What cannot be followed is left out, never guessed.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from shared.events import contact, gateway, intake, plans, reasons, settlement
from tests.sources import code

SERVICES = ("contact", "intake", "plans", "settlement")
STRUCTS = {
    name: list(of.__struct_fields__)
    for module in (contact, gateway, intake, plans, reasons, settlement)
    for name, of in vars(module).items()
    if isinstance(of, type) and issubclass(of, msgspec.Struct)
}
Defined = ast.FunctionDef | ast.AsyncFunctionDef
Way = tuple[str, ast.expr | str]  # An expression and the file it stands in, or a parameter and whose it is.


def of_type(hint: Any) -> set[str]:
    """The texts a type allows: of a Literal, also inside a tuple, or where there may be none."""
    if get_origin(hint) is Literal:
        return {each for each in get_args(hint) if isinstance(each, str)}
    if get_origin(hint) in (tuple, Union, UnionType):
        return {each for part in get_args(hint) for each in of_type(part)}
    return set()


def of_field(struct: type, field: str) -> set[str]:
    """The texts the type of a struct's field allows."""
    return of_type(get_type_hints(struct)[field])


@cache
def passed(event: str, field: str) -> frozenset[str]:
    """The texts any service puts into this field of an event, or of a struct inside one."""
    return frozenset(text for name in SERVICES for text in _service(name).into(event, field) if text)


def refusals(*paths: str) -> set[str]:
    """The codes of what these files refuse."""
    calls = [node for path, tree in code("services") if path.removeprefix("services/") in paths
             for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "Refused"]  # fmt: skip
    given = [call.args[1] for call in calls if len(call.args) == 2]
    return {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}


class Service:
    """One service's code: what its functions and structs take, and what its variables are given."""

    def __init__(self, name: str) -> None:
        self.takes: dict[str, dict[str, list[str]]] = defaultdict(dict)  # By function or struct, and its file.
        for struct, fields in STRUCTS.items():
            self.takes[struct]["events"] = fields
        self.calls: dict[str, list[tuple[str, Defined | None, list[ast.expr], list[ast.keyword]]]] = defaultdict(list)
        self.answers: dict[str, list[tuple[str, ast.expr]]] = defaultdict(list)  # What a function returns, and where.
        self.given: dict[tuple[str, str], list[ast.expr]] = defaultdict(list)  # By file and variable.
        self.own: dict[str, list[str]] = defaultdict(list)  # Own structs with a field of that name.
        for path, tree in code("services"):
            if path.startswith(f"services/{name}/"):
                self._learn(path, tree, None)

    def _learn(self, path: str, node: ast.AST, inside: Defined | None) -> None:
        match node:
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
                inside = node
                names = [each.arg for each in node.args.args]
                self.takes[name][path] = names[1:] if names[:1] == ["self"] else names
            case ast.ClassDef(name, body=body):
                fields = [
                    of.target.id for of in body if isinstance(of, ast.AnnAssign) and isinstance(of.target, ast.Name)
                ]
                self.takes[name][path] = fields
                for field in fields:
                    self.own[field].append(name)
            case ast.Return(ast.expr() as value) if inside is not None:
                self.answers[inside.name].append((path, value))
            case ast.Assign(targets=[ast.Name(name)], value=value) | ast.AnnAssign(
                ast.Name(name), value=ast.expr() as value
            ):
                self.given[path, name].append(value)
            case ast.Call(ast.Attribute(ast.Name(name), "add" | "append"), [value]):
                self.given[path, name].append(value)
            case ast.Call(function, arguments, keywords):
                self.calls[_name(function)].append((path, inside, arguments, keywords))
                if arguments:  # `decide(handler, stream, …)` calls the handler.
                    self.calls[_name(arguments[0])].append((path, inside, arguments, keywords))
        for child in ast.iter_child_nodes(node):
            self._learn(path, child, inside)

    def into(self, callee: str, param: str) -> Iterator[str]:
        """Every text passed to this parameter, by whatever way."""
        todo: list[Way] = [(callee, param)]
        seen: set[Way] = set()
        while todo:
            way = todo.pop()
            if way in seen:
                continue
            seen.add(way)
            name, of = way
            if isinstance(of, ast.Constant):
                if isinstance(of.value, str):
                    yield of.value
            else:
                todo += self._passed(name, of) if isinstance(of, str) else self._comes_from(name, of)

    def _passed(self, callee: str, param: str) -> Iterator[Way]:
        """What is passed to a parameter; a parameter that is only passed on leads to what its own callers pass."""
        for path, inside, arguments, keywords in self.calls[callee]:
            of = self.takes[callee]
            names = of.get(path) or next((each for each in of.values() if param in each), [])
            values = [each.value for each in keywords if each.arg == param]
            for number, value in enumerate(arguments):
                if isinstance(value, ast.Starred):
                    values += [value.value] if param in names[number:] else []
                elif number < len(names) and names[number] == param:
                    values.append(value)
            own = [each.arg for each in (*inside.args.args, *inside.args.kwonlyargs)] if inside else []
            for value in values:
                yield path, value
                used = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)}
                yield from ((inside.name, each) for each in own if inside and each in used)

    def _comes_from(self, path: str, value: ast.expr) -> Iterator[Way]:
        """The expressions and parameters a value is made of. `path` is the file it stands in."""
        match value:
            case ast.Tuple(parts) | ast.List(parts) | ast.Set(parts) | ast.BoolOp(values=parts):
                yield from ((path, each) for each in parts)
            case ast.Call(ast.Name("tuple" | "sorted" | "set" | "list"), parts):
                yield from ((path, each) for each in parts)
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(one, _, other):
                yield from ((path, each) for each in (one, other))
            case ast.Starred(one) | ast.GeneratorExp(generators=[ast.comprehension(iter=one)]):
                yield path, one
            case ast.Subscript(ast.Name(name)):
                tables = [each for each in self.given[path, name] if isinstance(each, ast.Dict)]
                yield from ((path, each) for table in tables for each in table.values)
            case ast.Name(name):
                yield from ((path, each) for each in self.given[path, name])
            case ast.Attribute(attr=name):
                yield from ((struct, name) for struct in self.own[name])
            case ast.Call(ast.Name(name)):
                yield from self.answers[name]


@cache
def _service(name: str) -> Service:
    return Service(name)


def _name(value: ast.expr) -> str:
    match value:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""
