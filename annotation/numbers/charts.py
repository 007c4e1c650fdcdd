"""Pictures of numbers as SVG: styled by the page's own sheet, told in words to who cannot see."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

WIDTH = 640
LABEL_WIDTH = 170
BAR_HEIGHT = 26
GAP = 12
NUMBER_WIDTH = 150


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: its name, its size, and the class that gives its colour and pattern."""

    name: str
    count: float
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled value from 0 to 1 with its interval."""

    label: str
    value: float
    low: float | None
    high: float | None
    note: str = ""


def stacked(title: str, rows: Sequence[tuple[str, Sequence[Part]]]) -> SafeString:
    """Bars that are parts of a whole, one for each row; counts stand in their parts."""
    room = WIDTH - LABEL_WIDTH
    marks = []
    for place, (label, parts) in enumerate(rows):
        top = GAP + place * (BAR_HEIGHT + GAP)
        marks.append(_text(0, top, label))
        total = sum(part.count for part in parts) or 1
        left = float(LABEL_WIDTH)
        for part in parts:
            width = room * part.count / total
            if part.count:
                marks.append(_box(left, top, width, f"part {part.kind}", _told(part)))
                if width > 24:
                    marks.append(_text(left + 6, top, f"{part.count:g}", f"in {part.kind}"))
            left += width
    told = "; ".join(
        f"{label}: " + ", ".join(_told(part) for part in parts) for label, parts in rows
    )
    legend = _legend(rows[0][1]) if rows else ""
    return mark_safe(_figure(title, told, len(rows), "".join(marks)) + legend)


def intervals(title: str, bars: Sequence[Bar], middle: float | None = None) -> SafeString:
    """Values from 0 to 1 as dots with whiskers; `middle` draws a line to compare with."""
    room = WIDTH - LABEL_WIDTH - NUMBER_WIDTH
    marks = []
    for place, bar in enumerate(bars):
        top = GAP + place * (BAR_HEIGHT + GAP)
        y = top + BAR_HEIGHT / 2
        marks.append(_text(0, top, bar.label))
        marks.append(_line(LABEL_WIDTH, y, LABEL_WIDTH + room, y, "axis"))
        if bar.low is not None and bar.high is not None:
            low, high = (LABEL_WIDTH + room * _inside(one) for one in (bar.low, bar.high))
            marks.append(_line(low, y, high, y, "whisker"))
        x = LABEL_WIDTH + room * _inside(bar.value)
        marks.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
        marks.append(_text(WIDTH - NUMBER_WIDTH + 10, top, bar.note or f"{bar.value:.2f}"))
    if middle is not None:
        x = LABEL_WIDTH + room * middle
        marks.append(_line(x, 0, x, GAP + len(bars) * (BAR_HEIGHT + GAP), "middle"))
    told = "; ".join(f"{bar.label}: {bar.note or f'{bar.value:.2f}'}" for bar in bars)
    return mark_safe(_figure(title, told, len(bars), "".join(marks)))


def _inside(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _told(part: Part) -> str:
    return f"{part.name} {part.count:g}"


def _text(x: float, top: float, text: str, kind: str = "") -> str:
    y = top + BAR_HEIGHT / 2 + 5
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _box(x: float, y: float, width: float, kind: str, told: str) -> str:
    size = f'width="{width:.1f}" height="{BAR_HEIGHT}"'
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" {size}><title>{escape(told)}</title></rect>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _legend(parts: Sequence[Part]) -> str:
    entries = "".join(
        f'<li><svg class="chart key" viewBox="0 0 16 16" aria-hidden="true">'
        f'<rect class="part {part.kind}" width="16" height="16"/></svg> {escape(part.name)}</li>'
        for part in parts
    )
    return f'<ul class="legend">{entries}</ul>'


def _figure(title: str, told: str, rows: int, marks: str) -> str:
    height = GAP + rows * (BAR_HEIGHT + GAP)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}. {escape(told)}">{marks}</svg>'
    )
