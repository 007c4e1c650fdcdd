"""The plots of a card as SVG files: the same numbers, the same bytes.

A card shows them as images, which the page's own colours and theme do not reach. Each therefore
brings a light ground and dark text, which are readable on a light page and on a dark one, and asks
for fonts that have Hangul.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

__all__ = ["BLUE", "GREEN", "HATCHED", "ORANGE", "VIOLET", "Bar", "Piece", "bar_chart"]

BLUE, ORANGE, GREEN, VIOLET = "#2f6fd0", "#c8641b", "#2c8a57", "#7a55c7"
HATCHED = "url(#gone)"
FONTS = (
    "Pretendard, 'Noto Sans KR', 'Noto Sans CJK KR', 'Apple SD Gothic Neo', 'Malgun Gothic', "
    "system-ui, sans-serif"
)
WIDTH, MARGIN, LABEL_WIDTH, TEXT_WIDTH = 860, 20, 190, 200
BAR_HEIGHT, ROW_HEIGHT, HEAD_HEIGHT, LEGEND_HEIGHT = 16, 30, 46, 26
FONT_SIZE = 14


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar: its name in the legend, its colour, how long it is."""

    name: str
    colour: str
    amount: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what stands left of it, its parts from left to right, what stands right of it."""

    label: str
    pieces: tuple[Piece, ...]
    text: str


def bar_chart(title: str, bars: Sequence[Bar]) -> str:
    """Draws horizontal bars on one scale, with a legend of all parts that occur.

    Args:
        title: what the plot shows.
        bars: from top to bottom.
    """
    longest = max((sum(piece.amount for piece in bar.pieces) for bar in bars), default=0)
    legend = _legend(bars)
    legend_top = HEAD_HEIGHT + len(bars) * ROW_HEIGHT + LEGEND_HEIGHT - 8
    height = legend_top + (len(legend) - 1) * LEGEND_HEIGHT + MARGIN
    body = Markup("").join(
        _bar(bar, HEAD_HEIGHT + number * ROW_HEIGHT, longest) for number, bar in enumerate(bars)
    )
    drawn = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'viewBox="0 0 {width} {height}" role="img" aria-label="{title}" font-family="{fonts}" '
        'font-size="{size}" fill="#1f2328">\n'
        '<defs><pattern id="gone" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#eceff2"/>'
        '<rect width="2" height="6" fill="#8b949e"/></pattern></defs>\n'
        '<rect x="0.5" y="0.5" width="{inner}" height="{below}" rx="8" fill="#ffffff" '
        'stroke="#d0d7de"/>\n'
        '<text x="{margin}" y="30" font-weight="600">{title}</text>\n{body}{legend}</svg>\n'
    )
    return str(
        drawn.format(
            width=WIDTH,
            height=height,
            inner=WIDTH - 1,
            below=height - 1,
            margin=MARGIN,
            size=FONT_SIZE,
            fonts=FONTS,
            title=title,
            body=body,
            legend=_drawn_legend(legend, legend_top),
        )
    )


def _bar(bar: Bar, top: int, longest: int) -> Markup:
    left, room = MARGIN + LABEL_WIDTH, WIDTH - 2 * MARGIN - LABEL_WIDTH - TEXT_WIDTH
    base = top + BAR_HEIGHT - 3
    drawn = Markup('<text x="{}" y="{}" text-anchor="end">{}</text>\n').format(
        left - 10, base, _shortened(bar.label, LABEL_WIDTH - 10)
    )
    x = float(left)
    for piece in bar.pieces:
        if piece.amount:
            # One document among millions is still seen.
            width = max(piece.amount / longest * room, 1.0)
            drawn += Markup(
                '<rect x="{:.1f}" y="{}" width="{:.1f}" height="{}" fill="{}">'
                "<title>{}: {:,}</title></rect>\n"
            ).format(x, top, width, BAR_HEIGHT, piece.colour, piece.name, piece.amount)
            x += width
    return drawn + Markup('<text x="{:.1f}" y="{}">{}</text>\n').format(x + 8, base, bar.text)


def _legend(bars: Sequence[Bar]) -> list[list[tuple[str, str]]]:
    """Names and colours of all parts that occur, in as many lines as they need."""
    amounts = Counter[tuple[str, str]]()
    for bar in bars:
        for piece in bar.pieces:
            amounts[piece.name, piece.colour] += piece.amount
    lines: list[list[tuple[str, str]]] = [[]]
    for entry, amount in amounts.items():
        if not amount:
            continue
        taken = sum(_entry_width(name) for name, _ in [*lines[-1], entry])
        if lines[-1] and taken > WIDTH - 2 * MARGIN:
            lines.append([])
        lines[-1].append(entry)
    return lines


def _drawn_legend(lines: Sequence[Sequence[tuple[str, str]]], top: int) -> Markup:
    drawn = Markup("")
    for number, line in enumerate(lines):
        x, base = MARGIN, top + number * LEGEND_HEIGHT
        for name, colour in line:
            drawn += Markup(
                '<rect x="{}" y="{}" width="12" height="12" fill="{}"/>'
                '<text x="{}" y="{}">{}</text>\n'
            ).format(x, base - 11, colour, x + 18, base, name)
            x += _entry_width(name)
    return drawn


def _entry_width(name: str) -> int:
    return 18 + round(_width(name)) + 22


def _width(text: str) -> float:
    """About how many pixels a text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return FONT_SIZE * (wide * 0.92 + (len(text) - wide) * 0.53)


def _shortened(text: str, width: float) -> str:
    if _width(text) <= width:
        return text
    while text and _width(text + "…") > width:
        text = text[:-1]
    return text + "…"
