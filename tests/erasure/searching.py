"""Searching bytes for what was planted, however it was written: encoded, wrapped, compressed, in a PDF.

`Search.in_(raw)` answers the names of the planted values found. Bytes are opened layer by layer: whatever can be
decoded out of them is searched too, and so on a few layers down. In each layer letters are compared without their
case, and without the blanks and signs that people and page layouts put between them. A telephone number is looked for
by its national digits, which every way to write it holds.

What it does not open: PostgreSQL's own compression of long values, and anything encrypted.
"""

import binascii
import gzip
import html
import io
import json
import quopri
import re
import unicodedata
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.header import decode_header, make_header
from hashlib import sha256
from urllib.parse import unquote_to_bytes

import phonenumbers
import pypdf

LAYERS_MAX = 4  # A gzip in base64 in JSON in a percent-encoded form.
BYTES_MAX = 64 * 1024 * 1024  # Of one thing decompressed.
BETWEEN = b" \t\r\n\0\x0b\x0c()-./"  # What is left out between letters and digits before they are compared.
CHARACTER_SETS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")

BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
HEXADECIMAL = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
ESCAPED = re.compile(rb"(?:\\u[0-9a-fA-F]{4})+")
ENCODED_WORD = re.compile(rb"=\?[\w-]+\?[bqBQ]\?[^?]+\?=(?:\s+=\?[\w-]+\?[bqBQ]\?[^?]+\?=)*")
QUOTED = re.compile(rb"=[0-9A-F]{2}|=\r?\n")
PDF = re.compile(rb"%PDF-.*?%%EOF", re.DOTALL)


class Search:
    """Looks for planted values by name: texts, or bytes that are looked for as they are."""

    def __init__(self, planted: Mapping[str, str | bytes]) -> None:
        self._needles = {name: needles(value) for name, value in planted.items()}
        self._exact = {name: value for name, value in planted.items() if isinstance(value, bytes)}

    def in_(self, raw: bytes) -> set[str]:
        """The names of what is found in these bytes, in any layer."""
        found: set[str] = set()
        for layer in layers(raw):
            found |= {name for name, value in self._exact.items() if value in layer}
            bare = squeezed(layer)
            found |= {name for name, each in self._needles.items() if any(needle in bare for needle in each)}
        return found


def needles(value: str | bytes) -> frozenset[bytes]:
    """What a value looks like once squeezed, in every character set and case; none for plain bytes."""
    if isinstance(value, bytes):
        return frozenset()
    cased = {value, value.lower(), value.upper(), value.title()}
    texts = {unicodedata.normalize(form, each) for each in cased for form in ("NFC", "NFD")} | national(value)
    return frozenset(squeezed(encoded) for text in texts for encoded in written(text))


def national(value: str) -> set[str]:
    """The national digits of a telephone number: every way to write it, with or without a country, holds them."""
    if not re.fullmatch(r"\+\d{8,15}", value):
        return set()
    return {phonenumbers.national_significant_number(phonenumbers.parse(value))}


def written(text: str) -> Iterator[bytes]:
    """A text in every character set that can hold it."""
    for name in CHARACTER_SETS:
        try:
            yield text.encode(name)
        except UnicodeEncodeError:
            continue


def squeezed(raw: bytes) -> bytes:
    """Small letters, and nothing between them that only parts them."""
    return raw.lower().translate(None, BETWEEN)


# Layers.


def layers(raw: bytes) -> Iterator[bytes]:
    """The bytes, and everything that can be decoded out of them, and out of that; each once."""
    seen: set[bytes] = set()
    waiting = [(raw, 0)]
    while waiting:
        layer, depth = waiting.pop()
        digest = sha256(layer).digest()
        if digest in seen:
            continue
        seen.add(digest)
        yield layer
        if depth < LAYERS_MAX:
            waiting += [(inner, depth + 1) for decode in DECODERS for inner in decode(layer)]


def from_gzip(raw: bytes) -> Iterator[bytes]:
    """Every gzip member, wherever it begins."""
    yield from _inflated(raw, b"\x1f\x8b\x08", zlib.MAX_WBITS | 16)


def from_zlib(raw: bytes) -> Iterator[bytes]:
    """Every zlib stream, wherever it begins."""
    for head in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        yield from _inflated(raw, head, zlib.MAX_WBITS)


def _inflated(raw: bytes, head: bytes, window: int) -> Iterator[bytes]:
    at = raw.find(head)
    while at >= 0:
        try:
            plain = zlib.decompressobj(window).decompress(raw[at : at + BYTES_MAX], BYTES_MAX)
        except zlib.error:
            plain = b""
        if plain:
            yield plain
        at = raw.find(head, at + 1)


def from_base64(raw: bytes) -> Iterator[bytes]:
    """Runs of base64, of either alphabet, over several lines too; a run may begin in the middle of other letters."""
    parts = []
    for run in BASE64.finditer(raw):
        letters = re.sub(rb"[\r\n=]", b"", run[0]).translate(bytes.maketrans(b"-_", b"+/"))
        for shift in range(4):
            whole = letters[shift : shift + (len(letters) - shift) // 4 * 4]
            rest = letters[shift + len(whole) :]
            padded = rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
            if whole:
                parts.append(b64decode(whole + padded))
    if parts:
        yield b"\n".join(parts)  # Together: a layer for each of thousands of runs would take minutes.
        yield from (part for part in parts if part[:3] == b"\x1f\x8b\x08" or part[:5] == b"%PDF-")


def from_hexadecimal(raw: bytes) -> Iterator[bytes]:
    """Runs of hexadecimal digits, as SQL writes bytes."""
    parts = [binascii.unhexlify(run[0][: len(run[0]) // 2 * 2]) for run in HEXADECIMAL.finditer(raw)]
    if parts:
        yield b"\n".join(parts)


def from_percent_encoding(raw: bytes) -> Iterator[bytes]:
    """As in addresses and forms, a plus for a blank."""
    if re.search(rb"%[0-9a-fA-F]{2}", raw):
        yield unquote_to_bytes(raw.replace(b"+", b" "))


def from_json_escapes(raw: bytes) -> Iterator[bytes]:
    r"""Escaped characters: `\\u00e4`, and what a text in a JSON text has before its quotes."""
    if b"\\u" in raw:
        yield ESCAPED.sub(_unescaped, raw)
    if b'\\"' in raw or b"\\/" in raw or b"\\\\" in raw:
        yield raw.replace(b"\\\\", b"\\").replace(b'\\"', b'"').replace(b"\\/", b"/")


def _unescaped(run: re.Match[bytes]) -> bytes:
    text: str = json.loads(b'"' + run[0] + b'"')
    return text.encode("utf-8", "replace")


def from_html(raw: bytes) -> Iterator[bytes]:
    """Character references, named and numbered."""
    if re.search(rb"&#?\w+;", raw):
        yield html.unescape(raw.decode("utf-8", "replace")).encode()


def from_mail(raw: bytes) -> Iterator[bytes]:
    """Quoted-printable text, and words of a head that are encoded."""
    if QUOTED.search(raw):
        yield quopri.decodestring(raw)
    words = [run[0].decode("ascii", "replace") for run in ENCODED_WORD.finditer(raw)]
    if words:
        yield "\n".join(str(make_header(decode_header(word))) for word in words).encode("utf-8", "replace")


def from_pdf(raw: bytes) -> Iterator[bytes]:
    """The words on the pages, in reading order, and what the document says of itself."""
    for document in PDF.finditer(raw):
        try:
            read = pypdf.PdfReader(io.BytesIO(document[0]))
            words = [page.extract_text() for page in read.pages]
            yield "\n".join([*words, *map(str, (read.metadata or {}).values())]).encode()
        except (pypdf.errors.PyPdfError, ValueError, KeyError, IndexError):
            continue  # Not a whole document: its bytes are searched as they are.


Decoder = Callable[[bytes], Iterable[bytes]]
DECODERS: tuple[Decoder, ...] = (
    from_gzip, from_zlib, from_base64, from_hexadecimal, from_percent_encoding, from_json_escapes, from_html, from_mail,
    from_pdf,
)  # fmt: skip


def packed(text: str) -> bytes:
    """A text in gzip, the same each time; for tests of this file."""
    return gzip.compress(text.encode(), mtime=0)
