"""Contact without its typesetting, to measure all the rest: `python -m services.contact.letters.plain`, of a demo only.

Every letter is decided, checked for completeness, kept and handed over as ever; it is only not drawn.
"""

import msgspec

from services.contact import writing
from services.contact.letters.checking import refuse_unless_complete
from services.contact.letters.letter import Letter
from services.contact.main import main
from shared.service import start
from shared.settings import Settings


def plain(letter: Letter) -> bytes:
    """No letter for people: its facts behind the mark of a PDF. Raises what render.py raises of an incomplete one."""
    refuse_unless_complete(letter)
    return b"%PDF-1.7\n%" + msgspec.json.encode(letter) + b"\n%%EOF\n"


async def measured(settings: Settings) -> None:
    """Contact's own main. Raises ValueError for a live store: nobody is sent such a letter."""
    if settings.live:
        raise ValueError("letters are left out only where a demo is measured; this store is live")
    writing.render = plain  # type: ignore[attr-defined]  # The one name that is another here.
    await main(settings)


if __name__ == "__main__":
    start("contact", measured)
