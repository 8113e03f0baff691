"""`make schemas`: writes the files of the published language, and the documents of the API and of Kafka.

Of the language nothing is ever removed.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from services.gateway.reference import DESCRIBED
from shared.events.schemas import files
from tests.schemas.asyncapi import asyncapi
from tests.schemas.handlers import handlers
from tests.schemas.kept import HANDLERS, SCHEMAS
from tests.schemas.openapi import openapi


def documents() -> Mapping[str, bytes]:
    """What `services/gateway/described` should hold, by name."""
    told = {"openapi": openapi(), "asyncapi": asyncapi()}
    return {f"{name}.json": (json.dumps(of, indent=1, ensure_ascii=False) + "\n").encode() for name, of in told.items()}


def write() -> None:
    """Write what is new or changed, and the names of new handlers."""
    for path, content in files().items():
        (SCHEMAS / path).parent.mkdir(exist_ok=True)
        (SCHEMAS / path).write_bytes(content)
    for name, content in documents().items():
        Path(str(DESCRIBED / name)).write_bytes(content)
    kept = set(HANDLERS.read_text(encoding="utf-8").split()) if HANDLERS.exists() else set()
    HANDLERS.write_text("\n".join(sorted(kept | set(handlers()))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
