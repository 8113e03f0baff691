"""`make schemas`: writes the files of the published language. Nothing is ever removed."""

from shared.events.schemas import files
from tests.schemas.handlers import handlers
from tests.schemas.kept import HANDLERS, SCHEMAS


def write() -> None:
    """Write what is new or changed, and the names of new handlers."""
    for path, content in files().items():
        (SCHEMAS / path).parent.mkdir(exist_ok=True)
        (SCHEMAS / path).write_bytes(content)
    kept = set(HANDLERS.read_text(encoding="utf-8").split()) if HANDLERS.exists() else set()
    HANDLERS.write_text("\n".join(sorted(kept | set(handlers()))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
