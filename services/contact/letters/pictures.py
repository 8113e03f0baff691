"""What a bank's reader sees on a letter: the bar code and the QR code, drawn as SVG."""

import io
import re

import barcode
import segno

BAR_WIDTH_MM = "0.26"
BAR_HEIGHT_MM = 11
QUIET_BARS = 10  # Code 128 asks for ten bar widths of white on both sides.
QR_BORDER = 4
BLACK = "#000"


def bar_code(digits: str) -> str:
    """Code 128 of the digits: bars one unit wide each, so that the page decides how wide a unit is."""
    [bars] = barcode.get_barcode_class("code128")(digits).build()
    width = len(bars) + 2 * QUIET_BARS
    black = "".join(
        f"M{QUIET_BARS + run.start()} 0h{len(run[0])}v10h-{len(run[0])}z" for run in re.finditer("1+", bars)
    )
    box = f'viewBox="0 0 {width} 10" preserveAspectRatio="none"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} width="{width}" height="10"><path d="{black}"/></svg>'


def bar_code_width(digits: str) -> str:
    """How wide the bar code is to be drawn, in millimetres, for each bar to be as wide as banks ask."""
    [bars] = barcode.get_barcode_class("code128")(digits).build()
    hundredths = (len(bars) + 2 * QUIET_BARS) * int(BAR_WIDTH_MM.removeprefix("0."))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def qr_code(content: str) -> str:
    """The EPC QR code: error level M, at most version 13, UTF-8 (EPC069-12)."""
    drawn = io.BytesIO()
    code = segno.make_qr(content, error="m", encoding="utf-8", boost_error=False)
    if int(code.version) > 13:
        raise ValueError("the QR code's content is longer than banks read")
    code.save(drawn, kind="svg", border=QR_BORDER, xmldecl=False, svgclass=None, lineclass=None, dark=BLACK)
    return drawn.getvalue().decode()
