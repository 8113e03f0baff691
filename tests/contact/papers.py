"""A finished PDF as a reader sees it: its words, its pages, and what a bank's reader reads on them."""

import io
import struct
import zlib
from collections.abc import Iterator

import pypdf
import pypdfium2
import zxingcpp


def text_of(pdf: bytes) -> str:
    """All words in reading order, with every run of white space as one blank."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return flat(" ".join(page.extract_text() for page in pages))


def flat(text: str) -> str:
    return " ".join(text.split())


def greys(pdf: bytes, scale: int) -> Iterator[tuple[int, int, bytes]]:
    """Each page as width, height and one grey byte a point, at `scale` times 72 dpi."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        picture = page.render(scale=scale, grayscale=True)
        rows = bytes(picture.buffer)
        width, height, stride = picture.width, picture.height, picture.stride
        yield width, height, b"".join(rows[row * stride : row * stride + width] for row in range(height))
    document.close()


def codes_of(pdf: bytes) -> dict[str, str]:
    """What the codes on the pages say, by format."""
    found = {}
    for width, height, points in greys(pdf, scale=4):
        for code in zxingcpp.read_barcodes(memoryview(points).cast("B", (height, width))):
            found[str(code.format).removeprefix("BarcodeFormat.").replace(" ", "")] = code.text
    return found


def pngs(pdf: bytes, scale: int = 2) -> list[bytes]:
    """Each page as a PNG in colour. The same PDF gives the same bytes."""
    document = pypdfium2.PdfDocument(pdf)
    pictures = []
    for page in document:
        picture = page.render(scale=scale, rev_byteorder=True)
        points, width, stride = bytes(picture.buffer), picture.width, picture.stride
        rows = [points[row * stride : row * stride + 3 * width] for row in range(picture.height)]
        pictures.append(png(width, rows))
    document.close()
    return pictures


def png(width: int, rows: list[bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    body = b"".join(b"\0" + row for row in rows)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(body, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
