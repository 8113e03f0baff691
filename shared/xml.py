"""Reading XML that others wrote, so that no file can harm us and every mistake in it is named with its line."""

import codecs
import re
from collections.abc import Iterator

import msgspec
from lxml import etree

BYTES_MAX = 20 * 1024 * 1024

# The encodings that Nordic banks and invoice operators use. Python knows others that are no text encodings at
# all.
ENCODINGS = {
    codecs.lookup(name).name
    for name in ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-10", "iso-8859-15", "cp1252")
}
SIGNATURES = {b"PK\x03\x04": "a zip archive", b"\x1f\x8b": "a gzip archive", b"%PDF": "a PDF document"}

_DECLARATION = re.compile(rb"<\?xml\s[^>]*\?>")
_DECLARED_ENCODING = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_PROLOG = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_BARE_DOCTYPE = re.compile(r"<!DOCTYPE\s+[^<>\[\]]*>")


class Unreadable(Exception):
    """A file that cannot be read at all. `code` is stable, `where` is a place in the file, `what` is for a
    person.
    """

    def __init__(self, code: str, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.code, self.where, self.what = code, where, what


class Part(msgspec.Struct, frozen=True):
    """One XML document of a file that holds several, and the line of the file it starts on."""

    raw: bytes
    line: int


def read_xml(raw: bytes, *, line: int = 1, old_doctype: bool = False) -> etree._Element:
    """The root element of one document. Raises Unreadable.

    No entities, no network, no DOCTYPE. With `old_doctype` a DOCTYPE that only names a DTD is passed over,
    because Finvoice 1.x carries one; the DTD is never fetched, and a DOCTYPE that declares anything is
    refused all the same.
    """
    refuse_what_is_not_text(raw)
    decoded, line = _decoded(raw, line)
    text = _without_doctype(decoded, line, old_doctype)
    # The text is decoded already, so the parser is told the encoding instead of believing the declaration.
    # Without comments an amount that has one in its middle is read whole and not up to it.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as mistake:
        found = (mistake.lineno or 1) + line - 1
        raise Unreadable("not_readable", f"line {found}", _in_words(mistake)) from None
    if root.getroottree().docinfo.internalDTD is not None or any(True for _ in root.iter(etree.Entity)):
        raise Unreadable("not_readable", f"line {line}", "the document declares or uses entities")
    return root


def parts(raw: bytes) -> Iterator[Part]:
    """The documents of a file, each with its own encoding: a SOAP frame and the invoice behind it are two.

    A declaration starts a document, except where the file is one document that quotes another in it.
    """
    refuse_what_is_not_text(raw)
    starts = [found.start() for found in _DECLARATION.finditer(raw)]
    if len(starts) < 2 or _is_one_document(raw):
        yield Part(raw, 1)
        return
    line = 1
    for start, end in zip([0, *starts[1:]], [*starts[1:], len(raw)], strict=True):
        yield Part(raw[start:end], line)
        line += raw.count(b"\n", start, end)


def refuse_what_is_not_text(raw: bytes) -> None:
    """Raises Unreadable for a file that is too large, empty, or an archive where text was meant."""
    if len(raw) > BYTES_MAX:
        raise Unreadable("too_large", "the file", f"{len(raw)} bytes; at most {BYTES_MAX} are read")
    for signature, name in SIGNATURES.items():
        if raw.startswith(signature):
            raise Unreadable("not_readable", "the file", f"this is {name}; send the file inside it")
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Unreadable("not_readable", "the file", "the file is empty")


def local_names(root: etree._Element) -> etree._Element:
    """The same tree without namespaces, so that one reader takes every version of a format."""
    for element in root.iter("{*}*"):
        element.tag = element.tag.rpartition("}")[2]
    return root


def text_of(element: etree._Element | None, path: str = ".") -> str | None:
    """The trimmed text at a path below an element, or None where there is no element or nothing in it.

    What has elements in it is no text: half of an amount must not be read as the amount.
    """
    found = element if path == "." or element is None else element.find(path)
    return ((found.text or "").strip() or None) if found is not None and not len(found) else None


def shown(written: str) -> str:
    """A piece of a file as a message may repeat it: short, and with its letters hidden, as they may name a
    person.
    """
    return repr(re.sub(r"[^\W\d_]", "x", written[:30]))


def _is_one_document(raw: bytes) -> bool:
    try:
        read_xml(raw, old_doctype=True)
    except Unreadable:
        return False
    return True


def _decoded(raw: bytes, line: int) -> tuple[str, int]:
    """The text without blanks before it, and the line it starts on."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        declared = "utf-16"
    else:
        found = _DECLARED_ENCODING.match(raw.removeprefix(codecs.BOM_UTF8).lstrip())
        declared = found[1].decode() if found else "utf-8"
    try:
        encoding = codecs.lookup(declared).name
    except LookupError:
        encoding = ""
    if encoding not in ENCODINGS:
        raise Unreadable("not_readable", f"line {line}", f"the encoding {declared} is not one we read")
    if encoding.startswith(("iso", "cp")) and _is_really_utf8(raw):
        raise Unreadable("not_readable", f"line {line}", f"declared as {declared}, but the bytes are UTF-8")
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as mistake:
        found_line = raw.count(b"\n", 0, mistake.start) + line
        what = f"byte 0x{raw[mistake.start]:02X} is not {declared}; the file is in another encoding than it says"
        raise Unreadable("not_readable", f"line {found_line}", what) from None
    # Blank lines before the declaration are a common slip that the parser would refuse.
    blank = len(text) - len(text.lstrip())
    return text[blank:], text.count("\n", 0, blank) + line


def _is_really_utf8(raw: bytes) -> bool:
    """Letters beyond ASCII that all make UTF-8 are UTF-8: in ISO-8859 they would be pairs like `Ã¤`, which
    nobody writes.
    """
    if raw.isascii():
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without_doctype(text: str, line: int, old_doctype: bool) -> str:
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    if not text.startswith("<!DOCTYPE", start):
        return text
    bare = _BARE_DOCTYPE.match(text, start)
    if not old_doctype or bare is None:
        found = text.count("\n", 0, start) + line
        raise Unreadable("not_readable", f"line {found}", "a DOCTYPE is refused: it could fetch or expand entities")
    return text[:start] + "\n" * bare[0].count("\n") + text[bare.end() :]


def _in_words(mistake: etree.XMLSyntaxError) -> str:
    """The parser's words without the line, which is told beside them and counted in the whole file."""
    said = re.sub(r",? line \d+(, column \d+( \(.*\))?$)?", "", mistake.msg or "not well-formed")
    return f"not well-formed XML: {said}"
