"""Every service's code, looked through: its handlers by the names they are stored under, and its folded states."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import services
import shared.casefile
import shared.setup
from shared.deciding import Cases, stored_name


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of every service, but those that are programs."""
    found = pkgutil.walk_packages(services.__path__, "services.")
    return tuple(importlib.import_module(each.name) for each in found if not each.name.endswith("__main__"))


def handlers() -> Mapping[str, Callable[..., Any]]:
    """A handler takes `cases` and what it is called for, and no state: it loads that itself. Names are unique."""
    found: dict[str, Callable[..., Any]] = {}
    for module in modules():
        for name, function in vars(module).items():
            if not inspect.iscoroutinefunction(function) or function.__module__ != module.__name__:
                continue
            first, second, *_ = (*inspect.signature(function).parameters.values(), None, None)
            if first and first.annotation is Cases and name[0] != "_" and not (second and is_state(second.annotation)):
                stored = stored_name(function)
                assert stored not in found, f"two handlers are stored as {stored}"
                found[stored] = function
    return found


def states() -> Iterator[type[Any]]:
    """Everything that is folded from events: it has `after`, and begins with nothing."""
    for module in (*modules(), shared.casefile, shared.setup):
        for of in vars(module).values():
            if is_state(of) and of.__module__ == module.__name__:
                yield of


def is_state(of: Any) -> bool:
    """Whether this is a class whose instances say what they are after an event."""
    return isinstance(of, type) and callable(getattr(of, "after", None))
