"""Cuts the prose out of a Markdown text and puts translations in its place.

Markdown is parsed only to find where its prose stands. Nothing is rendered: a translation is
spliced into the source text, so whatever is not prose stays byte for byte.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bllossom_data.translation.blocks import NEWLINE, Block, Content, prose_blocks
from bllossom_data.translation.grammar import PARSER
from bllossom_data.translation.inline import has_letters, protected_spans
from bllossom_data.translation.lines import line_breaks, sentence_starts
from bllossom_data.translation.patterns import Span, merged, plain_spans, span_at
from bllossom_data.translation.segments import SLOT, Segment, slot

__all__ = ["MAX_SEGMENT_CHARS", "ParsedText", "assemble", "parse_markdown"]

MAX_SEGMENT_CHARS = 3_000
_SLOT_OR_NEWLINE = re.compile(rf"{SLOT.pattern}|{NEWLINE.pattern}")
_BACKTICKS = re.compile(r"(`+)[^`\n]+\1")
_HARD_BREAK = re.compile(r"[^\r\n]*  [\r\n]")


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A Markdown text and its prose.

    Attributes:
        text: the text, as it came.
        segments: its prose, in order; no two overlap.
        breaks: for each segment, what its line breaks are in the text, with the quote marks and the
            indentation of the next line; the last one also serves for further line breaks.
    """

    text: str
    segments: tuple[Segment, ...]
    breaks: tuple[tuple[str, ...], ...]


def parse_markdown(text: str) -> ParsedText:
    """Finds the prose of a Markdown text (CommonMark, tables, footnotes, maths, front matter).

    A segment is a paragraph, a heading, the text of a list item or a table cell, so that a sentence
    is never cut; only one above `MAX_SEGMENT_CHARS` is cut, where a sentence ends. Line breaks
    inside a segment are line feeds in its text; Markdown's hard ones are slots. What holds nothing
    but slots, digits and punctuation is no segment.
    """
    blocks, env = prose_blocks(text)
    found = [pair for block in blocks for pair in _segments(text, block, env)]
    segments, breaks = zip(*found, strict=True) if found else ((), ())
    return ParsedText(text, segments, breaks)


def assemble(parsed: ParsedText, translations: Sequence[str | None]) -> str:
    """The text with its segments translated.

    Args:
        parsed: the text and its segments.
        translations: for each segment its translation with slots, or None to keep the source.
            Marks of slots that the segment does not have stay as they are.

    Raises:
        ValueError: there are more or fewer translations than segments.
    """
    pieces: list[str] = []
    done = 0
    for segment, breaks, translation in zip(
        parsed.segments, parsed.breaks, translations, strict=True
    ):
        if translation is None:
            continue
        pieces += [parsed.text[done : segment.start], _filled(segment, breaks, translation)]
        done = segment.end
    return "".join([*pieces, parsed.text[done:]])


def _filled(segment: Segment, breaks: tuple[str, ...], translation: str) -> str:
    n_breaks = 0

    def fill(found: re.Match[str]) -> str:
        nonlocal n_breaks
        if found[1] is None:
            n_breaks += 1
            return breaks[min(n_breaks, len(breaks)) - 1]
        # Python counts from the end where an index is negative.
        number = int(found[1]) if len(found[1]) < 9 else 0
        return segment.slots[number - 1] if 1 <= number <= len(segment.slots) else found[0]

    return _SLOT_OR_NEWLINE.sub(fill, translation)


def _segments(
    source: str, block: Block, env: dict[str, Any]
) -> Iterator[tuple[Segment, tuple[str, ...]]]:
    content = Content(source, block)
    if block.is_literal:
        spans = merged([*plain_spans(content.text), *_code_spans(content.text)])
    else:
        spans = protected_spans(content.text, PARSER, env)
    further = _further_break(source, block)
    spans, gaps = _split_at_breaks(content, spans, is_literal=block.is_literal)
    n_characters = len(content.text)
    start = 0
    for gap in [*gaps, Span(n_characters, n_characters)]:
        for piece in _short_enough(content.text, spans, start, gap.start):
            if has_letters(content.text, spans, *piece):
                yield _segment(content, block, spans, piece, further)
        start = gap.end


def _code_spans(text: str) -> list[Span]:
    return [Span(*found.span()) for found in _BACKTICKS.finditer(text)]


def _split_at_breaks(
    content: Content, spans: list[Span], *, is_literal: bool
) -> tuple[list[Span], list[Span]]:
    """The protected spans with the hard line breaks, and the breaks that part two texts."""
    gaps: list[Span] = []
    hard: list[Span] = []
    breaks = line_breaks([line.removesuffix("\\") for line in content.lines])
    for at, kind in zip(content.newlines(Span(0, len(content.text))), breaks, strict=True):
        around = span_at(spans, at)
        if around is not None and around.end != at + 1:
            continue
        by_backslash = around == Span(at - 1, at + 1)
        if kind == "end" and (around is None or by_backslash):
            gaps.append(around or Span(at, at + 1))
        elif not is_literal and _HARD_BREAK.match(content.original(at, at + 1)):
            hard.append(Span(at, at + 1))
    parted = set(gaps)
    return merged([*(span for span in spans if span not in parted), *hard]), gaps


def _further_break(source: str, block: Block) -> str:
    """What a line break becomes where the segment has none: the marks of the containers go on."""
    if block.kind in ("heading", "table_cell"):
        return " "
    first = block.lines[0].start
    line_start = max(source.rfind("\n", 0, first), source.rfind("\r", 0, first)) + 1
    marks = re.sub(r"[^>\t]", " ", source[line_start:first])
    newline = NEWLINE.search(source)
    return (newline[0] if newline else "\n") + marks


def _short_enough(text: str, spans: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    """The stretch itself, or parts of it that end with sentences."""
    if end - start > MAX_SEGMENT_CHARS:
        inside = sentence_starts(text[start:end])
        places = [start + at for at in inside]
        places = [at for at in places if span_at(spans, at - 1) is None]
        for at, following in pairwise([*places, end]):
            if following - start > MAX_SEGMENT_CHARS:
                yield Span(start, len(text[:at].rstrip()))
                start = at
    yield Span(start, end)


def _segment(
    content: Content, block: Block, spans: Sequence[Span], piece: Span, further: str
) -> tuple[Segment, tuple[str, ...]]:
    text: list[str] = []
    slots: list[str] = []
    at = piece.start
    for start, end in spans[bisect_left(spans, (piece.start,)) : bisect_left(spans, (piece.end,))]:
        slots.append(content.original(start, end))
        text += [content.text[at:start], slot(len(slots))]
        at = end
    text.append(content.text[at : piece.end])
    breaks = [
        content.original(newline, newline + 1)
        for newline in content.newlines(piece)
        if span_at(spans, newline) is None
    ]
    start, end = content.place(piece.start), content.place(piece.end)
    segment = Segment(block.kind, start, end, "".join(text), tuple(slots))
    return segment, (*breaks, breaks[-1] if breaks else further)
