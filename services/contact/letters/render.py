"""A letter as PDF: the same letter gives the same bytes, and an incomplete one gives none."""

from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path

import msgspec
import typst

from services.contact.letters.checking import refuse_unless_complete
from services.contact.letters.letter import Letter
from services.contact.letters.page import page

HERE = Path(__file__).parent


def render(letter: Letter) -> bytes:
    """The finished PDF. Raises one of checking.py's refusals, or NoTexts, rather than give a poor letter."""
    refuse_unless_complete(letter)
    written = msgspec.json.encode(page(letter)).decode()
    pdf = typst.compile(
        HERE / "letter.typ",
        root=HERE,
        font_paths=fonts(),
        sys_inputs={"page": written},
        pdf_standards=["a-2a", "ua-1"],  # Archival, and readable by a screen reader.
        timestamp=datetime.combine(letter.written_on, time(), UTC),
    )
    if pdf is None:  # Never so without an output path; the library's types allow it.
        raise RuntimeError("Typst gave no PDF")
    return pdf


@cache
def fonts() -> typst.Fonts:
    """Only the fonts shipped beside this file: a letter looks the same on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"])
