"""What a bank's reader sees on a letter: the bar code and the QR code, drawn as SVG."""

import re

import barcode

from services.contact.letters.masks import best

BAR_WIDTH_MM = "0.26"
BAR_HEIGHT_MM = 11
QUIET_BARS = 10  # Code 128 asks for ten bar widths of white on both sides.
QR_BORDER = 4
QR_SIZE_MAX = 69  # Version 13: the most banks read (EPC069-12).


def bar_code(digits: str) -> tuple[str, str]:
    """Code 128 of the digits, and how wide in millimetres it is to be drawn for its bars to be as wide as banks ask."""
    [bars] = barcode.get_barcode_class("code128")(digits).build()
    width = len(bars) + 2 * QUIET_BARS
    black = "".join(
        f"M{QUIET_BARS + run.start()} 0h{len(run[0])}v10h-{len(run[0])}z" for run in re.finditer("1+", bars)
    )
    box = f'viewBox="0 0 {width} 10" preserveAspectRatio="none"'
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" {box} width="{width}" height="10"><path d="{black}"/></svg>'
    hundredths = width * int(BAR_WIDTH_MM.removeprefix("0."))
    return drawn, f"{hundredths // 100}.{hundredths % 100:02d}"


def qr_code(content: str) -> str:
    """The EPC QR code: error level M, at most version 13, UTF-8 (EPC069-12)."""
    rows = best(content)
    if len(rows) > QR_SIZE_MAX:
        raise ValueError("the QR code's content is longer than banks read")
    size = len(rows) + 2 * QR_BORDER
    black = "".join(
        f"M{QR_BORDER + run.start()} {QR_BORDER + down}h{len(run[0])}v1h-{len(run[0])}z"
        for down, row in enumerate(rows)
        for run in re.finditer(b"1+", row)
    )
    box = f'viewBox="0 0 {size} {size}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} width="{size}" height="{size}"><path d="{black}"/></svg>'
