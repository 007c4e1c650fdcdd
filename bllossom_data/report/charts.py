"""The report's charts as inline SVG, made by functions of numbers.

Positions along x are percentages and heights are pixels, so a chart is as wide as its column while
its text stays readable on a phone. Colours, hatching and fonts come from `style.css` by class. What
leaves is hatched and labelled, never only coloured.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from bllossom_data.report.data import Histogram, MixShare, Threshold
from bllossom_data.report.formatting import (
    MINUS,
    format_count,
    format_share,
    format_value,
    visible,
)

__all__ = ["Segment", "WaterfallRow", "bar", "histogram", "mix_bars", "strip", "waterfall"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar: what it is, its CSS classes, its length in the chart's unit."""

    label: str
    css: str
    amount: int


@dataclass(frozen=True, slots=True)
class WaterfallRow:
    """A step: its names, what came in, and what went on, in pieces (one per source)."""

    name_en: str
    name_ko: str
    before: int
    segments: tuple[Segment, ...]

    @property
    def after(self) -> int:
        """What went on, all sources together."""
        return sum(segment.amount for segment in self.segments)


def _percent(amount: float, maximum: float) -> str:
    return f"{(amount / maximum * 100 if maximum else 0.0):.3f}".rstrip("0").rstrip(".")


def _rectangle(css: str, x: str, y: float, width: str, height: float, title: str = "") -> Markup:
    shape = Markup('<rect class="{}" x="{}%" y="{:g}" width="{}%" height="{:g}"').format(
        css, x, y, width, height
    )
    if title:
        return shape + Markup("><title>{}</title></rect>").format(visible(title))
    return shape + Markup("/>")


def _svg(
    css: str, height: float, label: str, body: Markup, attributes: Markup | str = ""
) -> Markup:
    return Markup(
        '<svg class="{}" role="img" aria-label="{}" width="100%" height="{:g}"{}>{}</svg>'
    ).format(css, visible(label), height, attributes, body)


def waterfall(
    rows: Sequence[WaterfallRow],
    label: str,
    format_amount: Callable[[int], str] = format_count,
    *,
    compact: bool = False,
) -> Markup:
    """Draw steps from top to bottom: the solid part goes on, the hatched part stays behind.

    Args:
        rows: The steps in order.
        label: What the chart shows, for those who cannot see it.
        format_amount: Writes a number of the chart's unit.
        compact: Small bars and texts, for small multiples.
    """
    row_height, bar_height, text_height = (32, 7, 16) if compact else (50, 20, 20)
    maximum = max((max(row.before, row.after) for row in rows), default=0)
    body = Markup()
    for index, row in enumerate(rows):
        top = index * row_height
        y = top + text_height
        body += _waterfall_text(row, top + text_height - (5 if compact else 7), format_amount)
        body += _waterfall_bars(row, y, bar_height, maximum, format_amount)
        if index + 1 < len(rows) and row.after:
            end = _percent(row.after, maximum)
            body += Markup(
                '<line class="connector" x1="{0}%" x2="{0}%" y1="{1}" y2="{2}"/>'
            ).format(end, y + bar_height, y + row_height)
    height = len(rows) * row_height - (row_height - text_height - bar_height) + 1
    css = "waterfall compact" if compact else "waterfall"
    return _svg(css, max(height, 1), label, body)


def _waterfall_text(row: WaterfallRow, y: float, format_amount: Callable[[int], str]) -> Markup:
    change = row.after - row.before
    share = format_share(abs(change) / row.before) if row.before else ""
    sign = MINUS if change < 0 else "+"
    detail = f"{sign}{format_amount(abs(change))}" + (f" ({share})" if share else "")
    css = "" if change == 0 else ("removed" if change < 0 else "added")
    return Markup(
        '<text y="{0:g}" class="name">{1}<tspan class="ko" dx="6">{2}</tspan></text>'
        '<text x="100%" y="{0:g}" text-anchor="end"><tspan class="change {3}">{4}</tspan>'
        '<tspan class="after"{5}>{6}</tspan></text>'
    ).format(
        y,
        visible(row.name_en),
        row.name_ko,
        css,
        detail if change else "",
        Markup(' dx="10"') if change else "",
        format_amount(row.after),
    )


def _waterfall_bars(
    row: WaterfallRow, y: float, height: float, maximum: int, format_amount: Callable[[int], str]
) -> Markup:
    body = Markup()
    start = 0
    for segment in row.segments:
        if segment.amount:
            body += _rectangle(
                f"segment {segment.css}",
                _percent(start, maximum),
                y,
                _percent(segment.amount, maximum),
                height,
                f"{row.name_en}: {format_amount(segment.amount)} of {segment.label} go on",
            )
        start += segment.amount
    low, high = sorted((row.before, row.after))
    if high > low:
        leaves = row.after < row.before
        body += _rectangle(
            "leaves" if leaves else "joins",
            _percent(low, maximum),
            y,
            _percent(high - low, maximum),
            height,
            f"{row.name_en}: {format_amount(high - low)} {'leave' if leaves else 'join'}",
        )
    return body


def strip(segments: Sequence[Segment], label: str, height: int = 56) -> Markup:
    """Draw one bar over the full width, cut into what became of its parts."""
    total = sum(segment.amount for segment in segments)
    body = Markup()
    start = 0
    for segment in segments:
        if segment.amount:
            share = format_share(segment.amount / total)
            body += _rectangle(
                f"segment {segment.css}",
                _percent(start, total),
                0,
                _percent(segment.amount, total),
                height,
                f"{segment.label}: {format_count(segment.amount)} ({share})",
            )
        start += segment.amount
    return _svg("strip", height, label, body)


def bar(amount: int, maximum: int, inner: int = 0) -> Markup:
    """Draw the bar of a table cell; `inner` is a part of `amount` drawn solid within it.

    It repeats a number that stands beside it, so it is hidden from screen readers.
    """
    body = _rectangle("outer", "0", 0, _percent(amount, maximum), 12)
    if inner:
        body += _rectangle("inner", "0", 0, _percent(inner, maximum), 12)
    return Markup('<svg class="bar" aria-hidden="true" width="100%" height="12">{}</svg>').format(
        body
    )


_TOP, _BASE, _HEIGHT = 22, 104, 124


def histogram(shown: Histogram) -> Markup:
    """Draw a histogram with its thresholds; the removed side is hatched.

    Holds the bars twice, as counts and as logarithms of counts: the page shows one of them. The
    edges and counts travel as data attributes for the read-out under the pointer.
    """
    position = _value_axis(shown)
    body = Markup()
    for threshold in shown.thresholds:
        at = position(threshold.value)
        x, width = (at, 100 - at) if threshold.side == "above" else (0.0, at)
        body += _rectangle("zone", f"{x:.2f}", _TOP, f"{width:.2f}", _BASE - _TOP)
    peak = max(shown.counts)
    for css, heights in (
        ("linear", [count / peak if peak else 0.0 for count in shown.counts]),
        ("log", [math.log1p(count) / math.log1p(peak) if peak else 0.0 for count in shown.counts]),
    ):
        body += _bars(shown, position, heights, css)
    body += Markup(
        '<rect class="cursor" y="{0}" height="{1}" x="0" width="0"/>'
        '<line class="axis" x1="0" x2="100%" y1="{2}" y2="{2}"/>'
    ).format(_TOP, _BASE - _TOP, _BASE)
    for threshold in shown.thresholds:
        body += _threshold_mark(threshold, shown, position(threshold.value))
    body += _ticks(shown)
    attributes = Markup(' tabindex="0" data-edges="{}" data-counts="{}" data-scale="{}"').format(
        " ".join(f"{edge:.6g}" for edge in shown.edges),
        " ".join(str(count) for count in shown.counts),
        "log" if _is_logarithmic(shown) else "linear",
    )
    return _svg("histogram", _HEIGHT, _histogram_words(shown), body, attributes)


def _is_logarithmic(shown: Histogram) -> bool:
    return shown.scale == "log" and shown.edges[0] > 0


def _value_axis(shown: Histogram) -> Callable[[float], float]:
    """Return the function from a value to its place on the axis, 0-100, clamped."""
    scale: Callable[[float], float] = math.log if _is_logarithmic(shown) else float
    low, high = scale(shown.edges[0]), scale(shown.edges[-1])

    def position(value: float) -> float:
        if high == low:
            return 50.0
        if value <= shown.edges[0]:
            return 0.0
        return min(100.0, (scale(value) - low) / (high - low) * 100)

    return position


def _is_removed(shown: Histogram, place: float, position: Callable[[float], float]) -> bool:
    return any(
        place > position(threshold.value)
        if threshold.side == "above"
        else place < position(threshold.value)
        for threshold in shown.thresholds
    )


def _bars(
    shown: Histogram, position: Callable[[float], float], heights: Sequence[float], css: str
) -> Markup:
    """Draw all bars as two paths, kept and removed; a bin that a threshold cuts is cut there."""
    paths: dict[str, list[str]] = {"stays": [], "goes": []}
    cuts = sorted(position(threshold.value) for threshold in shown.thresholds)
    for (left, right), height in zip(pairwise(shown.edges), heights, strict=True):
        start, end = position(left), position(right)
        if end <= start:
            start, end = max(0.0, start - 1), min(100.0, start + 1)
        if height <= 0:
            continue
        gap = (end - start) * 0.08
        pieces = [start + gap, *(cut for cut in cuts if start + gap < cut < end - gap), end - gap]
        # A bin with one document among millions is still one pixel high.
        top = 1000 - max(12.0, height * 1000)
        for a, b in pairwise(pieces):
            kind = "goes" if _is_removed(shown, (a + b) / 2, position) else "stays"
            paths[kind].append(f"M{a * 10:.4g} 1000V{top:.4g}H{b * 10:.4g}V1000Z")
    drawn = Markup().join(
        Markup('<path class="{}" d="{}"/>').format(kind, "".join(path))
        for kind, path in paths.items()
        if path
    )
    return Markup(
        '<svg class="{}" y="{}" width="100%" height="{}" viewBox="0 0 1000 1000" '
        'preserveAspectRatio="none">{}</svg>'
    ).format(css, _TOP, _BASE - _TOP, drawn)


def _threshold_mark(threshold: Threshold, shown: Histogram, at: float) -> Markup:
    sign = ">" if threshold.side == "above" else "<"
    text = f"{sign} {format_value(threshold.value)}"
    if threshold.value > shown.edges[-1]:
        text += " →"
    elif threshold.value < shown.edges[0]:
        text = f"← {text}"
    anchor, dx = ("end", -4) if at > 60 else ("start", 4)
    return Markup(
        '<line class="threshold" x1="{0:.2f}%" x2="{0:.2f}%" y1="6" y2="{1}"/>'
        '<text class="threshold-label" x="{0:.2f}%" dx="{2}" y="15" text-anchor="{3}">{4}</text>'
    ).format(at, _BASE, dx, anchor, text)


def _ticks(shown: Histogram) -> Markup:
    first, last = shown.edges[0], shown.edges[-1]
    middle = math.sqrt(first * last) if _is_logarithmic(shown) else (first + last) / 2
    ticks = [("0", "start", first), ("50%", "middle", middle), ("100%", "end", last)]
    return Markup().join(
        Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
            x, _HEIGHT - 5, anchor, format_value(value)
        )
        for x, anchor, value in ticks
    )


def _histogram_words(shown: Histogram) -> str:
    rules = "; ".join(
        f"values {threshold.side} {format_value(threshold.value)} are removed, "
        f"{format_share(threshold.removed_share)} of the documents"
        for threshold in shown.thresholds
    )
    fullest = max(range(len(shown.counts)), key=lambda index: shown.counts[index])
    return (
        f"Histogram of {shown.signal} over {format_count(sum(shown.counts))} documents in "
        f"{shown.language}, most of them between {format_value(shown.edges[fullest])} and "
        f"{format_value(shown.edges[fullest + 1])}; {rules or 'no threshold'}"
    )


def mix_bars(shares: Sequence[MixShare], css: dict[str, str], names: dict[str, str]) -> Markup:
    """Draw the asked ratio above the achieved one, each as a bar of the full width.

    Args:
        shares: One per language.
        css: CSS classes of each language.
        names: How each language is called.
    """
    wanted = [share.asked for share in shares if share.asked is not None]
    rows = (
        *([("Asked", "목표", wanted, 18)] if wanted else []),
        ("Achieved", "결과", [share.achieved for share in shares], 34),
    )
    body = Markup()
    top = 0
    words: list[str] = []
    for en, ko, values, height in rows:
        body += Markup(
            '<text class="name" y="{}">{}<tspan class="ko" dx="6">{}</tspan></text>'
        ).format(top + 13, en, ko)
        total = sum(values)
        start = 0.0
        for share, value in zip(shares, values, strict=True):
            title = f"{names[share.language]} {format_share(value)}"
            words.append(f"{en.lower()} {title}")
            x, width = _percent(start, total), _percent(value, total)
            kind = f"segment {css[share.language]}{' asked' if height == 18 else ''}"
            body += _rectangle(kind, x, top + 20, width, height, title)
            if total and value / total > 0.1:
                body += Markup('<text class="inside" x="{}%" dx="8" y="{:g}">{}</text>').format(
                    x, top + 20 + height / 2 + 4.5, title
                )
            start += value
        top += 20 + height + 12
    return _svg("mix", top - 12, "Mix: " + ", ".join(words), body)
