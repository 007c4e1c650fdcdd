"""Numbers and foreign text as the report prints them.

Every number that is rounded for the eye keeps its exact value in the page: `<data value="…">`.
"""

import math
import re

from markupsafe import Markup

__all__ = [
    "MINUS",
    "byte_data",
    "comparison",
    "count_data",
    "format_bytes",
    "format_count",
    "format_seconds",
    "format_share",
    "format_value",
    "share_data",
    "visible",
]

MINUS = "\u2212"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def format_count(value: int) -> str:
    """Return a whole number with separators: 1,234,567."""
    return f"{value:,}".replace("-", MINUS)


def format_bytes(value: int) -> str:
    """Return a size in decimal units with three digits: 1.23 MB."""
    size, unit = float(abs(value)), "B"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    digits = 0 if unit == "B" or size >= 99.95 else (1 if size >= 9.995 else 2)
    return f"{MINUS if value < 0 else ''}{size:.{digits}f} {unit}"


def format_share(share: float) -> str:
    """Return a share as a percentage that never rounds something to nothing."""
    if not math.isfinite(share):
        return "–"
    percent = share * 100
    if 0 < percent < 0.05:
        return "<0.1%"
    if 99.95 <= percent < 100:
        return ">99.9%"
    return f"{percent:.1f}".removesuffix(".0").replace("-", MINUS) + "%"


def format_seconds(seconds: float) -> str:
    """Return a duration in the two units that matter: 4 min 12 s."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def format_value(value: float | None, digits: int = 3) -> str:
    """Return a measured value with at most `digits` decimals, none where it is large."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == int(value):
        return f"{int(value):,}".replace("-", MINUS)
    decimals = digits if abs(value) < 100 else max(0, digits - 2)
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".").replace("-", MINUS)


def comparison(value: float | None, threshold: float | None, side: str | None) -> str:
    """Return "0.61 > 0.374", with as many decimals as it takes to see the difference."""
    if value is None or threshold is None or side is None:
        return "" if value is None else format_value(value)
    digits = 3
    while digits < 9 and value != threshold:
        if format_value(value, digits) != format_value(threshold, digits):
            break
        digits += 1
    sign = ">" if side == "above" else "<"
    return f"{format_value(value, digits)} {sign} {format_value(threshold, digits)}"


def count_data(value: int) -> Markup:
    """Return a count as an element that keeps its exact value."""
    return Markup('<data value="{}">{}</data>').format(value, format_count(value))


def byte_data(value: int) -> Markup:
    """Return a size as an element that keeps its exact value and shows it on hover."""
    return Markup('<data value="{}" title="{} bytes">{}</data>').format(
        value, format_count(value), format_bytes(value)
    )


def share_data(share: float) -> Markup:
    """Return a share as an element that keeps its exact value."""
    return Markup('<data value="{}">{}</data>').format(repr(float(share)), format_share(share))


def visible(text: str) -> str:
    """Replace characters that HTML does not allow, so that a damaged text shows its damage."""
    return _UNPRINTABLE.sub("\ufffd", text)
