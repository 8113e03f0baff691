"""A letter as a file: always the same bytes, readable by a screen reader and an archive, made with no network."""

import io
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest
import typst
from msgspec.structs import replace

from services.contact.letters import plain
from services.contact.letters.checking import MissingItem
from services.contact.letters.figures import amount
from services.contact.letters.letter import Letter
from services.contact.letters.page import footer
from services.contact.letters.render import compiler, files, render
from shared.settings import Settings
from tests.contact.letters import FINNISH_DEMAND, LETTERS
from tests.contact.papers import flat
from tests.contact.shipped import FOLDER, SHOWN

ROOT = Path(__file__).parents[2]
EVERY_LETTER = pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)


@EVERY_LETTER
def test_the_same_letter_gives_the_same_bytes_and_another_gives_others(letter: Letter) -> None:
    assert render(letter) == render(letter)
    assert render(letter) != render(replace(letter, case_number="2025-999999"))


@pytest.mark.parametrize("name", SHOWN)
def test_the_letters_in_docs_are_the_ones_we_ship(name: str) -> None:
    assert (FOLDER / f"{name}.pdf").read_bytes() == render(LETTERS[SHOWN[name]]), "run python -m tests.contact.shipped"
    assert (FOLDER / f"{name}-1.png").is_file()


@EVERY_LETTER
def test_a_screen_reader_and_an_archive_can_read_it(letter: Letter) -> None:
    catalog = opened(render(letter))["/Root"]
    assert (catalog["/MarkInfo"]["/Marked"], catalog["/Lang"]) == (True, letter.language)
    said = catalog["/Metadata"].get_data().decode()
    assert re.search(r"<pdfaid:part>2.*<pdfaid:conformance>A", said)
    assert "<pdfuaid:part>1" in said


def test_the_codes_alternative_texts_say_what_is_to_be_paid() -> None:
    said = " ".join(alternatives(opened(render(FINNISH_DEMAND))["/Root"]["/StructTreeRoot"]))
    assert FINNISH_DEMAND.barcode in said
    assert flat(amount(FINNISH_DEMAND.total)) in flat(said)


def test_only_the_fonts_beside_the_template_are_used() -> None:
    pages = pypdf.PdfReader(io.BytesIO(render(FINNISH_DEMAND))).pages
    fonts: set[str] = {str(font["/BaseFont"]) for page in pages for font in whole(page["/Resources"])["/Font"].values()}
    assert {re.sub("^/[A-Z]{6}[+]", "", font).split("-")[0] for font in fonts} == {"SourceSansPro"}


def test_a_letter_is_rendered_with_the_network_cut() -> None:
    code = "from tests.contact.letters import LETTERS; from services.contact.letters.render import render; "
    code += "import hashlib; print(hashlib.sha256(render(LETTERS['FI-demand'])).hexdigest())"
    cut = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*cut, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - a fixed command.
        pytest.skip("not run: this machine may not cut the network for one process")
    seen = [
        subprocess.run([*before, sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603 - the same.
        for before in (cut, [])
    ]
    assert seen[0] == seen[1]


def test_no_rule_of_the_page_is_another_for_every_letter() -> None:
    template = (ROOT / "services/contact/letters/letter.typ").read_text(encoding="utf-8")
    rules, _, below = template.partition("// The head")
    assert set(re.findall(r"\bp[.](\w+)", rules)) == {"language", "footer", "page_word"}
    assert "sys.inputs" not in template
    [last] = re.findall(r"^ *(#?(?:set|show) .*\bp[.].*)", below, re.MULTILINE)
    assert last.startswith("#set document")
    assert below.rstrip().removesuffix("]").rstrip().endswith(last)
    another = replace(FINNISH_DEMAND, case_number="2025-999999", debtor=LETTERS["NO-demand"].debtor)
    assert footer(another) == footer(FINNISH_DEMAND)


def test_letters_made_at_once_are_the_ones_made_one_after_another() -> None:
    one_by_one = [render(letter) for letter in LETTERS.values()]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(render, [*LETTERS.values()] * 2)) == one_by_one * 2


def test_after_a_letter_that_could_not_be_made_the_next_is_as_ever() -> None:
    made = render(FINNISH_DEMAND)
    for wrong, why in (({}, "dictionary does not contain key"), ({"footer": [""], "page_word": ""}, "language")):
        with pytest.raises(typst.TypstError, match=why):
            compiler().compile(files(msgspec.json.encode(wrong)))
    assert render(FINNISH_DEMAND) == made


def opened(pdf: bytes) -> Any:
    """The PDF's own objects, every reference followed when asked for."""
    return pypdf.PdfReader(io.BytesIO(pdf)).trailer


def whole(part: Any) -> Any:
    """The object a reference stands for."""
    return part.get_object()


def alternatives(part: Any) -> list[str]:
    """The alternative texts under a node of the tag tree."""
    node = whole(part) if hasattr(part, "get_object") else part
    if isinstance(node, list):
        return [text for child in node for text in alternatives(child)]
    if not isinstance(node, dict):
        return []
    return [*([str(node["/Alt"])] if "/Alt" in node else []), *alternatives(node.get("/K"))]


def test_where_letters_are_not_typeset_an_incomplete_one_is_refused_as_ever_and_each_is_another() -> None:
    assert plain.plain(FINNISH_DEMAND).startswith(b"%PDF-")
    assert plain.plain(FINNISH_DEMAND) != plain.plain(replace(FINNISH_DEMAND, case_number="2025-999999"))
    with pytest.raises(MissingItem):
        plain.plain(replace(FINNISH_DEMAND, handler=""))


async def test_a_live_store_has_no_letters_that_are_not_typeset() -> None:
    settings = Settings("contact", "", "", b"", "", 0, Path(), live=True)
    with pytest.raises(ValueError, match="this store is live"):
        await plain.measured(settings)
