"""A letter as PDF: the same letter gives the same bytes, and an incomplete one gives none."""

import threading
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import typst

from services.contact.letters.checking import refuse_unless_complete
from services.contact.letters.letter import Letter
from services.contact.letters.page import page

HERE = Path(__file__).parent
# The template is imported, for of what is imported Typst keeps what it read.
MAIN = b'#import "letter.typ": letter\n#letter(json("page.json"))'
MINE = threading.local()


def render(letter: Letter) -> bytes:
    """The finished PDF. Raises one of checking.py's refusals, or NoTexts, rather than give a poor letter."""
    refuse_unless_complete(letter)
    pdf = compiler().compile(
        files(msgspec.json.encode(page(letter))),
        pdf_standards=["a-2a", "ua-1"],  # Archival, and readable by a screen reader.
        timestamp=datetime.combine(letter.written_on, time(), UTC),
    )
    if not isinstance(pdf, bytes):  # Always so without an output path; the library's types allow more.
        raise TypeError("Typst gave no PDF")
    return pdf


def compiler() -> typst.Compiler:
    """This thread's own, for a compiler makes one letter at a time. Kept: a new one takes 1 ms of a letter's 8."""
    if not hasattr(MINE, "compiler"):
        MINE.compiler = typst.Compiler(files(b"{}"), root=HERE, font_paths=fonts())
    kept: typst.Compiler = MINE.compiler
    return kept


def files(written: bytes) -> Any:  # The library takes several files in one input; its types know only of one.
    """What Typst reads. The page is a file: were it in `sys.inputs` Typst would remember nothing of other letters."""
    return {"main": MAIN, "page.json": written}


@cache
def fonts() -> typst.Fonts:
    """Only the fonts shipped beside this file: a letter looks the same on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[HERE / "fonts"])
