"""The search finds what was planted in every way it can be written, and nothing that was not."""

import base64
import html
import json
import quopri
import zlib
from collections.abc import Callable
from email.header import Header
from email.message import EmailMessage
from os import urandom
from urllib.parse import quote, quote_plus

import pytest
import typst

from tests.erasure.searching import Search, packed

NAME, TELEPHONE, CODE = "Vilja Kuutamosärkkä", "+358500012345", "010190-999X"
PLANTED: dict[str, str | bytes] = {"name": NAME, "telephone": TELEPHONE, "code": CODE}
SAID = f"Asiakas {NAME} ({CODE}), puh. {TELEPHONE}, lupasi maksaa."
SEARCH = Search(PLANTED)


def mail(text: str) -> bytes:
    made = EmailMessage()
    made["Subject"] = text
    made.set_content(text, cte="base64")
    return made.as_bytes()


def pdf(text: str) -> bytes:
    page = "#set page(width: 9cm)\n#set par(justify: true)\n" + text.replace("@", "\\@")
    return bytes(typst.compile(page.encode(), format="pdf"))


WAYS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "in capitals": lambda text: text.upper().encode(),
    "in the old Nordic character set": lambda text: text.encode("latin-1"),
    "in two bytes a letter": lambda text: text.encode("utf-16-le"),
    "broken over lines": lambda text: text.replace(" ", "\r\n   ").encode(),
    "with JSON's escapes": lambda text: json.dumps({"said": text}).encode(),
    "as JSON in JSON": lambda text: json.dumps({"body": json.dumps({"said": text})}).encode(),
    "percent-encoded": lambda text: quote(text).encode(),
    "as a form": lambda text: b"q=" + quote_plus(text).encode(),
    "in base64": lambda text: b'{"body":"' + base64.b64encode(text.encode()) + b'"}',
    "in base64 for addresses": lambda text: b"t=" + base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
    "in base64 over lines": lambda text: base64.encodebytes(text.encode() * 3),
    "in hexadecimal": lambda text: b"\\x" + text.encode().hex().encode(),
    "in gzip": packed,
    "in gzip in the middle of other bytes": lambda text: b"\0\1\2 before " + packed(text) + b" after",
    "in zlib": lambda text: zlib.compress(text.encode()),
    "in gzip in base64 in JSON": lambda text: json.dumps({"body": base64.b64encode(packed(text)).decode()}).encode(),
    "with HTML's references": lambda text: html.escape(text).replace("ä", "&auml;").encode(),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "in the head of a mail": lambda text: b"Subject: " + Header(text, "utf-8").encode().encode(),
    "in a mail": mail,
    "in a PDF": pdf,
    "in a PDF in base64": lambda text: base64.b64encode(pdf(text)),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_what_was_planted_is_found_however_it_is_written(way: str) -> None:
    assert SEARCH.in_(WAYS[way](SAID)) == set(PLANTED)


@pytest.mark.parametrize(
    "telephone", ["+358500012345", "0500012345", "0500 012 345", "050-0012345", "(050) 0012345", "00358 50 0012345"]
)
def test_a_telephone_number_is_found_in_every_form(telephone: str) -> None:
    assert SEARCH.in_(f"puh. {telephone}".encode()) == {"telephone"}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_found_where_nothing_was_planted(way: str) -> None:
    other = "Asiakas Toivo Tavallinen (020290-998Y), puh. +358500054321, lupasi maksaa."
    assert SEARCH.in_(WAYS[way](other)) == set()


def test_bytes_are_looked_for_as_they_are() -> None:
    key = urandom(60)
    search = Search({"key": key})
    assert search.in_(urandom(500) + key + urandom(500)) == {"key"}
    assert search.in_(urandom(2000)) == set()


def test_a_part_of_a_name_is_not_the_name() -> None:
    assert SEARCH.in_(b"Vilja Kuutamo") == set()
