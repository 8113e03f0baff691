"""The schemas that others publish for their files, to check ours against and to warn about theirs."""

from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Any

from lxml import etree

_CHECKING = Lock()  # A schema has one list of mistakes, and files are read in threads.


@cache
def schema(name: str) -> etree.XMLSchema:
    """The vendored schema of that name, such as `pain.001.001.09`. Raises FileNotFoundError for others."""
    raw = files(__name__).joinpath(f"{name}.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(raw))


def breaks(name: str, document: etree._Element) -> list[tuple[int, str]]:
    """Where a document does not keep to the schema: line and what, in the schema's own words."""
    checked = schema(name)
    with _CHECKING:
        if checked.validate(document):
            return []
        log: Any = checked.error_log  # The published types of lxml do not say that it can be looped over.
        return [(mistake.line, mistake.message) for mistake in log]
