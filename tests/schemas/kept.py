"""Where the published language is kept: `schemas/`, beside the code.

`OWNER/Type.1.json` is an example as it is stored in the clear, `OWNER/Type.1.schema.json` its JSON Schema; older
versions' files stay, for history is still read. `handlers.txt` has the stored names of all handlers. A release is kept
as it was: its schemas in `released/`, a few cases' streams in `streams/`, their digests in `released/SHA256SUMS`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[2] / "schemas"
HANDLERS = SCHEMAS / "handlers.txt"
SUMS = SCHEMAS / "released" / "SHA256SUMS"


@cache
def examples() -> Sequence[Path]:
    """The kept examples of all types and versions."""
    return sorted(path for path in SCHEMAS.glob("*/[A-Z]*.json") if not path.name.endswith(".schema.json"))


def kept_names() -> Sequence[str]:
    """`OWNER/Type.1` of all types and versions."""
    return [f"{path.parent.name}/{path.stem}" for path in examples()]


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A kept schema, by its `OWNER/Type.1`."""
    told: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return told


@cache
def released() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """The schemas of every release, by `OWNER/Type.1`."""
    found = sorted((SCHEMAS / "released").glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in found}


def sums() -> str:
    """The digests of all that was released, as `sha256sum` writes them."""
    paths = sorted([*(SCHEMAS / "released").glob("*.json"), *(SCHEMAS / "streams").glob("*/*.json")])
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(SCHEMAS)}" for path in paths]
    return "\n".join(lines) + "\n"
