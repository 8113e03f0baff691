"""Reading XML from strangers: what is refused, and that each refusal names the place."""

import gzip
import tracemalloc
from pathlib import Path

import pytest

from shared.xml import BYTES_MAX, Unreadable, parts, read_xml, text_of

FILES = Path(__file__).parent / "files"


def refusal(raw: bytes, **options: bool) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_xml(raw, **options)
    return refused.value


def test_an_entity_bomb_is_refused_before_it_is_opened() -> None:
    tracemalloc.start()
    refused = refusal((FILES / "entity_bomb.xml").read_bytes(), old_doctype=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.code, refused.where) == ("not_readable", "line 2")
    assert "DOCTYPE" in refused.what
    assert peak < 1_000_000


def test_an_external_entity_is_refused_and_not_fetched() -> None:
    refused = refusal((FILES / "external_entity.xml").read_bytes(), old_doctype=True)
    assert (refused.code, refused.where) == ("not_readable", "line 3")


@pytest.mark.parametrize(
    "raw",
    [
        b'<!DOCTYPE a SYSTEM "a.dtd"><a/>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd" []><a/>',
        b'<!DOCTYPE a PUBLIC "x" "http://127.0.0.1:9/a.dtd"><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
    ],
)
def test_a_doctype_is_refused(raw: bytes) -> None:
    assert "DOCTYPE" in refusal(raw).what


def test_a_doctype_that_only_names_a_dtd_is_passed_over_where_old_files_carry_one() -> None:
    raw = b'<!-- old -->\n<!DOCTYPE a SYSTEM\n "a.dtd">\n<?xml-stylesheet href="a.xsl"?>\n<a>\n<b></a>'
    assert refusal(raw, old_doctype=True).where == "line 6"
    assert read_xml(raw.replace(b"<b>", b""), old_doctype=True).tag == "a"


def test_an_entity_that_nobody_declared_is_a_mistake_and_not_left_out() -> None:
    refused = refusal(b'<!DOCTYPE a SYSTEM "a.dtd">\n<a>\n&auml;</a>', old_doctype=True)
    assert refused.where == "line 3"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ((FILES / "invoice.zip").read_bytes(), "zip"),
        (gzip.compress(b"<a/>"), "gzip"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
    ],
    ids=["zip", "gzip", "PDF", "nothing", "spaces"],
)
def test_what_is_no_text_is_called_by_its_name(raw: bytes, name: str) -> None:
    assert name in refusal(raw).what


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    assert refusal(b"<a>" + b" " * BYTES_MAX + b"</a>").code == "too_large"


def test_a_byte_of_another_encoding_is_named_with_its_line() -> None:
    refused = refusal((FILES / "says_utf8_is_latin1.xml").read_bytes())
    assert refused.where == "line 5"
    assert "0xE4" in refused.what


def test_utf8_that_says_it_is_latin1_is_refused_instead_of_garbling_names() -> None:
    refused = refusal((FILES / "says_latin1_is_utf8.xml").read_bytes())
    assert "the bytes are UTF-8" in refused.what


@pytest.mark.parametrize("encoding", ["rot13", "utf-7", "zlib", "none-such", "punycode"])
def test_only_encodings_that_banks_use_are_read(encoding: str) -> None:
    assert encoding in refusal(f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode()).what


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", "ä€"), ("iso-8859-15", "ä€"), ("iso-8859-1", "äö"), ("windows-1252", "ä€"), ("utf-16", "ä€")],
)
def test_every_encoding_is_read_as_declared(encoding: str, text: str) -> None:
    raw = f'<?xml version="1.0" encoding="{encoding}"?><a>{text}</a>'.encode(encoding)
    assert read_xml(raw).text == text


def test_a_byte_order_mark_and_blank_lines_before_the_declaration_are_passed_over() -> None:
    raw = b"\xef\xbb\xbf\n\n" + '<?xml version="1.0" encoding="UTF-8"?>\n<a>ä\n<b></a>'.encode()
    refused = refusal(raw)
    assert refused.where == "line 5"
    assert read_xml(raw.replace(b"<b>", b"")).text == "ä\n"


def test_a_mistake_is_named_with_its_line_in_the_whole_file() -> None:
    raw = b'<?xml version="1.0"?>\n<a/>\n<?xml version="1.0"?>\n<?xml-stylesheet href="x"?>\n<b>\n</c>'
    first, second = parts(raw)
    assert read_xml(first.raw, line=first.line).tag == "a"
    with pytest.raises(Unreadable) as refused:
        read_xml(second.raw, line=second.line)
    assert refused.value.where == "line 6"
    assert "mismatch: b and c" in refused.value.what


def test_a_document_quoted_inside_another_does_not_start_a_new_one() -> None:
    raw = b'<?xml version="1.0"?>\n<a><![CDATA[<?xml version="1.0"?><b/>]]></a>'
    assert [part.raw for part in parts(raw)] == [raw]


def test_deeply_nested_xml_is_refused() -> None:
    assert refusal(b"<a>" * 100_000).code == "not_readable"


def test_a_comment_or_an_element_inside_an_amount_does_not_cut_it_short() -> None:
    root = read_xml(b"<a><b>12<!-- x -->34<?y?>5</b><c>12<d/>34</c></a>")
    assert text_of(root, "b") == "12345"
    assert text_of(root, "c") is None
