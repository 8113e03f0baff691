"""Which of the eight masks a QR code gets: the one a camera reads best, as ISO/IEC 18004, 7.8.3 counts it.

segno weighs the masks module by module, which took half the time of a letter. Here a code is one whole number, a bit a
module, and is weighed a row or a column at a time. What one mask changes against another is the same in every code of
a size, so it is asked of segno once a size.
"""

from collections.abc import Sequence
from functools import cache

import segno

MASKS = range(8)
FINDER = b"1011101"  # Looks like a corner's square, where four light modules stand before or behind it.
LIGHT = b"0000"
DIGITS = bytes.maketrans(b"\0\1", b"01")


def best(content: str) -> tuple[bytes, ...]:
    """The rows of the QR code of this content: level M, UTF-8, `0` light and `1` dark."""
    code = made(content, 0)
    size, first = len(code.matrix), _number(code.matrix)
    masked = [first ^ changed for changed in changes(code.version)]
    chosen = masked[min(MASKS, key=lambda mask: penalty(masked[mask] & ~told_later(size), size))]
    written = format(chosen, f"0{size * size}b").encode()
    return tuple(written[at : at + size] for at in range(0, size * size, size))


def penalty(code: int, size: int) -> int:
    """What speaks against a code: long runs, blocks, what looks like a corner, too much light or dark."""
    return _runs_and_blocks(code, size) + _corners(code, size) + _proportion(code, size)


def _runs_and_blocks(code: int, size: int) -> int:
    """Three points for five modules of a kind in a line, one for each more; three for each block of two by two."""
    whole, along, below = _same(size)
    found, same = 0, {1: ~(code ^ code >> 1) & along, size: ~(code ^ code >> size) & below}
    for step, pairs in same.items():
        fives = pairs & pairs >> step & pairs >> 2 * step & pairs >> 3 * step
        found += fives.bit_count() + 2 * (fives & ~(fives << step) & whole).bit_count()
    return found + 3 * (same[1] & same[1] >> size & same[size]).bit_count()


def _corners(code: int, size: int) -> int:
    """Forty points for each; round the code everything is light."""
    written = format(code, f"0{size * size}b").encode()
    rows = [written[at : at + size] for at in range(0, size * size, size)]
    lines = LIGHT.join([b"", *rows, *(written[column::size] for column in range(size)), b""])
    found, at = 0, lines.find(FINDER)
    while at >= 0:
        behind = at + len(FINDER)
        counts = LIGHT in (lines[at - len(LIGHT) : at], lines[behind : behind + len(LIGHT)])
        found += counts
        at = lines.find(FINDER, behind if counts else at + 1)
    return 40 * found


def _proportion(code: int, size: int) -> int:
    """Ten points for each whole five per cent away from half."""
    all_of_it = size * size
    return 10 * (abs(2 * code.bit_count() - all_of_it) * 10 // all_of_it)


@cache
def _same(size: int) -> tuple[int, int, int]:
    """Every module; those with a neighbour in their row; those with one in their column."""
    whole = (1 << size * size) - 1
    ends = sum(1 << (size * row + size - 1) for row in range(size))
    return whole, whole & ~ends, (1 << size * (size - 1)) - 1


@cache
def changes(version: int) -> tuple[int, ...]:
    """What each mask changes in a code of this version made with the first: the content is of no matter."""
    codes = [_number(made("", mask, version).matrix) for mask in MASKS]
    return tuple(codes[0] ^ code for code in codes)


@cache
def told_later(size: int) -> int:
    """Where the code says its mask and its version: light while it is weighed (7.8.1)."""
    written = [["0"] * size for _ in range(size)]
    for at in range(9):
        written[8][at] = written[at][8] = written[8][-at] = written[-at][8] = "1"
    if size >= 45:  # Version 7 is the first that says it.
        for near in range(6):
            for far in (-11, -10, -9):
                written[near][far] = written[far][near] = "1"
    written[6][8] = written[8][6] = "0"  # The line of the timing pattern, which is always there.
    return int("".join(map("".join, written)), 2)


def made(content: str, mask: int, version: int | None = None) -> segno.QRCode:
    """A code with this mask. Raises segno.DataOverflowError where the content is too long for any code."""
    return segno.make_qr(content, error="m", encoding="utf-8", boost_error=False, mask=mask, version=version)


def _number(matrix: Sequence[bytes | bytearray]) -> int:
    return int(b"".join(matrix).translate(DIGITS), 2)
